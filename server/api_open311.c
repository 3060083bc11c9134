/* /v1/open311: released signals for everybody (server.h). */
#include <stdlib.h>
#include <string.h>

#include "server/open311.h"
#include "server/server.h"

struct call {
    struct ask_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
    bool services;
    enum open311_format format;
    struct open311_query q;
    struct arena mem; /* own */
    struct buf body;  /* own */
    enum rc rc;
    struct err err;
};

/* -- on the asker's thread ----------------------------------------------- */

static int by_latest(const void *a, const void *b)
{
    const struct released *x = *(const struct released *const *)a;
    const struct released *y = *(const struct released *const *)b;

    if (x->begun_ms != y->begun_ms)
        return x->begun_ms < y->begun_ms ? 1 : -1;
    return memcmp(x->id.b, y->id.b, sizeof x->id.b);
}

static void list_requests(struct call *c, struct store *s)
{
    const struct server_conf *conf = &c->server->conf;
    const struct released **some;
    struct released *all;
    size_t n, i, kept = 0;

    c->rc = released_all(s, conf, &c->mem, &all, &n, &c->err);
    if (c->rc != RC_OK)
        return;
    some = arena_new(&c->mem, (n + 1) * sizeof *some);
    for (i = 0; i < n; i++)
        if (open311_wants(&c->q, &all[i]))
            some[kept++] = &all[i];
    qsort(some, kept, sizeof *some, by_latest);
    if (kept > OPEN311_REQUESTS_MAX)
        kept = OPEN311_REQUESTS_MAX;
    if (kept == 0 && c->q.ids != NULL)
        c->rc = err_set(&c->err, RC_NOTFOUND, "there is no such request");
    else
        open311_requests(some, kept, conf, c->format, &c->body);
}

static void call_run(struct ask_job *job, struct store *s)
{
    struct call *c = (struct call *)job;
    const struct shape_choice **themes;
    size_t n;

    if (!c->services) {
        list_requests(c, s);
        return;
    }
    released_themes(s, &c->server->conf, &c->mem, &themes, &n);
    open311_services(themes, n, c->format, &c->body);
}

/* -- on the loop --------------------------------------------------------- */

static void call_give(void *arg, struct httpd_request *r)
{
    struct call *c = arg;

    if (c->rc != RC_OK)
        server_problem(r, &c->err);
    else
        httpd_reply(r, 200,
                    c->format == OPEN311_JSON ? "application/json"
                                              : "application/xml",
                    buf_view(&c->body));
    buf_free(&c->body);
    arena_free(&c->mem);
    free(c);
}

static void call_done(struct ask_job *job)
{
    struct call *c = (struct call *)job;

    httpd_resume(c->r, call_give, c);
}

/* "requests.json", "0198….xml": what stands before its ending; NULL: neither
 * ending. */
static const char *take_format(struct call *c, const char *name,
                               struct arena *mem)
{
    const char *dot = strrchr(name, '.');

    if (dot == NULL || (strcmp(dot, ".json") != 0 && strcmp(dot, ".xml") != 0))
        return NULL;
    c->format = strcmp(dot, ".xml") == 0 ? OPEN311_XML : OPEN311_JSON;
    return arena_text(mem, name, (size_t)(dot - name));
}

static enum rc take_param(struct call *c, const struct httpd_param *p,
                          struct err *err)
{
    struct open311_query *q = &c->q;
    const char *town = c->server->conf.open311_jurisdiction;

    if (strcmp(p->name, "jurisdiction_id") == 0)
        return strcmp(p->value, town) == 0
                   ? RC_OK
                   : err_set(err, RC_NOTFOUND,
                             "the jurisdiction here is \"%s\"", town);
    if (!c->services && strcmp(p->name, "service_request_id") == 0)
        return q->ids = p->value, RC_OK;
    if (!c->services && strcmp(p->name, "service_code") == 0)
        return q->codes = p->value, RC_OK;
    if (!c->services && strcmp(p->name, "status") == 0)
        return q->statuses = p->value, RC_OK;
    if (!c->services && strcmp(p->name, "start_date") == 0)
        return open311_time(p->name, p->value, &q->from_ms, err);
    if (!c->services && strcmp(p->name, "end_date") == 0)
        return open311_time(p->name, p->value, &q->until_ms, err);
    return err_set(err, RC_INVALID,
                   "there is no parameter \"%s\"; there are jurisdiction_id%s",
                   p->name,
                   c->services ? ""
                               : ", service_request_id, service_code, status,"
                                 " start_date and end_date");
}

static enum rc take_params(struct call *c, struct httpd_request *r,
                           struct err *err)
{
    struct httpd_param list[HTTPD_QUERY_MAX];
    size_t n, i;
    enum rc rc = RC_OK;

    c->q.until_ms = UINT64_MAX;
    if (!httpd_query_list(r, list, &n))
        return err_set(err, RC_INVALID,
                       "what follows the ? is not name=value with & between");
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = take_param(c, &list[i], err);
    /* The last 90 days, as the specification has it. */
    if (rc == RC_OK && c->q.from_ms == 0 && c->q.until_ms == UINT64_MAX)
        c->q.from_ms =
            c->visit.now_ms - (uint64_t)OPEN311_DAYS * 24 * 3600 * 1000;
    return rc;
}

/* `id` NULL: many. */
static enum rc prepare(struct call *c, struct httpd_request *r,
                       enum endpoint_id id, struct err *err)
{
    enum rc rc = endpoint_enter(c->server, r, id, &c->visit, err);
    const char *name = httpd_segment(r, 0), *of;

    if (rc == RC_OK && !released_offered(&c->server->conf))
        rc = err_set(err, RC_NOTFOUND, "no signals are released here");
    if (rc != RC_OK)
        return rc;
    of = take_format(c, name, httpd_arena(r));
    c->services =
        id == ENDPOINT_OPEN311 && of != NULL && strcmp(of, "services") == 0;
    if (of == NULL ||
        (id == ENDPOINT_OPEN311 && !c->services && strcmp(of, "requests") != 0))
        return err_set(err, RC_NOTFOUND,
                       "there are services, requests and requests/ID, each"
                       " with .json or .xml");
    rc = take_params(c, r, err);
    if (id == ENDPOINT_OPEN311_ONE)
        c->q.ids = of;
    return rc;
}

static void begin(struct server *s, struct httpd_request *r,
                  enum endpoint_id id)
{
    struct call *c = mem_new(sizeof *c);
    struct err err;
    enum rc rc;

    *c = (struct call){.job = {.run = call_run, .done = call_done},
                       .server = s,
                       .r = r,
                       .body = buf_make(SIZE_MAX)};
    rc = prepare(c, r, id, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        buf_free(&c->body);
        free(c);
        return;
    }
    httpd_defer(r);
    rc = asker_submit(s->asker, &c->job, &err);
    if (rc == RC_OK)
        return; /* from here on it is the asker's */
    c->rc = rc;
    c->err = err;
    httpd_resume(r, call_give, c);
}

void api_open311(void *ctx, struct httpd_request *r)
{
    begin(ctx, r, ENDPOINT_OPEN311);
}

void api_open311_one(void *ctx, struct httpd_request *r)
{
    begin(ctx, r, ENDPOINT_OPEN311_ONE);
}
