/* Answers as pictures (question.h). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "server/question.h"

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
