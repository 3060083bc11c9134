#include "server/own_device.h"

#include <stdio.h>

#include "sync/base/text.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/sys/file.h"
#include "sync/sys/pack.h"
#include "sync/sys/random.h"
#include "sync/wire.h"

/* -- its key ----------------------------------------------------------------
 */

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

static enum rc load_key(const char *path, struct sign_key **out,
                        struct err *err)
{
    struct buf pem = {0};
    enum rc rc = file_read(path, SIGN_PEM_BYTES_MAX, &pem, err);

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

enum rc own_device_open(const char *path, struct store *s,
                        struct own_device *out, struct err *err)
{
    struct own_device o = {0};
    struct sign_public public;
    enum rc rc = load_key(path, &o.key, err);

    if (rc != RC_OK)
        return rc;
    public = sign_key_public(o.key);
    rc = find_device(s, (struct bytes){public.der, public.n}, &o.number, err);
    if (rc == RC_OK)
        *out = o;
    else
        own_device_close(&o);
    return rc;
}

void own_device_close(struct own_device *o)
{
    sign_key_free(o->key);
    o->key = NULL;
}

enum rc own_device_make(struct own_device *o, struct store *s, int64_t account,
                        const char *name, uint64_t now_ms, struct err *err)
{
    struct sign_public public = sign_key_public(o->key);
    struct arena mem = {0};
    struct enrolled e = {0};
    struct digest secret;
    enum rc rc;

    random_bytes(secret.b, sizeof secret.b);
    rc = store_code_put(s, &secret, account, now_ms + 60000, err);
    if (rc == RC_OK)
        rc = store_enrol(s, &secret, &public, name, now_ms, &mem, &e, err);
    if (rc == RC_OK)
        o->number = e.device;
    arena_free(&mem);
    return rc;
}

/* -- what it hands in ---------------------------------------------------------
 */

static struct bytes kept(struct buf *b, struct arena *mem)
{
    struct bytes out = arena_bytes(mem, buf_view(b));

    buf_free(b);
    return out;
}

static void sign_body(const struct own_device *o, uint64_t now_ms,
                      struct arena *mem, struct own_batch *out)
{
    struct digest body = digest_of(out->body), base;
    struct buf digest = buf_make(256), text = buf_make(4096),
               nonce = buf_make(64), input = buf_make(1024),
               signature = buf_make(1024);
    uint8_t random[16], sig[SIGN_BYTES];
    struct httpsig_request r = {.method = bytes_of("POST"),
                                .authority = bytes_of("localhost"),
                                .path = bytes_of("/v1/push")};
    struct httpsig_params p = {
        .created_s = now_ms / 1000,
        .keyid = bytes_of(arena_printf(mem, "device-%u", (unsigned)o->number))};

    random_bytes(random, sizeof random);
    text_put_base64url(&nonce, (struct bytes){random, sizeof random});
    httpsig_put_digest(&digest, body.b);
    r.digest = buf_view(&digest);
    p.nonce = buf_view(&nonce);
    httpsig_base(&text, &r, &p);
    base = digest_of(buf_view(&text));
    sign_make(o->key, &base, sig);
    httpsig_put_input(&input, &p);
    httpsig_put_signature(&signature, sig);
    out->proof = (struct proof){bytes_of("localhost"), kept(&input, mem),
                                kept(&signature, mem)};
    buf_free(&digest);
    buf_free(&text);
    buf_free(&nonce);
}

enum rc own_device_sign(const struct own_device *o, struct store *s,
                        struct changeset *c, uint64_t now_ms, struct arena *mem,
                        struct own_batch *out, struct err *err)
{
    struct own_batch b = {.batch = {.device = o->number,
                                    .area = c->area,
                                    .types = bytes_of(s->shape->version),
                                    .changesets = c,
                                    .changesets_n = 1}};
    struct buf plain = buf_make(message_bytes_max),
               body = buf_make(message_bytes_max);
    struct message m = {.kind = MESSAGE_BATCH};
    struct device d = {0};
    enum rc rc = store_device(s, o->number, mem, &d, err);

    c->device = o->number;
    c->number = b.batch.first = d.last + 1;
    if (rc == RC_OK) {
        m.as.batch = b.batch;
        wire_put(&plain, &m);
        rc = pack_compress(buf_view(&plain), 3, &body, err);
    }
    buf_free(&plain);
    b.body = kept(&body, mem);
    if (rc == RC_OK) {
        sign_body(o, now_ms, mem, &b);
        *out = b;
    }
    return rc;
}
