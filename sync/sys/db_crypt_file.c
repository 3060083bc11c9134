/* The two files with content: the database and its log. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/sys/db_crypt_int.h"

enum { LOG_HEADER = 32, CHECKSUM_AT = 16, CHECKSUM_BYTES = 8 };
enum { RECOVER_LOCK = 2, LOCK_BYTE_AT = 0x40000000 }; /* of SQLite */

static int real_read(struct crypt_file *f, void *out, size_t n, uint64_t at)
{
    return f->real->pMethods->xRead(f->real, out, (int)n, (sqlite3_int64)at);
}

static int real_write(struct crypt_file *f, const void *in, size_t n,
                      uint64_t at)
{
    return f->real->pMethods->xWrite(f->real, in, (int)n, (sqlite3_int64)at);
}

static bool all_zero(const uint8_t *p, size_t n)
{
    while (n > 0 && *p == 0) {
        p++;
        n--;
    }
    return n == 0;
}

/* Does a file end at or before `at`? */
static bool ends_at(struct crypt_file *f, uint64_t at)
{
    sqlite3_int64 size;

    return f->real->pMethods->xFileSize(f->real, &size) == SQLITE_OK &&
           (uint64_t)size <= at;
}

/* -- the database ------------------------------------------------------- */

static int not_ours(struct db_crypt *c, const char *why)
{
    snprintf(c->fault, sizeof c->fault, "%s", why);
    return SQLITE_NOTADB;
}

/* Learn the size of a page from what is in the clear. */
static int learn(struct crypt_file *f)
{
    struct db_crypt *c = f->crypt;
    uint8_t head[24];
    unsigned size;
    int code = real_read(f, head, sizeof head, 0);

    if (code != SQLITE_OK)
        return code;
    if (memcmp(head, db_crypt_sqlite_magic, sizeof db_crypt_sqlite_magic) == 0)
        return not_ours(c, "is not encrypted, but was to be");
    size = (unsigned)head[16] << 8 | head[17];
    if (size == 1)
        size = PAGE_BYTES_MAX;
    if (memcmp(head, db_crypt_magic, sizeof db_crypt_magic) != 0 ||
        size < PAGE_BYTES_MIN || (size & (size - 1)) != 0 ||
        head[20] != DB_CRYPT_RESERVED)
        return not_ours(c, "page 1 is damaged, or this is no store of Stoep");
    c->page_bytes = size;
    return SQLITE_OK;
}

static int damaged(struct db_crypt *c, uint64_t page)
{
    snprintf(c->fault, sizeof c->fault,
             page == 1 ? "page %" PRIu64
                         " is damaged, was changed from outside, or belongs to"
                         " another key"
                       : "page %" PRIu64
                         " is damaged or was changed from outside",
             page);
    return SQLITE_IOERR_DATA;
}

/* A whole page into `out`. */
static int page_read(struct crypt_file *f, uint64_t number, uint8_t *out)
{
    struct db_crypt *c = f->crypt;
    int code = number == 1 ? learn(f) : SQLITE_OK;
    uint64_t at = (number - 1) * c->page_bytes;

    if (code == SQLITE_OK)
        code = real_read(f, c->raw, c->page_bytes, at);
    if (code == SQLITE_IOERR_SHORT_READ && ends_at(f, at)) {
        memset(out, 0, c->page_bytes);
        return code;
    }
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)
        return code;
    if (code != SQLITE_OK || !db_crypt_open(c, CRYPT_PAGE, number, c->raw, out))
        return damaged(c, number);
    return SQLITE_OK;
}

/* SQLite looks at the header before it has read its log.  If a crash has torn
 * page 1 its log has it whole; if there is no log the next look, at the whole
 * page, will say so. */
static int header_read(struct crypt_file *f, uint8_t *out, size_t n, size_t at)
{
    struct db_crypt *c = f->crypt;
    int code = page_read(f, 1, c->plain);

    if (code == SQLITE_IOERR_DATA || code == SQLITE_NOTADB) {
        memset(c->plain, 0, c->page_bytes);
        c->fault[0] = '\0';
        code = SQLITE_OK;
    }
    memcpy(out, c->plain + at, n);
    return code;
}

