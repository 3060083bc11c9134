/* Traces of the conversation at the client's end, and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

static struct session_action tell_states(struct session *s, uint32_t area,
                                         bool more)
{
    struct states st = {.area = area, .more = more, .records_n = 2};

    return session_step(
        s, &(struct session_event){.kind = SESSION_STATES, .states = &st});
}

static struct session_action tell_fault(struct session *s, enum rc rc)
{
    struct err err;

    err_set(&err, rc, "something happened");
    return session_step(
        s, &(struct session_event){.kind = SESSION_FAILED, .err = &err});
}

static void a_day_is_handed_in_and_every_area_pulled(void **state)
{
    struct session s = begin(10, 15);
    struct welcome w = a_welcome(10);
    struct session_action a;

    (void)state;
    a = tell(&s, SESSION_START);
    assert_int_equal(a.kind, SESSION_SAY_HELLO);
    assert_int_equal(a.hello.device, 3);
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_SAVE_WELCOME);
    assert_false(a.restart);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_LOAD);
    assert_int_equal(a.from, 11);
    a = tell_batch(&s, 11, 5);
    assert_int_equal(a.kind, SESSION_PUSH);
    a = tell_ack(&s, 11, 15);
    assert_int_equal(a.kind, SESSION_SAVE_ACK);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_LOAD);
    assert_int_equal(a.from, 16);
    a = tell_batch(&s, 0, 0);
    assert_int_equal(a.kind, SESSION_PULL);
    assert_int_equal(a.area, 4);
    a = tell_states(&s, 4, true);
    assert_int_equal(a.kind, SESSION_APPLY);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_READ_ON);
    a = tell_states(&s, 4, false);
    assert_int_equal(a.kind, SESSION_APPLY);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_PULL);
    assert_int_equal(a.area, 9);
    tell_states(&s, 9, false);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_DONE);
    assert_int_equal(s.pushed, 5);
    assert_int_equal(s.pulled, 6);
}

static void after_a_cut_it_starts_anew_from_the_last_saved_ack(void **state)
{
    struct session s = begin(0, 9);
    struct welcome w = a_welcome(0);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    tell_batch(&s, 1, 4);
    tell_ack(&s, 1, 4);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.from, 5);
    tell_batch(&s, 5, 5);
    a = tell_fault(&s, RC_NETWORK); /* the answer was lost on the way */
    assert_int_equal(a.kind, SESSION_WAIT);
    assert_in_range(a.wait_ms, 1, retry_ms_min);
    a = tell(&s, SESSION_WAITED);
    assert_int_equal(a.kind, SESSION_SAY_HELLO);
    w.last = 9; /* for the server had taken it in */
    tell_welcome(&s, &w);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_LOAD);
    assert_int_equal(a.from, 5); /* again: it is answered as before */
}

static void a_revoked_device_stops_at_once(void **state)
{
    struct session s = begin(0, 0);

    (void)state;
    tell(&s, SESSION_START);
    assert_int_equal(tell_fault(&s, RC_AUTH).kind, SESSION_STOP);
}

static void a_token_that_ran_out_is_renewed(void **state)
{
    struct session s = begin(0, 1);
    struct welcome w = a_welcome(0);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    tell_batch(&s, 1, 1);
    a = tell_fault(&s, RC_AUTH);
    assert_int_equal(a.kind, SESSION_WAIT);
    a = tell(&s, SESSION_WAITED);
    assert_int_equal(a.kind, SESSION_SAY_HELLO);
}

static void a_restored_server_gets_again_what_it_lost(void **state)
{
    struct session s = begin(12, 12);
    struct welcome w = a_welcome(7);
    struct session_action a;

    (void)state;
    w.epoch = 56;
    tell(&s, SESSION_START);
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_SAVE_WELCOME);
    assert_true(a.restart);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.from, 8);
}

static void a_server_that_knows_more_than_the_store_means_an_old_copy(
    void **state)
{
    struct session s = begin(5, 6);
    struct welcome w = a_welcome(8);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.code, RC_CONFLICT);
}

