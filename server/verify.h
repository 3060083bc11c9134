/*
 * verify.h - do journal, chain, store, access log and git tell the same story?
 *
 * The journal is read from its first batch on: every entry is worked out
 * again, every signature checked, and every record merged anew beside the
 * store and compared with it.  The first difference ends it.
 */
#pragma once

#include "server/access_check.h"
#include "server/store.h"

struct verified {
    uint64_t batches, signatures, changesets, records, commits;
    uint64_t emptied; /* batches that an erasure emptied */
    /* Heads noted in git of batches that were lost when the store was put back
     * from a backup since: not in the journal, and no wonder. */
    uint64_t lost;
    struct access_checked access;
    /* Records that are kept apart and whose key is missing: nobody can read
     * them, so nobody can compare them.  A line in the log names each. */
    uint64_t unreadable;
};

/* Of the store one state is looked at, whatever a running server does
 * meanwhile. RC_CORRUPT says where they differ first.  `dir` holds journal.git
 * and gets a scratch file meanwhile; `git` is a copy of the first that was kept
 * elsewhere, to check against instead, or NULL. */
MUST_USE enum rc verify_all(const char *dir, const char *git, struct store *s,
                            struct verified *out, struct err *err);
