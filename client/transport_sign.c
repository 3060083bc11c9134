#include "client/transport_sign.h"

#include <stdio.h>
#include <string.h>

#include "sync/base/text.h"
#include "sync/sys/random.h"

enum { NONCE_BYTES = 16 };

static void put(struct buf *b, char out[TRANSPORT_HEADER_BYTES])
{
    snprintf(out, TRANSPORT_HEADER_BYTES, "%s", buf_text(b));
    buf_free(b);
}

void transport_sign(const struct call *c, const char *authority,
                    const char *salt, struct transport_signature *out)
{
    struct digest body = digest_of(c->body), base;
    struct buf digest = buf_make(256), text = buf_make(4096);
    struct buf nonce = buf_make(HTTPSIG_NONCE_CHARS_MAX);
    struct buf input = buf_make(1024), value = buf_make(1024);
    uint8_t random[NONCE_BYTES], sig[SIGN_BYTES];
    struct httpsig_request r = {.method = bytes_of(c->method),
                                .authority = bytes_of(authority)};
    struct httpsig_params p = {.created_s = c->now_ms / 1000,
                               .keyid = bytes_of(c->keyid)};

    random_bytes(random, sizeof random);
    buf_puts(&nonce, salt);
    text_put_base64url(&nonce, (struct bytes){random, sizeof random});
    httpsig_put_digest(&digest, body.b);
    r.path = (struct bytes){(const uint8_t *)c->path, strcspn(c->path, "?")};
    r.digest = buf_view(&digest);
    p.nonce = buf_view(&nonce);
    httpsig_base(&text, &r, &p);
    base = digest_of(buf_view(&text));
    sign_make(c->key, &base, sig);
    httpsig_put_input(&input, &p);
    httpsig_put_signature(&value, sig);
    put(&digest, out->digest);
    put(&input, out->input);
    put(&value, out->signature);
    buf_free(&text);
    buf_free(&nonce);
}

bool transport_salt_take(struct bytes salt,
                         char out[TRANSPORT_SALT_CHARS_MAX + 1])
{
    size_t i;

    for (i = 0; i < salt.n; i++)
        if (salt.p[i] < '-' || salt.p[i] > 'z' || salt.p[i] == '\\')
            return false;
    if (salt.n == 0 || salt.n > TRANSPORT_SALT_CHARS_MAX)
        return false;
    memcpy(out, salt.p, salt.n);
    out[salt.n] = '\0';
    return true;
}