static int main_read(sqlite3_file *base, void *out, int n, sqlite3_int64 at)
{
    struct crypt_file *f = (struct crypt_file *)base;
    size_t size = f->crypt->page_bytes;

    if ((size_t)at + (size_t)n <= 100)
        return header_read(f, out, (size_t)n, (size_t)at);
    if ((size_t)n != size || (size_t)at % size != 0)
        return SQLITE_IOERR_READ;
    return page_read(f, (uint64_t)at / size + 1, out);
}

static int main_write(sqlite3_file *base, const void *in, int n,
                      sqlite3_int64 at)
{
    struct crypt_file *f = (struct crypt_file *)base;
    struct db_crypt *c = f->crypt;
    const uint8_t *page = in;

    /* A page without room for a tag would lose its end. */
    if (at == 0 && n >= PAGE_BYTES_MIN && page[20] == DB_CRYPT_RESERVED)
        c->page_bytes = (unsigned)n;
    else if (at == 0)
        return SQLITE_IOERR_WRITE;
    if ((unsigned)n != c->page_bytes || (uint64_t)at % c->page_bytes != 0)
        return SQLITE_IOERR_WRITE;
    db_crypt_seal(c, CRYPT_PAGE, (uint64_t)at / c->page_bytes + 1, page,
                  c->raw);
    return real_write(f, c->raw, c->page_bytes, (uint64_t)at);
}

int db_crypt_check(struct db_crypt *c, sqlite3_file *main_file, uint64_t *pages)
{
    struct crypt_file *f = (struct crypt_file *)main_file;
    sqlite3_int64 size;
    uint64_t i;
    int code = db_crypt_size(main_file, &size);

    if (code != SQLITE_OK)
        return code;
    for (i = 1; (i - 1) * c->page_bytes < (uint64_t)size; i++) {
        code = page_read(f, i, c->plain);
        /* Page 131073 of 8 KiB and its like hold the locks: never written. */
        if (code == SQLITE_IOERR_DATA && all_zero(c->raw, c->page_bytes) &&
            i == LOCK_BYTE_AT / c->page_bytes + 1) {
            c->fault[0] = '\0';
            code = SQLITE_OK;
        }
        if (code != SQLITE_OK)
            return code;
    }
    *pages = i - 1;
    return SQLITE_OK;
}

/* -- shared memory ------------------------------------------------------ */

static int main_shm_map(sqlite3_file *base, int region, int size, int extend,
                        void volatile **out)
{
    sqlite3_file *real = ((struct crypt_file *)base)->real;

    return real->pMethods->xShmMap(real, region, size, extend, out);
}

/* Who holds the third lock alone looks for the end of the log. */
static int main_shm_lock(sqlite3_file *base, int from, int n, int flags)
{
    struct crypt_file *f = (struct crypt_file *)base;
    int code = f->real->pMethods->xShmLock(f->real, from, n, flags);

    if (code == SQLITE_OK && (flags & SQLITE_SHM_EXCLUSIVE) &&
        from <= RECOVER_LOCK && RECOVER_LOCK < from + n)
        f->crypt->recovering = flags & SQLITE_SHM_LOCK;
    return code;
}

static void main_shm_barrier(sqlite3_file *base)
{
    sqlite3_file *real = ((struct crypt_file *)base)->real;

    real->pMethods->xShmBarrier(real);
}

static int main_shm_unmap(sqlite3_file *base, int drop)
{
    sqlite3_file *real = ((struct crypt_file *)base)->real;

    return real->pMethods->xShmUnmap(real, drop);
}

const sqlite3_io_methods db_crypt_main = {
    2,
    db_crypt_close,
    main_read,
    main_write,
    db_crypt_truncate,
    db_crypt_sync,
    db_crypt_size,
    db_crypt_lock,
    db_crypt_unlock,
    db_crypt_reserved,
    db_crypt_control,
    db_crypt_sector,
    db_crypt_device,
    main_shm_map,
    main_shm_lock,
    main_shm_barrier,
    main_shm_unmap,
    NULL,
    NULL,
};

