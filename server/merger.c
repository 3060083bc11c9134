#include "server/merger.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "server/erasure.h"
#include "server/search.h"
#include "sync/base/msg.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

/* What was merged is followed by the index of words after so long. */
enum { FOLLOW_MS = 20 };

struct merger {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct merge_job *first, **last; /* waiting */
    size_t waiting_bytes, bytes_max;
    bool stopping;
    struct merger_stats stats;
    char *dir;          /* own */
    struct store store; /* the thread's own */
    struct settling settling;
};

/* Do the first `n` jobs in one transaction.  RC_OK: committed, and each job
 * says how it went; otherwise nothing was done. */
static enum rc commit(struct store *s, struct merge_job *jobs, size_t n,
                      struct err *err)
{
    struct merge_job *j = jobs;
    enum rc rc = db_begin(s->db, err);
    size_t i;

    if (rc != RC_OK)
        return rc;
    for (i = 0; i < n && rc == RC_OK; i++, j = j->next) {
        j->wrote = false;
        j->rc = j->run(j, s, &j->err);
        if (j->rc != RC_OK && j->wrote) {
            rc = j->rc;
            *err = j->err;
        }
    }
    return db_end(s->db, rc, err);
}

static void fail(struct merge_job *j, enum rc rc, const struct err *err)
{
    log_error("merge.failed", "err=%s", LOG_QUOTE(err->text));
    j->rc = rc;
    j->err = *err;
}

void merge_jobs_do(struct store *s, struct merge_job *jobs)
{
    struct merge_job *j, *next;
    struct err err = {0};
    size_t n = 0;
    enum rc rc;

    if (jobs == NULL)
        return;
    for (j = jobs; j != NULL; j = j->next)
        n++;
    rc = commit(s, jobs, n, &err);
    for (j = jobs; j != NULL; j = next) {
        next = j->next;
        if (rc != RC_OK && n > 1) {
            struct err own = {0};
            enum rc alone = commit(s, j, 1, &own);

            if (alone != RC_OK)
                fail(j, alone, &own);
        } else if (rc != RC_OK) {
            fail(j, rc, &err);
        }
        j->done(j); /* may free it */
    }
}

/* Until there is work; or until then (clock_mono_ms), if that is not 0. */
static void wait_for_work(struct merger *m, uint64_t until_ms)
{
    struct timespec t = {.tv_sec = (time_t)(until_ms / 1000),
                         .tv_nsec = (long)(until_ms % 1000) * 1000000};
    bool late = false;

    while (m->first == NULL && !m->stopping && !late) {
        if (until_ms == 0)
            pthread_cond_wait(&m->work, &m->lock);
        else
            late = pthread_cond_timedwait(&m->work, &m->lock, &t) != 0;
    }
}

/* All that waits; if `idle`, wait for some.  *stop: none will come. */
static struct merge_job *take_all(struct merger *m, bool idle,
                                  uint64_t until_ms, bool *stop)
{
    struct merge_job *jobs, *j;

    pthread_mutex_lock(&m->lock);
    if (idle)
        wait_for_work(m, until_ms);
    jobs = m->first;
    *stop = m->stopping && jobs == NULL;
    m->first = NULL;
    m->last = &m->first;
    m->waiting_bytes = 0;
    for (j = jobs; j != NULL; j = j->next)
        m->stats.jobs++;
    m->stats.commits += jobs != NULL;
    pthread_mutex_unlock(&m->lock);
    return jobs;
}

/* What emptied fields left to do: a step of it, so that nobody waits long.  A
 * fault leaves the rest for when more is emptied, or the next start. */
static bool settle(struct merger *m, bool more)
{
    struct err err;

    if (!more && !m->store.unsettled)
        return false;
    m->store.unsettled = false;
    if (settling_step(&m->settling, &more, &err) == RC_OK)
        return more || m->store.unsettled;
    log_error("erasure.unsettled", "err=%s", LOG_QUOTE(err.text));
    return false;
}

/* The index of words follows in a fifth of the time at most, so that those who
 * wait do not feel it.  When next?  UINT64_MAX: it has caught up. */
static uint64_t follow(struct merger *m)
{
    uint64_t began = clock_mono_ms(), now;
    bool more = false;
    struct err err;

    if (search_follow(&m->store, &more, &err) != RC_OK) {
        log_error("search.failed", "err=%s", LOG_QUOTE(err.text));
        return UINT64_MAX; /* until more is merged */
    }
    now = clock_mono_ms();
    return more ? now + 4 * (now - began) + 1 : UINT64_MAX;
}

