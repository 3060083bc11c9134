/*
 * own_device.h - devices of the server itself: what is changed here, and not at
 * a door, is a changeset like any other, signed, in the journal and its chain.
 *
 * Each has a key in a file and belongs to one account, which is the author.
 * What such a device may do is decided as for all others.
 */
#pragma once

#include "server/journal.h"
#include "sync/sys/sign.h"

struct own_device {
    struct sign_key *key; /* own */
    uint32_t number;      /* 0: not enrolled yet */
};

/* The key in `path`, made if there is none, and whose it is in this store. */
MUST_USE enum rc own_device_open(const char *path, struct store *s,
                                 struct own_device *out, struct err *err);
void own_device_close(struct own_device *o);
/* Enrol it for an account. */
MUST_USE enum rc own_device_make(struct own_device *o, struct store *s,
                                 int64_t account, const char *name,
                                 uint64_t now_ms, struct err *err);

struct own_batch { /* in the arena given */
    struct batch batch;
    struct bytes body;
    struct proof proof;
};

/* Give `c` its number and sign it as a device signs a push (sync/README.md). */
MUST_USE enum rc own_device_sign(const struct own_device *o, struct store *s,
                                 struct changeset *c, uint64_t now_ms,
                                 struct arena *mem, struct own_batch *out,
                                 struct err *err);
