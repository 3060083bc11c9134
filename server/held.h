/*
 * held.h - what is on a device: counts for the report of a breach, from the
 * journal alone; never what stands in a record.
 *
 * A device holds what it was sent: every record of its areas that had a version
 * up to `sent`, in the fields that its role sees (the role as which it was last
 * welcomed), and whatever it handed in itself.  What was sent may not have
 * arrived, and what a device dropped since (an area that was withdrawn) it does
 * not say: so this is the most there can be, but for what the device recorded
 * and never handed in, which nobody but the device knows.
 */
#pragma once

#include "server/store.h"

struct held_type {
    const struct shape_type *type;
    uint64_t records;         /* on it */
    uint64_t own;             /* of these, it wrote to */
    uint64_t with[PRIVACY_N]; /* of these, that hold something of a class */
};

struct held_area {
    uint32_t number;
    struct bytes slug;
    uint64_t sent, at_ms; /* version; when it last asked for more; 0: never */
    bool granted;         /* still; otherwise gone at its next contact */
    uint64_t removed;     /* erased or emptied since it last asked */
    struct held_type *types;
    size_t types_n;
};

struct held {
    struct device device;
    uint64_t contact_ms; /* the last of any kind */
    struct held_area *areas;
    size_t areas_n;
};

/* In `mem`.  RC_NOTFOUND: there is no such device. */
MUST_USE enum rc held_by(struct store *s, uint32_t device, struct arena *mem,
                         struct held *out, struct err *err);
