/* Until when a store may be read: laws over clocks that are set at will. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/lease.h"
#include "tests/unit/dice.h"

static const uint64_t noon = UINT64_C(1790000000000);

static void without_a_lease_a_store_is_open_for_good(void **state)
{
    struct lease l = {0};

    (void)state;
    assert_false(lease_see(&l, 1));
    assert_true(lease_runs(&l, UINT64_MAX));
}

static void a_lease_runs_to_its_last_millisecond(void **state)
{
    struct lease l = {0};

    (void)state;
    lease_renew(&l, noon, 3600);
    assert_true(lease_runs(&l, noon + 3599999));
    assert_false(lease_runs(&l, noon + 3600000));
    lease_renew(&l, noon, 0);
    assert_false(lease_runs(&l, noon - 5000));
}

/* Whatever a clock shows, and in whatever order: once it was seen past the end
 * nothing but a welcome opens the store again, and one always does. */
static void time_put_back_makes_no_lease_longer(void **state)
{
    struct dice d = {1};
    unsigned run, i;

    (void)state;
    for (run = 0; run < 2000; run++) {
        struct lease l = {0};
        uint64_t server = noon + roll(&d, 1000000), highest = server;
        uint64_t lease_s = roll(&d, 4000);

        l.seen_ms = roll(&d, 3 * noon); /* what it had seen so far */
        lease_renew(&l, server, lease_s);
        assert_true(lease_s == 0 || lease_runs(&l, server));
        for (i = 0; i < 30; i++) {
            uint64_t clock = roll(&d, 8) == 0
                                 ? roll(&d, 2 * noon)
                                 : server + roll(&d, 6000000) - 1000000;

            (void)lease_see(&l, clock);
            if (clock > highest)
                highest = clock;
            assert_int_equal(lease_runs(&l, clock),
                             highest < server + 1000 * lease_s);
        }
    }
}

static void what_is_worth_keeping_is_told(void **state)
{
    struct lease l = {0};

    (void)state;
    lease_renew(&l, noon, 60);
    assert_false(lease_see(&l, noon));
    assert_false(lease_see(&l, noon + 59999));
    assert_true(lease_see(&l, noon + 60000)); /* it has run out */
    assert_false(lease_see(&l, noon + 60001));
    lease_renew(&l, noon, 36000);
    assert_true(lease_see(&l, noon + LEASE_SEEN_STEP_MS));
    assert_false(lease_see(&l, noon));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_lease_a_store_is_open_for_good),
        cmocka_unit_test(a_lease_runs_to_its_last_millisecond),
        cmocka_unit_test(time_put_back_makes_no_lease_longer),
        cmocka_unit_test(what_is_worth_keeping_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
