#include "server/disclosure_audit.h"

#include <stdlib.h>
#include <string.h>

#include "server/disclosure_plan.h"

/* How hard a world is looked for before a cell in the way is withheld. */
enum { TRIES = 12, TRIES_HARD = 100, MENDS_MAX = 80, CHOICES = 4, NOISE = 8 };

/* -- mending ------------------------------------------------------------ */

static struct cell *cell_of(const struct world *w, const struct spot *x)
{
    return &w->cells[family_cell(w->f, x->area, x->period, x->column)];
}

/* Whatever its column. */
static bool holds(const struct world *w, const struct spot *x,
                  const struct change *c)
{
    return w->areas.in[x->area * w->f->places_n + c->place] &&
           w->periods.in[x->period * w->f->months_n + c->month];
}

static bool inside(const struct world *w, const struct spot *x,
                   const struct change *c)
{
    return c->column == x->column && holds(w, x, c);
}

/* An atom of a told cell, changed against what is broken about it. */
static struct change against(struct world *w, size_t told)
{
    struct spot x = world_spot(w, told);
    const struct grouping *a = &w->f->areas[x.area];
    const struct grouping *p = &w->f->periods[x.period];
    struct change c = {.column = (uint32_t)x.column,
                       .by = w->told[told].now > w->told[told].hi ? -1 : 1};
    int tries;

    for (tries = 0; tries < 8; tries++) {
        c.place = a->members[world_roll(w, a->n)];
        c.month = p->members[world_roll(w, p->n)];
        if (c.by > 0 ||
            w->atom[family_atom(w->f, c.place, c.month, x.column)] > 0)
            break;
    }
    return c;
}

/* Changes against something that is broken.  Those that take the cell back are
 * left out; when it is looked for hard, half of the time. */
static bool propose(struct world *w, const struct spot *x, struct plan *out)
{
    size_t id = w->faults[world_roll(w, w->faults_n)], i;
    struct change c;

    if (id >= w->told_n) {
        if (!plan_refit(w, id - w->told_n, out))
            return false;
    } else {
        c = against(w, id);
        if (!(c.column == 0 || world_roll(w, 4) == 0 ? plan_record(w, &c, out)
                                                     : plan_swap(w, &c, out)))
            return false;
    }
    for (i = 0; i < out->n; i++)
        if (inside(w, x, &out->p[i]) && out->p[i].by != x->dir &&
            !(x->hard && world_roll(w, 2) == 0))
            return false;
    return true;
}

static void follow(struct world *w, const struct plan *p)
{
    size_t i;

    for (i = 0; i < p->n; i++)
        world_change(w, p->p[i]);
}

/* The best of a few such plans; now and then another, to get away from where
 * all ways lead back. */
static bool mend(struct world *w, const struct spot *x)
{
    struct plan best, one;
    int64_t least = INT64_MAX, after;
    int i;

    for (i = 0; i < CHOICES; i++) {
        if (!propose(w, x, &one))
            continue;
        after = world_after(w, &one);
        if (after < least || world_roll(w, NOISE) == 0) {
            least = after;
            best = one;
        }
        if (least == 0)
            break;
    }
    if (least == INT64_MAX)
        return false;
    follow(w, &best);
    return true;
}

/* Did an earlier state say the same of it? */
static bool told_before(const struct world *w, const struct spot *x)
{
    const struct family *f = w->f;

    return f->before != NULL &&
           f->before[family_cell(f, x->area, x->period, x->column)] ==
               (cell_of(w, x)->status == CELL_FREE ? BEFORE_FREE
                                                   : BEFORE_SMALL);
}

/* A cell that says "small" is in the way of worlds as well, beside what an
 * earlier state told. */
static bool withholdable(const struct world *w, const struct spot *under,
                         const struct spot *x)
{
    switch (cell_of(w, x)->status) {
    case CELL_SMALL: return under->hard && !told_before(w, x);
    case CELL_WITHHELD: return false;
    case CELL_FREE: break;
    }
    return true;
}

/* What is still broken after all that was tried around `c`: free cells that
 * hold it, or if there are none, others. */
