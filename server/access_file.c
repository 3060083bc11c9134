#define _DEFAULT_SOURCE
#include "server/access_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/base/text.h"
#include "sync/civil.h"
#include "sync/sys/file.h"

static const char head_mark[] = ",\"head\":\"";
enum {
    MARK = sizeof head_mark - 1,
    END_BYTES = MARK + DIGEST_HEX_CHARS + 2, /* `"}` */
    TAIL_BYTES = 64 * 1024
};

static enum rc fault(struct err *err, const char *what)
{
    int e = errno;
    char text[128];

    if (strerror_r(e, text, sizeof text) != 0)
        snprintf(text, sizeof text, "error %d", e);
    return err_set(err,
                   e == ENOSPC || e == EDQUOT || e == EFBIG ? RC_FULL : RC_IO,
                   "the access log cannot be %s: %s", what, text);
}

static const char *path_of(const struct access_file *f, const char *name,
                           char out[ACCESS_PATH_BYTES + 32])
{
    snprintf(out, ACCESS_PATH_BYTES + 32, "%s/%s", f->dir, name);
    return out;
}

const char *access_time(uint64_t ms, char out[ACCESS_TIME_BYTES])
{
    struct civil d = civil_date((int64_t)(ms / 86400000));
    unsigned s = (unsigned)(ms / 1000 % 86400);

    snprintf(out, ACCESS_TIME_BYTES, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ",
             d.year % 10000, d.month, d.day, s / 3600, s / 60 % 60, s % 60,
             (unsigned)(ms % 1000));
    return out;
}

static const char *month_of(uint64_t ms, char out[ACCESS_MONTH_BYTES])
{
    char at[ACCESS_TIME_BYTES];

    snprintf(out, ACCESS_MONTH_BYTES, "%.7s", access_time(ms, at));
    return out;
}

/* -- lines -------------------------------------------------------------- */

bool access_line_ends(struct bytes line, uint64_t *n, struct digest *head,
                      struct digest *entry)
{
    static const char start[] = "{\"n\":";
    size_t digits = 0, at = sizeof start - 1;

    if (line.n < at + END_BYTES || line.n > ACCESS_LINE_BYTES_MAX ||
        memcmp(line.p, start, at) != 0 ||
        memcmp(line.p + line.n - END_BYTES, head_mark, MARK) != 0 ||
        memcmp(line.p + line.n - 2, "\"}", 2) != 0)
        return false;
    while (at + digits < line.n && line.p[at + digits] != ',')
        digits++;
    if (!text_take_u64((struct bytes){line.p + at, digits}, INT64_MAX, n) ||
        !text_take_hex((struct bytes){line.p + line.n - END_BYTES + MARK,
                                      DIGEST_HEX_CHARS},
                       head->b, DIGEST_BYTES))
        return false;
    if (entry != NULL)
        *entry = digest_of((struct bytes){line.p, line.n - END_BYTES});
    return true;
}

/* The last whole line in `text`; *end is where it ends, with its newline. */
static bool last_line(struct bytes text, struct chain *out, size_t *end)
{
    size_t to = text.n, from;

    while (to > 0) {
        if (text.p[to - 1] != '\n') {
            to--;
            continue;
        }
        for (from = to - 1; from > 0 && text.p[from - 1] != '\n'; from--)
            ;
        if (access_line_ends((struct bytes){text.p + from, to - 1 - from},
                             &out->links, &out->head, NULL)) {
            *end = to;
            return true;
        }
        to = from;
    }
    return false;
}

static enum rc read_tail(int fd, uint64_t size, struct buf *out,
                         struct err *err)
{
    uint64_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
    uint8_t piece[8192];
    ssize_t got;

    while ((got = pread(fd, piece, sizeof piece, (off_t)(from + out->n))) > 0)
        buf_put(out, piece, (size_t)got);
    return got < 0 ? fault(err, "read") : RC_OK;
}

/* -- adding ------------------------------------------------------------- */

static enum rc put_line(struct access_file *f, struct bytes members,
                        struct err *err)
{
    struct buf b = buf_make(ACCESS_LINE_BYTES_MAX);
    struct chain next = f->chain;
    struct digest entry;
    char hex[DIGEST_HEX_CHARS + 1];
    ssize_t put;
    enum rc rc = RC_OK;

    buf_printf(&b, "{\"n\":%" PRIu64 ",", next.links + 1);
    buf_put(&b, members.p, members.n);
    entry = digest_of(buf_view(&b));
    chain_add(&next, &entry);
    buf_printf(&b, "%s%s\"}\n", head_mark, digest_hex(&next.head, hex));
    if (b.full) {
        buf_free(&b);
        return err_set(err, RC_LIMIT, "a line of the access log is too long");
    }
    put = pwrite(f->fd, b.p, b.n, (off_t)f->size);
    if (put != (ssize_t)b.n) {
        if (put >= 0)
            errno = ENOSPC;
        rc = fault(err, "written");
        if (put > 0 && ftruncate(f->fd, (off_t)f->size) != 0)
            f->inode = 0; /* look again before the next line */
    } else {
        f->chain = next;
        f->size += b.n;
    }
    buf_free(&b);
    return rc;
}

