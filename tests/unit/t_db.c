/* SQL from C: what holds when things go wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/base/mem.h"
#include "sync/sys/file.h"
#include "sync/sys/migrate.h"

struct stage {
    char dir[256], path[300];
    struct db *db;
};

static const struct db_options made = {.create = true, .durable = true};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/db.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/x.db", s->dir);
    ok(db_open(s->path, made, &s->db, &err), &err);
    ok(db_script(s->db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)", &err),
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

static enum rc put(struct db *db, int64_t a, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO t(a, b) VALUES (:a, :b)"));

    db_bind_i64(q, "a", a);
    db_bind_text(q, "b", "text");
    return db_done(db_run_at(q), err);
}

static int64_t count(struct db *db)
{
    struct db_query *q = db_query(db, SQL("SELECT count(*) AS n FROM t"));
    int64_t n = db_row(q) ? db_i64(q, "n") : -1;
    struct err err;

    ok(db_done(q, &err), &err);
    return n;
}

static void a_failed_inner_step_dooms_the_outer(void **state)
{
    struct stage *s = *state;
    struct err err;

    ok(db_begin(s->db, &err), &err);
    ok(put(s->db, 1, &err), &err);
    ok(db_begin(s->db, &err), &err);
    assert_int_equal(db_end(s->db, RC_INVALID, &err), RC_INVALID);
    assert_int_equal(db_end(s->db, RC_OK, &err), RC_INVALID);
    assert_int_equal(count(s->db), 0);
    ok(db_begin(s->db, &err), &err); /* and the next one is free of it */
    ok(put(s->db, 1, &err), &err);
    ok(db_end(s->db, RC_OK, &err), &err);
    assert_int_equal(count(s->db), 1);
}

static void a_constraint_is_a_conflict(void **state)
{
    struct stage *s = *state;
    struct err err;

    ok(put(s->db, 1, &err), &err);
    assert_int_equal(put(s->db, 1, &err), RC_CONFLICT);
    assert_non_null(strstr(err.text, "t_db.c"));
}

/* Runs `f` in a process of its own: does it stop itself? */
static bool aborts(void (*f)(struct db *db), const char *path)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        struct db *db;
        struct err err;

        if (freopen("/dev/null", "w", stderr) == NULL ||
            db_open(path, made, &db, &err) != RC_OK)
            _exit(1);
        f(db);
        _exit(0);
    }
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

static void misspell_bind(struct db *db)
{
    db_bind_i64(db_query(db, SQL("SELECT b FROM t WHERE a = :a")), "aa", 1);
}

static void misspell_column(struct db *db)
{
    struct db_query *q = db_query(db, SQL("SELECT 1 AS one"));

    if (db_row(q))
        (void)db_i64(q, "two");
}

static void ask_twice(struct db *db)
{
    static const char sql[] = "SELECT 1 AS one";

    (void)(db_query_at(db, sql, "x", 1) == db_query_at(db, sql, "x", 2));
}

static void a_misspelt_name_stops_the_process(void **state)
{
    struct stage *s = *state;

    db_close(s->db);
    s->db = NULL;
    assert_true(aborts(misspell_bind, s->path));
    assert_true(aborts(misspell_column, s->path));
    assert_true(aborts(ask_twice, s->path));
}

static void what_is_no_database_is_told(void **state)
{
    struct stage *s = *state;
    char path[320];
    struct db *db;
    struct err err;

    snprintf(path, sizeof path, "%s/none.db", s->dir);
    assert_int_equal(db_open(path, (struct db_options){0}, &db, &err),
                     RC_NOTFOUND);
    ok(file_replace(path,
                    bytes_of("certainly no database, though it is long enough"
                             " to be looked at as if it were one"),
                    0600, &err),
       &err);
    assert_int_equal(db_open(path, made, &db, &err), RC_CORRUPT);
    assert_non_null(strstr(err.text, path));
}

static void no_room_is_told_as_such_and_passes(void **state)
{
    struct stage *s = *state;
    struct err err;
    enum rc rc = RC_OK;
    int64_t i, kept;

    ok(db_run(s->db, SQL("PRAGMA max_page_count = 8"), &err), &err);
    for (i = 1; rc == RC_OK && i < 100000; i++)
        rc = put(s->db, i, &err);
    assert_int_equal(rc, RC_FULL);
    assert_non_null(strstr(err.text, "make room"));
    kept = count(s->db);
    ok(db_run(s->db, SQL("PRAGMA max_page_count = 10000"), &err), &err);
    ok(put(s->db, 1000000, &err), &err);
    assert_int_equal(count(s->db), kept + 1);
}

static void nothing_written_after_the_disk_was_full_stays(void **state)
{
    struct stage *s = *state;
    struct err err;
    enum rc rc = RC_OK;
    int64_t i;

    ok(db_run(s->db, SQL("PRAGMA max_page_count = 8"), &err), &err);
    ok(db_begin(s->db, &err), &err);
    for (i = 1; rc == RC_OK && i < 100000; i++)
        rc = put(s->db, i, &err);
    assert_int_equal(rc, RC_FULL);
    assert_int_equal(put(s->db, 1, &err), RC_FULL); /* there is room again */
    assert_int_equal(db_script(s->db, "DROP TABLE t", &err), RC_FULL);
    assert_int_equal(db_end(s->db, RC_OK, &err), RC_FULL);
    assert_int_equal(count(s->db), 0);
    ok(put(s->db, 1, &err), &err);
}

