/* SQL from C at its edges: what a query that failed still answers, what a
 * person may ask, and which fault is told as which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "sync/base/mem.h"
#include "sync/sys/migrate.h"

struct stage {
    char dir[256], path[300];
    struct db *db;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static struct db *opened(const struct stage *s, struct db_options o)
{
    struct db *db = NULL;
    struct err err;

    ok(db_open(s->path, o, &db, &err), &err);
    return db;
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/edges.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/x.db", s->dir);
    s->db = opened(s, (struct db_options){.create = true, .durable = true});
    ok(db_script(s->db,
                 "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB);"
                 "INSERT INTO t VALUES (1, NULL, NULL), (2, 'two', x'0203')",
                 &err),
       &err);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    db_close(s->db);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* -- one query ---------------------------------------------------------- */

static void nothing_reads_as_nothing_by_name_and_by_place(void **state)
{
    struct stage *s = *state;
    struct db_query *q =
        db_query(s->db, SQL("SELECT a, b, c FROM t WHERE a <> :not"
                            " AND :text = '' AND :blob = x'' AND :no IS NULL"
                            " ORDER BY a"));
    struct err err;

    db_bind_i64(q, "not", 7);
    db_bind_text(q, "text", "");
    db_bind_blob(q, "blob", (struct bytes){0});
    db_bind_null(q, "no");
    assert_true(db_row(q));
    assert_true(db_is_null(q, "b") && db_is_null(q, "c"));
    assert_string_equal(db_text(q, "b"), "");
    assert_int_equal(db_i64(q, "b"), 0);
    assert_int_equal(db_blob(q, "c").n, 0);
    assert_true(db_row(q));
    assert_false(db_is_null(q, "b"));
    assert_string_equal(db_text(q, "b"), "two");
    assert_int_equal(db_blob(q, "c").n, 2);
    assert_int_equal(db_blob(q, "b").n, 3);
    assert_false(db_row(q));
    ok(db_done(q, &err), &err);
    q = db_query(s->db, SQL("INSERT INTO t(a, b, c) VALUES (?1, ?2, ?3)"));
    db_bind_i64_at(q, 1, 3);
    db_bind_text_at(q, 2, (struct bytes){0});
    db_bind_blob_at(q, 3, (struct bytes){0});
    ok(db_done(db_run_at(q), &err), &err);
    assert_int_equal(db_changes(s->db), 1);
    q = db_query(s->db, SQL("SELECT b, c FROM t WHERE a = 3"));
    assert_true(db_row(q));
    assert_false(db_is_null_at(q, 0) || db_is_null_at(q, 1)); /* empty */
    assert_string_equal(db_text_at(q, 0), "");
    ok(db_done(q, &err), &err);
}

static void a_query_that_failed_does_nothing_more_and_tells_the_first(
    void **state)
{
    struct stage *s = *state;
    struct db_query *q = db_query(s->db, SQL("SELECT * FROM nowhere"));
    struct bytes b = bytes_of("x");
    struct err err;

    assert_int_equal(db_column_count(q), 0);
    db_bind_i64(q, "no_such_name", 1);
    db_bind_text(q, "no_such_name", "x");
    db_bind_blob(q, "no_such_name", b);
    db_bind_null(q, "no_such_name");
    db_bind_i64_at(q, 9, 1);
    db_bind_text_at(q, 9, b);
    db_bind_blob_at(q, 9, b);
    db_bind_null_at(q, 9);
    assert_false(db_row(q));
    assert_int_equal(db_done(q, &err), RC_IO);
    assert_non_null(strstr(err.text, "no such table: nowhere"));
    assert_non_null(strstr(err.text, "t_db_edges.c"));
    q = db_query(s->db, SQL("SELECT a FROM t WHERE a = ?1 "));
    db_bind_i64_at(q, 9, 1); /* there is one */
    db_bind_i64_at(q, 1, 1);
    assert_false(db_row(q));
    assert_int_equal(db_done(q, NULL), RC_IO);
}

/* -- transactions ------------------------------------------------------- */

static void reading_nests_and_holds_one_state_of_the_store(void **state)
{
    struct stage *s = *state;
    struct db *other = opened(s, (struct db_options){0});
    struct db_query *q;
    struct err err;
    int i;

    ok(db_begin_read(s->db, &err), &err);
    ok(db_begin_read(s->db, &err), &err);
    for (i = 0; i < 3; i++) {
        q = db_query(s->db, SQL("SELECT count(*) FROM t"));
        assert_true(db_row(q));
        assert_int_equal(db_i64_at(q, 0), i < 2 ? 2 : 3);
        ok(db_done(q, &err), &err);
        if (i == 0)
            ok(db_run(other, SQL("INSERT INTO t(a) VALUES (9)"), &err), &err);
        if (i == 1) {
            ok(db_end(s->db, RC_OK, &err), &err);
            ok(db_end(s->db, RC_OK, &err), &err);
        }
    }
    db_close(other);
}

