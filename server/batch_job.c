/* One batch merged into the store (merger.h). */
#include <string.h>

#include "server/apart.h"
#include "server/consent.h"
#include "server/erasure.h"
#include "server/merger.h"
#include "sync/limits.h"
#include "sync/merge.h"

struct merging {
    struct store *s;
    struct batch_job *job;
    struct bytes user;        /* whose device it is */
    uint64_t version;         /* of the area, after what is merged so far */
    uint64_t merged;          /* version of the last changeset merged */
    struct ack_range *ranges; /* one per changeset, joined at the end */
    struct ack_parked *parked;
    size_t parked_n;
    size_t swallowed; /* whose writes, or some, are not to be kept */
    uint64_t *lost;   /* per changeset: fields that lack consent, a bit each */
    struct err *err;
};

static enum rc area_version(struct store *s, uint32_t area, uint64_t *out,
                            bool *found, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT version FROM area WHERE number = :number"));

    db_bind_i64(q, "number", area);
    *found = db_row(q);
    if (*found)
        *out = (uint64_t)db_i64(q, "version");
    return db_done(q, err);
}

static enum rc area_version_set(struct store *s, uint32_t area,
                                uint64_t version, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE area SET version = :version"
                            " WHERE number = :number"));

    db_bind_i64(q, "version", (int64_t)version);
    db_bind_i64(q, "number", area);
    return db_done(db_run_at(q), err);
}

static enum rc device_last_set(struct store *s, const struct batch *b,
                               uint64_t now_ms, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE device SET last = :last, seen_ms = :now"
                            " WHERE number = :number"));

    db_bind_i64(q, "last", (int64_t)(b->first + b->changesets_n - 1));
    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "number", b->device);
    return db_done(db_run_at(q), err);
}

/* Acknowledged, and kept nowhere; `reason` NULL: that is no news to anybody. */
static void swallow(struct merging *m, size_t i, const char *reason)
{
    const struct changeset *c = &m->job->batch->changesets[i];

    m->ranges[i] = (struct ack_range){c->number, c->number, 0};
    if (reason != NULL)
        m->parked[m->parked_n++] =
            (struct ack_parked){c->number, bytes_of(reason)};
    m->swallowed++;
}

/* What is kept aside is never asked for consent: it goes without what needs
 * it. */
static uint64_t under_consent(const struct changeset *c)
{
    uint64_t fields = 0;
    size_t i;

    for (i = 0; c->type != NULL && i < c->writes_n; i++)
        if (c->writes[i].field < c->type->fields_n &&
            (c->type->consent != NULL ||
             c->type->fields[c->writes[i].field].consent != NULL))
            fields |= UINT64_C(1) << c->writes[i].field;
    return fields;
}

static enum rc park(struct merging *m, size_t i, const char *reason)
{
    const struct changeset *c = &m->job->batch->changesets[i];
    bool erased = false, emptied = false;
    enum rc rc = erasure_known(m->s, &c->record, &erased, m->err);

    if (rc == RC_OK)
        rc =
            emptying_known(m->s, &c->record, c->base_version, &emptied, m->err);
    if (rc != RC_OK)
        return rc;
    /* An erasure wins over what comes later.  Nothing in it: its device has
     * heard of the emptying already. */
    if (erased || (emptied && c->type != NULL && c->writes_n == 0)) {
        swallow(m, i, NULL);
        return RC_OK;
    }
    m->lost[i] = under_consent(c);
    m->swallowed += emptied || m->lost[i] != 0;
    m->ranges[i] = (struct ack_range){c->number, c->number, 0};
    m->parked[m->parked_n++] = (struct ack_parked){c->number, bytes_of(reason)};
    return journal_park(m->s, c->device, c->number, c->area, reason,
                        m->job->now_ms, m->err);
}

/* Without the writes to these fields. */
static struct changeset without(const struct changeset *c, uint64_t fields,
                                struct arena *mem)
{
    struct write *w = arena_new(mem, c->writes_n * sizeof *w);
    struct changeset out = *c;
    size_t i;

    out.writes = w;
    out.writes_n = 0;
    for (i = 0; i < c->writes_n; i++)
        if (!(fields & UINT64_C(1) << c->writes[i].field))
            w[out.writes_n++] = c->writes[i];
    return out;
}

