#include "server/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/apart.h"
#include "server/device_key.h"
#include "server/journal.h"
#include "server/notary.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/sys/log.h"
#include "sync/sys/pack.h"

struct verify {
    struct store *s;
    struct db *scratch; /* records merged anew */
    struct rows *rows;
    const struct area_info *area; /* under way */
    struct chain chain;           /* of it, so far */
    uint64_t version;             /* of its last changeset so far */
    struct chain *noted;          /* own: heads of the access log, from git */
    size_t noted_n, noted_cap;
    struct verified *out;
    struct err *err;
};

static enum rc differ(struct verify *v, const char *what, uint64_t link)
{
    return err_set(v->err, RC_CORRUPT, "area %.*s, batch %llu: %s",
                   (int)v->area->slug.n, (const char *)v->area->slug.p,
                   (unsigned long long)link, what);
}

/* -- signatures --------------------------------------------------------- */

static enum rc check_signature(struct verify *v, const struct journal_entry *e,
                               const struct digest *body)
{
    struct buf base = buf_make(8192), digest = buf_make(256);
    struct httpsig_request what = {.method = bytes_of("POST"),
                                   .authority = e->proof.authority,
                                   .path = bytes_of("/v1/push")};
    struct httpsig_params p;
    struct sign_public key;
    uint8_t sig[HTTPSIG_BYTES];
    struct digest d;
    enum rc rc = device_key_of(v->s, e->device, e->first, &key, v->err);

    if (rc == RC_OK)
        rc = httpsig_take_input(e->proof.input, &p, v->err);
    if (rc == RC_OK)
        rc = httpsig_take_signature(e->proof.signature, sig, v->err);
    if (rc == RC_OK) {
        httpsig_put_digest(&digest, body->b);
        what.digest = buf_view(&digest);
        httpsig_base(&base, &what, &p);
        d = digest_of(buf_view(&base));
        rc = sign_verify(&key, &d, (struct bytes){sig, sizeof sig}, v->err);
    }
    buf_free(&base);
    buf_free(&digest);
    v->out->signatures += rc == RC_OK;
    return rc;
}

/* -- records, merged anew ----------------------------------------------- */

static enum rc merge_one(struct verify *v, const struct changeset *c,
                         uint64_t version)
{
    struct arena mem = {0};
    struct record r;
    enum rc rc =
        rows_load(v->rows, c->type, c->area, &c->record, &mem, &r, v->err);

    if (rc == RC_OK) {
        merge_apply(&r, c, version, &mem);
        /* What an erasure left of it makes no record. */
        if (record_exists(&r))
            rc = rows_save(v->rows, &r, &mem, v->err);
    }
    arena_free(&mem);
    v->out->changesets++;
    return rc;
}

static enum rc merge_batch(struct verify *v, const struct journal_entry *e,
                           uint64_t link, const struct batch *b,
                           const struct ack *a)
{
    size_t i;
    enum rc rc = RC_OK;

    if (b->first > e->first || b->first + b->changesets_n - 1 != e->last)
        return differ(v, "it holds other numbers than it says", link);
    for (i = (size_t)(e->first - b->first); rc == RC_OK && i < b->changesets_n;
         i++) {
        uint64_t version = journal_version(a, b->first + i);

        if (version == 0)
            continue;
        if (version <= v->version || version > v->area->version)
            return differ(v, "its versions do not follow", link);
        v->version = version;
        if (b->changesets[i].type == NULL)
            return differ(v, "it cannot be read any more", link);
        rc = merge_one(v, &b->changesets[i], version);
    }
    return rc;
}

static enum rc take_batch(struct verify *v, const struct journal_entry *e,
                          uint64_t link)
{
    struct arena mem = {0};
    struct message batch = {0}, ack = {0};
    struct buf plain;
    enum rc rc = pack_expand(e->body, message_bytes_max, &plain, v->err);

    if (rc != RC_OK)
        return rc;
    rc = wire_get(buf_view(&plain), v->s->shape, &mem, &batch, v->err);
    if (rc == RC_OK)
        rc = wire_get(e->ack, NULL, &mem, &ack, v->err);
    if (rc == RC_OK && (batch.kind != MESSAGE_BATCH || ack.kind != MESSAGE_ACK))
        rc = differ(v, "it holds no batch", link);
    if (rc == RC_OK)
        rc = merge_batch(v, e, link, &batch.as.batch, &ack.as.ack);
    buf_free(&plain);
    arena_free(&mem);
    return rc;
}

