/*
 * told_stage.h - a server with TLS that answers as told, clocks that can be
 * set, and calls of the client's transport; for t_transport*.c.
 */
#pragma once

#include "tests/unit/line_stage.h"

#include <time.h>

#include "client/line.h"
#include "client/transport.h"
#include "server/tls.h"
#include "sync/base/msg.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/httpd.h"

#define OURS  "application/vnd.stoep+msgpack"
#define PAGE  "text/html; charset=utf-8"
#define FAULT "application/problem+json"

/* -- a clock that can be set -------------------------------------------- */

static _Atomic int64_t wall_off_ms;
static _Atomic uint64_t mono_ms = 1000, mono_step_ms;

uint64_t clock_wall_ms(void)
{
    return (uint64_t)((int64_t)time(NULL) * 1000 + wall_off_ms);
}

uint64_t clock_mono_ms(void)
{
    return mono_ms += mono_step_ms;
}

/* -- a server that answers as told -------------------------------------- */

struct told {
    int status;
    const char *type, *body, *name, *value; /* and a header */
    bool endless;
};

struct stage {
    char dir[200], cert[256], key[256];
    struct tls *tls;
    struct httpd *h;
    struct told told;
    uint8_t pin[TLS_PIN_BYTES];
};

static inline enum httpd_more more(void *ctx, struct buf *out)
{
    buf_puts(out, ctx);
    return HTTPD_MORE;
}

static inline void on_call(void *ctx, struct httpd_request *r)
{
    const struct told *t = &((struct stage *)ctx)->told;

    if (t->name != NULL)
        httpd_header(r, t->name, t->value);
    if (t->endless)
        httpd_stream(
            r, t->status, t->type, HTTPD_UNKNOWN,
            (struct httpd_source){(void *)(uintptr_t)t->body, more, NULL});
    else
        httpd_reply(r, t->status, t->type,
                    t->body != NULL ? bytes_of(t->body) : (struct bytes){0});
}

static const struct httpd_route routes[] = {
    {HTTPD_GET, "/call", on_call, 0},
    {HTTPD_POST, "/call", on_call, message_bytes_max},
};

static inline int open_stage(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct httpd_options o = {.listen = "127.0.0.1:0",
                              .loops = 1,
                              .route = routes,
                              .routes = countof(routes),
                              .ctx = s};

    *state = s;
    snprintf(s->dir, sizeof s->dir, "%s/t_transport.XXXXXX",
             tmp ? tmp : "/tmp");
    if (!mkdtemp(s->dir))
        return -1;
    snprintf(s->cert, sizeof s->cert, "%s/server.crt", s->dir);
    snprintf(s->key, sizeof s->key, "%s/server.key", s->dir);
    if (tls_make(s->cert, s->key, "127.0.0.1", NULL) != RC_OK ||
        tls_open(s->cert, s->key, &s->tls, NULL) != RC_OK)
        return -1;
    o.tls = tls_httpd(s->tls);
    tls_pin(s->tls, s->pin);
    return httpd_start(&s->h, &o, NULL) == RC_OK ? 0 : -1;
}

static inline int close_stage(void **state)
{
    struct stage *s = *state;

    wall_off_ms = 0;
    mono_step_ms = 0;
    httpd_stop(s->h, 1000);
    tls_close(s->tls);
    unlink(s->cert);
    unlink(s->key);
    rmdir(s->dir);
    free(s);
    return 0;
}

/* -- a call ------------------------------------------------------------- */

static inline enum rc call_url(const char *url, const uint8_t *pin,
                               const struct call *like, struct err *err)
{
    struct transport *t;
    struct buf answer = {0};
    struct call c = *like;
    struct sign_key *key = sign_key_new();
    enum rc rc;

    c.path = "/call";
    c.now_ms = clock_wall_ms();
    c.key = key;
    c.keyid = "device-1";
    if (c.method == NULL)
        c.method = "GET";
    assert_int_equal(transport_open(url, pin, &t, err), RC_OK);
    rc = transport_call(t, &c, c.piece != NULL ? NULL : &answer, NULL, err);
    buf_free(&answer);
    transport_close(t);
    sign_key_free(key);
    return rc;
}

static inline enum rc call_port(unsigned port, const uint8_t *pin,
                                struct err *err)
{
    struct call c = {.accept = OURS, .answer_max = 4096};
    char url[64];

    snprintf(url, sizeof url, "https://127.0.0.1:%u", port);
    return call_url(url, pin, &c, err);
}

static inline enum rc call(struct stage *s, struct err *err)
{
    return call_port(httpd_port(s->h), s->pin, err);
}

/* It came to this, and both languages say so. */
static inline void came_to(const struct err *err, enum rc rc,
                           const char *reason, const char *en, const char *nl)
{
    const char *dutch = msg(LANG_NL, err->text);

    assert_int_equal(err->code, rc);
    assert_non_null(err->reason);
    assert_string_equal(err->reason, reason);
    if (strstr(err->text, en) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err->text, en);
    if (strstr(dutch, nl) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", dutch, nl);
}

#define CASE(name) \
    cmocka_unit_test_setup_teardown(name, open_stage, close_stage)