static void two_processes_write_one_store(void **state)
{
    struct stage *s = *state;
    struct err err;
    int status, k;
    int64_t i;

    db_close(s->db);
    for (k = 0; k < 2; k++)
        if (fork() == 0) {
            if (db_open(s->path, made, &s->db, &err) != RC_OK)
                _exit(1);
            for (i = 0; i < 100; i++)
                if (put(s->db, k * 1000 + i, &err) != RC_OK)
                    _exit(2);
            db_close(s->db);
            _exit(0);
        }
    for (k = 0; k < 2; k++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    ok(db_open(s->path, made, &s->db, &err), &err);
    assert_int_equal(count(s->db), 200);
}

static void damage_inside_is_found(void **state)
{
    static const char junk[8192] = "no page of a database";
    struct stage *s = *state;
    struct err err;
    int64_t i;
    FILE *f;

    ok(db_begin(s->db, &err), &err);
    for (i = 0; i < 5000; i++)
        ok(put(s->db, i, &err), &err);
    ok(db_end(s->db, RC_OK, &err), &err);
    ok(db_quick_check(s->db, &err), &err);
    db_close(s->db);
    s->db = NULL;
    f = fopen(s->path, "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, 3 * 8192, SEEK_SET), 0);
    assert_int_equal(fwrite(junk, sizeof junk, 1, f), 1);
    assert_int_equal(fclose(f), 0);
    ok(db_open(s->path, made, &s->db, &err), &err);
    assert_int_equal(db_quick_check(s->db, &err), RC_CORRUPT);
    assert_non_null(strstr(err.text, "put back a backup"));
    assert_non_null(strstr(err.text, "Page 4"));
}

static void a_folder_that_is_none_is_told(void **state)
{
    struct stage *s = *state;
    char path[320];
    struct db *db;
    struct err err;

    snprintf(path, sizeof path, "%s/y.db", s->path);
    assert_int_equal(db_open(path, made, &db, &err), RC_IO);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(db_open("/proc/y.db", made, &db, &err), RC_IO);
}

static void another_writer_is_waited_for_and_then_told(void **state)
{
    struct stage *s = *state;
    struct db_options o = made;
    struct db *other;
    struct err err;

    o.busy_ms = 1;
    ok(db_open(s->path, o, &other, &err), &err);
    ok(db_begin(s->db, &err), &err);
    assert_int_equal(db_begin(other, &err), RC_BUSY);
    ok(db_end(s->db, RC_OK, &err), &err);
    ok(db_begin(other, &err), &err);
    ok(db_end(other, RC_OK, &err), &err);
    db_close(other);
}

static void a_typed_question_can_only_ask(void **state)
{
    static const struct {
        const char *sql;
        enum rc rc;
    } cases[] = {
        {"DELETE FROM t", RC_DENIED},
        {"SELECT 1; SELECT 2", RC_INVALID},
        {"SELECT nothing FROM nowhere", RC_INVALID},
        {"PRAGMA journal_mode = DELETE", RC_DENIED},
        {"ATTACH '/etc/passwd' AS p", RC_DENIED},
        {"  -- nothing at all", RC_INVALID},
    };
    struct stage *s = *state;
    struct db_options o = {.read_only = true};
    struct db_query *q;
    struct db *db;
    struct err err;
    size_t i;

    ok(put(s->db, 1, &err), &err);
    ok(db_open(s->path, o, &db, &err), &err);
    db_guard(db, (struct db_guard){5, 200});
    for (i = 0; i < countof(cases); i++)
        assert_int_equal(db_query_adhoc(db, cases[i].sql, &q, &err),
                         cases[i].rc);
    ok(db_query_adhoc(db, "SELECT b FROM t", &q, &err), &err);
    assert_true(db_row(q));
    assert_string_equal(db_text_at(q, 0), "text");
    ok(db_done(q, &err), &err);
    /* Too many rows, and no end. */
    ok(db_query_adhoc(db,
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                      " FROM n) SELECT i FROM n",
                      &q, &err),
       &err);
    while (db_row(q))
        ;
    assert_int_equal(db_done(q, &err), RC_LIMIT);
    ok(db_query_adhoc(db,
                      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                      " FROM n) SELECT max(i) FROM n",
                      &q, &err),
       &err);
    assert_false(db_row(q));
    assert_int_equal(db_done(q, &err), RC_LIMIT);
    db_close(db);
}

static enum rc break_off(struct db *db, struct err *err)
{
    enum rc rc = put(db, 77, err);

    return rc == RC_OK ? err_set(err, RC_IO, "on purpose") : rc;
}

static void migrations_run_once_and_whole(void **state)
{
    static const struct migration steps[] = {
        {.version = 1, .sql = "CREATE TABLE one(a)"},
        {.version = 2, .sql = "CREATE TABLE two(a)", .run = break_off},
        {.version = 2, .sql = "CREATE TABLE two(a)"},
    };
    struct stage *s = *state;
    unsigned version;
    struct err err;

    assert_int_equal(migrate(s->db, steps, 2, &err), RC_IO);
    ok(migrate_version(s->db, &version, &err), &err);
    assert_int_equal(version, 1);
    assert_int_equal(count(s->db), 0); /* nothing of step 2 stayed */
    ok(migrate(s->db, &steps[2], 1, &err), &err);
    ok(migrate(s->db, &steps[2], 1, &err), &err);
    assert_int_equal(migrate(s->db, steps, 1, &err), RC_OUTDATED);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_failed_inner_step_dooms_the_outer),
        CASE(a_constraint_is_a_conflict),
        CASE(a_misspelt_name_stops_the_process),
        CASE(what_is_no_database_is_told),
        CASE(no_room_is_told_as_such_and_passes),
        CASE(nothing_written_after_the_disk_was_full_stays),
        CASE(two_processes_write_one_store),
        CASE(damage_inside_is_found),
        CASE(a_folder_that_is_none_is_told),
        CASE(another_writer_is_waited_for_and_then_told),
        CASE(a_typed_question_can_only_ask),
        CASE(migrations_run_once_and_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
