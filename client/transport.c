#include "client/transport.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "client/line.h"
#include "client/silence.h"
#include "client/transport_sign.h"
#include "sync/base/mem.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"

enum { PROBLEM_BYTES_MAX = 16 * 1024, URL_BYTES = 1024 };

struct transport {
    CURL *curl;
    char url[URL_BYTES];
    char authority[256];
    char salt[TRANSPORT_SALT_CHARS_MAX + 1]; /* of our nonces; "" at first */
    char pins[160]; /* "sha256//…;sha256//…"; "" trusts any */
    struct silence silence;
};

/* Whose answer is it, by its status and media type? */
enum whose { WHOSE_UNKNOWN, WHOSE_OURS, WHOSE_PROBLEM, WHOSE_OTHER };

/* One call under way. */
struct flow {
    struct transport *t;
    const struct call *c;
    struct curl_slist *headers; /* own */
    struct buf in;              /* the answer, or the piece under way */
    uint64_t *offset;
    enum whose whose;
    bool salted; /* it told us another salt */
    time_t date; /* by the server's clock; -1: not told */
    enum rc rc;  /* of the piece */
    struct err *err;
};

/* -- opening ------------------------------------------------------------ */

static bool all_zero(const uint8_t *p, size_t n)
{
    while (n > 0 && *p == 0) {
        p++;
        n--;
    }
    return n == 0;
}

/* The part between "https://" and the end, as HTTP's Host. */
static enum rc take_url(struct transport *t, const char *url, struct err *err)
{
    static const char scheme[] = "https://";
    size_t n = strlen(url), i;

