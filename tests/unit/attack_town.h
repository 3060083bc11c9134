/* attack_town.h - what somebody knows who was told all cells of a town: an
 * unknown for each, and how they hang together. */
#pragma once

#include "tests/unit/attack.h"
#include "tests/unit/town_stage.h"

/* -- what the attacker builds from what he was told ---------------------- */

/* An unknown for every cell, hidden ones too, as far as its answer goes. */
static inline int cell_unknown(const struct town *t, struct attack *a,
                               size_t area, size_t period, size_t column)
{
    const struct cell *c = &t->cells[family_cell(&t->f, area, period, column)];
    int threshold = area != 0 && column != 0 ? 10 : 5;

    if (t->columns[column].sensitive)
        threshold = 10;
    switch (c->status) {
    case CELL_SMALL: return attack_unknown(a, 0, threshold - 1);
    case CELL_WITHHELD: break;
    case CELL_FREE:
        return attack_unknown(
            a, (int)c->figure - 4 > threshold ? (int)c->figure - 4 : threshold,
            (int)c->figure + 4);
    }
    return attack_unknown(a, 0, UNBOUND);
}

static inline unsigned set_of(const struct grouping *g)
{
    unsigned s = 0;
    size_t i;

    for (i = 0; i < g->n; i++)
        s |= 1U << g->members[i];
    return s;
}

static inline size_t with_set(const struct grouping *g, size_t n, unsigned set)
{
    size_t i;

    for (i = 0; i < n && set_of(&g[i]) != set; i++)
        ;
    return i;
}

/* A grouping is one that it holds and each single member of the rest: sums, and
 * every difference of two. */
static inline void relate(const struct town *t, struct attack *a, bool periods,
                          size_t other, size_t column)
{
    const struct grouping *g = periods ? t->periods : t->areas;
    size_t n = periods ? t->f.periods_n : t->f.areas_n, i, k, m, one;

    for (i = 0; i < n; i++)
        for (k = 0; k <= n; k++) {
            unsigned whole = set_of(&g[i]);
            unsigned part = k == n ? 0 : set_of(&g[k]);
            int sum;

            if (part == whole || (part & ~whole) != 0)
                continue;
            sum = attack_sum(a, 0, 0);
            for (m = 0; m < 32; m++) {
                one = with_set(g, n, 1U << m);
                if ((whole & ~part & 1U << m) && one < n)
                    attack_term(
                        a, sum,
                        (int)(periods ? family_cell(&t->f, other, one, column)
                                      : family_cell(&t->f, one, other, column)),
                        1);
            }
            if (k < n)
                attack_term(a, sum,
                            (int)(periods
                                      ? family_cell(&t->f, other, k, column)
                                      : family_cell(&t->f, k, other, column)),
                            1);
            attack_term(a, sum,
                        (int)(periods ? family_cell(&t->f, other, i, column)
                                      : family_cell(&t->f, i, other, column)),
                        -1);
        }
}

/* `at(column)` is the unknown of a column somewhere. */
static inline void relate_labels(struct attack *a, const struct label_field *l,
                                 int first)
{
    size_t i;
    int sum = attack_sum(a, 0, l->set ? UNBOUND : 0), none;

    for (i = 0; i < l->n; i++)
        attack_term(a, sum, first + (int)(l->first + i), 1);
    attack_term(a, sum, first, -1);
    for (i = 0; l->set && i + 1 < l->n; i++) {
        none = attack_sum(a, 0, UNBOUND);
        attack_term(a, none, first, 1);
        attack_term(a, none, first + (int)(l->first + i), -1);
        attack_term(a, none, first + (int)(l->first + l->n - 1), -1);
    }
}

static inline void gather(const struct town *t, struct attack *a)
{
    size_t area, period, column, i;

    for (area = 0; area < t->f.areas_n; area++)
        for (period = 0; period < t->f.periods_n; period++)
            for (column = 0; column < t->f.columns_n; column++)
                cell_unknown(t, a, area, period, column);
    for (column = 0; column < t->f.columns_n; column++) {
        for (period = 0; period < t->f.periods_n; period++)
            relate(t, a, false, period, column);
        for (area = 0; t->f.periods_n > 1 && area < t->f.areas_n; area++)
            relate(t, a, true, area, column);
    }
    for (area = 0; area < t->f.areas_n; area++)
        for (period = 0; period < t->f.periods_n; period++)
            for (i = 0; i < t->f.fields_n; i++)
                relate_labels(a, &t->fields[i],
                              (int)family_cell(&t->f, area, period, 0));
}

static inline unsigned threshold_at(const struct town *t, size_t area,
                                    size_t column)
{
    return (area != 0 && column != 0) || t->columns[column].sensitive ? 10 : 5;
}
