#define _GNU_SOURCE /* POLLRDHUP */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/sys/httpd_int.h"
#include "sync/sys/log.h"

enum {
    LINGER_S = 2,
    BODY_BYTES_PER_S_MIN = 1024 /* slower than this and we hang up */
};

static struct evbuffer *wire_out(const struct httpd_conn *c)
{
    return bufferevent_get_output(c->bev);
}

size_t httpd_conn_waiting(const struct httpd_conn *c)
{
    return evbuffer_get_length(wire_out(c));
}

static void conn_measure(struct httpd_conn *c)
{
    atomic_size_t *most = &c->loop->h->wire_bytes_most;
    size_t now = httpd_conn_waiting(c), was = atomic_load(most);

    while (now > was && !atomic_compare_exchange_weak(most, &was, now))
        ;
}

void httpd_conn_write(struct httpd_conn *c, struct bytes b)
{
    const struct httpd_tls *tls = c->loop->h->options.tls;

    if (c->state == CONN_DEAD || b.n == 0)
        return;
    if (!tls)
        evbuffer_add(wire_out(c), b.p, b.n);
    else if (!tls->write(c->tls, b))
        c->state = CONN_DEAD;
    conn_measure(c);
}

static void sink_wire(void *arg, const void *p, size_t n)
{
    struct httpd_conn *c = arg;

    evbuffer_add(wire_out(c), p, n);
}

static void sink_plain(void *arg, const void *p, size_t n)
{
    struct httpd_conn *c = arg;

    evbuffer_add(c->in, p, n);
}

static void conn_timer(struct httpd_conn *c, unsigned long s)
{
    struct timeval tv = {.tv_sec = (time_t)s};

    if (s)
        event_add(c->timer, &tv);
    else
        event_del(c->timer);
}

static void conn_reading(struct httpd_conn *c, bool on)
{
    if (on == c->reading)
        return;
    c->reading = on;
    if (on)
        bufferevent_enable(c->bev, EV_READ);
    else
        bufferevent_disable(c->bev, EV_READ);
}

