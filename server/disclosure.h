/*
 * disclosure.h - numbers in, cells out: which counts may be told, and how.
 *
 * Pure: it knows no store, no clock and no chance but what its key gives.  It
 * gets the true counts of one kind of record in one year and decides on a
 * fixed family of cells, all at once.  Nothing outside the family is ever
 * answered, so the family is all that an attacker has.
 *
 * THE FAMILY.  An atom is (place, month, label): a neighbourhood, a calendar
 * month, one choice of one field.  A cell adds up the atoms of an area (a set
 * of places), a period (a set of months) and a column: all records, or those
 * with one label.  A record that has three themes counts once in the column of
 * all records.  So a cell is at most "a region by one field" of one period.
 *
 * THE RULES, in order.
 *  1. A cell below its threshold is SMALL (C): 5 for one dimension, 10 for two
 *     (a region and a label) and for the labels of a sensitive choice.  Zero is
 *     small like any other.
 *  2. A cell with fewer than three collectors behind it (where they are known)
 *     is WITHHELD (D).
 *  3. So is one that tells of a whole group: more than 90 % of an area share a
 *     sensitive label, or more than 90 % of a sensitive label is in one area.
 *  4. All others are FREE (F), and told as 5 * floor((n + r) / 5): a rounding
 *     to a neighbouring multiple of 5 that is right on average.
 *  5. The audit (disclosure_audit.h) withholds more, until nobody who adds,
 *     subtracts and compares the cells can rule out that a small cell is 0, or
 *     that it is 4.
 *
 * r is 0..4, drawn by a secret key from the NAME of the cell: which places,
 * which months, which label.  Two areas of the same places are one cell, and
 * every question gets the same figure.  It is not drawn from the records in
 * the cell: then a parent and a child that hold the same records would round
 * alike, and two figures that differ would tell that what is between them is
 * not 0.
 *
 * WHAT A READER KNOWS of a cell (disclosure_range): F: at most 4 from the
 * figure, and not below the threshold.  C: below the threshold.  D: nothing.
 * D must say nothing: if it meant "not small", a withheld parent of two small
 * children would tell that they are not 0.  So a quarter of the small cells,
 * drawn by the key, carry D as well.
 *
 * TIME.  All that is ever told of a free cell is floor((n + r) / 5) with one r
 * for ever: whoever sees it grow, even if he knows by how much, learns n + r
 * and never n, which stays unknown among five values.  (With an r drawn anew
 * for each set of records he would soon know n.)  Whoever keeps an earlier
 * state knows what both told.  So what was withheld in it stays withheld, and
 * what it told is not withheld in the next one but a bound that every world
 * keeps; if both cannot be, a small cell that is new is withheld instead.  So
 * the last state alone holds all that is known.  (Counts that changed since
 * were another town.)  How often there is a new state is not up to who asks
 * (counts.h).
 *
 * WHAT IS NOT PROMISED.  Where D stands follows from the true counts; somebody
 * with the key, or with certain knowledge of all records but one, may learn
 * from that.  And likelihoods are not levelled: a parent of 40 beside a child
 * of 35 makes 0 in the rest less likely, never impossible.
 */
#pragma once

#include "sync/base/mem.h"

enum { DISCLOSURE_BASE = 5, DISCLOSURE_WHO = 3, LABEL_FIELDS_MAX = 64 };

/* A set of places or of months. */
struct grouping {
    const char *name; /* of its members: two of the same members are one */
    const uint32_t *members;
    size_t n;
    bool hidden; /* is never told, but could be worked out from what is (the
                    difference of two areas that overlap): protected too */
};

struct column {
    const char *name;
    bool sensitive;
};

/* A field whose labels are columns `first` to `first + n - 1`; the last one is
 * for records in which nothing is filled in. */
struct label_field {
    size_t first, n;
    bool set; /* a record may have several labels */
};

/* Up to three different collectors; or one is not known. */
struct who {
    uint32_t p[DISCLOSURE_WHO]; /* not 0 */
    bool unknown;
};
void who_add(struct who *w, uint32_t collector); /* 0: not known */
void who_join(struct who *w, const struct who *other);

/* What an earlier state of the same cells said. */
enum said_before {
    BEFORE_NOTHING,
    BEFORE_SMALL, /* C or, if it draws that, D */
    BEFORE_WITHHELD,
    BEFORE_FREE
};

/* All that is decided on together.  Everything is foreign.  areas[0] holds all
 * places, columns[0] is all records. */
struct family {
    size_t places_n, months_n;
    const struct grouping *areas, *periods;
    size_t areas_n, periods_n;
    const struct column *columns;
    size_t columns_n;
    const struct label_field *fields;
    size_t fields_n;
    const uint32_t *counts; /* [family_atom()] */
    const struct who *who;  /* the same; NULL: collectors are not known */
    const uint8_t *before; /* [family_cell()] enum said_before; NULL: nothing */
};
size_t family_atom(const struct family *f, size_t place, size_t month,
                   size_t column);
size_t family_cell(const struct family *f, size_t area, size_t period,
                   size_t column);
size_t family_cells(const struct family *f); /* how many */

struct disclosure_rules {
    unsigned threshold, threshold_two; /* one dimension; two, or sensitive */
    unsigned protect; /* what a small cell must be able to be, beside 0 */
    unsigned collectors;
    unsigned one_in; /* so many small cells carry D */
};
extern const struct disclosure_rules disclosure_rules; /* 5, 10, 4, 3, 4 */

enum cell_status { CELL_SMALL, CELL_WITHHELD, CELL_FREE };
char cell_status_letter(enum cell_status s); /* C, D, F (SDMX CONF_STATUS) */

struct cell {
    enum cell_status status;
    uint32_t figure; /* of a free one */
};

unsigned disclosure_threshold(const struct family *f,
                              const struct disclosure_rules *r, size_t area,
                              size_t column);
/* What anybody may conclude from one cell: *hi UINT32_MAX: no bound. */
void disclosure_range(const struct cell *c, unsigned threshold, uint32_t *lo,
                      uint32_t *hi);
/* How a small cell is drawn that has no record of its own: C or D. */
enum cell_status disclosure_small(const struct disclosure_rules *r,
                                  struct bytes key, const char *area,
                                  const char *period, const char *column);

struct disclosure_stats {
    size_t free, small, withheld; /* of the cells that are told */
    size_t audited;               /* withheld by rule 5 */
    size_t searches;              /* worlds looked for (disclosure_audit.h) */
};

/* Asked now and then: true ends a decision early.  Called with `ctx`. */
struct disclosure_stop {
    bool (*asked)(void *ctx); /* NULL: never */
    void *ctx;
};

/* Decide on all cells, hidden ones too; `cells` is family_cells() long.  The
 * same family and key give the same cells.  False: it was stopped, and of the
 * cells none may be told. */
MUST_USE bool disclosure_decide(const struct family *f,
                                const struct disclosure_rules *r,
                                struct bytes key,
                                const struct disclosure_stop *stop,
                                struct cell *cells,
                                struct disclosure_stats *stats);
