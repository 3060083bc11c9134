#include "client/vault_tries.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/vault.h"
#include "sync/sys/file.h"

enum { PATH_BYTES = 1024, FILE_MAX = 64, DOUBLINGS_MAX = 20 };

struct tries {
    unsigned n;
    uint64_t last_ms;
};

static enum rc put(const char *path, struct tries t, struct err *err)
{
    char text[FILE_MAX];

    snprintf(text, sizeof text, "%u %" PRIu64 "\n", t.n, t.last_ms);
    return file_replace(path, bytes_of(text), 0600, err);
}

/* What cannot be read counts as many. */
static enum rc get(const char *path, uint64_t now_ms, struct tries *out,
                   struct err *err)
{
    struct buf b = {0};
    struct tries t = {0};
    enum rc rc = file_read(path, FILE_MAX, &b, err);

    if (rc == RC_OK &&
        sscanf(buf_text(&b), "%u %" SCNu64, &t.n, &t.last_ms) != 2)
        t = (struct tries){2 * VAULT_TRIES_FREE, now_ms};
    buf_free(&b);
    *out = t;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static uint64_t wait_after(unsigned n)
{
    unsigned doubled = n - VAULT_TRIES_FREE;
    uint64_t wait;

    if (n < VAULT_TRIES_FREE)
        return 0;
    wait = (uint64_t)VAULT_WAIT_MS
           << (doubled < DOUBLINGS_MAX ? doubled : DOUBLINGS_MAX);
    return wait < VAULT_WAIT_MS_MAX ? wait : VAULT_WAIT_MS_MAX;
}

static enum rc count(const char *path, uint64_t now_ms, enum lang lang,
                     struct err *err)
{
    struct tries t;
    uint64_t wait;
    enum rc rc = get(path, now_ms, &t, err);

    if (rc != RC_OK)
        return rc;
    wait = wait_after(t.n);
    if (wait > 0 && now_ms < t.last_ms) {
        t.last_ms = now_ms;
        rc = put(path, t, err);
    }
    if (rc == RC_OK && wait > 0 && now_ms - t.last_ms < wait)
        return err_set(err, RC_BUSY,
                       msg(lang, "too many wrong PINs: wait %u seconds, then"
                                 " try again"),
                       (unsigned)((wait - (now_ms - t.last_ms)) / 1000 + 1));
    t.n++;
    t.last_ms = now_ms;
    return rc == RC_OK ? put(path, t, err) : rc;
}

/* One at a time, or many programs would try at once for one count. */
enum rc tries_begin(const char *dir, uint64_t now_ms, enum lang lang,
                    struct err *err)
{
    char path[PATH_BYTES];
    int lock = -1;
    enum rc rc;

    snprintf(path, sizeof path, "%s/vault.lock", dir);
    rc = file_lock(path, &lock, err);
    snprintf(path, sizeof path, "%s/vault.tries", dir);
    if (rc == RC_OK)
        rc = count(path, now_ms, lang, err);
    file_unlock(lock);
    return rc;
}

enum rc tries_forget(const char *dir, struct err *err)
{
    char path[PATH_BYTES];

    snprintf(path, sizeof path, "%s/vault.tries", dir);
    if (unlink(path) == 0 || errno == ENOENT)
        return RC_OK;
    return err_set(err, RC_IO, "%s cannot be removed", path);
}
