/*
 * notary.h - the heads of the journal's chains, committed to a git repository
 * (DIR/journal.git, bare): a history that others can fetch and keep, so that
 * rewriting the journal shows.
 *
 * Each commit holds one file, `heads`: "@epoch N", the epoch of the store; then
 * a line per area, "slug links head", and one for the access log, under the
 * name NOTARY_ACCESS.
 */
#pragma once

#include "server/ledger.h"

#define NOTARY_ACCESS "@access" /* no area is called so */

/* Commit the heads as they are, if they changed since the last commit; the
 * repository is made if need be.  *noted says whether there was something. */
MUST_USE enum rc notary_note(const char *dir, struct store *s, bool *noted,
                             struct err *err);

/* A head that was once committed; `at_s` in Unix seconds. */
struct notary_head {
    struct bytes slug;
    struct chain chain;
    uint64_t at_s;
    uint64_t epoch; /* of the store then; 0: not said */
};
typedef enum rc notary_visit(void *ctx, const struct notary_head *h,
                             struct err *err);
/* All commits of a repository (that of `dir`, or a copy of it elsewhere), the
 * last one first.  That `dir` has none is no error. */
MUST_USE enum rc notary_walk(const char *dir, const char *copy,
                             notary_visit *visit, void *ctx, uint64_t *commits,
                             struct err *err);
