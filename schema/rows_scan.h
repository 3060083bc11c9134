/* rows_scan.h - a few columns of all records of a type in an area, as they are
 * shown: for counting, which needs neither heads nor history. */
#pragma once

#include "schema/rows.h"

/* `texts` has one for each field asked for: as in its column (rows.h), "" where
 * nothing is filled in; they live until it returns. */
typedef void rows_scan_visit(void *ctx, int64_t created_ms,
                             const char *const *texts);

/* Records that are not deleted.  `fields` are indices into type->fields. */
MUST_USE enum rc rows_scan(struct db *db, const struct shape_type *type,
                           uint32_t area, const size_t *fields, size_t n,
                           rows_scan_visit *visit, void *ctx, struct err *err);
