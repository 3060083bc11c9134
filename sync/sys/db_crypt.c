/* The VFS itself, pages, and what all kinds of files pass on. */
#include "sync/sys/db_crypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"
#include "sync/sys/db_crypt_int.h"
#include "sync/sys/random.h"

enum { CLEAR_BYTES = 24, JOURNAL_WRITE_MAX = 512 };

/* -- pages -------------------------------------------------------------- */

/* What is bound to a page: kind, place, and of page 1 what is in the clear. */
struct bound {
    uint8_t b[1 + 8 + CLEAR_BYTES];
    size_t n, skip; /* skip: so many bytes of the page are in the clear */
};

static struct bound bind(enum crypt_kind kind, uint64_t place,
                         const uint8_t *clear)
{
    struct bound w = {.n = 9};
    size_t i;

    w.b[0] = (uint8_t)kind;
    for (i = 0; i < 8; i++)
        w.b[1 + i] = (uint8_t)(place >> (56 - 8 * i));
    if (kind == CRYPT_PAGE && place == 1) {
        memcpy(w.b + w.n, clear, CLEAR_BYTES);
        w.n += CLEAR_BYTES;
        w.skip = CLEAR_BYTES;
    }
    return w;
}

void db_crypt_seal(struct db_crypt *c, enum crypt_kind kind, uint64_t place,
                   const uint8_t *plain, uint8_t *raw)
{
    size_t text = c->page_bytes - DB_CRYPT_RESERVED;
    uint8_t *tag = raw + text, *nonce = tag + AEAD_TAG_BYTES;
    struct bound w;

    if (kind == CRYPT_PAGE && place == 1) {
        memcpy(raw, db_crypt_magic, sizeof db_crypt_magic);
        memcpy(raw + sizeof db_crypt_magic, plain + sizeof db_crypt_magic,
               CLEAR_BYTES - sizeof db_crypt_magic);
    }
    w = bind(kind, place, raw);
    random_bytes(nonce, AEAD_NONCE_BYTES);
    aead_seal(c->aead, nonce, (struct bytes){w.b, w.n},
              (struct bytes){plain + w.skip, text - w.skip}, raw + w.skip, tag);
}

bool db_crypt_open(struct db_crypt *c, enum crypt_kind kind, uint64_t place,
                   const uint8_t *raw, uint8_t *plain)
{
    size_t text = c->page_bytes - DB_CRYPT_RESERVED;
    const uint8_t *tag = raw + text, *nonce = tag + AEAD_TAG_BYTES;
    struct bound w = bind(kind, place, raw);

    if (!aead_open(c->aead, nonce, (struct bytes){w.b, w.n},
                   (struct bytes){raw + w.skip, text - w.skip}, tag,
                   plain + w.skip))
        return false;
    if (w.skip > 0) {
        memcpy(plain, db_crypt_sqlite_magic, sizeof db_crypt_sqlite_magic);
        memcpy(plain + sizeof db_crypt_sqlite_magic,
               raw + sizeof db_crypt_sqlite_magic,
               CLEAR_BYTES - sizeof db_crypt_sqlite_magic);
    }
    memset(plain + text, 0, DB_CRYPT_RESERVED);
    return true;
}

/* -- what is passed on -------------------------------------------------- */

static sqlite3_file *real_of(sqlite3_file *base)
{
    return ((struct crypt_file *)base)->real;
}

int db_crypt_close(sqlite3_file *base)
{
    return real_of(base)->pMethods->xClose(real_of(base));
}

static int plain_read(sqlite3_file *base, void *out, int n, sqlite3_int64 at)
{
    return real_of(base)->pMethods->xRead(real_of(base), out, n, at);
}

/* Headers and numbers go by; a page would be longer. */
static int journal_write(sqlite3_file *base, const void *in, int n,
                         sqlite3_int64 at)
{
    if (n > JOURNAL_WRITE_MAX)
        return SQLITE_IOERR_WRITE;
    return real_of(base)->pMethods->xWrite(real_of(base), in, n, at);
}

int db_crypt_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    return real_of(base)->pMethods->xTruncate(real_of(base), size);
}

int db_crypt_sync(sqlite3_file *base, int flags)
{
    return real_of(base)->pMethods->xSync(real_of(base), flags);
}

int db_crypt_size(sqlite3_file *base, sqlite3_int64 *out)
{
    return real_of(base)->pMethods->xFileSize(real_of(base), out);
}

int db_crypt_lock(sqlite3_file *base, int want)
{
    return real_of(base)->pMethods->xLock(real_of(base), want);
}

int db_crypt_unlock(sqlite3_file *base, int want)
{
    return real_of(base)->pMethods->xUnlock(real_of(base), want);
}

int db_crypt_reserved(sqlite3_file *base, int *out)
{
    return real_of(base)->pMethods->xCheckReservedLock(real_of(base), out);
}

/* No growing by pieces and no writing past us: all that is in a file was
 * written as pages. */
