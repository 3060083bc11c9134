/*
 * replaced.h - links under consent that another write has replaced.
 *
 * They stand in no row any more, only in the journal; and when the consent that
 * they rested on is taken back they are to go from there too.  So each is noted
 * as it is replaced: whom it named, and in which record.  Once the consent of
 * those is gone they are due, and the merger takes out of the journal what that
 * record's links once were (erasure.h); what it shows now stays.
 */
#pragma once

#include "server/store.h"

struct links; /* of one record, before a write; in an arena */
struct links *links_of_record(const struct record *r, struct arena *mem);
/* Note those that `r` holds no more. */
MUST_USE enum rc replaced_note(struct store *s, const struct links *before,
                               const struct record *r, struct err *err);
/* Consent of somebody has changed: what was replaced and rested on it is due,
 * if there is none. */
MUST_USE enum rc replaced_settle(struct store *s, uint32_t area,
                                 const struct id *subject, struct err *err);

/* An area in which something is due. */
MUST_USE enum rc replaced_area(struct store *s, uint32_t *area, bool *found,
                               struct err *err);
struct replaced { /* the records of an area that are due, by id; in an arena */
    struct rows_name *p;
    size_t n;
};
MUST_USE enum rc replaced_begin(struct store *s, uint32_t area,
                                struct arena *mem, struct replaced *out,
                                struct err *err);
/* Is what a changeset wrote to this field of theirs a link that its record
 * holds no more? */
MUST_USE enum rc replaced_is(struct store *s, const struct replaced *due,
                             uint32_t device, uint64_t number,
                             const struct id *record, struct bytes field,
                             bool *is, struct err *err);
/* It is done; what became due meanwhile stays due. */
MUST_USE enum rc replaced_end(struct store *s, uint32_t area, struct err *err);