static void a_log_that_somebody_reads_is_not_emptied(void **state)
{
    struct stage *s = *state;
    struct db *other = opened(s, (struct db_options){0});
    struct db *hasty = opened(s, (struct db_options){.busy_ms = 1});
    struct db_query *q;
    struct err err;

    ok(db_begin_read(other, &err), &err);
    q = db_query(other, SQL("SELECT a FROM t"));
    assert_true(db_row(q));
    ok(db_run(hasty, SQL("INSERT INTO t(a) VALUES (9)"), &err), &err);
    ok(db_checkpoint(hasty, &err), &err); /* what it can */
    assert_int_equal(db_empty_log(hasty, &err), RC_BUSY);
    assert_non_null(strstr(err.text, "another program"));
    ok(db_done(q, &err), &err);
    ok(db_end(other, RC_OK, &err), &err);
    ok(db_empty_log(hasty, &err), &err);
    db_close(hasty);
    db_close(other);
}

/* -- faults ------------------------------------------------------------- */

static void a_store_that_may_only_be_read_says_so(void **state)
{
    struct stage *s = *state;
    struct db *reader =
        opened(s, (struct db_options){.read_only = true, .create = true});
    struct err err;

    assert_int_equal(db_script(reader, "DELETE FROM t", &err), RC_IO);
    assert_non_null(strstr(err.text, "may not be written"));
    assert_int_equal(db_run(reader, SQL("DELETE FROM t"), &err), RC_IO);
    assert_non_null(strstr(err.text, "may not be written"));
    assert_int_equal(migrate(reader, NULL, 0, &err), RC_IO);
    db_close(reader);
}

static void a_folder_in_the_place_of_a_store_is_told(void **state)
{
    struct stage *s = *state;
    char path[400];
    struct db *db = NULL;
    struct err err;

    snprintf(path, sizeof path, "%s/f", s->dir);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(
        db_open(path, (struct db_options){.create = true}, &db, &err), RC_IO);
    assert_non_null(strstr(err.text, "look at its rights"));
    assert_int_equal(db_open(path, (struct db_options){0}, &db, &err),
                     RC_NOTFOUND);
    assert_null(db);
    db_close(NULL);
}

/* -- what a person asks ------------------------------------------------- */

static struct db *guarded(const struct stage *s, struct db_guard limits)
{
    struct db *db = opened(s, (struct db_options){.read_only = true});

    db_guard(db, limits);
    return db;
}

static void a_question_is_answered_with_names_and_kinds(void **state)
{
    static const enum db_kind kinds[] = {DB_INT, DB_REAL, DB_TEXT, DB_BLOB,
                                         DB_NULL};
    struct stage *s = *state;
    struct db *db = guarded(s, (struct db_guard){.ms_max = 60000});
    struct db_query *q;
    struct err err;
    int i;

    ok(db_query_adhoc(db,
                      "SELECT 1 AS i, 1.5 AS r, 'x' AS t, x'00' AS b, NULL AS n"
                      " ; -- and no more\n",
                      &q, &err),
       &err);
    assert_int_equal(db_column_count(q), 5);
    assert_true(db_row(q));
    for (i = 0; i < 5; i++) {
        const char want[] = {"irtbn"[i], '\0'};

        assert_string_equal(db_column_name(q, i), want);
        assert_int_equal(db_column_kind(q, i), kinds[i]);
    }
    assert_string_equal(db_column_name(q, 5), "");
    assert_false(db_row(q));
    ok(db_done(q, &err), &err);
    db_close(db);
}

static void a_question_has_no_more_rows_than_it_may(void **state)
{
    struct stage *s = *state;
    unsigned most;

    for (most = 0; most < 4; most++) { /* 0: as many as there are */
        struct db *db =
            guarded(s, (struct db_guard){.rows_max = most, .ms_max = 60000});
        struct db_query *q;
        struct err err;
        unsigned rows = 0;

        ok(db_query_adhoc(db, "SELECT a FROM t UNION SELECT 9", &q, &err),
           &err);
        while (db_row(q))
            rows++;
        assert_int_equal(rows, most > 0 && most < 3 ? most : 3);
        assert_int_equal(db_done(q, &err),
                         most > 0 && most < 3 ? RC_LIMIT : RC_OK);
        db_close(db);
    }
}

