/* Transactions, upkeep, and questions that a person typed. */
#include <string.h>

#include "sync/base/mem.h"
#include "sync/sys/clock.h"
#include "sync/sys/db_int.h"

enum rc db_script(struct db *db, const char *sql, struct err *err)
{
    enum rc rc;
    int code;

    if (db_undone(db))
        return err_set(err, db->doomed != RC_OK ? db->doomed : RC_IO,
                       "%s: an earlier failure undid the transaction",
                       db->path);
    code = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        return RC_OK;
    rc = db_fault(db, code, err);
    if (db_undone(db) && db->doomed == RC_OK)
        db->doomed = rc;
    return rc;
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->h);
}

int64_t db_changes_total(struct db *db)
{
    return sqlite3_total_changes64(db->h);
}

static enum rc begin(struct db *db, struct db_query *q, struct err *err)
{
    enum rc rc = db_done(db_run_at(q), err);

    db->doomed = RC_OK;
    if (rc == RC_OK)
        db->depth = 1;
    return rc;
}

enum rc db_begin(struct db *db, struct err *err)
{
    if (db->depth == 0)
        return begin(db, db_query(db, SQL("BEGIN IMMEDIATE")), err);
    db->depth++;
    return RC_OK;
}

enum rc db_begin_read(struct db *db, struct err *err)
{
    if (db->depth == 0)
        return begin(db, db_query(db, SQL("BEGIN DEFERRED")), err);
    db->depth++;
    return RC_OK;
}

enum rc db_end(struct db *db, enum rc rc, struct err *err)
{
    assert(db->depth > 0);
    if (rc == RC_OK && db->doomed != RC_OK)
        rc = err_set(err, db->doomed, "%s: a step inside failed: %s", db->path,
                     rc_text(db->doomed));
    if (db->doomed == RC_OK)
        db->doomed = rc;
    if (--db->depth > 0)
        return rc;
    if (rc == RC_OK)
        rc = db_run(db, SQL("COMMIT"), err);
    if (rc != RC_OK && !sqlite3_get_autocommit(db->h))
        sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL); /* best effort */
    return rc;
}

enum rc db_checkpoint(struct db *db, struct err *err)
{
    int code = sqlite3_wal_checkpoint_v2(db->h, NULL, SQLITE_CHECKPOINT_PASSIVE,
                                         NULL, NULL);

    return code == SQLITE_OK ? RC_OK : db_fault(db, code, err);
}

enum rc db_empty_log(struct db *db, struct err *err)
{
    int code = sqlite3_wal_checkpoint_v2(
        db->h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    return code == SQLITE_OK ? RC_OK : db_fault(db, code, err);
}

enum rc db_quick_check(struct db *db, struct err *err)
{
    struct db_query *q = db_query(db, SQL("PRAGMA quick_check(1)"));
    char found[128] = "";
    enum rc rc;

    if (db_row(q)) {
        const char *text = db_text_at(q, 0), *line = strchr(text, '\n');

        /* "*** in database main ***", then what it is about */
        strncpy(found, line != NULL ? line + 1 : text, sizeof found - 1);
        found[strcspn(found, "\n")] = '\0';
    }
    rc = db_done(q, err);
    if (rc == RC_OK && strcmp(found, "ok") != 0) {
        rc = RC_CORRUPT;
        if (!db_damage(db, err))
            err_set(err, rc, "%s: damaged (%s); put back a backup", db->path,
                    found);
    }
    return rc;
}

/* The log is copied first, and nobody writes while we look. */
enum rc db_pages_check(struct db *db, uint64_t *pages, struct err *err)
{
    sqlite3_file *file = NULL;
    enum rc rc = db_checkpoint(db, err);
    int code;

    *pages = 0;
    if (db->crypt == NULL || rc != RC_OK)
        return rc;
    rc = db_begin(db, err);
    if (rc != RC_OK)
        return rc;
    sqlite3_file_control(db->h, "main", SQLITE_FCNTL_FILE_POINTER,
                         (void *)&file);
    code = db_crypt_check(db->crypt, file, pages);
    /* Somebody who had just begun to copy the log may be done by now. */
    if (code == SQLITE_IOERR_DATA)
        code = db_crypt_check(db->crypt, file, pages);
    return db_end(db, code == SQLITE_OK ? RC_OK : db_fault(db, code, err), err);
}

/* -- questions that a person typed -------------------------------------- */

static int only_reading(void *ctx, int action, const char *a, const char *b,
                        const char *c, const char *d)
{
    (void)ctx, (void)a, (void)b, (void)c, (void)d;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    default: return SQLITE_DENY;
    }
}

static int out_of_time(void *ctx)
{
    struct db *db = ctx;

    if (db->deadline_ms == 0 || clock_mono_ms() < db->deadline_ms)
        return 0;
    db->timed_out = true;
    return 1;
}

void db_guard(struct db *db, struct db_guard limits)
{
    assert(db->read_only);
    db->limits = limits;
    sqlite3_limit(db->h, SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024);
    sqlite3_limit(db->h, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_set_authorizer(db->h, only_reading, NULL);
    sqlite3_progress_handler(db->h, 10000, out_of_time, db);
}

/* Is there anything but space and a comment after the statement? */
static bool more_after(struct db *db, const char *tail)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(db->h, tail, -1, &st, NULL);

    sqlite3_finalize(st);
    return code != SQLITE_OK || st != NULL;
}

enum rc db_query_adhoc(struct db *db, const char *sql, struct db_query **out,
                       struct err *err)
{
    sqlite3_stmt *st = NULL;
    const char *tail = NULL;
    struct db_query *q;
    enum rc rc = RC_OK;
    int code = sqlite3_prepare_v2(db->h, sql, -1, &st, &tail);

    if ((code & 0xff) == SQLITE_AUTH)
        rc = err_set(err, RC_DENIED,
                     "only questions (SELECT) are allowed here: %s",
                     sqlite3_errmsg(db->h));
    else if ((code & 0xff) == SQLITE_ERROR)
        rc = err_set(err, RC_INVALID, "not understood: %s",
                     sqlite3_errmsg(db->h));
    else if (code != SQLITE_OK)
        rc = db_fault(db, code, err);
    else if (st == NULL || sqlite3_column_count(st) == 0)
        rc = err_set(err, RC_INVALID, "this asks for no rows: use SELECT");
    else if (more_after(db, tail))
        rc = err_set(err, RC_INVALID, "one question at a time, please");
    if (rc != RC_OK) {
        sqlite3_finalize(st);
        return rc;
    }
    q = mem_new(sizeof *q);
    *q = (struct db_query){.db = db,
                           .sql = "(typed by a person)",
                           .file = "query",
                           .st = st,
                           .busy = true,
                           .adhoc = true};
    db->rows = 0;
    db->timed_out = false;
    db->deadline_ms = clock_mono_ms() + db->limits.ms_max;
    *out = q;
    return RC_OK;
}
