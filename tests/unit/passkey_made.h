/* passkey_made.h - a passkey as an authenticator has one: what it says of
 * itself, and its signatures. */
#pragma once

#include <string.h>

#include "server/passkey.h"
#include "sync/base/mem.h"
#include "sync/base/text.h"

enum { MADE_USED = 0x05, MADE_NEW = 0x45 }; /* flags: there, verified; new */

struct made_passkey {
    struct sign_key *key;
    uint8_t id[16];
};

static inline void made_new(struct made_passkey *m)
{
    struct sign_public p;
    struct digest d;

    m->key = sign_key_new();
    p = sign_key_public(m->key);
    d = digest_of((struct bytes){p.der, p.n});
    memcpy(m->id, d.b, sizeof m->id);
}

static inline void made_free(struct made_passkey *m)
{
    sign_key_free(m->key);
}

static inline struct bytes made_id(const struct made_passkey *m)
{
    return (struct bytes){m->id, sizeof m->id};
}

/* authenticatorData */
static inline struct bytes made_data(const struct made_passkey *m,
                                     const char *site, unsigned flags,
                                     uint32_t counter, struct arena *mem)
{
    struct sign_public p = sign_key_public(m->key);
    const uint8_t *xy = p.der + p.n - 64;
    struct digest d = digest_of(bytes_of(site));
    uint8_t head[5] = {(uint8_t)flags, (uint8_t)(counter >> 24),
                       (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                       (uint8_t)counter};
    static const uint8_t of[18] = {[17] = 16}, /* AAGUID, length of the id */
        cose[] = {0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20},
                         y[] = {0x22, 0x58, 0x20};
    struct buf b = buf_make(512);
    struct bytes out;

    buf_put(&b, d.b, sizeof d.b);
    buf_put(&b, head, sizeof head);
    if (flags & 0x40) {
        buf_put(&b, of, sizeof of);
        buf_put(&b, m->id, sizeof m->id);
        buf_put(&b, cose, sizeof cose);
        buf_put(&b, xy, 32);
        buf_put(&b, y, sizeof y);
        buf_put(&b, xy + 32, 32);
    }
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

/* r || s as ECDSA-Sig-Value */
static inline void made_put_int(struct buf *b, const uint8_t *p)
{
    size_t n = 32;
    uint8_t head[2] = {2, 0};

    while (n > 1 && *p == 0) {
        p++;
        n--;
    }
    head[1] = (uint8_t)(n + (*p >> 7));
    buf_put(b, head, 2);
    if (*p >> 7)
        buf_put(b, "", 1);
    buf_put(b, p, n);
}

static inline struct bytes made_sign(const struct sign_key *key,
                                     struct bytes data, struct bytes client,
                                     struct arena *mem)
{
    struct digest of_client = digest_of(client), what;
    struct buf all = buf_make(8192), ints = buf_make(80), der = buf_make(80);
    uint8_t sig[SIGN_BYTES], head[2] = {0x30, 0};
    struct bytes out;

    buf_put(&all, data.p, data.n);
    buf_put(&all, of_client.b, sizeof of_client.b);
    what = digest_of(buf_view(&all));
    sign_make(key, &what, sig);
    made_put_int(&ints, sig);
    made_put_int(&ints, sig + 32);
    head[1] = (uint8_t)ints.n;
    buf_put(&der, head, 2);
    buf_put(&der, ints.p, ints.n);
    out = arena_bytes(mem, buf_view(&der));
    buf_free(&all);
    buf_free(&ints);
    buf_free(&der);
    return out;
}

/* clientDataJSON */
static inline struct bytes made_client(const char *type, const char *origin,
                                       const char *challenge, struct arena *mem)
{
    return bytes_of(arena_printf(
        mem, "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\"}", type,
        challenge, origin));
}

static inline const char *made_text(struct bytes b, struct arena *mem)
{
    struct buf t = buf_make(16384);
    const char *out;

    text_put_base64url(&t, b);
    out = arena_text(mem, buf_text(&t), t.n);
    buf_free(&t);
    return out;
}
