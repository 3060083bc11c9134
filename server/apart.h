/*
 * apart.h - who may read and write the records that are kept apart, and how
 * those are sealed (keys.h).
 *
 * The table `reader` follows from the records and is kept in the same
 * transaction: for each of them who made it, to whom it is given, and who had
 * it once and is to forget it.  So nobody's pull has to open a record to know
 * that it is not theirs.
 */
#pragma once

#include "server/keys.h"
#include "server/store.h"

enum apart_standing {
    APART_NOBODY, /* for them there is no such record */
    APART_ONCE,   /* they had it; their devices are to forget it */
    APART_READS,
};

MUST_USE enum rc apart_standing(struct store *s, const struct id *record,
                                struct bytes user, enum apart_standing *out,
                                struct err *err);

/* May they write to it?  Who reads it, and anybody while nobody is known to
 * have made it: it is new, or a backup was put back. */
MUST_USE enum rc apart_may_write(struct store *s, const struct id *record,
                                 struct bytes user, bool *may, struct err *err);

/* `r` is what became of it with `c`, which `user` wrote.  Who wrote to it
 * without having seen it made it, once; until that one is known, who wrote to
 * it has it. */
MUST_USE enum rc apart_note(struct store *s, const struct record *r,
                            const struct changeset *c, struct bytes user,
                            struct err *err);

/* It changed otherwise: to whom is it given now? */
MUST_USE enum rc apart_given(struct store *s, const struct record *r,
                             struct err *err);

/* Are the keys there, if this store holds such records?  The fault names the
 * file and says what to do. */
MUST_USE enum rc apart_check(struct store *s, const char *dir, struct err *err);

/* For schema/rows.h. */
struct rows_sealer apart_sealer(struct keys *k);

/* A batch that holds such a record alone, as the journal keeps it. */
struct apart_batch {
    uint32_t device, area;
    uint64_t first;
    struct id record;
};
MUST_USE enum rc apart_seal_batch(struct keys *k, const struct apart_batch *b,
                                  struct bytes body, struct buf *out,
                                  struct err *err);
/* RC_NOTFOUND: its key is gone. */
MUST_USE enum rc apart_open_batch(struct keys *k, const struct apart_batch *b,
                                  struct bytes sealed, struct buf *out,
                                  struct err *err);
