#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_int.h"

static struct node nodes[FILES_MAX];
static struct disk disks[DISKS_MAX];

struct disk *disk_of(unsigned host)
{
    assert(host < DISKS_MAX);
    return &disks[host];
}

static unsigned host_of(const char *path)
{
    return (unsigned)strtoul(path + 1, NULL, 10);
}

/* -- faults ------------------------------------------------------------- */

/* One call more: does it work? */
bool disk_works(struct node *n)
{
    struct disk *d = disk_of(host_of(n->path));

    if (d->calm)
        return !d->dead;
    d->calls++;
    if (d->dies_at != 0 && d->calls >= d->dies_at)
        d->dead = true;
    if (d->dead)
        return false;
    if (d->fails_at != 0 && d->calls >= d->fails_at && d->fails_n > 0) {
        d->fails_n--;
        d->faults++;
        return false;
    }
    return true;
}

size_t disk_used(unsigned host)
{
    size_t i, sum = 0;

    for (i = 0; i < FILES_MAX; i++)
        if (nodes[i].used && host_of(nodes[i].path) == host)
            sum += nodes[i].now_n;
    return sum;
}

bool disk_has_room(const struct node *n, size_t size)
{
    struct disk *d = disk_of(host_of(n->path));
    size_t sum;

    if (d->room == 0 || d->calm || size <= n->now_n)
        return true;
    sum = disk_used(host_of(n->path));
    if (sum + size - n->now_n <= d->room)
        return true;
    d->faults++;
    return false;
}

bool disk_is_dead(const char *path)
{
    return disk_of(host_of(path))->dead;
}

/* -- nodes -------------------------------------------------------------- */

struct node *node_find(const char *path)
{
    size_t i;

    for (i = 0; i < FILES_MAX; i++)
        if (nodes[i].used && strcmp(nodes[i].path, path) == 0)
            return &nodes[i];
    return NULL;
}

struct node *node_at(size_t i)
{
    return &nodes[i];
}

bool disk_has(const char *path)
{
    return node_find(path) != NULL;
}

struct node *node_make(const char *path)
{
    size_t i;

    for (i = 0; i < FILES_MAX; i++)
        if (!nodes[i].used) {
            nodes[i] = (struct node){.used = true};
            snprintf(nodes[i].path, sizeof nodes[i].path, "%s", path);
            return &nodes[i];
        }
    abort();
}

void node_shm_drop(struct node *n)
{
    size_t i;

    for (i = 0; i < SHM_REGIONS; i++) {
        free(n->shm[i]);
        n->shm[i] = NULL;
    }
}

void node_drop(struct node *n)
{
    node_shm_drop(n);
    free(n->now);
    free(n->safe);
    free(n->dirty);
    *n = (struct node){0};
}

void node_grow(struct node *n, size_t size)
{
    size_t cap = n->cap ? n->cap : 16 * SECTOR;

    while (cap < size)
        cap *= 2;
    if (cap == n->cap)
        return;
    n->now = mem_resize(n->now, cap);
    n->safe = mem_resize(n->safe, cap);
    n->dirty = mem_resize(n->dirty, cap / SECTOR);
    memset(n->now + n->cap, 0, cap - n->cap);
    memset(n->safe + n->cap, 0, cap - n->cap);
    memset(n->dirty + n->cap / SECTOR, 0, (cap - n->cap) / SECTOR);
    n->cap = cap;
}

void node_sync(struct node *n)
{
    size_t s;

    for (s = 0; s < n->cap / SECTOR; s++)
        if (n->dirty[s]) {
            memcpy(n->safe + s * SECTOR, n->now + s * SECTOR, SECTOR);
            n->dirty[s] = 0;
        }
    n->safe_n = n->now_n;
}

/* Of each sector that was not synced: the old, the new, or some of both. */
static void node_tear(struct node *n, struct dice *d)
{
    size_t s, part;

    for (s = 0; s < n->cap / SECTOR; s++) {
        if (!n->dirty[s])
            continue;
        part = (size_t)roll(d, 3) * SECTOR / 2;
        if (part == SECTOR / 2)
            part = (size_t)roll(d, SECTOR);
        memcpy(n->safe + s * SECTOR, n->now + s * SECTOR, part);
        memcpy(n->now + s * SECTOR, n->safe + s * SECTOR, SECTOR);
        n->dirty[s] = 0;
    }
    if (roll(d, 2) == 0)
        n->safe_n = n->now_n;
    n->now_n = n->safe_n;
    if (n->cap > n->now_n) {
        memset(n->now + n->now_n, 0, n->cap - n->now_n);
        memset(n->safe + n->now_n, 0, n->cap - n->now_n);
    }
}

/* -- hosts -------------------------------------------------------------- */

void disks_reset(void)
{
    size_t i;

    for (i = 0; i < FILES_MAX; i++)
        if (nodes[i].used)
            node_drop(&nodes[i]);
    memset(disks, 0, sizeof disks);
    sqlite3_randomness(0, NULL); /* begin anew, for exact replays */
}

void disk_restart(unsigned host, bool power, struct dice *d)
{
    size_t i;

    for (i = 0; i < FILES_MAX; i++) {
        if (!nodes[i].used || host_of(nodes[i].path) != host)
            continue;
        assert(nodes[i].opened == 0);
        node_shm_drop(&nodes[i]);
        if (power)
            node_tear(&nodes[i], d);
    }
    disks[host] =
        (struct disk){.calls = disks[host].calls, .faults = disks[host].faults};
}

struct disk_image {
    struct node files[8];
    size_t n;
};

static void copy_bytes(struct node *to, const char *path,
                       const struct node *from)
{
    *to = (struct node){.used = true};
    snprintf(to->path, sizeof to->path, "%s", path);
    node_grow(to, from->now_n);
    if (from->now_n > 0)
        memcpy(to->now, from->now, from->now_n);
    memset(to->dirty, 1, (from->now_n + SECTOR - 1) / SECTOR);
    to->now_n = from->now_n;
    node_sync(to);
}

struct disk_image *disk_image_take(unsigned host)
{
    struct disk_image *image = mem_new(sizeof *image);
    size_t i;

    for (i = 0; i < FILES_MAX; i++)
        if (nodes[i].used && host_of(nodes[i].path) == host) {
            assert(image->n < countof(image->files));
            copy_bytes(&image->files[image->n++],
                       strchr(nodes[i].path + 1, '/'), &nodes[i]);
        }
    return image;
}

void disk_image_put(unsigned host, const struct disk_image *image)
{
    char path[2 * PATH_BYTES];
    size_t i;

    for (i = 0; i < FILES_MAX; i++)
        if (nodes[i].used && host_of(nodes[i].path) == host)
            node_drop(&nodes[i]);
    for (i = 0; i < image->n; i++) {
        snprintf(path, sizeof path, "/%u%s", host, image->files[i].path);
        copy_bytes(node_make(path), path, &image->files[i]);
    }
}

void disk_image_free(struct disk_image *image)
{
    size_t i;

    if (image == NULL)
        return;
    for (i = 0; i < image->n; i++)
        node_drop(&image->files[i]);
    free(image);
}
