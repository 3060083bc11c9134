#include "server/disclosure_world.h"

#include <stdlib.h>

size_t world_roll(struct world *w, size_t sides)
{
    w->dice ^= w->dice >> 12;
    w->dice ^= w->dice << 25;
    w->dice ^= w->dice >> 27;
    return (size_t)(w->dice * UINT64_C(2685821657736338717) >> 33) % sides;
}

/* -- where things stand ------------------------------------------------- */

size_t world_at(const struct world *w, size_t area, size_t period,
                size_t column)
{
    return (column * w->f->areas_n + area) * w->f->periods_n + period;
}

size_t world_told(const struct world *w, size_t area, size_t period,
                  size_t column)
{
    return (column * w->areas.told.n + area) * w->periods.told.n + period;
}

struct spot world_spot(const struct world *w, size_t told)
{
    size_t row = told / w->periods.told.n;
    struct spot x = {.area = w->areas.told.p[row % w->areas.told.n],
                     .period = w->periods.told.p[told % w->periods.told.n],
                     .column = row / w->areas.told.n};

    x.at = world_at(w, x.area, x.period, x.column);
    return x;
}

size_t world_fit(const struct world *w, size_t place, size_t month,
                 size_t field)
{
    return (place * w->f->months_n + month) * w->f->fields_n + field;
}

/* -- one change --------------------------------------------------------- */

static int64_t excess(const struct bound *b, int by)
{
    int64_t now = (int64_t)b->now + by;

    return now < b->lo ? b->lo - now : now > b->hi ? now - b->hi : 0;
}

/* By how much the labels of a field do not fit the records of a neighbourhood
 * in a month. */
static int64_t misfit(const struct world *w, size_t place, size_t month,
                      size_t field)
{
    const struct label_field *l = &w->f->fields[field];
    const int32_t *n = &w->atom[family_atom(w->f, place, month, 0)];
    int64_t sum = w->sum[world_fit(w, place, month, field)], most = 0;
    size_t i;

    if (!l->set)
        return llabs(sum);
    if (sum < 0)
        return -sum;
    for (i = l->first; i + 1 < l->first + l->n; i++)
        if (n[i] > most)
            most = n[i];
    most += n[l->first + l->n - 1] - n[0];
    return most > 0 ? most : 0;
}

static void note_fault(struct world *w, size_t id, int64_t before,
                       int64_t after)
{
    w->broken += after - before;
    if (before == 0 && after != 0) {
        w->faults[w->faults_n++] = (uint32_t)id;
        w->fault_at[id] = (uint32_t)w->faults_n;
    } else if (before != 0 && after == 0) {
        uint32_t last = w->faults[--w->faults_n];

        w->faults[w->fault_at[id] - 1] = last;
        w->fault_at[last] = w->fault_at[id];
        w->fault_at[id] = 0;
    }
}

/* The atom itself, and what its labels and records have to do with each other.
 */
static void apply_fits(struct world *w, const struct change *c)
{
    int64_t before[LABEL_FIELDS_MAX];
    size_t from = c->column == 0 ? 0 : w->field_of[c->column], i;
    size_t to = c->column == 0 ? w->f->fields_n : from + 1;

    for (i = from; i < to; i++)
        before[i] = misfit(w, c->place, c->month, i);
    w->atom[family_atom(w->f, c->place, c->month, c->column)] += c->by;
    for (i = from; i < to; i++) {
        size_t id = world_fit(w, c->place, c->month, i);

        w->sum[id] += c->column == 0 ? -c->by : c->by;
        note_fault(w, w->told_n + id, before[i],
                   misfit(w, c->place, c->month, i));
    }
}

static void apply(struct world *w, const struct change *c)
{
    const struct list *areas = &w->areas.told_of[c->place];
    const struct list *periods = &w->periods.told_of[c->month];
    size_t a, p;

    apply_fits(w, c);
    for (a = 0; a < areas->n; a++)
        for (p = 0; p < periods->n; p++) {
            size_t at = world_told(w, areas->p[a], periods->p[p], c->column);
            struct bound *b = &w->told[at];
            int64_t before = excess(b, 0), after = excess(b, c->by);

            b->now += c->by;
            if (before != after)
                note_fault(w, at, before, after);
        }
}

