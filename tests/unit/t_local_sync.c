/* The device's own store through what a sync can bring: areas withdrawn, a
 * server from a backup, clocks that are off, record types that do not fit. */
#include "schema/schema.h"
#include "sync/limits.h"
#include "tests/unit/local_stage.h"

static const uint64_t noon = 1790000000000;
static const uint64_t day = 86400000;

static void acknowledge_at(struct stage *s, uint64_t number, uint64_t version,
                           uint64_t now_ms)
{
    struct ack_range range = {number, number, version};
    struct ack a = {.device = 3, .area = AREA, .ranges = &range, .ranges_n = 1};
    struct err err;

    ok(local_ack(&s->l, &a, now_ms, &s->mem, &err), &err);
}

/* What was handed in but not pulled yet is a base; what waits is none. */
static void the_base_of_a_record_never_pulled_is_what_was_handed_in(
    void **state)
{
    struct stage *s = *state;
    struct changeset c;

    save(s, 1, "description", "Dark.");
    c = save(s, 1, "description", "Dark. Wet.");
    assert_int_equal(c.writes[0].base.kind, VALUE_NULL);
    assert_int_equal(c.base_version, 0);
    acknowledge(s, 1, 1, 7);
    c = save(s, 1, "description", "Wet.");
    assert_int_equal(c.writes[0].base.kind, VALUE_TEXT);
    assert_true(bytes_eq(c.writes[0].base.as.text, bytes_of("Dark.")));
}

static void a_withdrawn_area_keeps_its_numbers_and_nothing_else(void **state)
{
    struct stage *s = *state;
    struct batch b;
    struct err err;

    save(s, 1, "title", "a secret");
    acknowledge(s, 1, 1, 7);
    greet(s, 55, 1, false, 0);
    assert_string_equal(shown(s, 1, "title"), "-");
    greet(s, 56, 0, true, 0); /* a server that lost number 1 */
    ok(local_batch(&s->l, 1, batch_bytes_target, &s->mem, &b, &err), &err);
    assert_int_equal(b.changesets_n, 1);
    assert_int_equal(b.first, 1);
    assert_int_equal(b.changesets[0].writes_n, 0);
}

static void what_came_back_is_kept_for_its_days_and_then_forgotten(void **state)
{
    struct stage *s = *state;

    save(s, 1, "title", "lamp");
    save(s, 2, "title", "tree");
    acknowledge_at(s, 1, 7, noon);
    pull(s, 9, "title", "theirs", 9, NULL, 0); /* the cursor is past it */
    pull(s, 1, "title", "theirs", 10, NULL, 0);
    save(s, 3, "title", "bench");
    acknowledge_at(s, 2, 11, noon + journal_keep_days * day);
    assert_int_equal(batch_size(s, 1), 3);
    acknowledge_at(s, 3, 12, noon + journal_keep_days * day + 1);
    assert_int_equal(batch_size(s, 1), 2); /* from 2 on */
}

static void what_did_not_come_back_is_never_forgotten(void **state)
{
    struct stage *s = *state;

    save(s, 1, "title", "lamp");
    save(s, 2, "title", "tree");
    acknowledge_at(s, 1, 7, noon);
    acknowledge_at(s, 2, 8, noon + 1000 * day);
    assert_int_equal(batch_size(s, 1), 2);
}

static void the_clocks_of_others_are_followed_but_not_for_a_year(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);
    struct write w = {.field = field(s, "title"), .value = value_text("x")};
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct changeset c = {.device = 9,
                          .number = 1,
                          .clock = (noon + 60000) << 16,
                          .area = AREA,
                          .type = s->signal,
                          .record = id,
                          .writes = &w,
                          .writes_n = 1};
    struct states st = {.area = AREA, .upto = 5, .records = &r, .records_n = 1};
    struct err err;
    hlc_stamp mine;

    merge_apply(&r, &c, 5, &s->mem);
    ok(local_apply(&s->l, &st, noon, &s->mem, &err), &err);
    mine = save(s, 1, "title", "y").clock;
    assert_true(mine > c.clock);
    c.number = 2;
    c.clock = (noon + 365 * day) << 16;
    merge_apply(&r, &c, 6, &s->mem);
    ok(local_apply(&s->l, &st, noon, &s->mem, &err), &err);
    assert_true(save(s, 1, "title", "z").clock < c.clock);
}

static void a_server_that_lost_nothing_asks_for_nothing_twice(void **state)
{
    struct stage *s = *state;
    struct session_self self;
    struct err err;

    save(s, 1, "title", "a");
    acknowledge(s, 1, 1, 5);
    greet(s, 55, 1, false, 1);
    ok(local_self(&s->l, &self, &err), &err);
    assert_int_equal(self.acked, 1);
}

static void another_role_takes_off_what_the_old_one_saw(void **state)
{
    struct stage *s = *state;
    struct welcome w = {
        .epoch = 55, .user = bytes_of("w"), .role = ROLE_EXTERNAL};
    struct area_info area = {.number = AREA,
                             .slug = bytes_of("selwerd"),
                             .name = bytes_of("Selwerd")};
    uint64_t cursor;
    struct err err;

    pull(s, 1, "title", "theirs", 5, NULL, 0);
    save(s, 2, "title", "handed in");
    acknowledge(s, 1, 1, 6);
    save(s, 3, "title", "waits");
    w.areas = &area;
    w.areas_n = 1;
    ok(local_welcome(&s->l, &w, false, &err), &err);
    assert_string_equal(shown(s, 1, "title"), "-");
    assert_string_equal(shown(s, 2, "title"), "-");
    assert_string_equal(shown(s, 3, "title"), "waits");
    ok(local_cursor(&s->l, AREA, &cursor, &err), &err);
    assert_int_equal(cursor, 0);
    assert_int_equal(counts(s).waiting, 1);
}

