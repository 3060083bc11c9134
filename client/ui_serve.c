/*
 * The pages of `stoep ui` and their requests, to a browser on this machine and
 * to nothing else.
 *
 * Files hold no data and go to whoever asks for them under our name.  A call,
 * POST /api/NAME with a JSON object, is answered if all of this holds:
 *   Host    is our address: no other name leads here (DNS rebinding)
 *   Origin  is ours: the request was made by our own page
 *   Cookie  the one that `start` set: SameSite=Strict, HttpOnly
 *   Stoep-Page  what `start` answered; our page alone can know it, for a cookie
 *           goes to every port of this machine
 * `start` takes the word that stands in the address after the '#', once.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/ui.h"
#include "client/unlock.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/pages.h"
#include "sync/sys/random.h"

enum {
    BODY_MAX = attachment_bytes_max / 3 * 4 + 1024, /* a photo in base64 */
    LOOK_S = 10, /* how often for what was not used for a while */
    GRACE_MS = 1000
};

extern const uint8_t _binary_worker_web_start[], _binary_worker_web_end[];

static struct bytes bundle(void)
{
    return (struct bytes){
        _binary_worker_web_start,
        (size_t)(_binary_worker_web_end - _binary_worker_web_start)};
}

static const char *const headers[] = {
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
    " blob:; connect-src 'self'; manifest-src 'self'; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options",
    "nosniff",
    "X-Frame-Options",
    "DENY",
    "Referrer-Policy",
    "no-referrer",
    "Cross-Origin-Opener-Policy",
    "same-origin",
    "Cross-Origin-Resource-Policy",
    "same-origin",
    "Permissions-Policy",
    "camera=(self), geolocation=(self), microphone=()",
    NULL};

/* -- who asks ------------------------------------------------------------ */

static void make_secret(char out[UI_SECRET_CHARS + 1])
{
    uint8_t random[32];
    struct buf b = buf_make(UI_SECRET_CHARS + 1);

    random_bytes(random, sizeof random);
    text_put_base64url(&b, (struct bytes){random, sizeof random});
    memcpy(out, buf_text(&b), UI_SECRET_CHARS + 1);
    buf_free(&b);
}

/* How long it takes tells nothing of what is the same. */
static bool same(const char *secret, const char *given, size_t n)
{
    unsigned char differ = 0;
    size_t i;

    if (given == NULL || strnlen(given, n + 1) != n || secret[0] == '\0')
        return false;
    for (i = 0; i < n; i++)
        differ |= (unsigned char)(secret[i] ^ given[i]);
    return differ == 0;
}

static bool has_cookie(const struct ui *u, const char *header)
{
    size_t n = strlen(u->cookie_name);
    const char *p;
    char value[UI_SECRET_CHARS + 1];

    for (p = header; p != NULL; p = strchr(p, ';')) {
        p += strspn(p, "; ");
        if (strncmp(p, u->cookie_name, n) != 0 || p[n] != '=' ||
            strcspn(p + n + 1, "; ") != UI_SECRET_CHARS)
            continue;
        memcpy(value, p + n + 1, UI_SECRET_CHARS);
        value[UI_SECRET_CHARS] = '\0';
        if (same(u->cookie, value, UI_SECRET_CHARS))
            return true;
    }
    return false;
}

static bool is_ours(const struct ui *u, struct httpd_request *r)
{
    const char *origin = httpd_header_in(r, "Origin");
    const char *type = httpd_header_in(r, "Content-Type");

    return strcmp(httpd_authority(r), u->host) == 0 && origin != NULL &&
           strcmp(origin, u->origin) == 0 && type != NULL &&
           strcmp(type, "application/json") == 0;
}

static bool may_ask(const struct ui *u, struct httpd_request *r)
{
    return has_cookie(u, httpd_header_in(r, "Cookie")) &&
           same(u->page, httpd_header_in(r, "Stoep-Page"), UI_SECRET_CHARS);
}

/* -- answering ----------------------------------------------------------- */

static int status_of(enum rc rc)
{
    switch (rc) {
    case RC_OK: return 200;
    case RC_INVALID: return 400;
    case RC_NOTFOUND: return 404;
    case RC_AUTH: return 401;
    case RC_DENIED:
    case RC_EXPIRED: return 403;
    case RC_CONFLICT: return 409;
    case RC_LIMIT: return 413;
    case RC_OUTDATED:
    case RC_CORRUPT:
    case RC_IO: return 500;
    case RC_FULL: return 507;
    case RC_BUSY: return 503;
    case RC_NETWORK: return 502;
    }
    return 500;
}

static void reply(struct httpd_request *r, const struct face_response *out)
{
    char *text = json_dumps(out->out, JSON_COMPACT);

    httpd_header(r, "Cache-Control", "no-store");
    httpd_reply(r, status_of(out->rc), "application/json", bytes_of(text));
    free(text);
}

static void reply_fault(struct ui *u, struct httpd_request *r, enum rc rc,
                        const char *text)
{
    struct err err;
    struct face_response out;

    err_set(&err, rc, "%s", text);
    out = face_fault(u->app.lang, &err);
    reply(r, &out);
    face_drop(&out);
}

/* The word of the address, once, against what every other call needs. */
static void start(struct ui *u, struct httpd_request *r, const json_t *in)
{
    const char *once = json_string_value(json_object_get(in, "once"));
    struct face_response out = {RC_OK, NULL};

    if (!same(u->once, once, UI_SECRET_CHARS)) {
        reply_fault(u, r, RC_DENIED,
                    MSG("this address was used already: run `stoep ui` again"
                        " and open the new one"));
        return;
    }
    memset(u->once, 0, sizeof u->once);
    make_secret(u->cookie);
    make_secret(u->page);
    httpd_header(r, "Set-Cookie",
                 arena_printf(httpd_arena(r),
                              "%s=%s; Path=/; HttpOnly; SameSite=Strict",
                              u->cookie_name, u->cookie));
    out.out = json_pack("{s:s}", "page", u->page);
    reply(r, &out);
    face_drop(&out);
}

