/*
 * frozen.h - a whole record as bytes and back: its meta (record.h), then the
 * values of the fields with exactly one head.
 *
 * For what keeps a record without columns: the client's state as it was
 * pulled, and the server's records that are kept apart.
 */
#pragma once

#include "sync/record.h"

void frozen_put(const struct record *r, struct arena *mem, struct buf *out);

/* Sets the heads of `r`; type, id, area and version are the caller's.
 * RC_CORRUPT: damaged. */
MUST_USE enum rc frozen_take(struct record *r, struct bytes frozen,
                             struct arena *mem, struct err *err);