/* What the socket brought, decrypted, goes to c->in. */
static void conn_take(struct httpd_conn *c)
{
    const struct httpd_tls *tls = c->loop->h->options.tls;
    struct evbuffer *raw = bufferevent_get_input(c->bev);
    size_t n;

    if (c->state == CONN_LINGER) {
        evbuffer_drain(raw, evbuffer_get_length(raw));
        return;
    }
    if (!tls) {
        evbuffer_add_buffer(c->in, raw);
        return;
    }
    while ((n = evbuffer_get_contiguous_space(raw)) > 0 && !c->eof) {
        struct bytes b = {evbuffer_pullup(raw, (ev_ssize_t)n), n};

        c->eof = !tls->feed(c->tls, b, (struct httpd_sink){c, sink_plain});
        evbuffer_drain(raw, n);
    }
    conn_measure(c);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    struct httpd_conn *c = arg;
    size_t before = evbuffer_get_length(c->in);

    (void)bev;
    conn_take(c);
    /* A request that begins late in the idle time gets its own. */
    if (c->state == CONN_HEAD && !before && evbuffer_get_length(c->in))
        conn_timer(c, c->loop->h->options.idle_s);
    httpd_conn_run(c);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    (void)bev;
    httpd_conn_run(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    struct httpd_conn *c = arg;

    (void)bev;
    /* A peer that has said all may still be listening. */
    if ((what & BEV_EVENT_EOF) && c->state != CONN_LINGER)
        c->eof = true;
    else
        c->state = CONN_DEAD;
    httpd_conn_run(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct httpd_conn *c = arg;

    (void)fd, (void)what;
    c->state = CONN_DEAD;
    httpd_conn_run(c);
}

void httpd_conn_open(struct httpd_loop *l, int fd, const char *remote)
{
    const struct httpd_options *o = &l->h->options;
    struct timeval patience = {.tv_sec = (time_t)o->idle_s};
    struct httpd_conn *c = mem_new(sizeof *c);

    c->loop = l;
    c->piece = buf_make(HTTPD_PIECE_BYTES_MAX + 2); /* CR LF */
    strncpy(c->remote, remote, sizeof c->remote - 1);
    c->bev = bufferevent_socket_new(l->base, fd, BEV_OPT_CLOSE_ON_FREE);
    c->in = evbuffer_new();
    c->timer = event_new(l->base, -1, 0, on_timer, c);
    if (!c->bev || !c->in || !c->timer)
        abort();
    if (o->tls)
        c->tls = o->tls->open(o->tls->ctx, l->index,
                              (struct httpd_sink){c, sink_wire});
    bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
    bufferevent_setwatermark(c->bev, EV_WRITE, HTTPD_STREAM_LOW_BYTES - 1, 0);
    bufferevent_set_timeouts(c->bev, NULL, &patience);
    bufferevent_enable(c->bev, EV_WRITE);
    c->next = l->conns;
    if (c->next)
        c->next->prev = c;
    l->conns = c;
    conn_timer(c, o->idle_s);
    conn_reading(c, true);
}

static void conn_free(struct httpd_conn *c)
{
    const struct httpd_tls *tls = c->loop->h->options.tls;
    struct httpd_loop *l = c->loop;

    httpd_stream_done(c);
    if (c->req) {
        c->req->conn = NULL;
        if (c->req->state != REQUEST_DEFERRED)
            httpd_request_free(c->req);
    }
    *(c->prev ? &c->prev->next : &l->conns) = c->next;
    if (c->next)
        c->next->prev = c->prev;
    if (tls)
        tls->free(c->tls);
    bufferevent_free(c->bev);
    evbuffer_free(c->in);
    event_free(c->timer);
    buf_free(&c->piece);
    free(c);
    atomic_fetch_sub(&l->h->connections, 1);
    httpd_loop_check(l);
}

bool httpd_conn_idle(const struct httpd_conn *c)
{
    return c->state == CONN_HEAD && evbuffer_get_length(c->in) == 0;
}

/* No more will come of what we wait for: send what is left and go. */
static bool conn_wait(struct httpd_conn *c)
{
    if (c->eof || (c->loop->stopping && httpd_conn_idle(c))) {
        c->state = CONN_CLOSE;
        return false;
    }
    return true;
}

static void conn_problem(struct httpd_conn *c, int status, const char *title,
                         const char *detail)
{
    c->last = c->unread = true;
    httpd_problem(c->req, status, title, detail);
}

/* The request is known: may its body come? */
static void conn_begin(struct httpd_conn *c)
{
    struct httpd_request *r = c->req;
    unsigned allowed;

    c->last = r->head.close || c->loop->stopping;
    c->state = CONN_BUSY;
    if (!httpd_request_route(r, &allowed)) {
        c->unread = r->head.length > 0;
        c->last = c->last || c->unread;
        httpd_request_refuse(r, allowed);
        httpd_request_after(r);
    } else if (r->head.length > r->route->body_max) {
        conn_problem(c, 413, "Too large", "The body is too large for this.");
        httpd_request_after(r);
    } else {
        c->state = CONN_BODY;
        if (r->head.length > evbuffer_get_length(c->in)) {
            conn_timer(c, c->loop->h->options.idle_s +
                              r->head.length / BODY_BYTES_PER_S_MIN);
            if (r->head.expects)
                httpd_conn_write(c, bytes_of("HTTP/1.1 100 Continue\r\n\r\n"));
        }
    }
}

/* Where the head ends, its empty line included; 0: not yet. */
static size_t conn_head_end(struct httpd_conn *c)
{
    size_t n = evbuffer_get_length(c->in), back = c->looked < 3 ? c->looked : 3;
    struct evbuffer_ptr from, at;

    evbuffer_ptr_set(c->in, &from, c->looked - back, EVBUFFER_PTR_SET);
    at = evbuffer_search(c->in, "\r\n\r\n", 4, &from);
    c->looked = n;
    return at.pos < 0 ? 0 : (size_t)at.pos + 4;
}

static bool conn_head(struct httpd_conn *c)
{
    size_t max = c->loop->h->options.header_bytes_max, end = 0;
    const char *why;
    int status;

    if (evbuffer_get_length(c->in) > c->looked)
        end = conn_head_end(c);
    if (end == 0 && c->looked <= max)
        return !conn_wait(c);
    c->looked = 0;
    conn_timer(c, 0);
    c->req = httpd_request_new(c);
    if (end == 0 || end > max) {
        c->state = CONN_BUSY;
        conn_problem(c, 431, "Headers too large",
                     "The headers are larger than this server takes.");
        httpd_request_after(c->req);
        return true;
    }
    status = httpd_head_parse(
        (struct bytes){evbuffer_pullup(c->in, (ev_ssize_t)end), end},
        &c->req->arena, &c->req->head, &why);
    evbuffer_drain(c->in, end);
    if (status == 0) {
        conn_begin(c);
        return true;
    }
    c->state = CONN_BUSY;
    conn_problem(c, status, "Request not understood", why);
    httpd_request_after(c->req);
    return true;
}

static bool conn_body(struct httpd_conn *c)
{
    size_t n = (size_t)c->req->head.length;

    if (evbuffer_get_length(c->in) < n)
        return !conn_wait(c);
    if (n) {
        uint8_t *body = arena_new(&c->req->arena, n);

        evbuffer_remove(c->in, body, n);
        c->req->body = (struct bytes){body, n};
    }
    conn_timer(c, 0);
    c->state = CONN_BUSY;
    httpd_request_handle(c->req);
    return true;
}

static bool conn_close(struct httpd_conn *c)
{
    const struct httpd_tls *tls = c->loop->h->options.tls;

    conn_timer(c, 0);
    if (tls && !c->goodbye)
        tls->close(c->tls);
    c->goodbye = true;
    bufferevent_setwatermark(c->bev, EV_WRITE, 0, 0);
    if (httpd_conn_waiting(c) > 0)
        return false;
    if (!c->unread || c->eof) {
        c->state = CONN_DEAD;
        return true;
    }
    c->state = CONN_LINGER;
    shutdown(bufferevent_getfd(c->bev), SHUT_WR);
    evbuffer_drain(c->in, evbuffer_get_length(c->in));
    conn_timer(c, LINGER_S);
    return false;
}

static bool conn_flush(struct httpd_conn *c)
{
    if (c->last || c->loop->stopping) {
        c->state = CONN_CLOSE;
        return true;
    }
    if (httpd_conn_waiting(c) >= HTTPD_STREAM_LOW_BYTES)
        return false;
    c->state = CONN_HEAD;
    conn_timer(c, c->loop->h->options.idle_s);
    return true;
}

/* False: wait for the next event. */
static bool conn_step(struct httpd_conn *c)
{
    switch (c->state) {
    case CONN_HEAD: return conn_head(c);
    case CONN_BODY: return conn_body(c);
    case CONN_BUSY: return false;
    case CONN_STREAM:
        if (httpd_conn_waiting(c) >= HTTPD_STREAM_LOW_BYTES)
            return false;
        httpd_stream_pump(c);
        return true;
    case CONN_FLUSH: return conn_flush(c);
    case CONN_CLOSE: return conn_close(c);
    case CONN_LINGER: return false;
    case CONN_DEAD: return false;
    }
    return false;
}

void httpd_conn_run(struct httpd_conn *c)
{
    while (conn_step(c))
        ;
    conn_reading(c, c->state == CONN_HEAD || c->state == CONN_BODY ||
                        c->state == CONN_LINGER);
    if (c->state == CONN_DEAD)
        conn_free(c);
}

bool httpd_gone(struct httpd_request *r)
{
    struct pollfd p = {.events = POLLRDHUP};

    if (!r->conn || r->conn->state == CONN_DEAD)
        return true;
    p.fd = bufferevent_getfd(r->conn->bev);
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
