/* The pretend disk as SQLite sees it: a VFS with locks and shared memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk_int.h"

struct file {
    sqlite3_file base;
    struct node *node;
    int lock;
    bool shm;
    bool temporary;
    unsigned shm_shared, shm_exclusive; /* bits */
};

/* -- reading and writing ------------------------------------------------ */

static int f_close(sqlite3_file *base)
{
    struct file *f = (struct file *)base;

    f->node->opened--;
    if (f->temporary)
        node_drop(f->node);
    return SQLITE_OK;
}

static int f_read(sqlite3_file *base, void *out, int n, sqlite3_int64 at)
{
    struct node *node = ((struct file *)base)->node;
    size_t from = (size_t)at, want = (size_t)n, have = 0;

    if (!disk_works(node))
        return SQLITE_IOERR_READ;
    if (from < node->now_n)
        have = node->now_n - from < want ? node->now_n - from : want;
    if (have > 0)
        memcpy(out, node->now + from, have);
    if (have == want)
        return SQLITE_OK;
    memset((uint8_t *)out + have, 0, want - have);
    return SQLITE_IOERR_SHORT_READ;
}

static int f_write(sqlite3_file *base, const void *in, int n, sqlite3_int64 at)
{
    struct node *node = ((struct file *)base)->node;
    size_t from = (size_t)at, end = from + (size_t)n, s;

    if (!disk_works(node))
        return SQLITE_IOERR_WRITE;
    if (!disk_has_room(node, end))
        return SQLITE_FULL;
    node_grow(node, end);
    memcpy(node->now + from, in, (size_t)n);
    for (s = from / SECTOR; s * SECTOR < end; s++)
        node->dirty[s] = 1;
    if (end > node->now_n)
        node->now_n = end;
    return SQLITE_OK;
}

static int f_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct node *node = ((struct file *)base)->node;

    if (!disk_works(node))
        return SQLITE_IOERR_TRUNCATE;
    if ((size_t)size < node->now_n) {
        memset(node->now + size, 0, node->now_n - (size_t)size);
        memset(node->dirty + (size_t)size / SECTOR, 1,
               (node->now_n + SECTOR - 1) / SECTOR - (size_t)size / SECTOR);
        node->now_n = (size_t)size;
    }
    return SQLITE_OK;
}

static int f_sync(sqlite3_file *base, int flags)
{
    struct node *node = ((struct file *)base)->node;

    (void)flags;
    if (!disk_works(node))
        return SQLITE_IOERR_FSYNC;
    node_sync(node);
    return SQLITE_OK;
}

static int f_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct node *node = ((struct file *)base)->node;

    if (!disk_works(node))
        return SQLITE_IOERR_FSTAT;
    *out = (sqlite3_int64)node->now_n;
    return SQLITE_OK;
}

/* -- locks of the file -------------------------------------------------- */

static int f_lock(sqlite3_file *base, int want)
{
    struct file *f = (struct file *)base;
    struct node *n = f->node;

    if (f->lock >= want)
        return SQLITE_OK;
    if (f->lock == SQLITE_LOCK_NONE) {
        if (n->pending != NULL || n->exclusive != NULL)
            return SQLITE_BUSY;
        n->shared++;
        f->lock = SQLITE_LOCK_SHARED;
    }
    if (want >= SQLITE_LOCK_RESERVED && f->lock < SQLITE_LOCK_RESERVED) {
        if (n->reserved != NULL && n->reserved != f)
            return SQLITE_BUSY;
        n->reserved = f;
        f->lock = SQLITE_LOCK_RESERVED;
    }
    if (want == SQLITE_LOCK_EXCLUSIVE) {
        if (n->pending != NULL && n->pending != f)
            return SQLITE_BUSY;
        n->pending = f;
        f->lock = SQLITE_LOCK_PENDING;
        if (n->shared > 1)
            return SQLITE_BUSY;
        n->exclusive = f;
        f->lock = SQLITE_LOCK_EXCLUSIVE;
    }
    return SQLITE_OK;
}

static int f_unlock(sqlite3_file *base, int want)
{
    struct file *f = (struct file *)base;
    struct node *n = f->node;

    if (f->lock <= want)
        return SQLITE_OK;
    if (n->exclusive == f)
        n->exclusive = NULL;
    if (n->pending == f)
        n->pending = NULL;
    if (n->reserved == f)
        n->reserved = NULL;
    if (want == SQLITE_LOCK_NONE)
        n->shared--;
    f->lock = want;
    return SQLITE_OK;
}

static int f_reserved(sqlite3_file *base, int *out)
{
    *out = ((struct file *)base)->node->reserved != NULL;
    return SQLITE_OK;
}

