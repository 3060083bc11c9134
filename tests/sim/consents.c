#include "tests/sim/consents.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/conversation.h"
#include "schema/rows_consent.h"
#include "schema/schema.h"
#include "server/conversation.h"
#include "sync/merge.h"
#include "sync/sys/pack.h"
#include "tests/sim/disk.h"

enum { SERVER_HOST = 0 };

const char *const consents_type[CONSENTS_WHATS] = {"door-visit", "consent",
                                                   "person"};
const char *const consents_user[CONSENTS_DEVICES] = {"a", "b", "c"};
static const char *const dirs[CONSENTS_DEVICES] = {"/1", "/2", "/3"};
static const char server_dir[] = "/0";

static struct disk_image *fresh_server, *fresh_device[CONSENTS_DEVICES];

void consents_broken(const struct consents *w, const char *what,
                     const char *more)
{
    printf("not ok - seed %llu: %s %s; t_consents 1 %llu runs it again\n",
           (unsigned long long)w->seed, what, more,
           (unsigned long long)w->seed);
    exit(1);
}

void consents_ok(const struct consents *w, enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        consents_broken(w, "it failed:", err->text);
}

/* -- hosts -------------------------------------------------------------- */

static void server_open(struct consents *w)
{
    struct err err;

    consents_ok(w, store_open(server_dir, STORE_WRITE, NULL, &w->writer, &err),
                &err);
    consents_ok(
        w,
        store_open(server_dir, STORE_READ, w->writer.shape, &w->reader, &err),
        &err);
    settling_begin(&w->settling, server_dir, &w->writer);
    w->unsettled = true; /* as after any start */
}

static void server_close(struct consents *w)
{
    settling_free(&w->settling);
    store_close(&w->reader);
    store_close(&w->writer);
}

void consents_endanger(struct consents *w, unsigned host)
{
    struct disk *d = disk_of(host);

    d->dies_at =
        consents_chance(w, 12) ? d->calls + 1 + roll(&w->dice, 120) : 0;
}

static bool dead(unsigned host)
{
    return disk_of(host)->dead;
}

void consents_spare(struct consents *w, unsigned host)
{
    struct err err;

    disk_of(host)->dies_at = 0;
    if (!dead(host))
        return;
    w->deaths++;
    if (host == SERVER_HOST)
        server_close(w);
    else
        local_close(&w->l[host - 1]);
    disk_restart(host, consents_chance(w, 50), &w->dice);
    if (host == SERVER_HOST)
        server_open(w);
    else
        consents_ok(w, local_open(dirs[host - 1], NULL, &w->l[host - 1], &err),
                    &err);
}

/* One area, three accounts with a device each; done once, for all worlds. */
static void make_fresh(struct consents *w)
{
    static const enum role roles[CONSENTS_DEVICES] = {ROLE_WORKER, ROLE_WORKER,
                                                      ROLE_LEAD};
    struct sign_public key = {.n = 64};
    struct enrolled e;
    uint32_t area;
    int64_t account;
    unsigned i;
    struct err err;

    consents_ok(w, store_create(server_dir, schema_builtin_bundle(), &err),
                &err);
    server_open(w);
    consents_ok(
        w, store_area_put(&w->writer, "selwerd", "Selwerd", "", &area, &err),
        &err);
    for (i = 0; i < CONSENTS_DEVICES; i++) {
        struct digest secret = {{(uint8_t)(i + 1)}};

        key.der[0] = (uint8_t)i;
        consents_ok(w,
                    store_account_put(&w->writer, consents_user[i], roles[i],
                                      &area, 1, 0, &account, &err),
                    &err);
        consents_ok(w, store_code_put(&w->writer, &secret, account, 5000, &err),
                    &err);
        consents_ok(w,
                    store_enrol(&w->writer, &secret, &key, consents_user[i],
                                1000, &w->mem, &e, &err),
                    &err);
        consents_ok(w, local_open(dirs[i], NULL, &w->l[i], &err), &err);
        consents_ok(w, local_enrolled(&w->l[i], e.device, &err), &err);
        local_close(&w->l[i]);
        fresh_device[i] = disk_image_take(i + 1);
    }
    server_close(w);
    fresh_server = disk_image_take(SERVER_HOST);
}

