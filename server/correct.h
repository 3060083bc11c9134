/*
 * correct.h - rectification: the privacy officer writes on behalf of a person
 * (GDPR article 16).
 *
 * A correction is a changeset like any other.  It is handed in by a device of
 * the server itself, made at the first correction, with a key in
 * DIR/correct.key; so it is signed, stands in the journal and its chain, and
 * reaches devices with their next pull.  It replaces all that stands in the
 * fields; what somebody wrote without having seen it stays beside it and is
 * looked at, as ever.  With `forget` the fields are emptied first
 * (erasure.h): then what was wrong is in no journal and on no device any more,
 * and nobody who has not seen the correction brings it back.
 */
#pragma once

#include "server/merger.h"

struct correction {
    struct rows_name name;
    const char *const *pairs; /* "field=value", as people type them */
    size_t pairs_n;
    const char *note; /* for the register (deletion.h): why; no content */
    bool forget;
};

/* RC_INVALID: a field or a value that cannot be; RC_NOTFOUND: erased. */
MUST_USE enum rc correct(const char *dir, struct store *s,
                         const struct correction *c, uint64_t now_ms,
                         struct err *err);
/* The same in the caller's transaction: what was emptied is settled after it
 * (erasure.h). */
MUST_USE enum rc correct_next(const char *dir, struct store *s,
                              const struct correction *c, uint64_t now_ms,
                              struct err *err);