void world_change(struct world *w, struct change c)
{
    if (w->done_n == w->done_cap) {
        w->done_cap = 2 * w->done_cap + 64;
        w->done = mem_resize(w->done, w->done_cap * sizeof *w->done);
    }
    w->done[w->done_n++] = c;
    apply(w, &c);
}

/* -- a look at a plan --------------------------------------------------- */

static int64_t more_excess(const struct world *w, const struct change *c)
{
    const struct list *areas = &w->areas.told_of[c->place];
    const struct list *periods = &w->periods.told_of[c->month];
    int64_t more = 0;
    size_t a, p;

    for (a = 0; a < areas->n; a++) {
        const struct bound *row =
            &w->told[world_told(w, areas->p[a], 0, c->column)];

        for (p = 0; p < periods->n; p++)
            more += excess(&row[periods->p[p]], c->by) -
                    excess(&row[periods->p[p]], 0);
    }
    return more;
}

/* The atoms and sums of a plan, there (1) or back (-1). */
static void try_atoms(struct world *w, const struct plan *p, int sign)
{
    size_t i, k;

    for (i = 0; i < p->n; i++) {
        const struct change *c = &p->p[i];
        int by = sign * c->by;

        w->atom[family_atom(w->f, c->place, c->month, c->column)] += by;
        if (c->column != 0)
            w->sum[world_fit(w, c->place, c->month, w->field_of[c->column])] +=
                by;
        else
            for (k = 0; k < w->f->fields_n; k++)
                w->sum[world_fit(w, c->place, c->month, k)] -= by;
    }
}

int64_t world_after(struct world *w, const struct plan *p)
{
    const struct change *c = p->p;
    int64_t after = w->broken;
    uint64_t fields = 0;
    size_t i;

    for (i = 0; i < p->n; i++) {
        after += more_excess(w, &p->p[i]);
        fields |= p->p[i].column == 0
                      ? UINT64_MAX
                      : UINT64_C(1) << w->field_of[p->p[i].column];
    }
    for (i = 0; i < w->f->fields_n; i++)
        if (fields >> i & 1)
            after -= misfit(w, c->place, c->month, i);
    try_atoms(w, p, 1);
    for (i = 0; i < w->f->fields_n; i++)
        if (fields >> i & 1)
            after += misfit(w, c->place, c->month, i);
    try_atoms(w, p, -1);
    return after;
}

/* -- worlds ------------------------------------------------------------- */

void world_see(struct world *w, size_t at)
{
    if (w->now[at] <= 0)
        w->seen[at] |= WAS_ZERO;
    if (w->now[at] >= (int32_t)w->r->protect)
        w->seen[at] |= WAS_ENOUGH;
}

/* Carry a change into all cells. */
static void settle(struct world *w, const struct change *c, int by)
{
    const struct list *areas = &w->areas.of[c->place];
    const struct list *periods = &w->periods.of[c->month];
    size_t a, p;

    for (a = 0; a < areas->n; a++) {
        int32_t *row = &w->now[world_at(w, areas->p[a], 0, c->column)];

        for (p = 0; p < periods->n; p++)
            row[periods->p[p]] += by;
    }
}

void world_undo(struct world *w, size_t down_to)
{
    while (w->done_n > down_to) {
        struct change c = w->done[--w->done_n];

        c.by = -c.by;
        apply(w, &c);
        if (w->settled > w->done_n) {
            settle(w, &c, c.by);
            w->settled--;
        }
    }
}

/* All that the changes from `from` on touched is now in a world. */
void world_see_touched(struct world *w, size_t from)
{
    size_t i, a, p;

    while (w->settled < w->done_n) {
        const struct change *c = &w->done[w->settled++];

        settle(w, c, c->by);
    }
    for (i = from; i < w->done_n; i++) {
        const struct change *c = &w->done[i];
        const struct list *areas = &w->areas.of[c->place];
        const struct list *periods = &w->periods.of[c->month];

        for (a = 0; a < areas->n; a++)
            for (p = 0; p < periods->n; p++)
                world_see(w,
                          world_at(w, areas->p[a], periods->p[p], c->column));
    }
}