/* -- the journal of one area -------------------------------------------- */

/* For what was noted in git. */
static enum rc remember(struct verify *v)
{
    struct db_query *q =
        db_query(v->scratch, SQL("INSERT INTO head(slug, link, head)"
                                 " VALUES (:slug, :link, :head)"));

    db_bind_text_bytes(q, "slug", v->area->slug);
    db_bind_i64(q, "link", (int64_t)v->chain.links);
    db_bind_blob(q, "head", digest_bytes(&v->chain.head));
    return db_done(db_run_at(q), v->err);
}

/* `readable`: e->body is what the journal holds. */
static enum rc check_entry(struct verify *v, const struct journal_entry *e,
                           uint64_t link, struct bytes entry,
                           struct bytes body_digest, bool readable)
{
    struct digest body = digest_of(e->body), again;
    struct chain kept;

    if (link != v->chain.links + 1)
        return differ(v, "the one before it is missing", link);
    v->out->emptied += e->stripped;
    if (e->stripped || !readable) {
        if (!chain_read(body_digest, 0, &kept))
            return differ(v, "its digest is damaged", link);
        body = kept.head;
    } else if (!bytes_eq(digest_bytes(&body), body_digest)) {
        return differ(v, "its content was changed", link);
    }
    again = ledger_entry(e, link, &body);
    if (!bytes_eq(digest_bytes(&again), entry))
        return differ(v, "what is said about it was changed", link);
    chain_add(&v->chain, &again);
    if (remember(v) != RC_OK)
        return v->err->code;
    if (check_signature(v, e, &body) != RC_OK)
        return differ(v, "it is not signed by its device", link);
    return readable ? take_batch(v, e, link) : RC_OK;
}

/* The batch in the current row of `q`. */
static enum rc check_row(struct verify *v, struct db_query *q)
{
    struct buf body = buf_make(message_bytes_max);
    struct journal_entry e = {.device = (uint32_t)db_i64(q, "device"),
                              .area = v->area->number,
                              .first = (uint64_t)db_i64(q, "first"),
                              .last = (uint64_t)db_i64(q, "last"),
                              .received_ms = (uint64_t)db_i64(q, "received_ms"),
                              .stripped = db_i64(q, "erased") != 0,
                              .proof = {db_blob(q, "authority"),
                                        db_blob(q, "input"),
                                        db_blob(q, "signature")},
                              .ack = db_blob(q, "ack")};
    enum rc rc = journal_body(v->s, q, &body, v->err);

    e.body = buf_view(&body);
    if (rc == RC_OK || rc == RC_NOTFOUND)
        rc =
            check_entry(v, &e, (uint64_t)db_i64(q, "link"), db_blob(q, "entry"),
                        db_blob(q, "body_digest"), rc == RC_OK);
    buf_free(&body);
    v->out->batches++;
    return rc;
}

static enum rc check_area(struct verify *v)
{
    struct db_query *q = db_query(
        v->s->db, SQL("SELECT device, first, last, area, received_ms,"
                      " authority, input, signature, body, ack, link, entry,"
                      " body_digest, erased, sealed"
                      " FROM batch WHERE area = :area AND link > 0"
                      " ORDER BY link"));
    struct chain head = {0};
    enum rc rc = RC_OK, closed;
    struct err err;

    v->chain = (struct chain){0};
    v->version = 0;
    db_bind_i64(q, "area", v->area->number);
    while (rc == RC_OK && db_row(q))
        rc = check_row(v, q);
    closed = db_done(q, rc == RC_OK ? v->err : &err);
    if (rc == RC_OK)
        rc = closed;
    (void)chain_read(v->area->chain, v->area->links, &head);
    if (rc == RC_OK && !chain_eq(&head, &v->chain))
        rc = differ(v, "the journal ends here, its head says otherwise",
                    v->chain.links);
    return rc;
}

