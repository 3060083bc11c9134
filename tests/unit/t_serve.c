/* Traces of the conversation at the server's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/serve.h"
#include "tests/unit/model.h"

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

static void what_only_a_server_says_is_refused(void **state)
{
    static const enum message_kind kinds[] = {MESSAGE_WELCOME, MESSAGE_ACK,
                                              MESSAGE_STATES,  MESSAGE_WIPE,
                                              MESSAGE_WIPED,   MESSAGE_REGIONS};
    struct arena mem = {0};
    size_t i;

    (void)state;
    for (i = 0; i < countof(kinds); i++) {
        struct serve s = listen_to(ROLE_LEAD);
        struct message m = {.kind = kinds[i]};
        struct serve_action a = call(&s, &m, &mem);

        assert_int_equal(a.kind, SERVE_REFUSE);
        assert_int_equal(a.err.code, RC_INVALID);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_judged_changeset_by_changeset),
        cmocka_unit_test(work_in_an_area_without_rights_is_kept_aside),
        cmocka_unit_test(a_role_writes_only_what_it_may),
        cmocka_unit_test(nobody_hands_in_for_another_device),
        cmocka_unit_test(a_pull_goes_on_until_the_store_has_no_more),
        cmocka_unit_test(a_pull_of_a_foreign_area_is_refused),
        cmocka_unit_test(what_only_a_server_says_is_refused),
        cmocka_unit_test(a_batch_is_placed_by_its_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
