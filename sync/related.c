#include "sync/related.h"

#include <stdlib.h>
#include <string.h>

enum {
    CELL = 4500, /* millionths of a degree of latitude: over RELATED_METRES */
    SAME_PLACE = 600,
};

static const double metres_per_millionth = 0.111195;

/* -- two of them -------------------------------------------------------- */

/* Of an angle up to 90 degrees, to a thousandth. */
static double cosine(int64_t millionths)
{
    double x = (double)millionths * 3.14159265358979 / 180e6, x2 = x * x;

    return 1 - x2 / 2 * (1 - x2 / 12 * (1 - x2 / 30 * (1 - x2 / 56)));
}

static unsigned root(uint64_t n)
{
    uint64_t r = n, next = (n + 1) / 2;

    while (next < r) {
        r = next;
        next = (r + n / r) / 2;
    }
    return (unsigned)r;
}

/* On a map this small the earth is flat. */
static unsigned metres(struct geo_point a, struct geo_point b)
{
    double north = ((double)a.lat - b.lat) * metres_per_millionth;
    double east = ((double)a.lon - b.lon) * metres_per_millionth *
                  cosine(((int64_t)a.lat + b.lat) / 2);

    return root((uint64_t)(north * north + east * east));
}

static unsigned bits(uint64_t set)
{
    unsigned n = 0;

    for (; set != 0; set &= set - 1)
        n++;
    return n;
}

static size_t words_in_common(const struct related_item *a,
                              const struct related_item *b)
{
    size_t i = 0, k = 0, n = 0;

    while (i < a->words_n && k < b->words_n) {
        uint32_t x = a->words[i], y = b->words[k];

        n += x == y;
        i += x <= y;
        k += y <= x;
    }
    return n;
}

static unsigned place_of(const struct related_item *a,
                         const struct related_item *b, struct related_why *w)
{
    w->measured = a->has_point && b->has_point;
    if (!w->measured)
        return a->place.n > 0 && bytes_eq(a->place, b->place) ? SAME_PLACE : 0;
    w->metres = metres(a->point, b->point);
    return w->metres < RELATED_METRES
               ? 1000 * (RELATED_METRES - w->metres) / RELATED_METRES
               : 0;
}

/* What costs least comes first, and words last. */
struct related_why related_why(const struct related_item *a,
                               const struct related_item *b)
{
    struct related_why w = {.themes = a->themes & b->themes};
    int64_t days = a->day < b->day ? b->day - a->day : a->day - b->day;
    size_t all = a->words_n + b->words_n;
    uint64_t score;

    if (a->area != b->area || w.themes == 0 || days >= RELATED_DAYS)
        return w;
    w.days = (unsigned)days;
    score = place_of(a, b, &w);
    if (score == 0)
        return w;
    w.words = words_in_common(a, b);
    if (!w.measured && w.words == 0)
        return w;
    score = score * (RELATED_DAYS - w.days) / RELATED_DAYS;
    score = score * bits(w.themes) / bits(a->themes | b->themes);
    score = score * (500 + (all == 0 ? 0 : 1000 * w.words / all)) / 1000;
    w.score = (unsigned)score;
    return w;
}

/* -- all of them -------------------------------------------------------- */

struct spot { /* where one stands: on the map, or in a neighbourhood */
    const struct related_item *item;
    int64_t north, east;
    size_t at;
};

struct pairs {
    const struct related_item *items;
    struct related_pair *p; /* own */
    size_t n, cap;
};

static void look_at(struct pairs *out, size_t a, size_t b)
{
    struct related_why why = related_why(&out->items[a], &out->items[b]);

    if (why.score < RELATED_LEAST)
        return;
    if (out->n == out->cap) {
        out->cap = 2 * out->cap + 64;
        out->p = mem_resize(out->p, out->cap * sizeof *out->p);
    }
    out->p[out->n++] = (struct related_pair){a < b ? a : b, a < b ? b : a, why};
}

