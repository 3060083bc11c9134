/*
 * voting.h - rounds of votes whose result is confirmed, as it was counted.
 *
 * Read from the records themselves.  A result that was confirmed has been read
 * out at a meeting and is published: it counts papers in a box, not what was
 * heard at doors, and nobody's name or address is anywhere near it.  A round
 * that is open or only counted is not told at all.
 *
 * TWO COUNTS.  Tallies of one kind are added up (stations, channels).  One that
 * says it is the second count is not added: at its station it must come to the
 * same as the first.  Where they differ there is no result.
 */
#pragma once

#include "server/disclosure.h"
#include "server/period.h"
#include "server/store.h"

enum voting_counted {
    VOTING_NEVER,  /* nothing was counted */
    VOTING_ONCE,   /* somewhere only once */
    VOTING_TWICE,  /* everywhere twice, and alike */
    VOTING_DIFFER, /* two counts, or two versions of one, are not the same */
};

struct voting_figure {
    enum voting_counted counted;
    uint32_t n; /* of VOTING_ONCE and VOTING_TWICE */
};

struct voting_idea {
    struct bytes id;
    const char *title, *themes, *decision; /* themes: JSON; each may be "" */
    struct voting_figure votes;
    unsigned place; /* 1, 2, 2, 4: equal votes share one; 0: no result */
    bool tied;
};

struct voting_round {
    struct bytes id;
    uint32_t area;
    const char *area_name, *area_title, *area_code;   /* of work; its place */
    const char *title, *ends_on;                      /* "" if not known */
    unsigned top;                                     /* how many are chosen */
    struct voting_figure participants, voters, votes; /* votes: of all ideas */
    struct voting_idea *ideas;                        /* by place, then id */
    size_t ideas_n;
};

/* All that are confirmed and over on the day `today` (2026-11-25), by the day
 * on which they ended; everything is in `mem`. */
MUST_USE enum rc voting_rounds(struct store *s, const char *today,
                               struct arena *mem, struct voting_round **out,
                               size_t *n, struct err *err);

/* What may be told of a figure: nothing where counts differ or there is none.
 */
struct cell voting_cell(const struct voting_figure *f, unsigned threshold);
/* May its votes be told?  Not those of so few that it would tell what nearly
 * every neighbour wanted, or of nobody knows how many; not while counts
 * differ. */
bool voting_is_told(const struct voting_round *r);
/* Did voting end in this period? */
bool voting_ended_in(const struct voting_round *r, const struct period *p);
