/* How often a sync tries again, and when it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/session.h"

static const struct area_info two_areas[] = {{.number = 4}, {.number = 9}};

static struct welcome a_welcome(uint64_t last)
{
    return (struct welcome){.epoch = 55,
                            .last = last,
                            .types = bytes_of("types-1"),
                            .areas = two_areas,
                            .areas_n = 2};
}

static struct session begin(uint64_t acked, uint64_t last)
{
    struct session_self self = {.device = 3,
                                .epoch = 55,
                                .types = "types-1",
                                .acked = acked,
                                .last = last,
                                .tries_max = 4};
    struct session s;

    session_init(&s, &self);
    return s;
}

static struct session_action tell(struct session *s,
                                  enum session_event_kind kind)
{
    return session_step(s, &(struct session_event){.kind = kind});
}

static struct session_action tell_welcome(struct session *s,
                                          const struct welcome *w)
{
    return session_step(
        s, &(struct session_event){.kind = SESSION_WELCOMED, .welcome = w});
}

static struct session_action tell_batch(struct session *s, uint64_t first,
                                        size_t n)
{
    struct batch b = {.first = first, .changesets_n = n};

    return session_step(
        s, &(struct session_event){.kind = SESSION_LOADED, .batch = &b});
}

static struct session_action tell_ack(struct session *s, uint64_t first,
                                      uint64_t last)
{
    struct ack_range range = {first, last, 100};
    struct ack ack = {.device = 3, .area = 4, .ranges = &range, .ranges_n = 1};

    return session_step(
        s, &(struct session_event){.kind = SESSION_ACKED, .ack = &ack});
}

static struct session_action tell_fault(struct session *s, enum rc rc)
{
    struct err err;

    err_set(&err, rc, "something happened");
    return session_step(
        s, &(struct session_event){.kind = SESSION_FAILED, .err = &err});
}

static void it_gives_up_after_so_many_faults_in_a_row(void **state)
{
    struct session s = begin(0, 0);
    struct session_action a;
    int i;

    (void)state;
    tell(&s, SESSION_START);
    for (i = 0; i < 3; i++) {
        a = tell_fault(&s, RC_NETWORK);
        assert_int_equal(a.kind, SESSION_WAIT);
        tell(&s, SESSION_WAITED);
    }
    a = tell_fault(&s, RC_NETWORK);
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.code, RC_NETWORK);
}

static void it_may_be_told_never_to_give_up(void **state)
{
    struct session s = begin(0, 0);
    int i;

    (void)state;
    s.self.tries_max = 0;
    tell(&s, SESSION_START);
    for (i = 0; i < 1000; i++) {
        assert_int_equal(tell_fault(&s, RC_NETWORK).kind, SESSION_WAIT);
        tell(&s, SESSION_WAITED);
    }
    assert_int_equal(tell_fault(&s, RC_DENIED).kind, SESSION_STOP);
}

static void progress_forgives_the_faults_before_it(void **state)
{
    struct session s = begin(0, 40);
    struct welcome w = a_welcome(0);
    unsigned i;

    (void)state;
    tell(&s, SESSION_START);
    for (i = 1; i <= 20; i++) {
        tell_welcome(&s, &w);
        tell(&s, SESSION_SAVED);
        tell_batch(&s, i, 1);
        tell_ack(&s, i, i);
        tell(&s, SESSION_SAVED);
        assert_int_equal(tell_fault(&s, RC_NETWORK).kind, SESSION_WAIT);
        tell(&s, SESSION_WAITED);
        w.last = i;
    }
}

/* Else a server that welcomes everyone but takes nothing in would be called
 * without end, twice a second. */
static void a_welcome_alone_is_no_progress(void **state)
{
    struct session s = begin(0, 4);
    struct welcome w = a_welcome(0);
    int i;

    (void)state;
    tell(&s, SESSION_START);
    for (i = 0; i < 4; i++) {
        tell_welcome(&s, &w);
        tell(&s, SESSION_SAVED);
        tell_batch(&s, 1, 4);
        if (tell_fault(&s, RC_BUSY).kind == SESSION_STOP)
            break;
        tell(&s, SESSION_WAITED);
    }
    assert_int_equal(i, 3);
}

static void an_area_with_nothing_new_is_no_progress(void **state)
{
    struct session s = begin(0, 0);
    struct welcome w = a_welcome(0);
    struct states st = {.area = 4};
    size_t i;

    (void)state;
    tell(&s, SESSION_START);
    for (i = 0; i < 2; i++) {
        st.records_n = i;
        tell_fault(&s, RC_NETWORK);
        tell(&s, SESSION_WAITED);
        tell_welcome(&s, &w);
        tell(&s, SESSION_SAVED);
        tell_batch(&s, 0, 0);
        session_step(
            &s, &(struct session_event){.kind = SESSION_STATES, .states = &st});
        tell(&s, SESSION_SAVED);
        assert_int_equal(s.tries, i == 0 ? 1 : 0);
    }
}

static void a_server_that_asks_to_wait_is_left_alone_so_long(void **state)
{
    struct session s = begin(0, 0);
    struct session_action a;
    struct err err;

    (void)state;
    tell(&s, SESSION_START);
    err_set(&err, RC_BUSY, "too many at once");
    err.wait_ms = 7000;
    a = session_step(&s, &(struct session_event){.kind = SESSION_FAILED,
                                                 .err = &err,
                                                 .random = UINT32_MAX});
    assert_int_equal(a.kind, SESSION_WAIT);
    assert_in_range(a.wait_ms, 7001, 7000 + retry_ms_min);
    tell(&s, SESSION_WAITED);
    err.wait_ms = retry_ms_max + 1; /* longer than anyone sits at it */
    a = session_step(
        &s, &(struct session_event){.kind = SESSION_FAILED, .err = &err});
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.wait_ms, retry_ms_max + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gives_up_after_so_many_faults_in_a_row),
        cmocka_unit_test(it_may_be_told_never_to_give_up),
        cmocka_unit_test(progress_forgives_the_faults_before_it),
        cmocka_unit_test(a_welcome_alone_is_no_progress),
        cmocka_unit_test(an_area_with_nothing_new_is_no_progress),
        cmocka_unit_test(a_server_that_asks_to_wait_is_left_alone_so_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