static void blame_faults(struct world *w, const struct spot *under,
                         const struct change *c)
{
    size_t i, round, blamed = 0;

    for (round = 0; round < 2 && blamed == 0; round++)
        for (i = 0; i < w->faults_n; i++) {
            size_t at = w->faults[i];
            struct spot x;

            if (at >= w->told_n)
                continue;
            x = world_spot(w, at);
            if (!withholdable(w, under, &x) || (round == 0 && !holds(w, &x, c)))
                continue;
            if (w->blame[at]++ == 0)
                w->blamed[w->blamed_n++] = (uint32_t)at;
            blamed++;
        }
}

/* A first change of the cell, somewhere in it. */
static bool begin(struct world *w, const struct spot *x, bool whole,
                  struct change *c)
{
    const struct grouping *area = &w->f->areas[x->area];
    const struct grouping *period = &w->f->periods[x->period];
    struct plan p;
    int i;

    *c = (struct change){.column = (uint32_t)x->column, .by = x->dir};
    for (i = 0; i < 64; i++) {
        c->place = area->members[world_roll(w, area->n)];
        c->month = period->members[world_roll(w, period->n)];
        if (whole || x->column == 0 ? plan_record(w, c, &p)
                                    : plan_swap(w, c, &p)) {
            follow(w, &p);
            return true;
        }
    }
    return false;
}

/* Has the cell gone its way with the changes from `from` on? */
static bool gone(const struct world *w, const struct spot *x, size_t from)
{
    int by = 0;
    size_t i;

    for (i = from; i < w->done_n; i++)
        if (inside(w, x, &w->done[i]))
            by += w->done[i].by;
    return by * x->dir > 0;
}

/* One step of a cell up or down, all bounds kept. */
static bool step(struct world *w, const struct spot *x)
{
    size_t from = w->done_n;
    struct change c;
    int tries, i;

    w->stats->searches++;
    for (tries = 0; tries < (x->hard ? TRIES_HARD : TRIES); tries++) {
        if (!begin(w, x, tries % 2 == 1, &c))
            continue;
        for (i = 0; w->broken > 0 && i < MENDS_MAX; i++)
            if (!mend(w, x) && i > MENDS_MAX / 2)
                break;
        if (w->broken == 0 && gone(w, x, from)) {
            world_see_touched(w, from);
            return true;
        }
        blame_faults(w, x, &c);
        world_undo(w, from);
    }
    return false;
}

/* -- withholding -------------------------------------------------------- */

static void widen(struct world *w, size_t told)
{
    struct spot x = world_spot(w, told);

    *cell_of(w, &x) = (struct cell){.status = CELL_WITHHELD};
    w->told[told].lo = 0;
    w->told[told].hi = INT32_MAX;
    w->stats->audited++;
}

/* Have two cells a neighbourhood and a month in common? */
static bool meet(const struct world *w, const struct spot *x,
                 const struct spot *y)
{
    const struct grouping *a = &w->f->areas[x->area];
    const struct grouping *p = &w->f->periods[x->period];
    size_t i, k;

    for (i = 0; i < a->n; i++)
        for (k = 0; k < p->n; k++) {
            struct change c = {.place = a->members[i], .month = p->members[k]};

            if (holds(w, y, &c))
                return true;
        }
    return false;
}

/* The smallest that is told: of those that meet `x` and were not told before;
 * of all that were not; of all.  told_n: nothing is told any more. */
static size_t smallest_told(const struct world *w, const struct spot *x,
                            const uint32_t *n)
{
    size_t i, best = w->told_n;
    struct spot y;
    int round;

    for (round = 0; round < 3 && best == w->told_n; round++)
        for (i = 0; i < w->told_n; i++) {
            y = world_spot(w, i);
            if (withholdable(w, x, &y) && (round == 2 || !told_before(w, &y)) &&
                (round > 0 || meet(w, x, &y)) &&
                (best == w->told_n || n[i] < n[best]))
                best = i;
        }
    return best;
}

static void forget_blame(struct world *w)
{
    while (w->blamed_n > 0)
        w->blame[w->blamed[--w->blamed_n]] = 0;
}

/* What people ask for most: all records; least, that nothing was filled in. */
static double asked_for(const struct world *w, size_t column)
{
    const struct label_field *l;

    if (column == 0)
        return 16;
    l = &w->f->fields[w->field_of[column]];
    return column + 1 == l->first + l->n ? 1 : 4;
}

/* Of the cells that stood in the way, one that did so often and tells little: a
 * small figure goes rather than a large one, which more people ask for.  None
 * of those that an earlier state told: that would take nothing back. */