int db_crypt_control(sqlite3_file *base, int op, void *arg)
{
    switch (op) {
    case SQLITE_FCNTL_SIZE_HINT:
    case SQLITE_FCNTL_CHUNK_SIZE:
    case SQLITE_FCNTL_MMAP_SIZE:
    case SQLITE_FCNTL_BEGIN_ATOMIC_WRITE:
    case SQLITE_FCNTL_COMMIT_ATOMIC_WRITE:
    case SQLITE_FCNTL_ROLLBACK_ATOMIC_WRITE: return SQLITE_NOTFOUND;
    default:
        return real_of(base)->pMethods->xFileControl(real_of(base), op, arg);
    }
}

int db_crypt_sector(sqlite3_file *base)
{
    return real_of(base)->pMethods->xSectorSize(real_of(base));
}

/* Without the first SQLite pads the log by pieces of pages; reading pieces of
 * pages and the like does not hold here. */
int db_crypt_device(sqlite3_file *base)
{
    int below = real_of(base)->pMethods->xDeviceCharacteristics(real_of(base));

    return SQLITE_IOCAP_POWERSAFE_OVERWRITE |
           (below & SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN);
}

static const sqlite3_io_methods journal = {
    1,
    db_crypt_close,
    plain_read,
    journal_write,
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

/* -- the file system ---------------------------------------------------- */

static int v_open(sqlite3_vfs *v, const char *path, sqlite3_file *base,
                  int flags, int *out)
{
    struct db_crypt *c = v->pAppData;
    struct crypt_file *f = (struct crypt_file *)base;
    int code;

    *f = (struct crypt_file){.crypt = c, .real = (sqlite3_file *)(f + 1)};
    if (!(flags &
          (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)))
        return SQLITE_CANTOPEN;
    f->real->pMethods = NULL;
    code = c->real->xOpen(c->real, path, f->real, flags, out);
    if (code == SQLITE_OK)
        f->base.pMethods = flags & SQLITE_OPEN_MAIN_DB ? &db_crypt_main
                           : flags & SQLITE_OPEN_WAL   ? &db_crypt_log
                                                       : &journal;
    else if (f->real->pMethods != NULL)
        f->real->pMethods->xClose(f->real);
    return code;
}

static sqlite3_vfs *below(sqlite3_vfs *v)
{
    return ((struct db_crypt *)v->pAppData)->real;
}

static int v_delete(sqlite3_vfs *v, const char *path, int sync)
{
    return below(v)->xDelete(below(v), path, sync);
}

static int v_access(sqlite3_vfs *v, const char *path, int flags, int *out)
{
    return below(v)->xAccess(below(v), path, flags, out);
}

static int v_full_path(sqlite3_vfs *v, const char *path, int n, char *out)
{
    return below(v)->xFullPathname(below(v), path, n, out);
}

static int v_randomness(sqlite3_vfs *v, int n, char *out)
{
    return below(v)->xRandomness(below(v), n, out);
}

static int v_sleep(sqlite3_vfs *v, int us)
{
    return below(v)->xSleep(below(v), us);
}

static int v_time(sqlite3_vfs *v, double *out)
{
    return below(v)->xCurrentTime(below(v), out);
}

static int v_last_error(sqlite3_vfs *v, int n, char *out)
{
    return below(v)->xGetLastError == NULL
               ? 0
               : below(v)->xGetLastError(below(v), n, out);
}

/* -- one for each connection -------------------------------------------- */

struct db_crypt *db_crypt_new(const uint8_t key[32], unsigned page_bytes)
{
    struct db_crypt *c = mem_new(sizeof *c);
    struct bytes secret = {key, AEAD_KEY_BYTES};
    struct digest pages = digest_hmac(secret, bytes_of("stoep pages 1"));

    assert(page_bytes >= PAGE_BYTES_MIN && page_bytes <= PAGE_BYTES_MAX);
    c->real = sqlite3_vfs_find(NULL);
    c->page_bytes = page_bytes;
    c->mask = digest_hmac(secret, bytes_of("stoep log 1"));
    c->aead = aead_new(pages.b);
    mem_wipe(&pages, sizeof pages);
    snprintf(c->name, sizeof c->name, "crypt-%p", (void *)c);
    c->vfs = (sqlite3_vfs){.iVersion = 1,
                           .szOsFile = (int)sizeof(struct crypt_file) +
                                       c->real->szOsFile,
                           .mxPathname = c->real->mxPathname,
                           .zName = c->name,
                           .pAppData = c,
                           .xOpen = v_open,
                           .xDelete = v_delete,
                           .xAccess = v_access,
                           .xFullPathname = v_full_path,
                           .xRandomness = v_randomness,
                           .xSleep = v_sleep,
                           .xCurrentTime = v_time,
                           .xGetLastError = v_last_error};
    if (sqlite3_vfs_register(&c->vfs, 0) != SQLITE_OK)
        abort();
    return c;
}

void db_crypt_free(struct db_crypt *c)
{
    if (c == NULL)
        return;
    sqlite3_vfs_unregister(&c->vfs);
    aead_free(c->aead);
    mem_wipe(c, sizeof *c);
    free(c);
}

const char *db_crypt_name(const struct db_crypt *c)
{
    return c->name;
}

const char *db_crypt_fault(struct db_crypt *c)
{
    static_assert(sizeof c->told == sizeof c->fault, "the one holds the other");
    memcpy(c->told, c->fault, sizeof c->told);
    c->fault[0] = '\0';
    return c->told;
}
