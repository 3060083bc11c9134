/*
 * wipe.h - the end of a device that its server withdrew: all that Stoep keeps
 * in DIR is destroyed, and the server is told.
 *
 *   1  DIR/wipe   what telling it takes: its address and pins, our number, the
 *                 key we sign with, how many changesets were not handed in
 *   2  the key of the store, in memory and in DIR/vault: overwritten, removed.
 *                 From here on nothing can be read any more
 *   3  the store and all that lies beside it
 *   4             the caller tells the server (agent.h), signed
 *   5  DIR/wiped  a mark for people; then DIR/wipe: overwritten, removed
 *
 * Broken off anywhere it is WIPE_BEGUN, and goes on at the next start.  Nothing
 * is handed in any more, and nothing asks for the PIN.
 *
 * What a disk keeps of what was overwritten (flash does) is out of reach: the
 * key lay there sealed with the PIN, the store with the key.
 */
#pragma once

#include "sync/base/mem.h"
#include "sync/sys/sign.h"

struct wipe_order {
    const char *url; /* of the server */
    uint8_t pin[32], next[32];
    bool has_next; /* it announced another key (local_pins.h) */
    uint32_t device;
    uint64_t lost;        /* changesets that were not handed in */
    struct sign_key *key; /* foreign; of wipe_load(): the caller's */
};

enum wipe_state {
    WIPE_NONE,
    WIPE_BEGUN,
    WIPE_DONE /* and no device again since */
};

enum wipe_state wipe_state(const char *dir);

/* Steps 1 to 3.  A note that there is no room for holds up nothing: it is
 * written once the store is gone. */
MUST_USE enum rc wipe_begin(const char *dir, const struct wipe_order *o,
                            struct err *err);
/* Steps 2 and 3, as far as they are still to do. */
MUST_USE enum rc wipe_destroy(const char *dir, struct err *err);
/* What was noted; texts in `mem`.  RC_NOTFOUND: nothing was; RC_CORRUPT: step 5
 * had begun. */
MUST_USE enum rc wipe_load(const char *dir, struct arena *mem,
                           struct wipe_order *out, struct err *err);
/* Steps 4 and 5, once all is destroyed: `say` tells the server. */
MUST_USE enum rc wipe_confirm(const char *dir,
                              enum rc (*say)(void *ctx,
                                             const struct wipe_order *o,
                                             struct err *err),
                              void *ctx, struct err *err);
/* Step 5. */
MUST_USE enum rc wipe_end(const char *dir, struct err *err);
/* There is a new vault: the mark goes. */
MUST_USE enum rc wipe_forget(const char *dir, struct err *err);

/* Set `err` to what a worker is to be told; returns RC_DENIED, with the reason
 * "wiped". */
enum rc wipe_told(bool server_knows, struct err *err);
