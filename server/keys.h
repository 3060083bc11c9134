/*
 * keys.h - the keys of what is kept apart: one per record, in a file of their
 * own beside the store.
 *
 * DIR/keys.db holds them, itself encrypted (sync/sys/db_crypt.h) under the key
 * in DIR/keys.key; both are made when the first such record comes in and are
 * readable by nobody but the server.  A key is on the disk before anything is
 * sealed with it, and never leaves this file.  Without its key a record and
 * what the journal holds of it are noise: that is how an erasure reaches the
 * backups of the store.
 *
 * Sealed is: 1 (the form), nonce (12), tag (16), ciphertext (ChaCha20-Poly1305,
 * RFC 8439), bound to what the caller says it is.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"
#include "sync/id.h"

struct keys;

/* Opens nothing yet: most towns read no such record for hours.  `dir` must
 * outlive it. */
struct keys *keys_new(const char *dir, bool write);
void keys_free(struct keys *k); /* NULL is fine */

/* Append `plain`, sealed under the key of that record, which is made if there
 * is none.  `with` is bound to it.  RC_NOTFOUND: there is none and this one
 * only reads; RC_CORRUPT: DIR/keys.db cannot be opened with DIR/keys.key. */
MUST_USE enum rc keys_seal(struct keys *k, const struct id *record,
                           struct bytes with, struct bytes plain,
                           struct buf *out, struct err *err);
/* Append what was sealed.  RC_NOTFOUND: nobody can read it: its key is not
 * there, or is another one. */
MUST_USE enum rc keys_open(struct keys *k, const struct id *record,
                           struct bytes with, struct bytes sealed,
                           struct buf *out, struct err *err);

/* Are both files there, and fit each other?  RC_CORRUPT names the one that does
 * not, RC_NOTFOUND the one that is missing.  Nothing is made. */
MUST_USE enum rc keys_check(struct keys *k, struct err *err);
/* Go on without the keys that are lost: what is missing of the two files is
 * made anew, empty. */
MUST_USE enum rc keys_anew(struct keys *k, struct err *err);

/* Copy both files of `dir` into the folder `to`, while they are in use; *any:
 * there were some. */
MUST_USE enum rc keys_copy(const char *dir, const char *to, bool *any,
                           struct err *err);

/* Destroy the keys of these records, those that there are: overwritten in the
 * file and in its log. */
MUST_USE enum rc keys_destroy(struct keys *k, const struct id *records,
                              size_t n, struct err *err);
