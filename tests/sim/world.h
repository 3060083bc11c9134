/*
 * world.h - a server, devices, a network, clocks and disks, all pretend, all
 * from one seed; the code that runs in it is the real one.
 *
 * A run plays a number of steps.  In each, chance picks who does what: a
 * worker saves, a device calls the server, an answer comes in, a commit is
 * made, something breaks.  Then all faults end, everyone syncs, and what the
 * architecture promises is demanded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may go wrong or change in a run. */
#define WORLD_EVENTS(X)                                            \
    X(CUT, "calls cut at a byte")                                  \
    X(LATE, "calls given up that arrive later")                    \
    X(TWICE, "calls that arrive twice")                            \
    X(REFUSED, "calls to a server that is down")                   \
    X(DEVICE_KILL, "devices killed at a disk call")                \
    X(DEVICE_POWER, "devices that lost power at a disk call")      \
    X(SERVER_KILL, "servers killed at a disk call")                \
    X(SERVER_POWER, "servers that lost power at a disk call")      \
    X(DISK_ERROR, "disk calls failed")                             \
    X(DISK_FULL, "disks filled up")                                \
    X(CLOCK, "clocks set wrong by up to years")                    \
    X(TWO_PROGRAMS, "saves by a second program on the same store") \
    X(GRANT, "areas granted or withdrawn")                         \
    X(REVOKE, "devices revoked")                                   \
    X(ERASE, "records erased")                                     \
    X(EMPTY, "records of which fields were emptied")               \
    X(TIME, "weeks or years that went by, and retention")          \
    X(TYPES, "newer record types put in force")                    \
    X(REGIONS, "newer neighbourhoods taken in")                    \
    X(SERVER_RESTORE, "servers put back from a backup")            \
    X(DEVICE_RESTORE, "devices put back from an old copy")         \
    X(DEVICE_CLONE, "devices copied, both in use")

enum world_event {
#define X(name, text) EVENT_##name,
    WORLD_EVENTS(X)
#undef X
        EVENTS_N
};

struct plan {
    const char *name;
    unsigned devices, areas, steps; /* at most */
    unsigned events;                /* bits: 1 << EVENT_… */
};

struct tally {          /* what was done in all runs together */
    uint64_t encrypted; /* runs with encrypted devices */
    uint64_t runs, steps, saves, syncs, batches, changesets, parked, pieces,
        reenrolled, compared, disk_calls, kept_apart, recalled, closed, wiped;
    uint64_t events[EVENTS_N];
};

/* Once per process. */
void world_set_up(void);

/* NULL: all promises were kept.  Otherwise what was broken; world_trace() says
 * how it came to it.  Both hold until the next run. */
const char *world_run(uint64_t seed, const struct plan *plan, struct tally *t);
const char *world_trace(void);
