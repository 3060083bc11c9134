#include "server/ledger.h"

#include <string.h>

#include "server/apart.h"
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
                     " body_digest, erased, version, sealed)"
                     " VALUES (:device, :first, :last, :area, :received,"
                     " :authority, :input, :signature, :body, :ack, :link,"
                     " :entry, :digest, :erased, :version, :sealed)"));
    db_bind_i64(q, "version", (int64_t)e->version);
    db_bind_blob(q, "sealed",
                 e->apart ? id_bytes(&e->record) : (struct bytes){0});
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

bool journal_sealed(struct db_query *q, struct id *out)
{
    struct bytes id = db_blob(q, "sealed");

    if (id.n == ID_BYTES)
        memcpy(out->b, id.p, ID_BYTES);
    return id.n == ID_BYTES;
}

enum rc journal_body(struct store *s, struct db_query *q, struct buf *out,
                     struct err *err)
{
    struct bytes body = db_blob(q, "body");
    struct apart_batch b;

    if (!journal_sealed(q, &b.record)) {
        buf_put(out, body.p, body.n);
        return out->full ? err_set(err, RC_LIMIT, "a batch is too long")
                         : RC_OK;
    }
    b.device = (uint32_t)db_i64(q, "device");
    b.area = (uint32_t)db_i64(q, "area");
    b.first = (uint64_t)db_i64(q, "first");
    return apart_open_batch(s->keys, &b, body, out, err);
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
    bool unreadable; /* all there is to know is that it held `record` alone */
    struct id record;
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
        db_query(s->db, SQL("SELECT device, first, last, area, body, ack,"
                            " erased, sealed FROM batch"
                            " WHERE device = :device AND first <= :number"
                            " ORDER BY first DESC LIMIT 1"));
    struct buf body = buf_make(message_bytes_max);
    struct bytes ack = {0};
    struct message m = {0};
    enum rc rc, opened = RC_OK;

    db_bind_i64(q, "device", device);
    db_bind_i64(q, "number", (int64_t)number);
    if (db_row(q)) {
        out->first = (uint64_t)db_i64(q, "first");
        out->last = (uint64_t)db_i64(q, "last");
        out->stripped = db_i64(q, "erased") != 0;
        out->batch.area = (uint32_t)db_i64(q, "area");
        ack = arena_bytes(mem, db_blob(q, "ack"));
        (void)journal_sealed(q, &out->record);
        opened = journal_body(s, q, &body, err);
        out->unreadable = opened == RC_NOTFOUND;
    }
    rc = db_done(q, opened == RC_OK || out->unreadable ? err : NULL);
    if (rc == RC_OK && !out->unreadable)
        rc = opened;
    if (rc == RC_OK && number > out->last)
        rc = err_set(err, RC_CORRUPT, "the journal lacks a number");
    if (rc == RC_OK && !out->unreadable)
        rc = unpack_batch(buf_view(&body), s->shape, mem, &out->batch, err);
    buf_free(&body);
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

/* NULL: it was kept nowhere. */
static const struct ack_parked *parked_as(const struct ack *a, uint64_t number)
{
    size_t i;

    for (i = 0; i < a->parked_n; i++)
        if (a->parked[i].number == number)
            return &a->parked[i];
    return NULL;
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

    if (was->unreadable)
        return was->batch.area == b->area && id_eq(&was->record, &y->record);
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
        uint64_t number = b->first + i;
        const struct ack_parked *aside;

        if (number > was.last) {
            rc = load(s, b->device, number, mem, &was, err);
            if (rc != RC_OK)
                return rc;
        }
        if (!same(&was, b, i))
            return serve_forked(b->device, number, err);
        ranges[i] = (struct ack_range){number, number,
                                       journal_version(&was.ack, number)};
        aside = parked_as(&was.ack, number);
        if (aside != NULL)
            parked[(*parked_n)++] = *aside;
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

struct one_batch { /* of the journal, under way */
    struct buf body;
    bool sealed, unreadable, empty;
    struct id record; /* whose key it is sealed with */
    uint64_t changesets;
};

static enum rc replace_body(struct journal_strip *t, struct store *s,
                            const struct one_batch *b, struct bytes plain,
                            struct err *err)
{
    struct buf body = buf_make(message_bytes_max);
    struct buf sealed = buf_make(message_bytes_max + 1024);
    struct apart_batch apart = {(uint32_t)t->device, t->area,
                                (uint64_t)t->first, b->record};
    struct db_query *q;
    enum rc rc = pack_compress(plain, 3, &body, err);

    if (rc == RC_OK && b->sealed)
        rc = apart_seal_batch(s->keys, &apart, buf_view(&body), &sealed, err);
    if (rc == RC_OK) {
        q = db_query(s->db, SQL("UPDATE batch SET body = :body, erased = 1"
                                " WHERE device = :device AND first = :first"));
        db_bind_blob(q, "body", buf_view(b->sealed ? &sealed : &body));
        db_bind_i64(q, "device", t->device);
        db_bind_i64(q, "first", t->first);
        rc = db_done(db_run_at(q), err);
    }
    buf_free(&body);
    buf_free(&sealed);
    return rc;
}

/* What is sealed and goes as a whole: its key is destroyed. */
static enum rc empty_one(struct journal_strip *t, struct store *s,
                         struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE batch SET body = X'', erased = 1"
                            " WHERE device = :device AND first = :first"));

