/* counts_int.h - between the files of counts.h alone. */
#pragma once

#include "server/counts.h"
#include "server/period.h"

/* Months are numbered through the years. */
static inline int64_t month_number(int year, unsigned month)
{
    return (int64_t)MONTHS_A_YEAR * year + month - 1;
}

/* The secret that rounds, of DIGEST_BYTES; made by whoever writes first. */
MUST_USE enum rc counts_key(struct db *db, struct arena *mem, struct bytes *key,
                            struct err *err);
MUST_USE enum rc counts_key_make(struct db *db, struct err *err);

/* -- parts (counts_part.c) ----------------------------------------------- */

/* What parts follow from, beside records. */
struct counts_basis {
    const struct count_kind *kinds;
    size_t kinds_n;
    const struct regions *regions;
    const char *name; /* differs if any of it does */
};

/* Areas of work that changed since they were counted, in `mem`. */
MUST_USE enum rc counts_stale(struct store *s, const struct counts_basis *b,
                              struct arena *mem, struct area_info **out,
                              size_t *n, struct err *err);
/* Count one anew; in a transaction of the caller. */
MUST_USE enum rc counts_refresh(struct store *s, const struct counts_basis *b,
                                uint32_t area, struct err *err);

/* -- families (counts_family.c) ------------------------------------------ */

struct counts_family {
    struct family f;
    unsigned year;
    /* Of each of regions->areas, its index in f.areas. */
    size_t *area_of;
    const char **period_names; /* as people write them; NULL: hidden */
};

/* What is to be decided of one type in the first `months` of a year, with the
 * counts in the store and what the last state said; all in `mem`.  RC_LIMIT:
 * too many areas. */
MUST_USE enum rc counts_family(struct store *s, const struct regions *r,
                               const struct count_kind *k, unsigned year,
                               unsigned months, struct arena *mem,
                               struct counts_family *out, struct err *err);

/* How the parts of one type name a collector in their column `who`. */
struct who counts_who(struct bytes packed);
