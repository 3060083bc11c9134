/*
 * related.h - records that may be the same matter: near in place, near in time,
 * with a theme in common.
 *
 * A proposal for a person, nothing more.  Its score is the product of what
 * speaks for it, each from 0 to 1000 thousandths:
 *
 *   place    1000 at the same point, 0 from 500 m on; of records of which one
 *            has no point: 600 in the same neighbourhood, else 0
 *   time     1000 on the same day, 0 from 90 days on
 *   themes   those in common of all that the two have
 *   words    half of it without a word in common, all with all in common
 *
 * so it is the same both ways, grows with every nearness, and one thing that
 * speaks against it altogether ends it.  Records that have only their
 * neighbourhood in common need words in common too.
 */
#pragma once

#include "sync/geo.h"
#include "sync/merge.h"

enum {
    RELATED_METRES = 500,
    RELATED_DAYS = 90,
    RELATED_LEAST = 150,     /* a score below this is no proposal */
    RELATED_WORDS_MAX = 64,  /* of one record; others are not looked at */
    RELATED_LOOKS_MAX = 256, /* at each record, per square of the map */
};

struct related_item {
    uint32_t area;
    bool has_point;
    struct geo_point point;
    struct bytes place;    /* the neighbourhood; or empty */
    int64_t day;           /* since 1970 */
    uint64_t themes;       /* a bit each */
    const uint32_t *words; /* digests, in order, no two the same */
    size_t words_n;
};

/* Of a record that is not deleted or closed; its places are the first point and
 * the first neighbourhood of its type, its day the first date (or when it was
 * made), its themes the first set of choices, its words those that `role` may
 * look through, from four letters on.  In `mem`.  False: it is not looked at.
 */
bool related_item_of(const struct record *r, const struct shown *s,
                     enum role role, struct arena *mem,
                     struct related_item *out);

struct related_why {
    unsigned score; /* thousandths; 0: nothing of the kind */
    bool measured;  /* by points */
    unsigned metres, days;
    uint64_t themes; /* in common */
    size_t words;    /* in common */
};
struct related_why related_why(const struct related_item *a,
                               const struct related_item *b);

struct related_pair {
    size_t a, b; /* a < b: places in the list */
    struct related_why why;
};
/* All pairs of one area with a score of RELATED_LEAST or more, the best first,
 * then in order; own, free() it.  Does not compare each with each: of those
 * that stand in one square of the map (or neighbourhood) it compares each with
 * the RELATED_LOOKS_MAX that follow it in time. */
size_t related_pairs(const struct related_item *items, size_t n,
                     struct related_pair **out);

/* Each record in one group at most; any two of a group are a pair.  `group`
 * (n of them) gets 1, 2 ... or 0: in none.  Returns how many groups. */
size_t related_groups(const struct related_pair *pairs, size_t pairs_n,
                      size_t n, size_t *group);
