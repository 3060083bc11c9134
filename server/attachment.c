#define _DEFAULT_SOURCE
#include "server/attachment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/file.h"

enum { PATH_BYTES = 1024 };

static enum rc fault(struct err *err, const char *what, const char *path)
{
    enum rc rc = errno == ENOSPC || errno == EDQUOT ? RC_FULL : RC_IO;

    return err_set(err, rc, "%s %s: error %d", what, path, errno);
}

enum rc attachment_name(const char *dir, uint32_t area, const char *hex,
                        struct attachment *out, struct err *err)
{
    struct digest d;

    if (!text_take_hex(bytes_of(hex), d.b, DIGEST_BYTES))
        return err_set(err, RC_INVALID,
                       "an attachment is named by 64 hex digits");
    out->dir = dir;
    out->area = area;
    digest_hex(&d, out->sha256);
    return RC_OK;
}

static void path_of(const struct attachment *a, const char *suffix, char *out)
{
    snprintf(out, PATH_BYTES, "%s/attachments/%" PRIu32 "/%s%s", a->dir,
             a->area, a->sha256, suffix);
}

static enum rc make_folders(const struct attachment *a, struct err *err)
{
    char path[PATH_BYTES];
    enum rc rc;

    snprintf(path, sizeof path, "%s/attachments", a->dir);
    rc = file_mkdir(path, 0700, err);
    if (rc != RC_OK)
        return rc;
    snprintf(path, sizeof path, "%s/attachments/%" PRIu32, a->dir, a->area);
    return file_mkdir(path, 0700, err);
}

enum rc attachment_have(const struct attachment *a, uint64_t *bytes,
                        bool *whole, struct err *err)
{
    char path[PATH_BYTES];
    struct stat st;

    path_of(a, "", path);
    *whole = stat(path, &st) == 0;
    if (!*whole) {
        path_of(a, ".part", path);
        if (stat(path, &st) != 0)
            return err_set(err, RC_NOTFOUND, "nothing of it is here");
    }
    *bytes = (uint64_t)st.st_size;
    return RC_OK;
}

/* All is here: is it what its name says?  Then it gets that name. */
static enum rc seal(const struct attachment *a, int fd, struct err *err)
{
    struct digest_run *run = digest_begin();
    char part[PATH_BYTES], path[PATH_BYTES], hex[DIGEST_HEX_CHARS + 1];
    uint8_t piece[8192];
    struct digest d;
    off_t at = 0;
    ssize_t n;

    path_of(a, ".part", part);
    path_of(a, "", path);
    while ((n = pread(fd, piece, sizeof piece, at)) > 0) {
        digest_add(run, (struct bytes){piece, (size_t)n});
        at += n;
    }
    d = digest_end(run);
    if (n < 0 || fsync(fd) != 0)
        return fault(err, "write", part);
    if (strcmp(digest_hex(&d, hex), a->sha256) != 0) {
        unlink(part);
        return err_set(err, RC_CORRUPT,
                       "the attachment came in damaged; send it again");
    }
    return rename(part, path) == 0 ? RC_OK : fault(err, "rename", part);
}

static enum rc append(const struct attachment *a, int fd, uint64_t offset,
                      uint64_t total, struct bytes piece, uint64_t *have,
                      struct err *err)
{
    char part[PATH_BYTES];
    struct stat st;
    ssize_t n;

    path_of(a, ".part", part);
    if (fstat(fd, &st) != 0)
        return fault(err, "read", part);
    *have = (uint64_t)st.st_size;
    if (*have > total) { /* of another total: begin anew */
        *have = 0;
        return ftruncate(fd, 0) == 0 ? RC_OK : fault(err, "write", part);
    }
    if (*have == total) /* all came in, but the end of the work was cut off */
        return seal(a, fd, err);
    if (*have != offset)
        return RC_OK;
    if (offset + piece.n > total)
        return err_set(err, RC_INVALID, "more bytes than were announced");
    n = pwrite(fd, piece.p, piece.n, (off_t)offset);
    if (n < 0)
        return fault(err, "write", part);
    *have += (uint64_t)n;
    return *have == total ? seal(a, fd, err) : RC_OK;
}

enum rc attachment_put(const struct attachment *a, uint64_t offset,
                       uint64_t total, struct bytes piece, uint64_t *have,
                       struct err *err)
{
    char part[PATH_BYTES];
    bool whole;
    int fd;
    enum rc rc;

    if (total == 0 || total > attachment_bytes_max)
        return err_set(err, RC_LIMIT, "an attachment has 1 to %d bytes",
                       attachment_bytes_max);
    if (attachment_have(a, have, &whole, err) == RC_OK && whole)
        return RC_OK;
    rc = make_folders(a, err);
    if (rc != RC_OK)
        return rc;
    path_of(a, ".part", part);
    fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fault(err, "open", part);
    rc = append(a, fd, offset, total, piece, have, err);
    close(fd);
    return rc;
}

enum rc attachment_open(const struct attachment *a, int *fd, uint64_t *bytes,
                        struct err *err)
{
    char path[PATH_BYTES];
    struct stat st;

    path_of(a, "", path);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return err_set(err, RC_NOTFOUND, "this attachment is not here");
    if (fstat(*fd, &st) != 0) {
        close(*fd);
        return fault(err, "read", path);
    }
    *bytes = (uint64_t)st.st_size;
    return RC_OK;
}

enum rc attachment_remove(const struct attachment *a, struct err *err)
{
    static const char *const suffixes[] = {"", ".part"};
    char path[PATH_BYTES];
    size_t i;

    for (i = 0; i < countof(suffixes); i++) {
        path_of(a, suffixes[i], path);
        if (unlink(path) != 0 && errno != ENOENT)
            return fault(err, "remove", path);
    }
    return RC_OK;
}
