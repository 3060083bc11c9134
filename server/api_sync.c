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
    uint64_t now_ms = clock_wall_ms();
    struct buf out = buf_make(message_bytes_max);
    struct bytes token;
    struct device d;
    struct proof proof;
    struct err err;
    enum rc rc = auth_signed(srv->auth, s, r, now_ms, &d, &proof, &err);

    if (rc == RC_OK) {
        token = auth_token_make(srv->auth, d.caller.device, now_ms, mem);
        rc = converse_hello(s, &d, httpd_body(r), token, now_ms, mem, &out,
                            &err);
    }
    if (rc == RC_OK) {
        log_info("session.opened", "device=%u last=%llu",
                 (unsigned)d.caller.device, (unsigned long long)d.last);
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

/* The token says who calls, the signature that the batch is theirs. */
static enum rc push_read(struct server *srv, struct push_call *c,
                         struct err *err)
{
    struct store *s = server_store(srv, c->r);
    uint64_t now_ms = clock_wall_ms();
    struct device by_token, d;
    struct proof proof;
    enum rc rc = auth_token(srv->auth, s, c->r, now_ms, &by_token, err);

    if (rc == RC_OK)
        rc = auth_signed(srv->auth, s, c->r, now_ms, &d, &proof, err);
    if (rc == RC_OK && d.caller.device != by_token.caller.device)
        rc = err_set(err, RC_AUTH, "session and signature are of two devices");
    if (rc == RC_OK)
        rc = push_open(&c->push, s, &d, httpd_body(c->r), &proof, now_ms, err);
    return rc;
}

void api_push(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct push_call *c = mem_new(sizeof *c);
    struct err err;
    enum rc rc;

    c->r = r;
    rc = push_read(srv, c, &err);
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

static enum rc take_pull(struct httpd_request *r, struct pull *out,
                         struct err *err)
{
    const char *area = httpd_query(r, "area");
    const char *after = httpd_query(r, "after");
    uint64_t number = 0, cursor = 0;

    if (area == NULL || !text_take_u64(bytes_of(area), UINT32_MAX, &number))
        return err_set(err, RC_INVALID, "the query lacks area=NUMBER");
    if (after == NULL || !text_take_u64(bytes_of(after), INT64_MAX, &cursor))
        return err_set(err, RC_INVALID, "the query lacks after=NUMBER");
    *out = (struct pull){(uint32_t)number, cursor};
    return RC_OK;
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
    struct pull pull;
    struct device d;
    uint64_t now_ms = clock_wall_ms();
    struct err err;
    enum rc rc = auth_token(srv->auth, s, r, now_ms, &d, &err);

    if (rc == RC_OK)
        rc = take_pull(r, &pull, &err);
    if (rc == RC_OK)
        rc = pulling_open(p, s, &d, &pull, now_ms, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        pulled(p);
        return;
    }
    note_contact(srv, &d, &pull);
    httpd_stream(r, 200, "application/vnd.stoep.states", HTTPD_UNKNOWN,
                 (struct httpd_source){p, next_piece, pulled});
}

/* -- the journal as a chain --------------------------------------------- */

void api_chain(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct buf out = buf_make(message_bytes_max);
    struct pull after;
    struct device d;
    struct err err;
    enum rc rc = auth_token(srv->auth, s, r, clock_wall_ms(), &d, &err);

    if (rc == RC_OK)
        rc = take_pull(r, &after, &err);
    if (rc == RC_OK)
        rc = converse_chain(s, &d, after.area, after.after, &out, &err);
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
    struct device d;
    struct err err;
    enum rc rc = auth_token(srv->auth, s, r, clock_wall_ms(), &d, &err);

    if (rc == RC_OK)
        rc = converse_types(s, bytes_of(httpd_segment(r, 0)), httpd_arena(r),
                            &frame, &err);
    if (rc == RC_OK)
        httpd_reply(r, 200, "application/zstd", buf_view(&frame));
    else
        server_problem(r, &err);
    buf_free(&frame);
}
