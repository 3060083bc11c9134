/*
 * figure.h - an answer as it stands in a page: a picture, and beside it the
 * same as a table.
 */
#pragma once

#include "server/question.h"

enum { FIGURE_COLUMNS_MAX = 8 };

struct figure {
    const struct question *question;
    const char *id; /* as plot.h has it */
    const char *caption;
    const char *columns[FIGURE_COLUMNS_MAX]; /* of the table, in this order */
    enum figure_table {                      /* where the table goes */
                        FIGURE_BESIDE,
                        FIGURE_HALF, /* beside it, as wide */
                        FIGURE_BELOW,
    } table;
};

/* Of the rows of `all` those whose `column` holds `value`; all of them if
 * `column` is NULL.  Rows stay in their order. */
void figure_rows(const struct dataset *all, const char *column,
                 const char *value, struct dataset *out);
/* By what is told in this column, the most first; then what is small, what is
 * withheld, and what was not filled in.  It has a column "label". */
void figure_sort(struct dataset *d, const char *column);

/* Append the element <figure>. */
MUST_USE enum rc figure_put(const struct figure *f, const struct dataset *d,
                            enum lang lang, struct buf *out, struct err *err);

/* For figures that are not of a dataset: before the picture, between it and
 * the rows of the table (heads end in NULL; a number's begins with '#'), after
 * them.  A cell is what stands in it; the first of a row is its head. */
void figure_begin(const struct figure *f, struct buf *out);
void figure_table(const struct figure *f, const char *const *heads,
                  struct buf *out);
void figure_row(const char *const *heads, const char *const *cells,
                struct buf *out);
void figure_end(struct buf *out);
