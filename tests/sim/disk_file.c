/* Plain files on the pretend disks, in place of sync/sys/file.c: each step that
 * touches the disk is a call to it, and may be the last. */
#include <stdio.h>
#include <string.h>

#include "sync/sys/file.h"
#include "tests/sim/disk_int.h"
#include "tests/sim/pretend.h"

/* Two files are kept beside the server's store, on a disk of their own: its
 * list of erasures and the key to its keys.  What is written to them is on the
 * disk at once, and a backup of the store does not touch them. */
static struct buf list, key;

void pretend_list_clear(void)
{
    buf_free(&list);
    buf_free(&key);
    list = buf_make(SIZE_MAX);
    key = buf_make(SIZE_MAX);
}

static bool of_server(const char *path)
{
    return strncmp(path, "/0/", 3) == 0;
}

/* NULL: one of SQLite's, which makes it itself. */
static struct buf *kept_at(const char *path)
{
    const char *name = strrchr(path, '/') + 1;

    if (strcmp(name, "erasures") == 0)
        return &list;
    return strcmp(name, "keys.key") == 0 ? &key : NULL;
}

enum rc file_mkdir(const char *path, unsigned mode, struct err *err)
{
    (void)path;
    (void)mode;
    (void)err;
    return RC_OK;
}

enum rc file_append(const char *path, struct bytes body, unsigned mode,
                    struct err *err)
{
    struct buf *file = kept_at(path);

    (void)mode;
    (void)err;
    if (file != NULL)
        buf_put(file, body.p, body.n);
    return RC_OK;
}

static enum rc failed(const char *path, struct err *err)
{
    return err_set(err, RC_IO, "%s: the disk failed", path);
}

static enum rc read_kept(const char *path, struct buf *out, struct err *err)
{
    const struct buf *file = kept_at(path);

    if (file == &key && file->n == 0)
        return err_set(err, RC_NOTFOUND, "there is no %s", path);
    *out = buf_make(SIZE_MAX);
    buf_put(out, file->p, file->n);
    return RC_OK;
}

enum rc file_read(const char *path, size_t max, struct buf *out,
                  struct err *err)
{
    struct node *n = node_find(path);

    if (of_server(path))
        return read_kept(path, out, err);
    if (n == NULL)
        return err_set(err, RC_NOTFOUND, "there is no %s", path);
    if (!disk_works(n))
        return failed(path, err);
    if (n->now_n > max)
        return err_set(err, RC_LIMIT, "%s is too long", path);
    *out = buf_make(max);
    buf_put(out, n->now, n->now_n);
    return RC_OK;
}

static void write_node(struct node *n, const uint8_t *p, size_t size)
{
    node_grow(n, size);
    if (p != NULL)
        memcpy(n->now, p, size);
    else
        memset(n->now, 0, size);
    memset(n->dirty, 1, (size + SECTOR - 1) / SECTOR);
    n->now_n = size;
}

/* Under another name first: written, synced, then moved. */
enum rc file_replace(const char *path, struct bytes body, unsigned mode,
                     struct err *err)
{
    char temp[PATH_BYTES];
    struct node *n, *old;

    if (of_server(path)) {
        buf_clear(kept_at(path));
        return file_append(path, body, mode, err);
    }
    snprintf(temp, sizeof temp, "%s.a1B2c3", path);
    n = node_find(temp);
    if (n == NULL)
        n = node_make(temp);
    if (!disk_has_room(n, body.n)) {
        node_drop(n);
        return err_set(err, RC_FULL, "%s: no room", path);
    }
    if (!disk_works(n))
        return failed(path, err);
    write_node(n, body.p, body.n);
    if (!disk_works(n)) /* what a process leaves behind that ends here */
        return failed(path, err);
    node_sync(n);
    if (!disk_works(n))
        return failed(path, err);
    old = node_find(path);
    if (old != NULL)
        node_drop(old);
    snprintf(n->path, sizeof n->path, "%s", path);
    return disk_works(n) ? RC_OK : failed(path, err);
}

enum rc file_remove(const char *path, struct err *err)
{
    struct node *n = node_find(path);

    if (n == NULL)
        return RC_OK;
    if (!disk_works(n))
        return failed(path, err);
    node_drop(n);
    return RC_OK;
}

enum rc file_shred(const char *path, struct err *err)
{
    struct node *n = node_find(path);

    if (n == NULL)
        return RC_OK;
    if (!disk_works(n))
        return failed(path, err);
    write_node(n, NULL, n->now_n);
    if (!disk_works(n))
        return failed(path, err);
    node_sync(n);
    return file_remove(path, err);
}

enum rc file_list(const char *dir, const char *suffix, struct arena *a,
                  char ***out, size_t *n, struct err *err)
{
    size_t length = strlen(dir), i;

    (void)suffix; /* all that ask here want all */
    (void)err;
    *out = arena_new(a, FILES_MAX * sizeof **out);
    *n = 0;
    for (i = 0; i < FILES_MAX; i++) {
        const struct node *node = node_at(i);

        if (node->used && strncmp(node->path, dir, length) == 0 &&
            node->path[length] == '/')
            (*out)[(*n)++] = arena_text(a, node->path, strlen(node->path));
    }
    return RC_OK;
}
