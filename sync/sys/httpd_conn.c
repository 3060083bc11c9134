#define _GNU_SOURCE /* POLLRDHUP */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sync/sys/clock.h"
#include "sync/sys/httpd_int.h"

enum {
    BYTES_PER_S_MIN = 100,    /* slower than this and we hang up */
    UNSENT_BYTES = 16 * 1024, /* that the kernel may hold before it asks for
                                 more; libevent gives as much at once */
    MS = 1000
};

static struct evbuffer *filter_out(const struct httpd_conn *c)
{
    return bufferevent_get_output(c->filter);
}

static struct evbuffer *wire_out(const struct httpd_conn *c)
{
    return bufferevent_get_output(c->wire);
}

/* evhttp frees the filter when it is done with the connection; libevent tells
 * us (on_freed) only when its loop comes round. */
static bool conn_alive(const struct httpd_conn *c)
{
    bufferevent_event_cb event;

    bufferevent_getcb(c->filter, NULL, NULL, &event, NULL);
    return event != NULL;
}

static void conn_measure(struct httpd_conn *c)
{
    atomic_size_t *most = &c->loop->h->wire_bytes_most;
    size_t now = evbuffer_get_length(filter_out(c)) - (c->held ? 1 : 0) +
                 evbuffer_get_length(wire_out(c));
    size_t was = atomic_load(most);

    while (now > was && !atomic_compare_exchange_weak(most, &was, now))
        ;
}

static void conn_kick(struct httpd_conn *c)
{
    event_active(c->kick, EV_TIMEOUT, 1);
}

void httpd_conn_cut(struct httpd_conn *c)
{
    if (!c->cut && conn_alive(c)) {
        shutdown(bufferevent_getfd(c->wire), SHUT_RDWR);
        bufferevent_trigger_event(c->filter, BEV_EVENT_READING | BEV_EVENT_EOF,
                                  BEV_OPT_DEFER_CALLBACKS);
    }
    c->cut = true;
}

bool httpd_conn_idle(const struct httpd_conn *c)
{
    return !c->busy && c->got == 0;
}

bool httpd_conn_hung_up(const struct httpd_conn *c)
{
    struct pollfd p = {.events = POLLRDHUP};

    if (c->cut || !conn_alive(c))
        return true;
    p.fd = bufferevent_getfd(c->wire);
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

/* How long the line may be silent before evhttp hears of it; 0: without end.
 * On the wire and not behind TLS: on a thin line one record of TLS takes long,
 * and nothing comes out of it before it is whole. */
static void conn_patience(struct httpd_conn *c, unsigned s)
{
    struct timeval in = {.tv_sec = (time_t)s};
    struct timeval out = {.tv_sec = (time_t)c->loop->h->options.idle_s +
                                    2 * UNSENT_BYTES / BYTES_PER_S_MIN};

    bufferevent_set_timeouts(c->filter, NULL, NULL);
    bufferevent_set_timeouts(c->wire, s ? &in : NULL, &out);
}

static void conn_timer(struct httpd_conn *c, uint64_t ms)
{
    struct timeval tv = {.tv_sec = (time_t)(ms / MS),
                         .tv_usec = (suseconds_t)(ms % MS) * 1000};

    event_add(c->timer, &tv);
}

/* A client that sends a byte now and then does not keep us for ever. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct httpd_conn *c = arg;
    uint64_t until = c->since_ms + c->loop->h->options.idle_s * (uint64_t)MS +
                     c->heard * MS / BYTES_PER_S_MIN;
    uint64_t now = clock_mono_ms();

    (void)fd, (void)what;
    if (c->busy || c->heard == 0)
        return;
    if (now >= until)
        httpd_conn_cut(c);
    else
        conn_timer(c, until - now);
}

void httpd_conn_busy(struct httpd_conn *c)
{
    c->busy = true;
    c->got = c->heard = 0;
    event_del(c->timer);
    conn_patience(c, 0);
}

void httpd_conn_rest(struct httpd_conn *c)
{
    c->busy = false;
    c->req = NULL;
    c->got = evbuffer_get_length(bufferevent_get_input(c->filter));
    c->heard = c->got;
    conn_patience(c, c->loop->h->options.idle_s);
    if (c->got) { /* the next one, sent ahead */
        c->since_ms = clock_mono_ms();
        conn_timer(c, c->loop->h->options.idle_s * (uint64_t)MS);
    }
    conn_kick(c);
}

