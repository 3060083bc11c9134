#include "sync/sys/aead.h"

#include <mbedtls/chachapoly.h>
#include <stdlib.h>

#include "sync/base/mem.h"

struct aead {
    mbedtls_chachapoly_context ctx;
};

struct aead *aead_new(const uint8_t key[AEAD_KEY_BYTES])
{
    struct aead *a = mem_new(sizeof *a);

    mbedtls_chachapoly_init(&a->ctx);
    if (mbedtls_chachapoly_setkey(&a->ctx, key) != 0)
        abort();
    return a;
}

void aead_free(struct aead *a)
{
    if (a == NULL)
        return;
    mbedtls_chachapoly_free(&a->ctx);
    mem_wipe(a, sizeof *a);
    free(a);
}

/* It fails only when it is called wrongly. */
void aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE_BYTES],
               struct bytes with, struct bytes plain, uint8_t *out,
               uint8_t tag[AEAD_TAG_BYTES])
{
    if (mbedtls_chachapoly_encrypt_and_tag(&a->ctx, plain.n, nonce, with.p,
                                           with.n, plain.p, out, tag) != 0)
        abort();
}

bool aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE_BYTES],
               struct bytes with, struct bytes sealed,
               const uint8_t tag[AEAD_TAG_BYTES], uint8_t *out)
{
    return mbedtls_chachapoly_auth_decrypt(&a->ctx, sealed.n, nonce, with.p,
                                           with.n, tag, sealed.p, out) == 0;
}
