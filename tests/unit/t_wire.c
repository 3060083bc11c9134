/* Messages as bytes: there and back, cut, damaged, hostile, of another age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/wire.h"
#include "tests/unit/model.h"

static struct bytes copy_of(const struct buf *b, struct arena *mem)
{
    assert_false(b->full);
    return arena_bytes(mem, buf_view(b));
}

static struct bytes encode(const struct message *m, struct arena *mem)
{
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;

    wire_put(&b, m);
    out = copy_of(&b, mem);
    buf_free(&b);
    return out;
}

static struct message decode(struct bytes in, struct arena *mem)
{
    struct message m;
    struct err err;

    if (wire_get(in, &model, mem, &m, &err) != RC_OK)
        fail_msg("%s", err.text);
    return m;
}

/* -- samples ------------------------------------------------------------ */

static const char a_pin[] = "0123456789abcdef0123456789ABCDEF";

static struct message a_hello(void)
{
    return (struct message){.kind = MESSAGE_HELLO,
                            .as.hello = {.device = 7,
                                         .epoch = UINT64_MAX,
                                         .types = bytes_of("model-1"),
                                         .pin = true,
                                         .next = bytes_of(a_pin)}};
}

static struct message a_welcome(struct arena *mem)
{
    struct area_info *areas = arena_new(mem, 2 * sizeof *areas);

    areas[0] = (struct area_info){1,
                                  bytes_of("korrewegwijk"),
                                  bytes_of("Korrewegwijk"),
                                  bytes_of("2022BU00140900"),
                                  12345,
                                  3,
                                  bytes_of("0123456789abcdef0123456789abcdef")};
    areas[1] = (struct area_info){
        2, bytes_of("hoogkerk"), bytes_of("Hoogkerk"), bytes_of(""), 0, 0, {0}};
    return (struct message){.kind = MESSAGE_WELCOME,
                            .as.welcome = {.epoch = 99,
                                           .last = 41,
                                           .now_ms = 1790000000000,
                                           .types = bytes_of("model-1"),
                                           .token = bytes_of("t0ken"),
                                           .user = bytes_of("w1"),
                                           .role = ROLE_LEAD,
                                           .lease_s = 72 * 3600,
                                           .areas = areas,
                                           .areas_n = 2,
                                           .pin = bytes_of(a_pin)}};
}

static struct message a_batch(struct arena *mem)
{
    struct changeset *c = arena_new(mem, 3 * sizeof *c);
    struct write *w = arena_new(mem, 8 * sizeof *w);
    struct id about = some_id(77);

    w[0] = (struct write){F_TITLE, value_text("Lamp kapot"), {0}};
    w[1] = (struct write){F_THEMES, words(mem, "night safety"),
                          words(mem, "safety")};
    w[2] = (struct write){F_AMOUNT, value_int(-1250), {0}};
    w[3] = (struct write){F_ABOUT, value_id(&about), {0}};
    w[4] = (struct write){F_NOTE, value_text("Het is donker."),
                          value_text("Het was licht.")};
    w[5] = (struct write){FIELD_DELETED, value_int(1), {0}};
    w[6] = (struct write){F_SEVERITY, value_null(), {0}};
    c[0] = (struct changeset){.device = 7,
                              .number = 11,
                              .clock = UINT64_C(1790000000000) << 16,
                              .area = 2,
                              .type = &model_types[0],
                              .record = some_id(1),
                              .base_version = 9,
                              .writes = w,
                              .writes_n = 5};
    c[1] = (struct changeset){.device = 7,
                              .number = 12,
                              .clock = UINT64_C(80000000) << 16, /* 1970 */
                              .area = 2,
                              .type = &model_types[1],
                              .record = some_id(2),
                              .writes = w + 5,
                              .writes_n = 1};
    c[2] = (struct changeset){.device = 7,
                              .number = 13,
                              .clock = UINT64_MAX,
                              .area = 2,
                              .type = &model_types[0],
                              .record = some_id(1),
                              .writes = w + 6,
                              .writes_n = 1};
    return (struct message){.kind = MESSAGE_BATCH,
                            .as.batch = {.device = 7,
                                         .area = 2,
                                         .first = 11,
                                         .types = bytes_of("model-1"),
                                         .changesets = c,
                                         .changesets_n = 3}};
}

static struct message an_ack(void)
{
    static const struct ack_range ranges[] = {{11, 12, 500}, {13, 13, 0}};
    static struct ack_parked parked[1];

    parked[0] = (struct ack_parked){13, bytes_of("no such field")};
    return (struct message){.kind = MESSAGE_ACK,
                            .as.ack = {.device = 7,
                                       .area = 2,
                                       .ranges = ranges,
                                       .ranges_n = 2,
                                       .parked = parked,
                                       .parked_n = 1}};
}

