/* Whoever asks everything and combines it learns of no small count more than
 * that it is small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/attack_town.h"

enum { TOWNS = 300, STEPS_MAX = 20000 };

static uint64_t first_seed = 1, towns = TOWNS;

static int leaks_by_bounds(const struct town *t)
{
    struct attack a = {0};
    size_t area, period, column;
    int leaks = 0;

    gather(t, &a);
    if (!attack_narrow(&a))
        leaks++; /* what is told contradicts itself */
    for (area = 0; area < t->f.areas_n; area++)
        for (period = 0; period < t->f.periods_n; period++)
            for (column = 0; column < t->f.columns_n; column++) {
                const struct unknown *x =
                    &a.x[family_cell(&t->f, area, period, column)];
                int n = (int)town_true(t, area, period, column);

                if (n < x->lo || n > x->hi)
                    leaks++; /* the attack is wrong: a fault of this test */
                if (n < (int)threshold_at(t, area, column) &&
                    (x->lo > 0 || x->hi < 4))
                    leaks++;
            }
    attack_free(&a);
    return leaks;
}

static void combining_all_answers_pins_no_small_count(void **state)
{
    static struct town t;
    struct disclosure_stats all = {0};
    uint64_t seed;
    int leaks = 0;

    (void)state;
    for (seed = first_seed; seed < first_seed + towns; seed++) {
        town_make(&t, seed, 1, &disclosure_rules);
        leaks += leaks_by_bounds(&t);
        all.free += t.stats.free;
        all.small += t.stats.small;
        all.withheld += t.stats.withheld;
        all.audited += t.stats.audited;
        town_free(&t);
    }
    print_message("%d towns: %zu cells free, %zu small, %zu withheld (%zu by"
                  " the audit), %d leaks\n",
                  (int)towns, all.free, all.small, all.withheld, all.audited,
                  leaks);
    assert_int_equal(leaks, 0);
    assert_true(all.free > 1000 && all.small > 1000);
}

/* -- trying everything --------------------------------------------------- */

/* Atoms as unknowns, cells as sums of them. */
static void atoms_of(const struct town *t, struct attack *a)
{
    size_t p, m, c, i, k, area, period;

    for (p = 0; p < t->f.places_n * t->f.months_n * t->f.columns_n; p++)
        attack_unknown(a, 0, 60);
    for (area = 0; area < t->f.areas_n; area++)
        for (period = 0; period < t->f.periods_n; period++)
            for (c = 0; c < t->f.columns_n; c++) {
                struct attack told = {0};
                int x = cell_unknown(t, &told, area, period, c);
                int sum = attack_sum(a, told.x[x].lo, told.x[x].hi);

                for (i = 0; i < t->areas[area].n; i++)
                    for (k = 0; k < t->periods[period].n; k++)
                        attack_term(a, sum,
                                    (int)family_atom(&t->f, t->members[area][i],
                                                     t->months[period][k], c),
                                    1);
                attack_free(&told);
            }
    for (p = 0; p < t->f.places_n; p++)
        for (m = 0; m < t->f.months_n; m++)
            relate_labels(a, &t->fields[0], (int)family_atom(&t->f, p, m, 0));
}

/* Is there no world in which this cell is `n`? */
static bool ruled_out(const struct town *t, size_t cell_sum, int n, bool above)
{
    struct attack a = {0};
    bool found;

    atoms_of(t, &a);
    if (above) {
        if (a.sums[cell_sum].lo < n)
            a.sums[cell_sum].lo = n;
    } else {
        a.sums[cell_sum].hi = n;
    }
    found = attack_world(&a, STEPS_MAX);
    attack_free(&a);
    return !found;
}

static int leaks_by_trying(const struct town *t)
{
    size_t area, period, column, at = 0;
    int leaks = 0;

    for (area = 0; area < t->f.areas_n; area++)
        for (period = 0; period < t->f.periods_n; period++)
            for (column = 0; column < t->f.columns_n; column++, at++)
                if (town_true(t, area, period, column) <
                    threshold_at(t, area, column))
                    leaks +=
                        ruled_out(t, at, 0, false) + ruled_out(t, at, 4, true);
    return leaks;
}

static void trying_every_world_of_a_tiny_town_pins_no_small_count(void **state)
{
    static struct town t;
    uint64_t seed;
    int leaks = 0;

    (void)state;
    for (seed = first_seed; seed < first_seed + towns / 2; seed++) {
        town_make(&t, seed, 0, &disclosure_rules);
        leaks += leaks_by_trying(&t);
        town_free(&t);
    }
    assert_int_equal(leaks, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(combining_all_answers_pins_no_small_count),
        cmocka_unit_test(trying_every_world_of_a_tiny_town_pins_no_small_count),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    if (argc > 1)
        first_seed = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        towns = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
