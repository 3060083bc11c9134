/* Encryption at rest: what is on the disk says nothing, and nothing that was
 * changed there is read as data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "sync/base/mem.h"
#include "sync/sys/db.h"
#include "sync/sys/file.h"

#define SECRET "Donkere hoek bij de brug"

enum { FILE_MAX = 64 << 20, PAGE = 1024, ROWS = 12 };

static const uint8_t key[32] = {7, 1, 9};

static const struct db_options sealed = {
    .create = true, .durable = true, .page_size = PAGE, .key = key};

struct stage {
    char dir[256], path[300], log[300];
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");

    snprintf(s->dir, sizeof s->dir, "%s/crypt.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/x.db", s->dir);
    snprintf(s->log, sizeof s->log, "%s-wal", s->path);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* -- helpers ------------------------------------------------------------ */

static struct db *opened(const struct stage *s)
{
    struct db *db;
    struct err err;

    ok(db_open(s->path, sealed, &db, &err), &err);
    return db;
}

static void script(struct db *db, const char *sql)
{
    struct err err;

    ok(db_script(db, sql, &err), &err);
}

/* Rows 1 to `n`, each of a commit of its own; row i says SECRET and i. */
static void fill(struct db *db, int n)
{
    char sql[200];
    int i;

    script(db, "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b TEXT)");
    for (i = 1; i <= n; i++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO t VALUES (%d, '%s %d ' || hex(zeroblob(200)))", i,
                 SECRET, i);
        script(db, sql);
    }
}

/* How many rows there are, from 1 on, all as fill() wrote them; -1 if it cannot
 * be read to the end.  Anything else is a lie. */
static int rows_read(struct db *db, struct err *err)
{
    struct db_query *q = db_query(db, SQL("SELECT a, b FROM t ORDER BY a"));
    char want[100];
    int n = 0;

    while (db_row(q)) {
        n++;
        assert_int_equal(db_i64(q, "a"), n);
        snprintf(want, sizeof want, SECRET " %d 000", n);
        assert_memory_equal(db_text(q, "b"), want, strlen(want));
        assert_int_equal(strspn(strrchr(db_text(q, "b"), ' ') + 1, "0"), 400);
    }
    return db_done(q, err) == RC_OK ? n : -1;
}

/* The same of a store as it lies there; -1: refused. */
static int rows_of(const struct stage *s, struct err *err)
{
    uint64_t pages;
    struct db *db;
    int n = -1;

    if (db_open(s->path, sealed, &db, err) != RC_OK)
        return -1;
    if (db_quick_check(db, err) == RC_OK &&
        db_pages_check(db, &pages, err) == RC_OK)
        n = rows_read(db, err);
    db_close(db);
    return n;
}

static struct buf content(const char *path)
{
    struct buf b = {0};
    struct err err;

    ok(file_read(path, FILE_MAX, &b, &err), &err);
    return b;
}

static void put(const char *path, struct bytes b)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
    fclose(f);
}

static bool holds(struct bytes in, const char *text)
{
    size_t i, n = strlen(text);

    for (i = 0; i + n <= in.n; i++)
        if (memcmp(in.p + i, text, n) == 0)
            return true;
    return false;
}

/* Does any file of the folder hold what was written? */
static void assert_silent(const struct stage *s)
{
    struct arena mem = {0};
    char **paths;
    struct buf b;
    struct err err;
    size_t i, n;

    ok(file_list(s->dir, "", &mem, &paths, &n, &err), &err);
    assert_true(n > 0);
    for (i = 0; i < n; i++) {
        b = content(paths[i]);
        if (holds(buf_view(&b), "Donkere") || holds(buf_view(&b), "CREATE") ||
            holds(buf_view(&b), "SQLite format"))
            fail_msg("%s tells", paths[i]);
        buf_free(&b);
    }
    arena_free(&mem);
}

/* Run it in a process that dies without closing anything. */
static void dying(const struct stage *s, void (*run)(const struct stage *s))
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        run(s);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void leave_twelve_in_the_log(const struct stage *s)
{
    fill(opened(s), ROWS);
}

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

/* -- what was changed --------------------------------------------------- */

