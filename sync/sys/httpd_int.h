/*
 * httpd_int.h - what the files of the server share: loops, connections,
 * requests.  For httpd*.c only.
 *
 * libevent's evhttp reads and writes HTTP.  Each of its connections stands on
 * a bufferevent filter of ours (httpd_conn.c), which does TLS, counts, and
 * tells us when the connection has ended.
 */
#pragma once

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sync/sys/httpd.h"

struct httpd_stream;

struct httpd_conn {
    struct httpd_loop *loop; /* foreign */
    struct httpd_conn *prev, *next;
    struct bufferevent *filter; /* evhttp's; may have been freed by it */
    struct bufferevent *wire;   /* owned by the filter */
    struct evbuffer_cb_entry *filter_cb, *wire_cb;
    struct event *kick;          /* own; something to do outside of callbacks */
    struct event *timer;         /* own; the request must be whole by then */
    void *tls;                   /* own; NULL: plain */
    struct httpd_request *req;   /* foreign; the one being handled */
    struct httpd_stream *stream; /* own */
    uint64_t got;                /* plain bytes since the last request */
    uint64_t heard;              /* the same on the wire, with TLS */
    uint64_t since_ms;           /* when the first of them came */
    uint64_t peer; /* whose it is, for counting; see conn_meet() */
    bool known;    /* has been seen by the loop once */
    bool busy;     /* between a request and its answer's end */
    bool held;     /* the first byte of the filter's output has been sent */
    bool last;     /* evhttp will close after this answer */
    bool ended;    /* TLS has heard all it will hear */
    bool goodbye;  /* TLS has been closed */
    bool cut;      /* shut down; evhttp will notice */
    bool told;     /* its own answer was made a problem */
};

enum httpd_request_state { REQUEST_FRESH, REQUEST_DEFERRED, REQUEST_ANSWERED };

struct httpd_request {
    struct httpd_loop *loop;   /* foreign */
    struct httpd_conn *conn;   /* foreign; NULL: the client has gone */
    struct evhttp_request *ev; /* evhttp's, which frees it once answered */
    enum httpd_request_state state;
    struct arena arena;
    enum httpd_method method;
    const char *path, *target, *query, *authority; /* query may be NULL */
    char *segment[HTTPD_SEGMENTS_MAX];
    size_t segments;
    const struct httpd_route *route;
    struct bytes body;
    char remote[48];
    httpd_resumed *fn; /* these three under loop->lock */
    void *arg;
    struct httpd_request *next;
};

struct httpd_loop {
    struct httpd *h; /* foreign */
    unsigned index;
    struct event_base *base;
    struct evhttp *http;
    struct evhttp_bound_socket *bound;
    struct event *wake, *grace;
    struct httpd_conn *conns;
    struct httpd_conn **by_fd; /* own; those that have been met */
    size_t fds, deferred;
    bool stopping;
    int wake_fd; /* eventfd */
    pthread_t thread;
    bool running; /* has a thread to join */
    pthread_mutex_t lock;
    pthread_cond_t started;
    struct httpd_request *first, *last; /* resumed, in order */
    bool stop;                          /* asked for */
    unsigned grace_ms;
    bool start_done;
    enum rc start_rc;
    struct err start_err;
};

struct httpd {
    struct httpd_options options; /* with nothing left at 0 */
    unsigned port;
    size_t body_max;          /* of any route */
    size_t request_bytes_max; /* that wait for evhttp, of one client */
    atomic_size_t connections, requests, wire_bytes_most;
    struct httpd_loop *loop; /* own: options.loops of them */
};

/* httpd_conn.c */
struct bufferevent *httpd_conn_open(struct event_base *base, void *loop);
/* The connection a request came on. */
struct httpd_conn *httpd_conn_of(struct httpd_loop *l,
                                 struct evhttp_request *ev);
void httpd_conn_cut(struct httpd_conn *c);
bool httpd_conn_idle(const struct httpd_conn *c);
void httpd_conn_busy(struct httpd_conn *c); /* has a request to answer */
void httpd_conn_rest(struct httpd_conn *c); /* has answered it */
bool httpd_conn_hung_up(const struct httpd_conn *c);

/* httpd_request.c */
void httpd_request_begin(struct evhttp_request *ev, void *loop);
/* Called whenever a handler or a resumed function has returned. */
void httpd_request_after(struct httpd_request *r);

/* httpd_reply.c: the first piece; the connection has ended. */
void httpd_stream_begin(struct httpd_stream *s);
void httpd_stream_lost(struct httpd_stream *s);

/* httpd.c */
void httpd_loop_check(struct httpd_loop *l); /* ended, if it is stopping? */
