/* Encryption at rest: what is on the disk tells nothing, and a crash loses
 * nothing. */
#include "tests/unit/db_crypt_stage.h"

/* -- what is there ------------------------------------------------------ */

static void what_was_written_is_read_again_with_its_key(void **state)
{
    static const unsigned sizes[] = {1024, 4096, 8192, 65536};
    struct db_options o = sealed;
    struct stage *s = *state;
    struct db *db;
    struct err err;
    size_t i;

    for (i = 0; i < countof(sizes); i++) {
        o.page_size = sizes[i];
        ok(db_open(s->path, o, &db, &err), &err);
        fill(db, ROWS);
        assert_int_equal(rows_read(db, &err), ROWS);
        db_close(db);
        /* Whatever size of page is asked for: the file knows. */
        assert_int_equal(rows_of(s, &err), ROWS);
        unlink(s->path);
    }
}

static void nothing_without_the_right_key(void **state)
{
    static const uint8_t other[32] = {7, 1, 8};
    struct db_options o = sealed;
    struct stage *s = *state;
    struct db *db = opened(s);
    struct err err;

    fill(db, ROWS);
    db_close(db);
    o.key = other;
    assert_int_equal(db_open(s->path, o, &db, &err), RC_CORRUPT);
    assert_non_null(strstr(err.text, "belongs to another key"));
    o.key = NULL;
    assert_int_equal(db_open(s->path, o, &db, &err), RC_CORRUPT);
    assert_int_equal(rows_of(s, &err), ROWS);
}

static void a_log_is_not_read_with_another_key(void **state)
{
    static const uint8_t other[32] = {7, 1, 8};
    struct db_options o = sealed;
    struct stage *s = *state;
    struct db *db;
    struct err err;

    dying(s, leave_twelve_in_the_log);
    o.key = other;
    assert_int_equal(db_open(s->path, o, &db, &err), RC_CORRUPT);
}

static void a_plain_database_is_not_taken_for_ours(void **state)
{
    struct db_options o = sealed;
    struct stage *s = *state;
    struct db *db;
    struct err err;

    o.key = NULL;
    ok(db_open(s->path, o, &db, &err), &err);
    fill(db, 1);
    db_close(db);
    assert_int_equal(db_open(s->path, sealed, &db, &err), RC_CORRUPT);
    assert_non_null(strstr(err.text, "not encrypted"));
}

/* -- what it tells ------------------------------------------------------ */

static void everything_at_once(const struct stage *s)
{
    struct db *db = opened(s);
    struct err err;

    fill(db, 40);
    script(db, "WITH RECURSIVE n(i) AS (VALUES (100) UNION ALL SELECT i + 1"
               " FROM n WHERE i < 9000) INSERT INTO t SELECT i,"
               " '" SECRET "' || i || hex(randomblob(300)) FROM n");
    script(db, "CREATE INDEX t_b ON t(b)");
    script(db, "UPDATE t SET b = b || '" SECRET "' WHERE a % 3 = 0");
    script(db, "SELECT count(*) FROM (SELECT b, count(*) FROM t GROUP BY"
               " substr(b, 20) ORDER BY substr(b, 5) || 'x')");
    script(db, "DELETE FROM t WHERE a > 5000");
    script(db, "VACUUM");
    script(db, "BEGIN; UPDATE t SET b = '" SECRET "' || b; ROLLBACK");
    script(db, "BEGIN; SAVEPOINT x; UPDATE t SET b = '" SECRET "' || b;"
               " ROLLBACK TO x; COMMIT");
    script(db, "REINDEX; DROP INDEX t_b; ANALYZE");
    assert_silent(s);
    /* … and die in the middle of something that does not fit in memory. */
    ok(db_begin(db, &err), &err);
    script(db, "UPDATE t SET b = b || '" SECRET "' || hex(zeroblob(1000))");
    assert_silent(s);
}

static void no_file_ever_holds_what_was_written(void **state)
{
    struct stage *s = *state;
    struct db *db;

    dying(s, everything_at_once);
    assert_silent(s);
    db = opened(s);
    assert_silent(s);
    db_close(db);
    assert_silent(s);
}

