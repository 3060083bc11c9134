/*
 * httpd_stage.h - a server with a few routes, and a client of plain sockets
 * that says exactly what it is told; for t_httpd*.c.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/sys/httpd.h"

enum { MIB = 1024 * 1024, PIECE = 64 * 1024, ANSWER_BYTES_MAX = 80 * MIB };

/* One server and what its handlers share with the test. */
struct stage {
    struct httpd *h;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct httpd_request *parked; /* under lock, as the next three */
    int gone;                     /* -1: not known yet */
    unsigned done;                /* sources */
    pthread_t helper;
    atomic_uint started, stopped; /* loops */
};

struct count {
    struct stage *s;
    uint64_t at, end;
    bool breaks;
};

/* ---- Handlers ---- */

static inline void on_hello(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_header(r, "X-Note", "one\r\ntwo");
    httpd_reply(r, 200, "text/plain", bytes_of("hello"));
}

static inline void on_segments(void *ctx, struct httpd_request *r)
{
    const char *after = httpd_query(r, "after"),
               *tag = httpd_header_in(r, "x-tag");
    const char *text = arena_printf(
        httpd_arena(r), "%s|%s|%s|%s|%s|%s|%s|%s", httpd_segment(r, 0),
        httpd_segment(r, 1), httpd_segment(r, 2) ? "more" : "none",
        after ? after : "-", tag ? tag : "-", httpd_authority(r),
        httpd_remote(r), httpd_target(r));

    (void)ctx;
    httpd_reply(r, 200, "text/plain", bytes_of(text));
}

static inline void on_list(void *ctx, struct httpd_request *r)
{
    struct httpd_param all[HTTPD_QUERY_MAX];
    struct buf b = buf_make(4000);
    size_t n, i;
    bool sound = httpd_query_list(r, all, &n);

    (void)ctx;
    for (i = 0; sound && i < n; i++)
        buf_printf(&b, "<%s=%s>", all[i].name, all[i].value);
    buf_puts(&b, sound ? "." : "unsound");
    httpd_reply(r, 200, "text/plain", buf_view(&b));
    buf_free(&b);
}

static inline void on_echo(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_reply(r, 200, "application/octet-stream", httpd_body(r));
}

static inline void on_forgotten(void *ctx, struct httpd_request *r)
{
    (void)ctx, (void)r;
}

