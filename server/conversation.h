/*
 * conversation.h - the server's end of a sync, from bytes to bytes: decode,
 * let sync/serve.h decide, do it in the store, encode.  Knows no HTTP; who is
 * calling was found out before.
 */
#pragma once

#include "server/merger.h"

/* -- hello -------------------------------------------------------------- */

/* What a welcome holds that is not in the store. */
struct greeting {
    struct bytes token;
    struct bytes pin, next; /* of the server's keys: struct welcome */
    uint64_t lease_s;       /* of the caller's role */
};

/* Append the answer to a hello: a welcome, or to a device that was withdrawn
 * the order to wipe itself.  *said: what the hello held, in `mem`. */
MUST_USE enum rc converse_hello(struct store *s, const struct device *d,
                                struct bytes body, const struct greeting *g,
                                uint64_t now_ms, struct arena *mem,
                                struct hello *said, struct buf *out,
                                struct err *err);

/* A device says that it has wiped itself.  RC_DENIED: it was not told to. */
MUST_USE enum rc converse_wiped(const struct device *d, struct bytes body,
                                struct arena *mem, struct wiped *out,
                                struct err *err);

/* -- push --------------------------------------------------------------- */

struct push {
    struct batch_job job; /* first; its done() is set by the caller */
    struct serve serve;
    struct message message;
    struct arena mem;
    struct buf plain;
};

/* Read a batch as it came in (zstd) and make a job of it, for the merger.
 * `body`, `proof` and `d` must stay until push_free().  In any case the caller
 * ends with push_free(). */
MUST_USE enum rc push_open(struct push *p, struct store *s,
                           const struct device *d, struct bytes body,
                           const struct proof *proof, uint64_t now_ms,
                           struct err *err);
/* After the job: append the answer. */
MUST_USE enum rc push_answer(struct push *p, struct buf *out, struct err *err);
void push_free(struct push *p);

/* -- pull --------------------------------------------------------------- */

/* A pull under way: it holds a cursor and nothing else, so a slow client costs
 * no more than one piece. */
struct pulling {
    struct store *store; /* foreign */
    uint64_t now_ms;     /* when it was asked for */
    struct bytes user;   /* who asks */
    struct serve serve;
    struct serve_action next;
    size_t records; /* in the last frame */
    struct arena mem;
};

/* In any case the caller ends with pulling_free(). */
MUST_USE enum rc pulling_open(struct pulling *p, struct store *s,
                              const struct device *d, const struct pull *pull,
                              uint64_t now_ms, struct err *err);
/* Append the next frame (zstd of one message of states).  RC_AUTH, RC_DENIED:
 * the caller lost its rights while the pull was under way. */
MUST_USE enum rc pulling_next(struct pulling *p, struct buf *out, bool *more,
                              struct err *err);
void pulling_free(struct pulling *p);

/* -- the journal as a chain --------------------------------------------- */

/* Append the entries of an area after a link (ledger.h).  RC_DENIED: the caller
 * has no rights there. */
MUST_USE enum rc converse_chain(struct store *s, const struct device *d,
                                uint32_t area, uint64_t after, struct buf *out,
                                struct err *err);

/* -- neighbourhoods ------------------------------------------------------ */

/* Append those of the latest year, with their outlines, as a frame.
 * RC_OUTDATED: this version, as a welcome told it, is not in force any more. */
MUST_USE enum rc converse_regions(struct store *s, struct bytes version,
                                  struct arena *mem, struct buf *out,
                                  struct err *err);

/* -- record types ------------------------------------------------------- */

/* Append the bundle of a version as a frame. */
MUST_USE enum rc converse_types(struct store *s, struct bytes version,
                                struct arena *mem, struct buf *out,
                                struct err *err);
