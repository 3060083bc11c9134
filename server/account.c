/* Who may do what: accounts, codes, devices (store.h). */
#include <stdlib.h>
#include <string.h>

#include "server/device_key.h"
#include "sync/limits.h"

enum role role_kept(const char *word)
{
    enum role r = role_named(bytes_of(word));

    return r == ROLES_N ? ROLE_EXTERNAL : r;
}

/* -- accounts ----------------------------------------------------------- */

static enum rc account_areas_put(struct store *s, int64_t account,
                                 const uint32_t *areas, size_t n,
                                 struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("DELETE FROM account_area WHERE account = :account"));
    size_t i;
    enum rc rc;

    db_bind_i64(q, "account", account);
    rc = db_done(db_run_at(q), err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        q = db_query(s->db, SQL("INSERT INTO account_area(account, area)"
                                " VALUES (:account, :area)"
                                " ON CONFLICT (account, area) DO NOTHING"));
        db_bind_i64(q, "account", account);
        db_bind_i64(q, "area", areas[i]);
        rc = db_done(db_run_at(q), err);
    }
    return rc;
}

static enum rc account_put(struct store *s, const char *user, enum role role,
                           uint64_t ends_ms, int64_t *account, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("INSERT INTO account(name, role, ends_ms)"
                            " VALUES (:name, :role, :ends)"
                            " ON CONFLICT (name) DO UPDATE SET"
                            " role = excluded.role,"
                            " ends_ms = excluded.ends_ms"));
    enum rc rc;

    db_bind_text(q, "name", user);
    db_bind_text(q, "role", role_word(role));
    db_bind_i64(q, "ends", (int64_t)ends_ms);
    rc = db_done(db_run_at(q), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("SELECT number FROM account WHERE name = :name"));
    db_bind_text(q, "name", user);
    if (db_row(q))
        *account = db_i64(q, "number");
    return db_done(q, err);
}

