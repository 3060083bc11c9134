/* What numbers allow to be said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "server/estimate.h"
#include "server/period.h"
#include "tests/unit/dice.h"

static bool near(double a, double b)
{
    return fabs(a - b) < 0.0005;
}

static struct range one(uint32_t n)
{
    return (struct range){n, n};
}

/* Wilson's interval of 81 in 263 is 0.2553 to 0.3662 (Newcombe 1998, Statistics
 * in Medicine 17, table I), of 15 in 148 0.0624 to 0.1605, of 0 in 20 0 to
 * 0.1611. */
static void the_interval_is_the_published_one(void **state)
{
    struct between r = range_ratio(one(81), one(263 - 81));

    (void)state;
    assert_true(near(r.lo / (1 + r.lo), 0.2553));
    assert_true(near(r.hi / (1 + r.hi), 0.3662));
    r = range_ratio(one(15), one(148 - 15));
    assert_true(near(r.lo / (1 + r.lo), 0.0624));
    assert_true(near(r.hi / (1 + r.hi), 0.1605));
    r = range_ratio(one(0), one(20));
    assert_true(near(r.lo, 0));
    assert_true(near(r.hi / (1 + r.hi), 0.1611));
}

static void no_numbers_say_nothing(void **state)
{
    struct between r = range_ratio(one(0), one(0));
    struct range all = {0, UINT32_MAX};

    (void)state;
    assert_true(r.lo <= 0 && !isfinite(r.hi));
    r = range_ratio(all, all);
    assert_true(r.lo <= 0 && !isfinite(r.hi));
    r = range_difference(one(5), all);
    assert_true(!isfinite(r.lo) && near(r.hi, 5));
    r = range_share(one(0), all);
    assert_true(near(r.lo, 0) && near(r.hi, 1));
}

/* Whatever the numbers are, what is said of their ranges holds for them. */
static void what_holds_for_ranges_holds_for_every_number_in_them(void **state)
{
    struct dice d = dice_of(1);
    int i;

    (void)state;
    for (i = 0; i < 20000; i++) {
        uint32_t a = (uint32_t)roll(&d, 60), b = (uint32_t)roll(&d, 60);
        struct range x = {a - (uint32_t)roll(&d, a + 1),
                          a + (uint32_t)roll(&d, 9)};
        struct range y = {b - (uint32_t)roll(&d, b + 1),
                          b + (uint32_t)roll(&d, 9)};
        struct range whole = {a + y.lo, a + y.hi}; /* b is the rest of it */
        struct between of_all = range_ratio(x, y);
        struct between of_one = range_ratio(one(a), one(b));
        struct between far = range_difference(x, y);
        struct between part = range_share(x, whole);

        assert_true(of_all.lo <= of_one.lo + 1e-9);
        assert_true(of_all.hi >= of_one.hi - 1e-9);
        assert_true(far.lo <= (double)a - b && far.hi >= (double)a - b);
        if (a + b > 0) {
            assert_true(part.lo <= (double)a / (a + b) + 1e-9);
            assert_true(part.hi >= (double)a / (a + b) - 1e-9);
        }
    }
}

/* Of two counts with the same rate the interval is beside 1 in about one of
 * twenty pairs, and not more. */
static void it_is_right_as_often_as_it_says(void **state)
{
    static const double rates[] = {5, 12, 40};
    struct dice d = dice_of(5);
    size_t r;

    (void)state;
    for (r = 0; r < countof(rates); r++) {
        int i, k, wrong = 0, pairs = 4000;

        for (i = 0; i < pairs; i++) {
            uint32_t n[2] = {0, 0};
            struct between b;

            for (k = 0; k < 2; k++) { /* Poisson, as Knuth draws it */
                double p = 1, end = exp(-rates[r]);

                while ((p *= ((double)roll(&d, 1 << 30) + 1) / (1 << 30)) > end)
                    n[k]++;
            }
            b = range_ratio(one(n[0]), one(n[1]));
            wrong += b.lo > 1 || b.hi < 1;
        }
        assert_true(wrong < pairs * 6 / 100);
        assert_true(wrong > pairs * 2 / 100);
    }
}

static void a_period_is_read_as_it_is_written(void **state)
{
    static const char *const good[] = {"2026", "2026Q1", "2026Q4", "2026-01",
                                       "2026-12"};
    static const char *const bad[] = {
        "",        "26",     "2026Q0",  "2026Q5",   "2026-13",
        "2026-00", "2026-1", "2026Q1x", "2026-011", "2026-07-"};
    static const char *const before[] = {"2025", "2025Q4", "2026Q3", "2025-12",
                                         "2026-11"};
    struct arena mem = {0};
    struct period p, q;
    size_t i;

    (void)state;
    for (i = 0; i < countof(good); i++) {
        assert_true(period_read(good[i], &p));
        assert_string_equal(period_text(&p, &mem), good[i]);
        q = period_before(&p);
        assert_string_equal(period_text(&q, &mem), before[i]);
        q = period_year_earlier(&p);
        assert_int_equal(q.year, 2025);
        assert_int_equal(q.first, p.first);
    }
    for (i = 0; i < countof(bad); i++)
        assert_false(period_read(bad[i], &p));
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_is_the_published_one),
        cmocka_unit_test(no_numbers_say_nothing),
        cmocka_unit_test(what_holds_for_ranges_holds_for_every_number_in_them),
        cmocka_unit_test(it_is_right_as_often_as_it_says),
        cmocka_unit_test(a_period_is_read_as_it_is_written),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
