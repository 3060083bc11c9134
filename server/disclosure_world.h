/*
 * disclosure_world.h - another town that would have given the same answers.
 *
 * The counts of all atoms and cells, the bounds that were told of the cells,
 * and what is broken of them; one change of an atom at a time, and back.  For
 * disclosure_audit.c alone.
 */
#pragma once

#include "server/disclosure.h"

/* What a cell has been in some world. */
enum { WAS_ZERO = 1, WAS_ENOUGH = 2, WAS_BOTH = 3 };

struct change { /* of one atom, by +1 or -1 */
    uint32_t place, month, column;
    int by;
};

struct list {
    uint32_t *p; /* own */
    size_t n;
};

struct world {
    const struct family *f;
    const struct disclosure_rules *r;
    struct cell *cells;
    int32_t *atom;    /* own; by family_atom() */
    int32_t *now;     /* own; by family_cell(): what is in it in this world */
    int32_t *lo, *hi; /* own; what was told of it */
    uint8_t *seen;    /* own; WAS_*, of all worlds so far */
    uint32_t *blame;  /* own; how often a cell stood in the way of this one */
    uint32_t *blamed; /* own; which did */
    size_t blamed_n;
    struct list *areas_of, *periods_of; /* own; of a place, of a month */
    uint8_t *in_area, *in_period;       /* own; [area * places_n + place] */
    uint32_t *field_of;                 /* own; of a column; fields_n: none */
    int32_t *sum;       /* own; by world_fit(): labels in it, less records */
    int64_t broken;     /* by how much all bounds together are broken */
    uint32_t *faults;   /* own; which: cells, and from cells_n on fits */
    uint32_t *fault_at; /* own; where in `faults`, and 1; 0: not */
    size_t faults_n, cells_n;
    struct change *done; /* own; since the true counts */
    size_t done_n, done_cap;
    uint64_t dice;
    struct disclosure_stats *stats;
};

struct spot { /* the cell under proof */
    size_t area, period, column, at;
    int dir;
};

/* The true counts, and nothing told yet: bounds are the caller's to set. */
void world_open(struct world *w);
void world_close(struct world *w);

size_t world_roll(struct world *w, size_t sides);
void world_change(struct world *w, struct change c);
/* For a look: what world_change() does, not noted down. */
void world_apply(struct world *w, const struct change *c);
void world_undo(struct world *w, size_t down_to);
/* Note what a cell is; of all that the changes from `from` on touched. */
void world_see(struct world *w, size_t at);
void world_see_touched(struct world *w, size_t from);
/* Where in world.sum the labels of a field in a place and month stand. */
size_t world_fit(const struct world *w, size_t place, size_t month,
                 size_t field);