static int f_control(sqlite3_file *base, int op, void *arg)
{
    (void)base;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int f_sector(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int f_device(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* -- shared memory ------------------------------------------------------ */

static int f_shm_map(sqlite3_file *base, int region, int size, int extend,
                     void volatile **out)
{
    struct file *f = (struct file *)base;
    struct node *n = f->node;

    assert(size == SHM_REGION_BYTES);
    *out = NULL;
    if (!f->shm) {
        f->shm = true;
        n->shm_users++;
    }
    if (!disk_works(n))
        return SQLITE_IOERR_SHMMAP;
    if (region >= SHM_REGIONS)
        return SQLITE_FULL;
    if (n->shm[region] == NULL && extend)
        n->shm[region] = mem_new(SHM_REGION_BYTES);
    *out = n->shm[region];
    return SQLITE_OK;
}

static bool shm_free_for(const struct file *f, int i, bool exclusive)
{
    const struct node *n = f->node;
    unsigned others = n->shm_shared[i] - (f->shm_shared >> i & 1U);

    if (n->shm_exclusive[i] != NULL && n->shm_exclusive[i] != f)
        return false;
    return !exclusive || others == 0;
}

static void shm_take(struct file *f, int i, bool exclusive)
{
    struct node *n = f->node;

    if (exclusive) {
        n->shm_exclusive[i] = f;
        f->shm_exclusive |= 1U << i;
    } else if (!(f->shm_shared >> i & 1U)) {
        n->shm_shared[i]++;
        f->shm_shared |= 1U << i;
    }
}

static void shm_give(struct file *f, int i)
{
    struct node *n = f->node;

    if (f->shm_exclusive >> i & 1U)
        n->shm_exclusive[i] = NULL;
    if (f->shm_shared >> i & 1U)
        n->shm_shared[i]--;
    f->shm_exclusive &= ~(1U << i);
    f->shm_shared &= ~(1U << i);
}

static int f_shm_lock(sqlite3_file *base, int from, int n, int flags)
{
    struct file *f = (struct file *)base;
    bool exclusive = flags & SQLITE_SHM_EXCLUSIVE;
    int i;

    if (flags & SQLITE_SHM_UNLOCK) {
        for (i = from; i < from + n; i++)
            shm_give(f, i);
        return SQLITE_OK;
    }
    if (disk_is_dead(f->node->path))
        return SQLITE_IOERR_SHMLOCK;
    for (i = from; i < from + n; i++)
        if (!shm_free_for(f, i, exclusive))
            return SQLITE_BUSY;
    for (i = from; i < from + n; i++)
        shm_take(f, i, exclusive);
    return SQLITE_OK;
}

static void f_shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int f_shm_unmap(sqlite3_file *base, int drop)
{
    struct file *f = (struct file *)base;
    int i;

    if (!f->shm)
        return SQLITE_OK;
    for (i = 0; i < SQLITE_SHM_NLOCK; i++)
        shm_give(f, i);
    f->shm = false;
    if (--f->node->shm_users == 0 && drop)
        node_shm_drop(f->node);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    2,        f_close,   f_read,     f_write,       f_truncate,  f_sync,
    f_size,   f_lock,    f_unlock,   f_reserved,    f_control,   f_sector,
    f_device, f_shm_map, f_shm_lock, f_shm_barrier, f_shm_unmap, NULL,
    NULL};

/* -- the file system ---------------------------------------------------- */

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *base,
                  int flags, int *out)
{
    struct file *f = (struct file *)base;
    struct node *n = path != NULL ? node_find(path) : NULL;

    (void)v;
    *f = (struct file){0};
    if (path != NULL && disk_is_dead(path))
        return SQLITE_IOERR;
    if (n == NULL && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    if (n == NULL)
        n = node_make(path != NULL ? path : "/0/temporary");
    n->opened++;
    f->node = n;
    f->temporary = flags & SQLITE_OPEN_DELETEONCLOSE;
    f->base.pMethods = &methods;
    if (out != NULL)
        *out = flags;
    return SQLITE_OK;
}

/* At once and for good: SQLite may find a file that it had deleted, but that
 * is what SQLite promises to deal with. */
static int v_delete(sqlite3_vfs *v, const char *path, int sync)
{
    struct node *n = node_find(path);

    (void)v;
    (void)sync;
    if (n == NULL)
        return SQLITE_IOERR_DELETE_NOENT;
    if (!disk_works(n))
        return SQLITE_IOERR_DELETE;
    node_drop(n);
    return SQLITE_OK;
}

static int v_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
    const struct node *n = node_find(path);

    (void)v;
    if (disk_is_dead(path))
        return SQLITE_IOERR_ACCESS;
    *out = n != NULL && (flags != SQLITE_ACCESS_EXISTS || n->now_n > 0);
    return SQLITE_OK;
}

static int v_full_path(sqlite3_vfs *v, const char *path, int n, char *out)
{
    (void)v;
    snprintf(out, (size_t)n, "%s", path);
    return SQLITE_OK;
}

static int v_randomness(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    memset(out, 7, (size_t)n);
    return n;
}

static int v_sleep(sqlite3_vfs *v, int us)
{
    (void)v;
    return us;
}

static int v_time(sqlite3_vfs *v, double *out)
{
    (void)v;
    *out = 2461000.5;
    return SQLITE_OK;
}

static sqlite3_vfs pretend = {.iVersion = 1,
                              .szOsFile = sizeof(struct file),
                              .mxPathname = PATH_BYTES - 1,
                              .zName = "pretend",
                              .xOpen = v_open,
                              .xDelete = v_delete,
                              .xAccess = v_access,
                              .xFullPathname = v_full_path,
                              .xRandomness = v_randomness,
                              .xSleep = v_sleep,
                              .xCurrentTime = v_time};

void disks_install(void)
{
    sqlite3_vfs_register(&pretend, 1);
}