/* Two records, one of them with several heads in a field. */
static struct record *some_records(struct arena *mem)
{
    struct message m = a_batch(mem);
    const struct changeset *c = m.as.batch.changesets;
    struct changeset other = c[0];
    struct record *r = arena_new(mem, 2 * sizeof *r);

    other.device = 8;
    other.base_version = 0;
    other.clock++;
    r[0] = record_new(c[0].type, &c[0].record, 2, mem);
    merge_apply(&r[0], &c[0], 20, mem);
    merge_apply(&r[0], &other, 21, mem);
    r[1] = record_new(c[1].type, &c[1].record, 2, mem);
    merge_apply(&r[1], &c[1], 22, mem);
    return r;
}

static struct bytes some_states(struct arena *mem)
{
    struct record *r = some_records(mem);
    struct buf b = buf_make(message_bytes_max);
    struct wire_states s;
    struct bytes out;

    wire_states_begin(&s, &model);
    wire_states_add(&s, &r[0], mem);
    wire_states_add(&s, &r[1], mem);
    assert_int_equal(s.version, 22);
    wire_states_end(&s, 2, 30, true, &b);
    wire_states_free(&s);
    out = copy_of(&b, mem);
    buf_free(&b);
    return out;
}

/* -- there and back ----------------------------------------------------- */

static void small_messages_come_back_as_they_were(void **state)
{
    struct arena mem = {0};
    struct message h = a_hello(), w = a_welcome(&mem), a = an_ack(), m;
    struct message p = {.kind = MESSAGE_PULL, .as.pull = {3, 17}};
    struct message o = {.kind = MESSAGE_WIPE, .as.wipe = {7}};
    struct message d = {.kind = MESSAGE_WIPED, .as.wiped = {7, 3}};

    (void)state;
    m = decode(encode(&h, &mem), &mem);
    assert_int_equal(m.kind, MESSAGE_HELLO);
    assert_int_equal(m.as.hello.device, 7);
    assert_true(m.as.hello.epoch == UINT64_MAX);
    assert_true(m.as.hello.pin && bytes_eq(m.as.hello.next, bytes_of(a_pin)));
    m = decode(encode(&w, &mem), &mem);
    assert_int_equal(m.kind, MESSAGE_WELCOME);
    assert_int_equal(m.as.welcome.last, 41);
    assert_int_equal(m.as.welcome.role, ROLE_LEAD);
    assert_int_equal(m.as.welcome.lease_s, 72 * 3600);
    assert_int_equal(m.as.welcome.areas_n, 2);
    assert_true(bytes_eq(m.as.welcome.pin, bytes_of(a_pin)));
    assert_int_equal(m.as.welcome.next.n, 0);
    assert_true(bytes_eq(m.as.welcome.areas[1].slug, bytes_of("hoogkerk")));
    m = decode(encode(&a, &mem), &mem);
    assert_int_equal(m.as.ack.ranges_n, 2);
    assert_int_equal(m.as.ack.ranges[0].version, 500);
    assert_true(bytes_eq(m.as.ack.parked[0].reason, bytes_of("no such field")));
    m = decode(encode(&p, &mem), &mem);
    assert_true(m.as.pull.area == 3 && m.as.pull.after == 17);
    m = decode(encode(&o, &mem), &mem);
    assert_int_equal(m.kind, MESSAGE_WIPE);
    assert_int_equal(m.as.wipe.device, 7);
    m = decode(encode(&d, &mem), &mem);
    assert_int_equal(m.kind, MESSAGE_WIPED);
    assert_int_equal(m.as.wiped.device, 7);
    assert_int_equal(m.as.wiped.lost, 3);
    arena_free(&mem);
}

static void a_batch_comes_back_as_it_was(void **state)
{
    struct arena mem = {0};
    struct message b = a_batch(&mem), m;
    size_t i;

    (void)state;
    m = decode(encode(&b, &mem), &mem);
    assert_int_equal(m.as.batch.changesets_n, 3);
    for (i = 0; i < 3; i++) {
        assert_null(m.as.batch.faults[i]);
        assert_true(
            changeset_eq(&m.as.batch.changesets[i], &b.as.batch.changesets[i]));
    }
    arena_free(&mem);
}

static void states_come_back_with_all_their_heads(void **state)
{
    struct arena mem = {0};
    struct record *r = some_records(&mem);
    struct message m = decode(some_states(&mem), &mem);

    (void)state;
    assert_int_equal(m.as.states.records_n, 2);
    assert_int_equal(m.as.states.upto, 30);
    assert_true(m.as.states.more);
    assert_true(record_eq(&m.as.states.records[0], &r[0]));
    assert_true(record_eq(&m.as.states.records[1], &r[1]));
    assert_int_equal(m.as.states.records[0].fields[F_TITLE].n, 2);
    arena_free(&mem);
}

