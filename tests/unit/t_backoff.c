/* How long to wait before the next try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/backoff.h"
#include "sync/limits.h"

static void waits_grow_and_never_pass_their_limit(void **state)
{
    unsigned tries;

    (void)state;
    for (tries = 1; tries < 80; tries++) {
        assert_in_range(backoff_ms(tries, UINT32_MAX), 1, retry_ms_max);
        assert_in_range(backoff_ms(tries, 0), 1, 1);
    }
    assert_int_equal(backoff_ms(1, retry_ms_min - 1), retry_ms_min);
    assert_int_equal(backoff_ms(70, retry_ms_max - 1), retry_ms_max);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_grow_and_never_pass_their_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
