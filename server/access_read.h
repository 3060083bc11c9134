/*
 * access_read.h - the lines of the access log, read again.
 *
 * Everything given to a visitor lives until it returns.
 */
#pragma once

#include "server/access.h"
#include "sync/sys/chain.h"

/* One line.  Words that are not there are "" and numbers 0. */
struct access_said {
    uint64_t n;
    struct digest head, entry; /* as the line says; of what it holds */
    const char *in;            /* the name of its file */
    const char *at;            /* 2026-11-25T04:05:06.789Z */
    const char *act, *result, *code;
    const char *user, *role, *from, *os, *login;
    const char *type, *record, *file, *on, *prev;
    uint32_t device, claims, key, passkey, area;
    enum access_range range;
    uint64_t low, high, hits;
    bool counted, whole; /* whole: it can be read at all */
    struct bytes line;
};

typedef enum rc access_visit(void *ctx, const struct access_said *a,
                             struct err *err);

/* All lines, the oldest first; what a visitor returns ends it.  A log that is
 * being written is read up to its last whole line.  No log: no lines. */
MUST_USE enum rc access_read(const char *dir, access_visit *visit, void *ctx,
                             struct err *err);