static void new_record_types_are_taken_before_anything_else(void **state)
{
    struct session s = begin(0, 0);
    struct welcome w = a_welcome(0);
    struct session_action a;

    (void)state;
    w.types = bytes_of("types-2");
    tell(&s, SESSION_START);
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_GET_TYPES);
    assert_true(bytes_eq(a.types, bytes_of("types-2")));
    a = tell_fault(&s, RC_NETWORK); /* they did not come through */
    a = tell(&s, SESSION_WAITED);
    assert_true(bytes_eq(a.hello.types, bytes_of("types-1")));
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_GET_TYPES);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.kind, SESSION_SAVE_WELCOME);
    assert_ptr_equal(a.welcome, &w);
}

static void an_ack_for_other_numbers_is_not_believed(void **state)
{
    static const struct ack_range ranges[] = {
        {1, 3, 100}, {2, 4, 100}, {1, 5, 100}, {1, 4, 100}};
    const struct ack acks[] = {
        {.device = 3, .ranges = &ranges[0], .ranges_n = 1},
        {.device = 3, .ranges = &ranges[1], .ranges_n = 1},
        {.device = 3, .ranges = &ranges[2], .ranges_n = 1},
        {.device = 4, .ranges = &ranges[3], .ranges_n = 1},
        {.device = 3},
    };
    struct welcome w = a_welcome(0);
    struct session_action a;
    size_t i;

    (void)state;
    for (i = 0; i < countof(acks); i++) {
        struct session s = begin(0, 4);

        tell(&s, SESSION_START);
        tell_welcome(&s, &w);
        tell(&s, SESSION_SAVED);
        tell_batch(&s, 1, 4);
        a = session_step(&s, &(struct session_event){.kind = SESSION_ACKED,
                                                     .ack = &acks[i]});
        assert_int_equal(a.kind, SESSION_STOP);
        assert_int_equal(a.err.code, RC_CORRUPT);
    }
}

static void a_store_restored_before_anything_was_lost_is_still_another(
    void **state)
{
    struct session s = begin(12, 12);
    struct welcome w = a_welcome(12);
    struct session_action a;

    (void)state;
    w.epoch = 56;
    tell(&s, SESSION_START);
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_SAVE_WELCOME);
    assert_true(a.restart); /* its versions are not those of the cursors */
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.from, 13);
}

static void a_server_that_lost_numbers_is_another_whatever_it_says(void **state)
{
    struct session s = begin(12, 12);
    struct welcome w = a_welcome(7);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    a = tell_welcome(&s, &w);
    assert_true(a.restart);
    a = tell(&s, SESSION_SAVED);
    assert_int_equal(a.from, 8);
}

static void a_first_meeting_restarts_nothing(void **state)
{
    struct session_self self = {.device = 3, .types = "types-1", .last = 2};
    struct welcome w = a_welcome(0);
    struct session s;

    (void)state;
    session_init(&s, &self);
    tell(&s, SESSION_START);
    assert_false(tell_welcome(&s, &w).restart);
}

static void work_saved_while_syncing_is_not_taken_for_an_old_copy(void **state)
{
    struct session s = begin(0, 2);
    struct welcome w = a_welcome(0);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    tell_batch(&s, 1, 5); /* three more since the start */
    tell_ack(&s, 1, 5);
    tell(&s, SESSION_SAVED);
    tell_batch(&s, 0, 0);
    tell_fault(&s, RC_NETWORK);
    tell(&s, SESSION_WAITED);
    w.last = 5;
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_SAVE_WELCOME);
}

/* A session that has handed in nothing and pulls its first area. */
static struct session pulling(const struct welcome *w)
{
    struct session s = begin(0, 0);

    tell(&s, SESSION_START);
    tell_welcome(&s, w);
    tell(&s, SESSION_SAVED);
    assert_int_equal(tell_batch(&s, 0, 0).kind, SESSION_PULL);
    return s;
}

