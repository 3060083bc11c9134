#include <inttypes.h>
#include <stdlib.h>

#include "sync/base/utf8.h"
#include "sync/sys/httpd_int.h"

enum { PROBLEM_BYTES_MAX = 64 * 1024, HEADER_BYTES_MAX = 16 * 1024 };

/* An answer that goes out piece by piece; after its connection has ended only
 * until its source has been told. */
struct httpd_stream {
    struct httpd_conn *conn;   /* foreign */
    struct evhttp_request *ev; /* evhttp's; NULL: answered */
    struct httpd_source source;
    struct evbuffer *chunk;
    struct buf piece;
    bool begun;
    uint64_t left; /* of a stream of known length */
};

static void put_header(struct httpd_request *r, const char *name,
                       const char *value)
{
    evhttp_add_header(evhttp_request_get_output_headers(r->ev), name, value);
}

void httpd_header(struct httpd_request *r, const char *name, const char *value)
{
    struct buf clean = buf_make(HEADER_BYTES_MAX);

    for (; *value; value++) {
        bool plain = (unsigned char)*value >= ' ' && *value != 0x7f;

        buf_put(&clean, plain ? value : " ", 1);
    }
    put_header(r, name, buf_text(&clean));
    buf_free(&clean);
}

static void put_length(struct httpd_request *r, uint64_t n)
{
    put_header(r, "Content-Length", arena_printf(&r->arena, "%" PRIu64, n));
}

/* A second answer is a mistake of the caller that no client could make sense
 * of.  To a client that has gone, evhttp says nothing. */
static void answering(struct httpd_request *r, const char *type)
{
    const char *wish = httpd_header_in(r, "Connection");
    struct evkeyvalq *out = evhttp_request_get_output_headers(r->ev);
    const char *const *h;

    if (r->state == REQUEST_ANSWERED)
        abort();
    r->state = REQUEST_ANSWERED;
    for (h = r->loop->h->options.headers; h && *h; h += 2)
        if (!evhttp_find_header(out, h[0]))
            put_header(r, h[0], h[1]);
    if (type)
        put_header(r, "Content-Type", type);
    if (r->loop->stopping && !evhttp_find_header(out, "Connection"))
        put_header(r, "Connection", "close");
    if (r->conn)
        r->conn->last = evhttp_find_header(out, "Connection") ||
                        (!wish && r->ev->minor == 0) ||
                        (wish && evutil_ascii_strcasecmp(wish, "close") == 0);
}

void httpd_reply(struct httpd_request *r, int status, const char *type,
                 struct bytes body)
{
    bool bare = status == 204 || status == 304;
    struct evbuffer *out = evbuffer_new();

    if (!out)
        abort();
    answering(r, type);
    if (!bare)
        put_length(r, body.n);
    if (!bare && r->method != HTTPD_HEAD && body.n)
        evbuffer_add(out, body.p, body.n);
    evhttp_send_reply(r->ev, status, NULL, out);
    evbuffer_free(out);
}

static void put_json(struct buf *out, const char *text)
{
    struct bytes b = bytes_of(text);
    size_t at = 0;

    buf_puts(out, "\"");
    while (at < b.n) {
        size_t from = at;
        uint32_t c = utf8_next(b, &at);

        if (c == UTF8_BAD)
            buf_puts(out, "\\ufffd");
        else if (c < ' ' || c == '"' || c == '\\')
            buf_printf(out, "\\u%04" PRIx32, c);
        else
            buf_put(out, b.p + from, at - from);
    }
    buf_puts(out, "\"");
}

void httpd_problem(struct httpd_request *r, int status, const char *title,
                   const char *detail)
{
    struct buf out = buf_make(PROBLEM_BYTES_MAX);

    buf_puts(&out, "{\"title\":");
    put_json(&out, title);
    buf_printf(&out, ",\"status\":%d", status);
    if (detail) {
        buf_puts(&out, ",\"detail\":");
        put_json(&out, detail);
    }
    buf_puts(&out, "}\n");
    httpd_reply(r, status, "application/problem+json", buf_view(&out));
    buf_free(&out);
}

/* ---- Streams. ---- */

static void stream_free(struct httpd_stream *s)
{
    if (s->conn)
        s->conn->stream = NULL;
    if (s->source.done)
        s->source.done(s->source.ctx);
    buf_free(&s->piece);
    evbuffer_free(s->chunk);
    free(s);
}

void httpd_stream_lost(struct httpd_stream *s)
{
    evhttp_send_reply_end(s->ev); /* frees it */
    stream_free(s);
}

/* One piece.  False: it was cut, so that the client sees that the answer is
 * not whole. */
static bool stream_piece(struct httpd_stream *s, bool *end)
{
    enum httpd_more more;
    bool sound;

    buf_clear(&s->piece);
    more = s->source.next(s->source.ctx, &s->piece);
    *end = more == HTTPD_END;
    sound = more != HTTPD_BREAK && s->piece.n <= HTTPD_PIECE_BYTES_MAX &&
            !s->piece.full && (*end || s->piece.n > 0);
    if (s->left != HTTPD_UNKNOWN) {
        sound = sound && s->piece.n <= s->left;
        s->left -= sound ? s->piece.n : 0;
        sound = sound && (!*end || s->left == 0);
    }
    if (sound && s->piece.n)
        evbuffer_add(s->chunk, s->piece.p, s->piece.n);
    return sound;
}

static void on_sent(struct evhttp_connection *of, void *arg);

static void stream_pump(struct httpd_stream *s)
{
    struct evhttp_request *ev = s->ev;
    bool end;

    if (!stream_piece(s, &end)) {
        httpd_conn_cut(s->conn); /* evhttp will notice, then we */
        return;
    }
    if (!end) {
        evhttp_send_reply_chunk_with_cb(ev, s->chunk, on_sent, s);
        return;
    }
    evhttp_send_reply_chunk(ev, s->chunk);
    stream_free(s);
    evhttp_send_reply_end(ev);
}

/* Once the request has been released; later it is on_sent() that goes on. */
void httpd_stream_begin(struct httpd_stream *s)
{
    if (s->begun)
        return;
    s->begun = true;
    stream_pump(s);
}

/* All that was sent is with the kernel. */
static void on_sent(struct evhttp_connection *of, void *arg)
{
    struct httpd_stream *s = arg;

    (void)of;
    if (!s->conn->cut)
        stream_pump(s);
}

void httpd_stream(struct httpd_request *r, int status, const char *type,
                  uint64_t length, struct httpd_source source)
{
    struct evhttp_request *ev = r->ev;
    struct httpd_stream *s;

    answering(r, type);
    if (length != HTTPD_UNKNOWN)
        put_length(r, length);
    evhttp_send_reply_start(ev, status, NULL);
    if (!r->conn || r->method == HTTPD_HEAD) {
        evhttp_send_reply_end(ev);
        if (source.done)
            source.done(source.ctx);
        return;
    }
    s = mem_new(sizeof *s);
    *s = (struct httpd_stream){.conn = r->conn,
                               .ev = ev,
                               .source = source,
                               .piece = buf_make(HTTPD_PIECE_BYTES_MAX),
                               .left = length};
    s->chunk = evbuffer_new();
    if (!s->chunk)
        abort();
    r->conn->stream = s;
}