/* -- of another age ----------------------------------------------------- */

static void former_names_and_codes_are_understood(void **state)
{
    static const struct shape_choice old_themes[] = {{.code = "dark"}};
    static const struct shape_list old_list = {
        .name = "theme", .choices = old_themes, .choices_n = 1};
    static const struct shape_field old_fields[] = {
        {.name = "deleted"},
        {.name = "name", .kind = FIELD_TEXT},
        {.name = "themes",
         .kind = FIELD_CHOICE,
         .set = true,
         .list = &old_list},
    };
    static const struct shape_type old = {
        .name = "signal", .fields = old_fields, .fields_n = 3};
    struct arena mem = {0};
    struct write w[2] = {{1, value_text("Lamp"), {0}},
                         {2, words(&mem, "dark"), {0}}};
    struct changeset c = {
        .type = &old, .record = some_id(1), .writes = w, .writes_n = 2};
    struct message b = {.kind = MESSAGE_BATCH,
                        .as.batch = {.device = 1,
                                     .first = 1,
                                     .types = bytes_of("model-0"),
                                     .changesets = &c,
                                     .changesets_n = 1}};
    struct message m = decode(encode(&b, &mem), &mem);
    const struct changeset *got = &m.as.batch.changesets[0];

    (void)state;
    assert_null(m.as.batch.faults[0]);
    assert_int_equal(got->writes[0].field, F_TITLE);
    assert_int_equal(got->writes[1].field, F_THEMES);
    assert_true(value_has(&got->writes[1].value, bytes_of("night")));
    arena_free(&mem);
}

static void what_nobody_knows_is_named_and_harms_no_neighbour(void **state)
{
    static const struct shape_field new_fields[] = {
        {.name = "deleted"}, {.name = "title"}, {.name = "smell"}};
    static const struct shape_type types[] = {
        {.name = "signal", .fields = new_fields, .fields_n = 3},
        {.name = "flag", .fields = new_fields, .fields_n = 3}};
    struct arena mem = {0};
    struct write title = {1, value_text("Lamp"), {0}};
    struct write smell = {2, value_text("bad"), {0}};
    struct changeset c[] = {{.type = &types[0],
                             .record = some_id(1),
                             .writes = &smell,
                             .writes_n = 1},
                            {.type = &types[1],
                             .record = some_id(2),
                             .writes = &title,
                             .writes_n = 1},
                            {.type = &types[0],
                             .record = some_id(3),
                             .writes = &title,
                             .writes_n = 1}};
    struct message b = {.kind = MESSAGE_BATCH,
                        .as.batch = {.device = 1,
                                     .first = 1,
                                     .types = bytes_of("model-2"),
                                     .changesets = c,
                                     .changesets_n = 3}};
    struct message m = decode(encode(&b, &mem), &mem);

    (void)state;
    assert_string_equal(m.as.batch.faults[0], "signal has no field \"smell\"");
    assert_string_equal(m.as.batch.faults[1],
                        "there is no record type \"flag\"");
    assert_null(m.as.batch.faults[2]);
    assert_null(m.as.batch.changesets[0].type);
    assert_ptr_equal(m.as.batch.changesets[2].type, &model_types[0]);
    arena_free(&mem);
}

static void another_version_of_the_protocol_is_told_apart(void **state)
{
    static const uint8_t next[] = {0x95, 2, 1, 7, 0, 0xa0};
    struct arena mem = {0};
    struct message m;
    struct err err;

    (void)state;
    assert_int_equal(
        wire_get((struct bytes){next, sizeof next}, &model, &mem, &m, &err),
        RC_OUTDATED);
    arena_free(&mem);
}

static void states_of_other_record_types_are_not_misread(void **state)
{
    struct arena mem = {0};
    struct bytes in = some_states(&mem);
    struct shape other = model;
    struct message m;

    (void)state;
    memcpy(other.version, "model-2", 8);
    assert_int_equal(wire_get(in, &other, &mem, &m, NULL), RC_OUTDATED);
    arena_free(&mem);
}

/* -- hostile ------------------------------------------------------------ */

static void damage(struct bytes in, struct arena *mem)
{
    struct arena scratch = {0};
    struct message m;
    uint8_t *p;
    size_t i, bit;

    for (i = 0; i < in.n; i++) {
        p = malloc(i + 1); /* exact, so that ASan sees a read past it */
        memcpy(p, in.p, i);
        assert_int_not_equal(
            wire_get((struct bytes){p, i}, &model, &scratch, &m, NULL), RC_OK);
        arena_reset(&scratch);
        free(p);
    }
    p = (uint8_t *)(uintptr_t)arena_bytes(mem, in).p;
    for (i = 0; i < in.n; i++)
        for (bit = 0; bit < 8; bit++) {
            p[i] = (uint8_t)(p[i] ^ 1U << bit);
            (void)(wire_get((struct bytes){p, in.n}, &model, &scratch, &m,
                            NULL) == RC_OK);
            arena_reset(&scratch);
            p[i] = (uint8_t)(p[i] ^ 1U << bit);
        }
    arena_free(&scratch);
}

