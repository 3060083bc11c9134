/* table.h - rows for people, in columns as wide as they need; or the same rows
 * as JSON for programs. */
#pragma once

#include "sync/base/mem.h"

enum { TABLE_COLUMNS_MAX = 64 };

struct table {
    struct arena mem;          /* own */
    size_t columns, rows, cap; /* rows: cells so far */
    const char *heads[TABLE_COLUMNS_MAX];
    bool number[TABLE_COLUMNS_MAX]; /* to the right; and bare in JSON */
    const char **cells;             /* own; rows x columns */
};

/* `heads` ends in NULL; a head that begins with '#' is a column of numbers (one
 * that is empty is null in JSON). */
void table_init(struct table *t, const char *const *heads);
/* Add the next cell, row by row; copied. */
void table_put(struct table *t, const char *text);
void table_printf(struct table *t, const char *fmt, ...) PRINTF(2, 3);
size_t table_rows(const struct table *t);
/* To standard output: aligned, or one JSON array of objects. */
void table_print(const struct table *t, bool json);
/* RFC 4180, heads first. */
void table_csv(const struct table *t);
void table_free(struct table *t);
