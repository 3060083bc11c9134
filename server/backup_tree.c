#include "server/backup_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/sys/file.h"

enum { BLOCK_BYTES = 1 << 16, DEPTH_MAX = 16 };

static enum rc fault(struct err *err, const char *doing, const char *path)
{
    enum rc rc = errno == ENOENT                      ? RC_NOTFOUND
                 : errno == ENOSPC || errno == EDQUOT ? RC_FULL
                                                      : RC_IO;

    return err_set(err, rc, "cannot %s %s: %s", doing, path, strerror(errno));
}

enum rc tree_path(const char *dir, const char *name, char out[TREE_PATH_BYTES],
                  struct err *err)
{
    int n = snprintf(out, TREE_PATH_BYTES, "%s/%s", dir, name);

    return n > 0 && n < TREE_PATH_BYTES
               ? RC_OK
               : err_set(err, RC_LIMIT, "%s/%s: too long a path", dir, name);
}

/* -- one file ----------------------------------------------------------- */

static enum rc put(int fd, const uint8_t *p, size_t n, const char *to,
                   struct err *err)
{
    while (n > 0) {
        ssize_t did = write(fd, p, n);

        if (did < 0 && errno == EINTR)
            continue;
        if (did < 0)
            return fault(err, "write", to);
        p += did;
        n -= (size_t)did;
    }
    return RC_OK;
}

static enum rc pour(int in, int out, off_t left, const char *from,
                    const char *to, struct err *err)
{
    static uint8_t block[BLOCK_BYTES];
    enum rc rc = RC_OK;

    while (rc == RC_OK && left > 0) {
        size_t most = left < BLOCK_BYTES ? (size_t)left : BLOCK_BYTES;
        ssize_t got = read(in, block, most);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault(err, "read", from);
        if (got == 0) /* cut off meanwhile */
            break;
        rc = put(out, block, (size_t)got, to, err);
        left -= got;
    }
    return rc == RC_OK && fsync(out) != 0 ? fault(err, "write", to) : rc;
}

/* What is in it now, with its rights; what is added meanwhile is left out. */
static enum rc copy_file(const char *from, const char *to, struct err *err)
{
    int in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), out;
    struct stat st;
    enum rc rc;

    if (in < 0)
        return fault(err, "read", from);
    if (fstat(in, &st) != 0) {
        rc = fault(err, "read", from);
        close(in);
        return rc;
    }
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, st.st_mode & 0777);
    rc = out < 0 ? fault(err, "write", to)
                 : pour(in, out, st.st_size, from, to, err);
    if (out >= 0)
        close(out);
    close(in);
    return rc;
}

/* -- a folder ----------------------------------------------------------- */

static enum rc copy_folder(const char *from, const char *to,
                           const struct tree_way *way, unsigned depth,
                           struct err *err);

static enum rc copy_entry(const char *from, const char *to,
                          const struct tree_way *way, unsigned depth,
                          struct err *err)
{
    struct stat st;
    enum rc rc = RC_OK;

    if (lstat(from, &st) != 0)
        return errno == ENOENT ? RC_OK : fault(err, "read", from);
    if (S_ISDIR(st.st_mode) && !way->flat)
        return copy_folder(from, to, way, depth + 1, err);
    if (!S_ISREG(st.st_mode))
        return RC_OK;
    if (way->rest && access(to, F_OK) == 0)
        return RC_OK;
    if (way->link && link(from, to) == 0)
        return RC_OK;
    rc = copy_file(from, to, err);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc copy_all(DIR *d, const char *from, const char *to,
                        const struct tree_way *way, unsigned depth,
                        struct err *err)
{
    char a[TREE_PATH_BYTES], b[TREE_PATH_BYTES];
    struct dirent *e;
    enum rc rc = RC_OK;

    while (rc == RC_OK && (errno = 0, e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            (way->takes != NULL && !way->takes(e->d_name)))
            continue;
        rc = tree_path(from, e->d_name, a, err);
        if (rc == RC_OK)
            rc = tree_path(to, e->d_name, b, err);
        if (rc == RC_OK)
            rc = copy_entry(a, b, way, depth, err);
    }
    return rc == RC_OK && errno != 0 ? fault(err, "read", from) : rc;
}

static enum rc sync_folder(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum rc rc = RC_OK;

    if (fd < 0 || fsync(fd) != 0)
        rc = fault(err, "write", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

static enum rc copy_folder(const char *from, const char *to,
                           const struct tree_way *way, unsigned depth,
                           struct err *err)
{
    DIR *d = opendir(from);
    enum rc rc;

    if (d == NULL)
        return fault(err, "read", from);
    rc = depth < DEPTH_MAX ? file_mkdir(to, 0700, err)
                           : err_set(err, RC_LIMIT, "%s: too deep", from);
    if (rc == RC_OK)
        rc = copy_all(d, from, to, way, depth, err);
    closedir(d);
    return rc == RC_OK ? sync_folder(to, err) : rc;
}

enum rc tree_copy(const char *from, const char *to, const struct tree_way *way,
                  struct err *err)
{
    return copy_folder(from, to, way, 0, err);
}

/* -- removing ----------------------------------------------------------- */

static enum rc remove_all(const char *path, unsigned depth, struct err *err)
{
    char inside[TREE_PATH_BYTES];
    struct dirent *e;
    DIR *d = depth < DEPTH_MAX ? opendir(path) : NULL;
    enum rc rc = RC_OK;

    while (d != NULL && rc == RC_OK && (e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        rc = tree_path(path, e->d_name, inside, err);
        if (rc == RC_OK && unlink(inside) != 0)
            rc = errno == EISDIR || errno == EPERM
                     ? remove_all(inside, depth + 1, err)
                     : fault(err, "remove", inside);
    }
    if (d != NULL)
        closedir(d);
    if (rc == RC_OK && rmdir(path) != 0 && errno != ENOENT)
        rc = fault(err, "remove", path);
    return rc;
}

enum rc tree_remove(const char *path, struct err *err)
{
    return remove_all(path, 0, err);
}