enum rc store_account_put(struct store *s, const char *user, enum role role,
                          const uint32_t *areas, size_t areas_n,
                          uint64_t ends_ms, int64_t *account, struct err *err)
{
    int64_t number = 0;
    enum rc rc;

    if (user[0] == '\0' || strlen(user) > name_bytes_max ||
        strspn(user, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(user))
        return err_set(err, RC_INVALID,
                       "\"%s\": the short name of a user is made of a-z, 0-9,"
                       " - _ and ., at most %d characters",
                       user, name_bytes_max);
    if (areas_n > areas_per_device_max)
        return err_set(err, RC_LIMIT, "at most %d areas for one user",
                       areas_per_device_max);
    rc = db_begin(s->db, err);
    if (rc != RC_OK)
        return rc;
    rc = account_put(s, user, role, ends_ms, &number, err);
    if (rc == RC_OK)
        rc = account_areas_put(s, number, areas, areas_n, err);
    rc = db_end(s->db, rc, err);
    if (rc == RC_OK)
        *account = number;
    return rc;
}

/* -- what somebody is, and what they signed ----------------------------- */

static const char types_list[] = "worker-type";

/* Who is no employee is bound by what was signed alone. */
static bool has_to_sign(const char *worker_type)
{
    static const char *const all[] = {"vrijwilliger", "stagiair",
                                      "bewonersorganisatie"};
    size_t i;

    for (i = 0; i < countof(all); i++)
        if (strcmp(worker_type, all[i]) == 0)
            return true;
    return false;
}

static enum rc unknown_type(const struct shape_list *l, const char *word,
                            struct err *err)
{
    struct buf list = buf_make(300);
    size_t i;

    for (i = 0; i < l->choices_n; i++)
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", l->choices[i].code);
    err_set(err, RC_INVALID, "\"%s\" is no worker type; there are: %s", word,
            buf_text(&list));
    buf_free(&list);
    return RC_INVALID;
}

static enum rc type_known(const struct store *s, const char *word,
                          struct err *err)
{
    const struct shape_list *l = NULL;
    size_t i;

    for (i = 0; i < s->shape->lists_n; i++)
        if (strcmp(s->shape->lists[i].name, types_list) == 0)
            l = &s->shape->lists[i];
    /* A town whose record types have no such list says what it likes. */
    if (l == NULL || shape_choice_coded(l, bytes_of(word)) != NULL)
        return RC_OK;
    return unknown_type(l, word, err);
}

enum rc store_account_rules(struct store *s, int64_t account,
                            const char *worker_type, uint64_t rules_ms,
                            struct err *err)
{
    struct db_query *q;
    enum rc rc = type_known(s, worker_type, err);

    if (rc != RC_OK)
        return rc;
    if (rules_ms == 0 && has_to_sign(worker_type))
        return err_set(err, RC_INVALID,
                       "a %s works under signed rules (BIO2 5.10.02): say when"
                       " they were signed, with --rules-signed 2026-11-23",
                       worker_type);
    q = db_query(s->db, SQL("UPDATE account SET worker_type = :type,"
                            " rules_ms = :rules WHERE number = :number"));
    db_bind_text(q, "type", worker_type);
    db_bind_i64(q, "rules", (int64_t)rules_ms);
    db_bind_i64(q, "number", account);
    return db_done(db_run_at(q), err);
}

static void account_read(struct db_query *q, struct arena *mem,
                         struct account *a)
{
    a->number = db_i64(q, "number");
    a->user = arena_bytes(mem, db_blob(q, "name"));
    a->worker_type = arena_bytes(mem, db_blob(q, "worker_type"));
    a->role = role_kept(db_text(q, "role"));
    a->rules_ms = (uint64_t)db_i64(q, "rules_ms");
    a->ends_ms = (uint64_t)db_i64(q, "ends_ms");
    a->devices = (uint64_t)db_i64(q, "devices");
}

enum rc store_account_areas(struct store *s, int64_t account, struct arena *mem,
                            uint32_t **out, size_t *n, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT area FROM account_area WHERE account = :account"
                   " ORDER BY area"));
    uint32_t *areas = arena_new(mem, areas_per_device_max * sizeof *areas);

    *n = 0;
    db_bind_i64(q, "account", account);
    while (*n < areas_per_device_max && db_row(q))
        areas[(*n)++] = (uint32_t)db_i64(q, "area");
    *out = areas;
    return db_done(q, err);
}

enum rc store_accounts(struct store *s, struct arena *mem, struct account **out,
                       size_t *n, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT number, name, role, ends_ms, worker_type, rules_ms,"
                   " (SELECT count(*) FROM device d WHERE d.account = a.number"
                   " AND d.revoked_ms = 0) AS devices"
                   " FROM account a ORDER BY name"));
    struct account *list = NULL;
    size_t cap = 0, i;
    enum rc rc;

    *n = 0;
    while (db_row(q)) {
        if (*n == cap) {
            cap = 2 * cap + 64;
            list = mem_resize(list, cap * sizeof *list);
        }
        list[*n] = (struct account){0};
        account_read(q, mem, &list[(*n)++]);
    }
    rc = db_done(q, err);
    for (i = 0; rc == RC_OK && i < *n; i++)
        rc = store_account_areas(s, list[i].number, mem, &list[i].areas,
                                 &list[i].areas_n, err);
    *out = arena_new(mem, (*n + 1) * sizeof **out);
    if (*n > 0)
        memcpy(*out, list, *n * sizeof **out);
    free(list);
    return rc;
}

enum rc store_account(struct store *s, const char *user, struct arena *mem,
                      struct account *out, struct err *err)
{
    struct account *list;
    size_t n, i;
    enum rc rc = store_accounts(s, mem, &list, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (bytes_eq(list[i].user, bytes_of(user))) {
            *out = list[i];
            return RC_OK;
        }
    return rc == RC_OK
               ? err_set(err, RC_NOTFOUND, "there is no user \"%s\"", user)
               : rc;
}

/* -- codes -------------------------------------------------------------- */

enum rc store_code_put(struct store *s, const struct digest *secret,
                       int64_t account, uint64_t expires_ms, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO code(secret, account, expires_ms, device)"
                   " VALUES (:secret, :account, :expires, 0)"));

    db_bind_blob(q, "secret", digest_bytes(secret));
    db_bind_i64(q, "account", account);
    db_bind_i64(q, "expires", (int64_t)expires_ms);
    return db_done(db_run_at(q), err);
}

