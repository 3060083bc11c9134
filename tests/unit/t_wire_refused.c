/* Messages that are well-formed and yet not lawful. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/wire.h"
#include "tests/unit/model.h"

static enum rc sent(const struct message *m)
{
    struct buf b = buf_make(message_bytes_max);
    struct arena mem = {0};
    struct message back;
    enum rc rc;

    wire_put(&b, m);
    assert_false(b.full);
    rc = wire_get(buf_view(&b), &model, &mem, &back, NULL);
    arena_free(&mem);
    buf_free(&b);
    return rc;
}

static struct write lamp = {.field = F_TITLE};

static struct message a_batch(const struct changeset *c, size_t n)
{
    lamp.value = value_text("a lamp");
    return (struct message){.kind = MESSAGE_BATCH,
                            .as.batch = {.device = 7,
                                         .area = 2,
                                         .first = 11,
                                         .types = bytes_of("model-1"),
                                         .changesets = c,
                                         .changesets_n = n}};
}

static struct changeset a_changeset(void)
{
    return (struct changeset){.device = 7,
                              .number = 11,
                              .area = 2,
                              .type = &model_types[0],
                              .record = some_id(1),
                              .writes = &lamp,
                              .writes_n = 1};
}

static void a_batch_begins_at_a_number_and_holds_something(void **state)
{
    struct changeset c = a_changeset();
    struct message m = a_batch(&c, 1);

    (void)state;
    assert_int_equal(sent(&m), RC_OK);
    m.as.batch.first = 0;
    assert_int_equal(sent(&m), RC_CORRUPT);
    m = a_batch(&c, 0);
    assert_int_equal(sent(&m), RC_CORRUPT);
}

static void a_changeset_may_have_lost_its_writes(void **state)
{
    struct changeset c = a_changeset();
    struct message m = a_batch(&c, 1);

    (void)state;
    c.writes_n = 0; /* a number of an area that was withdrawn */
    assert_int_equal(sent(&m), RC_OK);
}

/* States of two records with these versions, of an area up to `upto`. */
static enum rc stated(uint64_t first, uint64_t second, uint64_t upto)
{
    struct arena mem = {0};
    struct id id[] = {some_id(1), some_id(2)};
    struct record r[] = {record_new(&model_types[0], &id[0], 2, &mem),
                         record_new(&model_types[0], &id[1], 2, &mem)};
    struct buf b = buf_make(message_bytes_max);
    struct wire_states s;
    struct message back;
    enum rc rc;

    r[0].version = first;
    r[1].version = second;
    wire_states_begin(&s, &model);
    wire_states_add(&s, &r[0], &mem);
    wire_states_add(&s, &r[1], &mem);
    wire_states_end(&s, 2, upto, false, &b);
    wire_states_free(&s);
    rc = wire_get(buf_view(&b), &model, &mem, &back, NULL);
    arena_free(&mem);
    buf_free(&b);
    return rc;
}

static void states_come_in_the_order_of_their_versions(void **state)
{
    (void)state;
    assert_int_equal(stated(5, 6, 8), RC_OK);
    assert_int_equal(stated(5, 5, 8), RC_CORRUPT);
    assert_int_equal(stated(5, 4, 8), RC_CORRUPT);
}

static void states_end_where_they_say(void **state)
{
    (void)state;
    assert_int_equal(stated(5, 8, 8), RC_OK);
    assert_int_equal(stated(5, 9, 8), RC_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_begins_at_a_number_and_holds_something),
        cmocka_unit_test(a_changeset_may_have_lost_its_writes),
        cmocka_unit_test(states_come_in_the_order_of_their_versions),
        cmocka_unit_test(states_end_where_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
