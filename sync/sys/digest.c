#include "sync/sys/digest.h"

#include <mbedtls/md.h>
#include <mbedtls/sha256.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"

struct digest_run {
    mbedtls_sha256_context ctx;
};

/* These fail only where hardware is missing that software replaces. */
static void must(int code)
{
    if (code != 0)
        abort();
}

static const uint8_t *bytes_or_empty(struct bytes in)
{
    return in.n > 0 ? in.p : (const uint8_t *)"";
}

struct digest digest_of(struct bytes in)
{
    struct digest d;

    must(mbedtls_sha256_ret(bytes_or_empty(in), in.n, d.b, 0));
    return d;
}

struct digest digest_hmac(struct bytes key, struct bytes in)
{
    struct digest d;

    must(mbedtls_md_hmac(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256),
                         bytes_or_empty(key), key.n, bytes_or_empty(in), in.n,
                         d.b));
    return d;
}

struct bytes digest_bytes(const struct digest *d)
{
    return (struct bytes){d->b, DIGEST_BYTES};
}

const char *digest_hex(const struct digest *d, char *out)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[d->b[i] >> 4];
        out[2 * i + 1] = digits[d->b[i] & 15];
    }
    out[DIGEST_HEX_CHARS] = '\0';
    return out;
}

bool digest_eq(const struct digest *a, const struct digest *b)
{
    volatile uint8_t differ = 0;
    size_t i;

    for (i = 0; i < DIGEST_BYTES; i++)
        differ = (uint8_t)(differ | (a->b[i] ^ b->b[i]));
    return differ == 0;
}

struct digest_run *digest_begin(void)
{
    struct digest_run *r = mem_new(sizeof *r);

    mbedtls_sha256_init(&r->ctx);
    must(mbedtls_sha256_starts_ret(&r->ctx, 0));
    return r;
}

void digest_add(struct digest_run *r, struct bytes in)
{
    must(mbedtls_sha256_update_ret(&r->ctx, bytes_or_empty(in), in.n));
}

struct digest digest_end(struct digest_run *r)
{
    struct digest d;

    must(mbedtls_sha256_finish_ret(&r->ctx, d.b));
    mbedtls_sha256_free(&r->ctx);
    free(r);
    return d;
}
