#include "server/disclosure_audit.h"

#include <stdlib.h>
#include <string.h>

#include "server/disclosure_world.h"

/* How hard a world is looked for before a cell in the way is withheld. */
enum { TRIES = 12, MENDS_MAX = 80, CHOICES = 3 };

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
        c.place = a->members[world_roll(w, a->n)];
        c.month = p->members[world_roll(w, p->n)];
        if (c.by > 0 ||
            w->atom[family_atom(w->f, c.place, c.month, column)] > 0)
            break;
    }
    return c;
}

/* One more or one less of a label, or of all records, where those do not fit
 * together. */
static struct change refit(struct world *w, size_t place, size_t month,
                           size_t field)
{
    const struct label_field *l = &w->f->fields[field];
    const int32_t *n = &w->atom[family_atom(w->f, place, month, 0)];
    struct change c = {.place = (uint32_t)place, .month = (uint32_t)month};
    size_t i;

    c.by = w->sum[world_fit(w, place, month, field)] < 0 ? 1 : -1;
    c.column = (uint32_t)(l->first + world_roll(w, l->n));
    for (i = 0; c.by < 0 && i < l->n && n[c.column] <= 0; i++)
        c.column = (uint32_t)(l->first + (c.column - l->first + 1) % l->n);
    if (world_roll(w, 4) == 0) {
        c.column = 0;
        c.by = -c.by;
    }
    return c;
}

/* A change against something that is broken. */
static bool propose(struct world *w, const struct spot *x, struct change *out)
{
    const struct family *f = w->f;
    size_t id = w->faults[world_roll(w, w->faults_n)];

    if (id < w->cells_n) {
        size_t row = id / f->columns_n;

        *out = against(w, row / f->periods_n, row % f->periods_n,
                       id % f->columns_n);
    } else {
        size_t row = (id - w->cells_n) / f->fields_n;

        *out = refit(w, row / f->months_n, row % f->months_n,
                     (id - w->cells_n) % f->fields_n);
    }
    return !(inside(w, x, out) && out->by != x->dir) &&
           w->atom[family_atom(f, out->place, out->month, out->column)] +
                   out->by >=
               0;
}

/* The best of a few such changes. */
static bool mend(struct world *w, const struct spot *x)
{
    struct change best = {0};
    int64_t least = INT64_MAX;
    int i;

    for (i = 0; i < CHOICES; i++) {
        struct change c, back;

        if (!propose(w, x, &c))
            continue;
        world_apply(w, &c);
        if (w->broken < least) {
            least = w->broken;
            best = c;
        }
        back = c;
        back.by = -c.by;
        world_apply(w, &back);
    }
    if (least == INT64_MAX)
        return false;
    world_change(w, best);
    return true;
}

static void blame_faults(struct world *w)
{
    size_t i;

    for (i = 0; i < w->faults_n; i++)
        if (w->faults[i] < w->cells_n &&
            w->cells[w->faults[i]].status == CELL_FREE)
            w->blame[w->faults[i]]++;
}

/* A whole record more or less, so that few things need mending. */
static void change_record(struct world *w, struct change c)
{
    const struct family *f = w->f;
    size_t i, k;

    world_change(w, c);
    if (c.column != 0)
        world_change(w, (struct change){c.place, c.month, 0, c.by});
    for (i = 0; i < f->fields_n; i++) {
        const struct label_field *l = &f->fields[i];
        const int32_t *n = &w->atom[family_atom(f, c.place, c.month, 0)];
        size_t column = l->first + l->n - 1;

        if (c.column != 0 && w->field_of[c.column] == i)
            continue;
        for (k = world_roll(w, l->n);
             c.by < 0 && n[column] <= 0 && k < 2 * l->n; k++)
            column = l->first + k % l->n;
        world_change(w,
                     (struct change){c.place, c.month, (uint32_t)column, c.by});
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
            c.place = area->members[world_roll(w, area->n)];
            c.month = period->members[world_roll(w, period->n)];
            if (x->dir > 0 ||
                w->atom[family_atom(f, c.place, c.month, x->column)] > 0)
                break;
        }
        if (x->dir < 0 &&
            w->atom[family_atom(f, c.place, c.month, x->column)] <= 0)
            continue;
        if (tries % 2 == 0)
            change_record(w, c);
        else
            world_change(w, c);
        for (i = 0; w->broken > 0 && i < MENDS_MAX; i++)
            if (!mend(w, x) && i > MENDS_MAX / 2)
                break;
        if (w->broken == 0) {
            world_see_touched(w, from);
            return true;
        }
        blame_faults(w);
        world_undo(w, from);
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
            world_undo(w, 0);
            if (!withhold_one(w, n))
                break;
        }
    world_undo(w, 0);
}

/* -- the whole ---------------------------------------------------------- */

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
        world_see(w, at);
    else
        w->seen[at] = WAS_BOTH; /* not small: not in need of a proof */
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
    struct world w = {.f = f,
                      .r = r,
                      .cells = cells,
                      .stats = stats,
                      .dice = UINT64_C(0x9e3779b97f4a7c15)};
    uint32_t *n = mem_new((family_cells(f) + 1) * sizeof *n);

    world_open(&w);
    each_cell(&w, n, 0);
    each_cell(&w, n, 1);
    each_cell(&w, n, -1);
    world_close(&w);
    free(n);
}
