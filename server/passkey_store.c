#include "server/passkey_store.h"

#include <string.h>

#include "sync/base/msg.h"
#include "sync/limits.h"

bool passkey_role(enum role role)
{
    return role == ROLE_LEAD || role == ROLE_ANALYST || role == ROLE_PRIVACY ||
           role == ROLE_ADMIN;
}

/* -- new ------------------------------------------------------------------ */

static enum rc role_of(struct store *s, int64_t account, enum role *out,
                       struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT role FROM account WHERE number = :number"));

    db_bind_i64(q, "number", account);
    *out = db_row(q) ? role_kept(db_text(q, "role")) : ROLE_EXTERNAL;
    return db_done(q, err);
}

static enum rc add(struct store *s, int64_t account,
                   const struct passkey_made *made, const char *name,
                   uint64_t now_ms, uint32_t *number, struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("INSERT INTO passkey(account, credential, key, name, counter,"
            " enrolled_ms, seen_ms, revoked_ms) VALUES (:account,"
            " :credential, :key, :name, :counter, :now, :now, 0)"));
    enum rc rc;

    db_bind_i64(q, "account", account);
    db_bind_blob(q, "credential", made->credential);
    db_bind_blob(q, "key", (struct bytes){made->key.der, made->key.n});
    db_bind_text(q, "name", name);
    db_bind_i64(q, "counter", made->counter);
    db_bind_i64(q, "now", (int64_t)now_ms);
    rc = db_done(db_run_at(q), err);
    if (rc == RC_CONFLICT)
        return err_set(err, rc, MSG("this passkey is known here already"));
    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("SELECT number FROM passkey"
                            " WHERE credential = :credential"));
    db_bind_blob(q, "credential", made->credential);
    if (db_row(q))
        *number = (uint32_t)db_i64(q, "number");
    return db_done(q, err);
}

static enum rc enrol(struct store *s, const struct digest *secret,
                     const struct passkey_made *made, const char *name,
                     uint64_t now_ms, uint32_t *number, struct err *err)
{
    int64_t account = 0;
    enum role role = ROLE_EXTERNAL;
    enum rc rc = store_code_check(s, secret, now_ms, &account, err);

    if (rc == RC_OK)
        rc = role_of(s, account, &role, err);
    if (rc == RC_OK && !passkey_role(role))
        rc = err_set(err, RC_DENIED,
                     MSG("this code is for the app on a phone or a computer,"
                         " not for a browser; it is still good"));
    if (rc == RC_OK)
        rc = add(s, account, made, name, now_ms, number, err);
    /* A device has a number above 0. */
    return rc == RC_OK ? store_code_use(s, secret, -(int64_t)*number, err) : rc;
}

enum rc passkey_enrol(struct store *s, const struct digest *secret,
                      const struct passkey_made *made, const char *name,
                      uint64_t now_ms, uint32_t *number, struct err *err)
{
    enum rc rc = db_begin(s->db, err);

    return rc == RC_OK
               ? db_end(s->db,
                        enrol(s, secret, made, name, now_ms, number, err), err)
               : rc;
}

/* -- there ----------------------------------------------------------------- */

enum rc passkey_find(struct store *s, struct bytes credential,
                     struct arena *mem, struct passkey *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT number FROM passkey WHERE credential = :it"));
    uint32_t number;
    enum rc rc;

    db_bind_blob(q, "it", credential);
    number = db_row(q) ? (uint32_t)db_i64(q, "number") : 0;
    rc = db_done(q, err);
    return rc == RC_OK ? passkey_load(s, number, mem, out, err) : rc;
}

