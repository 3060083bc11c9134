#include "server/disclosure_audit.h"

#include <stdlib.h>
#include <string.h>

/* How hard a world is looked for before a cell in the way is withheld. */
enum { TRIES = 12, MENDS_MAX = 80, CHOICES = 3 };

enum { WAS_ZERO = 1, WAS_ENOUGH = 2, WAS_BOTH = 3 };

struct change { /* of one atom, by +1 or -1 */
    uint32_t place, month, column;
    int by;
};

struct list {
    uint32_t *p; /* own */
    size_t n;
};

struct world {
    const struct family *f;
    const struct disclosure_rules *r;
    struct cell *cells;
    int32_t *atom;    /* own; by family_atom() */
    int32_t *now;     /* own; by family_cell(): what is in it in this world */
    int32_t *lo, *hi; /* own; what was told of it */
    uint8_t *seen;    /* own; WAS_*, of all worlds so far */
    uint32_t *blame;  /* own; how often a cell stood in the way of this one */
    struct list *areas_of, *periods_of; /* own; of a place, of a month */
    uint8_t *in_area, *in_period;       /* own; [area * places_n + place] */
    uint32_t *field_of;                 /* own; of a column; fields_n: none */
    int64_t broken;      /* by how much all bounds together are broken */
    struct change *done; /* own; since the true counts */
    size_t done_n, done_cap;
    uint64_t dice;
    struct disclosure_stats *stats;
};

struct spot { /* the cell under proof */
    size_t area, period, column, at;
    int dir;
};

static size_t roll(struct world *w, size_t sides)
{
    w->dice ^= w->dice >> 12;
    w->dice ^= w->dice << 25;
    w->dice ^= w->dice >> 27;
    return (size_t)(w->dice * UINT64_C(2685821657736338717) >> 33) % sides;
}

/* -- one change --------------------------------------------------------- */

static int64_t excess(const struct world *w, size_t at)
{
    if (w->now[at] < w->lo[at])
        return (int64_t)w->lo[at] - w->now[at];
    if (w->now[at] > w->hi[at])
        return (int64_t)w->now[at] - w->hi[at];
    return 0;
}

/* By how much the labels of a field do not fit the records of a neighbourhood
 * in a month. */
static int64_t misfit(const struct world *w, size_t place, size_t month,
                      const struct label_field *l)
{
    const int32_t *n = &w->atom[family_atom(w->f, place, month, 0)];
    int64_t all = n[0], sum = 0, most = 0, none = n[l->first + l->n - 1];
    size_t i;

    for (i = l->first; i + 1 < l->first + l->n; i++) {
        sum += n[i];
        if (n[i] > most)
            most = n[i];
    }
    if (!l->set)
        return llabs(sum + none - all);
    return (sum + none < all ? all - none - sum : 0) +
           (most + none > all ? most + none - all : 0);
}

static int64_t misfits(const struct world *w, const struct change *c)
{
    int64_t sum = 0;
    size_t i;

    if (c->column != 0)
        return misfit(w, c->place, c->month,
                      &w->f->fields[w->field_of[c->column]]);
    for (i = 0; i < w->f->fields_n; i++)
        sum += misfit(w, c->place, c->month, &w->f->fields[i]);
    return sum;
}

static void see(struct world *w, size_t at)
{
    if (w->now[at] <= 0)
        w->seen[at] |= WAS_ZERO;
    if (w->now[at] >= (int32_t)w->r->protect)
        w->seen[at] |= WAS_ENOUGH;
}

static void apply(struct world *w, const struct change *c)
{
    const struct list *areas = &w->areas_of[c->place];
    const struct list *periods = &w->periods_of[c->month];
    int32_t *atom = &w->atom[family_atom(w->f, c->place, c->month, c->column)];
    size_t a, p;

    w->broken -= misfits(w, c) + (*atom < 0 ? -(int64_t)*atom : 0);
    *atom += c->by;
    w->broken += misfits(w, c) + (*atom < 0 ? -(int64_t)*atom : 0);
    for (a = 0; a < areas->n; a++)
        for (p = 0; p < periods->n; p++) {
            size_t at =
                family_cell(w->f, areas->p[a], periods->p[p], c->column);

            w->broken -= excess(w, at);
            w->now[at] += c->by;
            w->broken += excess(w, at);
        }
}

