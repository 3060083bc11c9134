/* Records in the device's store: own work over what was pulled (local.h). */
#include <inttypes.h>
#include <string.h>

#include "client/local_tables.h"
#include "sync/fill.h"
#include "sync/frozen.h"
#include "sync/limits.h"
#include "sync/merge.h"

/* -- as it was pulled --------------------------------------------------- */

enum rc local_pulled_load(struct local *l, struct record *r, bool *found,
                          struct arena *mem, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("SELECT version, frozen FROM pulled WHERE area = :area"
                   " AND type = :type AND id = :id"));
    struct bytes frozen = {0};
    enum rc rc;

    db_bind_i64(q, "area", r->area);
    db_bind_text(q, "type", r->type->name);
    db_bind_blob(q, "id", id_bytes(&r->id));
    *found = db_row(q);
    if (*found) {
        r->version = (uint64_t)db_i64(q, "version");
        frozen = arena_bytes(mem, db_blob(q, "frozen"));
    }
    rc = db_done(q, err);
    return rc == RC_OK && *found ? frozen_take(r, frozen, mem, err) : rc;
}

enum rc local_pulled_save(struct local *l, const struct record *r,
                          struct arena *mem, struct err *err)
{
    struct db_query *q;
    struct buf frozen = buf_make(message_bytes_max);
    enum rc rc;

    frozen_put(r, mem, &frozen);
    if (frozen.full) {
        buf_free(&frozen);
        return err_set(err, RC_LIMIT, "a record is too large");
    }
    q = db_query(l->db,
                 SQL("INSERT INTO pulled(area, type, id, version, frozen)"
                     " VALUES (:area, :type, :id, :version, :frozen)"
                     " ON CONFLICT (area, type, id) DO UPDATE SET"
                     " version = excluded.version,"
                     " frozen = excluded.frozen"));
    db_bind_i64(q, "area", r->area);
    db_bind_text(q, "type", r->type->name);
    db_bind_blob(q, "id", id_bytes(&r->id));
    db_bind_i64(q, "version", (int64_t)r->version);
    db_bind_blob(q, "frozen", buf_view(&frozen));
    rc = db_done(db_run_at(q), err);
    buf_free(&frozen);
    return rc;
}

static enum rc pulled_forget(struct local *l, const struct record *r,
                             struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("DELETE FROM pulled WHERE area = :area AND type = :type"
                   " AND id = :id"));

    db_bind_i64(q, "area", r->area);
    db_bind_text(q, "type", r->type->name);
    db_bind_blob(q, "id", id_bytes(&r->id));
    return db_done(db_run_at(q), err);
}

/* -- replay ------------------------------------------------------------- */

/* The current row of a query over the journal. */
static enum rc read_changeset(struct local *l, struct db_query *q,
                              uint32_t device, struct arena *mem,
                              struct changeset *c, struct err *err)
{
    struct bytes id = db_blob(q, "record");

    *c = (struct changeset){
        .device = device,
        .number = (uint64_t)db_i64(q, "number"),
        .clock = (hlc_stamp)db_i64(q, "clock"),
        .area = (uint32_t)db_i64(q, "area"),
        .type = shape_type_named(l->shape, db_blob(q, "type")),
        .base_version = (uint64_t)db_i64(q, "base_version")};
    if (id.n != ID_BYTES || c->type == NULL)
        return err_set(err, RC_CORRUPT,
                       "changeset %" PRIu64 " in the store is damaged",
                       c->number);
    memcpy(c->record.b, id.p, ID_BYTES);
    return writes_unpack(c, arena_bytes(mem, db_blob(q, "writes")), mem, err);
}

static enum rc device_number(struct local *l, uint32_t *out, struct err *err)
{
    uint64_t n = 0;
    enum rc rc = local_get_u64(l, "device", &n, err);

    *out = (uint32_t)n;
    return rc;
}

/* The changesets that `q` finds, over `r`. */
static enum rc lay_rows_over(struct local *l, struct db_query *q,
                             struct record *r, bool *any, struct arena *mem,
                             struct err *err)
{
    uint32_t device = 0;
    enum rc rc = device_number(l, &device, err), done;

    *any = false;
    while (rc == RC_OK && db_row(q)) {
        struct changeset c;

        rc = read_changeset(l, q, device, mem, &c, err);
        /* Without writes: taken off with its area. */
        if (rc == RC_OK && c.type == r->type && c.writes_n > 0) {
            merge_apply(r, &c, 0, mem);
            *any = true;
        }
    }
    done = db_done(q, rc == RC_OK ? err : NULL);
    return rc == RC_OK ? done : rc;
}

