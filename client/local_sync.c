/* What a sync saves (local.h); each in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "client/local_pins.h"
#include "client/local_tables.h"
#include "client/where.h"
#include "client/witness.h"
#include "sync/limits.h"

enum rc local_self(struct local *l, struct session_self *out, struct err *err)
{
    struct session_self s = {0};
    struct db_query *q;
    uint64_t device = 0;
    enum rc rc = local_get_u64(l, "device", &device, err);

    s.device = (uint32_t)device;
    if (rc == RC_OK)
        rc = local_get_u64(l, "epoch", &s.epoch, err);
    if (rc == RC_OK)
        rc = local_get_u64(l, "last", &s.last, err);
    if (rc == RC_OK)
        rc = pins_told(l, &s, err);
    if (rc != RC_OK)
        return rc;
    strncpy(s.types, l->shape->version, sizeof s.types - 1);
    /* All before the first one that waits. */
    q = db_query(l->db, SQL("SELECT min(number) AS first FROM journal"
                            " WHERE acked = 0"));
    s.acked = s.last;
    if (db_row(q) && !db_is_null(q, "first"))
        s.acked = (uint64_t)db_i64(q, "first") - 1;
    rc = db_done(q, err);
    if (rc == RC_OK)
        *out = s;
    return rc;
}

/* -- welcome ------------------------------------------------------------ */

static enum rc area_save(struct local *l, const struct area_info *a,
                         struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("INSERT INTO area(number, slug, name, code, granted,"
                   " cursor) VALUES (:number, :slug, :name, :code, 1, 0)"
                   " ON CONFLICT (number) DO UPDATE SET slug = excluded.slug,"
                   " name = excluded.name, code = excluded.code,"
                   " granted = 1"));

    db_bind_i64(q, "number", a->number);
    db_bind_text_bytes(q, "slug", a->slug);
    db_bind_text_bytes(q, "name", a->name);
    db_bind_text_bytes(q, "code", a->code);
    return db_done(db_run_at(q), err);
}

static enum rc restart_from(struct local *l, uint64_t last, struct err *err)
{
    struct db_query *q;
    enum rc rc = db_run(l->db, SQL("UPDATE area SET cursor = 0"), err);

    if (rc == RC_OK)
        rc = witness_restart(l, err);
    if (rc != RC_OK)
        return rc;
    q = db_query(l->db, SQL("UPDATE journal SET acked = 0, version = 0,"
                            " reason = '' WHERE number > :last"));
    db_bind_i64(q, "last", (int64_t)last);
    return db_done(db_run_at(q), err);
}

static enum rc role_save(struct local *l, enum role role, struct err *err)
{
    struct arena mem = {0};
    const char *was;
    enum rc rc = local_get(l, "role", &mem, &was, err);

    if (rc == RC_OK && was[0] != '\0' && strcmp(was, role_word(role)) != 0)
        rc = local_drop_for_role(l, role, err);
    if (rc == RC_OK)
        rc = local_put(l, "role", role_word(role), err);
    arena_free(&mem);
    return rc;
}

static enum rc welcome(struct local *l, const struct welcome *w, bool restart,
                       struct err *err)
{
    struct arena mem = {0};
    size_t i;
    enum rc rc = local_put_u64(l, "epoch", w->epoch, err);

    if (rc == RC_OK && restart)
        rc = restart_from(l, w->last, err);
    if (rc == RC_OK)
        rc = pins_welcome(l, w, err);
    if (rc == RC_OK)
        rc = role_save(l, w->role, err);
    if (rc == RC_OK)
        rc = where_welcome(l, w->regions, err);
    if (rc == RC_OK)
        rc = local_put(l, "user",
                       arena_text(&mem, (const char *)w->user.p, w->user.n),
                       err);
    if (rc == RC_OK)
        rc = db_run(l->db, SQL("UPDATE area SET granted = 0 WHERE granted = 1"),
                    err);
    for (i = 0; rc == RC_OK && i < w->areas_n; i++)
        rc = area_save(l, &w->areas[i], err);
    for (i = 0; rc == RC_OK && i < w->areas_n; i++)
        rc = witness_shown(l, &w->areas[i], err);
    if (rc == RC_OK)
        rc = local_drop_withdrawn(l, err);
    arena_free(&mem);
    return rc;
}

