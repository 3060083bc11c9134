#include "server/device_key.h"

static enum rc add(struct store *s, uint32_t device, uint64_t after,
                   struct bytes key, struct err *err)
{
    /* A key that never signed anything need not be remembered. */
    struct db_query *q =
        db_query(s->db, SQL("INSERT INTO device_key(device, after, key)"
                            " VALUES (:device, :after, :key)"
                            " ON CONFLICT (device, after) DO UPDATE SET"
                            " key = excluded.key"));
    enum rc rc;

    db_bind_i64(q, "device", device);
    db_bind_i64(q, "after", (int64_t)after);
    db_bind_blob(q, "key", key);
    rc = db_done(db_run_at(q), err);
    return rc == RC_CONFLICT
               ? err_set(err, rc, "this key belongs to a device already")
               : rc;
}

enum rc device_key_first(struct store *s, uint32_t device, struct bytes key,
                         struct err *err)
{
    return add(s, device, 0, key, err);
}

static enum rc is_free(struct store *s, uint32_t device, struct bytes key,
                       struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT (SELECT count(*) FROM device_key WHERE key = :key) +"
                   " (SELECT count(*) FROM device WHERE next_key = :key"
                   " AND number <> :device) AS n"));
    int64_t n = 0;
    enum rc rc;

    db_bind_blob(q, "key", key);
    db_bind_i64(q, "device", device);
    if (db_row(q))
        n = db_i64(q, "n");
    rc = db_done(q, err);
    if (rc == RC_OK && n > 0)
        rc = err_set(err, RC_CONFLICT, "this key belongs to a device already");
    return rc;
}

enum rc device_key_announce(struct store *s, uint32_t device, struct bytes key,
                            struct err *err)
{
    struct db_query *q;
    enum rc rc = is_free(s, device, key, err);

    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("UPDATE device SET next_key = :key"
                            " WHERE number = :device"));
    db_bind_blob(q, "key", key);
    db_bind_i64(q, "device", device);
    return db_done(db_run_at(q), err);
}

static enum rc use(struct store *s, const struct device *d, struct bytes key,
                   struct err *err)
{
    struct db_query *q;
    enum rc rc = add(s, d->caller.device, d->last, key, err);

    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("UPDATE device SET key = :key, next_key = X''"
                            " WHERE number = :device"));
    db_bind_blob(q, "key", key);
    db_bind_i64(q, "device", d->caller.device);
    return db_done(db_run_at(q), err);
}

enum rc device_key_use(struct store *s, uint32_t device, struct bytes key,
                       struct err *err)
{
    struct arena mem = {0};
    struct device d;
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = store_device(s, device, &mem, &d, err);
    if (rc == RC_OK && !bytes_eq(d.next_key, key))
        rc = err_set(err, RC_CONFLICT, "another key was announced meanwhile");
    if (rc == RC_OK)
        rc = use(s, &d, key, err);
    arena_free(&mem);
    return db_end(s->db, rc, err);
}

enum rc device_key_of(struct store *s, uint32_t device, uint64_t number,
                      struct sign_public *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT key FROM device_key WHERE device = :device"
                   " AND after < :number ORDER BY after DESC LIMIT 1"));
    bool found;
    enum rc rc;

    db_bind_i64(q, "device", device);
    db_bind_i64(q, "number", (int64_t)number);
    found =
        db_row(q) && sign_public_read(db_blob(q, "key"), out, NULL) == RC_OK;
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc = err_set(err, RC_NOTFOUND, "there is no key of device %u",
                     (unsigned)device);
    return rc;
}

/* -- the server's own --------------------------------------------------- */

enum rc device_unheard(struct store *s, struct bytes pin, struct arena *mem,
                       uint32_t **out, size_t *n, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT number, count(*) OVER () AS n FROM device"
                   " WHERE revoked_ms = 0 AND heard <> :pin ORDER BY number"));
    uint32_t *list = NULL;

    *n = 0;
    db_bind_blob(q, "pin", pin);
    while (db_row(q)) {
        if (list == NULL)
            list = arena_new(mem, (size_t)db_i64(q, "n") * sizeof *list);
        list[(*n)++] = (uint32_t)db_i64(q, "number");
    }
    *out = list;
    return db_done(q, err);
}
