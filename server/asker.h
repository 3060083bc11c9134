/*
 * asker.h - the one thread that works out what is asked of the figures, beside
 * the loops: a question may take long, and nobody's sync waits for it.
 *
 * It reads with a store of its own and writes nothing.
 */
#pragma once

#include "server/store.h"

struct asker;

enum { ASKER_WAITING_MAX = 64 }; /* jobs; more are refused */

struct ask_job {
    /* On the asker's thread. */
    void (*run)(struct ask_job *job, struct store *s);
    /* On the same, right after; may free it. */
    void (*done)(struct ask_job *job);
    struct ask_job *next;
};

MUST_USE enum rc asker_start(const char *dir, const struct shape *shape,
                             struct asker **out, struct err *err);
/* RC_BUSY: too much waits already; nothing of the job is called then. */
MUST_USE enum rc asker_submit(struct asker *a, struct ask_job *job,
                              struct err *err);
/* Does what waits, then stops.  NULL is fine. */
void asker_stop(struct asker *a);
