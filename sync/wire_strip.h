/*
 * wire_strip.h - a batch without what was written to some of its records.
 *
 * For erasures: the changesets stay, with number, clock and the name of the
 * record, and lose their writes.  Everything else stays as it was, also what
 * nobody here can read.
 */
#pragma once

#include "sync/record.h"

typedef bool wire_strip_which(void *ctx, const struct id *record);

/* Append to `out` the batch in `in` without the writes to the records that
 * `which` names; *n says how many changesets lost theirs.  RC_CORRUPT: this is
 * no batch. */
MUST_USE enum rc wire_strip(struct bytes in, wire_strip_which *which, void *ctx,
                            struct buf *out, size_t *n, struct err *err);
