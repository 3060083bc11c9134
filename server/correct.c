#include "server/correct.h"

#include <stdio.h>
#include <string.h>

#include "server/deletion.h"
#include "server/erasure.h"
#include "sync/base/text.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/shape_text.h"
#include "sync/sys/file.h"
#include "sync/sys/pack.h"
#include "sync/sys/random.h"

/* -- the device of the server ------------------------------------------- */

static const char account_name[] = "stoepd";

static enum rc make_key(const char *path, struct sign_key **out,
                        struct err *err)
{
    struct sign_key *k = sign_key_new();
    struct buf pem = buf_make(SIGN_PEM_BYTES_MAX);
    enum rc rc;

    sign_key_write(k, &pem);
    rc = file_replace(path, buf_view(&pem), 0600, err);
    if (pem.n > 0)
        mem_wipe(pem.p, pem.n);
    buf_free(&pem);
    if (rc == RC_OK)
        *out = k;
    else
        sign_key_free(k);
    return rc;
}

static enum rc load_key(const char *dir, struct sign_key **out, struct err *err)
{
    char path[1024];
    struct buf pem = {0};
    enum rc rc;

    snprintf(path, sizeof path, "%s/correct.key", dir);
    rc = file_read(path, SIGN_PEM_BYTES_MAX, &pem, err);
    if (rc == RC_NOTFOUND)
        return make_key(path, out, err);
    if (rc == RC_OK)
        rc = sign_key_read(buf_view(&pem), out, err);
    if (pem.n > 0)
        mem_wipe(pem.p, pem.n);
    buf_free(&pem);
    return rc;
}

static enum rc find_device(struct store *s, struct bytes key, uint32_t *out,
                           struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT device FROM device_key"
                                             " WHERE key = :key"));

    db_bind_blob(q, "key", key);
    *out = db_row(q) ? (uint32_t)db_i64(q, "device") : 0;
    return db_done(q, err);
}

/* The first time, or in a store that was put back from before that. */
static enum rc own_device(struct store *s, const struct sign_key *key,
                          uint64_t now_ms, uint32_t *out, struct err *err)
{
    struct sign_public public = sign_key_public(key);
    struct arena mem = {0};
    struct enrolled e = {0};
    struct digest secret;
    int64_t account = 0;
    enum rc rc = find_device(s, (struct bytes){public.der, public.n}, out, err);

    if (rc != RC_OK || *out != 0)
        return rc;
    random_bytes(secret.b, sizeof secret.b);
    rc = store_account_put(s, account_name, ROLE_ADMIN, NULL, 0, 0, &account,
                           err);
    if (rc == RC_OK)
        rc = store_code_put(s, &secret, account, now_ms + 60000, err);
    if (rc == RC_OK)
        rc = store_enrol(s, &secret, &public, "rectification", now_ms, &mem, &e,
                         err);
    *out = e.device;
    arena_free(&mem);
    return rc;
}

/* -- the changeset ------------------------------------------------------ */

struct correcting {
    const struct correction *c;
    const struct sign_key *key;
    uint32_t device;
    uint64_t now_ms;
    struct arena mem;
    struct buf body, input, signature; /* of what is handed in */
};

static enum rc take_pair(struct correcting *t, const char *pair,
                         const struct shown *seen, struct write *out,
                         struct err *err)
{
    const struct shape_type *type = t->c->name.type;
    const char *equals = strchr(pair, '=');
    const struct shape_field *f;
    enum rc rc;

    if (equals == NULL)
        return err_set(err, RC_INVALID, "\"%s\": write field=value", pair);
    f = shape_field_named(
        type, (struct bytes){(const uint8_t *)pair, (size_t)(equals - pair)});
    if (f == NULL || f == &type->fields[FIELD_DELETED])
        return err_set(err, RC_INVALID, "%s has no field \"%.*s\"", type->name,
                       (int)(equals - pair), pair);
    rc = shape_read(f, bytes_of(equals + 1), t->now_ms, LANG_EN, &t->mem,
                    &out->value, err);
    if (rc != RC_OK)
        return rc;
    out->field = (uint16_t)shape_field_index(type, f);
    out->base = value_null();
    if (f->policy == POLICY_UNION || f->policy == POLICY_TEXT)
        out->base = seen->values[out->field];
    return RC_OK;
}

/* What is to be written over what is there now. */
static enum rc make_changeset(struct correcting *t, struct store *s,
                              struct changeset *out, struct err *err)
{
    const struct correction *c = t->c;
    struct write *w = arena_new(&t->mem, c->pairs_n * sizeof *w);
    struct hlc clock = {0};
    struct record r;
    struct shown seen;
    size_t i;
    enum rc rc = rows_load(s->rows, c->name.type, c->name.area, &c->name.id,
                           &t->mem, &r, err);

    if (rc == RC_OK && r.unreadable)
        return err_set(err, RC_NOTFOUND, "the key to this record is missing");
    if (rc == RC_OK &&
        (r.erased || (!record_exists(&r) && record_emptied(&r) == 0)))
        rc = err_set(err, RC_NOTFOUND, "this record was erased");
    if (rc != RC_OK)
        return rc;
    merge_show_record(&r, &t->mem, &seen);
    for (i = 0; rc == RC_OK && i < c->pairs_n; i++)
        rc = take_pair(t, c->pairs[i], &seen, &w[i], err);
    *out = (struct changeset){.device = t->device,
                              .clock = hlc_tick(&clock, t->now_ms),
                              .area = c->name.area,
                              .type = c->name.type,
                              .record = c->name.id,
                              .base_version = r.version,
                              .writes = w,
                              .writes_n = c->pairs_n};
    return rc == RC_OK ? changeset_check(out, err) : rc;
}