static void the_same_page_never_looks_the_same(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    struct buf one, two;
    size_t i, same = 0;
    struct err err;

    fill(db, ROWS);
    db_close(db);
    one = content(s->path);
    db = opened(s);
    script(db, "VACUUM");
    ok(db_checkpoint(db, &err), &err);
    db_close(db);
    two = content(s->path);
    assert_int_equal(one.n, two.n);
    for (i = 2 * PAGE; i < one.n; i++)
        same += one.p[i] == two.p[i];
    assert_in_range(same, 0, one.n / 50);
    buf_free(&one);
    buf_free(&two);
}

/* -- what a crash leaves ------------------------------------------------ */

static void halfway_through_a_large_change(const struct stage *s)
{
    struct db *db = opened(s);
    struct err err;

    fill(db, ROWS);
    ok(db_begin(db, &err), &err);
    script(db, "WITH RECURSIVE n(i) AS (VALUES (100) UNION ALL SELECT i + 1"
               " FROM n WHERE i < 9000) INSERT INTO t SELECT i,"
               " hex(randomblob(500)) FROM n");
    script(db, "UPDATE t SET b = b || 'x'");
}

static void a_process_that_dies_loses_what_it_had_not_committed(void **state)
{
    struct stage *s = *state;
    struct buf log;
    struct err err;

    dying(s, halfway_through_a_large_change);
    log = content(s->log);
    assert_true(log.n > 4 << 20); /* it did not fit in memory */
    buf_free(&log);
    assert_int_equal(rows_of(s, &err), ROWS);
}

/* Pages that were in the log already are written over there, and SQLite reads
 * the log to compute all checksums anew. */
static void twice_over_what_does_not_fit(const struct stage *s)
{
    struct db *db = opened(s);
    struct err err;

    fill(db, ROWS);
    ok(db_begin(db, &err), &err);
    script(db, "CREATE TABLE u(a INTEGER PRIMARY KEY, b TEXT);"
               "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1"
               " FROM n WHERE i < 9000) INSERT INTO u SELECT i,"
               " hex(zeroblob(500)) FROM n");
    script(db, "UPDATE u SET b = replace(b, '0', '1');"
               "UPDATE u SET b = replace(b, '1', '2')");
    ok(db_end(db, RC_OK, &err), &err);
}

static void a_change_larger_than_memory_is_whole_after_a_crash(void **state)
{
    struct stage *s = *state;
    struct db_query *q;
    struct db *db;
    struct err err;

    dying(s, twice_over_what_does_not_fit);
    assert_int_equal(rows_of(s, &err), ROWS);
    db = opened(s);
    q = db_query(db, SQL("SELECT sum(replace(b, '2', '') = '') AS n FROM u"));
    assert_true(db_row(q));
    assert_int_equal(db_i64(q, "n"), 9000);
    ok(db_done(q, &err), &err);
    db_close(db);
}

static void two_programs_use_one_store_at_once(void **state)
{
    struct stage *s = *state;
    struct db *one = opened(s), *two = opened(s);
    struct err err;
    char sql[100];
    int i;

    fill(one, 1);
    for (i = 2; i <= ROWS; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO t SELECT %d, replace(b, ' 1 ', ' %d ') FROM t"
                 " WHERE a = 1",
                 i, i);
        script(i % 2 ? one : two, sql);
        assert_int_equal(rows_read(i % 2 ? two : one, &err), i);
    }
    db_close(one);
    db_close(two);
    assert_int_equal(rows_of(s, &err), ROWS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_was_written_is_read_again_with_its_key),
        T(nothing_without_the_right_key),
        T(a_log_is_not_read_with_another_key),
        T(a_plain_database_is_not_taken_for_ours),
        T(no_file_ever_holds_what_was_written),
        T(the_same_page_never_looks_the_same),
        T(a_process_that_dies_loses_what_it_had_not_committed),
        T(a_change_larger_than_memory_is_whole_after_a_crash),
        T(two_programs_use_one_store_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