/* The first line of a file: what stood before it. */
static enum rc put_first(struct access_file *f, uint64_t now_ms,
                         struct err *err)
{
    char at[ACCESS_TIME_BYTES], hex[DIGEST_HEX_CHARS + 1], text[256];

    snprintf(text, sizeof text,
             "\"at\":\"%s\",\"do\":\"log.begins\",\"result\":\"ok\","
             "\"prev\":\"%s\"",
             access_time(now_ms, at), digest_hex(&f->chain.head, hex));
    return put_line(f, bytes_of(text), err);
}

/* What stands behind the last whole line goes to `torn`. */
static enum rc put_aside(struct access_file *f, struct bytes torn,
                         uint64_t now_ms, struct err *err)
{
    char path[ACCESS_PATH_BYTES + 32], at[ACCESS_TIME_BYTES], text[256];
    enum rc rc = file_append(path_of(f, "torn", path), torn, 0600, err);

    if (rc != RC_OK)
        return rc;
    if (ftruncate(f->fd, (off_t)f->size) != 0)
        return fault(err, "mended");
    snprintf(text, sizeof text,
             "\"at\":\"%s\",\"do\":\"log.torn\",\"result\":\"ok\",\"hits\":"
             "%zu",
             access_time(now_ms, at), torn.n);
    return put_line(f, bytes_of(text), err);
}

/* -- finding the end ---------------------------------------------------- */

/* The chain at the end of the last month that was closed. */
static enum rc closed_end(struct access_file *f, struct chain *out,
                          struct err *err)
{
    struct arena mem = {0};
    struct buf tail = buf_make(2 * TAIL_BYTES);
    struct stat st;
    char **files;
    size_t n, end;
    int fd = -1;
    enum rc rc = file_list(f->dir, ".log", &mem, &files, &n, err);

    *out = (struct chain){0};
    if (rc == RC_OK && n > 0) {
        fd = open(files[n - 1], O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) != 0)
            rc = fault(err, "read");
        else
            rc = read_tail(fd, (uint64_t)st.st_size, &tail, err);
        if (rc == RC_OK && !last_line(buf_view(&tail), out, &end))
            rc = err_set(err, RC_CORRUPT, "%s: its last line is damaged",
                         files[n - 1]);
    }
    if (fd >= 0)
        close(fd);
    buf_free(&tail);
    arena_free(&mem);
    return rc;
}

static enum rc find_end(struct access_file *f, uint64_t now_ms, struct err *err)
{
    struct buf tail = buf_make(2 * TAIL_BYTES);
    struct stat st;
    uint64_t start;
    size_t end = 0;
    enum rc rc;

    if (fstat(f->fd, &st) != 0)
        return fault(err, "read");
    rc = read_tail(f->fd, (uint64_t)st.st_size, &tail, err);
    start = (uint64_t)st.st_size - tail.n;
    if (rc == RC_OK && !last_line(buf_view(&tail), &f->chain, &end)) {
        end = 0;
        if (start > 0)
            rc = err_set(err, RC_CORRUPT, "%s/current ends in something else",
                         f->dir);
        else
            rc = closed_end(f, &f->chain, err);
    }
    f->size = start + end;
    if (rc == RC_OK && f->size == 0)
        rc = put_first(f, now_ms, err);
    if (rc == RC_OK && end < tail.n)
        rc = put_aside(f, (struct bytes){tail.p + end, tail.n - end}, now_ms,
                       err);
    if (rc == RC_OK)
        f->inode = st.st_ino;
    buf_free(&tail);
    return rc;
}

/* The month of the first line that stands in the file. */
static void read_month(struct access_file *f)
{
    static const char mark[] = "\"at\":\"";
    char first[257] = "";
    const char *at;

    if (pread(f->fd, first, sizeof first - 1, 0) <= 0)
        return;
    at = strstr(first, mark);
    if (at != NULL)
        snprintf(f->month, sizeof f->month, "%.7s", at + sizeof mark - 1);
}

static enum rc reopen(struct access_file *f, uint64_t now_ms, struct err *err)
{
    char path[ACCESS_PATH_BYTES + 32];
    enum rc rc;

    if (f->fd >= 0)
        close(f->fd);
    f->inode = 0;
    f->fd =
        open(path_of(f, "current", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f->fd < 0)
        return fault(err, "opened");
    rc = find_end(f, now_ms, err);
    if (rc == RC_OK)
        read_month(f);
    return rc;
}

/* Somebody else may have added lines, or begun another file. */
static enum rc catch_up(struct access_file *f, uint64_t now_ms, struct err *err)
{
    char path[ACCESS_PATH_BYTES + 32];
    struct stat st;

