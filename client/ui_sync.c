/* A sync on a thread of its own (ui.h). */
#include <stdlib.h>
#include <string.h>

#include "client/ui.h"
#include "sync/sys/clock.h"
#include "sync/sys/secret.h"

enum { TRIES_MAX = 5 };

struct job {
    struct ui *u;
    struct app app;
    char *dir;    /* own: of `app`; what is ui.options' may go before */
    uint8_t *key; /* own, wiped; or NULL */
    char *pin;    /* own, wiped: VAULT_PIN_BYTES_MAX + 2; or NULL */
};

static void on_progress(void *ctx, const struct agent_progress *p)
{
    struct job *j = ctx;

    pthread_mutex_lock(&j->u->lock);
    j->u->sync.done = *p;
    j->u->sync.wait_ms = 0;
    pthread_mutex_unlock(&j->u->lock);
}

static void on_waiting(void *ctx, const struct err *why, uint32_t ms)
{
    struct job *j = ctx;

    pthread_mutex_lock(&j->u->lock);
    j->u->sync.waiting = *why;
    j->u->sync.wait_ms = ms;
    pthread_mutex_unlock(&j->u->lock);
}

/* What the last sync did, for the page that asks later. */
static enum rc note(struct app *a, const struct agent_progress *p,
                    struct err *err)
{
    json_t *j = json_pack("{s:I, s:I, s:I}", "pushed", (json_int_t)p->pushed,
                          "pulled", (json_int_t)p->pulled, "attachments",
                          (json_int_t)p->attachments);
    char *text = json_dumps(j, JSON_COMPACT);
    enum rc rc = local_put(&a->l, FACE_SYNC, text, err);

    free(text);
    json_decref(j);
    return rc;
}

static enum rc run(struct job *j, struct agent_progress *p, struct err *err)
{
    struct agent_options o = {.tries_max = TRIES_MAX,
                              .progress = on_progress,
                              .waiting = on_waiting,
                              .ctx = j};
    enum rc rc = app_open(&j->app, OPENS_TO_SYNC, err);

    if (rc == RC_OK)
        rc = agent_sync(&j->app.l, j->app.vault, &o, p, err);
    if (rc == RC_OK)
        rc = note(&j->app, p, err);
    app_close(&j->app);
    return rc;
}

static void drop(struct job *j)
{
    secret_free(j->key, VAULT_KEY_BYTES);
    secret_free(j->pin, VAULT_PIN_BYTES_MAX + 2);
    free(j->dir);
    free(j);
}

/* How it ended, for who asks; the lock is held. */
static void tell(struct job *j, const struct agent_progress *p, enum rc rc,
                 const struct err *err)
{
    struct ui *u = j->u;

    u->sync.running = false;
    u->sync.done = *p;
    u->sync.rc = rc;
    u->sync.err = *err;
    u->stale = true;
    /* With its PIN a sync opens what had run out. */
    if (rc == RC_OK && u->state == UI_EXPIRED && j->pin != NULL)
        u->sync.rc = ui_open(u, j->pin, &u->sync.err);
    if (rc == RC_DENIED && err->reason != NULL &&
        strcmp(err->reason, "wiped") == 0) {
        ui_close(u);
        u->state = UI_WIPED;
    }
}

static void *thread(void *arg)
{
    struct job *j = arg;
    struct ui *u = j->u;
    struct agent_progress p = {0};
    struct err err = {0};
    enum rc rc = run(j, &p, &err);

    pthread_mutex_lock(&u->lock);
    if (!u->ended)
        tell(j, &p, rc, &err);
    pthread_mutex_unlock(&u->lock);
    drop(j);
    return NULL;
}

static struct job *job_new(struct ui *u, const char *pin)
{
    struct job *j = mem_new(sizeof *j);
    size_t n = pin != NULL ? strlen(pin) : 0;

    j->u = u;
    j->app = ui_app(u);
    j->app.dir = j->dir = mem_text(j->app.dir);
    if (u->key != NULL)
        j->app.key = j->key =
            memcpy(secret_new(VAULT_KEY_BYTES), u->key, VAULT_KEY_BYTES);
    if (pin != NULL && n <= VAULT_PIN_BYTES_MAX)
        j->app.pin.pin = j->pin =
            memcpy(secret_new(VAULT_PIN_BYTES_MAX + 2), pin, n);
    return j;
}

enum rc ui_sync_start(struct ui *u, const char *pin, struct err *err)
{
    pthread_attr_t detached;
    pthread_t id;
    struct job *j;
    int fault;

    if (u->sync.running)
        return err_set(err, RC_BUSY, "%s",
                       msg(u->app.lang, "a sync is running already"));
    j = job_new(u, pin);
    u->sync = (struct ui_sync){.running = true, .any = true};
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    fault = pthread_create(&id, &detached, thread, j);
    pthread_attr_destroy(&detached);
    if (fault == 0)
        return RC_OK;
    u->sync.running = false;
    drop(j);
    return err_set(err, RC_BUSY, "no thread for a sync: %s", strerror(fault));
}
