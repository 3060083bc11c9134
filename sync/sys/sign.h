/*
 * sign.h - P-256 keys: who a device or a server is.
 *
 * ECDSA over SHA-256 (FIPS 186-4), by mbedTLS.  Signatures are the 64 bytes
 * r || s that RFC 9421 asks for.  Public keys travel as the DER of a
 * SubjectPublicKeyInfo (RFC 5480).  Safe to call from any thread; one struct
 * sign_key may be used by many at once.
 */
#pragma once

#include "sync/base/err.h"
#include "sync/sys/digest.h"

enum { SIGN_BYTES = 64, SIGN_PUBLIC_BYTES_MAX = 128, SIGN_PEM_BYTES_MAX = 512 };

struct sign_key; /* a private key */

struct sign_public { /* SubjectPublicKeyInfo */
    uint8_t der[SIGN_PUBLIC_BYTES_MAX];
    size_t n;
};

struct sign_key *sign_key_new(void); /* takes about 2 ms */
/* RC_CORRUPT: no PEM of a P-256 private key. */
MUST_USE enum rc sign_key_read(struct bytes pem, struct sign_key **out,
                               struct err *err);
/* Append the PEM (RFC 5915); it is as secret as the key. */
void sign_key_write(const struct sign_key *k, struct buf *pem);
void sign_key_free(struct sign_key *k); /* NULL is fine; wipes it */

struct sign_public sign_key_public(const struct sign_key *k);
/* SHA-256 of the public key: what a pin is. */
struct digest sign_pin(const struct sign_public *p);
/* RC_INVALID: no public key on P-256, or not in its one DER form. */
MUST_USE enum rc sign_public_read(struct bytes der, struct sign_public *out,
                                  struct err *err);

void sign_make(const struct sign_key *k, const struct digest *what,
               uint8_t out[SIGN_BYTES]);
/* RC_AUTH: not signed by this key. */
MUST_USE enum rc sign_verify(const struct sign_public *p,
                             const struct digest *what, struct bytes signature,
                             struct err *err);
/* The same for a signature in the DER of ECDSA-Sig-Value (RFC 3279), as
 * browsers make it. */
MUST_USE enum rc sign_verify_der(const struct sign_public *p,
                                 const struct digest *what,
                                 struct bytes signature, struct err *err);
