#define _DEFAULT_SOURCE /* SO_REUSEPORT */
#include "sync/sys/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sync/sys/httpd_int.h"
#include "sync/sys/log.h"

enum {
    BACKLOG = 1024,
    ACCEPT_AGAIN_MS = 200,
    AHEAD_BYTES_MAX = 64 * 1024 /* sent before the answer to the last */
};

static struct timeval after_ms(unsigned ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000),
                            .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

void httpd_loop_check(struct httpd_loop *l)
{
    if (l->stopping && !l->conns && !l->deferred)
        event_base_loopbreak(l->base);
}

/* Out of file descriptors, most likely: without a rest this would spin. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
    struct httpd_loop *l = arg;
    struct timeval tv = after_ms(ACCEPT_AGAIN_MS);

    log_error("httpd.accept", "loop=%u errno=%d", l->index, errno);
    evconnlistener_disable(listener);
    event_add(l->grace, &tv);
}

/* Before a stop: accept again.  After: the grace is over. */
static void on_grace(evutil_socket_t fd, short what, void *arg)
{
    struct httpd_loop *l = arg;

    (void)fd, (void)what;
    if (!l->stopping) {
        evconnlistener_enable(evhttp_bound_socket_get_listener(l->bound));
        return;
    }
    for (struct httpd_conn *c = l->conns; c; c = c->next)
        httpd_conn_cut(c);
}

static void loop_stopping(struct httpd_loop *l, unsigned grace_ms)
{
    struct timeval tv = after_ms(grace_ms);

    l->stopping = true;
    evhttp_del_accept_socket(l->http, l->bound);
    event_add(l->grace, &tv);
    for (struct httpd_conn *c = l->conns; c; c = c->next)
        if (httpd_conn_idle(c))
            httpd_conn_cut(c);
}

static void resume(struct httpd_request *r)
{
    r->loop->deferred--;
    r->state = REQUEST_FRESH;
    r->fn(r->arg, r);
    httpd_request_after(r);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
    struct httpd_loop *l = arg;
    struct httpd_request *first;
    eventfd_t count;
    unsigned grace_ms;
    bool stop;

    (void)what;
    eventfd_read(fd, &count);
    pthread_mutex_lock(&l->lock);
    first = l->first;
    l->first = l->last = NULL;
    stop = l->stop;
    grace_ms = l->grace_ms;
    pthread_mutex_unlock(&l->lock);
    if (stop && !l->stopping)
        loop_stopping(l, grace_ms);
    while (first) {
        struct httpd_request *next = first->next;

        resume(first);
        first = next;
    }
    httpd_loop_check(l);
}

static void *loop_main(void *arg)
{
    struct httpd_loop *l = arg;
    const struct httpd_options *o = &l->h->options;
    struct err err = {.code = RC_OK};
    enum rc rc = RC_OK;

    if (o->loop_start)
        rc = o->loop_start(o->ctx, l->index, &err);
    pthread_mutex_lock(&l->lock);
    l->start_done = true;
    l->start_rc = rc;
    l->start_err = err;
    pthread_cond_signal(&l->started);
    pthread_mutex_unlock(&l->lock);
    if (rc != RC_OK)
        return NULL;
    event_base_dispatch(l->base);
    /* libevent closes a freed connection's socket from within its loop. */
    event_base_loop(l->base, EVLOOP_NONBLOCK);
    if (o->loop_stop)
        o->loop_stop(o->ctx, l->index);
    return NULL;
}

/* The first loop learns the port; the others share it. */
static enum rc loop_listen(struct httpd_loop *l, struct sockaddr_storage *at,
                           int len, struct err *err)
{
    const char *text = l->h->options.listen;
    struct evconnlistener *listener;
    socklen_t got = sizeof *at;
    int fd = -1, on = 1;

    fd = socket(at->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(err, RC_NETWORK, "%s: %s", text, strerror(errno));
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)at, (socklen_t)len) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)at, &got) != 0) {
        err_set(err, RC_NETWORK, "cannot listen on %s: %s", text,
                strerror(errno));
        close(fd);
        return RC_NETWORK;
    }
    listener = evconnlistener_new(l->base, NULL, NULL,
                                  LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                  0, fd);
    if (!listener)
        abort();
    l->bound = evhttp_bind_listener(l->http, listener);
    if (!l->bound)
        abort();
    evconnlistener_set_error_cb(listener, on_accept_error);
    return RC_OK;
}

static void loop_http(struct httpd_loop *l)
{
    const struct httpd_options *o = &l->h->options;

    evhttp_set_max_headers_size(l->http, (ev_ssize_t)o->header_bytes_max);
    evhttp_set_max_body_size(l->http, (ev_ssize_t)l->h->body_max);
    evhttp_set_allowed_methods(
        l->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD | EVHTTP_REQ_POST |
                     EVHTTP_REQ_PUT | EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE);
    evhttp_set_default_content_type(l->http, NULL);
    evhttp_set_bevcb(l->http, httpd_conn_open, l);
    evhttp_set_gencb(l->http, httpd_request_begin, l);
}

static enum rc loop_open(struct httpd_loop *l, struct sockaddr_storage *at,
                         int len, struct err *err)
{
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->started, NULL);
    l->base = event_base_new();
    l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!l->base || l->wake_fd < 0)
        return err_set(err, RC_NETWORK, "cannot make an event loop: %s",
                       strerror(errno));
    l->http = evhttp_new(l->base);
    if (!l->http)
        abort();
    loop_http(l);
    l->wake = event_new(l->base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
    l->grace = event_new(l->base, -1, 0, on_grace, l);
    if (!l->wake || !l->grace)
        abort();
    event_add(l->wake, NULL);
    return loop_listen(l, at, len, err);
}

