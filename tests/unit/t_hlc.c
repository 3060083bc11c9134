/* A clock that never runs backwards and follows no clock far ahead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/hlc.h"
#include "sync/limits.h"
#include "tests/unit/dice.h"

static const uint64_t noon = 1790000000000;

static void stamps_follow_the_wall_clock(void **state)
{
    struct hlc c = {0};

    (void)state;
    assert_int_equal(hlc_ms(hlc_tick(&c, noon)), noon);
    assert_int_equal(hlc_ms(hlc_tick(&c, noon + 5)), noon + 5);
}

static void stamps_grow_whatever_the_clock_does(void **state)
{
    struct dice d = {11};
    struct hlc c = {0};
    hlc_stamp before = 0, s;
    int i;

    (void)state;
    for (i = 0; i < 100000; i++) {
        s = hlc_tick(&c, roll(&d, 3) == 0 ? roll(&d, 1000) : noon);
        assert_true(s > before);
        before = s;
    }
}

static void a_stamp_from_a_near_clock_is_followed(void **state)
{
    struct hlc c = {0};
    hlc_stamp ahead = (noon + clock_drift_ms_max) << 16;

    (void)state;
    hlc_see(&c, ahead, noon);
    assert_int_equal(c.last, ahead);
    assert_true(hlc_tick(&c, noon) > ahead);
    hlc_see(&c, 1, noon); /* of long ago */
    assert_true(c.last > ahead);
}

static void a_clock_a_year_ahead_pulls_no_other_with_it(void **state)
{
    uint64_t year = UINT64_C(365) * 24 * 3600 * 1000;
    struct hlc c = {0};

    (void)state;
    hlc_see(&c, (noon + year) << 16, noon);
    assert_int_equal(c.last, 0);
    hlc_see(&c, ((noon + clock_drift_ms_max) << 16) + 1, noon);
    assert_int_equal(c.last, 0);
    assert_int_equal(hlc_ms(hlc_tick(&c, noon)), noon);
}

static void the_end_of_time_is_no_overflow(void **state)
{
    struct hlc c = {0};

    (void)state;
    assert_int_equal(hlc_ms(hlc_tick(&c, UINT64_MAX)), (UINT64_C(1) << 48) - 1);
    assert_true(hlc_tick(&c, 0) > (UINT64_C(1) << 63));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamps_follow_the_wall_clock),
        cmocka_unit_test(stamps_grow_whatever_the_clock_does),
        cmocka_unit_test(a_stamp_from_a_near_clock_is_followed),
        cmocka_unit_test(a_clock_a_year_ahead_pulls_no_other_with_it),
        cmocka_unit_test(the_end_of_time_is_no_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
