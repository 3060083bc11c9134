#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>

#include "sync/sys/httpd_int.h"
#include "sync/sys/log.h"

/* ---- Which route. ---- */

/* Undo %XX (and '+' if `plus`); NULL: it holds a NUL. */
static char *decoded(struct arena *a, const char *s, bool plus)
{
    size_t n;
    char *raw = evhttp_uridecode(s, plus, &n), *out = NULL;

    if (!raw)
        abort();
    if (strlen(raw) == n)
        out = arena_text(a, raw, n);
    free(raw);
    return out;
}

/* Does the path fit?  What fell on `*` becomes the segments. */
static bool fits(struct httpd_request *r, const struct httpd_route *route)
{
    const char *pattern = route->path, *path = r->path;
    size_t found = 0;

    while (*pattern && *path) {
        size_t len;

        if (*pattern != '*') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        len = strcspn(path, "/");
        if (len == 0 || found == HTTPD_SEGMENTS_MAX)
            return false;
        r->segment[found] =
            decoded(&r->arena, arena_text(&r->arena, path, len), false);
        if (!r->segment[found++])
            return false;
        path += len;
        pattern++;
    }
    r->segments = found;
    return *pattern == *path;
}

/* False: there is none, and *allowed has a bit for each method that the path
 * does have. */
static bool find_route(struct httpd_request *r, unsigned *allowed)
{
    const struct httpd_options *o = &r->loop->h->options;
    const struct httpd_route *get = NULL;

    *allowed = 0;
    for (size_t i = 0; i < o->routes; i++) {
        const struct httpd_route *route = &o->route[i];

        if (!fits(r, route))
            continue;
        *allowed |= 1u << route->method;
        if (route->method == r->method) {
            r->route = route;
            return true;
        }
        if (route->method == HTTPD_GET && r->method == HTTPD_HEAD)
            get = route;
    }
    if (get && fits(r, get)) {
        r->route = get;
        return true;
    }
    return false;
}

static void refuse(struct httpd_request *r, unsigned allowed)
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
        httpd_problem(
            r, 405, "Method not allowed",
            arena_printf(&r->arena, "This path takes %s.", buf_text(&list)));
    } else {
        httpd_problem(r, 404, "Not found", "There is nothing at this path.");
    }
    buf_free(&list);
}

/* ---- The life of a request. ---- */

static enum httpd_method method_of(const struct evhttp_request *ev)
{
    switch (evhttp_request_get_command(ev)) {
    case EVHTTP_REQ_GET: return HTTPD_GET;
    case EVHTTP_REQ_HEAD: return HTTPD_HEAD;
    case EVHTTP_REQ_POST: return HTTPD_POST;
    case EVHTTP_REQ_PUT: return HTTPD_PUT;
    case EVHTTP_REQ_PATCH: return HTTPD_PATCH;
    case EVHTTP_REQ_DELETE: return HTTPD_DELETE;
    case EVHTTP_REQ_OPTIONS:
    case EVHTTP_REQ_TRACE:
    case EVHTTP_REQ_CONNECT: break;
    }
    abort(); /* evhttp lets no other through */
}

static size_t count_of(struct evhttp_request *ev, const char *name)
{
    const struct evkeyvalq *all = evhttp_request_get_input_headers(ev);
    const struct evkeyval *f;
    size_t n = 0;

    for (f = all->tqh_first; f; f = f->next.tqe_next)
        n += !name || strcasecmp(f->key, name) == 0;
    return n;
}

/* What evhttp understands, but two readers could understand differently. */
static bool is_sound(struct httpd_request *r)
{
    size_t lengths = count_of(r->ev, "Content-Length"),
           codings = count_of(r->ev, "Transfer-Encoding");

    const char *detail;
    int status = 400;

    if (count_of(r->ev, NULL) > HTTPD_HEADERS_MAX) {
        status = 431;
        detail = "There are too many headers.";
    } else if (!r->authority) {
        detail = "There must be one Host.";
    } else if (lengths + codings > 1) {
        detail = "The length of the body is said twice.";
    } else {
        return true;
    }
    httpd_header(r, "Connection", "close");
    httpd_problem(r, status, "Request not understood", detail);
    return false;
}

/* The host of a full target goes before the Host (RFC 9112, 3.2.2). */
static void take_authority(struct httpd_request *r,
                           const struct evhttp_uri *uri)
{
    const char *host = evhttp_uri_get_host(uri);
    int port = evhttp_uri_get_port(uri);
    char *text;

    if (!host && count_of(r->ev, "Host") > 1)
        return;
    if (!host) {
        host = httpd_header_in(r, "Host");
        port = -1;
    }
    if (!host && r->ev->minor > 0)
        return;
    text = port < 0 ? arena_printf(&r->arena, "%s", host ? host : "")
                    : arena_printf(&r->arena, "%s:%d", host, port);
    r->authority = text;
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static void take_target(struct httpd_request *r)
{
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r->ev);
    const char *path = evhttp_uri_get_path(uri);

    r->path = arena_printf(&r->arena, "%s", path && *path ? path : "/");
    r->query = evhttp_uri_get_query(uri);
    if (r->query)
        r->query = arena_printf(&r->arena, "%s", r->query);
    r->target = r->query ? arena_printf(&r->arena, "%s?%s", r->path, r->query)
                         : r->path;
    take_authority(r, uri);
}