/* ---- The filter. ---- */

static void sink_wire(void *arg, const void *p, size_t n)
{
    struct httpd_conn *c = arg;

    evbuffer_add(wire_out(c), p, n);
}

static void sink_plain(void *arg, const void *p, size_t n)
{
    evbuffer_add(arg, p, n);
}

/* On the wire: of a handshake, or of a request. */
static void filter_heard(struct httpd_conn *c, size_t n)
{
    if (c->heard == 0 && n > 0 && !c->busy) {
        c->since_ms = clock_mono_ms();
        conn_timer(c, c->loop->h->options.idle_s * (uint64_t)MS);
    }
    c->heard += n;
}

static void filter_came(struct httpd_conn *c, size_t n)
{
    if (c->got == 0 && !c->busy)
        c->since_ms = clock_mono_ms(); /* what came before was no request */
    c->got += n;
}

/* From the wire to evhttp. */
static enum bufferevent_filter_result filter_in(struct evbuffer *src,
                                                struct evbuffer *dst,
                                                ev_ssize_t limit,
                                                enum bufferevent_flush_mode how,
                                                void *arg)
{
    struct httpd_conn *c = arg;
    const struct httpd_tls *tls = c->loop->h->options.tls;
    size_t before = evbuffer_get_length(dst), n;

    (void)limit, (void)how;
    filter_heard(c, evbuffer_get_length(src));
    if (!tls)
        evbuffer_add_buffer(dst, src);
    while (tls && (n = evbuffer_get_contiguous_space(src)) > 0) {
        struct bytes b = {evbuffer_pullup(src, (ev_ssize_t)n), n};

        if (!c->ended &&
            !tls->feed(c->tls, b, (struct httpd_sink){dst, sink_plain})) {
            c->ended = true;
            conn_kick(c);
        }
        evbuffer_drain(src, n);
    }
    n = evbuffer_get_length(dst) - before;
    if (n == 0)
        return BEV_NEED_MORE;
    filter_came(c, n);
    if (evbuffer_get_length(dst) > c->loop->h->request_bytes_max)
        httpd_conn_cut(c);
    return BEV_OK;
}

static bool filter_send(struct httpd_conn *c, const void *p, size_t n)
{
    const struct httpd_tls *tls = c->loop->h->options.tls;

    if (!tls)
        return evbuffer_add(wire_out(c), p, n) == 0;
    return tls->write(c->tls, (struct bytes){p, n});
}