    if (n > 0 && url[n - 1] == '/')
        n--;
    if (strncmp(url, scheme, sizeof scheme - 1) != 0 ||
        n <= sizeof scheme - 1 || n >= sizeof t->authority ||
        memchr(url + sizeof scheme - 1, '/', n - (sizeof scheme - 1)) != NULL)
        return err_set(err, RC_INVALID,
                       "\"%s\" is no address of a server; it looks like"
                       " https://stoep.example:8443",
                       url);
    memcpy(t->url, url, n);
    for (i = sizeof scheme - 1; i < n; i++) {
        char c = url[i];

        t->authority[i - (sizeof scheme - 1)] =
            (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return RC_OK;
}

/* In the form that curl wants. */
void transport_also(struct transport *t, const uint8_t pin[32])
{
    struct buf b = buf_make(sizeof t->pins);

    buf_printf(&b, "%s%ssha256//", t->pins, t->pins[0] != '\0' ? ";" : "");
    text_put_base64(&b, (struct bytes){pin, 32});
    snprintf(t->pins, sizeof t->pins, "%s", buf_text(&b));
    buf_free(&b);
}

enum rc transport_open(const char *url, const uint8_t pin[32],
                       struct transport **out, struct err *err)
{
    struct transport *t = mem_new(sizeof *t);
    enum rc rc = take_url(t, url, err);

    if (rc != RC_OK) {
        free(t);
        return rc;
    }
    if (!all_zero(pin, 32))
        transport_also(t, pin);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    t->curl = curl_easy_init();
    if (t->curl == NULL)
        abort(); /* out of memory, see base/mem.h */
    *out = t;
    return RC_OK;
}

void transport_close(struct transport *t)
{
    if (t == NULL)
        return;
    curl_easy_cleanup(t->curl);
    free(t);
}

const char *transport_salt(const struct transport *t)
{
    return t->salt;
}

void transport_salt_set(struct transport *t, const char *salt)
{
    (void)transport_salt_take(bytes_of(salt), t->salt);
}

/* -- what comes in ------------------------------------------------------ */

static long status_of(const struct flow *f)
{
    long status = 0;

    curl_easy_getinfo(f->t->curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static const char *type_of(const struct flow *f)
{
    const char *type = NULL;

    curl_easy_getinfo(f->t->curl, CURLINFO_CONTENT_TYPE, &type);
    return type;
}

/* Known once the headers are in; what is neither an answer nor a problem of
 * our server is not read. */
static enum whose whose(struct flow *f)
{
    long status = status_of(f);
    const char *type = type_of(f), *want = f->c->accept;

    if (f->whose != WHOSE_UNKNOWN || status == 0)
        return f->whose;
    if (status >= 400 && line_media_is(type, "application/problem+json"))
        f->whose = WHOSE_PROBLEM;
    else if (status >= 200 && status < 300 &&
             (want != NULL ? line_media_is(type, want) : type == NULL))
        f->whose = WHOSE_OURS;
    else
        f->whose = WHOSE_OTHER;
    return f->whose;
}

/* Hand on every whole piece. */
static bool take_pieces(struct flow *f)
{
    size_t at = 0;

    while (f->in.n - at >= 4) {
        const uint8_t *p = f->in.p + at;
        size_t n =
            (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];

        if (n > message_bytes_max) {
            f->rc = err_set(f->err, RC_CORRUPT,
                            "a piece of a pull is too"
                            " long");
            return false;
        }
        if (f->in.n - at - 4 < n)
            break;
        f->rc = f->c->piece(f->c->ctx, (struct bytes){p + 4, n}, f->err);
        if (f->rc != RC_OK)
            return false;
        at += 4 + n;
    }
    memmove(f->in.p, f->in.p + at, f->in.n - at);
    f->in.n -= at;
    return true;
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct flow *f = ctx;
    bool problem = whose(f) == WHOSE_PROBLEM;

    if (whose(f) == WHOSE_OTHER)
        return 0;
    buf_put(&f->in, p, size * n);
    if (f->in.full || (problem && f->in.n > PROBLEM_BYTES_MAX))
        return 0;
    if (f->c->piece != NULL && !problem && !take_pieces(f))
        return 0;
    return size * n;
}

/* The value of a header of this name ("date:"), without the spaces around it;
 * n = 0: it is another. */
static struct bytes value_of(const char *name, const char *p, size_t end)
{
    size_t at = strlen(name);

    if (end < at || strncasecmp(p, name, at) != 0)
        return (struct bytes){0};
    while (at < end && p[at] == ' ')
        at++;
    while (end > at && (p[end - 1] == '\r' || p[end - 1] == '\n'))
        end--;
    return (struct bytes){(const uint8_t *)p + at, end - at};
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct flow *f = ctx;
    struct bytes offset = value_of("upload-offset:", p, size * n);
    struct bytes date = value_of("date:", p, size * n);
    struct bytes salt = value_of("stoep-nonce:", p, size * n);
    char text[64];

    f->salted |= transport_salt_take(salt, f->t->salt);
    if (f->offset != NULL && offset.n > 0)
        (void)text_take_u64(offset, UINT64_MAX, f->offset);
    if (date.n > 0 && date.n < sizeof text) {
        snprintf(text, sizeof text, "%.*s", (int)date.n, (const char *)date.p);
        f->date = curl_getdate(text, NULL);
    }
    return size * n;
}

/* -- silence ------------------------------------------------------------ */

static int on_socket(void *ctx, curl_socket_t fd, curlsocktype what)
{
    struct transport *t = ctx;

    (void)what;
    silence_open(&t->silence, fd);
    return CURL_SOCKOPT_OK;
}

static int on_close(void *ctx, curl_socket_t fd)
{
    struct transport *t = ctx;

    silence_close(&t->silence, fd);
    return close(fd);
}

/* curl calls this about once a second, and more often while bytes go. */
static int on_time(void *ctx, curl_off_t down_all, curl_off_t down,
                   curl_off_t up_all, curl_off_t up)
{
    struct transport *t = ctx;

    (void)down_all, (void)down, (void)up_all, (void)up;
    return silence_ms(&t->silence, clock_mono_ms()) > silence_ms_max;
}

/* -- faults ------------------------------------------------------------- */

/* A HEAD has no body to say more. */
static enum rc rc_of_status(long status)
{
    switch (status) {
    case 401: return RC_AUTH;
    case 403: return RC_DENIED;
    case 404: return RC_NOTFOUND;
    case 429:
    case 503: return RC_BUSY;
    case 507: return RC_FULL;
    default: return status >= 500 ? RC_NETWORK : RC_INVALID;
    }
}

/* With a clock so far off that nothing it signs is believed? */
static bool clock_is_off(const struct flow *f)
{
    int64_t ours = (int64_t)(f->c->now_ms / 1000), theirs = f->date;

    return f->c->key != NULL && f->date >= 0 &&
           (ours - theirs > signature_age_s_max ||
            theirs - ours > signature_age_s_max);
}

static enum rc problem(const struct flow *f)
{
    json_t *j = json_loadb((const char *)f->in.p, f->in.n, 0, NULL);
    const char *detail = json_string_value(json_object_get(j, "detail"));
    const char *code = json_string_value(json_object_get(j, "code"));
    enum rc rc = code != NULL ? rc_of_word(code) : RC_OK;

    if (rc == RC_OK)
        rc = rc_of_status(status_of(f));
    if (rc == RC_AUTH && clock_is_off(f))
        line_fault(LINE_CLOCK, f->err);
    else if (detail != NULL)
        err_set(f->err, rc, "%s", detail);
    else
        err_set(f->err, rc, "the server answered %ld", status_of(f));
    json_decref(j);
    return rc;
}

static enum line line_of(CURLcode code, int os_errno, long proxy_status)
{
    if (proxy_status != 0 && (proxy_status < 200 || proxy_status > 299))
        return line_of_status(proxy_status, "text/html");
    switch ((int)code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH: return LINE_FOREIGN;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return LINE_NAME;
    case CURLE_COULDNT_CONNECT: return line_of_errno(os_errno);
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK: return LINE_SILENT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION: return LINE_TLS;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return LINE_STRANGE;
    default: return LINE_CUT;
    }
}

static enum rc no_answer(const struct flow *f, CURLcode code)
{
    long error = 0, proxy = 0;

    if (f->in.full)
        return err_set(f->err, RC_CORRUPT,
                       "the answer of the server is too"
                       " long");
    curl_easy_getinfo(f->t->curl, CURLINFO_OS_ERRNO, &error);
    curl_easy_getinfo(f->t->curl, CURLINFO_HTTP_CONNECTCODE, &proxy);
    return line_fault(line_of(code, (int)error, proxy), f->err);
}

/* What somebody asks for who is too busy now. */
static uint32_t wait_asked(const struct flow *f)
{
    static const curl_off_t most = UINT32_MAX / 1000;
    curl_off_t s = 0;

    curl_easy_getinfo(f->t->curl, CURLINFO_RETRY_AFTER, &s);
    return (uint32_t)(s < 0 ? 0 : s > most ? most : s) * 1000;
}

static enum rc outcome(struct flow *f, CURLcode code)
{
    enum rc rc = RC_OK;

    if (f->rc != RC_OK)
        return f->rc;
    if (whose(f) == WHOSE_OTHER)
        rc = line_fault(line_of_status(status_of(f), type_of(f)), f->err);
    else if (code != CURLE_OK)
        rc = no_answer(f, code);
    else if (whose(f) == WHOSE_PROBLEM)
        rc = problem(f);
    else if (f->c->piece != NULL && f->in.n > 0)
        rc = line_fault(LINE_CUT, f->err);
    if (rc != RC_OK && f->err != NULL)
        f->err->wait_ms = wait_asked(f);
    return rc;
}

/* -- what goes out ------------------------------------------------------ */

static void add_header(struct flow *f, const char *name, const char *value)
{
    char line[1024];

    snprintf(line, sizeof line, "%s: %s", name, value);
    f->headers = curl_slist_append(f->headers, line);
}

static void add_signature(struct flow *f)
{
    struct transport_signature s;

    transport_sign(f->c, f->t->authority, f->t->salt, &s);
    add_header(f, "Content-Digest", s.digest);
    add_header(f, "Signature-Input", s.input);
    add_header(f, "Signature", s.signature);
}

static void add_headers(struct flow *f)
{
    const struct call *c = f->c;
    char bearer[token_bytes_max + 16];
    size_t i;

    f->headers = curl_slist_append(f->headers, "Expect:");
    if (c->type != NULL)
        add_header(f, "Content-Type", c->type);
    if (c->coding != NULL)
        add_header(f, "Content-Encoding", c->coding);
    if (c->token != NULL) {
        snprintf(bearer, sizeof bearer, "Bearer %s", c->token);
        add_header(f, "Authorization", bearer);
    }
    for (i = 0; c->headers != NULL && c->headers[i] != NULL; i++)
        f->headers = curl_slist_append(f->headers, c->headers[i]);
    if (c->key != NULL)
        add_signature(f);
}

static void set_up(struct flow *f)
{
    CURL *h = f->t->curl;
    const struct call *c = f->c;
    char url[URL_BYTES * 2];

    curl_easy_reset(h); /* connections stay */
    snprintf(url, sizeof url, "%s%s", f->t->url, c->path);
    curl_easy_setopt(h, CURLOPT_URL, url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https");
    /* Who the server is follows from its key alone. */
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
    if (f->t->pins[0] != '\0')
        curl_easy_setopt(h, CURLOPT_PINNEDPUBLICKEY, f->t->pins);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    /* No limit on the whole: but one on silence, see on_time(). */
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_timeout_ms);
    curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, on_socket);
    curl_easy_setopt(h, CURLOPT_SOCKOPTDATA, f->t);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(h, CURLOPT_CLOSESOCKETDATA, f->t);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_time);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, f->t);
    curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, f->headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, f);
    if (strcmp(c->method, "HEAD") == 0) {
        curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    } else if (strcmp(c->method, "GET") != 0) {
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body.n);
        curl_easy_setopt(h, CURLOPT_POSTFIELDS,
                         c->body.n > 0 ? (const char *)c->body.p : "");
        curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, c->method);
    }
}

