/* Hello and push: HTTP on one side, sync/serve.h on the other (server.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/server.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"
#include "sync/sys/pack.h"

static void answer(struct httpd_request *r, const struct message *m)
{
    struct buf b = buf_make(message_bytes_max);
    struct err err;

    wire_put(&b, m);
    if (b.full) {
        err_set(&err, RC_LIMIT, "the answer is too long");
        server_problem(r, &err);
    } else {
        httpd_reply(r, 200, API_WIRE, buf_view(&b));
    }
    buf_free(&b);
}

/* -- hello -------------------------------------------------------------- */

/* Those of the caller, in the arena of the request. */
static enum rc open_areas(struct store *s, const struct caller *c,
                          struct arena *mem, struct welcome *w, struct err *err)
{
    struct area_info *all, *mine;
    size_t n, i;
    enum rc rc = store_areas(s, mem, &all, &n, err);

    if (rc != RC_OK)
        return rc;
    mine = arena_new(mem, c->areas_n * sizeof *mine);
    for (i = 0; i < n; i++)
        if (caller_has_area(c, all[i].number))
            mine[w->areas_n++] = all[i];
    w->areas = mine;
    return RC_OK;
}

static enum rc open_session(struct server *srv, struct store *s,
                            const struct device *d, uint64_t now_ms,
                            struct arena *mem, struct welcome *w,
                            struct err *err)
{
    *w = (struct welcome){
        .epoch = s->epoch,
        .last = d->last,
        .now_ms = now_ms,
        .types = bytes_of(s->shape->version),
        .token = auth_token_make(srv->auth, d->caller.device, now_ms, mem),
        .user = d->user,
        .role = d->caller.role};
    return open_areas(s, &d->caller, mem, w, err);
}

void api_session(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct arena *mem = httpd_arena(r);
    uint64_t now_ms = clock_wall_ms();
    struct device d;
    struct proof proof;
    struct message m;
    struct welcome w;
    struct serve serve;
    struct serve_action a = {.kind = SERVE_REFUSE};
    struct err err;
    enum rc rc = auth_signed(srv->auth, s, r, now_ms, &d, &proof, &err);

    if (rc == RC_OK)
        rc = wire_get(httpd_body(r), NULL, mem, &m, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        return;
    }
    serve_init(&serve, s->shape, &d.caller);
    a = serve_step(&serve,
                   &(struct serve_event){.kind = SERVE_CALLED, .message = &m},
                   mem);
    if (a.kind == SERVE_OPEN) {
        rc = open_session(srv, s, &d, now_ms, mem, &w, &err);
        a = serve_step(
            &serve,
            rc == RC_OK
                ? &(struct serve_event){.kind = SERVE_OPENED, .welcome = &w}
                : &(struct serve_event){.kind = SERVE_FAILED, .err = &err},
            mem);
    }
    if (a.kind != SERVE_SEND) {
        server_problem(r, &a.err);
        return;
    }
    log_info("session.opened", "device=%u last=%" PRIu64,
             (unsigned)d.caller.device, d.last);
    answer(r, &a.answer);
}

/* -- push --------------------------------------------------------------- */

struct push {
    struct batch_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct serve serve;
    struct message message;
    struct arena mem;
    struct buf plain;
};

static void push_free(struct push *p)
{
    buf_free(&p->plain);
    arena_free(&p->mem);
    free(p);
}

static void push_answer(void *arg, struct httpd_request *r)
{
    struct push *p = arg;
    struct serve_event e = {.kind = SERVE_MERGED, .ack = &p->job.ack};
    struct serve_action a;

    if (p->job.job.rc != RC_OK)
        e = (struct serve_event){.kind = SERVE_FAILED, .err = &p->job.job.err};
    a = serve_step(&p->serve, &e, &p->mem);
    if (a.kind == SERVE_SEND) {
        log_info("push.done", "device=%u area=%u changesets=%zu parked=%zu",
                 (unsigned)p->job.ack.device, (unsigned)p->job.ack.area,
                 p->job.batch->changesets_n, p->job.ack.parked_n);
        answer(r, &a.answer);
    } else {
        server_problem(r, &a.err);
    }
    push_free(p);
}

static void push_done(struct merge_job *job)
{
    struct push *p = (struct push *)job;

    httpd_resume(p->r, push_answer, p);
}

/* The token says who calls, the signature that the batch is theirs. */
static enum rc push_read(struct push *p, struct device *d, struct err *err)
{
    struct server *srv = p->server;
    struct store *s = server_store(srv, p->r);
    uint64_t now_ms = clock_wall_ms();
    struct device by_token;
    enum rc rc = auth_token(srv->auth, s, p->r, now_ms, &by_token, err);

    if (rc == RC_OK)
        rc = auth_signed(srv->auth, s, p->r, now_ms, d, &p->job.proof, err);
    if (rc == RC_OK && d->caller.device != by_token.caller.device)
        rc = err_set(err, RC_AUTH, "session and signature are of two devices");
    if (rc == RC_OK)
        rc = pack_expand(httpd_body(p->r), message_bytes_max, &p->plain, err);
    if (rc == RC_OK)
        rc = wire_get(buf_view(&p->plain), s->shape, &p->mem, &p->message, err);
    p->job.now_ms = now_ms;
    return rc;
}

static enum rc push_submit(struct push *p, const struct serve_action *a,
                           struct err *err)
{
    struct bytes body = httpd_body(p->r);

    p->job.batch = a->batch;
    p->job.verdicts = a->verdicts;
    p->job.body = body;
    p->job.mem = &p->mem;
    p->job.job.run = batch_job_run;
    p->job.job.done = push_done;
    p->job.job.bytes = sizeof *p + body.n + 4 * p->plain.n;
    return merger_submit(p->server->merger, &p->job.job, err);
}

void api_push(void *ctx, struct httpd_request *r)
{
    struct push *p = mem_new(sizeof *p);
    struct device d;
    struct serve_action a;
    struct err err;
    enum rc rc;

    p->server = ctx;
    p->r = r;
    rc = push_read(p, &d, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        push_free(p);
        return;
    }
    serve_init(&p->serve, server_store(ctx, r)->shape, &d.caller);
    a = serve_step(
        &p->serve,
        &(struct serve_event){.kind = SERVE_CALLED, .message = &p->message},
        &p->mem);
    if (a.kind != SERVE_MERGE) {
        server_problem(r, &a.err);
        push_free(p);
        return;
    }
    httpd_defer(r);
    rc = push_submit(p, &a, &err);
    if (rc != RC_OK) {
        p->job.job.rc = rc;
        p->job.job.err = err;
        httpd_resume(r, push_answer, p);
    }
}
