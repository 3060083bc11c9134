#define _DEFAULT_SOURCE
#include "sync/sys/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/base/text.h"

static enum rc fault(struct err *err, const char *what, const char *path)
{
    int e = errno;
    enum rc rc = RC_IO;
    char text[128];

    if (e == ENOENT)
        rc = RC_NOTFOUND;
    else if (e == ENOSPC || e == EDQUOT || e == EFBIG)
        rc = RC_FULL;
    if (strerror_r(e, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", e);
    return err_set(err, rc, "%s %s: %s", what, path, text);
}

static enum rc read_all(int fd, const char *path, size_t max, struct buf *b,
                        struct err *err)
{
    uint8_t piece[8192];
    ssize_t got;

    for (;;) {
        got = read(fd, piece, sizeof piece);
        if (got == 0)
            return RC_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault(err, "read", path);
        buf_put(b, piece, (size_t)got);
        if (b->full)
            return err_set(err, RC_LIMIT, "%s is longer than %zu bytes", path,
                           max);
    }
}

enum rc file_read(const char *path, size_t max, struct buf *out,
                  struct err *err)
{
    struct buf b = buf_make(max);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum rc rc;

    if (fd < 0)
        return fault(err, "open", path);
    rc = read_all(fd, path, max, &b, err);
    close(fd);
    if (rc == RC_OK)
        *out = b;
    else
        buf_free(&b);
    return rc;
}

static enum rc write_all(int fd, const char *path, struct bytes body,
                         struct err *err)
{
    while (body.n > 0) {
        ssize_t put = write(fd, body.p, body.n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return fault(err, "write", path);
        body.p += put;
        body.n -= (size_t)put;
    }
    return fsync(fd) == 0 ? RC_OK : fault(err, "write", path);
}

/* A new name is safe only once its folder is on the disk. */
static enum rc sync_folder_of(const char *path, struct err *err)
{
    char *dir = mem_text(path), *slash = strrchr(dir, '/');
    enum rc rc = RC_OK;
    int fd;

    if (slash == dir)
        slash[1] = '\0';
    else if (slash != NULL)
        *slash = '\0';
    fd = open(slash == NULL ? "." : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        rc = fault(err, "write folder of", path);
    if (fd >= 0)
        close(fd);
    free(dir);
    return rc;
}

enum rc file_replace(const char *path, struct bytes body, unsigned mode,
                     struct err *err)
{
    size_t n = strlen(path) + 8;
    char *temp = mem_new(n);
    enum rc rc;
    int fd;

    snprintf(temp, n, "%s.XXXXXX", path);
    fd = mkstemp(temp);
    if (fd < 0) {
        rc = fault(err, "write", path);
        free(temp);
        return rc;
    }
    rc = write_all(fd, path, body, err);
    if (rc == RC_OK && fchmod(fd, (mode_t)mode) != 0)
        rc = fault(err, "set the rights of", path);
    close(fd);
    if (rc == RC_OK && rename(temp, path) != 0)
        rc = fault(err, "replace", path);
    if (rc == RC_OK)
        rc = sync_folder_of(path, err);
    else
        unlink(temp);
    free(temp);
    return rc;
}

enum rc file_append(const char *path, struct bytes body, unsigned mode,
                    struct err *err)
{
    int fd =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, (mode_t)mode);
    enum rc rc;

    if (fd < 0)
        return fault(err, "write", path);
    rc = write_all(fd, path, body, err);
    close(fd);
    return rc == RC_OK ? sync_folder_of(path, err) : rc;
}

enum rc file_move(const char *from, const char *to, struct err *err)
{
    if (rename(from, to) != 0)
        return fault(err, "move", from);
    return sync_folder_of(to, err);
}

enum rc file_remove(const char *path, struct err *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return fault(err, "remove", path);
    return sync_folder_of(path, err);
}

static enum rc overwrite(int fd, const char *path, struct err *err)
{
    static const uint8_t zeros[4096];
    off_t left = lseek(fd, 0, SEEK_END), at = lseek(fd, 0, SEEK_SET);
    enum rc rc = left < 0 || at < 0 ? fault(err, "write", path) : RC_OK;

    while (rc == RC_OK && left > 0) {
        size_t n = left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros;

        rc = write_all(fd, path, (struct bytes){zeros, n}, err);
        left -= (off_t)n;
    }
    return rc;
}

enum rc file_shred(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    enum rc rc;

    if (fd < 0 && errno == ENOENT)
        return RC_OK;
    if (fd < 0)
        return fault(err, "overwrite", path);
    rc = overwrite(fd, path, err);
    close(fd);
    return rc == RC_OK ? file_remove(path, err) : rc;
}

enum rc file_mkdir(const char *path, unsigned mode, struct err *err)
{
    struct stat st;

    if (mkdir(path, (mode_t)mode) == 0)
        return RC_OK;
    if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return RC_OK;
    return fault(err, "make folder", path);
}

static enum rc lock_busy(const char *path, int fd, struct err *err)
{
    char pid[24] = {0};
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

    if (n > 0)
        pid[strcspn(pid, "\n")] = '\0';
    return err_set(err, RC_BUSY, "%s is held by process %s", path,
                   n > 0 ? pid : "(unknown)");
}

enum rc file_lock(const char *path, int *out, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char pid[24];
    int n;
    enum rc rc;

    if (fd < 0)
        return fault(err, "open", path);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc = errno == EWOULDBLOCK ? lock_busy(path, fd, err)
                                  : fault(err, "lock", path);
        close(fd);
        return rc;
    }
    n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)n, 0) != n) {
        rc = fault(err, "write", path);
        close(fd);
        return rc;
    }
    *out = fd;
    return RC_OK;
}

static enum rc hold(const char *path, int fd, int how, struct err *err)
{
    if (flock(fd, how | LOCK_NB) == 0)
        return RC_OK;
    return errno == EWOULDBLOCK
               ? err_set(err, RC_BUSY, "%s is held by another process", path)
               : fault(err, "lock", path);
}

enum rc file_share(const char *path, int *out, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum rc rc;

    if (fd < 0)
        return fault(err, "open", path);
    rc = hold(path, fd, LOCK_SH, err);
    if (rc == RC_OK)
        *out = fd;
    else
        close(fd);
    return rc;
}

enum rc file_hold(const char *path, int fd, struct err *err)
{
    return hold(path, fd, LOCK_EX, err);
}

void file_unlock(int fd)
{
    if (fd >= 0)
        close(fd);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum rc file_list(const char *dir, const char *suffix, struct arena *a,
                  char ***out, size_t *n, struct err *err)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    char **list = NULL;
    size_t count = 0;

    if (d == NULL)
        return fault(err, "open folder", dir);
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.' || !text_ends_in(e->d_name, suffix))
            continue;
        list = mem_resize(list, (count + 1) * sizeof *list);
        list[count++] = arena_printf(a, "%s/%s", dir, e->d_name);
    }
    closedir(d);
    *out = arena_new(a, (count + 1) * sizeof **out);
    if (count > 0) {
        qsort(list, count, sizeof *list, by_bytes);
        memcpy(*out, list, count * sizeof *list);
    }
    free(list);
    *n = count;
    return RC_OK;
}
