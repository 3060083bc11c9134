/* Fields of a record, emptied at the server: what stood there is in no file of
 * its folder any more, and nobody brings it back who has not seen that. */
#define _GNU_SOURCE
#include "tests/unit/erasure_stage.h"

static struct rows_name name_of(struct stage *s, unsigned record)
{
    return (struct rows_name){s->signal, 1, record_id(record)};
}

/* The text that stands in `title`, or the photos; the other fields stay. */
static void empty(struct stage *s, unsigned record, uint16_t field)
{
    struct rows_name name = name_of(s, record);
    struct err err;

    ok(erase_fields_next(&s->s, &name, UINT64_C(1) << field, 7000, &err), &err);
}

static struct erased settle(struct stage *s)
{
    struct erased done = {0};
    struct err err;

    ok(erase_settle(s->dir, &s->s, &done, &err), &err);
    return done;
}

static struct record load(struct stage *s, unsigned record, struct arena *mem)
{
    struct id id = record_id(record);
    struct record r;
    struct err err;

    ok(rows_load(s->s.rows, s->signal, 1, &id, mem, &r, &err), &err);
    return r;
}

static bool holds(struct stage *s, unsigned record, uint16_t field,
                  const char *text)
{
    struct arena mem = {0};
    struct record r = load(s, record, &mem);
    bool held = r.fields[field].n == 1 &&
                r.fields[field].p[0].value.kind == VALUE_TEXT &&
                bytes_eq(r.fields[field].p[0].value.as.text, bytes_of(text));

    arena_free(&mem);
    return held;
}

static bool is_empty(struct stage *s, unsigned record, uint16_t field)
{
    struct arena mem = {0};
    struct record r = load(s, record, &mem);
    bool none = r.fields[field].n == 0;

    arena_free(&mem);
    return none;
}

static int on_disk(struct stage *s, const char *text)
{
    struct err err;

    ok(db_empty_log(s->s.db, &err), &err);
    return files_with(s->dir, text);
}

static void what_stood_there_is_in_no_file_and_the_rest_stays(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false, other, 0},
                            {2, "lamp", false, NULL, 0}};
    struct arena mem = {0};
    struct record r;

    hand_in(s, 1, words, 2, NULL);
    assert_true(on_disk(s, secret) > 0);
    empty(s, 1, s->title);
    assert_int_equal(settle(s).changesets, 1);
    assert_int_equal(on_disk(s, secret), 0);
    assert_true(on_disk(s, other) > 0);
    assert_true(holds(s, 1, s->note, other));
    assert_true(holds(s, 2, s->title, "lamp"));
    r = load(s, 1, &mem);
    assert_int_equal(r.version, 3);
    assert_int_equal(record_emptied(&r), UINT64_C(1) << s->title);
    arena_free(&mem);
}

static void a_write_by_one_who_had_not_seen_it_ends_in_nothing(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};
    struct words later = {1, secret, false, other, 1};

    hand_in(s, 1, &first, 1, NULL);
    empty(s, 1, s->title); /* version 2 */
    assert_int_equal(hand_in(s, 2, &later, 1, NULL), 3);
    settle(s);
    assert_true(is_empty(s, 1, s->title));
    assert_true(holds(s, 1, s->note, other));
    assert_int_equal(on_disk(s, secret), 0);
    assert_true(on_disk(s, other) > 0);
}

static void a_changeset_of_which_nothing_stays_is_kept_nowhere(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};
    struct words later = {1, secret, false, NULL, 1};

    hand_in(s, 1, &first, 1, NULL);
    empty(s, 1, s->title);
    assert_int_equal(hand_in(s, 2, &later, 1, NULL), 0);
    assert_int_equal(s->told, 1);
    assert_int_equal(on_disk(s, secret), 0);
    assert_int_equal(hand_in(s, 2, &later, 1, NULL), 0);
    assert_int_equal(s->told, 1);
}

static void who_has_seen_it_may_write_anew(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};
    struct words later = {1, other, false, NULL, 2};

    hand_in(s, 1, &first, 1, NULL);
    empty(s, 1, s->title);
    assert_int_equal(hand_in(s, 2, &later, 1, NULL), 3);
    settle(s);
    assert_true(holds(s, 1, s->title, other));
    assert_true(on_disk(s, other) > 0);
}

