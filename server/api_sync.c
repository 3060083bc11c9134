/* The sync conversation over HTTP: who calls (auth.h), and what is said
 * (conversation.h); see server.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/contact.h"
#include "server/conversation.h"
#include "server/server.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

/* -- hello -------------------------------------------------------------- */

/* What is written by the way; if that fails the next contact says it again. */
struct contact_job {
    struct merge_job job; /* first */
    struct device d;      /* number and whether it was withdrawn */
    struct hello said;
    char types[name_bytes_max + 1];
    uint8_t next[TLS_PIN_BYTES];
    uint64_t lease_s;
    uint32_t area;
    uint64_t version; /* a cursor, or what was sent */
};

static void contact_done(struct merge_job *job)
{
    free(job);
}

static void note_contact(struct server *srv, const struct contact_job *what,
                         enum rc (*run)(struct merge_job *job, struct store *s,
                                        struct err *err))
{
    struct contact_job *c = mem_new(sizeof *c);
    struct err err;

    *c = *what;
    c->job = (struct merge_job){
        .run = run, .done = contact_done, .bytes = sizeof *c};
    if (merger_submit(srv->merger, &c->job, &err) != RC_OK)
        free(c);
}

static enum rc hello_run(struct merge_job *job, struct store *s,
                         struct err *err)
{
    struct contact_job *c = (struct contact_job *)job;

    job->wrote = true;
    c->said.types = bytes_of(c->types);
    c->said.next.p = c->next;
    return contact_hello(s, &c->d, &c->said, c->lease_s, clock_wall_ms(), err);
}

static void note_hello(struct server *srv, const struct device *d,
                       const struct hello *said, uint64_t lease_s)
{
    struct contact_job c = {.d = *d, .said = *said, .lease_s = lease_s};

    snprintf(c.types, sizeof c.types, "%.*s", (int)said->types.n,
             (const char *)said->types.p);
    if (said->next.n > 0)
        memcpy(c.next, said->next.p, said->next.n);
    note_contact(srv, &c, hello_run);
}

/* One that was withdrawn is heard, too: it is told to wipe itself. */
static enum rc hello_read(struct server *srv, struct httpd_request *r,
                          struct visit *v, struct buf *out, struct err *err)
{
    struct store *s = server_store(srv, r);
    struct arena *mem = httpd_arena(r);
    uint8_t pin[TLS_PIN_BYTES], next[TLS_PIN_BYTES];
    struct greeting g;
    struct hello said;
    const struct device *d = &v->device;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_SESSION, v, err);

    if (rc != RC_OK)
        return rc;
    g = (struct greeting){
        .token = auth_token_make(srv->auth, d->caller.device, v->now_ms, mem),
        .lease_s = server_conf_lease_s(&srv->conf, d->caller.role),
        .pin = {pin, sizeof pin}};
    tls_pin(srv->tls, pin);
    if (tls_next(srv->tls, next))
        g.next = (struct bytes){next, sizeof next};
    rc = converse_hello(s, d, httpd_body(r), &g, v->now_ms, mem, &said, out,
                        err);
    if (rc == RC_OK)
        note_hello(srv, d, &said, g.lease_s);
    return rc;
}

void api_session(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct buf out = buf_make(message_bytes_max);
    const struct device *d;
    struct access_line line;
    struct visit v;
    struct err err;

    if (hello_read(srv, r, &v, &out, &err) == RC_OK) {
        d = &v.device;
        line = visit_line(&v, r);
        line.on = d->revoked_ms != 0 ? "told to wipe itself" : NULL;
        access_try(srv->access, &line);
        if (d->revoked_ms != 0)
            log_warn("device.told_to_wipe", "device=%u",
                     (unsigned)d->caller.device);
        else
            log_info("session.opened", "device=%u last=%llu",
                     (unsigned)d->caller.device, (unsigned long long)d->last);
        httpd_reply(r, 200, API_WIRE, buf_view(&out));
    } else {
        visit_refuse(srv, r, &v, &err);
    }
    buf_free(&out);
}

