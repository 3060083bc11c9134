/*
 * consent.h - what may be kept only while somebody consents (sync/shape.h).
 *
 * A device keeps back what it may not hand in, but a device is not trusted: it
 * is looked at again as it is merged, and when a consent changes all that
 * rested on it goes, in the same transaction.  So the store never holds such a
 * thing without consent, in whatever order devices hand in.
 */
#pragma once

#include "server/store.h"
#include "sync/changeset.h"

/* The fields of `c` (a bit each) that name somebody who has not consented, now
 * that it is to be merged into `r`; all of them, if it is a record that may not
 * be kept at all. */
MUST_USE enum rc consent_lacks(struct store *s, const struct record *r,
                               const struct changeset *c, struct arena *mem,
                               uint64_t *fields, struct err *err);

struct consent_change { /* whom a consent is about, before and after */
    uint32_t area;
    struct id *p; /* in the arena given */
    size_t n, cap;
};
/* Add the subjects of `r`; of other types than consents there are none. */
void consent_changes(struct consent_change *change, const struct record *r,
                     struct arena *mem);
/* Empty what rested on the consent of those and may stay no longer.  *version
 * is that of the area as the caller knows it and grows with each record; NULL:
 * the store's own. */
MUST_USE enum rc consent_settle(struct store *s,
                                const struct consent_change *change,
                                uint64_t *version, uint64_t now_ms,
                                struct err *err);
