#include "sync/sys/migrate.h"

enum rc migrate_version(struct db *db, unsigned *out, struct err *err)
{
    struct db_query *q;
    unsigned version = 0;
    enum rc rc;

    rc = db_script(db,
                   "CREATE TABLE IF NOT EXISTS schema_version ("
                   " version BIGINT NOT NULL PRIMARY KEY)",
                   err);
    if (rc != RC_OK)
        return rc;
    q = db_query(db, SQL("SELECT coalesce(max(version), 0) AS version"
                         " FROM schema_version"));
    if (db_row(q))
        version = (unsigned)db_i64(q, "version");
    rc = db_done(q, err);
    if (rc == RC_OK)
        *out = version;
    return rc;
}

static enum rc step(struct db *db, const struct migration *m, struct err *err)
{
    struct db_query *q;
    enum rc rc = RC_OK;

    if (m->sql != NULL)
        rc = db_script(db, m->sql, err);
    if (rc == RC_OK && m->run != NULL)
        rc = m->run(db, err);
    if (rc != RC_OK)
        return rc;
    q = db_query(db, SQL("INSERT INTO schema_version(version)"
                         " VALUES (:version)"));
    db_bind_i64(q, "version", m->version);
    return db_done(db_run_at(q), err);
}

/* In one transaction, and only if nobody did it in the meantime. */
static enum rc run(struct db *db, const struct migration *m, struct err *err)
{
    unsigned now = 0;
    enum rc rc = db_begin(db, err);

    if (rc != RC_OK)
        return rc;
    rc = migrate_version(db, &now, err);
    if (rc == RC_OK && now < m->version)
        rc = step(db, m, err);
    return db_end(db, rc, err);
}

enum rc migrate(struct db *db, const struct migration *steps, size_t n,
                struct err *err)
{
    unsigned now, newest = n > 0 ? steps[n - 1].version : 0;
    size_t i;
    enum rc rc = migrate_version(db, &now, err);

    if (rc != RC_OK)
        return rc;
    if (now > newest)
        return err_set(err, RC_OUTDATED,
                       "the store is of version %u, this program knows up to"
                       " %u: use a newer program",
                       now, newest);
    for (i = 0; i < n; i++) {
        if (steps[i].version <= now)
            continue;
        rc = run(db, &steps[i], err);
        if (rc != RC_OK)
            return err_wrap(err, rc, "bring the store to version %u",
                            steps[i].version);
    }
    return RC_OK;
}
