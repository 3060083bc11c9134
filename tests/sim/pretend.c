#include "tests/sim/pretend.h"

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

/* One file is kept beside a store: the server's list of erasures.  What was
 * added to it is on the disk; a backup of the store does not touch it. */
static struct buf list;

void pretend_list_clear(void)
{
    buf_free(&list);
    list = buf_make(SIZE_MAX);
}

enum rc file_append(const char *path, struct bytes body, unsigned mode,
                    struct err *err)
{
    (void)path;
    (void)mode;
    (void)err;
    buf_put(&list, body.p, body.n);
    return RC_OK;
}

enum rc file_read(const char *path, size_t max, struct buf *out,
                  struct err *err)
{
    (void)path;
    (void)max;
    (void)err;
    *out = buf_make(SIZE_MAX);
    buf_put(out, list.p, list.n);
    return RC_OK;
}