/* Lay what `r` does not contain yet over it; *own tells whether there was
 * anything. */
static enum rc lay_over(struct local *l, struct record *r, bool *own,
                        struct arena *mem, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("SELECT number, area, type, record, clock, base_version,"
                   " writes FROM journal WHERE record = :record"
                   " AND area = :area AND (acked = 0 OR version > :pulled)"
                   " ORDER BY number"));
    uint32_t device = 0;
    enum rc rc;

    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_i64(q, "area", r->area);
    db_bind_i64(q, "pulled", (int64_t)r->version);
    rc = lay_rows_over(l, q, r, own, mem, err);
    if (rc == RC_OK)
        rc = device_number(l, &device, err);
    return rc == RC_OK ? local_lay_withheld(l, r, device, own, mem, err) : rc;
}

/* merge_apply() drops heads in place. */
static struct record copy_heads(const struct record *base, struct arena *mem)
{
    struct record r = *base;
    size_t f;

    r.fields = arena_new(mem, r.type->fields_n * sizeof *r.fields);
    for (f = 0; f < r.type->fields_n; f++) {
        r.fields[f] = base->fields[f];
        r.fields[f].p = arena_new(mem, r.fields[f].n * sizeof *r.fields[f].p);
        if (r.fields[f].n > 0)
            memcpy(r.fields[f].p, base->fields[f].p,
                   r.fields[f].n * sizeof *r.fields[f].p);
    }
    return r;
}

static enum rc replay(struct local *l, const struct record *base,
                      struct arena *mem, struct err *err)
{
    struct record r = copy_heads(base, mem);
    bool own = false;
    enum rc rc = lay_over(l, &r, &own, mem, err);

    if (rc != RC_OK)
        return rc;
    rc = own && base->version > 0 ? local_pulled_save(l, base, mem, err)
                                  : pulled_forget(l, base, err);
    if (rc != RC_OK)
        return rc;
    /* Nothing pulled and nothing of its own (it was parked): gone. */
    if (!record_exists(&r) && base->version == 0)
        return rows_remove(l->rows, r.type, r.area, &r.id, err);
    return rows_save(l->rows, &r, mem, err);
}

enum rc local_replay_stored(struct local *l, const struct shape_type *type,
                            uint32_t area, const struct id *id,
                            struct arena *mem, struct err *err)
{
    struct record base = record_new(type, id, area, mem), shown;
    bool found = false;
    enum rc rc = local_pulled_load(l, &base, &found, mem, err);

    if (rc == RC_OK && !found) {
        rc = rows_load(l->rows, type, area, id, mem, &shown, err);
        if (rc == RC_OK && shown.version > 0) /* as it was pulled */
            base = shown;
    }
    return rc == RC_OK ? local_replay(l, &base, mem, err) : rc;
}

enum rc local_replay(struct local *l, const struct record *base,
                     struct arena *mem, struct err *err)
{
    struct record was;
    enum rc rc;

    if (base->erased)
        return local_erase(l, base, mem, err);
    if (base->recalled)
        return local_recall(l, base, mem, err);
    if (record_emptied(base) == 0)
        return replay(l, base, mem, err);
    rc = rows_load(l->rows, base->type, base->area, &base->id, mem, &was, err);
    if (rc == RC_OK)
        rc = local_empty(l, base, mem, err);
    if (rc == RC_OK)
        rc = replay(l, base, mem, err);
    return rc == RC_OK ? local_empty_files(l, &was, base, err) : rc;
}

/* -- loading ------------------------------------------------------------ */

/* Of a record that was never pulled the others can have seen what was handed
 * in, and nothing else. */
static enum rc handed_in(struct local *l, struct record *r, struct arena *mem,
                         struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT number, area, type, record, clock,"
                            " base_version, writes FROM journal"
                            " WHERE record = :record AND area = :area"
                            " AND acked > 0 AND version > 0 ORDER BY number"));
    bool any;

    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_i64(q, "area", r->area);
    return lay_rows_over(l, q, r, &any, mem, err);
}

enum rc local_load(struct local *l, const struct shape_type *type,
                   uint32_t area, const struct id *id, struct arena *mem,
                   struct local_record *out, struct err *err)
{
    struct local_record r = {.pulled = record_new(type, id, area, mem)};
    bool found = false;
    enum rc rc = rows_load(l->rows, type, area, id, mem, &r.shown, err);