/* -- the records -------------------------------------------------------- */

struct comparing {
    struct verify *v;
    uint64_t n;
    enum rc rc;
};

/* The journal does not say that fields were emptied; it lacks what stood
 * there. */
static void take_emptied(struct record *again, const struct record *rec)
{
    size_t f;

    for (f = 0; f < rec->type->fields_n; f++)
        again->fields[f].emptied = rec->fields[f].emptied;
    if (record_emptied(rec) != 0 && again->version < rec->version)
        again->version = rec->version;
}

static bool compare(void *ctx, const struct record *rec)
{
    struct comparing *c = ctx;
    struct arena mem = {0};
    struct record again;
    char id[ID_TEXT_CHARS + 1];

    if (rec->erased || (!record_exists(rec) && !rec->unreadable))
        return true;
    id_text(&rec->id, id);
    if (rec->unreadable) {
        log_warn("record.unreadable", "id=%s", id);
        c->v->out->unreadable++;
        return true;
    }
    c->n++;
    c->rc = rows_load(c->v->rows, rec->type, rec->area, &rec->id, &mem, &again,
                      c->v->err);
    if (c->rc == RC_OK)
        take_emptied(&again, rec);
    if (c->rc == RC_OK && !record_eq(rec, &again))
        c->rc = err_set(c->v->err, RC_CORRUPT,
                        "%s %s: the store does not follow from the journal",
                        rec->type->name, id);
    arena_free(&mem);
    return c->rc == RC_OK;
}

static bool count(void *ctx, const struct record *rec)
{
    (void)rec;
    ++*(uint64_t *)ctx;
    return true;
}

static enum rc compare_all(struct verify *v)
{
    struct comparing c = {.v = v};
    uint64_t again = 0;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < v->s->shape->types_n; i++) {
        const struct shape_type *t = &v->s->shape->types[i];

        rc = rows_all(v->s->rows, t, compare, &c, v->err);
        if (rc == RC_OK)
            rc = c.rc;
        if (rc == RC_OK)
            rc = rows_all(v->rows, t, count, &again, v->err);
        if (rc == RC_OK && again != c.n)
            rc = err_set(v->err, RC_CORRUPT,
                         "the store lacks records that the journal holds: %llu"
                         " of %llu, up to type %s",
                         (unsigned long long)c.n, (unsigned long long)again,
                         t->name);
    }
    v->out->records = c.n;
    return rc;
}

/* -- git ---------------------------------------------------------------- */

static enum rc keep_noted(struct verify *v, const struct chain *c)
{
    if (v->noted_n == v->noted_cap) {
        v->noted_cap = 2 * v->noted_cap + 64;
        v->noted = mem_resize(v->noted, v->noted_cap * sizeof *v->noted);
    }
    v->noted[v->noted_n++] = *c;
    return RC_OK;
}

/* Read before the journal: what a running server notes meanwhile is of later
 * batches than those that are looked at. */
static enum rc on_noted(void *ctx, const struct notary_head *h, struct err *err)
{
    struct verify *v = ctx;
    struct db_query *q;

    if (bytes_eq(h->slug, bytes_of(NOTARY_ACCESS)))
        return keep_noted(v, &h->chain);
    q = db_query(v->scratch, SQL("INSERT INTO noted(slug, link, head, earlier)"
                                 " VALUES (:slug, :link, :head, :earlier)"));
    db_bind_text_bytes(q, "slug", h->slug);
    db_bind_i64(q, "link", (int64_t)h->chain.links);
    db_bind_blob(q, "head", digest_bytes(&h->chain.head));
    db_bind_i64(q, "earlier", h->epoch != 0 && h->epoch != v->s->epoch);
    return db_done(db_run_at(q), err);
}

static enum rc read_noted(struct verify *v, const char *dir, const char *git)
{
    enum rc rc = db_begin(v->scratch, v->err);

    if (rc != RC_OK)
        return rc;
    rc = notary_walk(dir, git, on_noted, v, &v->out->commits, v->err);
    return db_end(v->scratch, rc, v->err);
}

