/*
 * access_who.h - who had access to a record, by the access log.
 *
 * A pull, or a list on a page, brought a record if it covered the record's area
 * (and its type, if it names one) and one of the versions that the record ever
 * had, and its role may see the type.  Where a
 * pull was cut off it may have brought a later version instead: more may be
 * named here than had it, never fewer.  Rights are those of today's record
 * types.  Of a record that is kept apart only those come into question who made
 * it or ever were named in it.
 */
#pragma once

#include "server/access_read.h"
#include "server/store.h"

struct access_who;

/* What the journal knows of a record: its versions, and who handed them in. */
MUST_USE enum rc access_who_open(struct store *s, const struct rows_name *name,
                                 struct access_who **out, struct err *err);
void access_who_close(struct access_who *w); /* NULL is fine */

/* How a line touches the record: "read", "changed", or what was done with it by
 * name; NULL: not at all. */
const char *access_who_did(const struct access_who *w,
                           const struct access_said *a);

/* One who had access; texts in the arena given. */
struct access_party {
    const char *user, *role; /* role "system": at the command line */
    const char *did;
    const char *first, *last; /* when */
    uint64_t times;
    size_t fields; /* that this role may see, of the type */
};
MUST_USE enum rc access_parties(const char *dir, struct store *s,
                                const struct rows_name *name, struct arena *mem,
                                struct access_party **out, size_t *n,
                                struct err *err);
