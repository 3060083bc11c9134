/* odata_rows.h - the rows of one page of a table, as a query wants them. */
#pragma once

#include "server/odata_sets.h"

enum {
    ODATA_PAGE_ROWS = 5000,
    /* That can be put in an order; more have to be filtered first. */
    ODATA_ORDERED_ROWS_MAX = 100000,
};

struct odata_page {
    struct dataset rows; /* what was selected, in the arena given */
    uint64_t count;      /* of all that are kept, if it was asked for */
    bool more;           /* there is a next page: */
    struct odata_token next;
};

/* At most `most` rows.  RC_LIMIT: too many to be put in an order. */
MUST_USE enum rc odata_rows(const struct odata_set *set,
                            const struct odata_query *q,
                            const struct question_asked *like, size_t most,
                            struct arena *mem, struct odata_page *out,
                            struct err *err);