static inline void answer_later(void *arg, struct httpd_request *r)
{
    struct stage *s = arg;
    int gone = httpd_gone(r);

    httpd_reply(r, 200, "text/plain", bytes_of("later"));
    pthread_mutex_lock(&s->lock);
    s->gone = gone;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static inline void on_parked(void *ctx, struct httpd_request *r)
{
    struct stage *s = ctx;

    httpd_defer(r);
    pthread_mutex_lock(&s->lock);
    s->parked = r;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static inline void again(void *arg, struct httpd_request *r)
{
    httpd_defer(r);
    httpd_resume(r, answer_later, arg);
}

/* Deferred twice, resumed before the handler has even returned. */
static inline void on_twice(void *ctx, struct httpd_request *r)
{
    httpd_defer(r);
    httpd_resume(r, again, ctx);
}

static inline enum httpd_more count_next(void *ctx, struct buf *out)
{
    struct count *c = ctx;

    if (c->breaks && c->at >= c->end / 2)
        return HTTPD_BREAK;
    for (int i = 0; i < PIECE / 8 && c->at < c->end; i++, c->at += 8) {
        uint64_t number = c->at;

        buf_put(out, &number, 8);
    }
    return c->at < c->end ? HTTPD_MORE : HTTPD_END;
}

static inline void count_done(void *ctx)
{
    struct count *c = ctx;
    struct stage *s = c->s;

    free(c);
    pthread_mutex_lock(&s->lock);
    s->done++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static inline void on_stream(void *ctx, struct httpd_request *r)
{
    struct count *c = mem_new(sizeof *c);
    const char *size = httpd_query(r, "size");

    *c = (struct count){.s = ctx, .breaks = httpd_query(r, "break")};
    c->end = strtoull(httpd_query(r, "bytes"), NULL, 10);
    httpd_stream(r, 200, "application/octet-stream",
                 size ? c->end : HTTPD_UNKNOWN,
                 (struct httpd_source){c, count_next, count_done});
}

static const struct httpd_route routes[] = {
    {HTTPD_GET, "/hello", on_hello, 0},
    {HTTPD_GET, "/list", on_list, 0},
    {HTTPD_GET, "/v1/areas/*/attachments/*", on_segments, 0},
    {HTTPD_PATCH, "/v1/areas/*/attachments/*", on_echo, 1000},
    {HTTPD_POST, "/echo", on_echo, 1000},
    {HTTPD_PUT, "/echo", on_echo, 4 * MIB},
    {HTTPD_GET, "/forgotten", on_forgotten, 0},
    {HTTPD_GET, "/parked", on_parked, 0},
    {HTTPD_GET, "/twice", on_twice, 0},
    {HTTPD_GET, "/stream", on_stream, 0},
};

/* ---- The stage ---- */

static inline enum rc loop_start(void *ctx, unsigned loop, struct err *err)
{
    struct stage *s = ctx;

    (void)err, (void)loop;
    atomic_fetch_add(&s->started, 1);
    return RC_OK;
}

static inline void loop_stop(void *ctx, unsigned loop)
{
    struct stage *s = ctx;

    (void)loop;
    atomic_fetch_add(&s->stopped, 1);
}

static inline struct httpd_options options(struct stage *s)
{
    return (struct httpd_options){.listen = "127.0.0.1:0",
                                  .loops = 2,
                                  .header_bytes_max = 4000,
                                  .route = routes,
                                  .routes = countof(routes),
                                  .ctx = s,
                                  .loop_start = loop_start,
                                  .loop_stop = loop_stop};
}

static inline int open_stage(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    struct httpd_options o = options(s);

    s->gone = -1;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    *state = s;
    return httpd_start(&s->h, &o, NULL) == RC_OK ? 0 : -1;
}

static inline int close_stage(void **state)
{
    struct stage *s = *state;
    bool even;

    httpd_stop(s->h, 0);
    even = atomic_load(&s->started) == atomic_load(&s->stopped);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return even ? 0 : -1;
}

static inline struct httpd_request *wait_parked(struct stage *s)
{
    struct httpd_request *r;

    pthread_mutex_lock(&s->lock);
    while (!s->parked)
        pthread_cond_wait(&s->changed, &s->lock);
    r = s->parked;
    s->parked = NULL;
    pthread_mutex_unlock(&s->lock);
    return r;
}

static inline int wait_gone(struct stage *s)
{
    int gone;

    pthread_mutex_lock(&s->lock);
    while (s->gone < 0)
        pthread_cond_wait(&s->changed, &s->lock);
    gone = s->gone;
    pthread_mutex_unlock(&s->lock);
    return gone;
}

static inline void wait_done(struct stage *s, unsigned n)
{
    pthread_mutex_lock(&s->lock);
    while (s->done < n)
        pthread_cond_wait(&s->changed, &s->lock);
    assert_int_equal(s->done, n);
    pthread_mutex_unlock(&s->lock);
}

/* ---- The client ---- */

static inline int try_dial(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
        return fd;
    close(fd);
    return -1;
}

static inline int dial(struct stage *s)
{
    int fd = try_dial(httpd_port(s->h));

    assert_true(fd >= 0);
    return fd;
}

static inline void say(int fd, const char *text)
{
    size_t n = strlen(text);

    assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

/* Up to the end of the connection. */
static inline struct buf hear(int fd)
{
    struct buf b = buf_make(ANSWER_BYTES_MAX);
    char part[4096];
    ssize_t n;

    while ((n = recv(fd, part, sizeof part, 0)) > 0)
        buf_put(&b, part, (size_t)n);
    close(fd);
    buf_put(&b, "", 1);
    b.n--;
    return b;
}

static inline void has(const struct buf *answer, const char *text)
{
    if (!strstr((const char *)answer->p, text))
        fail_msg("no '%s' in: %.600s", text, (const char *)answer->p);
}

static inline void hasnt(const struct buf *answer, const char *text)
{
    assert_null(strstr((const char *)answer->p, text));
}

/* Send, hear all; the answer must hold both texts. */
static inline void ask(struct stage *s, const char *request, const char *first,
                       const char *second)
{
    int fd = dial(s);
    struct buf answer;

    say(fd, request);
    answer = hear(fd);
    has(&answer, first);
    has(&answer, second);
    buf_free(&answer);
}

/* One answer with a Content-Length, of a connection that stays. */
static inline void hear_one(int fd, const char *body)
{
    char got[4096] = "";
    size_t n = 0, length;
    char *end = NULL, *field;

    while (!end && n < sizeof got - 1 && recv(fd, got + n, 1, 0) == 1) {
        got[++n] = 0;
        end = strstr(got, "\r\n\r\n");
    }
    assert_non_null(end);
    field = strstr(got, "Content-Length: ");
    assert_non_null(field);
    length = strtoull(field + 16, NULL, 10);
    assert_int_equal(length, strlen(body));
    assert_int_equal(recv(fd, got, length, MSG_WAITALL), length);
    assert_true(memcmp(got, body, length) == 0);
}

#define HOST "Host: Stoep.Example:8443\r\n"
#define BYE  HOST "Connection: close\r\n\r\n"
