/* What a device drops of a record of which fields were emptied. */
#include "tests/unit/local_stage.h"

/* The record as emptied at `version`; another device wrote `note` before. */
static void pull_emptied(struct stage *s, unsigned n, const char *name,
                         uint64_t version)
{
    struct write w = {.field = field(s, "note"), .value = value_text("theirs")};
    struct id id = record_id(n);
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct changeset c = {.device = 9,
                          .number = 1,
                          .clock = 1,
                          .area = AREA,
                          .type = s->signal,
                          .record = id,
                          .writes = &w,
                          .writes_n = 1};
    struct states st = {
        .area = AREA, .upto = version, .records = &r, .records_n = 1};
    struct err err;

    merge_apply(&r, &c, 1, &s->mem);
    record_empty(&r, UINT64_C(1) << field(s, name), version);
    ok(local_apply(&s->l, &st, 1790000000000, &s->mem, &err), &err);
}

/* In how many rows of the journal, and of what was pulled, does it stand? */
static int64_t rows_with(struct stage *s, const char *text)
{
    struct db_query *q =
        db_query(s->l.db, SQL("SELECT (SELECT count(*) FROM journal WHERE"
                              " instr(writes, CAST(:text AS BLOB)) > 0)"
                              " + (SELECT count(*) FROM pulled WHERE"
                              " instr(frozen, CAST(:text AS BLOB)) > 0) AS n"));
    int64_t n = 0;
    struct err err;

    db_bind_text(q, "text", text);
    if (db_row(q))
        n = db_i64(q, "n");
    ok(db_done(q, &err), &err);
    return n;
}

static void own_work_in_the_field_goes_and_the_rest_stays(void **state)
{
    struct stage *s = *state;

    pull(s, 1, "title", "secret theirs", 5, NULL, 0);
    save(s, 1, "title", "secret handed in");
    acknowledge(s, 1, 1, 6);
    save(s, 1, "title", "secret waiting");
    save(s, 1, "description", "waits");
    assert_int_equal(rows_with(s, "secret"), 3);
    pull_emptied(s, 1, "title", 7);
    assert_int_equal(rows_with(s, "secret"), 0);
    assert_string_equal(shown(s, 1, "title"), "");
    assert_string_equal(shown(s, 1, "description"), "waits");
    assert_string_equal(shown(s, 1, "note"), "theirs");
    assert_int_equal(counts(s).waiting, 2); /* the numbers stay */
    assert_int_equal(batch_size(s, 2), 2);
}

/* It was acknowledged as a later version than the emptying, without the field:
 * its device had not seen it. */
static void what_was_handed_in_unseen_is_not_laid_over_it(void **state)
{
    struct stage *s = *state;

    pull(s, 1, "title", "theirs", 5, NULL, 0);
    save(s, 1, "title", "secret");
    acknowledge(s, 1, 1, 8);
    pull_emptied(s, 1, "title", 7);
    assert_string_equal(shown(s, 1, "title"), "");
    assert_int_equal(rows_with(s, "secret"), 0);
}

static void what_is_written_after_it_is_kept(void **state)
{
    struct stage *s = *state;

    pull(s, 1, "title", "theirs", 5, NULL, 0);
    pull_emptied(s, 1, "title", 7);
    assert_int_equal(save(s, 1, "title", "anew").base_version, 7);
    assert_string_equal(shown(s, 1, "title"), "anew");
    pull_emptied(s, 1, "title", 7); /* once more, after a lost answer */
    assert_string_equal(shown(s, 1, "title"), "anew");
    assert_int_equal(rows_with(s, "anew"), 1);
    pull_emptied(s, 1, "title", 9);
    assert_string_equal(shown(s, 1, "title"), "");
    assert_int_equal(rows_with(s, "anew"), 0);
}

static void the_emptied_record_goes_through_row_and_message_alike(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);
    struct local_record r;
    struct record back;
    struct value columns[fields_per_type_max] = {{0}};
    struct buf meta = buf_make(message_bytes_max);
    struct err err;

    pull_emptied(s, 1, "title", 7);
    ok(local_load(&s->l, s->signal, AREA, &id, &s->mem, &r, &err), &err);
    assert_int_equal(r.pulled.fields[field(s, "title")].emptied, 7);
    assert_int_equal(r.pulled.version, 7);
    columns[field(s, "note")] = value_text("theirs");
    record_pack(&r.pulled, &s->mem, &meta);
    back = r.pulled;
    ok(record_unpack(&back, buf_view(&meta), columns, &s->mem, &err), &err);
    assert_true(record_eq(&back, &r.pulled));
    back.fields[field(s, "title")].emptied = 6;
    assert_false(record_eq(&back, &r.pulled));
    buf_free(&meta);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(own_work_in_the_field_goes_and_the_rest_stays),
        CASE(what_was_handed_in_unseen_is_not_laid_over_it),
        CASE(what_is_written_after_it_is_kept),
        CASE(the_emptied_record_goes_through_row_and_message_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