/* -- the end of a device ------------------------------------------------ */

struct wiped_job {
    struct merge_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
    struct wiped said;
};

static enum rc wiped_run(struct merge_job *job, struct store *s,
                         struct err *err)
{
    struct wiped_job *w = (struct wiped_job *)job;

    job->wrote = true;
    return contact_wiped(s, &w->said, clock_wall_ms(), err);
}

/* Once it hears this it throws its key away: so not before it is on disk. */
static void wiped_answer(void *arg, struct httpd_request *r)
{
    struct wiped_job *w = arg;
    struct access_line line = visit_line(&w->visit, r);

    if (w->job.rc == RC_OK) {
        access_try(w->server->access, &line);
        log_warn("device.wiped", "device=%u lost=%llu",
                 (unsigned)w->said.device, (unsigned long long)w->said.lost);
        httpd_reply(r, 204, NULL, (struct bytes){0});
    } else {
        visit_refuse(w->server, r, &w->visit, &w->job.err);
    }
    free(w);
}

static void wiped_done(struct merge_job *job)
{
    struct wiped_job *w = (struct wiped_job *)job;

    httpd_resume(w->r, wiped_answer, w);
}

void api_wiped(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct wiped_job *w = mem_new(sizeof *w);
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_WIPED, &v, &err);

    *w = (struct wiped_job){
        .job = {.run = wiped_run, .done = wiped_done, .bytes = sizeof *w},
        .server = srv,
        .r = r,
        .visit = v};
    if (rc == RC_OK)
        rc = converse_wiped(&v.device, httpd_body(r), httpd_arena(r), &w->said,
                            &err);
    if (rc != RC_OK) {
        visit_refuse(srv, r, &v, &err);
        free(w);
        return;
    }
    httpd_defer(r);
    rc = merger_submit(srv->merger, &w->job, &err);
    if (rc != RC_OK) {
        w->job.rc = rc;
        w->job.err = err;
        httpd_resume(r, wiped_answer, w);
    }
}

/* -- push --------------------------------------------------------------- */

struct push_call {
    struct push push; /* first */
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
};

static void push_call_free(struct push_call *c)
{
    push_free(&c->push);
    free(c);
}

