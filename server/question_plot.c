/* Answers as pictures (question.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/question.h"
#include "server/regions.h"
#include "sync/base/pack.h"

struct drawing {
    const struct question *q;
    const struct dataset *d;
    enum lang lang;
    struct arena mem;
    size_t label, part, low, high, groups[QUESTION_GROUPS_MAX], groups_n;
    size_t values[PLOT_SERIES_MAX], values_n;
};

/* Do rows differ in it? */
static bool varies(const struct dataset *d, size_t column)
{
    const char *first = NULL, *one;
    size_t row;

    for (row = 0; row < dataset_rows(d); row++) {
        one = dataset_cell(d, row, column);
        if (row == 0)
            first = one;
        else if ((one == NULL) != (first == NULL) ||
                 (one != NULL && strcmp(one, first) != 0))
            return true;
    }
    return false;
}

static bool has_some(const struct dataset *d, size_t column)
{
    size_t row;

    for (row = 0; row < dataset_rows(d); row++)
        if (dataset_cell(d, row, column) != NULL ||
            (d->columns[column].kind == COLUMN_FIGURE &&
             dataset_cell(d, row, column + 2) != NULL))
            return true;
    return false;
}

static void find_columns(struct drawing *w)
{
    const struct question_plot *p = w->q->plot;
    size_t i, at;

    w->label = dataset_column_named(w->d, p->label);
    w->part = p->part == NULL ? SIZE_MAX : dataset_column_named(w->d, p->part);
    w->low = p->low == NULL ? SIZE_MAX : dataset_column_named(w->d, p->low);
    w->high = p->high == NULL ? SIZE_MAX : dataset_column_named(w->d, p->high);
    for (i = 0; i < QUESTION_GROUPS_MAX && p->groups[i] != NULL; i++) {
        at = dataset_column_named(w->d, p->groups[i]);
        if (varies(w->d, at))
            w->groups[w->groups_n++] = at;
    }
    for (i = 0; i < PLOT_SERIES_MAX && p->values[i] != NULL; i++) {
        at = dataset_column_named(w->d, p->values[i]);
        if (i == 0 || has_some(w->d, at))
            w->values[w->values_n++] = at;
    }
}

static double number_in(const struct drawing *w, size_t row, size_t column,
                        double unless)
{
    const char *text =
        column == SIZE_MAX ? NULL : dataset_cell(w->d, row, column);

    return text == NULL ? unless : strtod(text, NULL);
}

static struct plot_mark mark_of(const struct drawing *w, size_t row, size_t k)
{
    size_t at = w->values[k];
    struct plot_mark m = {.lo = (double)NAN, .hi = (double)NAN};
    const char *below, *status;

    if (dataset_cell(w->d, row, at) != NULL) {
        m.kind = PLOT_TOLD;
        m.v = number_in(w, row, at, 0);
        if (k == 0 && w->low != SIZE_MAX) {
            m.lo = number_in(w, row, w->low, -(double)INFINITY);
            m.hi = number_in(w, row, w->high, (double)INFINITY);
        }
    } else if (w->d->columns[at].kind == COLUMN_FIGURE) {
        below = dataset_cell(w->d, row, at + 1);
        status = dataset_cell(w->d, row, at + 2);
        m.below = below == NULL ? 0 : (unsigned)strtoul(below, NULL, 10);
        m.kind = below != NULL    ? PLOT_SMALL
                 : status != NULL ? PLOT_WITHHELD
                                  : PLOT_ABSENT;
    }
    return m;
}

static const char *group_of(struct drawing *w, size_t row)
{
    struct buf b = buf_make(4096);
    const char *out;
    size_t i;

    for (i = 0; i < w->groups_n; i++) {
        const char *text = dataset_cell(w->d, row, w->groups[i]);

        buf_printf(&b, "%s%s", b.n > 0 && text != NULL ? " · " : "",
                   text == NULL ? "" : text);
    }
    out = b.n == 0 ? NULL : arena_text(&w->mem, buf_text(&b), b.n);
    buf_free(&b);
    return out;
}

/* False: there is nothing to draw of this row. */
static bool bar_of(struct drawing *w, size_t row, bool totals,
                   struct plot_bar *out)
{
    const char *label = dataset_cell(w->d, row, w->label);
    bool any = false;
    size_t k;

