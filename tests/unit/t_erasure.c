/* Erasure at the server: what was written is in no file of its folder any
 * more, and nothing that comes later brings it back. */
#define _GNU_SOURCE
#include "tests/unit/erasure_stage.h"

static struct erased erase(struct stage *s, unsigned record)
{
    struct rows_name name = {s->signal, 1, record_id(record)};
    struct erased done;
    struct err err;

    ok(erase_records(s->dir, &s->s, &name, 1, 7000, &done, &err), &err);
    return done;
}

static void what_was_written_is_in_no_file_any_more(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false, NULL, 0},
                            {2, other, false, NULL, 0}};
    struct record r;
    struct arena mem = {0};
    struct id id = record_id(1);
    struct erased done;
    struct err err;

    assert_int_equal(hand_in(s, 1, words, 2, NULL), 2);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_true(files_with(s->dir, secret) > 0);
    done = erase(s, 1);
    assert_int_equal(done.records, 1);
    assert_int_equal(done.changesets, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_true(files_with(s->dir, other) > 0);
    ok(rows_load(s->s.rows, s->signal, 1, &id, &mem, &r, &err), &err);
    assert_true(r.erased);
    assert_int_equal(r.version, 3);
    arena_free(&mem);
}

static void what_comes_later_is_acknowledged_and_kept_nowhere(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};
    struct words later[] = {{2, other, false, NULL, 0},
                            {1, secret, false, NULL, 0}};
    struct err err;

    hand_in(s, 1, &first, 1, NULL);
    erase(s, 1);
    assert_int_equal(hand_in(s, 2, later, 2, NULL), 0);
    assert_int_equal(s->told, 0); /* it is not kept aside */
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_true(files_with(s->dir, other) > 0);
}

/* Whatever is wrong with it besides. */
static void what_would_be_kept_aside_is_kept_nowhere_either(void **state)
{
    static const char *refused[] = {"no rights"};
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0},
                 later = {1, secret, false, NULL, 0};
    struct err err;

    hand_in(s, 1, &first, 1, NULL);
    erase(s, 1);
    assert_int_equal(hand_in(s, 2, &later, 1, refused), 0);
    assert_int_equal(s->told, 0);
    assert_int_equal(hand_in(s, 2, &later, 1, refused), 0); /* again */
    assert_int_equal(s->told, 0);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
}

/* A batch whose answer was lost comes again, with more behind it. */
static void a_repeated_batch_does_not_bring_it_back(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false, NULL, 0},
                            {2, other, false, NULL, 0}};
    struct err err;

    hand_in(s, 1, words, 1, NULL);
    erase(s, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_int_equal(hand_in(s, 1, words, 2, NULL), 3);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_true(files_with(s->dir, other) > 0);
    assert_int_equal(hand_in(s, 1, words, 2, NULL), 3);
}

static void a_record_that_nobody_handed_in_yet_can_be_erased(void **state)
{
    struct stage *s = *state;
    struct words later = {1, secret, false, NULL, 0};

    erase(s, 1);
    assert_int_equal(hand_in(s, 1, &later, 1, NULL), 0);
    assert_int_equal(files_with(s->dir, secret), 0);
}

static void twice_is_once(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};

    hand_in(s, 1, &first, 1, NULL);
    assert_int_equal(erase(s, 1).records, 1);
    assert_int_equal(erase(s, 1).records, 0);
}

static void a_backup_put_back_is_erased_again(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false, NULL, 0},
                            {2, other, false, NULL, 0}};
    struct erased done;
    struct err err;

    hand_in(s, 1, words, 2, NULL);
    copy_store(s, false);
    open_store(s);
    erase(s, 1);
    copy_store(s, true);
    open_store(s);
    assert_true(files_with(s->dir, secret) > 0);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.records, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    ok(erase_again(s->dir, &s->s, 9000, &done, &err), &err);
    assert_int_equal(done.records, 0);
}

static void half_a_line_in_the_list_is_no_erasure(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false, NULL, 0},
                            {2, other, false, NULL, 0}};
    char path[300], line[200], text[ID_TEXT_CHARS + 1];
    struct id id = record_id(2);
    struct erased done;
    struct err err;

    hand_in(s, 1, words, 2, NULL);
    snprintf(path, sizeof path, "%s/erasures", s->dir);
    ok(file_append(path, bytes_of("\n1 sig"), 0600, &err), &err);
    /* Of a field that was emptied: never the erasure of all of the record. */
    snprintf(line, sizeof line, "\n1 signal %s 17900", id_text(&id, text));
    ok(file_append(path, bytes_of(line), 0600, &err), &err);
    snprintf(line, sizeof line, "\n1 signal %s 1790000000000 2 ", text);
    ok(file_append(path, bytes_of(line), 0600, &err), &err);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.records, 0);
    erase(s, 1);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.records, 0);
}

static void photos_go_unless_another_record_names_them(void **state)
{
    struct stage *s = *state;
    char own[DIGEST_HEX_CHARS + 1], shared[DIGEST_HEX_CHARS + 1];
    struct words words[] = {{1, own, true, NULL, 0},
                            {2, shared, true, NULL, 0},
                            {3, shared, true, NULL, 0}};

    put_photo(s, secret, own);
    put_photo(s, other, shared);
    hand_in(s, 1, words, 3, NULL);
    assert_int_equal(files_with(s->dir, secret), 1);
    assert_int_equal(erase(s, 1).attachments, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_int_equal(erase(s, 2).attachments, 0);
    assert_int_equal(files_with(s->dir, other), 1);
    assert_int_equal(erase(s, 3).attachments, 1);
    assert_int_equal(files_with(s->dir, other), 0);
}

/* The core itself, whoever calls it. */
static void nothing_is_merged_into_an_erased_record(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id id = record_id(1);
    struct record r = record_new(s->signal, &id, 1, &mem);
    struct write w = {s->title, value_text(secret), {0}};
    struct changeset c = {.device = 1,
                          .number = 1,
                          .area = 1,
                          .type = s->signal,
                          .record = id,
                          .writes = &w,
                          .writes_n = 1};

    record_erase(&r, 4);
    merge_apply(&r, &c, 5, &mem);
    assert_false(record_exists(&r));
    assert_int_equal(r.version, 4);
    arena_free(&mem);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_in_no_file_any_more),
        CASE(what_comes_later_is_acknowledged_and_kept_nowhere),
        CASE(what_would_be_kept_aside_is_kept_nowhere_either),
        CASE(a_repeated_batch_does_not_bring_it_back),
        CASE(a_record_that_nobody_handed_in_yet_can_be_erased),
        CASE(twice_is_once),
        CASE(a_backup_put_back_is_erased_again),
        CASE(half_a_line_in_the_list_is_no_erasure),
        CASE(photos_go_unless_another_record_names_them),
        CASE(nothing_is_merged_into_an_erased_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
