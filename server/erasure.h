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
 *
 * SOME FIELDS OF A RECORD.  They are emptied as of now, by a consent that is
 * withdrawn or a term that is over.  That is a version of the area like any
 * change: devices pull the emptied record and drop what they hold of these
 * fields, own writes too.  The record remembers per field the version of the
 * emptying (record.h), and a write whose base_version is older comes from one
 * who had not seen it: it is left out, by the merge and from the journal,
 * whenever it arrives and from whom.  Whoever has seen it may write anew.
 * Nobody needs to hear of an emptying in any order: before or after it, such a
 * write ends in nothing.
 *
 * erase_fields() empties the row inside the caller's transaction.  What is left
 * to do (journal, attachments, DIR/erasures) is due after the commit and noted
 * in the store, so a crash loses none of it: the merger does it between
 * groups of jobs, others call erase_settle().
 */
#pragma once

#include "server/journal.h"
#include "server/replaced.h"

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

/* Empty fields (a bit each; field 0 is left alone) of one record, in a
 * transaction of the caller.  *version is that of the area as the caller knows
 * it; it grows by one, unless the record is erased and nothing is left to
 * empty.  A record that there is none of yet counts too: what is written to it
 * unseen is stopped. */
MUST_USE enum rc erase_fields(struct store *s, const struct rows_name *name,
                              uint64_t fields, uint64_t *version,
                              uint64_t now_ms, struct err *err);
/* All of a record, for ever, in the same manner. */
MUST_USE enum rc erase_record(struct store *s, const struct rows_name *name,
                              uint64_t *version, uint64_t now_ms,
                              struct err *err);
/* Both for a caller without a version at hand: they take the area's next. */
MUST_USE enum rc erase_record_next(struct store *s,
                                   const struct rows_name *name,
                                   uint64_t now_ms, struct err *err);
MUST_USE enum rc erase_fields_next(struct store *s,
                                   const struct rows_name *name,
                                   uint64_t fields, uint64_t now_ms,
                                   struct err *err);

/* What emptyings left to do, in small steps: batches of the journal without
 * what was written to the fields, attachments that no record names any more,
 * the list beside the store. */
struct settling {
    const char *dir; /* foreign */
    struct store *s; /* foreign */
    bool pass;       /* one is under way: */
    uint64_t upto;   /* emptyings of its area up to this version */
    struct journal_strip journal;
    struct emptying *list; /* of this pass, by record; in `mem` */
    size_t n;
    struct replaced links; /* of this pass */
    struct err fault;      /* RC_OK: none; of a look at one of them */
    struct arena mem;
    uint64_t changesets, attachments; /* so far */
};
/* Ends with settling_free(). */
void settling_begin(struct settling *t, const char *dir, struct store *s);
void settling_free(struct settling *t);
/* One step; *more: there is another.  A few milliseconds each. */
MUST_USE enum rc settling_step(struct settling *t, bool *more, struct err *err);
/* All steps at once; `out` may be NULL. */
MUST_USE enum rc erase_settle(const char *dir, struct store *s,
                              struct erased *out, struct err *err);

/* Erase again what DIR/erasures names and the store holds. */
MUST_USE enum rc erase_again(const char *dir, struct store *s, uint64_t now_ms,
                             struct erased *out, struct err *err);

MUST_USE enum rc erasure_known(struct store *s, const struct id *id,
                               bool *known, struct err *err);
/* Was any field of this record emptied since `base_version`? */
MUST_USE enum rc emptying_known(struct store *s, const struct id *id,
                                uint64_t base_version, bool *known,
                                struct err *err);
/* A batch as it came in (zstd; `batch` decoded), without what was written to
 * erased records and, unseen, to emptied fields, and without the fields in
 * `lost` (a bit each, for each of its changesets). */
MUST_USE enum rc erasure_strip(struct store *s, const struct batch *batch,
                               const uint64_t *lost, struct bytes body,
                               struct buf *out, struct err *err);