/* -- what must hold ----------------------------------------------------- */

struct looking {
    struct consents *w;
    const char *whose;
    const struct local *l; /* NULL: at the server */
};

static enum consent given(struct consents *w, const struct id *subject,
                          const char *purpose)
{
    enum consent consent;
    struct err err;

    consents_ok(w,
                rows_consent(w->writer.rows, 1, subject, purpose, &w->mem,
                             &consent, &err),
                &err);
    return consent;
}

/* It waits for consent on this device: that is where it may stand. */
static bool waits_here(struct looking *k, const struct record *r, size_t field,
                       const struct id *subject)
{
    struct db_query *q;
    bool found;
    struct err err;

    if (k->l == NULL)
        return false;
    q = db_query(k->l->db, SQL("SELECT 1 AS one FROM withheld WHERE"
                               " record = :record AND field = :field"
                               " AND subject = :subject"));
    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_i64(q, "field", (int64_t)field);
    db_bind_blob(q, "subject", id_bytes(subject));
    found = db_row(q);
    consents_ok(k->w, db_done(q, &err), &err);
    k->w->waits += found;
    return found;
}

static void look_at_field(struct looking *k, const struct record *r, size_t f)
{
    const char *purpose = r->type->fields[f].consent;
    size_t i;

    for (i = 0; purpose != NULL && i < r->fields[f].n; i++) {
        const struct value *v = &r->fields[f].p[i].value;

        if (v->kind != VALUE_ID || waits_here(k, r, f, &v->as.id))
            continue;
        k->w->links++;
        if (given(k->w, &v->as.id, purpose) != CONSENT_GIVEN)
            consents_broken(k->w, k->whose, "holds a link without consent");
    }
}

static bool look(void *ctx, const struct record *r)
{
    struct looking *k = ctx;
    enum consent consent = CONSENT_GIVEN;
    bool any = false;
    size_t f;
    struct err err;

    for (f = FIELD_DELETED + 1; f < r->type->fields_n; f++) {
        any |= r->fields[f].n > 0;
        look_at_field(k, r, f);
    }
    if (r->type->consent == NULL || !any)
        return true;
    k->w->links++;
    consents_ok(
        k->w, rows_consent_of(k->w->writer.rows, r, &k->w->mem, &consent, &err),
        &err);
    if (consent != CONSENT_GIVEN)
        consents_broken(k->w, k->whose, "holds contact data without consent");
    return true;
}

static void look_at_all(struct consents *w, struct rows *rows,
                        const char *whose, const struct local *l)
{
    const struct shape *shape = l != NULL ? l->shape : w->writer.shape;
    struct looking k = {.w = w, .whose = whose, .l = l};
    size_t i;
    struct err err;

    for (i = 0; i < CONSENTS_WHATS; i++)
        consents_ok(
            w,
            rows_all(rows, shape_type_named(shape, bytes_of(consents_type[i])),
                     look, &k, &err),
            &err);
}

static void look_at_batch(struct consents *w, const struct batch *b,
                          const char *whose)
{
    size_t i, k;

    for (i = 0; i < b->changesets_n; i++)
        for (k = 0; k < b->changesets[i].writes_n; k++) {
            const struct changeset *c = &b->changesets[i];
            const struct write *x = &c->writes[k];
            const char *purpose = c->type->fields[x->field].consent;

            if (purpose != NULL && x->value.kind == VALUE_ID &&
                given(w, &x->value.as.id, purpose) != CONSENT_GIVEN)
                consents_broken(w, whose,
                                "holds a link without consent in its journal");
        }
}

