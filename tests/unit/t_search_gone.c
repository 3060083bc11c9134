/* Words that are gone (server/search.h), in every way in which a record
 * changes: not found any more, and after an erasure in no byte of the index. */
#define _GNU_SOURCE
#include "tests/unit/search_stage.h"

/* -- every way in which a record changes -------------------------------- */

static void what_was_written_over_is_no_longer_found(void **state)
{
    struct stage *s = *state;

    write_title(s, 1, 1, "lamp", 0);
    expect(s, "lamp", 1);
    write_title(s, 2, 1, "fiets", 1);
    expect(s, "lamp", 0);
    expect(s, "fiets", 1);
    write_title(s, 3, 1, "lamp", 2);
    expect(s, "lamp", 1);
}

static void a_deletion_hides_and_who_goes_on_writing_brings_back(void **state)
{
    struct stage *s = *state;
    struct write w = {FIELD_DELETED, value_int(1), {0}};
    struct changeset c = {.clock = 9,
                          .type = s->signal,
                          .record = record_id(1),
                          .base_version = 1,
                          .writes = &w,
                          .writes_n = 1};

    write_title(s, 1, 1, "lamp", 0);
    expect(s, "lamp", 1);
    hand_in_all(s, 2, &c, 1, NULL);
    expect(s, "lamp", 0);
    write_title(s, 3, 1, "lamp en bank", 2);
    expect(s, "lamp", 1);
}

/* A word in lower case, for that is how the index holds it; whatever FTS5 left
 * of its beginning, which it shares with others. */
static const char gone[] = "q7zk2wm9xv4tb8rn";

static bool in_the_files(struct stage *s)
{
    struct err err;

    ok(db_checkpoint(s->s.db, &err), &err);
    return files_with(s->dir, gone + 6) > 0;
}

/* A store with other notes, in a few heaps of the index, and one of them with
 * the word; its text was another before. */
static void fill(struct stage *s)
{
    unsigned i;

    for (i = 1; i <= 12; i++) {
        write_title(s, i, i, i == 5 ? gone : "q7zk een lamp", 0);
        if (i % 4 == 0)
            follow(s);
    }
    assert_int_equal(hits(s, gone), 1);
    assert_true(in_the_files(s));
}

static void erase(struct stage *s, unsigned record)
{
    struct rows_name name = {s->signal, 1, record_id(record)};
    struct erased done;
    struct err err;

    ok(erase_records(s->dir, &s->s, &name, 1, 7000, &done, &err), &err);
}

static void a_word_of_an_erased_record_is_in_no_byte_of_the_index(void **state)
{
    struct stage *s = *state;

    fill(s);
    erase(s, 5);
    expect(s, gone, 0);
    assert_false(in_the_files(s));
    expect(s, "lamp", 11);
}

/* It stood in the record once, and the index threw it away long ago. */
static void nor_is_one_that_was_written_over_before(void **state)
{
    struct stage *s = *state;

    fill(s);
    write_title(s, 13, 5, "iets anders", 5);
    follow(s);
    assert_true(in_the_files(s));
    erase(s, 5);
    assert_false(in_the_files(s));
}

static void a_word_of_an_emptied_field_goes_in_steps(void **state)
{
    struct stage *s = *state;
    struct rows_name name = {s->signal, 1, record_id(5)};
    struct settling t;
    bool more = true;
    unsigned steps = 0;
    struct err err;

    fill(s);
    ok(erase_fields_next(&s->s, &name, UINT64_C(1) << s->title, 7000, &err),
       &err);
    assert_int_equal(hits(s, gone), 0); /* at once */
    settling_begin(&t, s->dir, &s->s);
    for (; more; steps++)
        ok(settling_step(&t, &more, &err), &err);
    settling_free(&t);
    assert_true(steps > 3);
    expect(s, gone, 0);
    assert_false(in_the_files(s));
}

/* The same for all of a record, as retention does it; and a crash in between:
 * that it is due stands in the store. */
static void a_purge_that_was_broken_off_is_done_by_the_next(void **state)
{
    struct stage *s = *state;
    struct rows_name name = {s->signal, 1, record_id(5)};
    bool more;
    struct err err;

    fill(s);
    ok(erase_record_next(&s->s, &name, 7000, &err), &err);
    follow(s);
    ok(search_purge(&s->s, &more, &err), &err); /* has begun */
    store_close(&s->s);
    open_store(s);
    ok(erase_settle(s->dir, &s->s, NULL, &err), &err);
    expect(s, gone, 0);
    assert_false(in_the_files(s));
}

static void what_is_erased_while_it_purges_is_purged_too(void **state)
{
    struct stage *s = *state;
    struct rows_name first = {s->signal, 1, record_id(1)};
    struct rows_name second = {s->signal, 1, record_id(5)};
    bool more = true;
    struct err err;

    fill(s);
    ok(erase_record_next(&s->s, &first, 7000, &err), &err);
    follow(s);
    ok(search_purge(&s->s, &more, &err), &err);
    ok(erase_record_next(&s->s, &second, 7000, &err), &err);
    ok(erase_settle(s->dir, &s->s, NULL, &err), &err);
    assert_false(in_the_files(s));
}

/* -- other types, older stores ------------------------------------------ */

static void a_store_without_an_index_is_searched_all_the_same(void **state)
{
    struct stage *s = *state;
    struct err err;

    write_title(s, 1, 1, "lamp", 0);
    follow(s);
    ok(db_run(s->s.db, SQL("UPDATE search_state SET types = 'others'"), &err),
       &err);
    store_close(&s->s);
    open_store(s);
    expect(s, "lamp", 1);
}

static void a_backup_that_was_put_back_is_followed_again(void **state)
{
    struct stage *s = *state;
    struct err err;

    write_title(s, 1, 1, "lamp", 0);
    follow(s);
    ok(store_new_epoch(&s->s, &err), &err);
    write_title(s, 2, 2, "lamp", 0);
    expect(s, "lamp", 2);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_over_is_no_longer_found),
        CASE(a_deletion_hides_and_who_goes_on_writing_brings_back),
        CASE(a_word_of_an_erased_record_is_in_no_byte_of_the_index),
        CASE(nor_is_one_that_was_written_over_before),
        CASE(a_word_of_an_emptied_field_goes_in_steps),
        CASE(a_purge_that_was_broken_off_is_done_by_the_next),
        CASE(what_is_erased_while_it_purges_is_purged_too),
        CASE(a_store_without_an_index_is_searched_all_the_same),
        CASE(a_backup_that_was_put_back_is_followed_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
