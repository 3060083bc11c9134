#define _XOPEN_SOURCE 700 /* nice */

#include "server/night.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "server/counts.h"
#include "server/nightly.h"
#include "server/publish.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

enum { EVERY_S = 60, LEAST_URGENT = 19 };

struct night {
    struct server *s; /* foreign */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool to_end;
    uint64_t counted_ms; /* when counts were last renewed, by this process */
};

static bool is_to_stop(void *ctx)
{
    struct night *n = ctx;
    bool to_end;

    pthread_mutex_lock(&n->lock);
    to_end = n->to_end;
    pthread_mutex_unlock(&n->lock);
    return to_end;
}

static enum rc delete_overdue(struct night *n, struct store *store,
                              struct err *err)
{
    struct retained done = {0};
    uint64_t last = 0, now_ms = clock_wall_ms();
    enum rc rc = nightly_last(store, &last, err);

    if (rc != RC_OK ||
        !nightly_due((unsigned)n->s->conf.retention_hour, last, now_ms))
        return rc;
    rc = nightly_run(n->s->merger, store, now_ms, is_to_stop, n, &done, err);
    log_info("retention.done", "records=%llu fields=%llu ok=%d",
             (unsigned long long)done.records, (unsigned long long)done.fields,
             rc == RC_OK);
    return rc;
}

static enum rc write_counts(void *ctx, counts_write *what, void *arg,
                            struct err *err)
{
    return merger_do(ctx, what, arg, err);
}

/* What is told of a month that is over is decided in the night after it. */
static enum rc renew_counts(struct night *n, struct store *store,
                            struct err *err)
{
    struct counts_writer to = {n->s->merger, write_counts};
    struct disclosure_stop stop = {is_to_stop, n};
    struct counts_renewed done;
    uint64_t now_ms = clock_wall_ms();
    enum rc rc;

    if (!nightly_due((unsigned)n->s->conf.retention_hour, n->counted_ms,
                     now_ms))
        return RC_OK;
    n->counted_ms = now_ms;
    rc = counts_renew(store, &to, now_ms, &stop, &done, err);
    if (rc == RC_NOTFOUND)
        return RC_OK;
    log_info("counts.done", "areas=%zu years=%zu ok=%d", done.areas,
             done.states, rc == RC_OK);
    return rc;
}

/* After figures were decided anew, or when it is tried again: by night. */
static enum rc publish_counts(struct night *n, struct store *store,
                              struct err *err)
{
    struct published done = {0};
    enum rc rc;

    if (n->s->conf.publish[0] == '\0')
        return RC_OK;
    rc = publish(store, n->s->dir, &n->s->conf, &done, err);
    if (rc == RC_NOTFOUND)
        return RC_OK; /* nothing is told yet */
    log_info("publish.done", "files=%zu changed=%d ok=%d", done.kept.files,
             done.kept.changed, rc == RC_OK);
    return rc;
}

static void by_night(struct night *n)
{
    uint64_t before_ms = n->counted_ms;
    struct store store;
    struct err err;

    if (store_open(n->s->dir, STORE_READ, merger_shape(n->s->merger), &store,
                   &err) != RC_OK) {
        log_error("night.failed", "err=%s", LOG_QUOTE(err.text));
        return;
    }
    if (delete_overdue(n, &store, &err) != RC_OK)
        log_error("retention.failed", "err=%s", LOG_QUOTE(err.text));
    if (renew_counts(n, &store, &err) != RC_OK)
        log_error("counts.failed", "err=%s", LOG_QUOTE(err.text));
    if (n->counted_ms != before_ms && publish_counts(n, &store, &err) != RC_OK)
        log_error("publish.failed", "err=%s", LOG_QUOTE(err.text));
    store_close(&store);
}

/* False: to end. */
static bool wait_a_minute(struct night *n)
{
    struct timespec until;
    int rc = 0;
    bool to_end;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += EVERY_S;
    pthread_mutex_lock(&n->lock);
    while (!n->to_end && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&n->cond, &n->lock, &until);
    to_end = n->to_end;
    pthread_mutex_unlock(&n->lock);
    return !to_end;
}

static void *run(void *arg)
{
    struct night *n = arg;

    /* Linux: of this thread alone (nice(2)); if it may not, so be it. */
    errno = 0;
    if (nice(LEAST_URGENT) == -1 && errno != 0)
        log_info("night.not_nice", "errno=%d", errno);
    while (wait_a_minute(n))
        by_night(n);
    return NULL;
}

struct night *night_begin(struct server *s)
{
    pthread_condattr_t clock;
    struct night *n;

    if (s->conf.retention_hour >= 24)
        return NULL;
    n = mem_new(sizeof *n);
    n->s = s;
    n->counted_ms = 1;
    pthread_mutex_init(&n->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&n->cond, &clock);
    pthread_condattr_destroy(&clock);
    if (pthread_create(&n->thread, NULL, run, n) != 0)
        abort(); /* no memory for a thread */
    return n;
}

void night_end(struct night *n)
{
    if (n == NULL)
        return;
    pthread_mutex_lock(&n->lock);
    n->to_end = true;
    pthread_cond_signal(&n->cond);
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->thread, NULL);
    pthread_mutex_destroy(&n->lock);
    pthread_cond_destroy(&n->cond);
    free(n);
}