static void look_at_journal(struct consents *w)
{
    struct db_query *q =
        db_query(w->writer.db,
                 SQL("SELECT device, first, area, body, sealed FROM batch"));
    struct err err;

    while (db_row(q)) {
        struct buf body = buf_make(message_bytes_max), plain = {0};
        struct message m;
        enum rc rc = journal_body(&w->writer, q, &body, &err);

        if (rc == RC_OK)
            rc = pack_expand(buf_view(&body), message_bytes_max, &plain, &err);
        if (rc == RC_OK)
            rc = wire_get(arena_bytes(&w->mem, buf_view(&plain)),
                          w->writer.shape, &w->mem, &m, &err);
        if (rc == RC_OK)
            look_at_batch(w, &m.as.batch, "the server");
        else if (rc != RC_NOTFOUND) /* its key is destroyed */
            consents_ok(w, rc, &err);
        buf_free(&plain);
        buf_free(&body);
    }
    consents_ok(w, db_done(q, &err), &err);
}

static void look_at_device(struct consents *w, unsigned d)
{
    struct local *l = &w->l[d];
    struct batch b = {.changesets_n = 1};
    uint64_t from = 1;
    struct err err;

    look_at_all(w, l->rows, consents_user[d], l);
    while (b.changesets_n > 0) {
        consents_ok(w,
                    local_batch(l, from, batch_bytes_target, &w->mem, &b, &err),
                    &err);
        look_at_batch(w, &b, consents_user[d]);
        from = b.first + b.changesets_n;
    }
}

/* -- the server --------------------------------------------------------- */

static void nothing(struct merge_job *job)
{
    (void)job;
}

static enum rc do_settle(struct consents *w, struct err *err)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && (w->unsettled || w->writer.unsettled)) {
        w->writer.unsettled = false;
        rc = settling_step(&w->settling, &w->unsettled, err);
    }
    return rc;
}

void consents_look(struct consents *w)
{
    struct err err;

    if (dead(SERVER_HOST))
        return;
    disk_of(SERVER_HOST)->calm = true;
    look_at_all(w, w->writer.rows, "the server", NULL);
    consents_ok(w, do_settle(w, &err), &err);
    look_at_journal(w);
    disk_of(SERVER_HOST)->calm = false;
}

static enum rc push(struct consents *w, const struct device *d,
                    struct bytes body, struct buf *out, struct err *err)
{
    static const struct proof proof;
    struct push p = {0};
    enum rc rc = push_open(&p, &w->reader, d, body, &proof, w->now_ms, err);

    if (rc == RC_OK) {
        p.job.job.done = nothing;
        merge_jobs_do(&w->writer, &p.job.job);
        consents_look(w);
        rc = p.job.job.rc;
        *err = p.job.job.err;
    }
    if (rc == RC_OK)
        rc = push_answer(&p, out, err);
    push_free(&p);
    return rc;
}

static uint64_t number_in(const char *path, const char *key)
{
    const char *at = strstr(path, key);

    return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10);
}

/* -- a sync ------------------------------------------------------------- */

static enum conversation_next pull(struct consents *w, struct conversation *c,
                                   const struct device *d, struct moment at)
{
    struct pull what = {1, number_in(c->question.path, "after=")};
    struct pulling p = {0};
    bool more = true;
    struct err err;
    enum rc rc = pulling_open(&p, &w->reader, d, &what, w->now_ms, &err);

    while (rc == RC_OK && more && !consents_chance(w, 5)) { /* or cut off */
        struct buf piece = buf_make(message_bytes_max);

        rc = pulling_next(&p, &piece, &more, &err);
        if (rc == RC_OK)
            rc = conversation_piece(c, buf_view(&piece), at, &err);
        buf_free(&piece);
    }
    pulling_free(&p);
    if (rc == RC_OK && more)
        rc = err_set(&err, RC_NETWORK, "cut off");
    return rc == RC_OK ? conversation_end(c, at)
                       : conversation_failed(c, &err, at);
}

