#include "server/disclosure_plan.h"

static const int32_t *atoms(const struct world *w, size_t place, size_t month)
{
    return &w->atom[family_atom(w->f, place, month, 0)];
}

static void add(struct plan *out, const struct change *at, size_t column,
                int by)
{
    out->p[out->n++] =
        (struct change){at->place, at->month, (uint32_t)column, by};
}

/* A label of which there is one; columns_n: of none. */
static size_t present(struct world *w, const int32_t *n,
                      const struct label_field *l, size_t but)
{
    size_t from = world_roll(w, l->n), i;

    for (i = 0; i < l->n; i++) {
        size_t column = l->first + (from + i) % l->n;

        if (column != but && n[column] > 0)
            return column;
    }
    return w->f->columns_n;
}

static size_t none_of(const struct label_field *l)
{
    return l->first + l->n - 1;
}

/* Of a set: the label that most records have. */
static size_t commonest(const int32_t *n, const struct label_field *l)
{
    size_t best = l->first, i;

    for (i = l->first; i < none_of(l); i++)
        if (n[i] > n[best])
            best = i;
    return best;
}

bool plan_swap(struct world *w, const struct change *c, struct plan *out)
{
    const struct family *f = w->f;
    const struct label_field *l;
    const int32_t *n = atoms(w, c->place, c->month);
    size_t field, other;

    if (c->column == 0 || n[c->column] + c->by < 0)
        return false;
    field = w->field_of[c->column];
    l = &f->fields[field];
    out->n = 0;
    add(out, c, c->column, c->by);
    if (l->set && c->column != none_of(l)) {
        int32_t none = n[none_of(l)];

        if (c->by > 0 && n[c->column] + none < n[0])
            return true;
        if (c->by > 0 && none == 0)
            return false;
        if (c->by < 0 && w->sum[world_fit(w, c->place, c->month, field)] > 0)
            return true;
        add(out, c, none_of(l), -c->by);
        return true;
    }
    if (c->by > 0) {
        other = present(w, n, l, c->column);
        if (other == f->columns_n)
            return false;
    } else {
        other = l->first + world_roll(w, l->n);
        if (other == c->column)
            return false;
    }
    add(out, c, other, -c->by);
    return true;
}

bool plan_record(struct world *w, const struct change *c, struct plan *out)
{
    const struct family *f = w->f;
    const int32_t *n = atoms(w, c->place, c->month);
    size_t i;

    if (n[c->column] + c->by < 0 || n[0] + c->by < 0)
        return false;
    out->n = 0;
    add(out, c, 0, c->by);
    if (c->column != 0)
        add(out, c, c->column, c->by);
    for (i = 0; i < f->fields_n; i++) {
        const struct label_field *l = &f->fields[i];
        size_t column = none_of(l);

        if (c->column != 0 && w->field_of[c->column] == i)
            continue;
        if (c->by > 0 && world_roll(w, 2) == 0)
            column = l->first + world_roll(w, l->n);
        if (c->by < 0) {
            column = present(w, n, l, f->columns_n);
            if (l->set && n[commonest(n, l)] + n[none_of(l)] == n[0])
                column = n[commonest(n, l)] > 0 ? commonest(n, l) : none_of(l);
            if (column == f->columns_n)
                return false;
        }
        add(out, c, column, c->by);
    }
    return true;
}

bool plan_refit(struct world *w, size_t fit, struct plan *out)
{
    const struct family *f = w->f;
    size_t row = fit / f->fields_n;
    const struct label_field *l = &f->fields[fit % f->fields_n];
    struct change c = {.place = (uint32_t)(row / f->months_n),
                       .month = (uint32_t)(row % f->months_n)};
    const int32_t *n = atoms(w, c.place, c.month);
    int by = w->sum[fit] < 0 ? 1 : -1;
    size_t column;

    out->n = 0;
    if (by > 0)
        column = l->first + world_roll(w, l->n);
    else if (!l->set)
        column = present(w, n, l, f->columns_n);
    else
        column = world_roll(w, 2) == 0 && n[none_of(l)] > 0 ? none_of(l)
                                                            : commonest(n, l);
    if (world_roll(w, 4) == 0) {
        column = 0;
        by = -by;
    }
    if (column == f->columns_n || n[column] + by < 0)
        return false;
    add(out, &c, column, by);
    return true;
}
