/*
 * httpsig.h - signatures over HTTP requests (RFC 9421) and digests of their
 * bodies (RFC 9530): what is signed and how it is written.
 *
 * One profile: label `sig`, the components
 *     "@method" "@authority" "@path" "content-digest"
 * in this order, the parameters created, nonce, keyid and
 * alg="ecdsa-p256-sha256".  Anything else is refused.
 *
 * No cryptography here: the caller hashes the signature base with SHA-256,
 * signs or verifies that, and compares the digest of the body.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

enum {
    HTTPSIG_BYTES = 64,        /* r || s */
    HTTPSIG_DIGEST_BYTES = 32, /* SHA-256 */
    HTTPSIG_NONCE_CHARS_MAX = 64,
    HTTPSIG_KEYID_CHARS_MAX = 64,
    HTTPSIG_HEADER_CHARS_MAX = 512,
};

/* What a signature covers; all views. */
struct httpsig_request {
    struct bytes method;    /* "POST" */
    struct bytes authority; /* "stoep.example:8443", lower case */
    struct bytes path;      /* "/v1/push", without a query */
    struct bytes digest;    /* the value of Content-Digest, as sent */
};

struct httpsig_params {
    uint64_t created_s; /* Unix time */
    struct bytes nonce; /* printable ASCII without '"' and '\' */
    struct bytes keyid; /* the same */
};

/* Append the signature base (RFC 9421, 2.5). */
void httpsig_base(struct buf *out, const struct httpsig_request *r,
                  const struct httpsig_params *p);

/* Append the value of Signature-Input, of Signature, of Content-Digest. */
void httpsig_put_input(struct buf *out, const struct httpsig_params *p);
void httpsig_put_signature(struct buf *out, const uint8_t sig[HTTPSIG_BYTES]);
void httpsig_put_digest(struct buf *out,
                        const uint8_t sha256[HTTPSIG_DIGEST_BYTES]);

/* Read them back; RC_AUTH says what is wrong.  Views point into the values. */
MUST_USE enum rc httpsig_take_input(struct bytes value,
                                    struct httpsig_params *out,
                                    struct err *err);
MUST_USE enum rc httpsig_take_signature(struct bytes value,
                                        uint8_t out[HTTPSIG_BYTES],
                                        struct err *err);
MUST_USE enum rc httpsig_take_digest(struct bytes value,
                                     uint8_t out[HTTPSIG_DIGEST_BYTES],
                                     struct err *err);
