/*
 * odata_query.h - the system query options of OData 4.0 that are understood:
 * $filter, $select, $orderby, $top, $skip, $count, $format; and $skiptoken,
 * which a next link of ours carries.
 */
#pragma once

#include "server/odata_filter.h"
#include "sync/sys/httpd.h"

enum { ODATA_COLUMNS_MAX = 40, ODATA_ORDERS_MAX = 8 };

/* Where a page begins: row `row` of those that are kept of part `part`. */
struct odata_token {
    size_t part, row;
};

struct odata_query {
    const struct odata_filter *filter; /* or NULL */
    size_t select[ODATA_COLUMNS_MAX];  /* columns, in order; 0 of them: all */
    size_t select_n;
    struct odata_order {
        size_t column;
        bool down;
    } order[ODATA_ORDERS_MAX];
    size_t order_n;
    uint64_t top, skip; /* top: UINT64_MAX: no limit */
    bool count;
    bool plain; /* $format, or none: no metadata at all */
    struct odata_token token;
};

/* RC_INVALID: not understood, with what would be; err->reason is
 * ODATA_UNSUPPORTED for an option of OData that is not offered here ($expand,
 * $search ...).  `lang` is no option of OData, and left to the caller. */
#define ODATA_UNSUPPORTED "unsupported"
MUST_USE enum rc odata_query_read(const struct httpd_param *list, size_t n,
                                  const struct dataset_column *columns,
                                  size_t columns_n, struct arena *mem,
                                  struct odata_query *out, struct err *err);
