#include "tests/sim/pretend.h"

#include <string.h>

#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/random.h"

uint64_t pretend_now_ms;
struct dice *pretend_chance;

uint64_t clock_wall_ms(void)
{
    return pretend_now_ms;
}

uint64_t clock_mono_ms(void)
{
    return pretend_now_ms;
}

void random_bytes(void *out, size_t n)
{
    uint8_t *p = out;
    size_t i;

    for (i = 0; i < n; i++)
        p[i] = (uint8_t)roll(pretend_chance, 256);
}

enum rc file_mkdir(const char *path, unsigned mode, struct err *err)
{
    (void)path;
    (void)mode;
    (void)err;
    return RC_OK;
}

/* Two files are kept beside a store, on a disk of their own: the server's list
 * of erasures and the key to its keys.  What is written to them is on the disk
 * at once, and a backup of the store does not touch them. */
static struct buf list, key;

static struct buf *file_at(const char *path)
{
    const char *name = strrchr(path, '/') + 1;

    if (strcmp(name, "erasures") == 0)
        return &list;
    return strcmp(name, "keys.key") == 0 ? &key : NULL;
}

void pretend_list_clear(void)
{
    buf_free(&list);
    buf_free(&key);
    list = buf_make(SIZE_MAX);
    key = buf_make(SIZE_MAX);
}

/* Any other file is one of SQLite's, which makes it itself. */
enum rc file_append(const char *path, struct bytes body, unsigned mode,
                    struct err *err)
{
    struct buf *file = file_at(path);

    (void)mode;
    (void)err;
    if (file != NULL)
        buf_put(file, body.p, body.n);
    return RC_OK;
}

enum rc file_replace(const char *path, struct bytes body, unsigned mode,
                     struct err *err)
{
    buf_clear(file_at(path));
    return file_append(path, body, mode, err);
}

enum rc file_read(const char *path, size_t max, struct buf *out,
                  struct err *err)
{
    const struct buf *file = file_at(path);

    (void)max;
    if (file == &key && file->n == 0)
        return err_set(err, RC_NOTFOUND, "%s: there is no such file", path);
    *out = buf_make(SIZE_MAX);
    buf_put(out, file->p, file->n);
    return RC_OK;
}
