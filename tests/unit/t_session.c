/* Traces of the conversation: both ends, step by step, and what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/serve.h"
#include "sync/session.h"
#include "tests/unit/model.h"

/* -- the client's end --------------------------------------------------- */

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

static void a_revoked_device_stops_at_once(void **state)
{
    struct session s = begin(0, 0);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    a = tell_fault(&s, RC_AUTH);
    assert_int_equal(a.kind, SESSION_STOP);
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
    struct session s = begin(0, 4);
    struct welcome w = a_welcome(0);
    struct session_action a;

    (void)state;
    tell(&s, SESSION_START);
    tell_welcome(&s, &w);
    tell(&s, SESSION_SAVED);
    tell_batch(&s, 1, 4);
    a = tell_ack(&s, 1, 3);
    assert_int_equal(a.kind, SESSION_STOP);
    assert_int_equal(a.err.code, RC_CORRUPT);
}

/* -- the server's end --------------------------------------------------- */

static const uint32_t area_four[] = {4};

static struct serve listen_to(enum role role)
{
    struct caller caller = {
        .device = 3, .role = role, .areas = area_four, .areas_n = 1};
    struct serve s;

    serve_init(&s, &model, &caller);
    return s;
}

static struct write w_title = {.field = F_TITLE};

static struct batch a_batch(struct changeset *c, const char **faults, size_t n)
{
    size_t i;

    w_title.value = value_text("a lamp");
    for (i = 0; i < n; i++) {
        c[i] = (struct changeset){.device = 3,
                                  .number = 11 + i,
                                  .area = 4,
                                  .type = &model_types[0],
                                  .record = some_id(1),
                                  .writes = &w_title,
                                  .writes_n = 1};
        faults[i] = NULL;
    }
    return (struct batch){.device = 3,
                          .area = 4,
                          .first = 11,
                          .changesets = c,
                          .faults = faults,
                          .changesets_n = n};
}

static struct serve_action call(struct serve *s, const struct message *m,
                                struct arena *mem)
{
    return serve_step(
        s, &(struct serve_event){.kind = SERVE_CALLED, .message = m}, mem);
}

static void a_batch_is_judged_changeset_by_changeset(void **state)
{
    struct arena mem = {0};
    struct serve s = listen_to(ROLE_WORKER);
    struct changeset c[4];
    const char *faults[4];
    struct message m = {.kind = MESSAGE_BATCH,
                        .as.batch = a_batch(c, faults, 4)};
    struct ack_range ranges[] = {{11, 11, 40}, {12, 14, 0}};
    struct ack ack = {.device = 3, .area = 4, .ranges = ranges, .ranges_n = 2};
    struct serve_action a;

    (void)state;
    faults[1] = "there is no record type \"flag\"";
    c[1].type = NULL;
    c[2].writes_n = 0;
    c[3].record = (struct id){0};
    a = call(&s, &m, &mem);
    assert_int_equal(a.kind, SERVE_MERGE);
    assert_null(a.verdicts[0]);
    assert_ptr_equal(a.verdicts[1], faults[1]);
    assert_non_null(a.verdicts[2]);
    assert_non_null(a.verdicts[3]);
    a = serve_step(&s, &(struct serve_event){.kind = SERVE_MERGED, .ack = &ack},
                   &mem);
    assert_int_equal(a.kind, SERVE_SEND);
    assert_int_equal(a.answer.kind, MESSAGE_ACK);
    a = serve_step(&s, &(struct serve_event){.kind = SERVE_SENT}, &mem);
    assert_int_equal(a.kind, SERVE_END);
    arena_free(&mem);
}

static void work_in_an_area_without_rights_is_kept_aside(void **state)
{
    struct arena mem = {0};
    struct serve s = listen_to(ROLE_WORKER);
    struct changeset c[1];
    const char *faults[1];
    struct message m = {.kind = MESSAGE_BATCH,
                        .as.batch = a_batch(c, faults, 1)};
    struct serve_action a;

    (void)state;
    m.as.batch.area = c[0].area = 5;
    a = call(&s, &m, &mem);
    assert_int_equal(a.kind, SERVE_MERGE);
    assert_non_null(a.verdicts[0]);
    arena_free(&mem);
}

static void a_role_writes_only_what_it_may(void **state)
{
    struct arena mem = {0};
    struct serve s = listen_to(ROLE_ANALYST);
    struct changeset c[1];
    const char *faults[1];
    struct message m = {.kind = MESSAGE_BATCH,
                        .as.batch = a_batch(c, faults, 1)};
    struct serve_action a;

    (void)state;
    a = call(&s, &m, &mem);
    assert_int_equal(a.kind, SERVE_MERGE);
    assert_non_null(a.verdicts[0]);
    arena_free(&mem);
}

