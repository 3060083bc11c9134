/* search_int.h - shared by server/search*.c and nobody else. */
#pragma once

#include "server/search.h"

/* A record with its text. */
struct noted {
    const struct shape_type *type;
    struct id id;
    uint64_t version;
    struct bytes text; /* as it is shown; or nothing */
    int64_t doc;       /* what the index holds of it; 0: nothing */
    struct bytes had;
};

struct notes { /* in the order of their versions; all in `mem` */
    struct noted *p;
    size_t n, cap, max;
    bool full; /* there were more */
    struct arena mem, scratch;
    struct buf text;
};
void notes_init(struct notes *l, size_t max);
void notes_free(struct notes *l);
/* Those of an area that changed since, up to `max` of them; of one type, or of
 * all that have text to look through (NULL). */
MUST_USE enum rc notes_read(struct notes *l, struct store *s,
                            const struct shape_type *type, uint32_t area,
                            uint64_t after, struct err *err);

/* Up to which version does the index follow an area? */
MUST_USE enum rc search_cursor(struct db *db, uint32_t area, uint64_t *out,
                               struct err *err);

/* The word that stands for an area in the index. */
enum { SCOPE_BYTES = 16 };
const char *search_scope(uint32_t area, char out[SCOPE_BYTES]);
