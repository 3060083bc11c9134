/* The network of the pretend world: calls on their way, answers, cuts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/base/text.h"
#include "sync/limits.h"
#include "tests/sim/world_int.h"

static void call_free(struct call *c)
{
    if (c->from != NULL)
        c->from->call = NULL;
    push_free(&c->push);
    pulling_free(&c->pulling);
    buf_free(&c->body);
    buf_free(&c->answer);
    arena_free(&c->mem);
    *c = (struct call){0};
}

static struct call *call_new(struct world *w)
{
    size_t i;

    for (i = 0; i < CALLS_MAX; i++)
        if (!w->calls[i].used) {
            w->calls[i].used = true;
            w->calls[i].body = buf_make(message_bytes_max);
            w->calls[i].answer = buf_make(message_bytes_max);
            return &w->calls[i];
        }
    /* All lines are taken: the oldest that nobody waits for goes. */
    for (i = 0; i < CALLS_MAX; i++)
        if (w->calls[i].from == NULL && w->calls[i].at != CALL_QUEUED) {
            call_free(&w->calls[i]);
            return call_new(w);
        }
    broken(w, "too many calls under way");
}

void net_send(struct world *w, struct device_sim *d)
{
    struct call *c = call_new(w);
    const struct question *q = &d->talk.question;

    c->from = d;
    c->device = d->number;
    c->at = CALL_SENT;
    snprintf(c->path, sizeof c->path, "%s", q->path);
    buf_put(&c->body, q->body.p, q->body.n);
    d->call = c;
    note(w, "%s asks %s (%zu bytes)", d->user, c->path, c->body.n);
    if (happens(w, EVENT_TWICE, 30)) {
        struct call *again = call_new(w);

        again->device = c->device;
        again->at = CALL_SENT;
        memcpy(again->path, c->path, sizeof again->path);
        buf_put(&again->body, c->body.p, c->body.n);
    }
}

void net_forget(struct device_sim *d)
{
    if (d->call != NULL)
        d->call->from = NULL;
    d->call = NULL;
}

/* -- at the server ------------------------------------------------------ */

static uint64_t query_number(const char *path, const char *key)
{
    const char *at = strstr(path, key);
    uint64_t n = 0;

    if (at != NULL) {
        at += strlen(key);
        (void)text_take_u64(
            (struct bytes){(const uint8_t *)at, strcspn(at, "&")}, UINT64_MAX,
            &n);
    }
    return n;
}

/* As server/auth.c does once a signature or a token has said who calls. */
static enum rc who_calls(struct world *w, struct call *c)
{
    enum rc rc = store_device(&w->server.reader, c->device, &c->mem, &c->caller,
                              &c->err);
    size_t i;

    if (rc == RC_OK &&
        (strcmp(c->path, "/v1/session") != 0 || c->caller.revoked_ms == 0))
        rc = device_may(&c->caller, w->now_ms, &c->err);
    c->granted = 0;
    for (i = 0; rc == RC_OK && i < c->caller.caller.areas_n; i++)
        c->granted |= 1U << c->caller.caller.areas[i];
    return rc;
}

static enum rc serve(struct world *w, struct call *c)
{
    static const struct proof proof;
    struct greeting g = {.token = bytes_of("token"), .lease_s = world_lease_s};
    struct store *s = &w->server.reader;
    struct hello said;
    enum rc rc = who_calls(w, c);

    c->at = CALL_ANSWERED;
    if (rc != RC_OK)
        return rc;
    if (strcmp(c->path, "/v1/session") == 0)
        return converse_hello(s, &c->caller, buf_view(&c->body), &g, w->now_ms,
                              &c->mem, &said, &c->answer, &c->err);
    if (strncmp(c->path, "/v1/types/", 10) == 0)
        return converse_types(s, bytes_of(c->path + 10), &c->mem, &c->answer,
                              &c->err);
    if (strncmp(c->path, "/v1/regions/", 12) == 0)
        return converse_regions(s, bytes_of(c->path + 12), &c->mem, &c->answer,
                                &c->err);
    if (strcmp(c->path, "/v1/push") == 0) {
        rc = push_open(&c->push, s, &c->caller, buf_view(&c->body), &proof,
                       w->now_ms, &c->err);
        c->at = rc == RC_OK ? CALL_QUEUED : CALL_ANSWERED;
        return rc;
    }
    if (strncmp(c->path, "/v1/chain?", 10) == 0)
        return converse_chain(
            s, &c->caller, (uint32_t)query_number(c->path, "area="),
            query_number(c->path, "after="), &c->answer, &c->err);
    c->at = CALL_STREAM;
    rc = pulling_open(&c->pulling, s, &c->caller,
                      &(struct pull){(uint32_t)query_number(c->path, "area="),
                                     query_number(c->path, "after=")},
                      w->now_ms, &c->err);
    if (rc != RC_OK)
        c->at = CALL_ANSWERED;
    return rc;
}

