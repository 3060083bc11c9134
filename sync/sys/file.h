/*
 * file.h - files, whole: read, replaced, locked, listed.
 *
 * Every fault names the path and what the system said.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"
#include "sync/base/mem.h"

/* Read all of it; the caller frees *out.  RC_NOTFOUND: there is none;
 * RC_LIMIT: longer than `max` bytes. */
MUST_USE enum rc file_read(const char *path, size_t max, struct buf *out,
                           struct err *err);

/* Put `body` in place of what was there, if anything: after a crash the file
 * is the old one or the new one, whole.  `mode` as in chmod(2), exactly. */
MUST_USE enum rc file_replace(const char *path, struct bytes body,
                              unsigned mode, struct err *err);

/* Add to the end, made if need be; on the disk when it returns.  A crash may
 * leave a piece of `body`. */
MUST_USE enum rc file_append(const char *path, struct bytes body, unsigned mode,
                             struct err *err);

/* Give a file another name, in place of what bore it; on the disk when it
 * returns. */
MUST_USE enum rc file_move(const char *from, const char *to, struct err *err);

/* What is not there is removed. */
MUST_USE enum rc file_remove(const char *path, struct err *err);
/* The same, but first every byte of it is overwritten, on the disk: as far as
 * the disk does that in place. */
MUST_USE enum rc file_shred(const char *path, struct err *err);

/* One level; a folder that is there already is fine. */
MUST_USE enum rc file_mkdir(const char *path, unsigned mode, struct err *err);

/* Hold `path` (made if need be) against every other process until
 * file_unlock() or the end of this one.  RC_BUSY says which process has it. */
MUST_USE enum rc file_lock(const char *path, int *fd, struct err *err);
/* Hold it together with others that share it: RC_BUSY while somebody holds it
 * alone. */
MUST_USE enum rc file_share(const char *path, int *fd, struct err *err);
/* Hold alone what is shared.  RC_BUSY: others share it; it may be held no more
 * then. */
MUST_USE enum rc file_hold(const char *path, int fd, struct err *err);
void file_unlock(int fd); /* -1 is fine */

/* Paths ("dir/name") of the files in `dir` that end in `suffix`, in byte
 * order, hidden ones left out.  They live in `a`. */
MUST_USE enum rc file_list(const char *dir, const char *suffix, struct arena *a,
                           char ***out, size_t *n, struct err *err);
