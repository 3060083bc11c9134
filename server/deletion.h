/*
 * deletion.h - the register of what was deleted, without its content.
 *
 * When, why, of which type and class, how many, and from when to when it was:
 * enough to answer for it, and nothing that says whose it was.
 */
#pragma once

#include "server/store.h"
#include "server/table.h"

#define DELETION_REASONS(X)                                        \
    X(TERM, "term")             /* its time was over */            \
    X(REQUEST, "request")       /* a person asked for it */        \
    X(CONSENT, "consent")       /* consent was withdrawn */        \
    X(AGAIN, "again")           /* a backup had brought it back */ \
    X(CORRECTION, "correction") /* no deletion: a person asked for it */

#define X(name, word) DELETION_##name,
enum deletion_reason { DELETION_REASONS(X) DELETION_REASONS_N };
#undef X

struct deletion {
    enum deletion_reason why;
    const struct shape_type *type;
    const struct shape_retention *class;
    bool record;      /* all of it; else fields */
    uint64_t from_ms; /* when its term began; 0: not known */
    const char *note; /* of the privacy officer, without content; or NULL */
};

/* Count one more, in the caller's transaction; those of one moment, reason,
 * type and class are one line. */
MUST_USE enum rc deletion_add(struct store *s, const struct deletion *d,
                              uint64_t now_ms, struct err *err);
/* The register, oldest first. */
MUST_USE enum rc deletion_table(struct store *s, struct table *out,
                                struct err *err);