static void what_is_no_question_is_refused_with_the_reason(void **state)
{
    static const struct {
        const char *sql, *says;
        enum rc rc;
    } cases[] = {
        {"", "asks for no rows", RC_INVALID},
        {"-- nothing", "asks for no rows", RC_INVALID},
        {"SELEC 1", "not understood", RC_INVALID},
        {"SELECT 1; SELECT 2", "one question at a time", RC_INVALID},
        {"SELECT 1; SELEC", "one question at a time", RC_INVALID},
        {"DELETE FROM t", "only questions", RC_DENIED},
        {"PRAGMA journal_mode", "only questions", RC_DENIED},
        {"ATTACH 'x' AS y", "only questions", RC_DENIED},
    };
    struct stage *s = *state;
    struct db *db = guarded(s, (struct db_guard){.ms_max = 60000});
    struct db_query *q = NULL;
    char *large = mem_new(17 << 20);
    struct err err;
    size_t i;

    for (i = 0; i < countof(cases); i++) {
        assert_int_equal(db_query_adhoc(db, cases[i].sql, &q, &err),
                         cases[i].rc);
        assert_non_null(strstr(err.text, cases[i].says));
    }
    memset(large, 'x', (17 << 20) - 2);
    memcpy(large, "SELECT '", 8);
    large[(17 << 20) - 2] = '\'';
    assert_int_equal(db_query_adhoc(db, large, &q, &err), RC_LIMIT);
    assert_null(q);
    free(large);
    ok(db_query_adhoc(db, "SELECT zeroblob(17000000)", &q, &err), &err);
    assert_false(db_row(q));
    assert_int_equal(db_done(q, &err), RC_LIMIT);
    db_close(db);
}

/* -- migrations --------------------------------------------------------- */

static enum rc fails(struct db *db, struct err *err)
{
    (void)db;
    return err_set(err, RC_INVALID, "it cannot be done");
}

/* Somebody else brings the store to version 2 in the meantime. */
static enum rc overtaken(struct db *db, struct err *err)
{
    return db_script(db, "INSERT INTO schema_version(version) VALUES (2)", err);
}

static unsigned version_of(struct db *db)
{
    unsigned v = 99;
    struct err err;

    ok(migrate_version(db, &v, &err), &err);
    return v;
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
    static const struct migration steps[] = {
        {.version = 1, .sql = "CREATE TABLE u(a)"},
        {.version = 2, .sql = "CREATE TABLE v(a)", .run = fails},
        {.version = 3, .sql = "CREATE TABLE w(a)"},
    };
    static const struct migration bad[] = {
        {.version = 1, .sql = "CREATE TABLE u(a)"},
        {.version = 2, .sql = "CREATE TABEL v(a)", .run = fails},
    };
    struct stage *s = *state;
    struct db_query *q;
    struct err err;

    ok(migrate(s->db, NULL, 0, &err), &err);
    assert_int_equal(version_of(s->db), 0);
    assert_int_equal(migrate(s->db, steps, 3, &err), RC_INVALID);
    assert_string_equal(err.text,
                        "bring the store to version 2: it cannot be done");
    assert_int_equal(version_of(s->db), 1);
    q = db_query(s->db, SQL("SELECT count(*) FROM sqlite_schema"
                            " WHERE name IN ('v', 'w')"));
    assert_true(db_row(q));
    assert_int_equal(db_i64_at(q, 0), 0);
    ok(db_done(q, &err), &err);
    assert_int_equal(migrate(s->db, bad, 2, &err), RC_IO);
    assert_int_equal(version_of(s->db), 1);
    assert_int_equal(migrate(s->db, NULL, 0, &err), RC_OUTDATED);
}

static void a_step_that_somebody_else_took_is_not_taken_again(void **state)
{
    static const struct migration steps[] = {
        {.version = 1, .run = overtaken},
        {.version = 2, .run = fails},
    };
    struct stage *s = *state;
    struct err err;

    ok(migrate(s->db, steps, 2, &err), &err);
    assert_int_equal(version_of(s->db), 2);
}

static void a_store_that_another_program_writes_to_is_not_migrated(void **state)
{
    static const struct migration steps[] = {
        {.version = 1, .sql = "CREATE TABLE u(a)"}};
    struct stage *s = *state;
    struct db *hasty = opened(s, (struct db_options){.busy_ms = 1});
    struct err err;

    assert_int_equal(version_of(hasty), 0);
    ok(db_begin(s->db, &err), &err);
    assert_int_equal(migrate(hasty, steps, 1, &err), RC_BUSY);
    ok(db_end(s->db, RC_OK, &err), &err);
    ok(migrate(hasty, steps, 1, &err), &err);
    db_close(hasty);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(nothing_reads_as_nothing_by_name_and_by_place),
        CASE(a_query_that_failed_does_nothing_more_and_tells_the_first),
        CASE(reading_nests_and_holds_one_state_of_the_store),
        CASE(a_log_that_somebody_reads_is_not_emptied),
        CASE(a_store_that_may_only_be_read_says_so),
        CASE(a_folder_in_the_place_of_a_store_is_told),
        CASE(a_question_is_answered_with_names_and_kinds),
        CASE(a_question_has_no_more_rows_than_it_may),
        CASE(what_is_no_question_is_refused_with_the_reason),
        CASE(a_step_that_fails_leaves_the_version_before_it),
        CASE(a_step_that_somebody_else_took_is_not_taken_again),
        CASE(a_store_that_another_program_writes_to_is_not_migrated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
