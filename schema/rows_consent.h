/*
 * rows_consent.h - what hangs on the consent of whom a record is about.
 *
 * Beside the tables of the record types stands one more: which records mention
 * a subject of consent, by any of their heads: consents about it, references
 * that need it, and records of a type that needs it.  rows_save() and
 * rows_remove() keep it.
 *
 *     mention(subject, area, type, record)
 */
#pragma once

#include "schema/rows.h"

enum consent {
    CONSENT_NONE,    /* nobody has asked */
    CONSENT_GIVEN,   /* somebody allowed it, and nothing says otherwise */
    CONSENT_REFUSED, /* refused, withdrawn, or not asked in so many words */
};

/* Has `subject` consented to `purpose`?  A consent that was deleted allows
 * nothing, and forbids what it forbade. */
MUST_USE enum rc rows_consent(struct rows *r, uint32_t area,
                              const struct id *subject, const char *purpose,
                              struct arena *mem, enum consent *out,
                              struct err *err);

/* The same for all that a record of a type under consent names: given if it is
 * given by one and refused by none. */
MUST_USE enum rc rows_consent_of(struct rows *r, const struct record *rec,
                                 struct arena *mem, enum consent *out,
                                 struct err *err);

/* The consents about `subject`, whatever they say; in `mem`. */
MUST_USE enum rc rows_consents(struct rows *r, uint32_t area,
                               const struct id *subject, struct arena *mem,
                               struct rows_name **out, size_t *n,
                               struct err *err);

/* The records that mention `subject`, but for its consents; in `mem`. */
MUST_USE enum rc rows_mentions(struct rows *r, uint32_t area,
                               const struct id *subject, struct arena *mem,
                               struct rows_name **out, size_t *n,
                               struct err *err);

/* The subjects that a consent is about, by any of its heads; in `mem`. */
struct id *rows_subjects(const struct record *consent, struct arena *mem,
                         size_t *n);
