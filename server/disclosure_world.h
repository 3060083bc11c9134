/*
 * disclosure_world.h - another town that would have given the same answers.
 *
 * The counts of all atoms and cells, the bounds that were told of the cells,
 * and what is broken of them; one change of an atom at a time, and back.  For
 * disclosure_audit.c alone.
 *
 * A search makes many changes and few worlds.  So a change is carried at once
 * only into the TOLD cells, whose bounds it can break: a handful, that lie
 * beside each other by column.  All others, and what they have been, follow
 * once a world is found (world_see_touched).
 */
#pragma once

#include "server/disclosure.h"

/* What a cell has been in some world. */
enum { WAS_ZERO = 1, WAS_ENOUGH = 2, WAS_BOTH = 3 };

struct change { /* of one atom, by +1 or -1 */
    uint32_t place, month, column;
    int by;
};

/* Changes that belong together: of one place and month, each of a column of
 * its own (disclosure_plan.h). */
struct plan {
    struct change p[LABEL_FIELDS_MAX + 2];
    size_t n;
};

struct list {
    uint32_t *p; /* own */
    size_t n;
};

struct bound { /* of a told cell */
    int32_t now;
    int32_t lo, hi; /* what was told of it */
};

/* Groupings, and which of them are told; they have numbers of their own. */
struct groups {
    struct list *of;      /* own; of a member: all that hold it */
    struct list *told_of; /* own; the same, those told, by their numbers */
    struct list told;     /* which are told */
    uint8_t *in;          /* own; [grouping * members + member] */
};

struct world {
    const struct family *f;
    const struct disclosure_rules *r;
    struct cell *cells;
    int32_t *atom; /* own; by family_atom() */
    struct groups areas, periods;
    struct bound *told; /* own; by world_told() */
    size_t told_n;
    int32_t *now;     /* own; of all cells, by world_at(); as of `settled` */
    uint8_t *seen;    /* own; the same: WAS_*, of all worlds so far */
    uint32_t *blame;  /* own; how often a told cell stood in the way */
    uint32_t *blamed; /* own; which did */
    size_t blamed_n;
    uint32_t *field_of; /* own; of a column; fields_n: none */
    int32_t *sum;       /* own; by world_fit(): labels in it, less records */
    int64_t broken;     /* by how much all bounds together are broken */
    uint32_t *faults;   /* own; which: told cells, and from told_n on fits */
    uint32_t *fault_at; /* own; where in `faults`, and 1; 0: not */
    size_t faults_n;
    struct change *done; /* own; since the true counts */
    size_t done_n, done_cap, settled;
    uint64_t dice;
    struct disclosure_stats *stats;
};

struct spot { /* a cell */
    size_t area, period, column;
    size_t at; /* world_at() */
    /* Under proof: where it is to go; and is it looked for hard? */
    int dir;
    bool hard;
};

/* The true counts, and nothing told yet: bounds are the caller's to set. */
void world_open(struct world *w);
void world_close(struct world *w);

size_t world_roll(struct world *w, size_t sides);
void world_change(struct world *w, struct change c);
/* What `broken` would be after a plan. */
int64_t world_after(struct world *w, const struct plan *p);
void world_undo(struct world *w, size_t down_to);
/* Note what a cell is; of all that the changes from `from` on touched. */
void world_see(struct world *w, size_t at);
void world_see_touched(struct world *w, size_t from);
/* Where in world.now and world.seen a cell stands. */
size_t world_at(const struct world *w, size_t area, size_t period,
                size_t column);
/* Where in world.told it stands, by the numbers of told groupings; and back. */
size_t world_told(const struct world *w, size_t area, size_t period,
                  size_t column);
struct spot world_spot(const struct world *w, size_t told);
/* Where in world.sum the labels of a field in a place and month stand. */
size_t world_fit(const struct world *w, size_t place, size_t month,
                 size_t field);