static void rights_withdrawn_in_mid_pull_call_for_a_new_welcome(void **state)
{
    struct welcome w = a_welcome(0);
    struct session s = pulling(&w);
    struct session_action a;

    (void)state;
    a = tell_fault(&s, RC_DENIED);
    assert_int_equal(a.kind, SESSION_WAIT);
    tell(&s, SESSION_WAITED);
    w.areas++;
    w.areas_n--;
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    a = tell_batch(&s, 0, 0);
    assert_int_equal(a.area, 9);
}

static void a_batch_that_is_refused_is_not_tried_again(void **state)
{
    struct session s = begin(0, 4);
    struct welcome w = a_welcome(0);

    (void)state;
    tell(&s, SESSION_START);
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    tell_batch(&s, 1, 4);
    assert_int_equal(tell_fault(&s, RC_DENIED).kind, SESSION_STOP);
}

static void states_of_another_area_are_not_saved(void **state)
{
    struct welcome w = a_welcome(0);
    struct session s = pulling(&w);
    struct session_action a;

    (void)state;
    a = tell_states(&s, 9, false);
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.code, RC_CORRUPT);
}

static void numbers_that_are_gone_from_the_journal_end_it_clearly(void **state)
{
    struct session s = begin(12, 12);
    struct welcome w = a_welcome(7);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    a = tell_batch(&s, 10, 3);
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.code, RC_NOTFOUND);
    assert_non_null(strstr(a.err.text, "changeset 8"));
}

static void more_areas_than_a_device_holds_are_refused(void **state)
{
    static struct area_info many[65];
    struct session s = begin(0, 0);
    struct welcome w = a_welcome(0);

    (void)state;
    w.areas = many;
    w.areas_n = 65;
    tell(&s, SESSION_START);
    assert_int_equal(tell_welcome(&s, &w).err.code, RC_LIMIT);
}

static void types_without_a_name_or_with_too_long_a_one_are_refused(
    void **state)
{
    struct session s = begin(0, 0);
    struct welcome w = a_welcome(0);
    struct session_action a;

    (void)state;
    w.types = bytes_of("a-name-that-is-thirty-three-longs");
    tell(&s, SESSION_START);
    a = tell_welcome(&s, &w);
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.code, RC_CORRUPT);
}

static void new_types_or_a_full_disk_are_told_apart(void **state)
{
    struct welcome w = a_welcome(0);
    struct session s = pulling(&w);

    (void)state;
    assert_int_equal(tell_fault(&s, RC_OUTDATED).kind, SESSION_WAIT);
    s = pulling(&w);
    assert_int_equal(tell_fault(&s, RC_FULL).kind, SESSION_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_is_handed_in_and_every_area_pulled),
        cmocka_unit_test(after_a_cut_it_starts_anew_from_the_last_saved_ack),
        cmocka_unit_test(a_revoked_device_stops_at_once),
        cmocka_unit_test(a_token_that_ran_out_is_renewed),
        cmocka_unit_test(a_restored_server_gets_again_what_it_lost),
        cmocka_unit_test(
            a_server_that_knows_more_than_the_store_means_an_old_copy),
        cmocka_unit_test(new_record_types_are_taken_before_anything_else),
        cmocka_unit_test(an_ack_for_other_numbers_is_not_believed),
        cmocka_unit_test(
            a_store_restored_before_anything_was_lost_is_still_another),
        cmocka_unit_test(
            a_server_that_lost_numbers_is_another_whatever_it_says),
        cmocka_unit_test(a_first_meeting_restarts_nothing),
        cmocka_unit_test(work_saved_while_syncing_is_not_taken_for_an_old_copy),
        cmocka_unit_test(rights_withdrawn_in_mid_pull_call_for_a_new_welcome),
        cmocka_unit_test(a_batch_that_is_refused_is_not_tried_again),
        cmocka_unit_test(states_of_another_area_are_not_saved),
        cmocka_unit_test(numbers_that_are_gone_from_the_journal_end_it_clearly),
        cmocka_unit_test(more_areas_than_a_device_holds_are_refused),
        cmocka_unit_test(
            types_without_a_name_or_with_too_long_a_one_are_refused),
        cmocka_unit_test(new_types_or_a_full_disk_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