/* -- from the beginning to the end --------------------------------------- */

static void open_groups(struct groups *g, const struct grouping *all, size_t n,
                        size_t members)
{
    size_t i, k;

    g->of = mem_new((members + 1) * sizeof *g->of);
    g->told_of = mem_new((members + 1) * sizeof *g->told_of);
    g->told.p = mem_new((n + 1) * sizeof *g->told.p);
    g->in = mem_new(n * members + 1);
    for (i = 0; i < members; i++) {
        g->of[i].p = mem_new((n + 1) * sizeof *g->of[i].p);
        g->told_of[i].p = mem_new((n + 1) * sizeof *g->told_of[i].p);
    }
    for (i = 0; i < n; i++) {
        for (k = 0; k < all[i].n; k++) {
            struct list *of = &g->of[all[i].members[k]];
            struct list *told_of = &g->told_of[all[i].members[k]];

            of->p[of->n++] = (uint32_t)i;
            if (!all[i].hidden)
                told_of->p[told_of->n++] = (uint32_t)g->told.n;
            g->in[i * members + all[i].members[k]] = 1;
        }
        if (!all[i].hidden)
            g->told.p[g->told.n++] = (uint32_t)i;
    }
}

static void close_groups(struct groups *g, size_t members)
{
    size_t i;

    for (i = 0; i < members; i++) {
        free(g->of[i].p);
        free(g->told_of[i].p);
    }
    free(g->of);
    free(g->told_of);
    free(g->told.p);
    free(g->in);
}

static void open_fits(struct world *w)
{
    const struct family *f = w->f;
    size_t p, m, i, k;

    for (p = 0; p < f->places_n; p++)
        for (m = 0; m < f->months_n; m++)
            for (i = 0; i < f->fields_n; i++) {
                const struct label_field *l = &f->fields[i];
                const int32_t *n = &w->atom[family_atom(f, p, m, 0)];
                int32_t *sum = &w->sum[world_fit(w, p, m, i)];

                *sum = -n[0];
                for (k = l->first; k < l->first + l->n; k++)
                    *sum += n[k];
            }
}

void world_open(struct world *w)
{
    const struct family *f = w->f;
    size_t atoms_n = f->places_n * f->months_n * f->columns_n;
    size_t fits_n = f->places_n * f->months_n * f->fields_n;
    size_t n = family_cells(f), i, k;

    open_groups(&w->areas, f->areas, f->areas_n, f->places_n);
    open_groups(&w->periods, f->periods, f->periods_n, f->months_n);
    w->told_n = w->areas.told.n * w->periods.told.n * f->columns_n;
    w->atom = mem_new((atoms_n + 1) * sizeof *w->atom);
    w->sum = mem_new((fits_n + 1) * sizeof *w->sum);
    w->faults = mem_new((w->told_n + fits_n + 1) * sizeof *w->faults);
    w->fault_at = mem_new((w->told_n + fits_n + 1) * sizeof *w->fault_at);
    w->told = mem_new((w->told_n + 1) * sizeof *w->told);
    w->now = mem_new((n + 1) * sizeof *w->now);
    w->seen = mem_new(n + 1);
    w->blame = mem_new((w->told_n + 1) * sizeof *w->blame);
    w->blamed = mem_new((w->told_n + 1) * sizeof *w->blamed);
    w->field_of = mem_new((f->columns_n + 1) * sizeof *w->field_of);
    for (i = 0; i < atoms_n; i++)
        w->atom[i] = (int32_t)f->counts[i];
    for (i = 0; i < f->fields_n; i++)
        for (k = 0; k < f->fields[i].n; k++)
            w->field_of[f->fields[i].first + k] = (uint32_t)i;
    open_fits(w);
}

void world_close(struct world *w)
{
    close_groups(&w->areas, w->f->places_n);
    close_groups(&w->periods, w->f->months_n);
    free(w->field_of);
    free(w->atom);
    free(w->sum);
    free(w->faults);
    free(w->fault_at);
    free(w->now);
    free(w->told);
    free(w->seen);
    free(w->blame);
    free(w->blamed);
    free(w->done);
}
