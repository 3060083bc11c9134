/*
 * town.h - a made-up town and what was written down in it, from a seed.
 *
 * The records go into a server's store the way they come from devices: judged,
 * signed, in batches, merged by the server's own code.  Only the network is
 * left out.  The same options give the same records; keys are drawn anew.
 */
#pragma once

#include "server/merger.h"
#include "server/regions.h"
#include "sync/limits.h"
#include "tests/unit/dice.h"

enum {
    TOWN_WORKERS = 5,      /* in each area of work; the first one leads */
    TOWN_PLACES_MAX = 900, /* made up */
    TOWN_BATCH = 200,      /* changesets */
    TOWN_GROUP = 32,       /* batches in one transaction */
    TOWN_RECENT = 64       /* records of each type that others may refer to */
};

struct town_options {
    size_t records, neighbourhoods, months;
    unsigned year, month; /* the first one */
    uint64_t seed;
    const char *codes, *outlines, *layers; /* files; NULL: made up */
    const char *map; /* folder that gets what was made up; or NULL */
};

struct town_worker {
    struct sign_key *key; /* own */
    uint32_t device;
    const char *user, *type;
    bool external;
    uint64_t number, clock;
    struct arena *mem; /* own; of what waits */
    struct changeset waiting[TOWN_BATCH];
    size_t waiting_n;
};

struct town_area {
    uint32_t number; /* in the store */
    struct town_worker workers[TOWN_WORKERS];
    struct id recent[types_max][TOWN_RECENT];
    size_t recent_n[types_max]; /* so many there were */
};

struct town_place {
    size_t area; /* in areas */
    uint32_t weight;
    struct geo_point low, high; /* around its outline */
};

struct town {
    struct town_options o;
    struct store s;
    struct regions regions;
    struct town_place *places; /* by regions.places */
    struct town_area *areas;
    size_t areas_n;
    uint32_t *likely;     /* [place * choices_n + a choice of a list] */
    uint32_t *season;     /* the month in which there is most of a choice */
    size_t *first_choice; /* of a list */
    size_t choices_n;
    struct batch_job jobs[TOWN_GROUP];
    struct batch batches[TOWN_GROUP];
    struct buf bodies[TOWN_GROUP];
    size_t jobs_n;
    struct dice dice;
    struct arena mem;
    size_t handed_in, kept_aside;
};

void town_must(enum rc rc, const struct err *err); /* or ends the program */
uint64_t town_hash(const struct town *t, const char *a, const char *b);

/* town_map.c: neighbourhoods, layers and outlines, into the store. */
void town_map(struct town *t);
/* town_people.c: areas of work, who works there, what they hand in. */
void town_people(struct town *t);
void town_hand_in(struct town *t, struct town_area *a, struct town_worker *w,
                  struct changeset c, uint64_t now_ms);
void town_all_in(struct town *t, uint64_t now_ms);
/* town_record.c: one record or change at a moment. */
void town_likely(struct town *t);
void town_record(struct town *t, uint64_t now_ms, unsigned month);
void town_edit(struct town *t, uint64_t now_ms);