/* Nothing before it, too: the record may be one that nobody handed in yet. */
static void in_every_order_the_same_stays(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};
    struct words unseen = {1, secret, false, "chair", 1};
    unsigned before;

    for (before = 0; before < 3; before++) {
        uint64_t number = 1 + 2 * before;

        first.record = unseen.record = before + 1;
        unseen.base_version = 3 * before; /* `first`, or none */
        if (before == 0)
            empty(s, 1, s->title);
        hand_in(s, number, &first, 1, NULL);
        if (before == 1)
            empty(s, 2, s->title);
        hand_in(s, number + 1, &unseen, 1, NULL);
        if (before == 2)
            empty(s, 3, s->title);
    }
    settle(s);
    assert_int_equal(on_disk(s, secret), 0);
    for (before = 0; before < 3; before++) {
        assert_true(is_empty(s, before + 1, s->title));
        assert_true(holds(s, before + 1, s->note, "chair"));
    }
}

static void what_is_kept_aside_loses_it_too(void **state)
{
    static const char *refused[] = {"no rights"};
    struct stage *s = *state;
    struct words first = {1, "lamp", false, NULL, 0};
    struct words later = {1, secret, false, other, 1};

    hand_in(s, 1, &first, 1, NULL);
    assert_int_equal(hand_in(s, 2, &later, 1, refused), 0);
    assert_true(on_disk(s, secret) > 0);
    empty(s, 1, s->title);
    settle(s);
    assert_int_equal(on_disk(s, secret), 0);
    assert_int_equal(hand_in(s, 3, &later, 1, refused), 0);
    assert_int_equal(on_disk(s, secret), 0);
    assert_true(on_disk(s, other) > 0);
}

static void a_repeated_batch_is_answered_as_before_and_brings_nothing_back(
    void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false, other, 0},
                            {2, "lamp", false, NULL, 0}};

    assert_int_equal(hand_in(s, 1, words, 1, NULL), 1);
    empty(s, 1, s->title);
    settle(s);
    assert_int_equal(hand_in(s, 1, words, 1, NULL), 1);
    assert_int_equal(hand_in(s, 1, words, 2, NULL), 3);
    assert_int_equal(on_disk(s, secret), 0);
    assert_true(holds(s, 1, s->note, other));
}

static void a_crash_before_the_journal_is_emptied_leaves_it_due(void **state)
{
    struct stage *s = *state;
    struct words words = {1, secret, false, NULL, 0};
    struct erased done;
    struct err err;

    hand_in(s, 1, &words, 1, NULL);
    empty(s, 1, s->title);
    store_close(&s->s);
    open_store(s);
    assert_true(on_disk(s, secret) > 0);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.changesets, 1);
    assert_int_equal(on_disk(s, secret), 0);
}

static void a_backup_put_back_is_emptied_again_as_of_the_same_version(
    void **state)
{
    struct stage *s = *state;
    struct words words = {1, secret, false, other, 0};
    struct words edit = {1, secret, false, NULL, 1};
    struct words unseen = {1, secret, false, NULL, 2}; /* it saw the edit */
    struct words later = {1, "chair", false, NULL, 3};
    struct erased done;
    struct err err;

    hand_in(s, 1, &words, 1, NULL);
    copy_store(s, false);
    open_store(s);
    hand_in(s, 2, &edit, 1, NULL);
    empty(s, 1, s->title); /* version 3; 2 in what was put back */
    settle(s);
    assert_int_equal(hand_in(s, 3, &later, 1, NULL), 4);
    copy_store(s, true);
    open_store(s);
    assert_true(on_disk(s, secret) > 0);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    ok(store_new_epoch(&s->s, &err), &err);
    assert_int_equal(on_disk(s, secret), 0);
    assert_true(holds(s, 1, s->note, other));
    /* What came after is handed in again, and stays; the unseen does not. */
    assert_int_equal(hand_in(s, 2, &unseen, 1, NULL), 0);
    assert_int_not_equal(hand_in(s, 3, &later, 1, NULL), 0);
    assert_true(holds(s, 1, s->title, "chair"));
    ok(erase_again(s->dir, &s->s, 9000, &done, &err), &err);
    assert_true(holds(s, 1, s->title, "chair"));
}

/* -- in a transaction of somebody else ---------------------------------- */

struct failing {
    struct merge_job job;
    struct stage *s;
    enum rc end;
};

