/* A database copied page by page (db.h). */
#include "sync/sys/db_int.h"

static enum rc pages(struct db *from, struct db *to, struct err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to->h, "main", from->h, "main");
    int code;

    if (b == NULL)
        return db_fault(to, sqlite3_errcode(to->h), err);
    code = sqlite3_backup_step(b, -1);
    (void)sqlite3_backup_finish(b);
    if (code == SQLITE_DONE)
        return RC_OK;
    return db_damage(from, err) ? RC_CORRUPT : db_fault(to, code, err);
}

enum rc db_copy(struct db *db, const char *path, struct db_options o,
                struct err *err)
{
    struct db *to;
    uint64_t n;
    enum rc rc;

    o.create = o.durable = true;
    rc = db_open(path, o, &to, err);
    if (rc != RC_OK)
        return rc;
    rc = pages(db, to, err);
    if (rc == RC_OK)
        rc = db_empty_log(to, err);
    if (rc == RC_OK)
        rc = db_pages_check(to, &n, err);
    db_close(to);
    return rc;
}

enum rc db_export(struct db *db, const char *path, struct err *err)
{
    struct db_query *q = db_query(db, SQL("VACUUM INTO :path"));

    db_bind_text(q, "path", path);
    return db_done(db_run_at(q), err);
}
