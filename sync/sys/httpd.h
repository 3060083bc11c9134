/*
 * httpd.h - an HTTP/1.1 server (RFC 9112) on a few threads, with TLS from
 * outside.
 *
 * Each loop is a thread with its own listening socket; a connection stays on
 * the loop that accepted it.  Handlers run on the loop thread and must be
 * quick; what takes long is deferred to other threads.  Whatever a client
 * sends or fails to read, memory per connection is bounded.  It knows nothing
 * of what it serves, and never touches a file.
 *
 * libevent's evhttp reads and writes the HTTP.  What it cannot read it refuses
 * by itself: 400 (not HTTP; headers larger than header_bytes_max), 413 (a body
 * larger than the largest body_max), 417, 501 (a method not of those below); as
 * a problem, like all refusals.  A request with two Hosts, none, or two lengths
 * gets a 400 of ours.  A client that closes its sending side may not get its
 * answer any more.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"
#include "sync/base/mem.h"

struct httpd;
struct httpd_request;

enum {
    HTTPD_LOOPS_MAX = 64,
    HTTPD_SEGMENTS_MAX = 4,
    HTTPD_HEADERS_MAX = 64,                  /* of one request */
    HTTPD_QUERY_MAX = 32,                    /* parameters */
    HTTPD_STREAM_LOW_BYTES = 64 * 1024,      /* room for framing and TLS */
    HTTPD_PIECE_BYTES_MAX = 4 * 1024 * 1024, /* one piece of a stream */
    HTTPD_WIRE_BYTES_MAX =
        HTTPD_STREAM_LOW_BYTES + HTTPD_PIECE_BYTES_MAX + HTTPD_STREAM_LOW_BYTES
};

enum httpd_method {
    HTTPD_GET,
    HTTPD_HEAD,
    HTTPD_POST,
    HTTPD_PUT,
    HTTPD_PATCH,
    HTTPD_DELETE
};

/* Runs on the loop thread.  Before it returns it must have answered (reply,
 * problem or stream) or deferred; otherwise the client gets a 500. */
typedef void httpd_handler(void *ctx, struct httpd_request *r);

/* `*` stands for one whole segment that is not empty:
 * "/v1/areas/<star>/attachments/<star>".  A HEAD without a route of its own
 * goes to that of GET; the body of its answer is then left out. */
struct httpd_route {
    enum httpd_method method;
    const char *path;
    httpd_handler *handler;
    size_t body_max; /* bytes; 0: no body is taken.  A larger one is answered
                        with 413 once it has come, if another route would
                        have taken it */
};

/* Where bytes go: called any number of times, takes everything. */
struct httpd_sink {
    void *arg;
    void (*put)(void *arg, const void *p, size_t n);
};

/*
 * TLS over memory, one object per connection.  Everything for a connection is
 * called on thread `loop` alone.  What must leave for the client goes into the
 * sink given to open(), at any call.
 */
struct httpd_tls {
    void *ctx;
    void *(*open)(void *ctx, unsigned loop, struct httpd_sink wire);
    /* Bytes as received; what they hold goes to `plain`.  False: the peer
     * closed or broke the rules, nothing more will come. */
    bool (*feed)(void *conn, struct bytes wire, struct httpd_sink plain);
    /* Only after feed() has given plain bytes. */
    bool (*write)(void *conn, struct bytes plain);
    void (*close)(void *conn); /* say goodbye (close_notify) */
    void (*free)(void *conn);
};

struct httpd_options {
    const char *listen;             /* "127.0.0.1:8443", "[::]:0": port 0 is
                                       any; numbers only, no names */
    unsigned loops;                 /* 0: one per core */
    size_t header_bytes_max;        /* 0: 16 KiB */
    size_t connections_max;         /* of all loops; 0: 10,000 */
    size_t address_connections_max; /* of one address, or one network of 64
                                       bits, about; 0: no limit */
    const char *const *headers;     /* foreign; name, value, ..., NULL: sent
                                       with every answer that has none of that
                                       name; or NULL */
    unsigned idle_s; /* of silence on the wire; 0: 60.  Also what a request may
                        take, plus 1 s per 100 bytes */
    const struct httpd_tls *tls;     /* foreign; NULL: plain HTTP */
    const struct httpd_route *route; /* foreign; must outlive the server */
    size_t routes;
    void *ctx; /* handed to handlers and loop callbacks */
    /* On each loop thread, before its first request and after its last; either
     * may be NULL.  loop_stop is called for the loops that started. */
    enum rc (*loop_start)(void *ctx, unsigned loop, struct err *err);
    void (*loop_stop)(void *ctx, unsigned loop);
};

/* Listening, and every loop started, once it returns RC_OK; the caller ends it
 * with httpd_stop().  `options` is copied. */
MUST_USE enum rc httpd_start(struct httpd **out,
                             const struct httpd_options *options,
                             struct err *err);
