/*
 * transport.h - calls to the server over HTTPS (libcurl).
 *
 * One server, known by its pin: the SHA-256 of its public key.  A server with
 * another key gets no byte of ours.  Connections are kept for the calls that
 * follow.  Faults the server reports come back as their own rc and text;
 * whatever else answers in its place, and no answer, as a fault of the line
 * (line.h).  Nothing is read but what has the status and the media type of an
 * answer or a problem of ours.
 *
 * A call takes as long as it takes; it ends when silence_ms_max went by without
 * a byte that came or was confirmed.
 */
#pragma once

#include "sync/sys/sign.h"

struct transport;

/* `url` without a path: "https://192.0.2.1:8443".  A pin of all zeros trusts
 * any key: for asking the pin itself, and nothing else. */
MUST_USE enum rc transport_open(const char *url, const uint8_t pin[32],
                                struct transport **out, struct err *err);
/* Trust a server with the key of this pin as well. */
void transport_also(struct transport *t, const uint8_t pin[32]);
void transport_close(struct transport *t); /* NULL is fine */

/* What the server wants our nonces to begin with, as it said it last; "" at
 * first.  Who keeps it between runs has no call refused for it, unless the
 * server started anew since.  No secret; what is no salt is not taken. */
enum { TRANSPORT_SALT_CHARS_MAX = 32 };
const char *transport_salt(const struct transport *t); /* in `t` */
void transport_salt_set(struct transport *t, const char *salt);

struct call {
    const char *method, *path; /* path with its query */
    struct bytes body;
    const char *type;   /* of the body; NULL: none */
    const char *coding; /* "zstd" or NULL */
    const char *token;  /* or NULL */
    /* To sign it: the key and who it is ("device-7"); NULL: unsigned. */
    const struct sign_key *key;
    const char *keyid;
    const char *const *headers; /* more of them; ends in NULL; or NULL */
    const char *accept;         /* media type of the answer; NULL: no body */
    size_t answer_max;          /* bytes */
    /* Instead of one answer: each piece of a stream (4 bytes of length, then
     * so many) as it comes in.  What it returns ends the call. */
    enum rc (*piece)(void *ctx, struct bytes piece, struct err *err);
    void *ctx;
    uint64_t now_ms;
};

/* On RC_OK the caller frees *answer (untouched if call.piece is set).
 * `offset`, if not NULL, gets the header Upload-Offset. */
MUST_USE enum rc transport_call(struct transport *t, const struct call *c,
                                struct buf *answer, uint64_t *offset,
                                struct err *err);
