/* db_crypt_stage.h - an encrypted database of rows that are easily known
 * again, for the tests of encryption at rest. */
#pragma once

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

static inline void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline struct db *opened(const struct stage *s)
{
    struct db *db;
    struct err err;

    ok(db_open(s->path, sealed, &db, &err), &err);
    return db;
}

static inline void script(struct db *db, const char *sql)
{
    struct err err;

    ok(db_script(db, sql, &err), &err);
}

/* Rows 1 to `n`, each of a commit of its own; row i says SECRET and i. */
static inline void fill(struct db *db, int n)
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
static inline int rows_read(struct db *db, struct err *err)
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
static inline int rows_of(const struct stage *s, struct err *err)
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

static inline struct buf content(const char *path)
{
    struct buf b = {0};
    struct err err;

    ok(file_read(path, FILE_MAX, &b, &err), &err);
    return b;
}

static inline void put(const char *path, struct bytes b)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
    fclose(f);
}

static inline bool holds(struct bytes in, const char *text)
{
    size_t i, n = strlen(text);

    for (i = 0; i + n <= in.n; i++)
        if (memcmp(in.p + i, text, n) == 0)
            return true;
    return false;
}

/* Does any file of the folder hold what was written? */
static inline void assert_silent(const struct stage *s)
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
static inline void dying(const struct stage *s,
                         void (*run)(const struct stage *s))
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

static inline void leave_twelve_in_the_log(const struct stage *s)
{
    fill(opened(s), ROWS);
}
