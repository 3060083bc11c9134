/* pack.h - zstd in one shot, with a limit on what comes out (RFC 8878). */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

/* Append one frame that holds `in` to *out.  Level 1 (fast) to 19.
 * RC_LIMIT: it does not fit out->max; *out is as it was. */
MUST_USE enum rc pack_compress(struct bytes in, int level, struct buf *out,
                               struct err *err);

/* Undo exactly one frame; the caller frees *out.  RC_LIMIT: it would be longer
 * than `max`, found before more than that is reserved (beside a window of at
 * most 8 MiB); RC_CORRUPT: no frame, a damaged one, or bytes behind it. */
MUST_USE enum rc pack_expand(struct bytes in, size_t max, struct buf *out,
                             struct err *err);