/* "HTTP/1.1 400 Bad Request" */
static void tell_problem(struct evbuffer *src, const char *const *h,
                         const char *line)
{
    struct evbuffer *body = evbuffer_new();
    const char *status = strchr(line, ' ');
    const char *title = status ? strchr(status + 1, ' ') : NULL;

    if (!body)
        abort();
    evbuffer_drain(src, evbuffer_get_length(src));
    evbuffer_add_printf(src, "%s\r\n", line);
    for (; h && *h; h += 2)
        evbuffer_add_printf(src, "%s: %s\r\n", h[0], h[1]);
    evbuffer_add_printf(body,
                        "{\"title\":\"%s\",\"status\":%d,\"detail\":\"This "
                        "is not a request that the server can read.\"}\n",
                        title ? title + 1 : "", status ? atoi(status) : 0);
    evbuffer_add_printf(src,
                        "Content-Type: application/problem+json\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                        evbuffer_get_length(body));
    evbuffer_add_buffer(src, body);
    evbuffer_free(body);
}

/* What evhttp could not read it answers by itself, whole, with a page of HTML,
 * and closes: a problem takes the place of that.  An invitation to send the
 * body ("100 Continue") is no answer. */
static void filter_tell(struct httpd_conn *c, struct evbuffer *src)
{
    static const char go_on[] = "HTTP/1.1 100 ";
    char *line, start[sizeof go_on] = "";

    if (c->busy || c->told || c->held)
        return;
    evbuffer_copyout(src, start, sizeof start - 1);
    if (strcmp(start, go_on) == 0)
        return;
    c->told = true;
    line = evbuffer_readln(src, NULL, EVBUFFER_EOL_CRLF_STRICT);
    if (!line)
        return;
    tell_problem(src, c->loop->h->options.headers, line);
    free(line);
}

/*
 * From evhttp to the wire.  evhttp takes an empty output for a sent one: it
 * goes on with the stream, or frees the connection and what still waits on
 * the wire with it.  So one byte that has been sent is held back until the
 * kernel has taken all.  Works when flushed (on_kick), so that what evhttp adds
 * bit by bit leaves as one.
 */
static enum bufferevent_filter_result filter_out_go(
    struct evbuffer *src, struct evbuffer *dst, ev_ssize_t limit,
    enum bufferevent_flush_mode how, void *arg)
{
    struct httpd_conn *c = arg;
    const struct httpd_tls *tls = c->loop->h->options.tls;
    size_t n = evbuffer_get_length(src), skip = c->held ? 1 : 0;

    (void)limit;
    if (how == BEV_NORMAL || n == 0)
        return BEV_NEED_MORE;
    filter_tell(c, src);
    n = evbuffer_get_length(src);
    if (n == skip) {
        if (c->last && tls && !c->goodbye) {
            c->goodbye = true;
            tls->close(c->tls);
        }
        if (evbuffer_get_length(dst) > 0)
            return BEV_NEED_MORE;
        c->held = false;
        evbuffer_drain(src, 1);
        return BEV_OK;
    }
    while (n > skip) {
        size_t part = evbuffer_get_contiguous_space(src);
        const uint8_t *p = evbuffer_pullup(src, (ev_ssize_t)part);

        if (part > skip && !filter_send(c, p + skip, part - skip)) {
            httpd_conn_cut(c);
            return BEV_ERROR;
        }
        if (part == n) { /* keep the last byte of all */
            evbuffer_drain(src, part - 1);
            break;
        }
        evbuffer_drain(src, part);
        n -= part;
        skip = 0;
    }
    c->held = true;
    conn_measure(c);
    return BEV_OK;
}

/* evhttp adds to its output before it enables writing, and then the filter
 * does not look again (libevent 2.1): so we do. */
static void on_filter_out(struct evbuffer *out,
                          const struct evbuffer_cb_info *info, void *arg)
{
    struct httpd_conn *c = arg;

    (void)out;
    if (info->n_added)
        conn_kick(c);
}

static void on_wire_out(struct evbuffer *out,
                        const struct evbuffer_cb_info *info, void *arg)
{
    struct httpd_conn *c = arg;

    if (info->n_deleted && evbuffer_get_length(out) == 0)
        conn_kick(c);
}

/* An IPv4 address, or the network of 64 bits of an IPv6 one, as a number. */
static uint64_t peer_of(int fd)
{
    struct sockaddr_storage at = {0};
    const struct sockaddr_in *v4 = (const void *)&at;
    const struct sockaddr_in6 *v6 = (const void *)&at;
    socklen_t len = sizeof at;
    uint64_t peer = 0;

    if (getpeername(fd, (struct sockaddr *)&at, &len) != 0)
        return 0;
    if (at.ss_family == AF_INET)
        return UINT64_C(1) << 32 | v4->sin_addr.s_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        memcpy(&peer, v6->sin6_addr.s6_addr + 12, 4);
        return UINT64_C(1) << 32 | peer;
    }
    memcpy(&peer, v6->sin6_addr.s6_addr, sizeof peer);
    return peer;
}

/* Each loop has its share of what one address may have; the system spreads
 * connections evenly, but not quite. */
static bool too_many(const struct httpd_conn *c)
{
    const struct httpd_options *o = &c->loop->h->options;
    size_t most = o->address_connections_max / o->loops, n = 0;

    if (o->address_connections_max == 0)
        return false;
    if (o->loops > 1)
        most += most / 4 + 1;
    for (const struct httpd_conn *k = c->loop->conns; k; k = k->next)
        n += k->peer == c->peer;
    return n > most;
}

