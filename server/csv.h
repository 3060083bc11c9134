/* csv.h - comma-separated values as RFC 4180 has them: a head that names the
 * columns, quotes where a cell holds a comma, a quote or a line break. */
#pragma once

#include "sync/base/err.h"
#include "sync/base/mem.h"

enum { CSV_COLUMNS_MAX = 64 };

struct csv {
    char *at; /* what is left; cells are cut out of it */
    const char *heads[CSV_COLUMNS_MAX];
    const char *cells[CSV_COLUMNS_MAX]; /* of the current row */
    size_t columns, cells_n;
    unsigned line; /* of the current row */
    bool bad;
};

/* Takes the head off `text`, which must stay and is written to. */
MUST_USE enum rc csv_open(char *text, struct csv *out, struct err *err);
/* The next row that is not empty; false at the end and after a fault. */
bool csv_row(struct csv *c);
/* RC_INVALID: a row that is no row, with its line. */
MUST_USE enum rc csv_end(const struct csv *c, struct err *err);
/* A cell of the row by the name of its column, or its other name; NULL: there
 * is no such column. */
const char *csv_cell(const struct csv *c, const char *name, const char *other);