static void take_body(struct httpd_request *r)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(r->ev);
    size_t n = evbuffer_get_length(in);

    r->body = (struct bytes){n ? evbuffer_pullup(in, -1) : NULL, n};
}

static void on_complete(struct evhttp_request *ev, void *arg)
{
    (void)ev;
    httpd_conn_rest(arg);
}

/* Everything we keep of a request comes from it; the body stays in evhttp's
 * buffer, which lives until the answer is sent. */
void httpd_request_begin(struct evhttp_request *ev, void *loop)
{
    struct httpd_loop *l = loop;
    struct httpd_request *r = mem_new(sizeof *r);
    char *peer = NULL;
    ev_uint16_t port;
    unsigned allowed;

    atomic_fetch_add(&l->h->requests, 1);
    r->loop = l;
    r->ev = ev;
    r->conn = httpd_conn_of(l, ev);
    r->conn->req = r;
    httpd_conn_busy(r->conn);
    evhttp_request_set_on_complete_cb(ev, on_complete, r->conn);
    evhttp_connection_get_peer(evhttp_request_get_connection(ev), &peer, &port);
    strncpy(r->remote, peer ? peer : "", sizeof r->remote - 1);
    r->method = method_of(ev);
    take_target(r);
    take_body(r);
    if (is_sound(r)) {
        if (!find_route(r, &allowed))
            refuse(r, allowed);
        else if (r->body.n > r->route->body_max)
            httpd_problem(r, 413, "Too large",
                          "The body is too large for this.");
        else
            r->route->handler(l->h->options.ctx, r);
    }
    httpd_request_after(r);
}

void httpd_request_after(struct httpd_request *r)
{
    struct httpd_conn *c = r->conn;

    if (r->state == REQUEST_DEFERRED)
        return;
    if (r->state == REQUEST_FRESH) {
        log_error("httpd.unanswered", "path=%s", r->route->path);
        httpd_problem(r, 500, "Internal error",
                      "The server failed; its log says why.");
    }
    if (c && c->req == r)
        c->req = NULL;
    arena_free(&r->arena);
    free(r);
    if (c && c->stream)
        httpd_stream_begin(c->stream);
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

bool httpd_gone(struct httpd_request *r)
{
    return !r->conn || httpd_conn_hung_up(r->conn);
}

/* ---- Reading it. ---- */

enum httpd_method httpd_request_method(const struct httpd_request *r)
{
    return r->method;
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
    return r->path;
}

const char *httpd_target(const struct httpd_request *r)
{
    return r->target;
}

const char *httpd_segment(const struct httpd_request *r, size_t i)
{
    return i < r->segments ? r->segment[i] : NULL;
}

const char *httpd_query(struct httpd_request *r, const char *name)
{
    struct evkeyvalq all = {0};
    const char *value = NULL;

    if (!r->query || evhttp_parse_query_str(r->query, &all) != 0)
        return NULL;
    value = evhttp_find_header(&all, name);
    if (value)
        value = arena_printf(&r->arena, "%s", value);
    evhttp_clear_headers(&all);
    return value;
}

bool httpd_query_list(struct httpd_request *r,
                      struct httpd_param out[HTTPD_QUERY_MAX], size_t *n)
{
    const char *at = r->query;

    *n = 0;
    while (at && *at) {
        size_t len = strcspn(at, "&"), name = strcspn(at, "=&");
        struct httpd_param p;

        if (name == 0 || name >= len || *n == HTTPD_QUERY_MAX)
            return false;
        p.name = decoded(&r->arena, arena_text(&r->arena, at, name), true);
        p.value =
            decoded(&r->arena,
                    arena_text(&r->arena, at + name + 1, len - name - 1), true);
        if (!p.name || !p.value)
            return false;
        out[(*n)++] = p;
        at += len;
        at += *at == '&';
    }
    return true;
}

const char *httpd_header_in(struct httpd_request *r, const char *name)
{
    const struct evkeyvalq *in = evhttp_request_get_input_headers(r->ev);
    const struct evkeyval *f;
    const char *all = NULL;

    for (f = in->tqh_first; f; f = f->next.tqe_next) {
        if (strcasecmp(f->key, name) != 0)
            continue;
        all = all ? arena_printf(&r->arena, "%s, %s", all, f->value)
                  : arena_printf(&r->arena, "%s", f->value);
    }
    return all;
}

struct bytes httpd_body(const struct httpd_request *r)
{
    return r->body;
}

const char *httpd_authority(const struct httpd_request *r)
{
    return r->authority;
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