static bool withhold_one(struct world *w, const uint32_t *n)
{
    size_t i, best = w->told_n;
    double most = 0;

    for (i = 0; i < w->blamed_n; i++) {
        size_t at = w->blamed[i];
        struct spot y = world_spot(w, at);
        double weight =
            (double)w->blame[at] / ((double)n[at] + 1) / asked_for(w, y.column);

        if (weight > most && !told_before(w, &y)) {
            most = weight;
            best = at;
        }
    }
    forget_blame(w);
    if (best < w->told_n)
        widen(w, best);
    return best < w->told_n;
}

static bool withhold_another(struct world *w, const struct spot *x,
                             const uint32_t *n)
{
    size_t best = smallest_told(w, x, n);

    if (best < w->told_n)
        widen(w, best);
    return best < w->told_n;
}

/* If all that stands in the way was told before, there is a world all the same,
 * unless counts have changed since: it is looked for harder. */
static void prove(struct world *w, struct spot *x, const uint32_t *n)
{
    uint8_t want = x->dir > 0 ? WAS_ENOUGH : WAS_ZERO;

    forget_blame(w);
    x->hard = false;
    while (!(w->seen[x->at] & want)) {
        if (step(w, x))
            continue;
        world_undo(w, 0);
        if (withhold_one(w, n)) {
            x->hard = false;
            continue;
        }
        if (x->hard && !withhold_another(w, x, n))
            break;
        x->hard = !x->hard;
    }
    world_undo(w, 0);
}

/* -- the whole ---------------------------------------------------------- */

static void open_cell(struct world *w, const struct spot *x)
{
    const struct family *f = w->f;
    const struct grouping *area = &f->areas[x->area];
    const struct grouping *period = &f->periods[x->period];
    unsigned threshold = disclosure_threshold(f, w->r, x->area, x->column);
    uint32_t count = 0;
    size_t i, k;

    for (i = 0; i < area->n; i++)
        for (k = 0; k < period->n; k++)
            count += f->counts[family_atom(f, area->members[i],
                                           period->members[k], x->column)];
    w->now[x->at] = (int32_t)count;
    if (count < threshold)
        world_see(w, x->at);
    else
        w->seen[x->at] = WAS_BOTH; /* not small: not in need of a proof */
}

static void open_told(struct world *w, uint32_t *n)
{
    struct spot x;
    uint32_t lo, hi;
    size_t i;

    for (i = 0; i < w->told_n; i++) {
        x = world_spot(w, i);
        disclosure_range(cell_of(w, &x),
                         disclosure_threshold(w->f, w->r, x.area, x.column),
                         &lo, &hi);
        n[i] = (uint32_t)w->now[x.at];
        w->told[i] = (struct bound){w->now[x.at], (int32_t)lo,
                                    hi > INT32_MAX ? INT32_MAX : (int32_t)hi};
    }
}

static bool each_cell(struct world *w, uint32_t *n, int dir,
                      const struct disclosure_stop *stop)
{
    const struct family *f = w->f;
    struct spot x = {.dir = dir};
    size_t a;

    /* From the widest area down: a cell that was 0 had parts that were. */
    for (a = 0; a < f->areas_n; a++) {
        x.area = dir < 0 ? a : f->areas_n - 1 - a;
        for (x.period = 0; x.period < f->periods_n; x.period++)
            for (x.column = 0; x.column < f->columns_n; x.column++) {
                if (stop->asked != NULL && stop->asked(stop->ctx))
                    return false;
                x.at = world_at(w, x.area, x.period, x.column);
                if (dir == 0)
                    open_cell(w, &x);
                else
                    prove(w, &x, n);
            }
    }
    return true;
}

bool disclosure_audit(const struct family *f, const struct disclosure_rules *r,
                      const struct disclosure_stop *stop, struct cell *cells,
                      struct disclosure_stats *stats)
{
    struct world w = {.f = f,
                      .r = r,
                      .cells = cells,
                      .stats = stats,
                      .dice = UINT64_C(0x9e3779b97f4a7c15)};
    uint32_t *n;
    bool done;

    world_open(&w);
    n = mem_new((w.told_n + 1) * sizeof *n);
    done = each_cell(&w, n, 0, stop);
    open_told(&w, n);
    done = done && each_cell(&w, n, 1, stop) && each_cell(&w, n, -1, stop);
    world_close(&w);
    free(n);
    return done;
}