static enum rc merge_rest(struct merging *m, struct record *r,
                          const struct changeset *c, struct arena *mem)
{
    struct consent_change change = {0};
    struct links *links = links_of_record(r, mem);
    enum rc rc;

    consent_changes(&change, r, mem);
    merge_apply(r, c, m->version, mem);
    rc = rows_save(m->s->rows, r, mem, m->err);
    if (rc == RC_OK)
        rc = replaced_note(m->s, links, r, m->err);
    if (rc == RC_OK && c->type->apart)
        rc = m->job->officer ? apart_given(m->s, r, m->err)
                             : apart_note(m->s, r, c, m->user, m->err);
    if (rc != RC_OK)
        return rc;
    consent_changes(&change, r, mem);
    return consent_settle(m->s, &change, &m->version, m->job->now_ms, m->err);
}

/* Deleting what was emptied of all that it was: whose consent was taken back
 * goes by itself, also for who is not named in it any more. */
static bool is_gone(const struct record *r, const struct changeset *c)
{
    return changeset_deletes(c) && c->writes_n == 1 && !record_exists(r) &&
           record_emptied(r) != 0;
}

/* Why what is there keeps `c` out; NULL: it does not. */
static enum rc objection(struct merging *m, const struct record *r,
                         const struct changeset *c, const char **out)
{
    bool may = true;
    enum rc rc = RC_OK;

    *out = NULL;
    if (c->type->apart && !m->job->officer)
        rc = apart_may_write(m->s, &c->record, m->user, &may, m->err);
    if (!may)
        *out = MSG("this contact is not given to you");
    else if (r->unreadable)
        *out = MSG("the key to this record is missing");
    else if (!merge_fits(r, c))
        *out = MSG("too many others changed the same at once");
    return rc;
}

static enum rc merge_into(struct merging *m, size_t i, struct record *r,
                          struct arena *mem)
{
    const struct changeset *c = &m->job->batch->changesets[i];
    uint64_t emptied = merge_emptied(r, c);
    struct changeset rest;
    const char *why;
    enum rc rc = RC_OK;

    if (r->erased) {
        swallow(m, i, NULL);
        return RC_OK;
    }
    if (r->unreadable) { /* nor does anybody know what consent it rests on */
        rc = objection(m, r, c, &why);
        return rc == RC_OK ? park(m, i, why) : rc;
    }
    rc = consent_lacks(m->s, r, c, mem, &m->lost[i], m->err);
    if (rc != RC_OK)
        return rc;
    rest = without(c, emptied | m->lost[i], mem);
    if (rest.writes_n == 0) {
        swallow(m, i, m->lost[i] & ~emptied ? ack_no_consent : ack_emptied);
        return RC_OK;
    }
    rc = objection(m, r, &rest, &why);
    if (rc == RC_OK && why != NULL && is_gone(r, &rest)) {
        swallow(m, i, NULL);
        return RC_OK;
    }
    if (rc != RC_OK || why != NULL)
        return rc == RC_OK ? park(m, i, why) : rc;
    m->swallowed += rest.writes_n < c->writes_n;
    m->version++;
    m->merged = m->version;
    m->ranges[i] = (struct ack_range){c->number, c->number, m->version};
    return merge_rest(m, r, &rest, mem);
}

static enum rc merge_one(struct merging *m, size_t i)
{
    const struct changeset *c = &m->job->batch->changesets[i];
    const char *why = m->job->verdicts[i];
    struct arena mem = {0};
    struct record r;
    enum rc rc;

    if (why != NULL)
        return park(m, i, why);
    rc = rows_load(m->s->rows, c->type, c->area, &c->record, &mem, &r, m->err);
    if (rc == RC_OK)
        rc = merge_into(m, i, &r, &mem);
    arena_free(&mem);
    return rc;
}

/* Ranges of one number each become as few as there can be. */
static size_t join(struct ack_range *r, size_t n)
{
    size_t i, k = 0;

    for (i = 1; i < n; i++) {
        struct ack_range *to = &r[k];
        bool follows =
            to->version == 0
                ? r[i].version == 0
                : r[i].version == to->version + (r[i].first - to->first);

        if (follows)
            to->last = r[i].last;
        else
            r[++k] = r[i];
    }
    return n == 0 ? 0 : k + 1;
}

/* What came before and was erased since is not to come in with the rest. */
static enum rc look_back(struct merging *m, size_t repeated)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < repeated; i++) {
        const struct changeset *c = &m->job->batch->changesets[i];
        bool erased = false, emptied = false;

        rc = erasure_known(m->s, &c->record, &erased, m->err);
        if (rc == RC_OK)
            rc = emptying_known(m->s, &c->record, c->base_version, &emptied,
                                m->err);
        m->swallowed += erased || emptied;
    }
    return rc;
}

/* A body that is sealed is longer than one that is not. */
enum { SEALED_BYTES_MAX = message_bytes_max + 1024 };

static enum rc seal(struct merging *m, struct journal_entry *e,
                    struct buf *body)
{
    struct apart_batch a = {e->device, e->area, e->first, e->record};
    struct buf plain = buf_make(message_bytes_max);
    enum rc rc;

