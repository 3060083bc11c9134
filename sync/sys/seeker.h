/*
 * seeker.h - texts looked through for words, in memory: the same words are
 * found as in an index on disk (sync/seek.h).
 */
#pragma once

#include "sync/sys/db.h"

struct seeker;

MUST_USE enum rc seeker_new(struct seeker **out, struct err *err);
void seeker_free(struct seeker *s); /* NULL is fine */

/* Copied.  `place` is the caller's, above 0, and no other text has it. */
MUST_USE enum rc seeker_add(struct seeker *s, int64_t place, struct bytes text,
                            struct err *err);

/* Called for each text that answers, highest place first; `around` lives until
 * it returns.  Return false to stop. */
typedef bool seeker_visit(void *ctx, int64_t place, struct bytes around);
/* `question` of seek_question(), without a scope. */
MUST_USE enum rc seeker_find(struct seeker *s, struct bytes question,
                             seeker_visit *visit, void *ctx, struct err *err);
