/*
 * transport_sign.h - the three headers by which a call is signed (RFC 9421, as
 * sync/httpsig.h has it).
 */
#pragma once

#include "client/transport.h"
#include "sync/httpsig.h"

enum { TRANSPORT_HEADER_BYTES = HTTPSIG_HEADER_CHARS_MAX + 1 };

struct transport_signature {
    char digest[TRANSPORT_HEADER_BYTES], input[TRANSPORT_HEADER_BYTES],
        signature[TRANSPORT_HEADER_BYTES];
};

/* `salt`: what the server wants its nonces to begin with; or "". */
void transport_sign(const struct call *c, const char *authority,
                    const char *salt, struct transport_signature *out);
/* False: no salt that a nonce may begin with; `out` is as it was. */
bool transport_salt_take(struct bytes salt,
                         char out[TRANSPORT_SALT_CHARS_MAX + 1]);