unsigned httpd_port(const struct httpd *h);
unsigned httpd_loops(const struct httpd *h);

/* Stop accepting, let requests in flight end within `grace_ms`, then cut the
 * connections, join the threads and free `h`.  Deferred requests are waited
 * for without limit: whoever deferred must resume, so stop the workers after
 * the server.  NULL is fine; never from a loop thread. */
void httpd_stop(struct httpd *h, unsigned grace_ms);

struct httpd_stats {
    size_t connections;     /* open now */
    size_t requests;        /* since the start */
    size_t wire_bytes_most; /* the most that ever waited for one client;
                               stays below HTTPD_WIRE_BYTES_MAX in streams */
};
struct httpd_stats httpd_stats(const struct httpd *h); /* from any thread */

/* ---- The request.  All of it lives until the request is released: when the
 * handler (or the function of httpd_resume) that answered returns. ---- */
enum httpd_method httpd_request_method(const struct httpd_request *r);
const char *httpd_method_text(enum httpd_method m);      /* "GET" */
const char *httpd_path(const struct httpd_request *r);   /* as sent, without
                                                            the query */
const char *httpd_target(const struct httpd_request *r); /* as sent, with it */
/* The i-th captured segment, percent-decoded; NULL past the last. */
const char *httpd_segment(const struct httpd_request *r, size_t i);
/* A parameter of the query, percent-decoded ('+' is a space); NULL: none. */
const char *httpd_query(struct httpd_request *r, const char *name);
/* All parameters, in order, with what %XX stands for in names as well; at most
 * HTTPD_QUERY_MAX.  False: it is not made of name=value, or there are more. */
struct httpd_param {
    const char *name, *value;
};
bool httpd_query_list(struct httpd_request *r,
                      struct httpd_param out[HTTPD_QUERY_MAX], size_t *n);
/* A header, whatever its case; several of one name joined by ", " (RFC 9110,
 * 5.3); NULL: none. */
const char *httpd_header_in(struct httpd_request *r, const char *name);
struct bytes httpd_body(const struct httpd_request *r);
const char *httpd_authority(
    const struct httpd_request *r);                      /* the Host, lower
                                                            case; never NULL */
const char *httpd_remote(const struct httpd_request *r); /* "192.0.2.1" */
unsigned httpd_loop(const struct httpd_request *r);      /* 0 .. loops-1 */
struct arena *httpd_arena(struct httpd_request *r);

/* ---- The answer; all on the loop thread.  One per request. ---- */

/* A header of the answer to come; copied.  Not Content-Length, Content-Type,
 * Connection, Transfer-Encoding or Date: those are ours. */
void httpd_header(struct httpd_request *r, const char *name, const char *value);

/* `type` may be NULL if there is no body.  The body is copied.  An answer to a
 * client that has gone is dropped. */
void httpd_reply(struct httpd_request *r, int status, const char *type,
                 struct bytes body);

/* application/problem+json (RFC 9457); `detail` may be NULL. */
void httpd_problem(struct httpd_request *r, int status, const char *title,
                   const char *detail);

enum httpd_more {
    HTTPD_MORE, /* appended something, there is more */
    HTTPD_END,  /* that was all; may have appended */
    HTTPD_BREAK /* cannot go on: cut the connection, so that the client sees
                   that the answer is not whole */
};

/* Both on the loop thread.  next() is called only when the kernel has taken
 * all that went before; `out` comes empty and takes up
 * to HTTPD_PIECE_BYTES_MAX.  done() is called exactly once, whatever happened
 * (also on HEAD, where next() is not called). */
struct httpd_source {
    void *ctx;
    enum httpd_more (*next)(void *ctx, struct buf *out);
    void (*done)(void *ctx); /* may be NULL */
};

/* `length` in bytes, if known, else HTTPD_UNKNOWN (sent in chunks).  The
 * request is released before the first next(): take what you need along. */
#define HTTPD_UNKNOWN UINT64_MAX
void httpd_stream(struct httpd_request *r, int status, const char *type,
                  uint64_t length, struct httpd_source source);

/* ---- Later, from another thread. ---- */

/* The answer comes later: the handler may return.  From then on only
 * httpd_resume() may be called with `r` off the loop thread, besides reading
 * the request (httpd_path to httpd_body; not the ones that take memory from
 * its arena: httpd_query, httpd_header_in). */
void httpd_defer(struct httpd_request *r);

/* From any thread, exactly once per httpd_defer(); may come before the handler
 * has returned.  `fn` runs on the loop thread, always, also when the client
 * has gone; as a handler it must answer or defer again. */
typedef void httpd_resumed(void *arg, struct httpd_request *r);
void httpd_resume(struct httpd_request *r, httpd_resumed *fn, void *arg);

/* Has the client hung up?  On the loop thread.  Answering is allowed and does
 * nothing. */
bool httpd_gone(struct httpd_request *r);
