/* Faults as answers, and the calls that need no session (server.h). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/limits.h"
#include "server/odata_query.h"
#include "server/server.h"
#include "sync/base/msg.h"
#include "sync/base/text.h"
#include "sync/base/utf8.h"
#include "sync/code.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

/* -- faults ------------------------------------------------------------- */

static int status_of(enum rc rc)
{
    static const int all[] = {
        [RC_OK] = 500,       [RC_INVALID] = 400,  [RC_CORRUPT] = 400,
        [RC_CONFLICT] = 409, [RC_NOTFOUND] = 404, [RC_AUTH] = 401,
        [RC_DENIED] = 403,   [RC_EXPIRED] = 403,  [RC_OUTDATED] = 409,
        [RC_LIMIT] = 413,    [RC_FULL] = 507,     [RC_IO] = 500,
        [RC_BUSY] = 503,     [RC_NETWORK] = 502,
    };

    return all[rc];
}

/* Devices know what they are told in English, and say it in the language of
 * their user; a browser is told in the one that it asks for. */
static const char *wished(struct httpd_request *r, const char *text)
{
    const char *wish = httpd_header_in(r, "accept-language");

    return wish != NULL && strncmp(wish, "nl", 2) == 0 ? msg(LANG_NL, text)
                                                       : text;
}

static void put_problem(struct httpd_request *r, const struct err *err,
                        bool odata)
{
    const char *code = rc_word(err->code), *text = wished(r, err->text);
    int status = status_of(err->code);
    json_t *j;
    char *body;

    if (err->code == RC_IO || err->code == RC_FULL) {
        log_error("request.failed", "path=%s err=%s", httpd_path(r),
                  LOG_QUOTE(err->text));
        text = wished(r, err->code == RC_FULL
                             ? MSG("the disk of the server is full; nothing is"
                                   " lost, try again later")
                             : MSG("the server failed; its log says why"));
    } else {
        log_debug("request.refused", "path=%s code=%s", httpd_path(r), code);
    }
    if (err->reason != NULL && strcmp(err->reason, ODATA_UNSUPPORTED) == 0)
        status = 501;
    if (err->code == RC_AUTH) /* RFC 9110, 11.6.1 */
        httpd_header(r, "WWW-Authenticate", "Bearer realm=\"stoep\"");
    if (err->code == RC_BUSY) {
        /* Too much of this caller, or just now of all. */
        status = err->wait_ms > 0 ? 429 : status;
        httpd_header(
            r, "Retry-After",
            arena_printf(httpd_arena(r), "%u",
                         err->wait_ms > 0 ? err->wait_ms / 1000 + 1 : 2U));
    }
    j = json_pack("{s:s, s:i, s:s, s:s}", "title", rc_text(err->code), "status",
                  status, "detail", text, "code", code);
    if (odata && j != NULL)
        json_object_set_new(
            j, "error", json_pack("{s:s, s:s}", "code", code, "message", text));
    body = j == NULL ? NULL : json_dumps(j, JSON_COMPACT);
    if (body == NULL) /* a text that is no UTF-8 */
        httpd_problem(r, status, rc_text(err->code), text);
    else
        httpd_reply(r, status, "application/problem+json", bytes_of(body));
    free(body);
    json_decref(j);
}

void server_problem(struct httpd_request *r, const struct err *err)
{
    put_problem(r, err, false);
}

void server_problem_odata(struct httpd_request *r, const struct err *err)
{
    httpd_header(r, "OData-Version", "4.0");
    put_problem(r, err, true);
}

/* -- calls that anyone may make ----------------------------------------- */

void api_health(void *ctx, struct httpd_request *r)
{
    struct visit v;
    struct err err;

    if (endpoint_enter(ctx, r, ENDPOINT_HEALTH, &v, &err) == RC_OK)
        httpd_reply(r, 200, "text/plain", bytes_of("ok\n"));
    else
        server_problem(r, &err);
}

void api_pin(void *ctx, struct httpd_request *r)
{
    struct server *s = ctx;
    struct buf b = buf_make(256);
    uint8_t pin[TLS_PIN_BYTES];
    struct visit v;
    struct err err;

    if (endpoint_enter(s, r, ENDPOINT_PIN, &v, &err) != RC_OK) {
        server_problem(r, &err);
        return;
    }
    tls_pin(s->tls, pin);
    buf_puts(&b, "{\"pin\":\"");
    text_put_base64(&b, (struct bytes){pin, sizeof pin});
    buf_puts(&b, "\"}");
    httpd_header(r, AUTH_SALT, auth_salt(s->auth)); /* for what comes next */
    httpd_reply(r, 200, "application/json", buf_view(&b));
    buf_free(&b);
}

/* -- enrolment ---------------------------------------------------------- */

struct enrol_job {
    struct merge_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct arena mem;
    struct digest secret;
    struct sign_public key;
    char name[name_bytes_max + 1];
    struct enrolled result;
    struct visit visit;
};