/* -- the log ------------------------------------------------------------ */

/* Over the checksum in a frame's header; twice is as before. */
static void mask(const struct db_crypt *c, uint64_t frame, uint8_t *header)
{
    uint8_t in[8 + CHECKSUM_AT];
    struct digest m;
    size_t i;

    for (i = 0; i < 8; i++)
        in[i] = (uint8_t)(frame >> (56 - 8 * i));
    memcpy(in + 8, header, CHECKSUM_AT);
    m = digest_hmac(digest_bytes(&c->mask), (struct bytes){in, sizeof in});
    for (i = 0; i < CHECKSUM_BYTES; i++)
        header[CHECKSUM_AT + i] ^= m.b[i];
}

/* The first bytes of a frame, or all of it, into `out`. */
static int frame_read(struct crypt_file *f, uint64_t frame, uint8_t *out,
                      size_t n)
{
    struct db_crypt *c = f->crypt;
    int code = real_read(f, c->raw, n, frame);

    memcpy(out, c->raw, FRAME_HEADER);
    mask(c, frame, out);
    if (n == FRAME_HEADER || code != SQLITE_OK)
        return code;
    if (db_crypt_open(c, CRYPT_FRAME, frame, c->raw + FRAME_HEADER,
                      out + FRAME_HEADER))
        return SQLITE_OK;
    if (c->recovering) {
        /* To SQLite no frame: page number 0. */
        memset(out, 0, n);
        return SQLITE_OK;
    }
    snprintf(c->fault, sizeof c->fault,
             "the log (-wal) is damaged or was changed from outside, at byte"
             " %" PRIu64,
             frame);
    return SQLITE_IOERR_DATA;
}

static int log_read(sqlite3_file *base, void *out, int n, sqlite3_int64 at)
{
    struct crypt_file *f = (struct crypt_file *)base;
    struct db_crypt *c = f->crypt;
    size_t whole = FRAME_HEADER + c->page_bytes, into, end;
    int code;

    if (at < LOG_HEADER)
        return real_read(f, out, (size_t)n, (uint64_t)at);
    into = ((size_t)at - LOG_HEADER) % whole;
    end = into + (size_t)n;
    if (end > whole)
        return SQLITE_IOERR_READ;
    code = frame_read(f, (uint64_t)at - into, c->frame,
                      end <= FRAME_HEADER ? FRAME_HEADER : whole);
    if (code == SQLITE_OK)
        memcpy(out, c->frame + into, (size_t)n);
    else
        memset(out, 0, (size_t)n);
    return code;
}

static int log_write(sqlite3_file *base, const void *in, int n,
                     sqlite3_int64 at)
{
    struct crypt_file *f = (struct crypt_file *)base;
    struct db_crypt *c = f->crypt;
    size_t into, size = (size_t)n;
    uint64_t frame;

    if (at == 0 && n == LOG_HEADER)
        return real_write(f, in, size, 0);
    if (at < LOG_HEADER)
        return SQLITE_IOERR_WRITE;
    into = ((size_t)at - LOG_HEADER) % (FRAME_HEADER + c->page_bytes);
    frame = (uint64_t)at - into;
    if (into == 0 && n == FRAME_HEADER) {
        memcpy(c->raw, in, size);
        mask(c, frame, c->raw);
    } else if (into == FRAME_HEADER && size == c->page_bytes) {
        db_crypt_seal(c, CRYPT_FRAME, frame, in, c->raw);
    } else {
        return SQLITE_IOERR_WRITE;
    }
    return real_write(f, c->raw, size, (uint64_t)at);
}

const sqlite3_io_methods db_crypt_log = {
    1,
    db_crypt_close,
    log_read,
    log_write,
    db_crypt_truncate,
    db_crypt_sync,
    db_crypt_size,
    db_crypt_lock,
    db_crypt_unlock,
    db_crypt_reserved,
    db_crypt_control,
    db_crypt_sector,
    db_crypt_device,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
};
