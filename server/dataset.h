/*
 * dataset.h - a table of protected figures on its way out: declared columns,
 * and rows of text.
 *
 * Every question (question.h) answers with one, and every way out (for people,
 * JSON, CSV, a database, a page) writes one; so a new question is in all of
 * them at once.
 */
#pragma once

#include "server/disclosure.h"
#include "sync/shape.h"

enum column_kind {
    COLUMN_TEXT,   /* words */
    COLUMN_CODE,   /* of a list, an area, a record type */
    COLUMN_PERIOD, /* 2026, 2026Q3, 2026-07 */
    COLUMN_INTEGER,
    COLUMN_DECIMAL,
    COLUMN_FIGURE, /* an integer; the next two columns say what it is: */
    COLUMN_BELOW,  /* an integer: it is below this */
    COLUMN_STATUS, /* F told, C below the threshold, D withheld */
};

bool column_is_number(enum column_kind k);

struct dataset_column {
    const char *name; /* areaName: in every way out for programs */
    struct label title;
    enum column_kind kind;
    bool key; /* it and the other keys say what a row is about */
};

/* Everything is in `mem`, or foreign. */
struct dataset {
    const struct dataset_column *columns;
    size_t columns_n;
    struct arena *mem;
    const char **cells; /* row by row; NULL: no value */
    size_t cells_n, cap;
    const char *layer; /* its column "area" has codes of this layer; or NULL */
    unsigned regions;  /* of this boundary year; 0: no areas */
    int64_t at_ms;     /* when its figures were decided; 0: of now */
    bool final;        /* they change no more */
};

void dataset_begin(struct dataset *d, const struct dataset_column *columns,
                   size_t columns_n, struct arena *mem);
/* Add the next cell, row by row; NULL: no value.  Copied. */
void dataset_put(struct dataset *d, const char *text);
void dataset_printf(struct dataset *d, const char *fmt, ...) PRINTF(2, 3);
/* The three cells of a figure. */
void dataset_figure(struct dataset *d, const struct cell *c,
                    unsigned threshold);
size_t dataset_rows(const struct dataset *d);
const char *dataset_cell(const struct dataset *d, size_t row, size_t column);
/* Index of a column by its name; columns_n: there is none. */
size_t dataset_column_named(const struct dataset *d, const char *name);

/* Add the rows of another table with the same columns, in the same memory:
 * those that `keep` wants, or all (NULL). */
void dataset_join(struct dataset *d, const struct dataset *more,
                  bool (*keep)(const struct dataset *d, size_t row));
/* Put rows in the byte order of their keys, no value first, and leave out
 * repeats: rows with the same keys say the same. */
void dataset_sort(struct dataset *d);

/* -- ways out ------------------------------------------------------------ */

/* An array of objects, one line each; heads are the columns' names, and what
 * has no value is null. */
void dataset_json(const struct dataset *d, struct buf *out);
/* RFC 4180, UTF-8; heads are the columns' names, no value is an empty cell. */
void dataset_csv(const struct dataset *d, struct buf *out);
/* To standard output, for people: heads in their language, a figure as it is
 * read (120, 0-4, "."), without columns that say nothing. */
void dataset_print(const struct dataset *d, enum lang lang);