enum rc local_welcome(struct local *l, const struct welcome *w, bool restart,
                      struct err *err)
{
    enum rc rc = db_begin(l->db, err);

    return rc == RC_OK ? db_end(l->db, welcome(l, w, restart, err), err) : rc;
}

/* -- ack ---------------------------------------------------------------- */

static enum rc ack_one(struct local *l, uint64_t number, uint64_t version,
                       struct bytes reason, uint64_t now_ms, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("UPDATE journal SET acked = :now, version = :version,"
                   " reason = :reason WHERE number = :number"));

    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "version", (int64_t)version);
    db_bind_text_bytes(q, "reason", reason);
    db_bind_i64(q, "number", (int64_t)number);
    return db_done(db_run_at(q), err);
}

static struct bytes reason_of(const struct ack *a, uint64_t number)
{
    size_t i;

    for (i = 0; i < a->parked_n; i++)
        if (a->parked[i].number == number)
            return a->parked[i].reason;
    return (struct bytes){0};
}

static enum rc ack_range(struct local *l, const struct ack *a,
                         const struct ack_range *r, uint64_t now_ms,
                         struct arena *mem, struct err *err)
{
    uint64_t n;
    enum rc rc = RC_OK;

    for (n = r->first; n <= r->last && rc == RC_OK; n++) {
        uint64_t version = r->version == 0 ? 0 : r->version + n - r->first;

        rc = ack_one(l, n, version, reason_of(a, n), now_ms, err);
        if (rc == RC_OK && version == 0)
            rc = local_set_aside(l, n, now_ms, mem, err);
    }
    return rc;
}

/* What was handed in long ago, and came back, is not needed to hand in again.
 * `now_ms` is by the clock of the server: ours may be years off. */
static enum rc forget_old(struct local *l, uint64_t now_ms, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("DELETE FROM journal WHERE acked > 0 AND version > 0"
                   " AND acked < :before"
                   " AND record NOT IN (SELECT id FROM pulled)"
                   " AND (writes = X'00' OR version <= (SELECT cursor"
                   " FROM area WHERE area.number = journal.area))"));
    uint64_t keep_ms = UINT64_C(86400000) * journal_keep_days;

    db_bind_i64(q, "before",
                now_ms > keep_ms ? (int64_t)(now_ms - keep_ms) : 0);
    return db_done(db_run_at(q), err);
}

static enum rc save_ack(struct local *l, const struct ack *ack, uint64_t now_ms,
                        struct arena *mem, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; i < ack->ranges_n && rc == RC_OK; i++)
        rc = ack_range(l, ack, &ack->ranges[i], now_ms, mem, err);
    if (rc == RC_OK) /* perhaps this was all that an area waited for */
        rc = local_drop_withdrawn(l, err);
    return rc == RC_OK ? forget_old(l, now_ms, err) : rc;
}

enum rc local_ack(struct local *l, const struct ack *ack, uint64_t now_ms,
                  struct arena *mem, struct err *err)
{
    enum rc rc = db_begin(l->db, err);

    if (rc != RC_OK)
        return rc;
    return db_end(l->db, save_ack(l, ack, now_ms, mem, err), err);
}

/* -- states ------------------------------------------------------------- */

enum rc local_cursor(struct local *l, uint32_t area, uint64_t *out,
                     struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT cursor FROM area WHERE number = :number"));

    *out = 0;
    db_bind_i64(q, "number", area);
    if (db_row(q))
        *out = (uint64_t)db_i64(q, "cursor");
    return db_done(q, err);
}

static void follow_clocks(struct hlc *clock, const struct record *r,
                          uint64_t now_ms)
{
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < r->fields[f].n; i++)
            hlc_see(clock, r->fields[f].p[i].by->clock, now_ms);
}

static enum rc apply(struct local *l, const struct states *st, uint64_t now_ms,
                     struct arena *mem, struct err *err)
{
    struct db_query *q;
    struct hlc clock = {0};
    struct subjects of = {0};
    size_t i;
    enum rc rc = local_get_u64(l, "clock", &clock.last, err);