static enum rc empty_and_end(struct merge_job *job, struct store *store,
                             struct err *err)
{
    struct failing *f = (struct failing *)job;
    struct rows_name name = name_of(f->s, 1);
    enum rc rc = erase_fields_next(
        store, &name, UINT64_C(1) << f->s->title | UINT64_C(1) << f->s->photo,
        7000, err);

    job->wrote = true;
    return rc != RC_OK ? rc
                       : (f->end == RC_OK ? RC_OK : err_set(err, f->end, "no"));
}

static void a_transaction_that_fails_empties_nothing(void **state)
{
    struct stage *s = *state;
    char photo[DIGEST_HEX_CHARS + 1];
    struct words words[] = {{1, secret, false, NULL, 0},
                            {1, photo, true, NULL, 0}};
    struct failing f = {
        .job = {.run = empty_and_end, .done = nothing}, .s = s, .end = RC_FULL};

    put_photo(s, other, photo);
    hand_in(s, 1, words, 2, NULL);
    merge_jobs_do(&s->s, &f.job);
    settle(s);
    assert_true(holds(s, 1, s->title, secret));
    assert_int_equal(files_with(s->dir, other), 1);
    f.end = RC_OK;
    merge_jobs_do(&s->s, &f.job);
    assert_int_equal(f.job.rc, RC_OK);
    assert_int_equal(settle(s).attachments, 1);
    assert_true(is_empty(s, 1, s->title));
    assert_int_equal(on_disk(s, secret), 0);
    assert_int_equal(files_with(s->dir, other), 0);
}

static void photos_stay_while_another_record_names_them(void **state)
{
    struct stage *s = *state;
    char photo[DIGEST_HEX_CHARS + 1];
    struct words words[] = {{1, photo, true, NULL, 0},
                            {2, photo, true, NULL, 0}};

    put_photo(s, other, photo);
    hand_in(s, 1, words, 2, NULL);
    empty(s, 1, s->photo);
    settle(s);
    assert_int_equal(files_with(s->dir, other), 1);
    empty(s, 2, s->photo);
    settle(s);
    assert_int_equal(files_with(s->dir, other), 0);
}

static void an_erased_record_is_not_emptied_and_takes_no_version(void **state)
{
    struct stage *s = *state;
    struct rows_name name = name_of(s, 1);
    struct erased done;
    uint64_t version = 1;
    struct err err;

    ok(erase_records(s->dir, &s->s, &name, 1, 7000, &done, &err), &err);
    ok(erase_fields(&s->s, &name, UINT64_MAX, &version, 7000, &err), &err);
    assert_int_equal(version, 1);
}

/* The core itself, whoever calls it. */
static void nothing_unseen_is_merged_into_an_emptied_field(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id id = record_id(1);
    struct record r = record_new(s->signal, &id, 1, &mem);
    struct write w[] = {{s->title, value_text(secret), {0}},
                        {s->note, value_text(other), {0}}};
    struct changeset c = {.device = 1,
                          .number = 1,
                          .area = 1,
                          .type = s->signal,
                          .record = id,
                          .base_version = 3,
                          .writes = w,
                          .writes_n = 2};

    record_empty(&r, UINT64_C(1) << s->title, 4);
    merge_apply(&r, &c, 5, &mem);
    assert_int_equal(r.fields[s->title].n, 0);
    assert_int_equal(r.fields[s->note].n, 1);
    c.number = 2;
    c.base_version = 4;
    merge_apply(&r, &c, 6, &mem);
    assert_int_equal(r.fields[s->title].n, 1);
    arena_free(&mem);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_stood_there_is_in_no_file_and_the_rest_stays),
        CASE(a_write_by_one_who_had_not_seen_it_ends_in_nothing),
        CASE(a_changeset_of_which_nothing_stays_is_kept_nowhere),
        CASE(who_has_seen_it_may_write_anew),
        CASE(in_every_order_the_same_stays),
        CASE(what_is_kept_aside_loses_it_too),
        CASE(a_repeated_batch_is_answered_as_before_and_brings_nothing_back),
        CASE(a_crash_before_the_journal_is_emptied_leaves_it_due),
        CASE(a_backup_put_back_is_emptied_again_as_of_the_same_version),
        CASE(a_transaction_that_fails_empties_nothing),
        CASE(photos_stay_while_another_record_names_them),
        CASE(an_erased_record_is_not_emptied_and_takes_no_version),
        CASE(nothing_unseen_is_merged_into_an_emptied_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
