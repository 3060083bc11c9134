/* The sync conversation over HTTP: who calls (auth.h), and what is said
 * (conversation.h); see server.h. */
#include <stdlib.h>

#include "server/conversation.h"
#include "server/erasure.h"
#include "server/server.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

/* -- hello -------------------------------------------------------------- */

void api_session(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct arena *mem = httpd_arena(r);
    struct buf out = buf_make(message_bytes_max);
    const struct device *d;
    struct bytes token;
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_SESSION, &v, &err);

    d = &v.device;
    if (rc == RC_OK) {
        token = auth_token_make(srv->auth, d->caller.device, v.now_ms, mem);
        rc = converse_hello(s, d, httpd_body(r), token, v.now_ms, mem, &out,
                            &err);
    }
    if (rc == RC_OK) {
        log_info("session.opened", "device=%u last=%llu",
                 (unsigned)d->caller.device, (unsigned long long)d->last);
        httpd_reply(r, 200, API_WIRE, buf_view(&out));
    } else {
        server_problem(r, &err);
    }
    buf_free(&out);
}

/* -- push --------------------------------------------------------------- */

struct push_call {
    struct push push; /* first */
    struct httpd_request *r;
};

static void push_call_free(struct push_call *c)
{
    push_free(&c->push);
    free(c);
}

static void push_reply(void *arg, struct httpd_request *r)
{
    struct push_call *c = arg;
    const struct batch_job *job = &c->push.job;
    struct buf out = buf_make(message_bytes_max);
    struct err err;

    if (push_answer(&c->push, &out, &err) == RC_OK) {
        log_info("push.done", "device=%u area=%u changesets=%zu parked=%zu",
                 (unsigned)job->ack.device, (unsigned)job->ack.area,
                 job->batch->changesets_n, job->ack.parked_n);
        httpd_reply(r, 200, API_WIRE, buf_view(&out));
    } else {
        server_problem(r, &err);
    }
    buf_free(&out);
    push_call_free(c);
}

static void push_done(struct merge_job *job)
{
    struct push_call *c = (struct push_call *)job;

    httpd_resume(c->r, push_reply, c);
}

void api_push(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct push_call *c = mem_new(sizeof *c);
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_PUSH, &v, &err);

    c->r = r;
    if (rc == RC_OK)
        rc = push_open(&c->push, server_store(srv, r), &v.device, httpd_body(r),
                       &v.proof, v.now_ms, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        push_call_free(c);
        return;
    }
    c->push.job.job.done = push_done;
    httpd_defer(r);
    rc = merger_submit(srv->merger, &c->push.job.job, &err);
    if (rc != RC_OK) {
        c->push.job.job.rc = rc;
        c->push.job.job.err = err;
        httpd_resume(r, push_reply, c);
    }
}

/* -- pull --------------------------------------------------------------- */

static enum rc take_after(struct httpd_request *r, uint64_t *out,
                          struct err *err)
{
    const char *after = httpd_query(r, "after");

    if (after != NULL && text_take_u64(bytes_of(after), INT64_MAX, out))
        return RC_OK;
    return err_set(err, RC_INVALID, "the query lacks after=NUMBER");
}

/* Length, then the frame. */
static enum httpd_more next_piece(void *ctx, struct buf *out)
{
    struct buf frame = buf_make(HTTPD_PIECE_BYTES_MAX - 4);
    bool more = false;
    struct err err;
    enum rc rc = pulling_next(ctx, &frame, &more, &err);

    if (rc == RC_OK) {
        uint8_t length[4] = {(uint8_t)(frame.n >> 24), (uint8_t)(frame.n >> 16),
                             (uint8_t)(frame.n >> 8), (uint8_t)frame.n};

        buf_put(out, length, sizeof length);
        buf_put(out, frame.p, frame.n);
    } else {
        log_error("pull.failed", "err=%s", LOG_QUOTE(err.text));
    }
    buf_free(&frame);
    if (rc != RC_OK)
        return HTTPD_BREAK;
    return more ? HTTPD_MORE : HTTPD_END;
}

static void pulled(void *ctx)
{
    pulling_free(ctx);
    free(ctx);
}

/* How far a device has pulled: what it asks from.  Written down by the way; if
 * that fails the next pull says it again. */
struct contact_job {
    struct merge_job job; /* first */
    uint32_t device, area;
    uint64_t cursor;
};

static enum rc contact_run(struct merge_job *job, struct store *s,
                           struct err *err)
{
    const struct contact_job *c = (struct contact_job *)job;

    job->wrote = true;
    return contact_note(s, c->device, c->area, c->cursor, clock_wall_ms(), err);
}

static void contact_done(struct merge_job *job)
{
    free(job);
}

static void note_contact(struct server *srv, const struct device *d,
                         const struct pull *pull)
{
    struct contact_job *c = mem_new(sizeof *c);
    struct err err;

    *c = (struct contact_job){
        .job = {.run = contact_run, .done = contact_done, .bytes = sizeof *c},
        .device = d->caller.device,
        .area = pull->area,
        .cursor = pull->after};
    if (merger_submit(srv->merger, &c->job, &err) != RC_OK)
        free(c);
}

void api_pull(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct pulling *p = mem_new(sizeof *p);
    struct pull pull = {0};
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_PULL, &v, &err);

    pull.area = v.area;
    if (rc == RC_OK)
        rc = take_after(r, &pull.after, &err);
    if (rc == RC_OK)
        rc = pulling_open(p, s, &v.device, &pull, v.now_ms, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        pulled(p);
        return;
    }
    note_contact(srv, &v.device, &pull);
    httpd_stream(r, 200, "application/vnd.stoep.states", HTTPD_UNKNOWN,
                 (struct httpd_source){p, next_piece, pulled});
}

/* -- the journal as a chain --------------------------------------------- */

void api_chain(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct buf out = buf_make(message_bytes_max);
    uint64_t after = 0;
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_CHAIN, &v, &err);

    if (rc == RC_OK)
        rc = take_after(r, &after, &err);
    if (rc == RC_OK)
        rc = converse_chain(s, &v.device, v.area, after, &out, &err);
    if (rc == RC_OK)
        httpd_reply(r, 200, "application/octet-stream", buf_view(&out));
    else
        server_problem(r, &err);
    buf_free(&out);
}

/* -- record types ------------------------------------------------------- */

void api_types(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct buf frame = buf_make(types_bundle_bytes_max);
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_TYPES, &v, &err);

    if (rc == RC_OK)
        rc = converse_types(s, bytes_of(httpd_segment(r, 0)), httpd_arena(r),
                            &frame, &err);
    if (rc == RC_OK)
        httpd_reply(r, 200, "application/zstd", buf_view(&frame));
    else
        server_problem(r, &err);
    buf_free(&frame);
}
