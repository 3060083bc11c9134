/* disk_int.h - shared by disk.c and disk_vfs.c, for nobody else. */
#pragma once

#include <sqlite3.h>

#include "sync/base/mem.h"
#include "tests/sim/disk.h"

enum {
    FILES_MAX = 256,
    PATH_BYTES = 64,
    SECTOR = 512,
    SHM_REGIONS = 4,
    SHM_REGION_BYTES = 32768
};

struct node {
    char path[PATH_BYTES];
    bool used;
    uint8_t *now, *safe; /* as written; as synced */
    size_t now_n, safe_n, cap;
    uint8_t *dirty; /* a byte per sector */
    unsigned opened;
    /* Locks of the file, and of its shared memory. */
    unsigned shared;
    const void *reserved, *pending, *exclusive;
    uint8_t *shm[SHM_REGIONS];
    unsigned shm_users, shm_shared[SQLITE_SHM_NLOCK];
    const void *shm_exclusive[SQLITE_SHM_NLOCK];
};

/* One call more to the disk of this file: does it work? */
bool disk_works(struct node *n);
bool disk_has_room(const struct node *n, size_t size);
bool disk_is_dead(const char *path);

struct node *node_find(const char *path); /* or NULL */
struct node *node_at(size_t i);           /* below FILES_MAX; used or not */
struct node *node_make(const char *path);
void node_drop(struct node *n);
void node_grow(struct node *n, size_t size); /* to hold so many bytes */
void node_sync(struct node *n);
void node_shm_drop(struct node *n);