static void a_bit_turned_anywhere_in_the_file_is_found(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    struct err err;
    struct buf b;
    size_t i;

    fill(db, ROWS);
    db_close(db);
    b = content(s->path);
    assert_in_range(b.n, 4 * PAGE, 20 * PAGE);
    for (i = 0; i < b.n; i += i < PAGE ? 1 : 13) {
        b.p[i] ^= (uint8_t)(1U << i % 8);
        put(s->path, buf_view(&b));
        err.text[0] = '\0';
        if (rows_of(s, &err) != -1)
            fail_msg("byte %zu was turned and nobody saw it", i);
        assert_int_equal(err.code, RC_CORRUPT);
        if (i >= PAGE) {
            char page[32];

            snprintf(page, sizeof page, "page %zu is", i / PAGE + 1);
            if (strstr(err.text, page) == NULL)
                fail_msg("byte %zu: %s", i, err.text);
        }
        assert_non_null(strstr(err.text, s->path));
        b.p[i] ^= (uint8_t)(1U << i % 8);
    }
    put(s->path, buf_view(&b));
    assert_int_equal(rows_of(s, &err), ROWS);
    buf_free(&b);
}

/* A log ends where it is damaged; what comes out is what once was committed. */
static void a_bit_turned_anywhere_in_the_log_cuts_it_there(void **state)
{
    struct stage *s = *state;
    struct buf file, log;
    struct err err;
    int n, last = 0;
    size_t i;

    dying(s, leave_twelve_in_the_log);
    file = content(s->path);
    log = content(s->log);
    assert_in_range(log.n, 12 * PAGE, 100 * PAGE);
    for (i = 32; i < log.n; i += 29) {
        log.p[i] ^= (uint8_t)(1U << i % 8);
        put(s->path, buf_view(&file));
        put(s->log, buf_view(&log));
        n = rows_of(s, &err);
        /* Before the table was there: no rows to read. */
        if (n == -1 && strstr(err.text, "no such table") != NULL)
            n = 0;
        if (n >= ROWS || n < last)
            fail_msg("byte %zu of the log: %d after %d: %s", i, n, last,
                     err.text);
        last = n;
        log.p[i] ^= (uint8_t)(1U << i % 8);
    }
    assert_int_equal(last, ROWS - 1);
    put(s->path, buf_view(&file));
    put(s->log, buf_view(&log));
    assert_int_equal(rows_of(s, &err), ROWS);
    buf_free(&file);
    buf_free(&log);
}

static void a_file_cut_short_is_found(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    struct err err;
    struct buf b;
    size_t n;

    fill(db, ROWS);
    db_close(db);
    b = content(s->path);
    for (n = 100; n < b.n; n += 100) {
        put(s->path, (struct bytes){b.p, n});
        assert_int_equal(rows_of(s, &err), -1);
        assert_int_equal(err.code, RC_CORRUPT);
    }
    for (n = PAGE; n < b.n; n += PAGE) {
        put(s->path, (struct bytes){b.p, n});
        assert_int_equal(rows_of(s, &err), -1);
    }
    buf_free(&b);
}

static void pages_that_changed_places_are_found(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    uint8_t page[PAGE];
    struct err err;
    struct buf b;
    size_t n;

    fill(db, ROWS);
    db_close(db);
    b = content(s->path);
    for (n = 2; n * PAGE < b.n; n++) {
        memcpy(page, b.p + PAGE, PAGE);
        memcpy(b.p + PAGE, b.p + n * PAGE, PAGE);
        memcpy(b.p + n * PAGE, page, PAGE);
        put(s->path, buf_view(&b));
        assert_int_equal(rows_of(s, &err), -1);
        if (strstr(err.text, "changed from outside") == NULL)
            fail_msg("%s", err.text);
        memcpy(b.p + n * PAGE, b.p + PAGE, PAGE);
        memcpy(b.p + PAGE, page, PAGE);
    }
    /* An empty page is no page either. */
    memset(b.p + PAGE, 0, PAGE);
    put(s->path, buf_view(&b));
    assert_int_equal(rows_of(s, &err), -1);
    buf_free(&b);
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
        T(a_bit_turned_anywhere_in_the_file_is_found),
        T(a_bit_turned_anywhere_in_the_log_cuts_it_there),
        T(a_file_cut_short_is_found),
        T(pages_that_changed_places_are_found),
        T(a_process_that_dies_loses_what_it_had_not_committed),
        T(a_change_larger_than_memory_is_whole_after_a_crash),
        T(two_programs_use_one_store_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
