#include "server/disclosure_world.h"

#include <stdlib.h>

size_t world_roll(struct world *w, size_t sides)
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

size_t world_fit(const struct world *w, size_t place, size_t month,
                 size_t field)
{
    return (place * w->f->months_n + month) * w->f->fields_n + field;
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

void world_see(struct world *w, size_t at)
{
    if (w->now[at] <= 0)
        w->seen[at] |= WAS_ZERO;
    if (w->now[at] >= (int32_t)w->r->protect)
        w->seen[at] |= WAS_ENOUGH;
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
        note_fault(w, w->cells_n + id, before[i],
                   misfit(w, c->place, c->month, i));
    }
}

void world_apply(struct world *w, const struct change *c)
{
    const struct list *areas = &w->areas_of[c->place];
    const struct list *periods = &w->periods_of[c->month];
    size_t a, p;

    apply_fits(w, c);
    for (a = 0; a < areas->n; a++)
        for (p = 0; p < periods->n; p++) {
            size_t at =
                family_cell(w->f, areas->p[a], periods->p[p], c->column);
            int64_t before = excess(w, at), after;

            w->now[at] += c->by;
            after = excess(w, at);
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
    world_apply(w, &c);
}

void world_undo(struct world *w, size_t down_to)
{
    while (w->done_n > down_to) {
        struct change c = w->done[--w->done_n];

        c.by = -c.by;
        world_apply(w, &c);
    }
}

/* All that the changes from `from` on touched is now in a world. */
void world_see_touched(struct world *w, size_t from)
{
    size_t i, a, p;

    for (i = from; i < w->done_n; i++) {
        const struct change *c = &w->done[i];
        const struct list *areas = &w->areas_of[c->place];
        const struct list *periods = &w->periods_of[c->month];

        for (a = 0; a < areas->n; a++)
            for (p = 0; p < periods->n; p++)
                world_see(w, family_cell(w->f, areas->p[a], periods->p[p],
                                         c->column));
    }
}

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
    size_t n = family_cells(f), i;

    w->cells_n = n;
    w->atom = mem_new((atoms_n + 1) * sizeof *w->atom);
    w->sum = mem_new((fits_n + 1) * sizeof *w->sum);
    w->faults = mem_new((n + fits_n + 1) * sizeof *w->faults);
    w->fault_at = mem_new((n + fits_n + 1) * sizeof *w->fault_at);
    w->now = mem_new((n + 1) * sizeof *w->now);
    w->lo = mem_new((n + 1) * sizeof *w->lo);
    w->hi = mem_new((n + 1) * sizeof *w->hi);
    w->seen = mem_new(n + 1);
    w->blame = mem_new((n + 1) * sizeof *w->blame);
    w->blamed = mem_new((n + 1) * sizeof *w->blamed);
    for (i = 0; i < atoms_n; i++)
        w->atom[i] = (int32_t)f->counts[i];
    open_lists(w);
    open_fits(w);
}

void world_close(struct world *w)
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
    free(w->sum);
    free(w->faults);
    free(w->fault_at);
    free(w->now);
    free(w->lo);
    free(w->hi);
    free(w->seen);
    free(w->blame);
    free(w->blamed);
    free(w->done);
}