    if (rc == RC_OK)
        rc = local_pulled_load(l, &r.pulled, &found, mem, err);
    if (rc == RC_OK && !found && r.shown.version > 0) /* no own work */
        rc = rows_load(l->rows, type, area, id, mem, &r.pulled, err);
    else if (rc == RC_OK && !found)
        rc = handed_in(l, &r.pulled, mem, err);
    if (rc == RC_OK)
        *out = r;
    return local_blame(l, rc, err);
}

/* -- saving ------------------------------------------------------------- */

static enum rc next_stamp(struct local *l, uint64_t now_ms, hlc_stamp *out,
                          struct err *err)
{
    struct hlc clock = {0};
    enum rc rc = local_get_u64(l, "clock", &clock.last, err);

    if (rc != RC_OK)
        return rc;
    *out = hlc_tick(&clock, now_ms);
    return local_put_u64(l, "clock", clock.last, err);
}

/* Numbers are given out inside the transaction: two programs never get the
 * same one. */
static enum rc next_number(struct local *l, uint64_t *out, struct err *err)
{
    uint64_t last = 0;
    enum rc rc = local_get_u64(l, "last", &last, err);

    if (rc != RC_OK)
        return rc;
    *out = last + 1;
    return local_put_u64(l, "last", last + 1, err);
}

static enum rc journal_add(struct local *l, const struct changeset *c,
                           uint64_t now_ms, struct err *err)
{
    struct buf writes = buf_make(changeset_bytes_max);
    struct db_query *q;
    enum rc rc;

    writes_pack(c, &writes);
    if (writes.full) {
        buf_free(&writes);
        return err_set(err, RC_LIMIT, "this is too much for one save");
    }
    q = db_query(l->db,
                 SQL("INSERT INTO journal(number, area, type, record, clock,"
                     " base_version, writes, saved_ms, acked, version, reason)"
                     " VALUES (:number, :area, :type, :record, :clock,"
                     " :base_version, :writes, :saved, 0, 0, '')"));
    db_bind_i64(q, "number", (int64_t)c->number);
    db_bind_i64(q, "area", c->area);
    db_bind_text(q, "type", c->type->name);
    db_bind_blob(q, "record", id_bytes(&c->record));
    db_bind_i64(q, "clock", (int64_t)c->clock);
    db_bind_i64(q, "base_version", (int64_t)c->base_version);
    db_bind_blob(q, "writes", buf_view(&writes));
    db_bind_i64(q, "saved", (int64_t)now_ms);
    rc = db_done(db_run_at(q), err);
    buf_free(&writes);
    return rc;
}

/* What the writer saw of the fields where it matters. */
static void fill_bases(struct changeset *c, const struct record *pulled,
                       struct arena *mem)
{
    struct write *w = arena_new(mem, c->writes_n * sizeof *w);
    struct shown seen;
    size_t i;

    merge_show_record(pulled, mem, &seen);
    for (i = 0; i < c->writes_n; i++) {
        enum policy p = c->type->fields[c->writes[i].field].policy;

        w[i] = c->writes[i];
        if (!fill_made(&w[i].value, &w[i].base))
            w[i].base = value_null();
        if (p == POLICY_UNION || p == POLICY_TEXT)
            w[i].base = seen.values[w[i].field];
    }
    c->writes = w;
}

/* Number and clock of `c` from here, and what its writer had seen. */
static enum rc prepare(struct local *l, struct changeset *c,
                       const uint64_t *base_version,
                       const struct local_record *r, uint64_t now_ms,
                       struct arena *mem, struct err *err)
{
    enum rc rc = device_number(l, &c->device, err);

    if (rc == RC_OK && r->shown.erased)
        rc = err_set(err, RC_NOTFOUND,
                     MSG("this record was erased; nothing can be added to it"));
    if (rc == RC_OK && c->device == 0)
        rc = err_set(err, RC_AUTH, MSG("this device is not enrolled yet"));
    if (rc == RC_OK)
        rc = next_stamp(l, now_ms, &c->clock, err);
    if (rc != RC_OK)
        return rc;
    c->base_version = base_version != NULL ? *base_version : r->pulled.version;
    fill_bases(c, &r->pulled, mem);
    return changeset_check(c, err);
}

static enum rc to_journal(struct local *l, struct changeset *c,
                          struct local_record *r, uint64_t now_ms,
                          struct arena *mem, struct err *err)
{
    enum rc rc = next_number(l, &c->number, err);

    if (rc == RC_OK && r->pulled.version > 0)
        rc = local_pulled_save(l, &r->pulled, mem, err);
    if (rc == RC_OK)
        rc = journal_add(l, c, now_ms, err);
    if (rc != RC_OK)
        return rc;
    merge_apply(&r->shown, c, 0, mem);
    return rows_save(l->rows, &r->shown, mem, err);
}

