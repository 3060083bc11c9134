/*
 * forward.h - released signals on their way to the municipality's own system,
 * one way: as a service request (Open311 GeoReport v2) or as a report of
 * Signalen takes it.
 *
 * A signal is noted in the store before it is sent, and what the other side
 * calls it afterwards; so each is sent until it was taken, and then never
 * again.  If the answer to one was lost it is sent anew under the same
 * Idempotency-Key, the id of the record.
 *
 * What is sent is what released.h gives away, and nothing else.
 */
#pragma once

#include "server/released.h"

/* One request; how it gets out is not this file's matter (forward_http.c). */
struct forward_post {
    const char *url, *type, *idempotency; /* the key of that */
    struct bytes body;
};
struct forward_way {
    void *ctx;
    /* RC_OK: there was an answer, *status and what it said, at most
     * FORWARD_ANSWER_BYTES_MAX; RC_NETWORK: there was none. */
    enum rc (*post)(void *ctx, const struct forward_post *p, long *status,
                    struct buf *answer, struct err *err);
};
enum { FORWARD_ANSWER_BYTES_MAX = 64 * 1024 };

struct forwarded {
    struct id id;
    uint32_t area;
    const char *number; /* of the other side; "": not taken yet */
    const char *fault;  /* why not, the last time; "": not tried */
    uint64_t noted_ms, sent_ms;
    unsigned tries;
    bool unsure; /* it was sent, and the answer was lost */
};

/* Are the settings complete?  RC_INVALID names the one that is not. */
MUST_USE enum rc forward_check(const struct server_conf *conf, struct err *err);

/* What was ever noted, by when; in `mem`. */
MUST_USE enum rc forward_list(struct store *s, struct arena *mem,
                              struct forwarded **out, size_t *n,
                              struct err *err);
/* What is released and was not noted yet; in `mem`. */
MUST_USE enum rc forward_due(struct store *s, const struct server_conf *conf,
                             struct arena *mem, struct released **out,
                             size_t *n, struct err *err);

struct forward_done {
    size_t sent, failed;
};
/* Note what is due, then send all that was not taken yet.  That one fails keeps
 * no other from being sent.  `key` is the receiver's, or "". */
MUST_USE enum rc forward_run(struct store *s, const struct server_conf *conf,
                             const char *key, const struct forward_way *way,
                             uint64_t now_ms, struct forward_done *out,
                             struct err *err);
