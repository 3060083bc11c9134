/*
 * counts.h - protected counts: what may be told of what was merged.
 *
 * THREE STEPS, each kept in the store.
 *  1. Parts: how many records of each type an area of work has, by month,
 *     neighbourhood and label.  Whatever changes an area (a merge, a deletion,
 *     an erasure, the nightly retention) changes its version; an area whose
 *     version is new is counted anew.  A merge itself pays nothing for it.
 *  2. States: what is told of one type in one year, decided as a whole
 *     (disclosure.h) and kept until the next.
 *  3. Questions read a state and nothing else: an answer costs as much as it
 *     is long, and asking twice, or in another way, tells nothing new.
 *
 * Only whole months, quarters and years that are over are told.  A year gets a
 * new state when another month of it is over, and a last one 90 days after its
 * end; never because somebody asks.  So what is told before and after one
 * record came in cannot be compared: a month lies between, for everybody.  What
 * a state withheld is withheld in the next one of that year too.  What
 * is erased leaves the parts at the next renewal; figures that were told hold
 * nothing of a person, and stay.
 *
 * A record belongs to the month in which it was made, and to the neighbourhood
 * of its code, else of its point, else of its area of work; where none of these
 * is known it counts for the whole town alone.  Deleted records and types that
 * are kept apart are not counted, nor what a type declares `uncounted`.
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

/* A record type as it is counted: by those of its choices that an analyst may
 * see. */
struct count_kind {
    const struct shape_type *type;
    struct count_field *fields;
    size_t fields_n;
    size_t columns_n;               /* column 0: all records */
    size_t place, point, collector; /* fields; 0: there is none */
};

/* All of them, in `mem`. */
void counts_kinds(const struct shape *shape, struct arena *mem,
                  struct count_kind **out, size_t *n);
/* RC_INVALID: no such record type, or not for analysts; with what there is. */
MUST_USE enum rc counts_kind_named(const struct count_kind *kinds, size_t n,
                                   const char *name,
                                   const struct count_kind **out,
                                   struct err *err);
/* By its name or that of its list ("themes", "theme"); NULL. */
const struct count_field *counts_field_named(const struct count_kind *k,
                                             const char *name);
/* The field of a column, NULL: column 0.  Its choice, NULL: "not filled in". */
const struct count_field *counts_field_of(const struct count_kind *k,
                                          size_t column);
const struct shape_choice *counts_choice_of(const struct count_kind *k,
                                            size_t column);

/* -- keeping them (counts_renew.c) --------------------------------------- */

/* How what is written gets to the store: at once, or through the one thread of
 * a server that writes.  `what` runs in a transaction. */
typedef enum rc counts_write(struct store *s, void *arg, struct err *err);
struct counts_writer {
    void *ctx;
    enum rc (*write)(void *ctx, counts_write *what, void *arg, struct err *err);
};

struct counts_renewed {
    size_t areas;  /* counted anew */
    size_t states; /* decided anew */
    struct disclosure_stats stats;
};

/* Bring parts and states up to date.  Short transactions; what takes long is
 * thought outside of them, with `s`, which only reads.  `stop` may end it
 * early; what was done is kept.  RC_NOTFOUND: there are no regions yet. */
MUST_USE enum rc counts_renew(struct store *s, const struct counts_writer *to,
                              uint64_t now_ms,
                              const struct disclosure_stop *stop,
                              struct counts_renewed *out, struct err *err);

/* Names the key that rounds, and tells nothing of it: figures that were rounded
 * by two keys may not stand side by side.  RC_NOTFOUND: nothing was counted. */
struct digest;
MUST_USE enum rc counts_identity(struct store *s, struct digest *out,
                                 struct err *err);

/* -- asking (counts_ask.c) ----------------------------------------------- */

struct counts_query {
    const char *type;   /* "signal" */
    const char *field;  /* or NULL: all records */
    const char *layer;  /* or NULL: the whole town */
    const char *period; /* 2026, 2026Q3, 2026-07; NULL: the last quarter that is
                           told, or month if there is none */
};

struct counts_row {
    const char *area, *area_name;   /* "": the whole town */
    const char *label;              /* code; "": all, or not filled in */
    const struct label *label_name; /* NULL: no longer known, or no label */
    bool all;                       /* all records of the area */
    struct cell cell;
    unsigned threshold; /* a small one is below it */
};

struct counts_table {
    const struct shape_type *type;
    const struct shape_field *field; /* or NULL */
    const char *layer;               /* or NULL */
    const char *period;
    unsigned regions; /* the boundary year */
    int64_t at_ms;    /* when it was decided */
    bool final;
    struct counts_row *rows; /* by area; all records of it first */
    size_t rows_n;
};

/* All in `mem`.  RC_INVALID: not a question that has an answer, with what can
 * be asked; RC_NOTFOUND: nothing is told of that period. */
MUST_USE enum rc counts_ask(struct store *s, const struct counts_query *q,
                            struct arena *mem, struct counts_table *out,
                            struct err *err);