    if (f->fd >= 0 && stat(path_of(f, "current", path), &st) == 0 &&
        st.st_ino == f->inode && (uint64_t)st.st_size == f->size)
        return RC_OK;
    return reopen(f, now_ms, err);
}

/* A new month: what was `current` gets the name of the old one. */
static enum rc turn_page(struct access_file *f, uint64_t now_ms,
                         struct err *err)
{
    char from[ACCESS_PATH_BYTES + 32], to[ACCESS_PATH_BYTES + 32];
    char now[ACCESS_MONTH_BYTES], name[32];

    if (strcmp(month_of(now_ms, now), f->month) <= 0)
        return RC_OK;
    if (fdatasync(f->fd) != 0)
        return fault(err, "put on the disk");
    snprintf(name, sizeof name, "%s.log", f->month);
    if (access(path_of(f, name, to), F_OK) == 0)
        return RC_OK; /* a clock went back and forth: all in one file */
    if (rename(path_of(f, "current", from), to) != 0)
        return fault(err, "closed");
    return reopen(f, now_ms, err);
}

/* -- all of it ---------------------------------------------------------- */

static enum rc hold(struct access_file *f, struct err *err)
{
    while (flock(f->lock, LOCK_EX) != 0)
        if (errno != EINTR)
            return fault(err, "locked");
    return RC_OK;
}

enum rc access_file_open(const char *dir, uint64_t now_ms,
                         struct access_file *out, struct err *err)
{
    struct access_file f = {.lock = -1, .fd = -1};
    char path[ACCESS_PATH_BYTES + 32];
    enum rc rc;

    snprintf(f.dir, sizeof f.dir, "%s/access", dir);
    rc = file_mkdir(f.dir, 0700, err);
    if (rc != RC_OK)
        return rc;
    f.lock =
        open(path_of(&f, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f.lock < 0)
        return fault(err, "opened");
    rc = hold(&f, err);
    if (rc == RC_OK) {
        rc = reopen(&f, now_ms, err);
        flock(f.lock, LOCK_UN);
    }
    if (rc == RC_OK)
        *out = f;
    else
        access_file_close(&f);
    return rc;
}

enum rc access_file_hold(const char *access, int *lock, struct err *err)
{
    struct access_file f = {.lock = -1, .fd = -1};
    char path[ACCESS_PATH_BYTES + 32];
    enum rc rc;

    snprintf(f.dir, sizeof f.dir, "%s", access);
    f.lock =
        open(path_of(&f, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f.lock < 0)
        return fault(err, "opened");
    rc = hold(&f, err);
    if (rc == RC_OK)
        *lock = f.lock;
    else
        access_file_close(&f);
    return rc;
}

void access_file_close(struct access_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    if (f->lock >= 0)
        close(f->lock);
    f->fd = f->lock = -1;
}

enum rc access_file_add(struct access_file *f, uint64_t now_ms,
                        struct bytes members, struct err *err)
{
    enum rc rc = hold(f, err);

    if (rc != RC_OK)
        return rc;
    rc = catch_up(f, now_ms, err);
    if (rc == RC_OK)
        rc = turn_page(f, now_ms, err);
    if (rc == RC_OK)
        rc = put_line(f, members, err);
    flock(f->lock, LOCK_UN);
    return rc;
}

enum rc access_file_sync(struct access_file *f, struct err *err)
{
    return fdatasync(f->fd) == 0 ? RC_OK : fault(err, "put on the disk");
}

enum rc access_file_head(const char *dir, struct chain *out, struct err *err)
{
    struct access_file f = {.lock = -1, .fd = -1};
    char path[ACCESS_PATH_BYTES + 32];
    struct buf tail = buf_make(2 * TAIL_BYTES);
    struct stat st;
    size_t end;
    enum rc rc = RC_OK;

    *out = (struct chain){0};
    snprintf(f.dir, sizeof f.dir, "%s/access", dir);
    f.fd = open(path_of(&f, "current", path), O_RDONLY | O_CLOEXEC);
    if (f.fd < 0)
        return errno == ENOENT ? RC_OK : fault(err, "opened");
    if (fstat(f.fd, &st) != 0)
        rc = fault(err, "read");
    if (rc == RC_OK)
        rc = read_tail(f.fd, (uint64_t)st.st_size, &tail, err);
    if (rc == RC_OK)
        rc = access_file_sync(&f, err);
    if (rc == RC_OK && !last_line(buf_view(&tail), out, &end))
        *out = (struct chain){0};
    buf_free(&tail);
    access_file_close(&f);
    return rc;
}
