/*
 * passkey.h - what a browser proves with a passkey (WebAuthn Level 3, 7.1 and
 * 7.2): ES256 alone, made without attestation, used with the user's finger,
 * face or PIN.
 *
 * Pure: whose passkey it is, whether a challenge was given out here and is
 * still good, and what follows is the caller's.
 */
#pragma once

#include "sync/base/mem.h"
#include "sync/sys/sign.h"

enum {
    PASSKEY_ID_BYTES_MAX = 1023, /* of a credential (WebAuthn, 4) */
    PASSKEY_CLIENT_BYTES_MAX = 4096,
    PASSKEY_DATA_BYTES_MAX = 4096,
    PASSKEY_SIGNATURE_BYTES_MAX = 80, /* DER */
    PASSKEY_CHALLENGE_BYTES_MAX = 256
};

enum passkey_act { PASSKEY_MAKE, PASSKEY_USE };

/* What the browser says it was asked, and where: clientDataJSON.  *challenge
 * is what it was given, in `mem`.  RC_AUTH: it is of another act or of another
 * page than `origin` ("https://stoep.example:8443"). */
MUST_USE enum rc passkey_client(struct bytes client, enum passkey_act act,
                                const char *origin, struct arena *mem,
                                struct bytes *challenge, struct err *err);

struct passkey_made {
    struct bytes credential; /* points into the data */
    struct sign_public key;
    uint32_t counter;
};

/* A new one: authenticatorData with its credential.  `site`: the host, without
 * a port.  RC_AUTH: of another site, or nobody was asked to prove who they
 * are; RC_INVALID: no P-256 key, or damaged. */
MUST_USE enum rc passkey_made(struct bytes data, const char *site,
                              struct passkey_made *out, struct err *err);

/* Does it sign?  `data` is authenticatorData, `client` clientDataJSON as it
 * came.  RC_AUTH as above, or another key signed.  *counter: how often it was
 * used, or 0 if it does not count. */
MUST_USE enum rc passkey_used(const struct sign_public *key, struct bytes data,
                              struct bytes client, struct bytes signature,
                              const char *site, uint32_t *counter,
                              struct err *err);