static void cut_and_damaged_messages_are_refused_or_harmless(void **state)
{
    struct arena mem = {0};
    struct message h = a_hello(), w = a_welcome(&mem), b = a_batch(&mem),
                   a = an_ack();

    (void)state;
    damage(encode(&h, &mem), &mem);
    damage(encode(&w, &mem), &mem);
    damage(encode(&b, &mem), &mem);
    damage(encode(&a, &mem), &mem);
    damage(some_states(&mem), &mem);
    arena_free(&mem);
}

static void a_bomb_of_six_bytes_is_refused_before_it_is_decoded(void **state)
{
    static const uint8_t array[] = {0xdd, 0x7f, 0xff, 0xff, 0xff, 1};
    static const uint8_t map[] = {0xdf, 0x7f, 0xff, 0xff, 0xff, 1};
    static const uint8_t text[] = {0xdb, 0xff, 0xff, 0xff, 0xff, 'a'};
    uint8_t deep[4000];
    struct arena mem = {0};
    struct message m;

    (void)state;
    memset(deep, 0x91, sizeof deep); /* arrays of one, without end */
    deep[sizeof deep - 1] = 0xc0;
    assert_int_equal(wire_get((struct bytes){array, 6}, &model, &mem, &m, NULL),
                     RC_CORRUPT);
    assert_int_equal(wire_get((struct bytes){map, 6}, &model, &mem, &m, NULL),
                     RC_CORRUPT);
    assert_int_equal(wire_get((struct bytes){text, 6}, &model, &mem, &m, NULL),
                     RC_CORRUPT);
    assert_int_equal(
        wire_get((struct bytes){deep, sizeof deep}, &model, &mem, &m, NULL),
        RC_CORRUPT);
    arena_free(&mem);
}

static void sets_in_disorder_are_refused(void **state)
{
    struct arena mem = {0};
    struct bytes members[] = {bytes_of("safety"), bytes_of("green")};
    struct write w = {
        F_THEMES, {.kind = VALUE_SET, .as.set = {members, 2}}, {0}};
    struct changeset c = {.type = &model_types[0],
                          .record = some_id(1),
                          .writes = &w,
                          .writes_n = 1};
    struct message b = {.kind = MESSAGE_BATCH,
                        .as.batch = {.device = 1,
                                     .first = 1,
                                     .types = bytes_of("model-1"),
                                     .changesets = &c,
                                     .changesets_n = 1}};
    struct message m;

    (void)state;
    assert_int_equal(wire_get(encode(&b, &mem), &model, &mem, &m, NULL),
                     RC_CORRUPT);
    arena_free(&mem);
}

/* -- the journal's own form --------------------------------------------- */

static void writes_come_back_from_the_journal(void **state)
{
    struct arena mem = {0};
    struct message m = a_batch(&mem);
    struct buf b = buf_make(message_bytes_max);
    struct changeset back;
    size_t i, n;

    (void)state;
    for (i = 0; i < 3; i++) {
        buf_clear(&b);
        writes_pack(&m.as.batch.changesets[i], &b);
        back = m.as.batch.changesets[i];
        back.writes = NULL;
        assert_int_equal(writes_unpack(&back, buf_view(&b), &mem, NULL), RC_OK);
        assert_true(changeset_eq(&back, &m.as.batch.changesets[i]));
        for (n = 0; n < b.n; n++)
            assert_int_equal(
                writes_unpack(&back, (struct bytes){b.p, n}, &mem, NULL),
                RC_CORRUPT);
    }
    buf_free(&b);
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_messages_come_back_as_they_were),
        cmocka_unit_test(a_batch_comes_back_as_it_was),
        cmocka_unit_test(states_come_back_with_all_their_heads),
        cmocka_unit_test(former_names_and_codes_are_understood),
        cmocka_unit_test(what_nobody_knows_is_named_and_harms_no_neighbour),
        cmocka_unit_test(another_version_of_the_protocol_is_told_apart),
        cmocka_unit_test(states_of_other_record_types_are_not_misread),
        cmocka_unit_test(cut_and_damaged_messages_are_refused_or_harmless),
        cmocka_unit_test(a_bomb_of_six_bytes_is_refused_before_it_is_decoded),
        cmocka_unit_test(sets_in_disorder_are_refused),
        cmocka_unit_test(writes_come_back_from_the_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
