/*
 * aead.h - authenticated encryption: ChaCha20-Poly1305 (RFC 8439), by mbedTLS.
 *
 * The caller supplies the nonce and sees to it that no key meets one twice;
 * twelve bytes of chance will do.  Not for two threads at once.
 */
#pragma once

#include "sync/base/buf.h"

enum { AEAD_KEY_BYTES = 32, AEAD_NONCE_BYTES = 12, AEAD_TAG_BYTES = 16 };

struct aead;

struct aead *aead_new(const uint8_t key[AEAD_KEY_BYTES]); /* copies the key */
void aead_free(struct aead *a); /* and wipes it; NULL is fine */

/* `with` is bound to the text, not kept in it.  `out` takes plain.n bytes and
 * may not overlap them. */
void aead_seal(struct aead *a, const uint8_t nonce[AEAD_NONCE_BYTES],
               struct bytes with, struct bytes plain, uint8_t *out,
               uint8_t tag[AEAD_TAG_BYTES]);
/* False if anything of it is not as it was sealed; then `out` holds nothing. */
MUST_USE bool aead_open(struct aead *a, const uint8_t nonce[AEAD_NONCE_BYTES],
                        struct bytes with, struct bytes sealed,
                        const uint8_t tag[AEAD_TAG_BYTES], uint8_t *out);
