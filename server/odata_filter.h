/*
 * odata_filter.h - $filter of OData 4.0 (Part 2, 5.1.1), read and applied to
 * rows of a table: eq ne gt ge lt le and or not, parentheses, contains,
 * startswith, endswith, text, numbers, null, true and false.
 *
 * Pure.  As OData has it, what is asked of null is null, and null is not true.
 */
#pragma once

#include "server/dataset.h"

enum { ODATA_FILTER_BYTES_MAX = 8192, ODATA_FILTER_DEEP = 32 };

struct odata_filter; /* in the arena given */

/* RC_INVALID: says what is not understood, and where. */
MUST_USE enum rc odata_filter_read(const char *text,
                                   const struct dataset_column *columns,
                                   size_t columns_n, struct arena *mem,
                                   struct odata_filter **out, struct err *err);
/* Is it true of this row?  `cells` are those of the columns; NULL: no value. */
bool odata_filter_keeps(const struct odata_filter *f, const char *const *cells);
/* The text that a column must be equal to in every row that is kept; NULL: the
 * filter does not say. */
const char *odata_filter_demands(const struct odata_filter *f, size_t column);
