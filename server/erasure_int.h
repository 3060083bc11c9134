/* erasure_int.h - shared by server/erasure*.c and nobody else. */
#pragma once

#include "server/erasure.h"

struct emptying {
    struct rows_name name; /* of the emptied record */
    uint64_t fields;       /* a bit each */
    uint64_t seen;         /* who has not seen this version writes in vain */
    uint64_t links;        /* what came before, of its area's journal */
};

/* The one place where a record loses fields.  `seen` 0: as this version. */
MUST_USE enum rc emptying_do(struct store *s, const struct emptying *e,
                             uint64_t version, uint64_t now_ms,
                             struct err *err);
/* Does the store hold this one? */
MUST_USE enum rc emptying_done(struct store *s, const struct emptying *e,
                               bool *done, struct err *err);
/* Was this field of a record emptied since `base_version`? */
MUST_USE enum rc emptying_of(struct store *s, const struct id *id,
                             uint64_t base_version, struct bytes field,
                             bool *known, struct err *err);
bool emptying_has(const struct shape_type *t, uint64_t fields,
                  struct bytes name);
/* Keep the name of a record that is erased as this version. */
MUST_USE enum rc erasure_note(struct store *s, const struct rows_name *name,
                              uint64_t version, uint64_t now_ms, bool listed,
                              struct err *err);
/* The next version of an area, taken. */
MUST_USE enum rc erasure_version(struct store *s, uint32_t area, uint64_t *out,
                                 struct err *err);

/* What was erased is not to stay in the log either. */
MUST_USE enum rc erasure_empty_log(struct store *s, struct err *err);

/* One line of DIR/erasures; `e` NULL: the whole record. */
void erasure_line(struct buf *out, const struct rows_name *name,
                  const struct emptying *e, uint64_t now_ms);
MUST_USE enum rc erasure_list_add(const char *dir, struct bytes lines,
                                  struct err *err);

/* Note the attachments that these fields of a record name: they may lose their
 * last name now. */
MUST_USE enum rc loose_note(struct store *s, const struct record *r,
                            uint64_t fields, struct err *err);
/* Remove those of the noted ones that no record names; *n counts them. */
MUST_USE enum rc loose_drop(const char *dir, struct store *s, uint64_t *n,
                            struct err *err);
