/* Pages, and what they ask for and do (server.h, desk.h). */
#include <stdlib.h>
#include <string.h>

#include "server/asker.h"
#include "server/desk.h"
#include "server/server.h"
#include "sync/sys/pages.h"

extern const uint8_t _binary_desk_web_start[], _binary_desk_web_end[];

static struct bytes bundle(void)
{
    return (struct bytes){
        _binary_desk_web_start,
        (size_t)(_binary_desk_web_end - _binary_desk_web_start)};
}

/* Scripts, styles and pictures of this server alone; pictures also made by the
 * page itself, to be downloaded. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' blob: data:; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for"
    " 'script'; trusted-types 'none'";

static void page(struct httpd_request *r, const char *path)
{
    httpd_header(r, "Content-Security-Policy", policy);
    httpd_header(r, "Referrer-Policy", "no-referrer");
    httpd_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    httpd_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    httpd_header(r, "Permissions-Policy",
                 "camera=(), microphone=(), geolocation=()");
    pages_reply(r, bundle(), path);
}

static void page_of(struct server *srv, struct httpd_request *r,
                    enum endpoint_id id, const char *path)
{
    struct visit v;
    struct err err;

    if (endpoint_enter(srv, r, id, &v, &err) == RC_OK)
        page(r, path);
    else
        server_problem(r, &err);
}

void api_home(void *ctx, struct httpd_request *r)
{
    page_of(ctx, r, ENDPOINT_HOME, "index.html");
}

void api_asset(void *ctx, struct httpd_request *r)
{
    page_of(ctx, r, ENDPOINT_ASSET, httpd_path(r) + 1);
}

/* A person is told in a page, a program as ever. */
void api_missing(void *ctx, struct httpd_request *r)
{
    const char *takes = httpd_header_in(r, "accept");
    struct visit v;
    struct err err;
    struct page p;

    if (endpoint_enter(ctx, r, ENDPOINT_MISSING, &v, &err) != RC_OK) {
        server_problem(r, &err);
    } else if (takes == NULL || strstr(takes, "text/html") == NULL ||
               !pages_find(bundle(), "missing.html", httpd_arena(r), &p)) {
        httpd_problem(r, 404, "Not found", "There is nothing at this path.");
    } else {
        httpd_header(r, "Content-Security-Policy", policy);
        httpd_header(r, "Content-Encoding", "gzip");
        httpd_reply(r, 404, p.media, p.body);
    }
}

/* -- calls --------------------------------------------------------------------
 */

struct desk_job {
    struct merge_job job; /* first; or */
    struct slow_job {
        struct ask_job job; /* first */
        struct desk_job *of;
    } slow;
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
    struct arena mem;
    const struct desk_call *call;
    struct desk desk;
    struct access_line who, line; /* who calls; and what for */
    json_t *in, *out;
};

static void desk_job_free(struct desk_job *w)
{
    json_decref(w->in);
    json_decref(w->out);
    arena_free(&w->mem);
    free(w);
}

/* Begin, or begin anew. */
static enum rc run(struct desk_job *w, struct store *s, struct err *err)
{
    w->desk.store = s;
    w->desk.touched_n = w->desk.touched_cap = 0;
    w->line = w->who;
    return w->call->run(&w->desk, w->in, w->out, err);
}

/* `must`: nothing is given out without it. */
static enum rc note(struct desk_job *w, const struct access_line *l, bool must,
                    struct err *err)
{
    if (must)
        return access_note(w->server->access, l, err);
    access_try(w->server->access, l);
    return RC_OK;
}

static enum rc note_all(struct desk_job *w, bool must, struct err *err)
{
    size_t i;
    enum rc rc = w->desk.touched_n == 0 ? note(w, &w->line, must, err) : RC_OK;

    for (i = 0; rc == RC_OK && i < w->desk.touched_n; i++) {
        const struct access_line *t = &w->desk.touched[i];
        struct access_line l = w->line;

        l.area = t->area;
        l.type = t->type;
        l.record = t->record;
        l.range = t->range;
        l.low = t->low;
        l.high = t->high;
        l.counted = t->counted;
        l.hits = t->hits;
        rc = note(w, &l, must, err);
    }
    return rc;
}