enum rc local_save_over(struct local *l, struct changeset *c,
                        const uint64_t *base_version, uint64_t now_ms,
                        struct arena *mem, struct err *err)
{
    struct local_record r;
    bool withheld = false;
    enum rc rc = local_load(l, c->type, c->area, &c->record, mem, &r, err);

    if (rc == RC_OK)
        rc = prepare(l, c, base_version, &r, now_ms, mem, err);
    if (rc == RC_OK)
        rc = local_keep_back(l, c, &r.shown, &withheld, mem, err);
    if (rc == RC_OK && c->writes_n > 0)
        rc = to_journal(l, c, &r, now_ms, mem, err);
    if (rc == RC_OK && withheld)
        rc = local_replay_stored(l, c->type, c->area, &c->record, mem, err);
    return rc;
}

static enum rc save(struct local *l, struct changeset *c, const uint64_t *seen,
                    uint64_t now_ms, struct arena *mem, struct err *err)
{
    struct subjects of = {0};
    enum rc rc = local_subjects(l, c->type, c->area, &c->record, mem, &of, err);

    if (rc == RC_OK)
        rc = local_save_over(l, c, seen, now_ms, mem, err);
    if (rc == RC_OK)
        rc = local_subjects(l, c->type, c->area, &c->record, mem, &of, err);
    return rc == RC_OK ? local_settle(l, c->area, &of, true, now_ms, mem, err)
                       : rc;
}

static enum rc save_whole(struct local *l, struct changeset *c,
                          const uint64_t *seen, uint64_t now_ms,
                          struct arena *mem, struct err *err)
{
    enum rc rc = db_begin(l->db, err);

    if (rc == RC_OK)
        rc = db_end(l->db, save(l, c, seen, now_ms, mem, err), err);
    return local_blame(l, rc, err);
}

enum rc local_save(struct local *l, struct changeset *c, uint64_t now_ms,
                   struct arena *mem, struct err *err)
{
    return save_whole(l, c, NULL, now_ms, mem, err);
}

enum rc local_save_seen(struct local *l, struct changeset *c, uint64_t seen,
                        uint64_t now_ms, struct arena *mem, struct err *err)
{
    return save_whole(l, c, &seen, now_ms, mem, err);
}

/* -- a batch of the journal --------------------------------------------- */

/* A record that is kept apart goes in a batch of its own. */
static bool go_together(const struct changeset *a, const struct changeset *b)
{
    return (!a->type->apart && !b->type->apart) ||
           id_eq(&a->record, &b->record);
}

static enum rc fill_batch(struct local *l, uint64_t from, size_t most,
                          struct arena *mem, struct batch *b,
                          struct changeset *c, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("SELECT number, area, type, record, clock, base_version,"
                   " writes FROM journal WHERE number >= :from"
                   " ORDER BY number"));
    size_t bytes = 0;
    enum rc rc = RC_OK, done;

    db_bind_i64(q, "from", (int64_t)from);
    while (rc == RC_OK && b->changesets_n < batch_changesets_max &&
           bytes < most && db_row(q)) {
        if (b->changesets_n == 0) {
            b->first = (uint64_t)db_i64(q, "number");
            b->area = (uint32_t)db_i64(q, "area");
        } else if ((uint32_t)db_i64(q, "area") != b->area ||
                   (uint64_t)db_i64(q, "number") !=
                       b->first + b->changesets_n) {
            break;
        }
        rc = read_changeset(l, q, b->device, mem, &c[b->changesets_n], err);
        if (rc == RC_OK && !go_together(&c[0], &c[b->changesets_n]))
            break;
        bytes += db_blob(q, "writes").n + 32;
        b->changesets_n++;
    }
    done = db_done(q, rc == RC_OK ? err : NULL);
    return rc == RC_OK ? done : rc;
}

enum rc local_batch(struct local *l, uint64_t from, size_t bytes,
                    struct arena *mem, struct batch *out, struct err *err)
{
    struct changeset *c = arena_new(mem, batch_changesets_max * sizeof *c);
    struct batch b = {.types = bytes_of(l->shape->version), .changesets = c};
    enum rc rc = device_number(l, &b.device, err);

    if (rc == RC_OK)
        rc = fill_batch(l, from, bytes, mem, &b, c, err);
    if (rc == RC_OK)
        *out = b;
    return local_blame(l, rc, err);
}