    for (i = 0; rc == RC_OK && i < st->records_n; i++) {
        const struct record *r = &st->records[i];

        follow_clocks(&clock, r, now_ms);
        rc = local_subjects(l, r->type, r->area, &r->id, mem, &of, err);
        if (rc == RC_OK)
            rc = local_replay(l, r, mem, err);
        if (rc == RC_OK)
            rc = local_subjects(l, r->type, r->area, &r->id, mem, &of, err);
    }
    if (rc == RC_OK)
        rc = local_put_u64(l, "clock", clock.last, err);
    if (rc == RC_OK)
        rc = local_settle(l, st->area, &of, false, now_ms, mem, err);
    if (rc != RC_OK)
        return rc;
    q = db_query(l->db, SQL("UPDATE area SET cursor = :upto"
                            " WHERE number = :number"));
    db_bind_i64(q, "upto", (int64_t)st->upto);
    db_bind_i64(q, "number", st->area);
    return db_done(db_run_at(q), err);
}

enum rc local_apply(struct local *l, const struct states *st, uint64_t now_ms,
                    struct arena *mem, struct err *err)
{
    enum rc rc = db_begin(l->db, err);

    if (rc == RC_OK)
        rc = db_end(l->db, apply(l, st, now_ms, mem, err), err);
    return local_blame(l, rc, err);
}

/* -- a new number ------------------------------------------------------- */

/* What waits becomes 1, 2, 3 … of the new device: first out of the way, as
 * negative numbers, so that no number meets another. */
static enum rc renumber(struct local *l, uint64_t *last, struct err *err)
{
    struct db_query *q;
    enum rc rc = db_run(l->db, SQL("DELETE FROM journal WHERE acked > 0"), err);

    if (rc == RC_OK)
        rc = db_run(l->db, SQL("UPDATE journal SET number = -number"), err);
    for (*last = 0; rc == RC_OK; ++*last) {
        q = db_query(l->db, SQL("UPDATE journal SET number = :number"
                                " WHERE number = (SELECT max(number)"
                                " FROM journal WHERE number < 0)"));
        db_bind_i64(q, "number", (int64_t)*last + 1);
        rc = db_done(db_run_at(q), err);
        if (rc == RC_OK && db_changes(l->db) == 0)
            break;
    }
    return rc;
}

/* Own work is shown as the new device's. */
enum rc local_replay_all(struct local *l, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT max(number) AS number FROM journal"
                            " GROUP BY area, type, record"));
    struct arena mem = {0};
    uint64_t *list = NULL;
    size_t n = 0, cap = 0, i;
    enum rc rc;

    while (db_row(q)) {
        if (n == cap) {
            cap = 2 * cap + 64;
            list = mem_resize(list, cap * sizeof *list);
        }
        list[n++] = (uint64_t)db_i64(q, "number");
    }
    rc = db_done(q, err);
    for (i = 0; i < n && rc == RC_OK; i++) {
        rc = local_reshow(l, list[i], &mem, err);
        arena_reset(&mem);
    }
    free(list);
    arena_free(&mem);
    return rc;
}

static enum rc enrolled(struct local *l, uint32_t device, struct err *err)
{
    uint64_t before = 0, last = 0;
    enum rc rc = local_get_u64(l, "device", &before, err);

    if (rc == RC_OK && before != 0)
        rc = renumber(l, &last, err);
    if (rc == RC_OK)
        rc = local_put_u64(l, "last", last, err);
    if (rc == RC_OK)
        rc = local_put_u64(l, "device", device, err);
    if (rc == RC_OK) /* perhaps another server: learn all of it anew */
        rc = local_put_u64(l, "epoch", 0, err);
    if (rc == RC_OK)
        rc = db_run(l->db, SQL("UPDATE area SET cursor = 0"), err);
    if (rc == RC_OK)
        rc = witness_restart(l, err);
    if (rc == RC_OK)
        rc = local_put(l, "doubt", "", err);
    return rc == RC_OK && before != 0 ? local_replay_all(l, err) : rc;
}

enum rc local_enrolled(struct local *l, uint32_t device, struct err *err)
{
    enum rc rc = db_begin(l->db, err);

    return rc == RC_OK ? db_end(l->db, enrolled(l, device, err), err) : rc;
}