enum rc store_code_check(struct store *s, const struct digest *secret,
                         uint64_t now_ms, int64_t *account, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT account, expires_ms, device FROM code"
                            " WHERE secret = :secret"));
    bool found, used = false, expired = false;
    enum rc rc;

    db_bind_blob(q, "secret", digest_bytes(secret));
    found = db_row(q);
    if (found) {
        *account = db_i64(q, "account");
        used = db_i64(q, "device") != 0;
        expired = (uint64_t)db_i64(q, "expires_ms") < now_ms;
    }
    rc = db_done(q, err);
    if (rc != RC_OK)
        return rc;
    if (!found)
        return err_set(err, RC_DENIED,
                       MSG("this code was never given out here"));
    if (used)
        return err_set(
            err, RC_DENIED,
            MSG("this code has been used already; ask for a new one"));
    if (expired)
        return err_set(err, RC_DENIED,
                       MSG("this code is too old; ask for a new one"));
    return RC_OK;
}

enum rc store_code_use(struct store *s, const struct digest *secret,
                       int64_t device, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("UPDATE code SET device = :device"
                                             " WHERE secret = :secret"));

    db_bind_i64(q, "device", device);
    db_bind_blob(q, "secret", digest_bytes(secret));
    return db_done(db_run_at(q), err);
}

/* -- devices ------------------------------------------------------------ */

static enum rc device_add(struct store *s, int64_t account,
                          const struct sign_public *key, const char *name,
                          uint64_t now_ms, uint32_t *number, struct err *err)
{
    struct bytes der = {key->der, key->n};
    struct db_query *q = db_query(
        s->db,
        SQL("INSERT INTO device(account, key, name, last, enrolled_ms,"
            " seen_ms, revoked_ms) VALUES (:account, :key, :name, 0, :now,"
            " :now, 0)"));
    enum rc rc;

    db_bind_i64(q, "account", account);
    db_bind_blob(q, "key", der);
    db_bind_text(q, "name", name);
    db_bind_i64(q, "now", (int64_t)now_ms);
    rc = db_done(db_run_at(q), err);
    if (rc == RC_CONFLICT)
        return err_set(err, rc, "this key belongs to a device already");
    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("SELECT number FROM device WHERE key = :key"));
    db_bind_blob(q, "key", der);
    if (db_row(q))
        *number = (uint32_t)db_i64(q, "number");
    rc = db_done(q, err);
    return rc == RC_OK ? device_key_first(s, *number, der, err) : rc;
}

static enum rc enrol(struct store *s, const struct digest *secret,
                     const struct sign_public *key, const char *name,
                     uint64_t now_ms, uint32_t *number, struct err *err)
{
    int64_t account = 0;
    enum rc rc = store_code_check(s, secret, now_ms, &account, err);

    if (rc == RC_OK)
        rc = device_add(s, account, key, name, now_ms, number, err);
    if (rc == RC_OK)
        rc = store_code_use(s, secret, *number, err);
    return rc;
}

enum rc store_enrol(struct store *s, const struct digest *secret,
                    const struct sign_public *key, const char *name,
                    uint64_t now_ms, struct arena *mem, struct enrolled *out,
                    struct err *err)
{
    struct device d;
    uint32_t number = 0;
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = enrol(s, secret, key, name, now_ms, &number, err);
    rc = db_end(s->db, rc, err);
    if (rc == RC_OK)
        rc = store_device(s, number, mem, &d, err);
    if (rc == RC_OK)
        *out = (struct enrolled){number, d.user, d.caller.role};
    return rc;
}

static void device_contact(struct db_query *q, struct arena *mem,
                           struct device *d)
{
    const char *told = db_text(q, "told");