/* What a call read is given out once its lines are written. */
static void desk_answer(void *arg, struct httpd_request *r)
{
    struct desk_job *w = arg;
    enum rc rc = w->job.rc;
    char *body;

    w->line.rc = rc;
    if (w->call->act != NULL) {
        bool must = rc == RC_OK && w->call->way != DESK_WRITES;
        enum rc noted = note_all(w, must, &w->job.err);

        rc = must ? noted : rc;
    }
    if (rc == RC_OK) {
        body = json_dumps(w->out, JSON_COMPACT);
        if (body == NULL)
            rc = err_set(&w->job.err, RC_CORRUPT, "the answer is no text");
        else
            httpd_reply(r, 200, "application/json", bytes_of(body));
        free(body);
    }
    if (rc != RC_OK)
        server_problem(r, &w->job.err);
    desk_job_free(w);
}

static enum rc desk_job_run(struct merge_job *job, struct store *s,
                            struct err *err)
{
    struct desk_job *w = (struct desk_job *)job;

    json_object_clear(w->out); /* it may run twice */
    arena_reset(&w->mem);
    return run(w, s, err);
}

static void desk_done(struct merge_job *job)
{
    struct desk_job *w = (struct desk_job *)job;

    httpd_resume(w->r, desk_answer, w);
}

static void slow_run(struct ask_job *job, struct store *s)
{
    struct desk_job *w = ((struct slow_job *)job)->of;

    w->job.rc = run(w, s, &w->job.err);
}

static void slow_done(struct ask_job *job)
{
    struct desk_job *w = ((struct slow_job *)job)->of;

    httpd_resume(w->r, desk_answer, w);
}

/* From here on it belongs to another thread, if that takes it. */
static enum rc submit(struct desk_job *w, struct err *err)
{
    if (w->call->way == DESK_SLOW) {
        w->slow.job.run = slow_run;
        w->slow.job.done = slow_done;
        w->slow.of = w;
        return asker_submit(w->server->asker, &w->slow.job, err);
    }
    w->job.run = desk_job_run;
    w->job.done = desk_done;
    w->job.bytes = sizeof *w + 2 * httpd_body(w->r).n;
    return merger_submit(w->server->merger, &w->job, err);
}

static enum rc desk_enter(struct desk_job *w, struct httpd_request *r,
                          struct err *err)
{
    struct bytes body = httpd_body(r);
    struct visit *v = &w->visit;
    json_error_t at;
    enum rc rc = endpoint_enter(w->server, r, ENDPOINT_DESK, v, err);

    if (rc != RC_OK)
        return rc;
    w->call = desk_find(httpd_segment(r, 0));
    if (w->call == NULL)
        return err_set(err, RC_NOTFOUND, "there is no such call");
    if (!(w->call->roles >> v->device.caller.role & 1U))
        return err_set(err, RC_DENIED, "this call is not for the role of %s",
                       role_word(v->device.caller.role));
    w->in =
        json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &at);
    return json_is_object(w->in)
               ? RC_OK
               : err_set(err, RC_INVALID, "this is no JSON object");
}

static void desk_ready(struct desk_job *w, struct httpd_request *r)
{
    const char *wish = httpd_header_in(r, "accept-language");
    struct server *srv = w->server;

    w->out = json_object();
    w->who = visit_line(&w->visit, r);
    w->who.act = w->call->act;
    w->line = w->who;
    w->desk = (struct desk){
        .dir = srv->dir,
        .conf = &srv->conf,
        .who = &w->visit.device,
        .passkey = w->visit.passkey,
        .lang = wish != NULL && strncmp(wish, "en", 2) == 0 ? LANG_EN : LANG_NL,
        .now_ms = w->visit.now_ms,
        .mem = &w->mem,
        .line = &w->line,
        .wrote = &w->job.wrote};
    tls_pin(srv->tls, w->desk.pin);
}

void api_desk(void *ctx, struct httpd_request *r)
{
    struct desk_job *w = mem_new(sizeof *w);
    struct err *err = &w->job.err, busy;
    enum rc rc;

    w->server = ctx;
    w->r = r;
    w->job.rc = desk_enter(w, r, err);
    if (w->job.rc != RC_OK) {
        visit_refuse(ctx, r, &w->visit, err);
        desk_job_free(w);
        return;
    }
    desk_ready(w, r);
    if (w->call->way == DESK_READS) {
        w->job.rc = run(w, server_store(w->server, r), err);
        desk_answer(w, r);
        return;
    }
    httpd_defer(r);
    rc = submit(w, &busy);
    if (rc != RC_OK) { /* else it is the writer's by now */
        w->job.rc = rc;
        w->job.err = busy;
        httpd_resume(r, desk_answer, w);
    }
}
