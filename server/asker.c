#include "server/asker.h"

#include <pthread.h>
#include <stdlib.h>

#include "sync/base/msg.h"

struct asker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct ask_job *first, **last; /* waiting */
    size_t waiting;
    bool stopping;
    struct store store; /* the thread's own */
};

/* The next one; NULL: none will come. */
static struct ask_job *take(struct asker *a)
{
    struct ask_job *job;

    pthread_mutex_lock(&a->lock);
    while (a->first == NULL && !a->stopping)
        pthread_cond_wait(&a->work, &a->lock);
    job = a->first;
    if (job != NULL) {
        a->first = job->next;
        a->waiting--;
        if (a->first == NULL)
            a->last = &a->first;
    }
    pthread_mutex_unlock(&a->lock);
    return job;
}

static void *run(void *arg)
{
    struct asker *a = arg;
    struct ask_job *job;

    while ((job = take(a)) != NULL) {
        job->run(job, &a->store);
        job->done(job);
    }
    return NULL;
}

enum rc asker_start(const char *dir, const struct shape *shape,
                    struct asker **out, struct err *err)
{
    struct asker *a = mem_new(sizeof *a);
    enum rc rc = store_open(dir, STORE_READ, shape, &a->store, err);

    if (rc != RC_OK) {
        free(a);
        return rc;
    }
    a->last = &a->first;
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->work, NULL);
    if (pthread_create(&a->thread, NULL, run, a) != 0) {
        store_close(&a->store);
        free(a);
        return err_set(err, RC_IO, "cannot start a thread");
    }
    *out = a;
    return RC_OK;
}

enum rc asker_submit(struct asker *a, struct ask_job *job, struct err *err)
{
    enum rc rc = RC_OK;

    job->next = NULL;
    pthread_mutex_lock(&a->lock);
    if (a->waiting == ASKER_WAITING_MAX) {
        rc = err_set(err, RC_BUSY,
                     MSG("too many questions at once: wait a little"));
    } else {
        *a->last = job;
        a->last = &job->next;
        a->waiting++;
        pthread_cond_signal(&a->work);
    }
    pthread_mutex_unlock(&a->lock);
    return rc;
}

void asker_stop(struct asker *a)
{
    if (a == NULL)
        return;
    pthread_mutex_lock(&a->lock);
    a->stopping = true;
    pthread_cond_signal(&a->work);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    store_close(&a->store);
    pthread_mutex_destroy(&a->lock);
    pthread_cond_destroy(&a->work);
    free(a);
}
