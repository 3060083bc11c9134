#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sync/base/utf8.h"
#include "sync/sys/clock.h"
#include "sync/sys/httpd_int.h"

enum { HEAD_BYTES_MAX = 64 * 1024, TOGETHER_BYTES = 16 * 1024 };

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *text;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    };

    for (size_t i = 0; i < countof(known); i++)
        if (known[i].status == status)
            return known[i].text;
    return "";
}

static void put_date(struct buf *out)
{
    static const char day[][4] = {"Sun", "Mon", "Tue", "Wed",
                                  "Thu", "Fri", "Sat"};
    static const char month[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm t;

    if (!gmtime_r(&now, &t))
        return;
    buf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
               day[t.tm_wday], t.tm_mday, month[t.tm_mon], t.tm_year + 1900,
               t.tm_hour, t.tm_min, t.tm_sec);
}

void httpd_header(struct httpd_request *r, const char *name, const char *value)
{
    buf_printf(&r->headers, "%s: ", name);
    for (; *value; value++) {
        bool plain = (unsigned char)*value >= ' ' && *value != 0x7f;

        buf_put(&r->headers, plain ? value : " ", 1);
    }
    buf_puts(&r->headers, "\r\n");
}

/* All but Content-Length and the empty line. */
static struct buf begin(struct httpd_request *r, int status, const char *type)
{
    struct buf out = buf_make(HEAD_BYTES_MAX);

    buf_printf(&out, "HTTP/1.1 %d %s\r\n", status, reason(status));
    put_date(&out);
    if (type)
        buf_printf(&out, "Content-Type: %s\r\n", type);
    if (!r->headers.full)
        buf_put(&out, r->headers.p, r->headers.n);
    if (r->conn->last || r->loop->stopping)
        buf_puts(&out, "Connection: close\r\n");
    return out;
}

/* False: nobody is there to be answered.  A second answer is a mistake of the
 * caller that no client could make sense of. */
static bool answering(struct httpd_request *r)
{
    if (r->state == REQUEST_ANSWERED)
        abort();
    r->state = REQUEST_ANSWERED;
    if (!r->conn || r->conn->state == CONN_DEAD)
        return false;
    r->conn->state = CONN_FLUSH;
    return true;
}

void httpd_reply(struct httpd_request *r, int status, const char *type,
                 struct bytes body)
{
    struct httpd_conn *c = r->conn;
    bool bare = status == 204 || status == 304;
    struct buf out;

    if (!answering(r))
        return;
    out = begin(r, status, type);
    if (!bare)
        buf_printf(&out, "Content-Length: %zu\r\n", body.n);
    buf_puts(&out, "\r\n");
    if (bare || r->head.method == HTTPD_HEAD)
        body.n = 0;
    if (body.n > 0 && body.n <= TOGETHER_BYTES) { /* one TLS record, likely */
        buf_put(&out, body.p, body.n);
        body.n = 0;
    }
    httpd_conn_write(c, buf_view(&out));
    httpd_conn_write(c, body);
    buf_free(&out);
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
    struct buf out = buf_make(HEAD_BYTES_MAX);

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

void httpd_stream(struct httpd_request *r, int status, const char *type,
                  uint64_t length, struct httpd_source source)
{
    struct httpd_conn *c = r->conn;
    struct buf out;

    if (!answering(r)) {
        if (source.done)
            source.done(source.ctx);
        return;
    }
    c->left = length;
    c->chunked = length == HTTPD_UNKNOWN && !r->head.old;
    out = begin(r, status, type);
    if (c->chunked)
        buf_puts(&out, "Transfer-Encoding: chunked\r\n");
    else if (length != HTTPD_UNKNOWN)
        buf_printf(&out, "Content-Length: %" PRIu64 "\r\n", length);
    buf_puts(&out, "\r\n");
    httpd_conn_write(c, buf_view(&out));
    buf_free(&out);
    c->source = source;
    if (r->head.method == HTTPD_HEAD || c->state == CONN_DEAD)
        httpd_stream_done(c);
    else
        c->state = CONN_STREAM;
}

void httpd_stream_done(struct httpd_conn *c)
{
    struct httpd_source s = c->source;

    c->source = (struct httpd_source){0};
    c->left = 0;
    buf_free(&c->piece);
    if (s.done)
        s.done(s.ctx);
}

void httpd_stream_pump(struct httpd_conn *c)
{
    struct buf *piece = &c->piece, size = buf_make(32);
    enum httpd_more more;
    bool sound;

    buf_clear(piece);
    more = c->source.next(c->source.ctx, piece);
    sound = more != HTTPD_BREAK && piece->n <= HTTPD_PIECE_BYTES_MAX &&
            !piece->full && (more == HTTPD_END || piece->n > 0);
    if (c->left != HTTPD_UNKNOWN) {
        sound = sound && piece->n <= c->left;
        c->left -= sound ? piece->n : 0;
        sound = sound && (more != HTTPD_END || c->left == 0);
    }
    if (sound && c->chunked && piece->n) {
        buf_printf(&size, "%zx\r\n", piece->n);
        buf_puts(piece, "\r\n");
        httpd_conn_write(c, buf_view(&size));
    }
    if (sound)
        httpd_conn_write(c, buf_view(piece));
    if (sound && c->chunked && more == HTTPD_END)
        httpd_conn_write(c, bytes_of("0\r\n\r\n"));
    buf_free(&size);
    if (!sound)
        c->state = CONN_DEAD; /* cut: the client sees that it is not whole */
    else if (more == HTTPD_END && c->state != CONN_DEAD)
        c->state = CONN_FLUSH;
    if (c->state != CONN_STREAM)
        httpd_stream_done(c);
}