static void *run(void *arg)
{
    struct merger *m = arg;
    struct merge_job *jobs;
    bool more = false, stop = false;
    uint64_t next_ms = 1; /* when to follow */

    while (jobs =
               take_all(m, !more, next_ms == UINT64_MAX ? 0 : next_ms, &stop),
           !stop) {
        if (jobs != NULL && next_ms == UINT64_MAX)
            next_ms = clock_mono_ms() + FOLLOW_MS;
        merge_jobs_do(&m->store, jobs);
        more = settle(m, more);
        if (clock_mono_ms() >= next_ms)
            next_ms = follow(m);
    }
    return NULL;
}

enum rc merger_start(const char *dir, size_t wait_bytes_max,
                     struct merger **out, struct err *err)
{
    struct merger *m = mem_new(sizeof *m);
    pthread_condattr_t clock;
    enum rc rc = store_open(dir, STORE_WRITE, NULL, &m->store, err);

    if (rc != RC_OK) {
        free(m);
        return rc;
    }
    m->dir = mem_text(dir);
    settling_begin(&m->settling, m->dir, &m->store);
    m->last = &m->first;
    m->bytes_max = wait_bytes_max;
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&m->work, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&m->thread, NULL, run, m) != 0) {
        store_close(&m->store);
        free(m->dir);
        free(m);
        return err_set(err, RC_IO, "cannot start a thread");
    }
    *out = m;
    return RC_OK;
}

enum rc merger_submit(struct merger *m, struct merge_job *job, struct err *err)
{
    enum rc rc = RC_OK;

    job->next = NULL;
    job->rc = RC_OK;
    pthread_mutex_lock(&m->lock);
    if (m->stopping) {
        rc = err_set(err, RC_BUSY, MSG("the server is going down"));
    } else if (m->waiting_bytes + job->bytes > m->bytes_max) {
        rc = err_set(err, RC_BUSY, MSG("too many devices hand in at once"));
    } else {
        *m->last = job;
        m->last = &job->next;
        m->waiting_bytes += job->bytes;
        pthread_cond_signal(&m->work);
    }
    pthread_mutex_unlock(&m->lock);
    return rc;
}

void merger_stop(struct merger *m)
{
    struct err err;

    if (m == NULL)
        return;
    pthread_mutex_lock(&m->lock);
    m->stopping = true;
    pthread_cond_signal(&m->work);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    if (db_checkpoint(m->store.db, &err) != RC_OK)
        log_warn("checkpoint.failed", "err=%s", LOG_QUOTE(err.text));
    settling_free(&m->settling);
    store_close(&m->store);
    free(m->dir);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->work);
    free(m);
}

const struct shape *merger_shape(const struct merger *m)
{
    return m->store.shape;
}

struct merger_stats merger_stats(struct merger *m)
{
    struct merger_stats s;

    pthread_mutex_lock(&m->lock);
    s = m->stats;
    pthread_mutex_unlock(&m->lock);
    return s;
}

/* -- and somebody waits -------------------------------------------------- */

struct awaited {
    struct merge_job job; /* first */
    merger_write *what;
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
};

static enum rc run_awaited(struct merge_job *job, struct store *s,
                           struct err *err)
{
    struct awaited *a = (struct awaited *)job;

    job->wrote = true;
    return a->what(s, a->arg, err);
}

static void awaited_done(struct merge_job *job)
{
    struct awaited *a = (struct awaited *)job;

    pthread_mutex_lock(&a->lock);
    a->done = true;
    pthread_cond_signal(&a->cond);
    pthread_mutex_unlock(&a->lock);
}

enum rc merger_do(struct merger *m, merger_write *what, void *arg,
                  struct err *err)
{
    struct awaited a = {
        .job = {.run = run_awaited, .done = awaited_done, .bytes = sizeof a},
        .what = what,
        .arg = arg};
    enum rc rc;

    pthread_mutex_init(&a.lock, NULL);
    pthread_cond_init(&a.cond, NULL);
    rc = merger_submit(m, &a.job, err);
    if (rc == RC_OK) {
        pthread_mutex_lock(&a.lock);
        while (!a.done)
            pthread_cond_wait(&a.cond, &a.lock);
        pthread_mutex_unlock(&a.lock);
        rc = a.job.rc;
        if (rc != RC_OK)
            *err = a.job.err;
    }
    pthread_mutex_destroy(&a.lock);
    pthread_cond_destroy(&a.cond);
    return rc;
}