/* What came in is in the journal, whatever becomes of its line. */
static void note_push(struct push_call *c, struct httpd_request *r)
{
    const struct batch_job *job = &c->push.job;
    struct access_line line = visit_line(&c->visit, r);

    line.area = job->ack.area;
    line.range = ACCESS_NUMBERS;
    line.low = job->batch->first;
    line.high = job->batch->first + job->batch->changesets_n - 1;
    line.counted = job->ack.parked_n > 0;
    line.hits = job->ack.parked_n;
    access_try(c->server->access, &line);
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
        note_push(c, r);
        httpd_reply(r, 200, API_WIRE, buf_view(&out));
    } else {
        visit_refuse(c->server, r, &c->visit, &err);
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
    struct visit *v = &c->visit;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_PUSH, v, &err);

    c->server = srv;
    c->r = r;
    if (rc == RC_OK)
        rc = push_open(&c->push, server_store(srv, r), &v->device,
                       httpd_body(r), &v->proof, v->now_ms, &err);
    if (rc != RC_OK) {
        visit_refuse(srv, r, v, &err);
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

struct pull_call {
    struct pulling pulling; /* first */
    struct server *server;
    struct pull pull; /* as asked for */
    struct access_line line;
};

/* Each piece has its line before it leaves. */
static enum rc read_piece(struct pull_call *c, struct buf *frame, bool *more,
                          struct err *err)
{
    uint64_t after = c->pulling.serve.pull.after;
    struct access_line line = c->line;
    enum rc rc = pulling_next(&c->pulling, frame, more, err);

    line.range = ACCESS_VERSIONS;
    line.low = after;
    line.high = c->pulling.serve.pull.after;
    line.counted = rc == RC_OK;
    line.hits = c->pulling.records;
    line.rc = rc;
    if (rc == RC_OK)
        return access_note(c->server->access, &line, err);
    access_try(c->server->access, &line);
    return rc;
}

/* Length, then the frame. */
static enum httpd_more next_piece(void *ctx, struct buf *out)
{
    struct buf frame = buf_make(HTTPD_PIECE_BYTES_MAX - 4);
    bool more = false;
    struct err err;
    enum rc rc = read_piece(ctx, &frame, &more, &err);

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

/* Who pulls, for the time after the request is gone. */
static struct access_line keep_line(struct access_line line, struct arena *mem)
{
    line.user = arena_bytes(mem, line.user);
    line.from = arena_text(mem, line.from, strlen(line.from));
    return line;
}

/* How far a device has pulled: what it asks from. */
static enum rc pull_run(struct merge_job *job, struct store *s, struct err *err)
{
    const struct contact_job *c = (struct contact_job *)job;

    job->wrote = true;
    return contact_note(s, c->d.caller.device, c->area, c->version,
                        clock_wall_ms(), err);
}

static enum rc sent_run(struct merge_job *job, struct store *s, struct err *err)
{
    const struct contact_job *c = (struct contact_job *)job;

    job->wrote = true;
    return contact_sent(s, c->d.caller.device, c->area, c->version, err);
}

/* What was sent may have arrived, however it ended. */
static void pulled(void *ctx)
{
    struct pull_call *p = ctx;
    const struct serve *serve = &p->pulling.serve;

    if (serve->pull.after > p->pull.after)
        note_contact(
            p->server,
            &(struct contact_job){.d.caller.device = serve->caller.device,
                                  .area = p->pull.area,
                                  .version = serve->pull.after},
            sent_run);
    pulling_free(&p->pulling);
    free(p);
}

void api_pull(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct pull_call *p = mem_new(sizeof *p);
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_PULL, &v, &err);

    p->server = srv;
    p->pull.area = v.area;
    if (rc == RC_OK)
        rc = take_after(r, &p->pull.after, &err);
    if (rc == RC_OK)
        rc = pulling_open(&p->pulling, s, &v.device, &p->pull, v.now_ms, &err);
    if (rc != RC_OK) {
        visit_refuse(srv, r, &v, &err);
        pulled(p);
        return;
    }
    p->line = keep_line(visit_line(&v, r), &p->pulling.mem);
    note_contact(
        srv,
        &(struct contact_job){.d.caller.device = v.device.caller.device,
                              .area = p->pull.area,
                              .version = p->pull.after},
        pull_run);
    httpd_stream(r, 200, "application/vnd.stoep.states", HTTPD_UNKNOWN,
                 (struct httpd_source){p, next_piece, pulled});
}

/* An answer that tells nothing of anybody. */
static void reply_noted(struct server *srv, struct httpd_request *r,
                        const struct visit *v, const char *type,
                        struct bytes body)
{
    struct access_line line = visit_line(v, r);

    access_try(srv->access, &line);
    httpd_reply(r, 200, type, body);
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
        reply_noted(srv, r, &v, "application/octet-stream", buf_view(&out));
    else
        visit_refuse(srv, r, &v, &err);
    buf_free(&out);
}

/* -- neighbourhoods ------------------------------------------------------ */

void api_regions(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct buf frame = buf_make(regions_bytes_max);
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_REGIONS, &v, &err);

    if (rc == RC_OK)
        rc = converse_regions(s, bytes_of(httpd_segment(r, 0)), httpd_arena(r),
                              &frame, &err);
    if (rc == RC_OK)
        reply_noted(srv, r, &v, "application/zstd", buf_view(&frame));
    else
        visit_refuse(srv, r, &v, &err);
    buf_free(&frame);
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
        reply_noted(srv, r, &v, "application/zstd", buf_view(&frame));
    else
        visit_refuse(srv, r, &v, &err);
    buf_free(&frame);
}
