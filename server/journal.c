#include "server/ledger.h"

#include "sync/limits.h"
#include "sync/sys/pack.h"

enum rc journal_add(struct store *s, const struct journal_entry *e,
                    struct err *err)
{
    struct digest entry;
    struct db_query *q;
    uint64_t link;
    enum rc rc = ledger_add(s, e, &e->came, &link, &entry, err);

    if (rc != RC_OK)
        return rc;
    q = db_query(s->db,
                 SQL("INSERT INTO batch(device, first, last, area, received_ms,"
                     " authority, input, signature, body, ack, link, entry,"
                     " body_digest, erased, version)"
                     " VALUES (:device, :first, :last, :area, :received,"
                     " :authority, :input, :signature, :body, :ack, :link,"
                     " :entry, :digest, :erased, :version)"));
    db_bind_i64(q, "version", (int64_t)e->version);
    db_bind_i64(q, "erased", e->stripped);
    db_bind_i64(q, "link", (int64_t)link);
    db_bind_blob(q, "entry", digest_bytes(&entry));
    db_bind_blob(q, "digest", digest_bytes(&e->came));
    db_bind_i64(q, "device", e->device);
    db_bind_i64(q, "first", (int64_t)e->first);
    db_bind_i64(q, "last", (int64_t)e->last);
    db_bind_i64(q, "area", e->area);
    db_bind_i64(q, "received", (int64_t)e->received_ms);
    db_bind_text_bytes(q, "authority", e->proof.authority);
    db_bind_text_bytes(q, "input", e->proof.input);
    db_bind_text_bytes(q, "signature", e->proof.signature);
    db_bind_blob(q, "body", e->body);
    db_bind_blob(q, "ack", e->ack);
    return db_done(db_run_at(q), err);
}

enum rc journal_park(struct store *s, uint32_t device, uint64_t number,
                     uint32_t area, const char *reason, uint64_t now_ms,
                     struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO parked(device, number, area, reason, at_ms)"
                   " VALUES (:device, :number, :area, :reason, :now)"));

    db_bind_i64(q, "device", device);
    db_bind_i64(q, "number", (int64_t)number);
    db_bind_i64(q, "area", area);
    db_bind_text(q, "reason", reason);
    db_bind_i64(q, "now", (int64_t)now_ms);
    return db_done(db_run_at(q), err);
}

enum rc journal_received(struct store *s, uint32_t area, uint64_t version,
                         uint64_t *out_ms, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT received_ms FROM batch WHERE area = :area"
                   " AND version >= :version AND version > 0 ORDER BY version"
                   " LIMIT 1"));

    db_bind_i64(q, "area", area);
    db_bind_i64(q, "version", (int64_t)version);
    *out_ms = db_row(q) ? (uint64_t)db_i64(q, "received_ms") : 0;
    return db_done(q, err);
}

/* -- what came in before ------------------------------------------------ */

struct before {
    struct batch batch;
    struct ack ack;
    uint64_t first, last; /* new with it */
    bool stripped;
};

static enum rc unpack_batch(struct bytes body, const struct shape *shape,
                            struct arena *mem, struct batch *out,
                            struct err *err)
{
    struct buf plain;
    struct message m;
    enum rc rc = pack_expand(body, message_bytes_max, &plain, err);

    if (rc != RC_OK)
        return rc;
    rc = wire_get(arena_bytes(mem, buf_view(&plain)), shape, mem, &m, err);
    buf_free(&plain);
    if (rc == RC_OK && m.kind != MESSAGE_BATCH)
        rc = err_set(err, RC_CORRUPT, "the journal holds no batch here");
    if (rc == RC_OK)
        *out = m.as.batch;
    return rc;
}

/* The entry that holds a number. */
static enum rc load(struct store *s, uint32_t device, uint64_t number,
                    struct arena *mem, struct before *out, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT first, last, body, ack, erased FROM batch"
                            " WHERE device = :device AND first <= :number"
                            " ORDER BY first DESC LIMIT 1"));
    struct bytes body = {0}, ack = {0};
    struct message m = {0};
    enum rc rc;

    db_bind_i64(q, "device", device);
    db_bind_i64(q, "number", (int64_t)number);
    if (db_row(q)) {
        out->first = (uint64_t)db_i64(q, "first");
        out->last = (uint64_t)db_i64(q, "last");
        out->stripped = db_i64(q, "erased") != 0;
        body = arena_bytes(mem, db_blob(q, "body"));
        ack = arena_bytes(mem, db_blob(q, "ack"));
    }
    rc = db_done(q, err);
    if (rc == RC_OK && (body.n == 0 || number > out->last))
        rc = err_set(err, RC_CORRUPT, "the journal lacks a number");
    if (rc == RC_OK)
        rc = unpack_batch(body, s->shape, mem, &out->batch, err);
    if (rc == RC_OK)
        rc = wire_get(ack, NULL, mem, &m, err);
    if (rc == RC_OK && m.kind != MESSAGE_ACK)
        rc = err_set(err, RC_CORRUPT, "the journal holds no answer here");
    out->ack = m.as.ack;
    return rc;
}

uint64_t journal_version(const struct ack *a, uint64_t number)
{
    size_t i;

    for (i = 0; i < a->ranges_n; i++)
        if (number >= a->ranges[i].first && number <= a->ranges[i].last)
            return a->ranges[i].version == 0
                       ? 0
                       : a->ranges[i].version + number - a->ranges[i].first;
    return 0;
}

static struct bytes reason_of(const struct ack *a, uint64_t number)
{
    size_t i;