static void change(struct world *w, struct change c)
{
    if (w->done_n == w->done_cap) {
        w->done_cap = 2 * w->done_cap + 64;
        w->done = mem_resize(w->done, w->done_cap * sizeof *w->done);
    }
    w->done[w->done_n++] = c;
    apply(w, &c);
}

static void undo(struct world *w, size_t down_to)
{
    while (w->done_n > down_to) {
        struct change c = w->done[--w->done_n];

        c.by = -c.by;
        apply(w, &c);
    }
}

/* Calls `visit` for every cell that the changes from `from` on touched. */
static void touched(struct world *w, size_t from,
                    void (*visit)(struct world *w, size_t at))
{
    size_t i, a, p;

    for (i = from; i < w->done_n; i++) {
        const struct change *c = &w->done[i];
        const struct list *areas = &w->areas_of[c->place];
        const struct list *periods = &w->periods_of[c->month];

        for (a = 0; a < areas->n; a++)
            for (p = 0; p < periods->n; p++)
                visit(w,
                      family_cell(w->f, areas->p[a], periods->p[p], c->column));
    }
}

/* -- mending ------------------------------------------------------------ */

static bool inside(const struct world *w, const struct spot *x,
                   const struct change *c)
{
    return c->column == x->column &&
           w->in_area[x->area * w->f->places_n + c->place] &&
           w->in_period[x->period * w->f->months_n + c->month];
}

/* An atom of a cell, changed against what is broken about it. */
static struct change against(struct world *w, size_t area, size_t period,
                             size_t column)
{
    const struct grouping *a = &w->f->areas[area];
    const struct grouping *p = &w->f->periods[period];
    size_t at = family_cell(w->f, area, period, column);
    struct change c = {.column = (uint32_t)column,
                       .by = w->now[at] > w->hi[at] ? -1 : 1};
    int tries;

    for (tries = 0; tries < 8; tries++) {
        c.place = a->members[roll(w, a->n)];
        c.month = p->members[roll(w, p->n)];
        if (c.by > 0 ||
            w->atom[family_atom(w->f, c.place, c.month, column)] > 0)
            break;
    }
    return c;
}

/* One more or one less of a label, or of all records, where those do not fit
 * together. */
static struct change refit(struct world *w, const struct change *last,
                           const struct label_field *l)
{
    const int32_t *n = &w->atom[family_atom(w->f, last->place, last->month, 0)];
    struct change c = *last;
    int64_t sum = 0;
    size_t i;

    for (i = l->first; i < l->first + l->n; i++)
        sum += n[i];
    c.by = sum > n[0] || l->set ? -1 : 1;
    if (l->set && sum < n[0])
        c.by = 1;
    c.column = (uint32_t)(l->first + roll(w, l->n));
    for (i = 0; c.by < 0 && i < l->n && n[c.column] <= 0; i++)
        c.column = (uint32_t)(l->first + (c.column - l->first + 1) % l->n);
    if (roll(w, 4) == 0) {
        c.column = 0;
        c.by = -c.by;
    }
    return c;
}

/* Something of this change that is broken, and a change against it. */
static bool propose_at(struct world *w, const struct change *c,
                       struct change *out)
{
    const struct list *areas = &w->areas_of[c->place];
    const struct list *periods = &w->periods_of[c->month];
    size_t i, n = areas->n * periods->n, from = roll(w, n);

    for (i = 0; i < w->f->fields_n; i++) {
        const struct label_field *l = &w->f->fields[i];

        if ((c->column == 0 || w->field_of[c->column] == i) &&
            misfit(w, c->place, c->month, l) != 0 && roll(w, 2) == 0) {
            *out = refit(w, c, l);
            return true;
        }
    }
    for (i = 0; i < n; i++) {
        size_t k = (from + i) % n;
        uint32_t area = areas->p[k / periods->n];
        uint32_t period = periods->p[k % periods->n];

        if (excess(w, family_cell(w->f, area, period, c->column)) != 0) {
            *out = against(w, area, period, c->column);
            return true;
        }
    }
    return false;
}

/* A change that may mend something the latest changes broke. */
static bool propose(struct world *w, size_t from, const struct spot *x,
                    struct change *out)
{
    size_t i, n = w->done_n - from, start = roll(w, n);

    for (i = 0; i < n; i++) {
        struct change c = w->done[from + (start + i) % n];

        if (propose_at(w, &c, out))
            return !(inside(w, x, out) && out->by != x->dir);
    }
    return false;
}

