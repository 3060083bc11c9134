/*
 * rows_sql.h - the statements of one table, and its values in columns.
 *
 * Private to schema/rows*.c.
 */
#pragma once

#include "schema/rows.h"

struct rows_sql;

struct rows {
    struct db *db; /* foreign */
    const struct shape *shape;
    struct rows_sql *sql; /* one per type */
    struct buf meta;      /* of the row being saved */
    struct rows_sealer sealer;
    struct arena mem; /* the texts of the statements */
};

/* -- who is mentioned (rows_consent.c) ----------------------------------- */

extern const char rows_mention_table[];

MUST_USE enum rc rows_mentions_save(struct rows *r, const struct record *rec,
                                    struct err *err);
MUST_USE enum rc rows_mentions_remove(struct rows *r,
                                      const struct shape_type *type,
                                      const struct id *id, struct err *err);

/* -- statements ---------------------------------------------------------- */

/* The columns before those of the fields, in every SELECT and in `save`. */
enum {
    COLUMN_ID,
    COLUMN_AREA,
    COLUMN_VERSION,
    COLUMN_CREATED_MS,
    COLUMN_DELETED,
    COLUMN_REVIEW,
    COLUMN_META,
    COLUMNS_FIXED_N,
};

struct rows_sql {          /* texts in the arena they were made in */
    const char *load;      /* ?1 area, ?2 id */
    const char *save;      /* the columns in their order, from ?1 */
    const char *remove;    /* ?1 area, ?2 id */
    const char *changed;   /* ?1 area, ?2 version */
    const char *next_area; /* ?1 area: the next one that has rows */
    const char *all;
    const char *latest;  /* ?1 area; the last changed first */
    const char *reviews; /* those that a person must look at */
    const char *ending;  /* ?1 the last bytes of an id, in capital hex */
};

void rows_sql_make(const struct shape_type *t, struct arena *mem,
                   struct rows_sql *out);

/* Where the column of field `f` (1 …) stands, from 0. */
int rows_column(size_t f);

/* Bind what field `f` holds; `index` from 1.  Uses `mem` until db_done(). */
void rows_bind(struct db_query *q, int index, const struct value *v,
               struct arena *mem);

/* Read it back, copied into `mem`.  RC_CORRUPT: no such value of `f`. */
MUST_USE enum rc rows_read(struct db_query *q, int column,
                           const struct shape_field *f, struct arena *mem,
                           struct value *out, struct err *err);