static enum rc take_bytes(const json_t *j, const char *member, bool url,
                          size_t max, struct buf *out, struct err *err)
{
    const char *text = json_string_value(json_object_get(j, member));

    *out = buf_make(max);
    if (text != NULL && (url ? text_take_base64url(bytes_of(text), out)
                             : text_take_base64(bytes_of(text), out)))
        return RC_OK;
    return err_set(err, RC_INVALID, "the member \"%s\" is missing or damaged",
                   member);
}

static enum rc take_enrol(const json_t *j, struct enrol_job *e, struct err *err)
{
    const char *name = json_string_value(json_object_get(j, "name"));
    struct buf secret = {0}, key = {0};
    enum rc rc = take_bytes(j, "secret", true, CODE_SECRET_BYTES, &secret, err);

    if (rc == RC_OK && secret.n != CODE_SECRET_BYTES)
        rc = err_set(err, RC_INVALID, "the secret is too short");
    if (rc == RC_OK)
        rc = take_bytes(j, "key", false, SIGN_PUBLIC_BYTES_MAX, &key, err);
    if (rc == RC_OK)
        rc = sign_public_read(buf_view(&key), &e->key, err);
    if (rc == RC_OK && name != NULL && strlen(name) > name_bytes_max)
        rc = err_set(err, RC_LIMIT, "the name of a device has at most %d bytes",
                     name_bytes_max);
    if (rc == RC_OK) {
        e->secret = digest_of(buf_view(&secret));
        if (name != NULL)
            memcpy(e->name, name, strlen(name));
    }
    buf_free(&secret);
    buf_free(&key);
    return rc;
}

static enum rc enrol_run(struct merge_job *job, struct store *s,
                         struct err *err)
{
    struct enrol_job *e = (struct enrol_job *)job;
    int64_t account;
    enum rc rc =
        store_code_check(s, &e->secret, clock_wall_ms(), &account, err);

    if (rc != RC_OK) /* refused without a write: no neighbour feels it */
        return rc;
    job->wrote = true;
    return store_enrol(s, &e->secret, &e->key, e->name, clock_wall_ms(),
                       &e->mem, &e->result, err);
}

/* Nobody hears of an enrolment that is not in the access log. */
static enum rc note_enrolled(struct enrol_job *e, struct httpd_request *r)
{
    struct access_line line = visit_line(&e->visit, r);

    line.user = e->result.user;
    line.role = role_word(e->result.role);
    line.device = e->result.device;
    return access_note(e->server->access, &line, &e->job.err);
}

static void enrol_answer(void *arg, struct httpd_request *r)
{
    struct enrol_job *e = arg;
    json_t *j;
    char *body;

    if (e->job.rc == RC_OK)
        e->job.rc = note_enrolled(e, r);
    if (e->job.rc != RC_OK) {
        if (e->job.rc == RC_DENIED)
            limits_failed(e->server, r, &e->visit);
        visit_refuse(e->server, r, &e->visit, &e->job.err);
    } else {
        j = json_pack(
            "{s:I, s:s%, s:s, s:I}", "device", (json_int_t)e->result.device,
            "user", (const char *)e->result.user.p, e->result.user.n, "role",
            role_word(e->result.role), "lease_s",
            (json_int_t)server_conf_lease_s(&e->server->conf, e->result.role));
        body = json_dumps(j, JSON_COMPACT);
        log_info("device.enrolled", "device=%u", (unsigned)e->result.device);
        httpd_reply(r, 201, "application/json", bytes_of(body));
        free(body);
        json_decref(j);
    }
    arena_free(&e->mem);
    free(e);
}

static void enrol_done(struct merge_job *job)
{
    struct enrol_job *e = (struct enrol_job *)job;

    httpd_resume(e->r, enrol_answer, e);
}

static enum rc enrol_read(struct server *s, struct httpd_request *r,
                          struct enrol_job *e, struct err *err)
{
    struct bytes body = httpd_body(r);
    struct proof proof;
    json_error_t at;
    json_t *j =
        json_loadb((const char *)body.p, body.n, JSON_REJECT_DUPLICATES, &at);
    enum rc rc;

    if (j == NULL)
        return err_set(err, RC_INVALID, "this is no JSON: %s", at.text);
    rc = take_enrol(j, e, err);
    json_decref(j);
    if (rc != RC_OK)
        return rc;
    return auth_signature(s->auth, r, &e->key, bytes_of("enrol"),
                          clock_wall_ms(), &proof, err);
}

void api_enrol(void *ctx, struct httpd_request *r)
{
    struct enrol_job *e = mem_new(sizeof *e);
    struct err err;
    enum rc rc = endpoint_enter(ctx, r, ENDPOINT_ENROL, &e->visit, &err);

    if (rc == RC_OK)
        rc = enrol_read(ctx, r, e, &err);
    e->server = ctx;
    e->r = r;
    e->job.run = enrol_run;
    e->job.done = enrol_done;
    e->job.bytes = sizeof *e;
    if (rc == RC_OK) {
        httpd_defer(r);
        rc = merger_submit(e->server->merger, &e->job, &err);
        if (rc == RC_OK)
            return;
        e->job.rc = rc;
        e->job.err = err;
        httpd_resume(r, enrol_answer, e);
        return;
    }
    visit_refuse(ctx, r, &e->visit, &err);
    free(e);
}