static void arrive(struct world *w, struct call *c)
{
    uint64_t faults = disk_of(SERVER_HOST)->faults;
    enum rc rc;

    pretend_now_ms = w->now_ms;
    rc = serve(w, c);
    if (rc == RC_OK)
        c->err.code = RC_OK;
    else
        note(w, "server refuses %s of %u: %s", c->path, (unsigned)c->device,
             c->err.text);
    if ((rc == RC_IO || rc == RC_FULL) && !disk_of(SERVER_HOST)->dead &&
        disk_of(SERVER_HOST)->faults == faults)
        broken(w, "the server failed: %s", c->err.text);
}

/* -- back at the device ------------------------------------------------- */

static void fail(struct world *w, struct call *c, enum rc rc, const char *why)
{
    struct device_sim *d = c->from;
    struct err err;

    err_set(&err, rc, "%s", why);
    call_free(c);
    if (d == NULL)
        return;
    note(w, "%s hears nothing more: %s", d->user, why);
    device_next(w, d, conversation_failed(&d->talk, &err, moment_of(w, d)));
}

static void tell(struct world *w, struct call *c)
{
    struct device_sim *d = c->from;
    struct bytes answer = arena_bytes(&w->scratch, buf_view(&c->answer));
    bool cut = happens(w, EVENT_CUT, 30);
    bool push = strcmp(c->path, "/v1/push") == 0;
    bool regions = strncmp(c->path, "/v1/regions/", 12) == 0;
    struct err err = c->err;

    call_free(c);
    if (err.code != RC_OK) {
        device_next(w, d, conversation_failed(&d->talk, &err, moment_of(w, d)));
        return;
    }
    if (cut) /* and whoever passed it on took that for all of it */
        answer.n = (size_t)roll(&w->dice, answer.n);
    pretend_now_ms = moment_of(w, d).now_ms;
    device_next(w, d, conversation_answer(&d->talk, answer, moment_of(w, d)));
    if (!d->up || disk_of(d->host)->dead)
        return;
    if (push)
        check_journal(w, d);
    if (regions)
        check_regions(w, d, false);
    /* A welcome says what is withdrawn; it goes when all of it is handed in. */
    read_areas(w, d);
}

static void stream(struct world *w, struct call *c)
{
    struct device_sim *d = c->from;
    struct buf piece = buf_make(message_bytes_max);
    struct bytes view;
    bool more = false;
    struct err err;
    enum rc rc;

    pretend_now_ms = w->now_ms;
    rc = pulling_next(&c->pulling, &piece, &more, &err);
    if (rc != RC_OK) {
        buf_free(&piece);
        fail(w, c, RC_NETWORK, err.text);
        return;
    }
    w->tally->pieces++;
    view = arena_bytes(&w->scratch, buf_view(&piece));
    buf_free(&piece);
    check_piece(w, c, view);
    if (happens(w, EVENT_CUT, 30)) {
        if (chance(w, 50)) {
            fail(w, c, RC_NETWORK, "cut off in mid-pull");
            return;
        }
        view.n = (size_t)roll(&w->dice, view.n);
    }
    rc = conversation_piece(&d->talk, view, moment_of(w, d), &err);
    if (rc == RC_OK)
        note_pulled(w, d, view);
    if (rc == RC_OK && more)
        return;
    call_free(c);
    device_next(w, d, conversation_end(&d->talk, moment_of(w, d)));
}

void net_step(struct world *w, struct call *c)
{
    if (!w->server.up && c->at != CALL_ANSWERED) {
        happens(w, EVENT_REFUSED, 1000);
        fail(w, c, RC_NETWORK, "nobody answers");
        return;
    }
    if (c->at == CALL_SENT && happens(w, EVENT_CUT, 20)) {
        fail(w, c, RC_NETWORK, "the call did not arrive");
        return;
    }
    if (c->from != NULL && happens(w, EVENT_LATE, 20)) {
        struct device_sim *d = c->from;
        struct err err;

        err_set(&err, RC_NETWORK, "no answer in time");
        net_forget(d);
        note(w, "%s waits no longer", d->user);
        device_next(w, d, conversation_failed(&d->talk, &err, moment_of(w, d)));
        return;
    }
    switch (c->at) {
    case CALL_SENT: arrive(w, c); break;
    case CALL_QUEUED: server_commit(w); break;
    case CALL_STREAM:
    case CALL_ANSWERED:
        if (c->from == NULL)
            call_free(c);
        else if (c->at == CALL_STREAM)
            stream(w, c);
        else
            tell(w, c);
        break;
    }
}

/* What had been called when it died gets no answer, but one that was on its
 * way already. */
void net_server_died(struct world *w)
{
    size_t i;

    for (i = 0; i < CALLS_MAX; i++)
        if (w->calls[i].used && w->calls[i].at != CALL_SENT &&
            w->calls[i].at != CALL_ANSWERED)
            fail(w, &w->calls[i], RC_NETWORK, "the server went away");
}

void net_end(struct world *w)
{
    size_t i;

    for (i = 0; i < CALLS_MAX; i++)
        if (w->calls[i].used)
            call_free(&w->calls[i]);
}
