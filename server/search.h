/*
 * search.h - leads look for words in the notes of their own areas: an FTS5
 * index in the store.
 *
 * What is found is the text that a lead may see by the declarations
 * (sync/seek.h), as it is shown at the moment of asking: nothing of records
 * that were deleted or erased, of fields that were emptied, of types that are
 * kept apart.
 *
 * THE INDEX FOLLOWS.  Merging costs FTS5 more than all else that a merge does.
 * So the index has a cursor per area, like a device that pulls, and is brought
 * up to it in steps when nobody waits (search_follow).  What a record has
 * changed since, in whichever way, gave it a version above the cursor: an
 * answer leaves out what the index says of such a record and looks through the
 * record itself.  So an answer is never older than the store, and nothing that
 * changes records has to know of the index.  Other record types in force, or a
 * store that had none, begin it anew.
 *
 * A WORD THAT IS GONE.  FTS5 notes what goes beside what was there, and throws
 * both away as it merges.  So after an erasure the whole index is merged
 * (search_purge), in steps; that this is due is noted in the store by the
 * transaction that erases.
 */
#pragma once

#include "server/store.h"

enum {
    SEARCH_HITS_MAX = 100, /* in one answer */
    SEARCH_HITS_USUAL = 20,
    SEARCH_SKIP_MAX = 10000 /* how far an asker may turn the pages */
};

/* Of a store that writes: was the index made by these record types? */
MUST_USE enum rc search_open(struct store *s, struct err *err);

struct search_ask {
    uint32_t area;
    struct bytes words;            /* as typed: see seek_question() */
    const struct shape_type *type; /* NULL: all */
    size_t skip;                   /* hits of the pages before */
    size_t limit;                  /* 1 to SEARCH_HITS_MAX */
};
struct search_hit {
    const struct shape_type *type;
    struct id id;
    struct bytes around; /* the words found, between U+00AB and U+00BB */
};
struct search_found {
    struct search_hit *hits; /* written last first */
    size_t n;
    bool more;        /* there are others */
    uint64_t version; /* of the area, as it was looked through */
};
/* In `mem`.  RC_INVALID: no word to look for; RC_LIMIT: too long; RC_BUSY: too
 * much came in that the index does not hold yet. */
MUST_USE enum rc search_find(struct store *s, const struct search_ask *ask,
                             struct arena *mem, struct search_found *out,
                             struct err *err);

/* Take a step towards the records as they are; *more: there is another. */
MUST_USE enum rc search_follow(struct store *s, bool *more, struct err *err);

/* In the transaction that erases: what is in the index is to go from its bytes
 * too. */
MUST_USE enum rc search_purge_due(struct store *s, struct err *err);
/* A step of that, if it is due; *more: there is another. */
MUST_USE enum rc search_purge(struct store *s, bool *more, struct err *err);
