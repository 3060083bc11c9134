/*
 * erasure.h - a person's data out of everything, for ever.
 *
 * What is written to a record goes from its row, its heads, the journal and
 * the attachments that no other record names; a tombstone with its name stays
 * and is pulled by every device, which does the same.  What arrives for it
 * later is acknowledged and kept nowhere.
 *
 * Before anything else the name is added to the file DIR/erasures, so that a
 * store put back from a backup can erase again what it brought back.
 */
#pragma once

#include "server/store.h"

struct erased {
    uint64_t records;     /* erased by this call */
    uint64_t changesets;  /* of the journal that lost their writes */
    uint64_t attachments; /* files removed */
};

/* Records that there are none of are erased, too: nobody can make them.  The
 * ones that were erased before are left alone.  All or none. */
MUST_USE enum rc erase_records(const char *dir, struct store *s,
                               const struct rows_name *names, size_t n,
                               uint64_t now_ms, struct erased *out,
                               struct err *err);

/* Erase again what DIR/erasures names and the store holds. */
MUST_USE enum rc erase_again(const char *dir, struct store *s, uint64_t now_ms,
                             struct erased *out, struct err *err);

MUST_USE enum rc erasure_known(struct store *s, const struct id *id,
                               bool *known, struct err *err);
/* A batch as it came in (zstd), without what was written to erased records. */
MUST_USE enum rc erasure_strip(struct store *s, struct bytes body,
                               struct buf *out, struct err *err);
