/* digest.h - SHA-256 (FIPS 180-4) and HMAC (RFC 2104), by mbedTLS.  Safe to
 * call from any thread. */
#pragma once

#include "sync/base/buf.h"

enum { DIGEST_BYTES = 32, DIGEST_HEX_CHARS = 64 };

struct digest {
    uint8_t b[DIGEST_BYTES];
};

struct digest digest_of(struct bytes in);
struct digest digest_hmac(struct bytes key, struct bytes in);
struct bytes digest_bytes(const struct digest *d); /* a view */
/* 64 lower-case digits and a NUL; returns `out`. */
const char *digest_hex(const struct digest *d, char *out);
/* In a time that does not tell where they differ. */
bool digest_eq(const struct digest *a, const struct digest *b);

/* Piece by piece. */
struct digest_run;
struct digest_run *digest_begin(void);
void digest_add(struct digest_run *r, struct bytes in);
struct digest digest_end(struct digest_run *r); /* frees it */
