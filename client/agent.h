/*
 * agent.h - one sync: the conversation (sync/session.h) between this device's
 * store and its server, then the attachments.
 */
#pragma once

#include "client/local.h"
#include "client/vault.h"
#include "client/wipe.h"

struct agent_progress {
    uint64_t pushed, pulled; /* changesets, records */
    uint64_t attachments;
};

struct agent_options {
    unsigned tries_max; /* faults in a row before giving up; 0: never */
    /* Called as it goes; may be NULL. */
    void (*progress)(void *ctx, const struct agent_progress *p);
    /* A fault that is tried again after so many ms; may be NULL. */
    void (*waiting)(void *ctx, const struct err *why, uint32_t ms);
    void *ctx;
};

/* RC_AUTH: not enrolled; RC_BUSY: another program syncs this store now.  What
 * was done before a fault stays done; *out tells how much.  RC_DENIED with the
 * reason "wiped": the device was withdrawn, the store is closed and gone. */
MUST_USE enum rc agent_sync(struct local *l, struct vault *vault,
                            const struct agent_options *o,
                            struct agent_progress *out, struct err *err);

/* The server withdrew this device: destroy all that is in `dir` (its store and
 * its vault closed before) and tell the server.  What a worker is to be told
 * about it is in `err`; RC_IO: not all of it could be destroyed. */
enum rc agent_wipe(const char *dir, const struct wipe_order *o,
                   struct err *err);
/* Tell the server of a wipe that was broken off after it was done, and throw
 * the last key away. */
MUST_USE enum rc agent_wiped(const char *dir, struct err *err);
/* Get another key to sign with.  RC_BUSY as above; after any other fault the
 * next sync finishes it, if it was begun. */
MUST_USE enum rc agent_rekey(struct local *l, struct vault *vault,
                             struct err *err);

/* Enrol this store at a server with a code (sync/code.h). */
MUST_USE enum rc agent_enrol(struct local *l, struct vault *vault,
                             const char *url, const char *code,
                             const char *name, struct err *err);
