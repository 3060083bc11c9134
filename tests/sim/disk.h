/*
 * disk.h - a pretend disk below SQLite.
 *
 * A file is what was written to it and what of that is safe: written and
 * synced.  A process that dies loses nothing that was written; a machine that
 * loses power loses or tears what was not synced, sector by sector.  Any call
 * may be made to fail.  Each host of a world has a disk of its own; its files
 * are those whose path begins with "/HOST/".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/dice.h"

enum { DISKS_MAX = 40 };

struct disk {
    uint64_t calls; /* reads, writes, syncs … so far */
    /* From this call on nothing works any more: the host is dead.  0: never */
    uint64_t dies_at;
    bool dead, power; /* power: the machine, not the process alone */
    /* From this call on so many fail with an I/O error.  0: never */
    uint64_t fails_at, fails_n;
    bool calm;       /* for a while nothing fails, and nothing is counted */
    size_t room;     /* bytes all its files may hold together; 0: any */
    uint64_t faults; /* calls that were made to fail */
};

/* Make it what SQLite uses; once per process. */
void disks_install(void);
/* All files and all faults away. */
void disks_reset(void);

struct disk *disk_of(unsigned host);

bool disk_has(const char *path); /* without a call to it */
size_t disk_used(unsigned host); /* bytes */

/* After a host died, and all its connections are closed: what its files hold
 * when it starts again, alive and without faults.  `power`: it was not the
 * process alone. */
void disk_restart(unsigned host, bool power, struct dice *d);

/* All files of a host as they are (its connections closed), and back. */
struct disk_image;
struct disk_image *disk_image_take(unsigned host);
void disk_image_put(unsigned host, const struct disk_image *image);
void disk_image_free(struct disk_image *image); /* NULL is fine */