static enum lang lang_of(const struct ui *u, const json_t *in)
{
    const char *lang = json_string_value(json_object_get(in, "lang"));

    if (lang == NULL)
        return u->options->lang;
    return strcmp(lang, "en") == 0 ? LANG_EN : LANG_NL;
}

static void fault_of_state(struct ui *u, struct err *err)
{
    err_set(err, u->state == UI_EXPIRED ? RC_EXPIRED : RC_AUTH, "%s",
            u->state == UI_EXPIRED
                ? vault_closed
                : MSG("this store is locked: its PIN, please"));
    err->reason = "locked";
}

/* What changes nothing of how long the store stays open. */
static bool is_only_looking(const char *call)
{
    return strcmp(call, "state") == 0;
}

static void answer(struct ui *u, const struct face_request *q,
                   struct face_response *out)
{
    struct err err = {0};

    ui_freshen(u);
    u->app.lang = lang_of(u, q->in);
    u->app.pin.lang = u->app.lang;
    u->app.now_ms = clock_wall_ms();
    u->app.keep_words = false;
    u->app.area = NULL;
    if (!is_only_looking(q->call))
        u->used_ms = clock_boot_ms();
    if (ui_answer(u, q, out))
        return;
    if (u->state != UI_OPEN) {
        fault_of_state(u, &err);
        *out = face_fault(u->app.lang, &err);
        return;
    }
    face_answer(&u->app, q, out);
    arena_reset(&u->app.mem);
    u->app.areas = NULL;
    u->app.areas_n = 0;
}

static void take_call(struct ui *u, struct httpd_request *r)
{
    struct bytes body = httpd_body(r);
    struct face_request q = {.call = httpd_segment(r, 0)};
    struct face_response out;
    json_t *in;

    if (!is_ours(u, r)) {
        reply_fault(u, r, RC_DENIED, "not from our own page");
        return;
    }
    in = json_loadb((const char *)body.p, body.n, 0, NULL);
    if (!json_is_object(in)) {
        reply_fault(u, r, RC_INVALID, "no JSON object");
        json_decref(in);
        return;
    }
    q.in = in;
    if (strcmp(q.call, "start") == 0) {
        start(u, r, in);
    } else if (!may_ask(u, r)) {
        reply_fault(u, r, RC_AUTH,
                    MSG("this page is not signed in: run `stoep ui` again and"
                        " open the address that it prints"));
    } else {
        answer(u, &q, &out);
        reply(r, &out);
        face_drop(&out);
    }
    json_decref(in);
}

static void on_call(void *ctx, struct httpd_request *r)
{
    struct ui *u = ctx;

    pthread_mutex_lock(&u->lock);
    take_call(u, r);
    pthread_mutex_unlock(&u->lock);
}

static void on_file(void *ctx, struct httpd_request *r)
{
    struct ui *u = ctx;
    const char *path = httpd_path(r);
    bool here;

    pthread_mutex_lock(&u->lock);
    here = strcmp(httpd_authority(r), u->host) == 0;
    pthread_mutex_unlock(&u->lock);
    if (!here) {
        httpd_problem(r, 421, "Misdirected request", NULL);
        return;
    }
    pages_reply(r, bundle(), strcmp(path, "/") == 0 ? "index.html" : path + 1);
}

static const struct httpd_route routes[] = {
    {HTTPD_GET, "/", on_file, 0},
    {HTTPD_GET, "/*", on_file, 0},
    {HTTPD_GET, "/*/*", on_file, 0},
    {HTTPD_POST, "/api/*", on_call, BODY_MAX},
};

/* -- as long as it runs -------------------------------------------------- */

/* What is left open and not used does not stay open. */
static void lock_unused(struct ui *u)
{
    pthread_mutex_lock(&u->lock);
    if (u->state == UI_OPEN && vault_has_pin(u->app.vault) &&
        clock_boot_ms() - u->used_ms > UNLOCK_MINUTES * 60000ULL)
        ui_close(u);
    pthread_mutex_unlock(&u->lock);
}

static void wait_for_end(struct ui *u, const sigset_t *ends)
{
    const struct timespec look = {.tv_sec = LOOK_S};

    while (sigtimedwait(ends, NULL, &look) < 0)
        lock_unused(u);
}

static void name_ourselves(struct ui *u, unsigned port)
{
    snprintf(u->host, sizeof u->host, "127.0.0.1:%u", port);
    snprintf(u->origin, sizeof u->origin, "http://%s", u->host);
    snprintf(u->cookie_name, sizeof u->cookie_name, "stoep-%u", port);
    make_secret(u->once);
}

enum rc ui_serve(struct ui *u, struct err *err)
{
    struct httpd_options o = {.listen = "127.0.0.1:0",
                              .loops = 1,
                              .connections_max = 64,
                              .headers = headers,
                              .route = routes,
                              .routes = countof(routes),
                              .ctx = u};
    struct httpd *h = NULL;
    sigset_t ends;
    enum rc rc;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    pthread_mutex_lock(&u->lock); /* nobody asks before it has its names */
    rc = httpd_start(&h, &o, err);
    if (rc == RC_OK)
        name_ourselves(u, httpd_port(h));
    pthread_mutex_unlock(&u->lock);
    if (rc != RC_OK)
        return rc;
    printf("%s/#%s\n", u->origin, u->once);
    fflush(stdout);
    wait_for_end(u, &ends);
    httpd_stop(h, GRACE_MS);
    return RC_OK;
}
