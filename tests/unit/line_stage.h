/*
 * line_stage.h - a server with TLS that answers as told, and what may stand
 * before it: a bare socket, a relay that is slow or cuts; for t_transport.c and
 * t_line_cut.c.  All on 127.0.0.1, on ports of the system's choice.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/base/mem.h"

static inline int line_socket(unsigned *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

/* -- a bare socket: says one thing to whoever says something ------------ */

struct bare {
    int fd;
    unsigned port;
    const char *says; /* NULL: nothing, for ever */
    pthread_t thread;
};

static inline void *bare_run(void *arg)
{
    struct bare *b = arg;
    int fd;

    while ((fd = accept(b->fd, NULL, NULL)) >= 0) {
        char part[4096];

        while (recv(fd, part, sizeof part, 0) > 0) {
            if (b->says != NULL) {
                send(fd, b->says, strlen(b->says), MSG_NOSIGNAL);
                shutdown(fd, SHUT_WR);
            }
        }
        close(fd);
    }
    return NULL;
}

static inline void bare_open(struct bare *b, const char *says)
{
    b->says = says;
    b->fd = line_socket(&b->port);
    assert_int_equal(listen(b->fd, 8), 0);
    assert_int_equal(pthread_create(&b->thread, NULL, bare_run, b), 0);
}

static inline void bare_close(struct bare *b)
{
    shutdown(b->fd, SHUT_RDWR);
    pthread_join(b->thread, NULL);
    close(b->fd);
}

/* -- a relay ------------------------------------------------------------ */

struct relay {
    int fd;
    unsigned port, to; /* ours; that of the server */
    size_t chunk;      /* bytes passed on at once */
    atomic_size_t up, down, calls;
    atomic_size_t up_left, down_left; /* until it cuts; SIZE_MAX: never */
    bool quiet;                /* a cut line falls silent and is not closed */
    void (*passed)(void *ctx); /* after each chunk; or NULL */
    void (*at_cut)(void *ctx);
    void *ctx;
    pthread_t thread;
};

/* False: cut, or the end. */
static inline bool relay_pass(struct relay *r, int from, int to, bool up)
{
    atomic_size_t *left = up ? &r->up_left : &r->down_left;
    size_t most = r->chunk < *left ? r->chunk : *left, at;
    char part[8 * 1024];
    ssize_t n = recv(from, part, most < sizeof part ? most : sizeof part, 0);

    if (n <= 0)
        return false;
    for (at = 0; at < (size_t)n;) {
        ssize_t sent = send(to, part + at, (size_t)n - at, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        at += (size_t)sent;
    }
    *(up ? &r->up : &r->down) += (size_t)n;
    if (*left != SIZE_MAX)
        *left -= (size_t)n;
    if (r->passed != NULL)
        r->passed(r->ctx);
    return *left > 0;
}

/* As a line does that is gone: neither end is told anything but the end. */
static inline void relay_one(struct relay *r, int fd)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)r->to),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int out = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pollfd p[2] = {{.fd = fd, .events = POLLIN},
                          {.fd = out, .events = POLLIN}};
    struct linger hard = {.l_onoff = 1};
    bool on = connect(out, (struct sockaddr *)&at, sizeof at) == 0;

    r->calls++;
    while (on && poll(p, 2, -1) > 0) {
        if (p[0].revents != 0)
            on = relay_pass(r, fd, out, true);
        if (on && p[1].revents != 0)
            on = relay_pass(r, out, fd, false);
    }
    if (r->up_left == 0 || r->down_left == 0) {
        char part[1000];

        if (r->at_cut != NULL)
            r->at_cut(r->ctx);
        while (r->quiet && recv(fd, part, sizeof part, 0) > 0)
            ;
    }
    setsockopt(out, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(out);
    close(fd);
}

static inline void *relay_run(void *arg)
{
    struct relay *r = arg;
    int fd;

    while ((fd = accept(r->fd, NULL, NULL)) >= 0)
        relay_one(r, fd);
    return NULL;
}

static inline void relay_open(struct relay *r, unsigned to, size_t chunk)
{
    r->to = to;
    r->chunk = chunk;
    r->up_left = r->down_left = SIZE_MAX;
    r->fd = line_socket(&r->port);
    assert_int_equal(listen(r->fd, 8), 0);
    assert_int_equal(pthread_create(&r->thread, NULL, relay_run, r), 0);
}

/* After the client has closed. */
static inline void relay_close(struct relay *r)
{
    shutdown(r->fd, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    close(r->fd);
}
