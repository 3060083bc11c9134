/*
 * httpd_int.h - what the files of the server share: loops, connections,
 * requests.  For httpd*.c only.
 *
 * A connection is a machine in one of a few states; every event that concerns
 * it ends in httpd_conn_run(), which goes on until it has to wait.  Nothing
 * but that function frees one.
 */
#pragma once

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <pthread.h>
#include <stdatomic.h>

#include "sync/sys/httpd.h"
#include "sync/sys/httpd_head.h"

enum httpd_state {
    CONN_HEAD,   /* reading, or idle between two requests */
    CONN_BODY,   /* reading */
    CONN_BUSY,   /* a handler has the request, or a deferred one */
    CONN_STREAM, /* sending piece by piece */
    CONN_FLUSH,  /* answered; the next request waits for the client to read */
    CONN_CLOSE,  /* sending what is left, then close */
    CONN_LINGER, /* sent all; reading what the client still sends, so that our
                    answer is not lost to a reset (RFC 9112, 9.6) */
    CONN_DEAD
};

struct httpd_conn {
    struct httpd_loop *loop; /* foreign */
    struct httpd_conn *prev, *next;
    enum httpd_state state;
    struct bufferevent *bev;   /* own */
    struct evbuffer *in;       /* own; plain bytes as received */
    struct event *timer;       /* own; how long we wait to have read */
    void *tls;                 /* own; NULL: plain */
    struct httpd_request *req; /* own, unless deferred */
    struct httpd_source source;
    struct buf piece;
    uint64_t left; /* of a stream of known length */
    size_t looked; /* bytes of `in` without an end of the head */
    bool chunked, reading, eof;
    bool last;    /* close after this answer */
    bool goodbye; /* TLS has been closed */
    bool unread;  /* the client may be sending what we will not read */
    char remote[48];
};

enum httpd_request_state { REQUEST_FRESH, REQUEST_DEFERRED, REQUEST_ANSWERED };

struct httpd_request {
    struct httpd_loop *loop; /* foreign */
    struct httpd_conn *conn; /* foreign; NULL: the client has gone */
    enum httpd_request_state state;
    struct arena arena;
    struct httpd_head head;
    char *segment[HTTPD_SEGMENTS_MAX];
    size_t segments;
    const struct httpd_route *route;
    struct bytes body;
    struct buf headers; /* of the answer, as they will be sent */
    char remote[48];
    httpd_resumed *fn; /* these three under loop->lock */
    void *arg;
    struct httpd_request *next;
};

struct httpd_loop {
    struct httpd *h; /* foreign */
    unsigned index;
    struct event_base *base;
    struct evconnlistener *listener;
    struct event *wake, *grace;
    struct httpd_conn *conns;
    size_t deferred;
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
    atomic_size_t connections, requests, wire_bytes_most;
    struct httpd_loop *loop; /* own: options.loops of them */
};

/* httpd_conn.c */
void httpd_conn_open(struct httpd_loop *l, int fd, const char *remote);
void httpd_conn_run(struct httpd_conn *c); /* may free it */
bool httpd_conn_idle(const struct httpd_conn *c);
void httpd_conn_write(struct httpd_conn *c, struct bytes b);
size_t httpd_conn_waiting(const struct httpd_conn *c); /* bytes to send */

/* httpd_request.c: the life of a request.  after() is called whenever a
 * handler or a resumed function has returned. */
struct httpd_request *httpd_request_new(struct httpd_conn *c);
/* Find its route; false: there is none, and *allowed has a bit for each method
 * that its path does have. */
bool httpd_request_route(struct httpd_request *r, unsigned *allowed);
void httpd_request_refuse(struct httpd_request *r, unsigned allowed);
void httpd_request_handle(struct httpd_request *r);
void httpd_request_after(struct httpd_request *r);
void httpd_request_free(struct httpd_request *r);

/* httpd_reply.c */
void httpd_stream_pump(struct httpd_conn *c); /* one piece */
void httpd_stream_done(struct httpd_conn *c); /* tell the source, if any */

/* httpd.c */
void httpd_loop_check(struct httpd_loop *l); /* ended, if it is stopping? */
