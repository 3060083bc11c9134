/* town_stage.h - small made-up towns: neighbourhoods in two layers that
 * overlap, a quarter of three months, records with a few fields. */
#pragma once

#include <stdio.h>

#include "server/disclosure.h"
#include "tests/unit/dice.h"

enum {
    PLACES_MAX = 8,
    MONTHS = 3,
    AREAS_MAX = 40,
    PERIODS_MAX = 8,
    COLUMNS_MAX = 16,
    FIELDS_MAX = 3
};

struct town {
    struct family f;
    struct grouping areas[AREAS_MAX], periods[PERIODS_MAX];
    uint32_t members[AREAS_MAX][PLACES_MAX], months[PERIODS_MAX][MONTHS];
    char names[AREAS_MAX + PERIODS_MAX][40];
    struct column columns[COLUMNS_MAX];
    char labels[COLUMNS_MAX][8];
    struct label_field fields[FIELDS_MAX];
    uint32_t counts[PLACES_MAX * MONTHS * COLUMNS_MAX];
    struct who who[PLACES_MAX * MONTHS * COLUMNS_MAX];
    uint8_t key[32];
    struct cell *cells;
    struct disclosure_stats stats;
};

static inline bool town_has_area(const struct town *t, unsigned set)
{
    size_t i, k;
    unsigned s;

    for (i = 0; i < t->f.areas_n; i++) {
        for (s = 0, k = 0; k < t->areas[i].n; k++)
            s |= 1U << t->members[i][k];
        if (s == set)
            return true;
    }
    return false;
}

static inline void town_area(struct town *t, unsigned set, bool hidden)
{
    size_t at = t->f.areas_n, n = 0, p;

    if (set == 0 || at == AREAS_MAX || town_has_area(t, set))
        return;
    for (p = 0; p < t->f.places_n; p++)
        if (set & 1U << p)
            t->members[at][n++] = (uint32_t)p;
    snprintf(t->names[at], sizeof t->names[at], "places %x", set);
    t->areas[at] = (struct grouping){t->names[at], t->members[at], n, hidden};
    t->f.areas_n++;
}

static inline void town_period(struct town *t, unsigned set, bool hidden)
{
    size_t at = t->f.periods_n, n = 0, m;
    char *name = t->names[AREAS_MAX + at];

    for (m = 0; m < t->f.months_n; m++)
        if (set & 1U << m)
            t->months[at][n++] = (uint32_t)m;
    snprintf(name, sizeof t->names[0], "months %x", set);
    t->periods[at] = (struct grouping){name, t->months[at], n, hidden};
    t->f.periods_n++;
}

/* A layer: every neighbourhood in one of `parts` areas. */
static inline void town_layer(struct town *t, struct dice *d, unsigned parts,
                              unsigned *sets)
{
    size_t p;
    unsigned i;

    memset(sets, 0, parts * sizeof *sets);
    for (p = 0; p < t->f.places_n; p++)
        sets[roll(d, parts)] |= 1U << p;
    for (i = 0; i < parts; i++)
        town_area(t, sets[i], false);
}

static inline void town_groupings(struct town *t, struct dice *d)
{
    unsigned whole = (1U << t->f.places_n) - 1, one[3], two[2], i, k;
    size_t p;

    town_area(t, whole, false);
    town_layer(t, d, 3, one);
    town_layer(t, d, 2, two);
    for (p = 0; p < t->f.places_n; p++)
        town_area(t, 1U << p, false);
    for (i = 0; i < 3; i++)
        for (k = 0; k < 2; k++)
            if (one[i] & two[k]) {
                town_area(t, one[i] & two[k], true);
                town_area(t, one[i] & ~two[k], true);
                town_area(t, two[k] & ~one[i], true);
            }
    town_period(t, (1U << t->f.months_n) - 1, false);
    for (i = 0; i < t->f.months_n; i++)
        town_period(t, 1U << i, false);
}

