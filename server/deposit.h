/*
 * deposit.h - a folder of files, kept as a bare git repository: each state of
 * it is a commit that others fetch, compare and cite.
 *
 * A state is put together file by file and kept as a whole, or not at all: a
 * crash leaves the state before.  The file DEPOSIT_MARK says whose it is; a
 * repository with a history that is not marked as ours is left alone.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

#define DEPOSIT_MARK "publication.json"

struct deposit;

/* Open the repository at `path`, or make it; `mark` is what stands in its
 * DEPOSIT_MARK.  RC_CONFLICT: what stands there is not ours, and is left as it
 * was; RC_BUSY: another process has it. */
MUST_USE enum rc deposit_open(const char *path, const char *mark,
                              struct deposit **out, struct err *err);
/* Make it if need be, and no more: fine while another process has it. */
MUST_USE enum rc deposit_make(const char *path, struct err *err);
void deposit_close(struct deposit *d); /* NULL is fine */

/* A file of the next state: `path` with '/' between folders, none twice.  The
 * first fault sticks, and deposit_keep() reports it. */
void deposit_put(struct deposit *d, const char *path, struct bytes body);

enum { DEPOSIT_COMMIT_CHARS = 40 };

struct deposit_kept {
    bool changed;                          /* there is a new commit */
    size_t files;                          /* in the state */
    char commit[DEPOSIT_COMMIT_CHARS + 1]; /* that holds it */
};

/* What was put, and nothing else, is the next state, if it differs from the
 * last one.  The message is `title` and which files are new, changed or gone;
 * of those whose names end in `beside` nothing is said. */
MUST_USE enum rc deposit_keep(struct deposit *d, const char *title,
                              const char *beside, struct deposit_kept *out,
                              struct err *err);