    db_bind_i64(q, "device", t->device);
    db_bind_i64(q, "first", t->first);
    return db_done(db_run_at(q), err);
}

static enum rc strip_one(struct journal_strip *t, struct store *s,
                         const struct one_batch *b, struct err *err)
{
    struct buf plain = {0}, out = buf_make(message_bytes_max);
    size_t n = 0;
    enum rc rc;

    if (b->unreadable)
        return RC_OK;
    rc = pack_expand(buf_view(&b->body), message_bytes_max, &plain, err);
    if (rc == RC_OK)
        rc = wire_strip(buf_view(&plain), &t->which, &out, &n, err);
    if (rc == RC_OK && n > 0)
        rc = replace_body(t, s, b, buf_view(&out), err);
    t->n += n;
    buf_free(&plain);
    buf_free(&out);
    return rc;
}

/* One at a time: no query is open while a body is replaced. */
static enum rc next_batch(struct journal_strip *t, struct store *s,
                          struct one_batch *b, struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT device, first, last, link, area, body, sealed, erased"
            " FROM batch WHERE area = :area AND (device > :device OR"
            " (device = :device AND first > :first))"
            " ORDER BY device, first LIMIT 1"));
    enum rc rc = RC_OK, closed;

    db_bind_i64(q, "area", t->area);
    db_bind_i64(q, "device", t->device);
    db_bind_i64(q, "first", t->first);
    t->done = !db_row(q);
    if (!t->done) {
        t->device = db_i64(q, "device");
        t->first = db_i64(q, "first");
        t->link = (uint64_t)db_i64(q, "link");
        b->sealed = journal_sealed(q, &b->record);
        b->changesets = (uint64_t)(db_i64(q, "last") - t->first + 1);
        b->empty = db_blob(q, "body").n == 0;
        rc = journal_body(s, q, &b->body, err);
        b->unreadable = rc == RC_NOTFOUND;
    }
    closed = db_done(q, rc == RC_OK || b->unreadable ? err : NULL);
    return rc == RC_OK || b->unreadable ? closed : rc;
}

enum rc journal_strip_next(struct journal_strip *t, struct store *s,
                           size_t most, struct err *err)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && !t->done && most-- > 0) {
        struct one_batch b = {.body = buf_make(message_bytes_max)};

        rc = next_batch(t, s, &b, err);
        if (rc != RC_OK || t->done || b.empty) {
            ;
        } else if (b.sealed && t->which.whole(t->which.ctx, &b.record)) {
            t->n += b.changesets;
            rc = empty_one(t, s, err);
        } else {
            rc = strip_one(t, s, &b, err);
        }
        buf_free(&b.body);
    }
    return rc;
}