static int order(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int by_square(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;
    int c = order(x->item->area, y->item->area);

    c = c != 0 ? c : order(x->north, y->north);
    c = c != 0 ? c : order(x->east, y->east);
    c = c != 0 ? c : order(x->item->day, y->item->day);
    return c != 0 ? c : order((int64_t)x->at, (int64_t)y->at);
}

static int by_place(const void *a, const void *b)
{
    const struct spot *x = a, *y = b;
    int c = order(x->item->area, y->item->area);

    c = c != 0 ? c : bytes_cmp(x->item->place, y->item->place);
    c = c != 0 ? c : order(x->item->day, y->item->day);
    return c != 0 ? c : order((int64_t)x->at, (int64_t)y->at);
}

/* The first that is not before `key`. */
static size_t first_of(const struct spot *s, size_t n, const struct spot *key)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (by_square(&s[mid], key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Those of a square from `from` on, that follow in time or come with it. */
static void look_along(struct pairs *out, const struct spot *s, size_t n,
                       size_t i, size_t from, const struct spot *square)
{
    size_t k, looks = 0;

    for (k = from; k < n && looks < RELATED_LOOKS_MAX; k++, looks++) {
        if (s[k].item->area != square->item->area ||
            s[k].north != square->north || s[k].east != square->east ||
            s[k].item->day >= s[i].item->day + RELATED_DAYS)
            return;
        look_at(out, s[i].at, s[k].at);
    }
}

/* In its own square those after it; in the eight around it those of the same
 * day or later, and of the same day each pair once. */
static void look_around(struct pairs *out, const struct spot *s, size_t n,
                        size_t i)
{
    int north, east;

    for (north = -1; north <= 1; north++)
        for (east = -1; east <= 1; east++) {
            struct related_item day = *s[i].item;
            struct spot key = {.item = &day,
                               .north = s[i].north + north,
                               .east = s[i].east + east};
            bool own = north == 0 && east == 0;

            day.day += north < 0 || (north == 0 && east < 0);
            look_along(out, s, n, i, own ? i + 1 : first_of(s, n, &key), &key);
        }
}

static int64_t square_of(int64_t millionths, int64_t width)
{
    return (millionths + (int64_t)360 * GEO_DEGREE) / width;
}

static void pairs_on_the_map(struct pairs *out, struct spot *s, size_t n)
{
    int64_t furthest = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        int64_t lat = s[i].item->point.lat;

        furthest = lat > furthest ? lat : -lat > furthest ? -lat : furthest;
    }
    for (i = 0; i < n; i++) {
        double narrow = cosine(furthest);
        double wide = narrow > 0.01 ? CELL / narrow : 100.0 * CELL;

        s[i].north = square_of(s[i].item->point.lat, CELL);
        s[i].east = square_of(s[i].item->point.lon, (int64_t)wide + 1);
    }
    if (n > 0)
        qsort(s, n, sizeof *s, by_square);
    for (i = 0; i < n; i++)
        look_around(out, s, n, i);
}

/* Of which one at least has no point. */
static void pairs_of_places(struct pairs *out, struct spot *s, size_t n)
{
    size_t i, k;

    if (n > 0)
        qsort(s, n, sizeof *s, by_place);
    for (i = 0; i < n; i++) {
        size_t looks = 0;

        for (k = i + 1; k < n && looks < RELATED_LOOKS_MAX; k++) {
            const struct related_item *a = s[i].item, *b = s[k].item;

            if (a->area != b->area || !bytes_eq(a->place, b->place) ||
                b->day >= a->day + RELATED_DAYS)
                break;
            if (a->has_point && b->has_point)
                continue;
            looks++;
            look_at(out, s[i].at, s[k].at);
        }
    }
}

static int best_first(const void *a, const void *b)
{
    const struct related_pair *x = a, *y = b;
    int c = order(y->why.score, x->why.score);

    c = c != 0 ? c : order((int64_t)x->a, (int64_t)y->a);
    return c != 0 ? c : order((int64_t)x->b, (int64_t)y->b);
}

size_t related_pairs(const struct related_item *items, size_t n,
                     struct related_pair **out)
{
    struct spot *spots = mem_new((n + 1) * sizeof *spots);
    struct pairs pairs = {.items = items};
    size_t i, k;

    for (i = k = 0; i < n; i++)
        if (items[i].has_point)
            spots[k++] = (struct spot){.item = &items[i], .at = i};
    pairs_on_the_map(&pairs, spots, k);
    for (i = k = 0; i < n; i++)
        if (items[i].place.n > 0)
            spots[k++] = (struct spot){.item = &items[i], .at = i};
    pairs_of_places(&pairs, spots, k);
    free(spots);
    if (pairs.n > 0)
        qsort(pairs.p, pairs.n, sizeof *pairs.p, best_first);
    *out = pairs.p;
    return pairs.n;
}

/* -- groups ------------------------------------------------------------- */

static int by_both(const void *a, const void *b)
{
    const struct related_pair *x = a, *y = b;
    int c = order((int64_t)x->a, (int64_t)y->a);

    return c != 0 ? c : order((int64_t)x->b, (int64_t)y->b);
}

struct grouping {
    struct related_pair *pairs; /* own; by both */
    size_t pairs_n;
    size_t *next; /* own; the next of the same group + 1, or 0 */
    size_t *group;
};

static bool is_pair(const struct grouping *g, size_t a, size_t b)
{
    struct related_pair key = {.a = a < b ? a : b, .b = a < b ? b : a};

    return bsearch(&key, g->pairs, g->pairs_n, sizeof key, by_both) != NULL;
}

/* `to` is in a group: let `one` in if it is a pair with all of them. */
static void let_in(struct grouping *g, size_t one, size_t to)
{
    size_t at = to;

    do {
        if (!is_pair(g, one, at))
            return;
        at = g->next[at] - 1;
    } while (at != to);
    g->next[one] = g->next[to];
    g->next[to] = one + 1;
    g->group[one] = g->group[to];
}

size_t related_groups(const struct related_pair *pairs, size_t pairs_n,
                      size_t n, size_t *group)
{
    struct grouping g = {.pairs_n = pairs_n, .group = group};
    size_t i, groups = 0;

    memset(group, 0, n * sizeof *group);
    if (pairs_n == 0)
        return 0;
    g.pairs = mem_new(pairs_n * sizeof *g.pairs);
    memcpy(g.pairs, pairs, pairs_n * sizeof *g.pairs);
    qsort(g.pairs, pairs_n, sizeof *g.pairs, by_both);
    g.next = mem_new(n * sizeof *g.next);
    for (i = 0; i < pairs_n; i++) {
        size_t a = pairs[i].a, b = pairs[i].b;

        if (group[a] == 0 && group[b] == 0) {
            group[a] = group[b] = ++groups;
            g.next[a] = b + 1;
            g.next[b] = a + 1;
        } else if (group[a] == 0) {
            let_in(&g, a, b);
        } else if (group[b] == 0) {
            let_in(&g, b, a);
        }
    }
    free(g.pairs);
    free(g.next);
    return groups;
}