enum rc passkey_load(struct store *s, uint32_t number, struct arena *mem,
                     struct passkey *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT p.account AS account, p.credential AS credential,"
            " p.key AS key, p.name AS name, p.counter AS counter,"
            " p.enrolled_ms AS enrolled_ms, p.seen_ms AS seen_ms,"
            " p.revoked_ms AS revoked_ms, a.name AS user, a.role AS role,"
            " a.ends_ms AS ends_ms, a.since_ms AS since_ms"
            " FROM passkey p JOIN account a ON a.number = p.account"
            " WHERE p.number = :number"));
    struct passkey p = {.number = number};
    uint32_t *areas = NULL;
    bool found;
    enum rc rc;

    db_bind_i64(q, "number", number);
    found = db_row(q);
    if (found) {
        p.account = db_i64(q, "account");
        p.credential = arena_bytes(mem, db_blob(q, "credential"));
        p.key = arena_bytes(mem, db_blob(q, "key"));
        p.name = arena_bytes(mem, db_blob(q, "name"));
        p.user = arena_bytes(mem, db_blob(q, "user"));
        p.caller.role = role_kept(db_text(q, "role"));
        p.counter = (uint32_t)db_i64(q, "counter");
        p.enrolled_ms = (uint64_t)db_i64(q, "enrolled_ms");
        p.seen_ms = (uint64_t)db_i64(q, "seen_ms");
        p.revoked_ms = (uint64_t)db_i64(q, "revoked_ms");
        p.ends_ms = (uint64_t)db_i64(q, "ends_ms");
        p.since_ms = (uint64_t)db_i64(q, "since_ms");
    }
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        return err_set(err, RC_NOTFOUND, "there is no passkey %u",
                       (unsigned)number);
    if (rc == RC_OK)
        rc = store_account_areas(s, p.account, mem, &areas, &p.caller.areas_n,
                                 err);
    p.caller.areas = areas;
    if (rc == RC_OK)
        *out = p;
    return rc;
}

enum rc passkey_numbers(struct store *s, struct arena *mem, uint32_t **out,
                        size_t *n, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT number, (SELECT count(*) FROM passkey)"
                            " AS n FROM passkey ORDER BY number"));
    uint32_t *list = NULL;

    *n = 0;
    while (db_row(q)) {
        if (list == NULL)
            list = arena_new(mem, (size_t)db_i64(q, "n") * sizeof *list);
        list[(*n)++] = (uint32_t)db_i64(q, "number");
    }
    *out = list;
    return db_done(q, err);
}

enum rc passkey_may(const struct passkey *p, uint64_t now_ms, struct err *err)
{
    if (p->revoked_ms != 0)
        return err_set(
            err, RC_AUTH,
            MSG("this passkey has been withdrawn; ask your administrator"));
    if (p->ends_ms != 0 && p->ends_ms < now_ms)
        return err_set(err, RC_AUTH,
                       MSG("this account has ended; ask your administrator"));
    if (!passkey_role(p->caller.role))
        return err_set(err, RC_DENIED,
                       MSG("there are no pages for your role; use the app"));
    return RC_OK;
}

/* -- changed --------------------------------------------------------------- */

enum rc passkey_seen(struct store *s, uint32_t number, uint32_t counter,
                     uint64_t now_ms, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("UPDATE passkey SET counter = :counter, seen_ms = :now"
                   " WHERE number = :number AND"
                   " (counter < :counter OR (counter = 0 AND :counter = 0))"));
    enum rc rc;

    db_bind_i64(q, "counter", counter);
    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "number", number);
    rc = db_done(db_run_at(q), err);
    if (rc == RC_OK && db_changes(s->db) == 0)
        rc = err_set(err, RC_AUTH,
                     MSG("there seem to be two copies of this passkey; ask"
                         " your administrator for a new code"));
    return rc;
}

enum rc passkey_end_sessions(struct store *s, uint32_t number, uint64_t now_ms,
                             struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("UPDATE account SET since_ms = :now WHERE number ="
                   " (SELECT account FROM passkey WHERE number = :number)"));

    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "number", number);
    return db_done(db_run_at(q), err);
}

enum rc passkey_revoke(struct store *s, uint32_t number, uint64_t now_ms,
                       struct err *err)
{
    enum rc rc = store_revoke(
        s,
        db_query(s->db, SQL("UPDATE passkey SET revoked_ms = :now"
                            " WHERE number = :number AND revoked_ms = 0")),
        number, now_ms, "passkey", "passkeys", err);

    return rc == RC_OK ? passkey_end_sessions(s, number, now_ms, err) : rc;
}