    for (i = 0; i < a->parked_n; i++)
        if (a->parked[i].number == number)
            return a->parked[i].reason;
    return bytes_of("kept aside");
}

static const struct write *write_of(const struct changeset *c, uint16_t field)
{
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        if (c->writes[i].field == field)
            return &c->writes[i];
    return NULL;
}

/* Equal but for writes that are gone: on the device (`y`), and from here (`x`)
 * if the batch was stripped. */
static bool same_rest(const struct changeset *x, const struct changeset *y,
                      bool stripped)
{
    size_t i;

    for (i = 0; !stripped && i < y->writes_n; i++)
        if (write_of(x, y->writes[i].field) == NULL)
            return false;
    if (x->type != y->type || !id_eq(&x->record, &y->record) ||
        x->clock != y->clock || x->base_version != y->base_version)
        return false;
    for (i = 0; i < x->writes_n; i++) {
        const struct write *a = &x->writes[i], *b = write_of(y, a->field);

        if (b != NULL &&
            (!value_eq(&a->value, &b->value) || !value_eq(&a->base, &b->base)))
            return false;
    }
    return true;
}

/* Equal, or both unreadable in the same way (the record types may have come
 * to know it since: then it stays parked all the same). */
static bool same(const struct before *was, const struct batch *b, size_t i)
{
    size_t at = (size_t)(b->first + i - was->batch.first);
    const struct changeset *x, *y = &b->changesets[i];

    if (at >= was->batch.changesets_n || was->batch.area != b->area)
        return false;
    x = &was->batch.changesets[at];
    /* The device has dropped it, or it was erased here. */
    if ((y->type != NULL && y->writes_n == 0) ||
        (was->stripped && x->writes_n == 0))
        return id_eq(&x->record, &y->record);
    if (x->type == NULL || y->type == NULL)
        return x->type == y->type && id_eq(&x->record, &y->record) &&
               x->clock == y->clock;
    return same_rest(x, y, was->stripped);
}

enum rc journal_repeat(struct store *s, const struct batch *b, size_t n,
                       struct arena *mem, struct ack_range *ranges,
                       struct ack_parked *parked, size_t *parked_n,
                       struct err *err)
{
    struct before was = {0};
    size_t i;
    enum rc rc;

    for (i = 0; i < n; i++) {
        uint64_t number = b->first + i, version;

        if (number > was.last) {
            rc = load(s, b->device, number, mem, &was, err);
            if (rc != RC_OK)
                return rc;
        }
        if (!same(&was, b, i))
            return serve_forked(b->device, number, err);
        version = journal_version(&was.ack, number);
        ranges[i] = (struct ack_range){number, number, version};
        if (version == 0)
            parked[(*parked_n)++] =
                (struct ack_parked){number, reason_of(&was.ack, number)};
    }
    return RC_OK;
}

/* -- erasing ------------------------------------------------------------ */

struct journal_strip journal_strip_begin(uint32_t area,
                                         const struct wire_strip *which)
{
    return (struct journal_strip){
        .area = area, .which = *which, .device = -1, .first = 0};
}

static enum rc replace_body(struct journal_strip *t, struct store *s,
                            struct bytes plain, struct err *err)
{
    struct buf body = buf_make(message_bytes_max);
    struct db_query *q;
    enum rc rc = pack_compress(plain, 3, &body, err);

    if (rc == RC_OK) {
        q = db_query(s->db, SQL("UPDATE batch SET body = :body, erased = 1"
                                " WHERE device = :device AND first = :first"));
        db_bind_blob(q, "body", buf_view(&body));
        db_bind_i64(q, "device", t->device);
        db_bind_i64(q, "first", t->first);
        rc = db_done(db_run_at(q), err);
    }
    buf_free(&body);
    return rc;
}

static enum rc strip_one(struct journal_strip *t, struct store *s,
                         struct bytes body, struct err *err)
{
    struct buf plain = {0}, out = buf_make(message_bytes_max);
    size_t n = 0;
    enum rc rc = pack_expand(body, message_bytes_max, &plain, err);

    if (rc == RC_OK)
        rc = wire_strip(buf_view(&plain), &t->which, &out, &n, err);
    if (rc == RC_OK && n > 0)
        rc = replace_body(t, s, buf_view(&out), err);
    t->n += n;
    buf_free(&plain);
    buf_free(&out);
    return rc;
}

enum rc journal_strip_next(struct journal_strip *t, struct store *s,
                           size_t most, struct err *err)
{
    struct arena mem = {0};
    struct bytes body = {0};
    enum rc rc = RC_OK;

    /* One at a time: no query is open while a body is replaced. */
    while (rc == RC_OK && !t->done && most-- > 0) {
        struct db_query *q = db_query(
            s->db,
            SQL("SELECT device, first, link, body FROM batch WHERE area = "
                ":area AND (device > :device OR (device = :device"
                " AND first > :first)) ORDER BY device, first LIMIT 1"));

        db_bind_i64(q, "area", t->area);
        db_bind_i64(q, "device", t->device);
        db_bind_i64(q, "first", t->first);
        arena_reset(&mem);
        t->done = !db_row(q);
        if (!t->done) {
            t->device = db_i64(q, "device");
            t->first = db_i64(q, "first");
            t->link = (uint64_t)db_i64(q, "link");
            body = arena_bytes(&mem, db_blob(q, "body"));
        }
        rc = db_done(q, err);
        if (rc == RC_OK && !t->done)
            rc = strip_one(t, s, body, err);
    }
    arena_free(&mem);
    return rc;
}
