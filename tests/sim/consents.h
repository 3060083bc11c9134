/*
 * consents.h - a small pretend world of its own: three devices and a server,
 * the real ones, on pretend disks, and nothing kept in it without consent.
 *
 * It has no model of what must be shown (world.h has), but one law: wherever
 * something stands that needs a consent, the server holds one that is given.
 */
#pragma once

#include "client/local.h"
#include "server/erasure.h"
#include "tests/sim/pretend.h"

enum { CONSENTS_DEVICES = 3, CONSENTS_TALKS = 3 };
enum consents_what { VISIT, CONSENT, PERSON, CONSENTS_WHATS };

struct consents {
    uint64_t seed, now_ms;
    struct dice dice;
    struct store writer, reader;
    struct settling settling;
    bool unsettled;
    struct local l[CONSENTS_DEVICES];
    struct arena mem; /* of a step */
    /* What came of it, so that a run in which nothing happened shows. */
    uint64_t links, waits, syncs, deaths;
};

extern const char *const consents_type[CONSENTS_WHATS];
extern const char *const consents_user[CONSENTS_DEVICES];

static inline bool consents_chance(struct consents *w, unsigned percent)
{
    return roll(&w->dice, 100) < percent;
}

/* Ends the program, and says how to run this one again. */
_Noreturn void consents_broken(const struct consents *w, const char *what,
                               const char *more);
void consents_ok(const struct consents *w, enum rc rc, const struct err *err);

/* As new; each seed has dice of its own. */
void consents_begin(struct consents *w, uint64_t seed);
void consents_end(struct consents *w);

/* Host 0 is the server, n the device n - 1: it may die in what comes next, at
 * any call to its disk; and is started again if it did. */
void consents_endanger(struct consents *w, unsigned host);
void consents_spare(struct consents *w, unsigned host);

/* One sync, from which answers may be lost; the law is looked at after every
 * group that the server merged, and at the device once it is through. */
void consents_sync(struct consents *w, unsigned device);
/* At the server: rows, heads and journal. */
void consents_look(struct consents *w);