static void a_damaged_record_keeps_the_cursor_where_it_is(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct states st = {.area = AREA, .upto = 9, .records = &r, .records_n = 1};
    uint64_t cursor;
    struct err err;

    pull(s, 1, "title", "theirs", 5, NULL, 0);
    save(s, 1, "description", "Mine.");
    ok(db_run(s->l.db, SQL("UPDATE signal SET meta = X'FF'"), &err), &err);
    ok(db_run(s->l.db, SQL("UPDATE journal SET writes = X'FF'"), &err), &err);
    r.version = 9;
    assert_int_equal(local_apply(&s->l, &st, noon, &s->mem, &err), RC_CORRUPT);
    ok(local_cursor(&s->l, AREA, &cursor, &err), &err);
    assert_int_equal(cursor, 5);
}

static void types_that_do_not_compile_change_nothing(void **state)
{
    struct stage *s = *state;
    struct err err;

    save(s, 1, "title", "lamp");
    assert_int_equal(
        local_types_set(&s->l, bytes_of("--- # a.yaml\ntype: [\n"), &err),
        RC_INVALID);
    assert_non_null(s->l.db);
    s->signal = shape_type_named(s->l.shape, bytes_of("signal"));
    assert_string_equal(shown(s, 1, "title"), "lamp");
    assert_int_equal(save(s, 2, "title", "tree").number, 2);
}

/* Is this the name of the record type: of its file, where it is defined, or
 * where a reference names it? */
static bool names_signal(const char *line, const char *at)
{
    return strncmp(at, "signal", 6) == 0 && strchr(" [", at[-1]) != NULL &&
           strchr(",].\n", at[6]) != NULL &&
           (strncmp(line, "---", 3) == 0 || strncmp(line, "type:", 5) == 0 ||
            strncmp(line + strspn(line, " "), "to:", 3) == 0);
}

/* The bundle that ships, with signals by another name. */
static void rename_signals(struct stage *s)
{
    struct bytes b = schema_builtin_bundle();
    const char *text = arena_text(&s->mem, (const char *)b.p, b.n);
    const char *line = text, *at;
    struct buf out = buf_make(types_bundle_bytes_max);
    struct err err;

    for (at = text; *at != '\0'; at++) {
        if (at > text && at[-1] == '\n')
            line = at;
        if (at > text && names_signal(line, at)) {
            buf_puts(&out, strncmp(line, "type:", 5) == 0
                               ? "sign\nwas: [signal]"
                               : "sign");
            at += 5;
        } else {
            buf_put(&out, at, 1);
        }
    }
    ok(local_types_set(&s->l, buf_view(&out), &err), &err);
    buf_free(&out);
    s->signal = shape_type_named(s->l.shape, bytes_of("sign"));
    assert_non_null(s->signal);
}

/* Two windows on one device: what the one saves with newer record types is not
 * damaged because the other does not know them. */
static void a_program_that_another_one_overtook_says_so(void **state)
{
    struct stage *s = *state, late = {0};
    struct changeset c = {.area = AREA, .record = {{1}}};
    struct write w = {.field = FIELD_DELETED, .value = value_int(1)};
    struct local_record r;
    struct err err;
    bool hold;

    c.writes = &w;
    c.writes_n = 1;
    save(s, 1, "title", "lamp");
    ok(local_open(s->dir, NULL, &late.l, &err), &err);
    ok(local_types_hold(&late.l, &hold, &err), &err);
    assert_true(hold);
    rename_signals(s);
    save(s, 1, "title", "tree");
    ok(local_types_hold(&late.l, &hold, &err), &err);
    assert_false(hold);
    c.type = shape_type_named(late.l.shape, bytes_of("signal"));
    assert_int_equal(
        local_load(&late.l, c.type, AREA, &c.record, &s->mem, &r, &err),
        RC_OUTDATED);
    assert_int_equal(local_save(&late.l, &c, noon, &s->mem, &err), RC_OUTDATED);
    assert_non_null(strstr(err.text, "start it again"));
    local_close(&late.l);
}

/* Else own work would be taken for pulled: a wrong base, and twice there. */
static void what_was_pulled_of_a_renamed_type_is_still_known(void **state)
{
    struct stage *s = *state;
    struct changeset c;
    struct bytes base;

    pull(s, 1, "description", "Dark.", 5, NULL, 0);
    save(s, 1, "description", "Dark. Wet.");
    rename_signals(s);
    c = save(s, 1, "description", "Dark. Wet. Cold.");
    assert_int_equal(c.base_version, 5);
    base = c.writes[0].base.as.text;
    assert_int_equal(c.writes[0].base.kind, VALUE_TEXT);
    assert_memory_equal(base.p, "Dark.", base.n);
    assert_int_equal(base.n, 5);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(the_base_of_a_record_never_pulled_is_what_was_handed_in),
        CASE(a_withdrawn_area_keeps_its_numbers_and_nothing_else),
        CASE(what_came_back_is_kept_for_its_days_and_then_forgotten),
        CASE(what_did_not_come_back_is_never_forgotten),
        CASE(the_clocks_of_others_are_followed_but_not_for_a_year),
        CASE(a_server_that_lost_nothing_asks_for_nothing_twice),
        CASE(another_role_takes_off_what_the_old_one_saw),
        CASE(a_damaged_record_keeps_the_cursor_where_it_is),
        CASE(types_that_do_not_compile_change_nothing),
        CASE(a_program_that_another_one_overtook_says_so),
        CASE(what_was_pulled_of_a_renamed_type_is_still_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
