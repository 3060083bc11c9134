#include "server/contact.h"

static enum rc told_to_wipe(struct store *s, uint32_t device, uint64_t now_ms,
                            struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE device SET seen_ms = :now, told_ms = :now"
                            " WHERE number = :number"));

    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "number", device);
    return db_done(db_run_at(q), err);
}

enum rc contact_hello(struct store *s, const struct device *d,
                      const struct hello *said, uint64_t lease_s,
                      uint64_t now_ms, struct err *err)
{
    struct db_query *q;

    if (d->revoked_ms != 0)
        return told_to_wipe(s, d->caller.device, now_ms, err);
    q = db_query(s->db,
                 SQL("UPDATE device SET seen_ms = :now,"
                     " lease_ms = :lease, types = :types, pin = :pin,"
                     " role = :role, heard = :heard WHERE number = :number"));
    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "lease", (int64_t)(now_ms + 1000 * lease_s));
    db_bind_text_bytes(q, "types", said->types);
    db_bind_i64(q, "pin", said->pin);
    db_bind_text(q, "role", role_word(d->caller.role));
    db_bind_blob(q, "heard", said->next);
    db_bind_i64(q, "number", d->caller.device);
    return db_done(db_run_at(q), err);
}

enum rc contact_note(struct store *s, uint32_t device, uint32_t area,
                     uint64_t cursor, uint64_t now_ms, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO contact(device, area, cursor, at_ms)"
                   " VALUES (:device, :area, :cursor, :now)"
                   " ON CONFLICT (device, area) DO UPDATE SET"
                   " cursor = excluded.cursor, at_ms = excluded.at_ms"));

    db_bind_i64(q, "device", device);
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "cursor", (int64_t)cursor);
    db_bind_i64(q, "now", (int64_t)now_ms);
    return db_done(db_run_at(q), err);
}

enum rc contact_sent(struct store *s, uint32_t device, uint32_t area,
                     uint64_t version, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE contact SET sent = :version"
                            " WHERE device = :device AND area = :area"
                            " AND sent < :version"));

    db_bind_i64(q, "version", (int64_t)version);
    db_bind_i64(q, "device", device);
    db_bind_i64(q, "area", area);
    return db_done(db_run_at(q), err);
}

enum rc contact_wiped(struct store *s, const struct wiped *w, uint64_t now_ms,
                      struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("UPDATE device SET wiped_ms = :now, seen_ms = :now,"
                   " lost = :lost WHERE number = :number AND wiped_ms = 0"));

    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "lost", (int64_t)w->lost);
    db_bind_i64(q, "number", w->device);
    return db_done(db_run_at(q), err);
}

enum rc contact_last(struct store *s, uint32_t device, uint64_t *ms,
                     struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT coalesce(max(at), 0) AS ms FROM"
                   " (SELECT seen_ms AS at FROM device WHERE number = :device"
                   " UNION ALL SELECT at_ms AS at FROM contact"
                   " WHERE device = :device) AS seen"));

    *ms = 0;
    db_bind_i64(q, "device", device);
    if (db_row(q))
        *ms = (uint64_t)db_i64(q, "ms");
    return db_done(q, err);
}
