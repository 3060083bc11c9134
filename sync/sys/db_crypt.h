/*
 * db_crypt.h - encryption at rest: a VFS of SQLite over the one below.
 *
 * What is on the disk, P being the size of a page:
 *
 *   database   page by page, as long as before.  The last 28 bytes of a page
 *              are SQLite's reserved bytes and hold a tag (16) and a nonce
 *              (12), new at each write; before them is ciphertext, bound to
 *              the number of the page.  Of page 1 the first 24 bytes are not
 *              encrypted but bound: 16 that say what this is in place of
 *              SQLite's own, then SQLite's header bytes 16 to 23, of which
 *              it wants page size and reserved bytes before it can read.
 *   log (WAL)  its header (32 bytes) as it is; per frame 24 bytes of header
 *              and a page like those above, bound to its place in the log.
 *              The checksum in the frame's header is over plain text, so it
 *              is masked; the mask hangs on all of the rest of the header,
 *              and thereby nobody without the key can make a header fit.
 *   -shm       as it is, for two programs may use one store at once: numbers
 *              of pages and frames, and one checksum (64 bits) over the log.
 *              Gone when the last program closes the store.
 *   -journal   only while an empty file becomes a database; holds no page,
 *              and one that were to is refused.
 *   all else   (temporary files) is refused: SQLite keeps it in memory.
 *
 * A page that does not authenticate is an error (SQLITE_IOERR_DATA) wherever
 * SQLite would take it for data.  Two places are not: when it looks at the
 * header of a file that a crash may have torn, before it has read its log;
 * and when it looks for the end of a log after a crash, which is where the
 * first torn frame is.  So damage to the log after a crash cuts it there, as
 * it does without encryption: what comes after is lost, nothing else is read.
 *
 * A key belongs to one database.  What this cannot see is that all of it, or
 * a page of it, was put back as it once stood at the same place.
 */
#pragma once

#include <sqlite3.h>

#include "sync/base/buf.h"

enum { DB_CRYPT_RESERVED = 28 };

struct db_crypt;

/* For one connection, over what is the default VFS now.  `page_bytes`: of a
 * database that is yet to be made. */
struct db_crypt *db_crypt_new(const uint8_t key[32], unsigned page_bytes);
/* After the connection is closed: wipes the key.  NULL is fine. */
void db_crypt_free(struct db_crypt *c);

const char *db_crypt_name(const struct db_crypt *c); /* of the VFS */
/* What was found damaged since this was last asked, in words, or "". */
const char *db_crypt_fault(struct db_crypt *c);
/* Does every page of the main file authenticate?  Nobody may be writing. */
int db_crypt_check(struct db_crypt *c, sqlite3_file *main_file,
                   uint64_t *pages);