    d->told = told[0] != '\0' ? role_kept(told) : d->caller.role;
    d->lease_ms = (uint64_t)db_i64(q, "lease_ms");
    d->types = arena_bytes(mem, db_blob(q, "types"));
    d->pin = (int)db_i64(q, "pin");
    d->told_ms = (uint64_t)db_i64(q, "told_ms");
    d->wiped_ms = (uint64_t)db_i64(q, "wiped_ms");
    d->lost = (uint64_t)db_i64(q, "lost");
}

enum rc store_device(struct store *s, uint32_t number, struct arena *mem,
                     struct device *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT d.account AS account, d.key AS key, d.name AS name,"
                   " d.next_key AS next_key,"
                   " d.last AS last, d.enrolled_ms AS enrolled_ms,"
                   " d.seen_ms AS seen_ms, d.revoked_ms AS revoked_ms,"
                   " d.lease_ms AS lease_ms, d.types AS types, d.pin AS pin,"
                   " d.role AS told, d.told_ms AS told_ms,"
                   " d.wiped_ms AS wiped_ms, d.lost AS lost,"
                   " a.name AS user, a.role AS role, a.ends_ms AS ends_ms"
                   " FROM device d JOIN account a ON a.number = d.account"
                   " WHERE d.number = :number"));
    struct device d = {.caller.device = number};
    uint32_t *areas = NULL;
    int64_t account = 0;
    bool found;
    enum rc rc;

    db_bind_i64(q, "number", number);
    found = db_row(q);
    if (found) {
        account = db_i64(q, "account");
        d.key = arena_bytes(mem, db_blob(q, "key"));
        d.next_key = arena_bytes(mem, db_blob(q, "next_key"));
        d.name = arena_bytes(mem, db_blob(q, "name"));
        d.user = arena_bytes(mem, db_blob(q, "user"));
        d.caller.role = role_kept(db_text(q, "role"));
        d.last = (uint64_t)db_i64(q, "last");
        d.enrolled_ms = (uint64_t)db_i64(q, "enrolled_ms");
        d.seen_ms = (uint64_t)db_i64(q, "seen_ms");
        d.revoked_ms = (uint64_t)db_i64(q, "revoked_ms");
        d.ends_ms = (uint64_t)db_i64(q, "ends_ms");
        device_contact(q, mem, &d);
    }
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        return err_set(err, RC_NOTFOUND, "there is no device %u",
                       (unsigned)number);
    if (rc == RC_OK)
        rc = store_account_areas(s, account, mem, &areas, &d.caller.areas_n,
                                 err);
    d.caller.areas = areas;
    if (rc == RC_OK)
        *out = d;
    return rc;
}

enum rc device_may(const struct device *d, uint64_t now_ms, struct err *err)
{
    if (d->revoked_ms != 0)
        return err_set(
            err, RC_AUTH,
            MSG("this device has been withdrawn; ask your team lead"));
    if (d->ends_ms != 0 && d->ends_ms < now_ms)
        return err_set(err, RC_AUTH,
                       MSG("this account has ended; ask your team lead"));
    return RC_OK;
}

enum rc store_revoke(struct store *s, struct db_query *q, uint32_t number,
                     uint64_t now_ms, const char *what, const char *verb,
                     struct err *err)
{
    enum rc rc;

    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "number", number);
    rc = db_done(db_run_at(q), err);
    if (rc == RC_OK && db_changes(s->db) == 0)
        rc = err_set(err, RC_NOTFOUND,
                     "there is no %s %u in use; `stoepd %s` lists them", what,
                     (unsigned)number, verb);
    return rc;
}

enum rc store_device_revoke(struct store *s, uint32_t number, uint64_t now_ms,
                            struct err *err)
{
    return store_revoke(
        s,
        db_query(s->db, SQL("UPDATE device SET revoked_ms = :now"
                            " WHERE number = :number AND revoked_ms = 0")),
        number, now_ms, "device", "devices", err);
}