    buf_put(&plain, e->body.p, e->body.n);
    buf_clear(body);
    rc = apart_seal_batch(m->s->keys, &a, buf_view(&plain), body, m->err);
    buf_free(&plain);
    e->body = buf_view(body);
    return rc;
}

/* As the journal keeps it: without what was swallowed, and sealed if it holds
 * a record that is kept apart.  An erased one has no key any more, and there is
 * nothing left to seal. */
static enum rc make_body(struct merging *m, struct journal_entry *e,
                         struct buf *body)
{
    bool alone, erased = false;
    enum rc rc = RC_OK;

    if (e->stripped) {
        rc = erasure_strip(m->s, m->job->batch, m->lost, m->job->body, body,
                           m->err);
        e->body = buf_view(body);
    }
    e->apart = batch_apart(m->job->batch, &e->record, &alone);
    if (rc == RC_OK && e->apart)
        rc = erasure_known(m->s, &e->record, &erased, m->err);
    e->apart = e->apart && !erased;
    return rc == RC_OK && e->apart ? seal(m, e, body) : rc;
}

static enum rc write_down(struct merging *m, size_t repeated)
{
    struct batch_job *job = m->job;
    const struct batch *b = job->batch;
    struct message answer = {.kind = MESSAGE_ACK, .as.ack = job->ack};
    struct journal_entry e = {.device = b->device,
                              .area = b->area,
                              .first = b->first + repeated,
                              .last = b->first + b->changesets_n - 1,
                              .version = m->merged,
                              .received_ms = job->now_ms,
                              .proof = job->proof,
                              .body = job->body,
                              .came = digest_of(job->body)};
    struct buf ack = buf_make(message_bytes_max);
    struct buf body = buf_make(SEALED_BYTES_MAX);
    enum rc rc = look_back(m, repeated);

    e.stripped = m->swallowed > 0;
    if (rc == RC_OK)
        rc = make_body(m, &e, &body);
    wire_put(&ack, &answer);
    e.ack = buf_view(&ack);
    if (rc == RC_OK)
        rc = journal_add(m->s, &e, m->err);
    buf_free(&body);
    buf_free(&ack);
    return rc;
}

static enum rc merge_new(struct merging *m, size_t repeated)
{
    const struct batch *b = m->job->batch;
    bool found = false;
    size_t i;
    enum rc rc = area_version(m->s, b->area, &m->version, &found, m->err);

    for (i = repeated; i < b->changesets_n && rc == RC_OK; i++)
        rc = found ? merge_one(m, i) : park(m, i, MSG("there is no such area"));
    if (rc == RC_OK && found)
        rc = area_version_set(m->s, b->area, m->version, m->err);
    if (rc == RC_OK)
        rc = device_last_set(m->s, b, m->job->now_ms, m->err);
    return rc;
}

enum rc batch_job_run(struct merge_job *base, struct store *s, struct err *err)
{
    struct batch_job *job = (struct batch_job *)base;
    const struct batch *b = job->batch;
    struct merging m = {.s = s, .job = job, .err = err};
    struct device d;
    size_t repeated = 0;
    enum rc rc = store_device(s, b->device, job->mem, &d, err);

    if (rc == RC_OK)
        rc = device_may(&d, job->now_ms, err);
    /* What was signed with a key that was replaced meanwhile comes again. */
    if (rc == RC_OK && job->key.n > 0 && !bytes_eq(d.key, job->key))
        rc = err_set(err, RC_AUTH, "the key of this device was changed");
    if (rc == RC_OK)
        rc = serve_place(d.last, b, &repeated, err);
    if (rc != RC_OK)
        return rc;
    m.user = d.user;
    m.ranges = arena_new(job->mem, b->changesets_n * sizeof *m.ranges);
    m.parked = arena_new(job->mem, b->changesets_n * sizeof *m.parked);
    m.lost = arena_new(job->mem, b->changesets_n * sizeof *m.lost);
    rc = journal_repeat(s, b, repeated, job->mem, m.ranges, m.parked,
                        &m.parked_n, err);
    if (rc == RC_OK && repeated < b->changesets_n) {
        base->wrote = true;
        rc = merge_new(&m, repeated);
    }
    if (rc != RC_OK)
        return rc;
    job->ack = (struct ack){.device = b->device,
                            .area = b->area,
                            .ranges = m.ranges,
                            .ranges_n = join(m.ranges, b->changesets_n),
                            .parked = m.parked,
                            .parked_n = m.parked_n};
    return repeated < b->changesets_n ? write_down(&m, repeated) : RC_OK;
}
