/* Who comes in with a browser: a code makes a passkey, a passkey a session
 * (server.h). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/browser.h"
#include "server/limits.h"
#include "server/passkey_store.h"
#include "server/server.h"
#include "sync/base/text.h"
#include "sync/code.h"
#include "sync/limits.h"
#include "sync/sys/log.h"

/* -- reading ------------------------------------------------------------------
 */

static enum rc take_json(struct httpd_request *r, json_t **out, struct err *err)
{
    struct bytes body = httpd_body(r);
    json_error_t at;
    json_t *j =
        json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &at);

    if (j == NULL)
        return err_set(err, RC_INVALID, "this is no JSON: %s", at.text);
    *out = j;
    return RC_OK;
}

/* In base64url, into the request's arena. */
static enum rc take_bytes(const json_t *j, const char *member, size_t max,
                          struct httpd_request *r, struct bytes *out,
                          struct err *err)
{
    const char *text = json_string_value(json_object_get(j, member));
    struct buf b = buf_make(max);
    bool fine = text != NULL && text_take_base64url(bytes_of(text), &b);

    if (fine)
        *out = arena_bytes(httpd_arena(r), buf_view(&b));
    buf_free(&b);
    return fine ? RC_OK
                : err_set(err, RC_INVALID,
                          "the member \"%s\" is missing or damaged", member);
}

struct proven { /* what a browser sends of a passkey */
    struct bytes client, data, challenge;
    const char *site;
};

static enum rc take_proof(struct server *srv, struct httpd_request *r,
                          const json_t *j, enum passkey_act act,
                          struct proven *out, struct err *err)
{
    const char *origin = NULL;
    enum rc rc = browser_place(srv->conf.url, r, &origin, &out->site, err);

    if (rc == RC_OK)
        rc = take_bytes(j, "client", PASSKEY_CLIENT_BYTES_MAX, r, &out->client,
                        err);
    if (rc == RC_OK)
        rc = take_bytes(j, "data", PASSKEY_DATA_BYTES_MAX, r, &out->data, err);
    return rc == RC_OK ? passkey_client(out->client, act, origin,
                                        httpd_arena(r), &out->challenge, err)
                       : rc;
}

static void reply_empty(struct httpd_request *r)
{
    httpd_reply(r, 200, "application/json", bytes_of("{}"));
}

/* -- a challenge
 * ---------------------------------------------------------------- */

void api_challenge(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct buf b = buf_make(1024);
    const char *origin, *site = "";
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_CHALLENGE, &v, &err);

    if (rc == RC_OK)
        rc = browser_place(srv->conf.url, r, &origin, &site, &err);
    if (rc == RC_OK) {
        buf_puts(&b, "{\"challenge\":\"");
        text_put_base64url(
            &b, browser_challenge(srv->browsers, v.now_ms, httpd_arena(r)));
        buf_printf(&b, "\",\"site\":\"%s\"}", site);
        httpd_reply(r, 200, "application/json", buf_view(&b));
    } else {
        visit_refuse(srv, r, &v, &err);
    }
    buf_free(&b);
}

/* -- a passkey is made, or used
 * --------------------------------------------------- */

struct web_job {
    struct merge_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
    struct digest secret; /* of the code; of one that is made */
    struct passkey_made made;
    char name[name_bytes_max + 1];
    uint32_t number, counter;
};

static enum rc make_run(struct merge_job *job, struct store *s, struct err *err)
{
    struct web_job *w = (struct web_job *)job;
    int64_t account;
    enum rc rc =
        store_code_check(s, &w->secret, w->visit.now_ms, &account, err);

    if (rc != RC_OK) /* refused without a write: no neighbour feels it */
        return rc;
    job->wrote = true;
    return passkey_enrol(s, &w->secret, &w->made, w->name, w->visit.now_ms,
                         &w->number, err);
}

static enum rc use_run(struct merge_job *job, struct store *s, struct err *err)
{
    struct web_job *w = (struct web_job *)job;

    job->wrote = true;
    return passkey_seen(s, w->number, w->counter, w->visit.now_ms, err);
}

/* Nobody is in without a line that says so. */
static enum rc note_in(struct web_job *w, struct httpd_request *r)
{
    struct server *srv = w->server;
    struct access_line line;
    struct passkey p;
    enum rc rc = passkey_load(server_store(srv, r), w->number, httpd_arena(r),
                              &p, &w->job.err);

    if (rc == RC_OK)
        rc = passkey_may(&p, w->visit.now_ms, &w->job.err);
    if (rc != RC_OK)
        return rc;
    visit_passkey(&w->visit, &p);
    line = visit_line(&w->visit, r);
    return access_note(srv->access, &line, &w->job.err);
}

static void web_answer(void *arg, struct httpd_request *r)
{
    struct web_job *w = arg;
    struct server *srv = w->server;

    if (w->job.rc == RC_OK)
        w->job.rc = note_in(w, r);
    if (w->job.rc != RC_OK) {
        if (w->job.rc == RC_DENIED || w->job.rc == RC_AUTH)
            limits_failed(srv, r, &w->visit);
        visit_refuse(srv, r, &w->visit, &w->job.err);
    } else {
        log_info("browser.signed_in", "passkey=%u", (unsigned)w->number);
        browser_give(r,
                     browser_open(srv->browsers, w->number, w->visit.now_ms,
                                  httpd_arena(r)),
                     srv->conf.session_s);
        reply_empty(r);
    }
    free(w);
}

static void web_done(struct merge_job *job)
{
    struct web_job *w = (struct web_job *)job;

    httpd_resume(w->r, web_answer, w);
}