/* Signals are for the main thread; a SIGPIPE stays pending and unseen. */
static enum rc loop_run(struct httpd_loop *l, struct err *err)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&l->thread, NULL, loop_main, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return err_set(err, RC_BUSY, "cannot start a thread: %s",
                       strerror(failed));
    l->running = true;
    pthread_mutex_lock(&l->lock);
    while (!l->start_done)
        pthread_cond_wait(&l->started, &l->lock);
    pthread_mutex_unlock(&l->lock);
    if (l->start_rc != RC_OK && err)
        *err = l->start_err;
    return l->start_rc;
}

static void loop_close(struct httpd_loop *l)
{
    if (!l->h)
        return; /* never opened */
    if (l->http)
        evhttp_free(l->http);
    free(l->by_fd);
    if (l->wake)
        event_free(l->wake);
    if (l->grace)
        event_free(l->grace);
    if (l->base)
        event_base_free(l->base);
    if (l->wake_fd >= 0)
        close(l->wake_fd);
    pthread_cond_destroy(&l->started);
    pthread_mutex_destroy(&l->lock);
}

static void options_fill(struct httpd_options *o)
{
    if (o->loops == 0) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        o->loops = cores < 1 ? 1 : (unsigned)cores;
    }
    if (o->loops > HTTPD_LOOPS_MAX)
        o->loops = HTTPD_LOOPS_MAX;
    if (o->header_bytes_max == 0)
        o->header_bytes_max = (size_t)16 * 1024;
    if (o->connections_max == 0)
        o->connections_max = 10000;
    if (o->idle_s == 0)
        o->idle_s = 60;
}

/* evhttp knows one limit for all bodies: that of the most generous route.  It
 * takes a body only when it is whole. */
static void limits_fill(struct httpd *h)
{
    const struct httpd_options *o = &h->options;

    for (size_t i = 0; i < o->routes; i++)
        if (o->route[i].body_max > h->body_max)
            h->body_max = o->route[i].body_max;
    h->request_bytes_max = h->body_max + o->header_bytes_max + AHEAD_BYTES_MAX;
}

static in_port_t *port_of(struct sockaddr_storage *at)
{
    return at->ss_family == AF_INET6
               ? &((struct sockaddr_in6 *)(void *)at)->sin6_port
               : &((struct sockaddr_in *)(void *)at)->sin_port;
}

/* libevent reads the address; it would not take a port of 0. */
static bool parse_listen(const char *text, struct sockaddr_storage *at,
                         int *len)
{
    const char *colon = strrchr(text, ':'), *c;
    char host[64];
    unsigned port = 0;

    if (!colon || !colon[1] || (size_t)(colon - text) >= sizeof host)
        return false;
    for (c = colon + 1; *c >= '0' && *c <= '9' && port <= 65535; c++)
        port = port * 10 + (unsigned)(*c - '0');
    if (*c || port > 65535)
        return false;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = 0;
    if (host[0] != '[' && strchr(host, ':'))
        return false; /* "::1:80": where would the port begin? */
    *len = sizeof *at;
    if (evutil_parse_sockaddr_port(host, (struct sockaddr *)at, len) != 0)
        return false;
    *port_of(at) = htons((uint16_t)port);
    return true;
}

enum rc httpd_start(struct httpd **out, const struct httpd_options *options,
                    struct err *err)
{
    struct sockaddr_storage at = {0};
    int len;
    struct httpd *h;
    enum rc rc = RC_OK;

    if (!parse_listen(options->listen, &at, &len))
        return err_set(err, RC_INVALID,
                       "'%s' is not an address and a port, such as "
                       "127.0.0.1:8443 or [::]:8443",
                       options->listen);
    h = mem_new(sizeof *h);
    h->options = *options;
    options_fill(&h->options);
    limits_fill(h);
    h->loop = mem_new(h->options.loops * sizeof *h->loop);
    for (unsigned i = 0; i < h->options.loops && rc == RC_OK; i++) {
        h->loop[i].h = h;
        h->loop[i].index = i;
        rc = loop_open(&h->loop[i], &at, len, err);
    }
    h->port = ntohs(*port_of(&at));
    for (unsigned i = 0; i < h->options.loops && rc == RC_OK; i++)
        rc = loop_run(&h->loop[i], err);
    if (rc == RC_OK)
        *out = h;
    else
        httpd_stop(h, 0);
    return rc;
}

void httpd_stop(struct httpd *h, unsigned grace_ms)
{
    if (!h)
        return;
    for (unsigned i = 0; i < h->options.loops; i++) {
        struct httpd_loop *l = &h->loop[i];

        if (!l->running)
            continue;
        pthread_mutex_lock(&l->lock);
        l->stop = true;
        l->grace_ms = grace_ms;
        eventfd_write(l->wake_fd, 1);
        pthread_mutex_unlock(&l->lock);
    }
    for (unsigned i = 0; i < h->options.loops; i++)
        if (h->loop[i].running)
            pthread_join(h->loop[i].thread, NULL);
    for (unsigned i = 0; i < h->options.loops; i++)
        loop_close(&h->loop[i]);
    free(h->loop);
    free(h);
}

unsigned httpd_port(const struct httpd *h)
{
    return h->port;
}

unsigned httpd_loops(const struct httpd *h)
{
    return h->options.loops;
}

struct httpd_stats httpd_stats(const struct httpd *h)
{
    return (struct httpd_stats){.connections = atomic_load(&h->connections),
                                .requests = atomic_load(&h->requests),
                                .wire_bytes_most =
                                    atomic_load(&h->wire_bytes_most)};
}
