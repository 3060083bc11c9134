/*
 * retention.h - what is kept too long goes.
 *
 * Each field has a retention class.  Its term counts, as the class says, from
 * when the record was closed or from when it was last written, and always by
 * the clock of this server: the moment at which the journal took in what was
 * written.  What a device says of the time counts for nothing, so a clock that
 * is years off makes nothing go early, or never.
 *
 * When the term of a field is over the field is emptied (erase_fields); of a
 * class that keeps counts, what an analyst may count stays.  A record of which
 * nothing personal is left, and whose type's own term is over, is erased.
 * Of a record that is still open, no term that counts from its closing is over.
 */
#pragma once

#include "server/erasure.h"
#include "sync/limits.h"

/* What of one record is over. */
struct overdue {
    struct rows_name name;
    uint64_t fields;                       /* a bit each */
    bool record;                           /* all of it is to go */
    uint64_t from_ms[fields_per_type_max]; /* when each term began */
};

struct retention_count { /* of one field of a type; [0] is whole records */
    uint64_t now, soon;  /* over now; within `soon_ms` */
    uint64_t open;       /* would be over if the record were closed */
    uint64_t oldest_ms;  /* when the oldest term of `now` began */
};

struct retention {
    struct store *s; /* foreign */
    uint64_t now_ms, soon_ms;
    const struct shape_type *type;                      /* looked through */
    struct retention_count counts[fields_per_type_max]; /* of it */
    struct rows_name *due; /* records of it with anything over; in `mem` */
    size_t due_n, due_cap;
    struct closings *closings; /* of types that others are closed with */
    struct arena mem;
};

enum { RETENTION_SOON_DAYS = 30 };

/* Ends with retention_free(). */
MUST_USE enum rc retention_begin(struct retention *r, struct store *s,
                                 uint64_t now_ms, struct err *err);
void retention_free(struct retention *r);
/* Look through the records of one type. */
MUST_USE enum rc retention_look(struct retention *r,
                                const struct shape_type *type, struct err *err);

/* Types in the order in which they are to be looked through and emptied: those
 * that others are closed with come last. */
const struct shape_type *retention_nth(const struct shape *s, size_t i);

/* What is over of one record as it stands now. */
MUST_USE enum rc retention_judge(struct retention *r, struct store *s,
                                 const struct rows_name *name,
                                 struct overdue *out, struct err *err);

/* Do what is due of some records, in a transaction of the caller: each is
 * looked at anew first, so that what was written meanwhile stays.  The register
 * (deletion.h) is written along. */
struct retained {
    uint64_t records, fields;
};
MUST_USE enum rc retention_do(struct retention *r, struct store *s,
                              const struct rows_name *names, size_t n,
                              struct retained *out, struct err *err);

/* All that is due, in small transactions of its own; settled (erasure.h). */
MUST_USE enum rc retention_run(const char *dir, struct store *s,
                               uint64_t now_ms, struct retained *out,
                               struct err *err);
enum { RETENTION_PIECE = 64 }; /* records in one transaction */
