#include "client/transport.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sync/base/mem.h"
#include "sync/base/text.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/sys/random.h"

enum { PROBLEM_BYTES_MAX = 16 * 1024, URL_BYTES = 1024, CONNECT_MS = 10000 };

struct transport {
    CURL *curl;
    char url[URL_BYTES];
    char authority[256];
    char pin[80]; /* "sha256//…"; "" trusts any */
};

/* One call under way. */
struct flow {
    struct transport *t;
    const struct call *c;
    struct curl_slist *headers; /* own */
    struct buf in;              /* the answer, or the piece under way */
    uint64_t *offset;
    enum rc rc; /* of the piece */
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

enum rc transport_open(const char *url, const uint8_t pin[32],
                       struct transport **out, struct err *err)
{
    struct transport *t = mem_new(sizeof *t);
    struct buf b = buf_make(sizeof t->pin - 1);
    enum rc rc = take_url(t, url, err);

    if (rc != RC_OK) {
        free(t);
        return rc;
    }
    if (!all_zero(pin, 32)) {
        buf_puts(&b, "sha256//");
        text_put_base64(&b, (struct bytes){pin, 32});
        memcpy(t->pin, b.p, b.n);
    }
    buf_free(&b);
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

/* -- what comes in ------------------------------------------------------ */

static bool failed(struct flow *f)
{
    long status = 0;

    curl_easy_getinfo(f->t->curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 300;
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

    buf_put(&f->in, p, size * n);
    if (f->in.full)
        return 0;
    if (f->c->piece != NULL && !failed(f) && !take_pieces(f))
        return 0;
    return size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    static const char name[] = "upload-offset:";
    struct flow *f = ctx;
    size_t at = sizeof name - 1, end = size * n;

    if (f->offset != NULL && end > at && strncasecmp(p, name, at) == 0) {
        while (at < end && p[at] == ' ')
            at++;
        while (end > at && (p[end - 1] == '\r' || p[end - 1] == '\n'))
            end--;
        (void)text_take_u64((struct bytes){(const uint8_t *)p + at, end - at},
                            UINT64_MAX, f->offset);
    }
    return size * n;
}

/* -- faults ------------------------------------------------------------- */

static enum rc rc_coded(const char *code, long status)
{
    static const struct {
        const char *code;
        enum rc rc;
    } all[] = {{"invalid", RC_INVALID},   {"corrupt", RC_CORRUPT},
               {"conflict", RC_CONFLICT}, {"notfound", RC_NOTFOUND},
               {"auth", RC_AUTH},         {"denied", RC_DENIED},
               {"outdated", RC_OUTDATED}, {"limit", RC_LIMIT},
               {"full", RC_FULL},         {"io", RC_IO},
               {"busy", RC_BUSY},         {"network", RC_NETWORK}};
    size_t i;

    for (i = 0; code != NULL && i < countof(all); i++)
        if (strcmp(code, all[i].code) == 0)
            return all[i].rc;
    if (status == 404)
        return RC_NOTFOUND;
    return status >= 500 ? RC_NETWORK : RC_INVALID;
}

static enum rc problem(const struct flow *f, long status)
{
    json_t *j = json_loadb((const char *)f->in.p, f->in.n, 0, NULL);
    const char *detail = json_string_value(json_object_get(j, "detail"));
    enum rc rc =
        rc_coded(json_string_value(json_object_get(j, "code")), status);

    if (detail != NULL)
        err_set(f->err, rc, "%s", detail);
    else
        err_set(f->err, rc, "the server answered %ld", status);
    json_decref(j);
    return rc;
}

static enum rc no_answer(const struct flow *f, CURLcode code)
{
    if (f->rc != RC_OK)
        return f->rc;
    if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
        return err_set(f->err, RC_DENIED,
                       "%s is not the server this device was enrolled at: its"
                       " key is another; nothing was sent to it",
                       f->t->url);
    if (f->in.full)
        return err_set(f->err, RC_CORRUPT,
                       "the answer of the server is too"
                       " long");
    return err_set(f->err, RC_NETWORK, "no answer from %s: %s", f->t->url,
                   curl_easy_strerror(code));
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
    const struct call *c = f->c;
    struct digest body = digest_of(c->body), base;
    struct buf digest = buf_make(256), text = buf_make(4096);
    struct buf nonce = buf_make(64), value = buf_make(1024);
    uint8_t random[16], sig[SIGN_BYTES];
    struct httpsig_request r = {.method = bytes_of(c->method),
                                .authority = bytes_of(f->t->authority)};
    struct httpsig_params p = {.created_s = c->now_ms / 1000,
                               .keyid = bytes_of(c->keyid)};

    random_bytes(random, sizeof random);
    text_put_base64url(&nonce, (struct bytes){random, sizeof random});
    httpsig_put_digest(&digest, body.b);
    r.path = (struct bytes){(const uint8_t *)c->path, strcspn(c->path, "?")};
    r.digest = buf_view(&digest);
    p.nonce = buf_view(&nonce);
    httpsig_base(&text, &r, &p);
    base = digest_of(buf_view(&text));
    sign_make(c->key, &base, sig);
    add_header(f, "Content-Digest", buf_text(&digest));
    httpsig_put_input(&value, &p);
    add_header(f, "Signature-Input", buf_text(&value));
    buf_clear(&value);
    httpsig_put_signature(&value, sig);
    add_header(f, "Signature", buf_text(&value));
    buf_free(&digest);
    buf_free(&text);
    buf_free(&nonce);
    buf_free(&value);
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
    if (f->t->pin[0] != '\0')
        curl_easy_setopt(h, CURLOPT_PINNEDPUBLICKEY, f->t->pin);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    /* No limit on the whole: but one on silence. */
    curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME,
                     (long)(reply_timeout_ms / 1000));
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

enum rc transport_call(struct transport *t, const struct call *c,
                       struct buf *answer, uint64_t *offset, struct err *err)
{
    struct flow f = {.t = t, .c = c, .offset = offset, .err = err};
    size_t most = c->piece != NULL ? message_bytes_max + 4 + CURL_MAX_WRITE_SIZE
                                   : c->answer_max;
    CURLcode code;
    long status = 0;
    enum rc rc = RC_OK;

    f.in = buf_make(most > PROBLEM_BYTES_MAX ? most : PROBLEM_BYTES_MAX);
    add_headers(&f);
    set_up(&f);
    code = curl_easy_perform(t->curl);
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK)
        rc = no_answer(&f, code);
    else if (status >= 300)
        rc = problem(&f, status);
    else if (c->piece != NULL && f.in.n > 0)
        rc = err_set(err, RC_NETWORK, "the pull was cut off");
    curl_slist_free_all(f.headers);
    if (rc == RC_OK && c->piece == NULL && answer != NULL)
        *answer = f.in;
    else
        buf_free(&f.in);
    return rc;
}