/* -- handed in ---------------------------------------------------------- */

/* As a device signs a push (sync/README.md). */
static void sign_body(struct correcting *t)
{
    struct digest body = digest_of(buf_view(&t->body)), base;
    struct buf digest = buf_make(256), text = buf_make(4096),
               nonce = buf_make(64);
    uint8_t random[16], sig[SIGN_BYTES];
    char keyid[32];
    struct httpsig_request r = {.method = bytes_of("POST"),
                                .authority = bytes_of("localhost"),
                                .path = bytes_of("/v1/push")};
    struct httpsig_params p = {.created_s = t->now_ms / 1000};

    snprintf(keyid, sizeof keyid, "device-%u", (unsigned)t->device);
    random_bytes(random, sizeof random);
    text_put_base64url(&nonce, (struct bytes){random, sizeof random});
    httpsig_put_digest(&digest, body.b);
    r.digest = buf_view(&digest);
    p.nonce = buf_view(&nonce);
    p.keyid = bytes_of(keyid);
    httpsig_base(&text, &r, &p);
    base = digest_of(buf_view(&text));
    sign_make(t->key, &base, sig);
    httpsig_put_input(&t->input, &p);
    httpsig_put_signature(&t->signature, sig);
    buf_free(&digest);
    buf_free(&text);
    buf_free(&nonce);
}

static enum rc hand_in(struct correcting *t, struct store *s,
                       struct changeset *c, struct err *err)
{
    static const char *const fine[1];
    struct device d = {0};
    struct batch b = {.device = t->device,
                      .area = c->area,
                      .types = bytes_of(s->shape->version),
                      .changesets = c,
                      .changesets_n = 1};
    struct message m = {.kind = MESSAGE_BATCH};
    struct batch_job job = {.mem = &t->mem,
                            .batch = &b,
                            .verdicts = fine,
                            .now_ms = t->now_ms,
                            .officer = true};
    struct buf plain = buf_make(message_bytes_max);
    enum rc rc = store_device(s, t->device, &t->mem, &d, err);

    b.first = c->number = d.last + 1;
    if (rc == RC_OK) {
        m.as.batch = b;
        wire_put(&plain, &m);
        rc = pack_compress(buf_view(&plain), 3, &t->body, err);
    }
    if (rc == RC_OK) {
        sign_body(t);
        job.body = buf_view(&t->body);
        job.proof = (struct proof){bytes_of("localhost"), buf_view(&t->input),
                                   buf_view(&t->signature)};
        rc = batch_job_run(&job.job, s, err);
    }
    if (rc == RC_OK && job.ack.parked_n > 0)
        rc = err_set(err, RC_DENIED, "%.*s", (int)job.ack.parked[0].reason.n,
                     (const char *)job.ack.parked[0].reason.p);
    else if (rc == RC_OK && job.ack.ranges[0].version == 0)
        rc = err_set(err, RC_NOTFOUND, "this record was erased");
    buf_free(&plain);
    return rc;
}

static enum rc forget(struct correcting *t, struct store *s,
                      const struct changeset *c, struct err *err)
{
    uint64_t fields = 0;
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        fields |= UINT64_C(1) << c->writes[i].field;
    return erase_fields_next(s, &t->c->name, fields, t->now_ms, err);
}

static enum rc run(struct correcting *t, struct store *s, struct err *err)
{
    struct deletion d = {.why = DELETION_CORRECTION,
                         .type = t->c->name.type,
                         .class = t->c->name.type->retention,
                         .note = t->c->note};
    struct changeset c;
    enum rc rc;

    rc = make_changeset(t, s, &c, err);
    if (rc == RC_OK && t->c->forget) {
        rc = forget(t, s, &c, err);
        if (rc == RC_OK) /* over what is left */
            rc = make_changeset(t, s, &c, err);
    }
    if (rc == RC_OK)
        rc = hand_in(t, s, &c, err);
    return rc == RC_OK ? deletion_add(s, &d, t->now_ms, err) : rc;
}

enum rc correct(const char *dir, struct store *s, const struct correction *c,
                uint64_t now_ms, struct err *err)
{
    struct correcting t = {.c = c,
                           .now_ms = now_ms,
                           .body = buf_make(message_bytes_max),
                           .input = buf_make(1024),
                           .signature = buf_make(1024)};
    struct sign_key *key = NULL;
    enum rc rc = load_key(dir, &key, err);

    t.key = key;
    if (rc == RC_OK)
        rc = own_device(s, key, now_ms, &t.device, err);
    if (rc == RC_OK)
        rc = db_begin(s->db, err);
    if (rc == RC_OK)
        rc = db_end(s->db, run(&t, s, err), err);
    if (rc == RC_OK && s->unsettled)
        rc = erase_settle(dir, s, NULL, err);
    buf_free(&t.body);
    buf_free(&t.input);
    buf_free(&t.signature);
    arena_free(&t.mem);
    sign_key_free(key);
    return rc;
}