    if (!totals && w->part != SIZE_MAX &&
        dataset_cell(w->d, row, w->part) == NULL)
        return false;
    *out = (struct plot_bar){group_of(w, row), label, {{0}}};
    if (label == NULL) {
        out->label = out->group == NULL ? "" : out->group;
        out->group = NULL;
    }
    for (k = 0; k < w->values_n; k++) {
        out->marks[k] = mark_of(w, row, k);
        any |= out->marks[k].kind != PLOT_ABSENT;
    }
    return any;
}

enum rc question_draw(const struct question *q, const struct dataset *d,
                      const char *id, enum lang lang, struct buf *out,
                      struct err *err)
{
    struct drawing w = {.q = q, .d = d, .lang = lang};
    struct plot p = {.id = id, .lang = lang};
    struct plot_bar *bars;
    bool totals;
    size_t row, k;

    if (q->plot == NULL)
        return err_set(err, RC_INVALID, "%s has no picture; leave out --svg",
                       q->name);
    find_columns(&w);
    totals = w.part != SIZE_MAX && !has_some(d, w.part);
    bars = arena_new(&w.mem, (dataset_rows(d) + 1) * sizeof *bars);
    for (row = 0; row < dataset_rows(d); row++)
        if (bar_of(&w, row, totals, &bars[p.bars_n]))
            p.bars_n++;
    p.bars = bars;
    p.title = label_in(&q->title, lang);
    p.about = label_in(&q->about, lang);
    p.percent = q->plot->percent;
    p.series_n = w.values_n;
    for (k = 0; k < w.values_n; k++)
        p.series[k] = label_in(&d->columns[w.values[k]].title, lang);
    plot_bars(&p, out);
    arena_free(&w.mem);
    return RC_OK;
}

/* -- on the map -------------------------------------------------------------
 */

/* The rings of all its neighbourhoods (geo.h), in `mem`. */
static struct bytes outline_of(const struct regions *r, const struct region *a,
                               struct arena *mem)
{
    struct buf rings = buf_make(SIZE_MAX), all = buf_make(SIZE_MAX);
    uint64_t n = 0;
    struct bytes out = {0};
    size_t i;

    for (i = 0; a != NULL && i < a->places_n; i++) {
        struct unpack u = {.in = r->places[a->places[i]].outline};
        uint64_t more = u.in.n == 0 ? 0 : unpack_u64(&u, GEO_RINGS_MAX);

        if (more == 0 || u.bad || n + more > GEO_RINGS_MAX)
            continue;
        n += more;
        buf_put(&rings, u.in.p, u.in.n);
    }
    if (n > 0) {
        pack_u64(&all, n);
        buf_put(&all, rings.p, rings.n);
        out = arena_bytes(mem, buf_view(&all));
    }
    buf_free(&rings);
    buf_free(&all);
    return out;
}

static enum rc areas_of(struct drawing *w, const struct regions *r, size_t at,
                        struct plot_area *out, struct err *err)
{
    size_t row, k;

    for (row = 0; row < dataset_rows(w->d); row++) {
        const char *code = dataset_cell(w->d, row, at);

        for (k = 0; code != NULL && k < row; k++)
            if (dataset_cell(w->d, k, at) != NULL &&
                strcmp(dataset_cell(w->d, k, at), code) == 0)
                return err_set(err, RC_INVALID,
                               MSG("an area stands in several rows: ask for"
                                   " one period and one label, or all"));
        out[row].outline =
            outline_of(r, regions_area(r, w->d->layer, code), &w->mem);
        out[row].mark = mark_of(w, row, 0);
    }
    return RC_OK;
}

enum rc question_map(const struct question *q, const struct dataset *d,
                     const struct regions *r, const char *id, enum lang lang,
                     struct buf *out, struct err *err)
{
    struct drawing w = {.q = q, .d = d, .lang = lang};
    size_t at = dataset_column_named(d, "area");
    struct plot p = {.id = id,
                     .title = label_in(&q->title, lang),
                     .about = label_in(&q->about, lang),
                     .series_n = 1,
                     .lang = lang};
    struct plot_area *areas;
    enum rc rc;

    if (q->plot == NULL || d->layer == NULL || at == d->columns_n)
        return err_set(err, RC_INVALID, MSG("this has no place on a map"));
    find_columns(&w);
    areas = arena_new(&w.mem, (dataset_rows(d) + 1) * sizeof *areas);
    p.percent = q->plot->percent;
    rc = areas_of(&w, r, at, areas, err);
    if (rc == RC_OK && !plot_map(&p, areas, dataset_rows(d), out))
        rc = err_set(err, RC_INVALID, MSG("this has no place on a map"));
    arena_free(&w.mem);
    return rc;
}
