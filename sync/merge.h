/*
 * merge.h - the one idea.
 *
 * A field is a set of concurrent writes; a policy is a pure function that
 * presents them; a write replaces exactly what its writer had seen.
 *
 * A head h is replaced by a write w of changeset c if and only if
 *     h.version <= c.base_version, or
 *     h is an earlier write of the same device.
 * Everything else stays beside it.  Values shown depend on the set of heads
 * alone, never on the order in which they came or on their versions, so
 * devices that went offline at the same version may return in any order.
 *
 * A deletion is a write to field 0, and so is the word that a record is to
 * stay (nothing, in field 0).  A changeset that does not delete also withdraws
 * the deletions that its writer had seen: who goes on writing in a record
 * wants it.  A record is gone only if some deletion had seen every other head;
 * otherwise it is alive and a person looks at it.
 *
 * Where the extreme head is shown (highest, lowest), a choice that is not known
 * here is further out than all that are: it may be a newer refusal.
 *
 * An erasure wins over everything: what is merged into an erased record leaves
 * no trace, whenever it arrives.  So does a write to a field that was emptied
 * (record_empty) by one who had not seen that: base_version is older.
 */
#pragma once

#include "sync/record.h"

/* Merge `c` into `r` as version `version` of the area (0: not accepted yet;
 * the client's own work, shown over what it pulled).  `c` is lawful
 * (changeset_check) and names this record.  What `r` then points at lives in
 * `mem` and in what `c` points at. */
void merge_apply(struct record *r, const struct changeset *c, uint64_t version,
                 struct arena *mem);

/* The fields of `c` that were emptied since its writer looked, as a bit each:
 * merge_apply() leaves them out. */
uint64_t merge_emptied(const struct record *r, const struct changeset *c);

/* Would `c` leave every field with at most heads_per_field_max heads?  Ask
 * before merge_apply(). */
bool merge_fits(const struct record *r, const struct changeset *c);

/* The value that the heads of field `f` show, and whether a person must look
 * at it.  Heads that agree need nobody. */
void merge_show(const struct shape_field *f, const struct heads *h,
                struct arena *mem, struct value *out, bool *review);

/* The same for a whole record. */
struct shown {
    struct value *values; /* type->fields_n; [FIELD_DELETED] is what is shown */
    uint64_t review;      /* a bit per field that needs a person */
    bool deleted;
};

void merge_show_record(const struct record *r, struct arena *mem,
                       struct shown *out);

/* How many bits of shown.review are set. */
unsigned shown_reviews(const struct shown *s);