/* The chain went through every head that was noted; but for those that were
 * lost when the store was put back from a backup, which are counted. */
static enum rc check_noted(struct verify *v)
{
    struct db_query *q = db_query(
        v->scratch, SQL("SELECT DISTINCT slug, link, head, earlier FROM noted"
                        " WHERE NOT EXISTS (SELECT 1 FROM head"
                        " WHERE head.slug = noted.slug"
                        " AND head.link = noted.link"
                        " AND head.head = noted.head)"
                        " ORDER BY earlier, slug, link"));
    enum rc rc = RC_OK, done;

    while (rc == RC_OK && db_row(q)) {
        if (db_i64(q, "earlier") != 0)
            v->out->lost++;
        else
            rc = err_set(v->err, RC_CORRUPT,
                         "area %s: its journal is not the one noted in git at"
                         " link %lld",
                         db_text(q, "slug"), (long long)db_i64(q, "link"));
    }
    done = db_done(q, rc == RC_OK ? v->err : NULL);
    return rc == RC_OK ? done : rc;
}

/* -- all of it ---------------------------------------------------------- */

/* One state of the store, from the first batch to the last record. */
static enum rc check_journal(struct verify *v, const char *dir)
{
    struct arena mem = {0};
    struct area_info *areas;
    size_t n = 0, i;
    enum rc rc = apart_check(v->s, dir, v->err);

    if (rc == RC_OK)
        rc = store_areas(v->s, &mem, &areas, &n, v->err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        v->area = &areas[i];
        rc = db_begin(v->scratch, v->err);
        if (rc == RC_OK)
            rc = db_end(v->scratch, check_area(v), v->err);
    }
    if (rc == RC_OK)
        rc = compare_all(v);
    arena_free(&mem);
    return rc;
}

static enum rc run(const char *dir, const char *git, struct verify *v)
{
    enum rc rc = read_noted(v, dir, git);

    if (rc == RC_OK)
        rc = db_begin_read(v->s->db, v->err);
    if (rc == RC_OK)
        rc = db_end(v->s->db, check_journal(v, dir), v->err);
    if (rc == RC_OK)
        rc = check_noted(v);
    if (rc == RC_OK) /* after git, so that it holds all that was noted */
        rc = access_check(dir, v->noted, v->noted_n, &v->out->access, v->err);
    return rc;
}

static enum rc make_tables(struct verify *v)
{
    enum rc rc = rows_create_tables(v->scratch, v->s->shape, v->err);

    if (rc == RC_OK)
        rc = db_run(v->scratch,
                    SQL("CREATE TABLE head(slug TEXT NOT NULL, link BIGINT NOT"
                        " NULL, head BLOB NOT NULL,"
                        " PRIMARY KEY (slug, link))"),
                    v->err);
    if (rc == RC_OK)
        rc = db_run(v->scratch,
                    SQL("CREATE TABLE noted(slug TEXT NOT NULL, link BIGINT"
                        " NOT NULL, head BLOB NOT NULL, earlier BIGINT NOT"
                        " NULL)"),
                    v->err);
    return rc;
}

enum rc verify_all(const char *dir, const char *git, struct store *s,
                   struct verified *out, struct err *err)
{
    struct verify v = {.s = s, .out = out, .err = err};
    struct rows_sealer sealer = apart_sealer(s->keys);
    char path[1024];
    enum rc rc;

    *out = (struct verified){0};
    snprintf(path, sizeof path, "%s/verify.tmp", dir);
    (void)unlink(path); /* of one that was broken off */
    rc = db_open(path, (struct db_options){.create = true}, &v.scratch, err);
    if (rc == RC_OK)
        rc = make_tables(&v);
    if (rc == RC_OK)
        rc = rows_open(v.scratch, s->shape, &v.rows, err);
    if (rc == RC_OK) { /* what is kept apart is so here, too */
        rows_seal_with(v.rows, &sealer);
        rc = run(dir, git, &v);
    }
    db_close(v.scratch);
    rows_close(v.rows);
    free(v.noted);
    (void)unlink(path);
    return rc;
}