static void nobody_hands_in_for_another_device(void **state)
{
    struct arena mem = {0};
    struct serve s = listen_to(ROLE_WORKER);
    struct changeset c[1];
    const char *faults[1];
    struct message m = {.kind = MESSAGE_BATCH,
                        .as.batch = a_batch(c, faults, 1)};
    struct serve_action a;

    (void)state;
    m.as.batch.device = 8;
    a = call(&s, &m, &mem);
    assert_int_equal(a.kind, SERVE_REFUSE);
    assert_int_equal(a.err.code, RC_DENIED);
    arena_free(&mem);
}

static void a_pull_goes_on_until_the_store_has_no_more(void **state)
{
    struct arena mem = {0};
    struct serve s = listen_to(ROLE_WORKER);
    struct message m = {.kind = MESSAGE_PULL, .as.pull = {4, 100}};
    struct states first = {.area = 4, .upto = 140, .more = true};
    struct states last = {.area = 4, .upto = 160};
    struct serve_action a;

    (void)state;
    a = call(&s, &m, &mem);
    assert_int_equal(a.kind, SERVE_READ);
    assert_int_equal(a.pull.after, 100);
    a = serve_step(
        &s, &(struct serve_event){.kind = SERVE_STATES, .states = &first},
        &mem);
    assert_int_equal(a.kind, SERVE_SEND);
    a = serve_step(&s, &(struct serve_event){.kind = SERVE_SENT}, &mem);
    assert_int_equal(a.kind, SERVE_READ);
    assert_int_equal(a.pull.after, 140);
    serve_step(&s, &(struct serve_event){.kind = SERVE_STATES, .states = &last},
               &mem);
    a = serve_step(&s, &(struct serve_event){.kind = SERVE_SENT}, &mem);
    assert_int_equal(a.kind, SERVE_END);
    arena_free(&mem);
}

static void a_pull_of_a_foreign_area_is_refused(void **state)
{
    struct arena mem = {0};
    struct serve s = listen_to(ROLE_LEAD);
    struct message m = {.kind = MESSAGE_PULL, .as.pull = {5, 0}};
    struct serve_action a;

    (void)state;
    a = call(&s, &m, &mem);
    assert_int_equal(a.kind, SERVE_REFUSE);
    assert_int_equal(a.err.code, RC_DENIED);
    arena_free(&mem);
}

static void a_batch_is_placed_by_its_numbers(void **state)
{
    struct batch b = {.device = 3, .first = 11, .changesets_n = 5};
    size_t repeated = 99;

    (void)state;
    assert_int_equal(serve_place(10, &b, &repeated, NULL), RC_OK);
    assert_int_equal(repeated, 0);
    assert_int_equal(serve_place(13, &b, &repeated, NULL), RC_OK);
    assert_int_equal(repeated, 3);
    assert_int_equal(serve_place(40, &b, &repeated, NULL), RC_OK);
    assert_int_equal(repeated, 5);
    assert_int_equal(serve_place(9, &b, &repeated, NULL), RC_OUTDATED);
}

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
        cmocka_unit_test(a_day_is_handed_in_and_every_area_pulled),
        cmocka_unit_test(after_a_cut_it_starts_anew_from_the_last_saved_ack),
        cmocka_unit_test(it_gives_up_after_so_many_faults_in_a_row),
        cmocka_unit_test(a_revoked_device_stops_at_once),
        cmocka_unit_test(a_token_that_ran_out_is_renewed),
        cmocka_unit_test(a_restored_server_gets_again_what_it_lost),
        cmocka_unit_test(
            a_server_that_knows_more_than_the_store_means_an_old_copy),
        cmocka_unit_test(new_record_types_are_taken_before_anything_else),
        cmocka_unit_test(an_ack_for_other_numbers_is_not_believed),
        cmocka_unit_test(a_batch_is_judged_changeset_by_changeset),
        cmocka_unit_test(work_in_an_area_without_rights_is_kept_aside),
        cmocka_unit_test(a_role_writes_only_what_it_may),
        cmocka_unit_test(nobody_hands_in_for_another_device),
        cmocka_unit_test(a_pull_goes_on_until_the_store_has_no_more),
        cmocka_unit_test(a_pull_of_a_foreign_area_is_refused),
        cmocka_unit_test(a_batch_is_placed_by_its_numbers),
        cmocka_unit_test(waits_grow_and_never_pass_their_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
