#include "server/ledger.h"

#include <string.h>

#include "sync/base/pack.h"

struct digest ledger_entry(const struct journal_entry *e, uint64_t link,
                           const struct digest *body)
{
    struct buf b = buf_make(SIZE_MAX);
    struct digest ack = digest_of(e->ack), d;

    pack_u64(&b, 1); /* the form of what follows */
    pack_u64(&b, e->area);
    pack_u64(&b, link);
    pack_u64(&b, e->device);
    pack_u64(&b, e->first);
    pack_u64(&b, e->last);
    pack_u64(&b, e->received_ms);
    pack_bytes(&b, e->proof.authority);
    pack_bytes(&b, e->proof.input);
    pack_bytes(&b, e->proof.signature);
    pack_bytes(&b, digest_bytes(body));
    pack_bytes(&b, digest_bytes(&ack));
    d = digest_of(buf_view(&b));
    buf_free(&b);
    return d;
}

enum rc ledger_head(struct store *s, uint32_t area, struct chain *out,
                    struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT links, chain FROM area"
                                             " WHERE number = :area"));
    bool found, whole = true;
    enum rc rc;

    *out = (struct chain){0};
    db_bind_i64(q, "area", area);
    found = db_row(q);
    if (found && db_i64(q, "links") > 0)
        whole =
            chain_read(db_blob(q, "chain"), (uint64_t)db_i64(q, "links"), out);
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc = err_set(err, RC_NOTFOUND, "there is no area %u", (unsigned)area);
    if (rc == RC_OK && !whole)
        rc = err_set(err, RC_CORRUPT, "the chain of area %u is damaged",
                     (unsigned)area);
    return rc;
}

static enum rc head_set(struct store *s, uint32_t area, const struct chain *c,
                        struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE area SET links = :links, chain = :chain"
                            " WHERE number = :area"));

    db_bind_i64(q, "links", (int64_t)c->links);
    db_bind_blob(q, "chain", digest_bytes(&c->head));
    db_bind_i64(q, "area", area);
    return db_done(db_run_at(q), err);
}

enum rc ledger_add(struct store *s, const struct journal_entry *e,
                   const struct digest *body, uint64_t *link,
                   struct digest *entry, struct err *err)
{
    struct chain c;
    enum rc rc = ledger_head(s, e->area, &c, err);

    *link = 0;
    *entry = (struct digest){{0}};
    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc != RC_OK)
        return rc;
    *entry = ledger_entry(e, c.links + 1, body);
    chain_add(&c, entry);
    *link = c.links;
    return head_set(s, e->area, &c, err);
}

enum rc ledger_entries(struct store *s, uint32_t area, uint64_t after,
                       struct buf *out, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT link, entry FROM batch WHERE area = :area"
                            " AND link > :after ORDER BY link LIMIT :most"));
    uint8_t head[12] = {0};
    size_t n = 0, at = out->n, i;
    bool whole = true;
    enum rc rc;

    for (i = 0; i < 8; i++)
        head[i] = (uint8_t)(s->epoch >> (56 - 8 * i));
    buf_put(out, head, sizeof head);
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "after", (int64_t)after);
    db_bind_i64(q, "most", LEDGER_PIECE);
    while (whole && db_row(q)) {
        struct bytes entry = db_blob(q, "entry");

        whole = (uint64_t)db_i64(q, "link") == after + n + 1 &&
                entry.n == DIGEST_BYTES;
        buf_put(out, entry.p, entry.n);
        n++;
    }
    rc = db_done(q, err);
    if (rc == RC_OK && !whole)
        rc = err_set(err, RC_CORRUPT,
                     "the journal of area %u is damaged after link %llu",
                     (unsigned)area, (unsigned long long)(after + n - 1));
    head[10] = (uint8_t)(n >> 8);
    head[11] = (uint8_t)n;
    if (!out->full)
        memcpy(out->p + at, head, sizeof head);
    return rc;
}