/* *salted: refused, and worth signing anew at once. */
static enum rc attempt(struct transport *t, const struct call *c,
                       struct buf *answer, uint64_t *offset, bool *salted,
                       struct err *err)
{
    struct flow f = {.t = t, .c = c, .offset = offset, .date = -1, .err = err};
    size_t most = c->piece != NULL ? message_bytes_max + 4 + CURL_MAX_WRITE_SIZE
                                   : c->answer_max;
    enum rc rc;

    f.in = buf_make(most > PROBLEM_BYTES_MAX ? most : PROBLEM_BYTES_MAX);
    add_headers(&f);
    set_up(&f);
    silence_begin(&t->silence, clock_mono_ms());
    rc = outcome(&f, curl_easy_perform(t->curl));
    curl_slist_free_all(f.headers);
    if (rc == RC_OK && c->piece == NULL && answer != NULL)
        *answer = f.in;
    else
        buf_free(&f.in);
    *salted = rc == RC_AUTH && f.salted && c->key != NULL;
    return rc;
}

enum rc transport_call(struct transport *t, const struct call *c,
                       struct buf *answer, uint64_t *offset, struct err *err)
{
    bool salted;
    enum rc rc = attempt(t, c, answer, offset, &salted, err);

    return salted ? attempt(t, c, answer, offset, &salted, err) : rc;
}
