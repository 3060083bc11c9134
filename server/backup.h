/*
 * backup.h - all of a server's folder, copied while the server works.
 *
 * The copy is of one moment for each part, and in an order in which the parts
 * fit each other:
 *
 *   journal.git   before the store: no note is of a journal that is not there
 *   stoep.db      one state, as SQLite's backup API gives it
 *   attachments   after it: what the store names came in before, whole
 *   keys          after it: a key is on the disk before anything is sealed
 *   access log    up to its last whole line
 *   lists         last: whose key was destroyed since the store was copied is
 *                 on the list of erasures, for it was put there first
 *
 * So a copy is as good as one of a server that stands still; `restored`
 * (verbs.h) goes on from it.
 */
#pragma once

#include "sync/base/err.h"

struct backup_made {
    uint64_t bytes; /* of the store */
    bool keys;      /* the keys of contact data are in it */
};

/* Copy `dir`; it gets the name `to` once it is whole, on the disk, and `note`
 * (with `ctx`) said RC_OK.  Readable by its owner alone.  After a fault nothing
 * is left.  RC_CONFLICT: there is something of that name, or of the name of an
 * unfinished one ("TO.part"). */
MUST_USE enum rc backup_to(const char *dir, const char *to,
                           enum rc (*note)(void *ctx, struct err *err),
                           void *ctx, struct backup_made *out, struct err *err);
