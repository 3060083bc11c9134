/*
 * wire_strip.h - a batch without what was written to some of its records.
 *
 * For erasures: the changesets stay, with number, clock and the name of the
 * record, and lose all their writes, or those to some fields.  Everything else
 * stays as it was, also what nobody here can read.
 */
#pragma once

#include "sync/record.h"

struct wire_strip {
    /* Is this record to lose all that was written to it? */
    bool (*whole)(void *ctx, const struct id *record);
    /* Or what changeset `at` (0 …) of the batch wrote to a field, by one who
     * had seen `base_version`?  NULL: whole records alone.  `field` is its name
     * in the batch. */
    bool (*field)(void *ctx, size_t at, const struct id *record,
                  uint64_t base_version, struct bytes field);
    /* Or what the changeset of this number wrote to a field, whatever its
     * writer had seen?  NULL: no. */
    bool (*number)(void *ctx, uint64_t number, const struct id *record,
                   struct bytes field);
    void *ctx;
};

/* Append to `out` the batch in `in` without what `which` names; *n says how
 * many changesets lost writes.  RC_CORRUPT: this is no batch. */
MUST_USE enum rc wire_strip(struct bytes in, const struct wire_strip *which,
                            struct buf *out, size_t *n, struct err *err);