/* `rc`: how it went so far. */
static void web_submit(struct web_job *w, enum rc rc, struct err *err)
{
    if (rc != RC_OK) {
        if (rc == RC_AUTH)
            limits_failed(w->server, w->r, &w->visit);
        visit_refuse(w->server, w->r, &w->visit, err);
        free(w);
        return;
    }
    w->job.done = web_done;
    w->job.bytes = sizeof *w;
    httpd_defer(w->r);
    rc = merger_submit(w->server->merger, &w->job, err);
    if (rc != RC_OK) {
        w->job.rc = rc;
        w->job.err = *err;
        httpd_resume(w->r, web_answer, w);
    }
}

/* The name of its browser is one line of a list. */
static enum rc take_name(const json_t *j, struct web_job *w, struct err *err)
{
    const char *name = json_string_value(json_object_get(j, "name"));

    if (name == NULL || name[0] == '\0')
        name = "browser";
    if (strlen(name) > name_bytes_max)
        return err_set(err, RC_LIMIT,
                       "the name of a passkey has at most %d bytes",
                       name_bytes_max);
    memcpy(w->name, name, strlen(name) + 1);
    return RC_OK;
}

static enum rc take_code(const json_t *j, struct web_job *w, struct err *err)
{
    const char *typed = json_string_value(json_object_get(j, "code"));
    struct code code;
    enum rc rc = code_read(bytes_of(typed == NULL ? "" : typed), &code, err);

    if (rc == RC_OK)
        w->secret = digest_of((struct bytes){code.secret, sizeof code.secret});
    return rc;
}

static enum rc make_read(struct web_job *w, struct httpd_request *r,
                         struct err *err)
{
    struct server *srv = w->server;
    struct proven p = {0};
    json_t *j = NULL;
    enum rc rc = take_json(r, &j, err);

    if (rc == RC_OK)
        rc = take_name(j, w, err);
    if (rc == RC_OK)
        rc = take_code(j, w, err);
    if (rc == RC_OK)
        rc = take_proof(srv, r, j, PASSKEY_MAKE, &p, err);
    json_decref(j);
    if (rc == RC_OK)
        rc = passkey_made(p.data, p.site, &w->made, err);
    return rc == RC_OK ? browser_challenge_take(srv->browsers, p.challenge,
                                                w->visit.now_ms, err)
                       : rc;
}

void api_passkey(void *ctx, struct httpd_request *r)
{
    struct web_job *w = mem_new(sizeof *w);
    struct err err;
    enum rc rc = endpoint_enter(ctx, r, ENDPOINT_PASSKEY, &w->visit, &err);

    w->server = ctx;
    w->r = r;
    w->job.run = make_run;
    if (rc == RC_OK)
        rc = make_read(w, r, &err);
    web_submit(w, rc, &err);
}

/* That it does not exist is not told apart from a bad signature. */
static enum rc use_check(struct web_job *w, struct httpd_request *r,
                         struct bytes credential, const struct proven *p,
                         struct bytes signature, struct err *err)
{
    struct server *srv = w->server;
    struct sign_public key;
    struct passkey known;
    enum rc rc = passkey_find(server_store(srv, r), credential, httpd_arena(r),
                              &known, err);

    if (rc == RC_NOTFOUND)
        return err_set(err, RC_AUTH,
                       MSG("this passkey is not known here; ask your"
                           " administrator for a code"));
    if (rc == RC_OK)
        rc = sign_public_read(known.key, &key, err);
    if (rc == RC_OK)
        rc = passkey_used(&key, p->data, p->client, signature, p->site,
                          &w->counter, err);
    if (rc == RC_OK)
        rc = browser_challenge_take(srv->browsers, p->challenge,
                                    w->visit.now_ms, err);
    if (rc != RC_OK)
        return rc;
    visit_passkey(&w->visit, &known); /* proven: a refusal is theirs */
    w->number = known.number;
    return passkey_may(&known, w->visit.now_ms, err);
}

static enum rc use_read(struct web_job *w, struct httpd_request *r,
                        struct err *err)
{
    struct bytes credential = {0}, signature = {0};
    struct proven p = {0};
    json_t *j = NULL;
    enum rc rc = take_json(r, &j, err);

    if (rc == RC_OK)
        rc = take_bytes(j, "credential", PASSKEY_ID_BYTES_MAX, r, &credential,
                        err);
    if (rc == RC_OK)
        rc = take_bytes(j, "signature", PASSKEY_SIGNATURE_BYTES_MAX, r,
                        &signature, err);
    if (rc == RC_OK)
        rc = take_proof(w->server, r, j, PASSKEY_USE, &p, err);
    json_decref(j);
    return rc == RC_OK ? use_check(w, r, credential, &p, signature, err) : rc;
}

void api_sign_in(void *ctx, struct httpd_request *r)
{
    struct web_job *w = mem_new(sizeof *w);
    struct err err;
    enum rc rc = endpoint_enter(ctx, r, ENDPOINT_SIGN_IN, &w->visit, &err);

    w->server = ctx;
    w->r = r;
    w->job.run = use_run;
    if (rc == RC_OK)
        rc = use_read(w, r, &err);
    web_submit(w, rc, &err);
}

/* -- the end
 * ------------------------------------------------------------------------ */

void api_sign_out(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct access_line line;
    struct visit v;
    struct err err;

    if (endpoint_enter(srv, r, ENDPOINT_SIGN_OUT, &v, &err) != RC_OK) {
        visit_refuse(srv, r, &v, &err);
        return;
    }
    browser_close(srv->browsers, r);
    line = visit_line(&v, r);
    access_try(srv->access, &line);
    reply_empty(r);
}
