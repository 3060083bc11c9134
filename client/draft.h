/*
 * draft.h - answers of a form under way, kept one by one in the store.
 *
 * An answer is on the disk when draft_put() returns, in the form of files
 * (shape_text.h).  There is one draft of a new record per type, and one per
 * record that is being changed.  What may not be kept, free text that leads to
 * one person say, does not come here.
 */
#pragma once

#include "client/local.h"

/* Which one; `record` NULL: a new record. */
struct draft_name {
    const struct shape_type *type;
    const struct id *record;
};

struct draft_answer {
    const struct shape_field *field;
    const char *text; /* "": left empty on purpose */
    bool keep;        /* what looks like a name in it is none */
};

struct draft { /* in an arena */
    struct draft_answer *answers;
    size_t n;
    uint32_t area; /* 0: nobody knows any more */
    uint64_t seen; /* the version of the record when the draft was begun */
};

/* None is an empty one.  Answers to fields that are no more are left out. */
MUST_USE enum rc draft_read(struct local *l, struct draft_name name,
                            struct arena *mem, struct draft *out,
                            struct err *err);
/* NULL: not answered. */
const struct draft_answer *draft_answer_to(const struct draft *d,
                                           const struct shape_field *f);

/* `seen` counts for the first answer alone. */
MUST_USE enum rc draft_put(struct local *l, struct draft_name name,
                           uint32_t area, uint64_t seen,
                           const struct draft_answer *a, struct err *err);
MUST_USE enum rc draft_forget(struct local *l, struct draft_name name,
                              struct err *err);