static enum conversation_next ask(struct consents *w, struct conversation *c,
                                  const struct device *d, struct moment at)
{
    struct buf out = buf_make(message_bytes_max);
    struct bytes body = arena_bytes(&w->mem, c->question.body), answer;
    struct greeting g = {.token = bytes_of("t"), .lease_s = 3600};
    const char *path = c->question.path;
    struct hello said;
    struct err err;
    enum rc rc;

    if (strncmp(path, "/v1/pull?", 9) == 0)
        return pull(w, c, d, at);
    if (strcmp(path, "/v1/session") == 0)
        rc = converse_hello(&w->reader, d, body, &g, w->now_ms, &w->mem, &said,
                            &out, &err);
    else if (strcmp(path, "/v1/push") == 0)
        rc = push(w, d, body, &out, &err);
    else
        rc = converse_chain(&w->reader, d, 1, number_in(path, "after="), &out,
                            &err);
    if (dead(SERVER_HOST) ||
        consents_chance(w, 8)) /* it did it, and nobody heard */
        rc = err_set(&err, RC_NETWORK, "no answer");
    answer = arena_bytes(&w->mem, buf_view(&out));
    buf_free(&out);
    if (rc != RC_OK && rc != RC_NETWORK)
        consents_broken(w, "refused:", err.text);
    consents_spare(w, SERVER_HOST);
    return rc == RC_OK ? conversation_answer(c, answer, at)
                       : conversation_failed(c, &err, at);
}

void consents_sync(struct consents *w, unsigned d)
{
    unsigned host = d + 1;
    enum conversation_next next = CONVERSATION_STOP;
    struct moment at = {w->now_ms, (uint32_t)roll(&w->dice, 1U << 31)};
    struct conversation c;
    struct device device;
    struct err err;
    enum rc rc;

    consents_endanger(w, host);
    consents_endanger(w, SERVER_HOST);
    disk_of(SERVER_HOST)->calm = true;
    consents_ok(w, store_device(&w->reader, d + 1, &w->mem, &device, &err),
                &err);
    disk_of(SERVER_HOST)->calm = false;
    rc = conversation_open(&c, &w->l[d], 3, &err);
    if (rc == RC_OK)
        next = conversation_start(&c, at);
    while (!dead(host) &&
           (next == CONVERSATION_ASK || next == CONVERSATION_WAIT))
        next = next == CONVERSATION_ASK ? ask(w, &c, &device, at)
                                        : conversation_waited(&c, at);
    conversation_close(&c);
    consents_spare(w, SERVER_HOST);
    if (dead(host))
        next = CONVERSATION_STOP;
    consents_spare(w, host);
    if (next != CONVERSATION_DONE)
        return;
    w->syncs++;
    look_at_device(w, d);
}

/* -- a world ------------------------------------------------------------ */

void consents_begin(struct consents *w, uint64_t seed)
{
    unsigned i;
    struct err err;

    w->seed = seed;
    w->now_ms = UINT64_C(1790000000000);
    w->dice = dice_of(seed);
    pretend_chance = &w->dice;
    pretend_now_ms = w->now_ms;
    if (fresh_server == NULL) {
        disks_install();
        make_fresh(w);
        w->dice = dice_of(seed);
    }
    disks_reset();
    pretend_list_clear();
    disk_image_put(SERVER_HOST, fresh_server);
    server_open(w);
    for (i = 0; i < CONSENTS_DEVICES; i++) {
        disk_image_put(i + 1, fresh_device[i]);
        consents_ok(w, local_open(dirs[i], NULL, &w->l[i], &err), &err);
    }
}

void consents_end(struct consents *w)
{
    unsigned i;

    for (i = 0; i < CONSENTS_DEVICES; i++)
        local_close(&w->l[i]);
    server_close(w);
    arena_reset(&w->mem);
}
