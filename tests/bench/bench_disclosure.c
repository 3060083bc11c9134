/* What stays visible of a realistic town, layer by layer, and how long deciding
 * on one kind of record in one year takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/disclosure.h"
#include "tests/unit/dice.h"

/* A town of 150 neighbourhoods; four layers and the whole. */
enum { PLACES = 150, MONTHS = 12, LAYERS = 5, AREAS_MAX = 1200, COLUMNS = 76 };

static const char *const layers[LAYERS] = {"town", "7 parts of town",
                                           "20 districts", "45 compass areas",
                                           "150 neighbourhoods"};

struct bench {
    struct grouping areas[AREAS_MAX], periods[64];
    uint32_t members[AREAS_MAX][PLACES], months[64][MONTHS];
    uint8_t in[AREAS_MAX][PLACES];
    int layer[AREAS_MAX];
    char names[AREAS_MAX + 64][32];
    struct column columns[COLUMNS];
    struct label_field fields[16];
    struct family f;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void add_area(struct bench *b, const uint8_t *in, int layer)
{
    size_t at = b->f.areas_n, i, n = 0;

    for (i = 0; i < at; i++)
        if (memcmp(b->in[i], in, PLACES) == 0)
            return;
    for (i = 0; i < PLACES; i++)
        if (in[i])
            b->members[at][n++] = (uint32_t)i;
    if (n == 0 || at == AREAS_MAX)
        return;
    memcpy(b->in[at], in, PLACES);
    b->layer[at] = layer;
    snprintf(b->names[at], sizeof b->names[at], "area %zu", at);
    b->areas[at] =
        (struct grouping){b->names[at], b->members[at], n, layer < 0};
    b->f.areas_n++;
}

/* Neighbourhoods follow a path through the town; areas are stretches of it. */
static void add_layer(struct bench *b, size_t parts, size_t shift, int layer)
{
    uint8_t in[PLACES];
    size_t i, p;

    for (i = 0; i < parts; i++) {
        for (p = 0; p < PLACES; p++)
            in[p] = ((p + shift) % PLACES) * parts / PLACES == i;
        add_area(b, in, layer);
    }
}

static bool within(const uint8_t *part, const uint8_t *whole)
{
    size_t p;

    for (p = 0; p < PLACES; p++)
        if (part[p] && !whole[p])
            return false;
    return true;
}

/* What is left of an area without the areas of another layer inside it. */
static void add_rests(struct bench *b)
{
    uint8_t in[PLACES];
    size_t n = b->f.areas_n, i, k, p;
    int layer;

    for (i = 0; i < n; i++)
        for (layer = 1; layer < LAYERS - 1; layer++) {
            memcpy(in, b->in[i], PLACES);
            for (k = 0; k < n; k++)
                for (p = 0; b->layer[k] == layer && k != i &&
                            within(b->in[k], b->in[i]) && p < PLACES;
                     p++)
                    in[p] = in[p] && !b->in[k][p];
            add_area(b, in, -1);
        }
}

static void add_period(struct bench *b, unsigned first, unsigned n,
                       unsigned without, unsigned without_n)
{
    size_t at = b->f.periods_n;
    unsigned m, k = 0;

    for (m = first; m < first + n; m++)
        if (m < without || m >= without + without_n)
            b->months[at][k++] = m;
    snprintf(b->names[AREAS_MAX + at], sizeof b->names[0], "period %zu", at);
    b->periods[at] = (struct grouping){b->names[AREAS_MAX + at], b->months[at],
                                       k, without_n > 0};
    b->f.periods_n++;
}

static void add_periods(struct bench *b)
{
    unsigned i, k;

    add_period(b, 0, 12, 99, 0);
    for (i = 0; i < 12; i += 3)
        add_period(b, i, 3, 99, 0);
    for (i = 0; i < 12; i++)
        add_period(b, i, 1, 99, 0);
    for (i = 0; i < 12; i += 3) {
        add_period(b, 0, 12, i, 3);
        for (k = 0; k < 3; k++)
            add_period(b, i, 3, i + k, 1);
    }
}

static void add_field(struct bench *b, size_t labels, bool set,
                      size_t sensitive)
{
    size_t i;

    b->fields[b->f.fields_n++] =
        (struct label_field){b->f.columns_n, labels + 1, set};
    for (i = 0; i <= labels; i++)
        b->columns[b->f.columns_n++] = (struct column){"label", i < sensitive};
}

/* Fields like those of a signal. */
static void make(struct bench *b, uint32_t *counts)
{
    uint8_t all[PLACES];

    b->f = (struct family){.places_n = PLACES,
                           .months_n = MONTHS,
                           .areas = b->areas,
                           .periods = b->periods,
                           .columns = b->columns,
                           .columns_n = 1,
                           .fields = b->fields,
                           .counts = counts};
    b->columns[0] = (struct column){"all", false};
    memset(all, 1, sizeof all);
    add_area(b, all, 0);
    add_layer(b, 7, 0, 1);
    add_layer(b, 20, 0, 2);
    add_layer(b, 45, 2, 3);
    add_layer(b, PLACES, 0, 4);
    add_rests(b);
    add_periods(b);
    add_field(b, 21, true, 7);  /* themes */
    add_field(b, 6, false, 0);  /* type */
    add_field(b, 3, false, 0);  /* severity */
    add_field(b, 6, false, 0);  /* scale */
    add_field(b, 10, false, 0); /* status */
    add_field(b, 6, false, 0);  /* worker type */
}

static void fill(struct bench *b, uint32_t *counts, size_t records)
{
    struct dice d = dice_of(1);
    size_t i, k;

    for (i = 0; i < records; i++) {
        /* Large neighbourhoods and small ones; common labels and rare ones. */
        size_t place = roll(&d, 1 + roll(&d, PLACES));
        size_t month = roll(&d, MONTHS);

        counts[family_atom(&b->f, place, month, 0)]++;
        for (k = 0; k < b->f.fields_n; k++) {
            const struct label_field *l = &b->fields[k];
            size_t one = roll(&d, 1 + roll(&d, l->n));

            counts[family_atom(&b->f, place, month, l->first + one)]++;
            if (l->set && one + 1 < l->n && roll(&d, 2) == 0)
                counts[family_atom(&b->f, place, month,
                                   l->first + (one + 1) % (l->n - 1))]++;
        }
    }
}

static void print_layer(const struct bench *b, const struct cell *cells,
                        int layer, const char *what, size_t from, size_t to)
{
    size_t n[3] = {0}, all = 0, a, p, c;

    for (a = 0; a < b->f.areas_n; a++)
        for (p = from; b->layer[a] == layer && p < to; p++)
            for (c = 1; c < b->f.columns_n; c++, all++)
                n[cells[family_cell(&b->f, a, p, c)].status]++;
    printf("  %-20s %-9s %7zu cells  told %5.1f %%  small %5.1f %%  withheld"
           " %5.1f %%\n",
           layers[layer], what, all, 100.0 * (double)n[CELL_FREE] / (double)all,
           100.0 * (double)n[CELL_SMALL] / (double)all,
           100.0 * (double)n[CELL_WITHHELD] / (double)all);
}

int main(int argc, char **argv)
{
    size_t records = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 20000;
    struct bench *b = mem_new(sizeof *b);
    uint32_t *counts =
        mem_new((size_t)PLACES * MONTHS * COLUMNS * sizeof *counts);
    struct disclosure_stats stats;
    struct cell *cells;
    struct disclosure_stop go_on = {0};
    double start = now_s();
    int i;

    make(b, counts);
    fill(b, counts, records);
    cells = mem_new(family_cells(&b->f) * sizeof *cells);
    if (!disclosure_decide(&b->f, &disclosure_rules, bytes_of("bench"), &go_on,
                           cells, &stats))
        abort(); /* nobody stops it */
    printf("disclosure: %zu records, %zu areas, %zu cells decided in %.1f s;"
           " %zu withheld by the audit\n",
           records, b->f.areas_n, family_cells(&b->f), now_s() - start,
           stats.audited);
    for (i = 0; i < LAYERS; i++) {
        print_layer(b, cells, i, "a year", 0, 1);
        print_layer(b, cells, i, "a quarter", 1, 5);
        print_layer(b, cells, i, "a month", 5, 17);
    }
    free(cells);
    free(counts);
    free(b);
    return 0;
}
