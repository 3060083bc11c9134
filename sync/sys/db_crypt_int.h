/* db_crypt_int.h - shared by the files of db_crypt, for nobody else. */
#pragma once

#include "sync/sys/aead.h"
#include "sync/sys/db_crypt.h"
#include "sync/sys/digest.h"

enum { PAGE_BYTES_MIN = 1024, PAGE_BYTES_MAX = 65536, FRAME_HEADER = 24 };

struct db_crypt {
    sqlite3_vfs vfs;   /* this one, as SQLite sees it */
    sqlite3_vfs *real; /* foreign: the one below */
    char name[32];
    struct aead *aead;   /* own */
    struct digest mask;  /* key of the masks */
    unsigned page_bytes; /* as the main file says, or as it was asked for */
    bool recovering;     /* looking for the end of the log */
    char fault[160], told[160];
    uint8_t raw[FRAME_HEADER + PAGE_BYTES_MAX]; /* as on the disk */
    /* Decrypted, when not all of it is wanted; never both at once. */
    union {
        uint8_t plain[PAGE_BYTES_MAX], frame[FRAME_HEADER + PAGE_BYTES_MAX];
    };
};

struct crypt_file {
    sqlite3_file base;
    struct db_crypt *crypt; /* foreign */
    sqlite3_file *real;     /* behind this struct */
};

extern const sqlite3_io_methods db_crypt_main, db_crypt_log;

/* What is at the start of the file, and what SQLite wants there. */
static const char db_crypt_magic[16] = "Stoep encrypted";
static const char db_crypt_sqlite_magic[16] = "SQLite format 3";

/* A page between `plain` and `raw`, neither of them the other; `place` is its
 * number in the file, or where its frame begins in the log. */
enum crypt_kind { CRYPT_PAGE = 'P', CRYPT_FRAME = 'F' };
void db_crypt_seal(struct db_crypt *c, enum crypt_kind kind, uint64_t place,
                   const uint8_t *plain, uint8_t *raw);
bool db_crypt_open(struct db_crypt *c, enum crypt_kind kind, uint64_t place,
                   const uint8_t *raw, uint8_t *plain);

/* What all kinds of files pass on. */
int db_crypt_close(sqlite3_file *base);
int db_crypt_truncate(sqlite3_file *base, sqlite3_int64 size);
int db_crypt_sync(sqlite3_file *base, int flags);
int db_crypt_size(sqlite3_file *base, sqlite3_int64 *out);
int db_crypt_lock(sqlite3_file *base, int want);
int db_crypt_unlock(sqlite3_file *base, int want);
int db_crypt_reserved(sqlite3_file *base, int *out);
int db_crypt_control(sqlite3_file *base, int op, void *arg);
int db_crypt_sector(sqlite3_file *base);
int db_crypt_device(sqlite3_file *base);
