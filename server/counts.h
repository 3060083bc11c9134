/*
 * counts.h - protected counts: what may be told of what was merged.
 *
 * THREE STEPS, each kept in the store.
 *  1. Parts: how many records of each kind an area of work has, by month,
 *     neighbourhood and label.  Whatever changed an area (a merge, an erasure,
 *     the nightly retention) changed its version; counts_renew() counts such an
 *     area anew.  A merge itself pays nothing for it.
 *  2. States: what is told of one kind of record in one year, decided as a
 * whole (disclosure.h) and kept until the next.
 *  3. Questions read a state and nothing else, so an answer costs as much as it
 *     is long, and asking twice, or asking in another way, tells nothing new.
 *
 * Only whole months, quarters and years that are over are told.  A year gets a
 * new state when another month of it is over, and a last one 90 days after its
 * end; never because somebody asks.  So what is told before and after one
 * record came in cannot be compared: a month lies between, for everybody.  What
 * is erased leaves the parts at the next renewal; figures that were told hold
 * nothing of a person and stay.
 *
 * A record belongs to the month in which it was made, and to the neighbourhood
 * of its code, else of its point, else of its area of work; where none of these
 * is known it counts for the whole town alone.
 */
#pragma once

#include "server/disclosure.h"
#include "server/regions.h"

enum { COUNTS_FINAL_DAYS = 90 };

/* -- what can be asked (counts_kind.c) ----------------------------------- */

struct count_field {
    const struct shape_field *field;
    size_t at; /* in type->fields */
    struct label_field labels;
};

/* A record type as it is counted: which fields of choices an analyst may see
 * follows from its declaration. */
struct count_kind {
    const struct shape_type *type;
    struct count_field *fields;
    size_t fields_n;
    size_t columns_n;                           /* column 0: all records */
    size_t place, point, collector, visibility; /* fields; 0: there is none */
};

/* All of them, in `mem`. */
void counts_kinds(const struct shape *shape, struct arena *mem,
                  struct count_kind **out, size_t *n);
/* NULL: no such record type, or not for analysts. */
const struct count_kind *counts_kind_named(const struct count_kind *kinds,
                                           size_t n, const char *name);
/* By the name of the field or of its list ("themes", "theme"); NULL. */
const struct count_field *counts_field_named(const struct count_kind *k,
                                             const char *name);
/* The code of a column: "" for all and for "not filled in". */
const char *counts_label(const struct count_kind *k, size_t column);
/* The field of a column; NULL: column 0. */
const struct count_field *counts_field_of(const struct count_kind *k,
                                          size_t column);

/* -- keeping them -------------------------------------------------------- */

struct counts_renewed {
    size_t areas;  /* counted anew */
    size_t states; /* decided anew */
    struct disclosure_stats stats;
};

/* Bring parts and states up to date; short transactions, long thinking outside
 * them.  RC_NOTFOUND: there are no regions yet. */
MUST_USE enum rc counts_renew(struct store *s, uint64_t now_ms,
                              struct counts_renewed *out, struct err *err);
/* Step 1 alone. */
MUST_USE enum rc counts_refresh(struct store *s, const struct regions *r,
                                size_t *areas, struct err *err);

/* -- asking -------------------------------------------------------------- */

struct counts_query {
    const char *type;   /* "signal" */
    const char *field;  /* or NULL: all records */
    const char *layer;  /* or NULL: the whole town */
    const char *period; /* 2026, 2026Q3, 2026-07; NULL: the last whole quarter,
                           or month if there is none */
};

struct counts_row {
    const char *area, *area_name;   /* "": the whole town */
    const char *label;              /* code; "": all, or not filled in */
    const struct label *label_name; /* NULL: all records */
    bool filled_in;                 /* false: the row of what has no label */
    struct cell cell;
    unsigned threshold; /* a small one is below it */
};

struct counts_table {
    const struct shape_type *type;
    const struct shape_field *field; /* or NULL */
    const char *layer;               /* or NULL */
    const char *period;
    unsigned regions; /* the boundary year */
    int64_t at_ms;    /* when the state was made */
    bool final;
    struct counts_row *rows; /* by area; all records of it first */
    size_t rows_n;
};

/* All in `mem`.  RC_INVALID: not a question that has an answer, with what can
 * be asked; RC_NOTFOUND: nothing is told of that period yet. */
MUST_USE enum rc counts_ask(struct store *s, const struct counts_query *q,
                            struct arena *mem, struct counts_table *out,
                            struct err *err);

/* Periods of which something is told, oldest first. */
MUST_USE enum rc counts_periods(struct store *s, const char *type,
                                struct arena *mem, const char ***out, size_t *n,
                                struct err *err);
