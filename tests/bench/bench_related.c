/*
 * bench_related RECORDS: how long it takes to find the records that may be the
 * same matter, beside sorting as many of them once.
 *
 * Five years of signals in a town of 10 by 12 km, half of them in a tenth of
 * it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sync/related.h"

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t state = 7;

static uint32_t dice(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state >> 33) % n;
}

static int by_day(const void *a, const void *b)
{
    const struct related_item *x = a, *y = b;

    return x->day < y->day ? -1 : x->day > y->day;
}

static void fill(struct related_item *items, size_t n, uint32_t *words)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        uint32_t spread = dice(2) ? 1 : 3;

        for (k = 0; k < 10; k++)
            words[10 * i + k] = (uint32_t)k * 500 + dice(500);
        items[i] = (struct related_item){
            .area = 1,
            .has_point = true,
            .point = {53180000 + (int32_t)dice(30000 * spread) / 1000 * 1000,
                      6500000 + (int32_t)dice(60000 * spread) / 1000 * 1000},
            .day = 20000 + dice(1825),
            .themes = UINT64_C(1) << dice(16),
            .words = &words[10 * i],
            .words_n = 10};
    }
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 100000, pairs;
    struct related_item *items = mem_new((n + 1) * sizeof *items);
    uint32_t *words = mem_new((10 * n + 1) * sizeof *words);
    size_t *group = mem_new((n + 1) * sizeof *group);
    struct related_pair *list;
    double start, found, grouped, sorted;

    fill(items, n, words);
    start = now_s();
    pairs = related_pairs(items, n, &list);
    found = now_s();
    related_groups(list, pairs, n, group);
    grouped = now_s();
    if (n > 0)
        qsort(items, n, sizeof *items, by_day);
    sorted = now_s();
    printf("related: %zu records, %zu pairs\n"
           "  found %7.0f ms   grouped %5.0f ms   sorting them once %5.0f ms\n",
           n, pairs, 1e3 * (found - start), 1e3 * (grouped - found),
           1e3 * (sorted - grouped));
    free(items);
    free(words);
    free(group);
    free(list);
    return 0;
}
