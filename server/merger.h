/*
 * merger.h - the one thread that writes.
 *
 * It takes all that waits, does it in ONE transaction (group commit) and says
 * so only after the commit: an answer is never sent before the bytes are on
 * disk.  If the commit fails, everything in it failed and nothing happened.
 * Between groups it does what emptied fields left to do (erasure.h), a step at
 * a time.
 */
#pragma once

#include "server/journal.h"

struct merger;
struct merge_job;

/* What is to be done: a batch, or anything else that writes. */
struct merge_job {
    /* On the writer's thread, inside the transaction.  It may run twice: if it
     * fails after `wrote` is set, the transaction is undone and each job is
     * done again alone, so that one cannot fail its neighbours. */
    enum rc (*run)(struct merge_job *job, struct store *s, struct err *err);
    /* On the writer's thread, after the commit or the failure. */
    void (*done)(struct merge_job *job);
    bool wrote;
    enum rc rc;
    struct err err;
    size_t bytes; /* of memory that the job holds, for the limit */
    struct merge_job *next;
};

/* What the thread does with all that waits: one transaction, then each done().
 * For who has a store and no thread. */
void merge_jobs_do(struct store *s, struct merge_job *jobs);

/* Opens the store of `dir` for writing, on a thread of its own.
 * `wait_bytes_max`: of jobs that wait; more are refused. */
MUST_USE enum rc merger_start(const char *dir, size_t wait_bytes_max,
                              struct merger **out, struct err *err);
/* RC_BUSY: too much waits already; done() is then not called. */
MUST_USE enum rc merger_submit(struct merger *m, struct merge_job *job,
                               struct err *err);
/* Have `what` write, and wait until that is on the disk; for threads on which
 * nobody waits. */
typedef enum rc merger_write(struct store *s, void *arg, struct err *err);
MUST_USE enum rc merger_do(struct merger *m, merger_write *what, void *arg,
                           struct err *err);
/* Does what waits, then stops.  NULL is fine. */
void merger_stop(struct merger *m);

/* The record types in force, for all who decode what it merges. */
const struct shape *merger_shape(const struct merger *m);

struct merger_stats {
    uint64_t commits, jobs; /* jobs / commits: how well they were grouped */
};
struct merger_stats merger_stats(struct merger *m);

/* A batch that one device handed in, as a job. */
struct batch_job {
    struct merge_job job; /* first */
    struct arena *mem;    /* foreign; for the answer */
    const struct batch *batch;
    const char *const *verdicts; /* see serve.h */
    struct bytes body;           /* as received */
    struct proof proof;
    struct bytes key; /* it is signed with; none: not looked at */
    uint64_t now_ms;
    bool officer;   /* the privacy officer's own, given to whom it may be */
    struct ack ack; /* the answer */
};

/* For job.run.  RC_OUTDATED: numbers are missing; RC_CONFLICT: came with other
 * content; RC_AUTH: the device was revoked, or has another
 * key, meanwhile. */
MUST_USE enum rc batch_job_run(struct merge_job *job, struct store *s,
                               struct err *err);
