/* Whoever keeps what was told a month ago and puts it beside what is told now
 * learns of no small count more than that it is small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/attack_town.h"

enum { TOWNS = 100 };

static uint64_t first_seed = 1, towns = TOWNS;

/* The same town when only so many months were over. */
static void town_earlier(const struct town *now, size_t months,
                         struct town *out)
{
    size_t p, m, c, i;

    *out = *now;
    out->cells = NULL;
    out->f.areas = out->areas;
    out->f.periods = out->periods;
    out->f.columns = out->columns;
    out->f.fields = out->fields;
    out->f.counts = out->counts;
    out->f.who = out->who;
    for (i = 0; i < out->f.areas_n; i++)
        out->areas[i].members = out->members[i];
    out->f.months_n = months;
    out->f.periods_n = 0;
    for (m = 0; m < months; m++)
        town_period(out, 1U << m, false);
    for (p = 0; p < out->f.places_n; p++)
        for (m = 0; m < months; m++)
            for (c = 0; c < out->f.columns_n; c++) {
                size_t to = family_atom(&out->f, p, m, c);
                size_t from = family_atom(&now->f, p, m, c);

                out->counts[to] = now->counts[from];
                out->who[to] = now->who[from];
            }
}

/* Calls for every cell that both have: of one month. */
typedef void each_cell(struct town *now, const struct town *earlier, size_t at,
                       size_t area, size_t month, size_t column, void *ctx);

static void each(struct town *now, const struct town *earlier, each_cell *call,
                 void *ctx)
{
    size_t area, month, column;

    for (area = 0; area < earlier->f.areas_n; area++)
        for (month = 0; month < earlier->f.months_n; month++)
            for (column = 0; column < earlier->f.columns_n; column++)
                call(now, earlier,
                     family_cell(
                         &now->f, area,
                         with_set(now->periods, now->f.periods_n, 1U << month),
                         column),
                     area, month, column, ctx);
}

static void remember(struct town *now, const struct town *earlier, size_t at,
                     size_t area, size_t month, size_t column, void *ctx)
{
    uint8_t *before = ctx;

    (void)now;
    switch (
        earlier->cells[family_cell(&earlier->f, area, month, column)].status) {
    case CELL_SMALL: before[at] = BEFORE_SMALL; break;
    case CELL_FREE: before[at] = BEFORE_FREE; break;
    case CELL_WITHHELD: before[at] = BEFORE_WITHHELD; break;
    }
}

static void combine(struct town *now, const struct town *earlier, size_t at,
                    size_t area, size_t month, size_t column, void *ctx)
{
    struct attack *a = ctx, one = {0};
    int x = cell_unknown(earlier, &one, area, month, column);

    (void)now;
    if (one.x[x].lo > a->x[at].lo)
        a->x[at].lo = one.x[x].lo;
    if (one.x[x].hi < a->x[at].hi)
        a->x[at].hi = one.x[x].hi;
    attack_free(&one);
}

static int leaks_of(const struct town *t, struct attack *a)
{
    size_t area, period, column;
    int leaks = attack_narrow(a) ? 0 : 1;

    for (area = 0; area < t->f.areas_n; area++)
        for (period = 0; period < t->f.periods_n; period++)
            for (column = 0; column < t->f.columns_n; column++) {
                const struct unknown *x =
                    &a->x[family_cell(&t->f, area, period, column)];

                if (town_true(t, area, period, column) <
                        threshold_at(t, area, column) &&
                    (x->lo > 0 || x->hi < 4))
                    leaks++;
            }
    return leaks;
}

/* One month over, then two, then the quarter: each state with what the one
 * before it said; then everything together. */
static int leaks_over_time(uint64_t seed, size_t *told)
{
    static struct town now, states[MONTHS];
    struct attack a = {0};
    uint8_t *before;
    size_t m;
    int leaks;

    town_make(&now, seed, 1, &disclosure_rules);
    for (m = 1; m <= MONTHS; m++) {
        struct town *t = m == MONTHS ? &now : &states[m];

        if (m < MONTHS)
            town_earlier(&now, m, t);
        before = mem_new(family_cells(&t->f) + 1);
        if (m > 1)
            each(t, &states[m - 1], remember, before);
        t->f.before = before;
        town_decide(t, &disclosure_rules);
        t->f.before = NULL;
        free(before);
    }
    gather(&now, &a);
    for (m = 1; m < MONTHS; m++)
        each(&now, &states[m], combine, &a);
    leaks = leaks_of(&now, &a);
    *told += now.stats.free;
    attack_free(&a);
    for (m = 1; m < MONTHS; m++)
        town_free(&states[m]);
    town_free(&now);
    return leaks;
}

static void states_put_beside_each_other_pin_no_small_count(void **state)
{
    size_t told = 0;
    uint64_t seed;
    int leaks = 0;

    (void)state;
    for (seed = first_seed; seed < first_seed + towns; seed++)
        leaks += leaks_over_time(seed, &told);
    print_message("%d towns, three states each: %zu cells free in the last,"
                  " %d leaks\n",
                  (int)towns, told, leaks);
    assert_int_equal(leaks, 0);
    assert_true(told > 1000);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_put_beside_each_other_pin_no_small_count),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    if (argc > 1)
        first_seed = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        towns = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
