/*
 * access_file.h - the access log as files: DIR/access/current, and one file
 * per month that has passed (2026-11.log).
 *
 * A line is one JSON object, with its number first and the head of the chain
 * (sync/sys/chain.h) after it last:
 *
 *     {"n":17, ... ,"head":"64 hex digits"}
 *
 * Entry n of the chain is the SHA-256 of line n up to `,"head"`.  A file opens
 * with a line that says the head before it, so that old files can go and the
 * rest still follows.
 *
 * Server and command line write to one log: a lock on DIR/access/lock is held
 * while a line is added.  A line that came back RC_OK is with the system, and
 * outlives this process; it is on the disk after access_file_sync().
 */
#pragma once

#include "sync/base/err.h"
#include "sync/base/mem.h"
#include "sync/sys/chain.h"

enum {
    ACCESS_LINE_BYTES_MAX = 2048,
    ACCESS_PATH_BYTES = 512,
    ACCESS_MONTH_BYTES = 8, /* "2026-11" */
};

struct access_file { /* one thread at a time */
    char dir[ACCESS_PATH_BYTES];
    int lock, fd; /* own; -1: none */
    uint64_t inode, size;
    struct chain chain; /* as of `size` */
    char month[ACCESS_MONTH_BYTES];
};

/* Opens the log of a server's folder, makes it if need be, and finds its end.
 * What a crash left of a line behind the last whole one is moved to
 * DIR/access/torn, and a line says so. */
MUST_USE enum rc access_file_open(const char *dir, uint64_t now_ms,
                                  struct access_file *out, struct err *err);
void access_file_close(struct access_file *f);

/* Keep everybody from adding a line until file_unlock(); `access` is the folder
 * of the log itself. */
MUST_USE enum rc access_file_hold(const char *access, int *lock,
                                  struct err *err);

/* Add a line; `members` are those between "n" and "head": `"at":...,...`.
 * RC_FULL, RC_IO: nothing was added. */
MUST_USE enum rc access_file_add(struct access_file *f, uint64_t now_ms,
                                 struct bytes members, struct err *err);
MUST_USE enum rc access_file_sync(struct access_file *f, struct err *err);

/* The last head, once all that leads to it is on the disk.  No log: no links.
 */
MUST_USE enum rc access_file_head(const char *dir, struct chain *out,
                                  struct err *err);

/* "2026-11-25T04:05:06.789Z" */
enum { ACCESS_TIME_BYTES = 25 };
const char *access_time(uint64_t ms, char out[ACCESS_TIME_BYTES]);

/* Number and head as a line says them; false: it is no such line.  `entry` may
 * be NULL. */
bool access_line_ends(struct bytes line, uint64_t *n, struct digest *head,
                      struct digest *entry);