static inline void town_field(struct town *t, size_t labels, bool set,
                              bool sensitive)
{
    size_t i, first = t->f.columns_n;

    t->fields[t->f.fields_n++] = (struct label_field){first, labels, set};
    for (i = 0; i < labels; i++) {
        size_t at = t->f.columns_n++;

        snprintf(t->labels[at], sizeof t->labels[at], "c%zu", at);
        t->columns[at] =
            (struct column){t->labels[at], sensitive && i + 1 < labels};
    }
}

static inline void town_count(struct town *t, size_t place, size_t month,
                              size_t column, uint32_t collector)
{
    size_t at = family_atom(&t->f, place, month, column);

    t->counts[at]++;
    who_add(&t->who[at], collector);
}

/* A record somewhere, with some labels. */
static inline void town_record(struct town *t, struct dice *d, size_t place)
{
    size_t month = roll(d, t->f.months_n), i, k;
    uint32_t collector = (uint32_t)roll(d, 9);

    town_count(t, place, month, 0, collector);
    for (i = 0; i < t->f.fields_n; i++) {
        const struct label_field *l = &t->fields[i];
        size_t one = roll(d, l->n);

        /* Some labels are more common than others. */
        if (roll(d, 2) == 0)
            one = 0;
        town_count(t, place, month, l->first + one, collector);
        for (k = 0; l->set && one + 1 < l->n && k + 1 < l->n; k++)
            if (k != one && roll(d, 4) == 0)
                town_count(t, place, month, l->first + k, collector);
    }
}

static inline void town_decide(struct town *t, const struct disclosure_rules *r)
{
    struct disclosure_stop go_on = {0};

    free(t->cells);
    t->cells = mem_new(family_cells(&t->f) * sizeof *t->cells);
    if (!disclosure_decide(&t->f, r, (struct bytes){t->key, sizeof t->key},
                           &go_on, t->cells, &t->stats))
        abort(); /* nobody stops it */
}

/* `size`: 0 tiny, 1 small. */
static inline void town_make(struct town *t, uint64_t seed, int size,
                             const struct disclosure_rules *r)
{
    struct dice d = dice_of(seed);
    size_t p, i, n;

    memset(t, 0, sizeof *t);
    t->f = (struct family){.areas = t->areas,
                           .periods = t->periods,
                           .columns = t->columns,
                           .columns_n = 1,
                           .fields = t->fields,
                           .counts = t->counts,
                           .who = t->who};
    t->f.places_n = size == 0 ? 2 + roll(&d, 2) : 3 + roll(&d, 6);
    t->f.months_n = size == 0 ? 1 + roll(&d, 2) : MONTHS;
    t->columns[0] = (struct column){"all", false};
    for (i = 0; i < sizeof t->key; i++)
        t->key[i] = (uint8_t)roll(&d, 256);
    town_groupings(t, &d);
    if (t->f.months_n == 1)
        t->f.periods_n = 1; /* the month is the whole */
    town_field(t, 2 + roll(&d, 2), roll(&d, 2) == 0, roll(&d, 3) == 0);
    if (size > 0)
        town_field(t, 3 + roll(&d, 3), roll(&d, 2) == 0, roll(&d, 3) == 0);
    for (p = 0; p < t->f.places_n; p++)
        for (n = roll(&d, 1 + roll(&d, size == 0 ? 25 : 60)); n > 0; n--)
            town_record(t, &d, p);
    town_decide(t, r);
}

static inline void town_free(struct town *t)
{
    free(t->cells);
    t->cells = NULL;
}

static inline uint32_t town_true(const struct town *t, size_t area,
                                 size_t period, size_t column)
{
    uint32_t n = 0;
    size_t i, k;

    for (i = 0; i < t->areas[area].n; i++)
        for (k = 0; k < t->periods[period].n; k++)
            n += t->counts[family_atom(&t->f, t->members[area][i],
                                       t->months[period][k], column)];
    return n;
}