/* The best of a few such changes. */
static bool mend(struct world *w, size_t from, const struct spot *x)
{
    struct change best = {0};
    int64_t least = INT64_MAX;
    int i;

    for (i = 0; i < CHOICES; i++) {
        struct change c, back;

        if (!propose(w, from, x, &c))
            continue;
        apply(w, &c);
        if (w->broken < least) {
            least = w->broken;
            best = c;
        }
        back = c;
        back.by = -c.by;
        apply(w, &back);
    }
    if (least == INT64_MAX)
        return false;
    change(w, best);
    return true;
}

static void note_blame(struct world *w, size_t at)
{
    if (w->cells[at].status == CELL_FREE && excess(w, at) != 0)
        w->blame[at]++;
}

/* A whole record more or less, so that few things need mending. */
static void change_record(struct world *w, struct change c)
{
    const struct family *f = w->f;
    size_t i, k;

    change(w, c);
    if (c.column != 0)
        change(w, (struct change){c.place, c.month, 0, c.by});
    for (i = 0; i < f->fields_n; i++) {
        const struct label_field *l = &f->fields[i];
        const int32_t *n = &w->atom[family_atom(f, c.place, c.month, 0)];
        size_t column = l->first + l->n - 1;

        if (c.column != 0 && w->field_of[c.column] == i)
            continue;
        for (k = roll(w, l->n); c.by < 0 && n[column] <= 0 && k < 2 * l->n; k++)
            column = l->first + k % l->n;
        change(w, (struct change){c.place, c.month, (uint32_t)column, c.by});
    }
}

/* One step of a cell up or down, all bounds kept. */
static bool step(struct world *w, const struct spot *x)
{
    const struct family *f = w->f;
    const struct grouping *area = &f->areas[x->area];
    const struct grouping *period = &f->periods[x->period];
    struct change c = {.column = (uint32_t)x->column, .by = x->dir};
    size_t from = w->done_n;
    int tries, i;

    w->stats->searches++;
    for (tries = 0; tries < TRIES; tries++) {
        for (i = 0; i < 64; i++) {
            c.place = area->members[roll(w, area->n)];
            c.month = period->members[roll(w, period->n)];
            if (x->dir > 0 ||
                w->atom[family_atom(f, c.place, c.month, x->column)] > 0)
                break;
        }
        if (tries % 2 == 0)
            change_record(w, c);
        else
            change(w, c);
        for (i = 0; w->broken > 0 && i < MENDS_MAX; i++)
            if (!mend(w, from, x) && i > MENDS_MAX / 2)
                break;
        if (w->broken == 0) {
            touched(w, from, see);
            return true;
        }
        touched(w, from, note_blame);
        undo(w, from);
    }
    return false;
}

/* -- withholding -------------------------------------------------------- */

static void widen(struct world *w, size_t at)
{
    w->cells[at].status = CELL_WITHHELD;
    w->cells[at].figure = 0;
    w->lo[at] = 0;
    w->hi[at] = INT32_MAX;
    w->stats->audited++;
}

/* Of the cells that stood in the way most, the one that tells least; of all
 * that are told, if none did.  False: nothing is told any more. */
static bool withhold_one(struct world *w, const uint32_t *n)
{
    size_t i, all = family_cells(w->f), best = all;
    uint32_t most = 0;

    for (i = 0; i < all; i++)
        if (w->blame[i] > most)
            most = w->blame[i];
    for (i = 0; i < all; i++)
        if (w->cells[i].status == CELL_FREE &&
            (most == 0 || w->blame[i] > most / 3) &&
            (best == all || n[i] < n[best]))
            best = i;
    memset(w->blame, 0, all * sizeof *w->blame);
    if (best < all)
        widen(w, best);
    return best < all;
}

static void prove(struct world *w, struct spot *x, const uint32_t *n)
{
    uint8_t want = x->dir > 0 ? WAS_ENOUGH : WAS_ZERO;

    while (!(w->seen[x->at] & want))
        if (!step(w, x)) {
            undo(w, 0);
            if (!withhold_one(w, n))
                break;
        }
    undo(w, 0);
}

/* -- the whole ---------------------------------------------------------- */

