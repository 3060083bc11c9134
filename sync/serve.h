/*
 * serve.h - the sync conversation as the server holds it: a pure step
 * function, one call of a client at a time.  sync/session.h is the other end.
 *
 * What a caller is and may do was found out before (a signature or a token);
 * here it is decided, for every single call, what that entitles it to.
 *
 * This file never touches a store, a network or a clock.
 */
#pragma once

#include "sync/wire.h"

struct caller {
    uint32_t device;
    enum role role;
    const uint32_t *areas; /* foreign; numbers, those it may work in */
    size_t areas_n;
};

/* Does this role read records at all?  Analysts and administrators do not. */
bool serve_reads(enum role role);
bool caller_has_area(const struct caller *c, uint32_t area);

struct serve {
    const struct shape *shape; /* foreign; in force */
    struct caller caller;
    enum serve_action_kind {
        SERVE_LISTEN,
        SERVE_OPEN,   /* read what the welcome needs        -> SERVE_OPENED */
        SERVE_MERGE,  /* judged batch: journal, merge, commit
                                                            -> SERVE_MERGED */
        SERVE_READ,   /* the next states of .pull           -> SERVE_STATES */
        SERVE_SEND,   /* send .answer                       -> SERVE_SENT */
        SERVE_END,    /* the answer is complete */
        SERVE_REFUSE, /* answer with .err and end */
    } doing;
    struct pull pull;
    uint64_t batch_first, batch_last; /* of the batch being merged */
    bool more;
};

struct serve_event {
    enum serve_event_kind {
        SERVE_CALLED, /* .message: what came in, decoded */
        SERVE_OPENED, /* .welcome */
        SERVE_MERGED, /* .ack: and all of it is on disk */
        SERVE_STATES, /* .states */
        SERVE_SENT,
        SERVE_FAILED, /* .err */
    } kind;
    const struct message *message;
    const struct welcome *welcome;
    const struct ack *ack;
    const struct states *states;
    const struct err *err;
};

struct serve_action {
    enum serve_action_kind kind;
    const struct batch *batch;
    /* One per changeset of the batch, in the arena of the step: why it is to
     * be parked, or NULL. */
    const char *const *verdicts;
    struct pull pull;
    struct message answer;
    struct err err;
};

void serve_init(struct serve *s, const struct shape *shape,
                const struct caller *caller);
struct serve_action serve_step(struct serve *s, const struct serve_event *e,
                               struct arena *mem);

/* How a batch stands to what its device has handed in so far (`last`: the
 * highest number accepted).  *repeated: so many of its first changesets are
 * in already, and are to be compared with what is there (changeset_eq: a
 * difference means two devices with one number, serve_forked()) and answered
 * as before.  RC_OUTDATED: numbers between are missing (the server came from
 * a backup since its welcome: ask for another one). */
MUST_USE enum rc serve_place(uint64_t last, const struct batch *b,
                             size_t *repeated, struct err *err);
enum rc serve_forked(uint32_t device, uint64_t number, struct err *err);
