#define _DEFAULT_SOURCE
#include "client/unlock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sync/sys/file.h"

enum { PATH_BYTES = 512, MINUTE_MS = 60000, NAME_CHARS = 16 };
#define MAGIC_TMPFS 0x01021994
#define MAGIC_RAMFS 0x858458f6

struct kept {
    char magic[8];
    uint8_t key[VAULT_KEY_BYTES];
    uint64_t used_ms;
    uint64_t minutes;
};
static const char kept_magic[8] = "stoep 1";

/* Ours alone, and in memory? */
static bool folder_fit(const char *path)
{
    struct stat st;
    struct statfs fs;

    return path[0] == '/' && stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & 077) == 0 &&
           statfs(path, &fs) == 0 &&
           ((unsigned long)fs.f_type == MAGIC_TMPFS ||
            (unsigned long)fs.f_type == MAGIC_RAMFS);
}

/* One file for each store, by where it is. */
static bool path_of(const char *dir, char *out)
{
    const char *folder = getenv("XDG_RUNTIME_DIR");
    char hex[DIGEST_HEX_CHARS + 1], *whole;
    struct digest d;
    int n;

    if (folder == NULL || !folder_fit(folder))
        return false;
    whole = realpath(dir, NULL);
    if (whole == NULL)
        return false;
    d = digest_of(bytes_of(whole));
    free(whole);
    n = snprintf(out, PATH_BYTES, "%s/stoep-%.*s", folder, NAME_CHARS,
                 digest_hex(&d, hex));
    return n > 0 && n < PATH_BYTES;
}

static enum rc put(const char *path, const struct kept *k, struct err *err)
{
    return file_replace(path, (struct bytes){(const uint8_t *)k, sizeof *k},
                        0600, err);
}

enum rc unlock_keep(const char *dir, const uint8_t *key, unsigned minutes,
                    uint64_t now_ms, struct err *err)
{
    struct kept k = {.used_ms = now_ms, .minutes = minutes};
    char path[PATH_BYTES];
    enum rc rc;

    if (!path_of(dir, path))
        return err_set(err, RC_NOTFOUND,
                       MSG("XDG_RUNTIME_DIR names no folder in memory that is"
                           " yours alone; give the PIN each time"));
    memcpy(k.magic, kept_magic, sizeof k.magic);
    memcpy(k.key, key, sizeof k.key);
    rc = put(path, &k, err);
    mem_wipe(&k, sizeof k);
    return rc;
}

static bool read_kept(const char *path, struct kept *out)
{
    struct buf b = {0};
    struct stat st;
    bool well = lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
                st.st_uid == geteuid() && (st.st_mode & 077) == 0 &&
                file_read(path, sizeof *out, &b, NULL) == RC_OK &&
                b.n == sizeof *out &&
                memcmp(b.p, kept_magic, sizeof kept_magic) == 0;

    if (well)
        memcpy(out, b.p, sizeof *out);
    if (b.p != NULL)
        mem_wipe(b.p, b.cap);
    buf_free(&b);
    return well;
}

static bool used_up(const struct kept *k, uint64_t now_ms)
{
    return now_ms < k->used_ms || k->minutes > UNLOCK_MINUTES_MAX ||
           now_ms - k->used_ms >= k->minutes * MINUTE_MS;
}

bool unlock_path(const char *dir, char *out, size_t size)
{
    char path[PATH_BYTES];

    return path_of(dir, path) && snprintf(out, size, "%s", path) < (int)size;
}

bool unlock_expire(const char *dir, uint64_t now_ms, uint64_t *left_ms)
{
    char path[PATH_BYTES];
    struct kept k = {0};
    bool there = path_of(dir, path) && read_kept(path, &k);

    if (there && used_up(&k, now_ms)) {
        unlink(path);
        there = false;
    }
    if (there)
        *left_ms = k.minutes * MINUTE_MS - (now_ms - k.used_ms);
    mem_wipe(&k, sizeof k);
    return there;
}

bool unlock_find(const char *dir, uint64_t now_ms, uint8_t key[VAULT_KEY_BYTES])
{
    char path[PATH_BYTES];
    struct kept k = {0};
    bool well = path_of(dir, path) && read_kept(path, &k);

    if (well && used_up(&k, now_ms)) {
        unlink(path);
        well = false;
    }
    if (well) {
        memcpy(key, k.key, VAULT_KEY_BYTES);
        k.used_ms = now_ms;
        /* If it cannot be kept it ends sooner. */
        if (put(path, &k, NULL) != RC_OK)
            unlink(path);
    }
    mem_wipe(&k, sizeof k);
    return well;
}

void unlock_forget(const char *dir)
{
    char path[PATH_BYTES];

    if (path_of(dir, path))
        unlink(path);
}