/* The first thing that happens to a connection, before any byte of it. */
static void conn_meet(struct httpd_conn *c)
{
    struct httpd_loop *l = c->loop;
    struct httpd *h = l->h;
    size_t fd = (size_t)bufferevent_getfd(c->wire);
    int on = 1, unsent = UNSENT_BYTES;
    unsigned silence_ms = h->options.idle_s * MS;

    c->known = true;
    if (fd >= l->fds) {
        l->by_fd = mem_resize(l->by_fd, 2 * fd * sizeof *l->by_fd);
        l->fds = 2 * fd;
    }
    l->by_fd[fd] = c;
    setsockopt((int)fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    /* Who takes nothing any more is known by the kernel alone. */
    setsockopt((int)fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms,
               sizeof silence_ms);
    setsockopt((int)fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    conn_patience(c, h->options.idle_s);
    c->peer = peer_of((int)fd);
    if (atomic_load(&h->connections) > h->options.connections_max ||
        too_many(c))
        httpd_conn_cut(c);
}

static void on_kick(evutil_socket_t fd, short what, void *arg)
{
    struct httpd_conn *c = arg;

    (void)fd, (void)what;
    if (!conn_alive(c))
        return;
    if (!c->known)
        conn_meet(c);
    if (bufferevent_get_enabled(c->filter) & EV_WRITE)
        bufferevent_flush(c->filter, EV_WRITE, BEV_FLUSH);
    if (!conn_alive(c))
        return;
    if ((bufferevent_get_enabled(c->filter) & EV_READ) &&
        evbuffer_get_length(bufferevent_get_input(c->wire)) > 0)
        bufferevent_flush(c->filter, EV_READ, BEV_NORMAL);
    if (!conn_alive(c) || c->busy)
        return;
    if ((c->ended || (c->loop->stopping && c->got == 0)) &&
        evbuffer_get_length(wire_out(c)) == 0 &&
        evbuffer_get_length(filter_out(c)) == 0)
        httpd_conn_cut(c);
}

/* ---- Beginning and end. ---- */

static void on_freed(void *arg)
{
    struct httpd_conn *c = arg;
    struct httpd_loop *l = c->loop;

    if (c->stream)
        httpd_stream_lost(c->stream);
    if (c->req)
        c->req->conn = NULL;
    evbuffer_remove_cb_entry(filter_out(c), c->filter_cb);
    evbuffer_remove_cb_entry(wire_out(c), c->wire_cb);
    event_free(c->kick);
    event_free(c->timer);
    if (c->tls)
        l->h->options.tls->free(c->tls);
    *(c->prev ? &c->prev->next : &l->conns) = c->next;
    if (c->next)
        c->next->prev = c->prev;
    free(c);
    atomic_fetch_sub(&l->h->connections, 1);
    httpd_loop_check(l);
}

struct bufferevent *httpd_conn_open(struct event_base *base, void *loop)
{
    struct httpd_loop *l = loop;
    const struct httpd_options *o = &l->h->options;
    struct httpd_conn *c = mem_new(sizeof *c);

    c->loop = l;
    c->wire = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    c->kick = event_new(base, -1, 0, on_kick, c);
    c->timer = event_new(base, -1, 0, on_timer, c);
    if (!c->wire || !c->kick || !c->timer)
        abort();
    c->filter = bufferevent_filter_new(c->wire, filter_in, filter_out_go,
                                       BEV_OPT_CLOSE_ON_FREE, on_freed, c);
    if (!c->filter)
        abort();
    c->filter_cb = evbuffer_add_cb(filter_out(c), on_filter_out, c);
    c->wire_cb = evbuffer_add_cb(wire_out(c), on_wire_out, c);
    if (o->tls)
        c->tls = o->tls->open(o->tls->ctx, l->index,
                              (struct httpd_sink){c, sink_wire});
    c->next = l->conns;
    if (c->next)
        c->next->prev = c;
    l->conns = c;
    atomic_fetch_add(&l->h->connections, 1);
    conn_kick(c);
    return c->filter;
}

struct httpd_conn *httpd_conn_of(struct httpd_loop *l,
                                 struct evhttp_request *ev)
{
    struct evhttp_connection *of = evhttp_request_get_connection(ev);

    return l->by_fd[bufferevent_getfd(evhttp_connection_get_bufferevent(of))];
}
