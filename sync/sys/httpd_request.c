#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "sync/sys/httpd_int.h"
#include "sync/sys/log.h"

struct httpd_request *httpd_request_new(struct httpd_conn *c)
{
    struct httpd_request *r = mem_new(sizeof *r);

    r->loop = c->loop;
    r->conn = c;
    r->headers = buf_make(c->loop->h->options.header_bytes_max);
    memcpy(r->remote, c->remote, sizeof r->remote);
    atomic_fetch_add(&c->loop->h->requests, 1);
    return r;
}

void httpd_request_free(struct httpd_request *r)
{
    arena_free(&r->arena);
    buf_free(&r->headers);
    free(r);
}

static bool fits(struct httpd_request *r, const struct httpd_route *route)
{
    return httpd_head_match(route->path, r->head.path, &r->arena, r->segment,
                            &r->segments);
}

bool httpd_request_route(struct httpd_request *r, unsigned *allowed)
{
    const struct httpd_options *o = &r->loop->h->options;
    const struct httpd_route *get = NULL;

    *allowed = 0;
    for (size_t i = 0; i < o->routes; i++) {
        const struct httpd_route *route = &o->route[i];

        if (!fits(r, route))
            continue;
        *allowed |= 1u << route->method;
        if (route->method == r->head.method) {
            r->route = route;
            return true;
        }
        if (route->method == HTTPD_GET && r->head.method == HTTPD_HEAD)
            get = route;
    }
    if (get && fits(r, get)) {
        r->route = get;
        return true;
    }
    return false;
}

void httpd_request_refuse(struct httpd_request *r, unsigned allowed)
{
    struct buf list = buf_make(100);

    if (allowed & (1u << HTTPD_GET))
        allowed |= 1u << HTTPD_HEAD;
    for (int m = HTTPD_GET; m <= HTTPD_DELETE; m++)
        if (allowed & (1u << m))
            buf_printf(&list, "%s%s", list.n ? ", " : "",
                       httpd_method_text((enum httpd_method)m));
    if (allowed) {
        httpd_header(r, "Allow", buf_text(&list));
        httpd_problem(r, 405, "Method not allowed", NULL);
    } else {
        httpd_problem(r, 404, "Not found", "There is nothing at this path.");
    }
    buf_free(&list);
}

void httpd_request_handle(struct httpd_request *r)
{
    r->route->handler(r->loop->h->options.ctx, r);
    httpd_request_after(r);
}

void httpd_request_after(struct httpd_request *r)
{
    struct httpd_conn *c = r->conn;

    if (r->state == REQUEST_DEFERRED)
        return;
    if (r->state == REQUEST_FRESH) {
        log_error("httpd.unanswered", "path=%s", r->route->path);
        httpd_problem(r, 500, "Internal error", NULL);
    }
    httpd_request_free(r);
    if (c)
        c->req = NULL;
}

void httpd_defer(struct httpd_request *r)
{
    assert(r->state == REQUEST_FRESH);
    r->state = REQUEST_DEFERRED;
    r->loop->deferred++;
}

void httpd_resume(struct httpd_request *r, httpd_resumed *fn, void *arg)
{
    struct httpd_loop *l = r->loop;

    pthread_mutex_lock(&l->lock);
    r->fn = fn;
    r->arg = arg;
    r->next = NULL;
    *(l->last ? &l->last->next : &l->first) = r;
    l->last = r;
    eventfd_write(l->wake_fd, 1);
    pthread_mutex_unlock(&l->lock);
}

enum httpd_method httpd_request_method(const struct httpd_request *r)
{
    return r->head.method;
}

const char *httpd_method_text(enum httpd_method m)
{
    switch (m) {
    case HTTPD_GET: return "GET";
    case HTTPD_HEAD: return "HEAD";
    case HTTPD_POST: return "POST";
    case HTTPD_PUT: return "PUT";
    case HTTPD_PATCH: return "PATCH";
    case HTTPD_DELETE: return "DELETE";
    }
    return "";
}

const char *httpd_path(const struct httpd_request *r)
{
    return r->head.path;
}

const char *httpd_target(const struct httpd_request *r)
{
    return r->head.target;
}

const char *httpd_segment(const struct httpd_request *r, size_t i)
{
    return i < r->segments ? r->segment[i] : NULL;
}

const char *httpd_query(struct httpd_request *r, const char *name)
{
    const char *at = r->head.query;

    while (at && *at) {
        size_t n = strcspn(at, "&");
        char *key = arena_text(&r->arena, at, n), *value = strchr(key, '=');

        if (value)
            *value++ = 0;
        else
            value = key + n;
        if (httpd_head_decode(key, true) && strcmp(key, name) == 0 &&
            httpd_head_decode(value, true))
            return value;
        at += n + (at[n] == '&');
    }
    return NULL;
}

const char *httpd_header_in(struct httpd_request *r, const char *name)
{
    const char *all = NULL;

    for (size_t i = 0; i < r->head.fields; i++) {
        const struct httpd_head_field *f = &r->head.field[i];

        if (!httpd_head_same(f->name, name))
            continue;
        all = all ? arena_printf(&r->arena, "%s, %s", all, f->value) : f->value;
    }
    return all;
}

struct bytes httpd_body(const struct httpd_request *r)
{
    return r->body;
}

const char *httpd_authority(const struct httpd_request *r)
{
    return r->head.authority;
}

const char *httpd_remote(const struct httpd_request *r)
{
    return r->remote;
}

unsigned httpd_loop(const struct httpd_request *r)
{
    return r->loop->index;
}

struct arena *httpd_arena(struct httpd_request *r)
{
    return &r->arena;
}
