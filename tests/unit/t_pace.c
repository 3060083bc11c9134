/* How much to send at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/pace.h"

static void a_good_line_soon_takes_the_most(void **state)
{
    struct pace p = pace_begin(batch_bytes_target);

    (void)state;
    assert_int_equal(p.bytes, pace_bytes_first);
    pace_took(&p, 0);
    assert_int_equal(p.bytes, 2 * pace_bytes_first);
    pace_took(&p, pace_quick_ms);
    pace_took(&p, 10);
    pace_took(&p, 10);
    assert_int_equal(p.bytes, batch_bytes_target);
}

static void a_line_that_is_neither_keeps_its_pace(void **state)
{
    struct pace p = pace_begin(batch_bytes_target);

    (void)state;
    pace_took(&p, pace_quick_ms + 1);
    pace_took(&p, pace_slow_ms);
    assert_int_equal(p.bytes, pace_bytes_first);
}

static void what_was_slow_or_failed_is_halved_down_to_a_least(void **state)
{
    struct pace p = pace_begin(batch_bytes_target);
    int i;

    (void)state;
    pace_took(&p, pace_slow_ms + 1);
    assert_int_equal(p.bytes, pace_bytes_first / 2);
    pace_failed(&p);
    assert_int_equal(p.bytes, pace_bytes_first / 4);
    for (i = 0; i < 20; i++)
        pace_failed(&p);
    assert_int_equal(p.bytes, pace_bytes_min);
}

/* Whatever a steady line carries in a second (110 bytes to 1 MB), it comes to
 * rest where a batch takes no longer than is slow. */
static void every_steady_line_finds_a_pace_that_is_not_slow(void **state)
{
    size_t rate;

    (void)state;
    for (rate = 110; rate < 1000000; rate = rate * 3 / 2) {
        struct pace p = pace_begin(batch_bytes_target);
        int i;

        for (i = 0; i < 30; i++)
            pace_took(&p, p.bytes * 1000 / rate);
        assert_true(p.bytes * 1000 / rate <= pace_slow_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_line_soon_takes_the_most),
        cmocka_unit_test(a_line_that_is_neither_keeps_its_pace),
        cmocka_unit_test(what_was_slow_or_failed_is_halved_down_to_a_least),
        cmocka_unit_test(every_steady_line_finds_a_pace_that_is_not_slow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