/* Which groupings hold a member, and the same as a table. */
static struct list *groupings_of(const struct grouping *g, size_t n,
                                 size_t members, uint8_t **in)
{
    struct list *out = mem_new((members + 1) * sizeof *out);
    size_t i, k;

    *in = mem_new(n * members + 1);
    for (i = 0; i < members; i++)
        out[i].p = mem_new((n + 1) * sizeof *out[i].p);
    for (i = 0; i < n; i++)
        for (k = 0; k < g[i].n; k++) {
            struct list *l = &out[g[i].members[k]];

            l->p[l->n++] = (uint32_t)i;
            (*in)[i * members + g[i].members[k]] = 1;
        }
    return out;
}

static void open_lists(struct world *w)
{
    const struct family *f = w->f;
    size_t i, k;

    w->areas_of = groupings_of(f->areas, f->areas_n, f->places_n, &w->in_area);
    w->periods_of =
        groupings_of(f->periods, f->periods_n, f->months_n, &w->in_period);
    w->field_of = mem_new(f->columns_n * sizeof *w->field_of);
    for (i = 0; i < f->fields_n; i++)
        for (k = 0; k < f->fields[i].n; k++)
            w->field_of[f->fields[i].first + k] = (uint32_t)i;
}

static void open_cell(struct world *w, size_t area, size_t period,
                      size_t column, uint32_t *n)
{
    const struct family *f = w->f;
    size_t at = family_cell(f, area, period, column), i, k;
    unsigned threshold = disclosure_threshold(f, w->r, area, column);
    uint32_t lo, hi;

    for (i = 0; i < f->areas[area].n; i++)
        for (k = 0; k < f->periods[period].n; k++)
            n[at] +=
                f->counts[family_atom(f, f->areas[area].members[i],
                                      f->periods[period].members[k], column)];
    disclosure_range(&w->cells[at], threshold, &lo, &hi);
    w->now[at] = (int32_t)n[at];
    w->lo[at] = (int32_t)lo;
    w->hi[at] = hi > INT32_MAX ? INT32_MAX : (int32_t)hi;
    if (n[at] < threshold)
        see(w, at);
    else
        w->seen[at] = WAS_BOTH; /* not small: not in need of a proof */
}

static void close_world(struct world *w)
{
    size_t i;

    for (i = 0; i < w->f->places_n; i++)
        free(w->areas_of[i].p);
    for (i = 0; i < w->f->months_n; i++)
        free(w->periods_of[i].p);
    free(w->areas_of);
    free(w->periods_of);
    free(w->in_area);
    free(w->in_period);
    free(w->field_of);
    free(w->atom);
    free(w->now);
    free(w->lo);
    free(w->hi);
    free(w->seen);
    free(w->blame);
    free(w->done);
}

static void each_cell(struct world *w, uint32_t *n, int dir)
{
    const struct family *f = w->f;
    struct spot x = {.dir = dir};
    size_t a;

    /* From the widest area down: a cell that was 0 had parts that were. */
    for (a = 0; a < f->areas_n; a++) {
        x.area = dir < 0 ? a : f->areas_n - 1 - a;
        for (x.period = 0; x.period < f->periods_n; x.period++)
            for (x.column = 0; x.column < f->columns_n; x.column++) {
                x.at = family_cell(f, x.area, x.period, x.column);
                if (dir == 0)
                    open_cell(w, x.area, x.period, x.column, n);
                else
                    prove(w, &x, n);
            }
    }
}

void disclosure_audit(const struct family *f, const struct disclosure_rules *r,
                      struct cell *cells, struct disclosure_stats *stats)
{
    size_t cells_n = family_cells(f);
    size_t atoms_n = f->places_n * f->months_n * f->columns_n;
    struct world w = {.f = f,
                      .r = r,
                      .cells = cells,
                      .stats = stats,
                      .dice = UINT64_C(0x9e3779b97f4a7c15)};
    uint32_t *n = mem_new((cells_n + 1) * sizeof *n);
    size_t i;

    w.atom = mem_new((atoms_n + 1) * sizeof *w.atom);
    w.now = mem_new((cells_n + 1) * sizeof *w.now);
    w.lo = mem_new((cells_n + 1) * sizeof *w.lo);
    w.hi = mem_new((cells_n + 1) * sizeof *w.hi);
    w.seen = mem_new(cells_n + 1);
    w.blame = mem_new((cells_n + 1) * sizeof *w.blame);
    for (i = 0; i < atoms_n; i++)
        w.atom[i] = (int32_t)f->counts[i];
    open_lists(&w);
    each_cell(&w, n, 0);
    each_cell(&w, n, 1);
    each_cell(&w, n, -1);
    close_world(&w);
    free(n);
}
