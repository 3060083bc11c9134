/* Who is calling: signatures, nonces and tokens, against a real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/transport.h"
#include "schema/schema.h"
#include "server/server.h"
#include "sync/base/text.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/log.h"

struct stage {
    char dir[256], url[64], authority[64];
    struct server *server;
    struct transport *t;
    struct sign_key *key;
    enum message_kind heard;
    struct arena mem;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

/* A store with one worker, whose device number 1 has the key given. */
static void fill(const char *dir, const struct sign_key *key)
{
    struct sign_public public = sign_key_public(key);
    struct digest secret = {{1}};
    struct arena mem = {0};
    struct enrolled e;
    struct store st;
    uint32_t area;
    int64_t account;
    struct err err;

    ok(store_create(dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_area_put(&st, "selwerd", "Selwerd", "", &area, &err), &err);
    ok(store_area_put(&st, "tuinwijk", "Tuinwijk", "", &area, &err), &err);
    area = 1;
    ok(store_account_put(&st, "w", ROLE_WORKER, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&st, &secret, account, 5000, &err), &err);
    ok(store_enrol(&st, &secret, &public, "", 1000, &mem, &e, &err), &err);
    store_close(&st);
    arena_free(&mem);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct server_conf conf;
    uint8_t pin[TLS_PIN_BYTES];
    struct err err;

    log_level_set(LOG_ERROR);
    snprintf(s->dir, sizeof s->dir, "%s/auth.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    s->key = sign_key_new();
    fill(s->dir, s->key);
    conf_defaults(&server_conf_table, &conf);
    snprintf(conf.listen, sizeof conf.listen, "127.0.0.1:0");
    snprintf(conf.certificate, sizeof conf.certificate, "%.200s/c", s->dir);
    snprintf(conf.key, sizeof conf.key, "%.200s/k", s->dir);
    ok(tls_make(conf.certificate, conf.key, "test", &err), &err);
    ok(server_start(s->dir, &conf, &s->server, &err), &err);
    snprintf(s->authority, sizeof s->authority, "127.0.0.1:%u",
             httpd_port(s->server->httpd));
    snprintf(s->url, sizeof s->url, "https://%s", s->authority);
    tls_pin(s->server->tls, pin);
    ok(transport_open(s->url, pin, &s->t, &err), &err);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    transport_close(s->t);
    server_stop(s->server);
    sign_key_free(s->key);
    arena_free(&s->mem);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* -- requests signed by hand -------------------------------------------- */

struct request {
    struct bytes body, signed_body;
    const char *path, *signed_path, *nonce, *keyid;
    const char *salt; /* NULL: as the server wants it */
    uint64_t created_s;
    const struct sign_key *key;
};

static struct bytes hello(struct stage *s, uint32_t device)
{
    struct message m = {.kind = MESSAGE_HELLO,
                        .as.hello = {.device = device, .types = bytes_of("t")}};
    struct buf b = buf_make(4096);
    struct bytes out;

    wire_put(&b, &m);
    out = arena_bytes(&s->mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static struct request a_request(struct stage *s, const char *nonce)
{
    struct bytes body = hello(s, 1);

    return (struct request){.body = body,
                            .signed_body = body,
                            .path = "/v1/session",
                            .signed_path = "/v1/session",
                            .nonce = nonce,
                            .keyid = "device-1",
                            .created_s = clock_wall_ms() / 1000,
                            .key = s->key};
}

static const char *header(struct stage *s, const char *name, struct buf *value)
{
    const char *line = arena_printf(&s->mem, "%s: %s", name, buf_text(value));

    buf_free(value);
    return line;
}

/* Send it; the welcome's token goes into `token` if that is not NULL. */
static enum rc send_request(struct stage *s, const struct request *q,
                            char *token, struct err *err)
{
    struct digest body = digest_of(q->signed_body), base;
    struct buf digest = buf_make(256), text = buf_make(4096);
    struct buf input = buf_make(1024), value = buf_make(1024), answer;
    const char *nonce =
        arena_printf(&s->mem, "%s%s",
                     q->salt ? q->salt : auth_salt(s->server->auth), q->nonce);
    struct httpsig_params p = {q->created_s, bytes_of(nonce),
                               bytes_of(q->keyid)};
    struct httpsig_request r = {bytes_of("POST"),
                                bytes_of(s->authority),
                                bytes_of(q->signed_path),
                                {0}};
    const char *headers[4] = {NULL};
    struct call c = {.method = "POST",
                     .path = q->path,
                     .body = q->body,
                     .type = API_WIRE,
                     .headers = headers,
                     .accept = API_WIRE,
                     .answer_max = 65536};
    uint8_t sig[SIGN_BYTES];
    struct message m;
    enum rc rc;

    httpsig_put_digest(&digest, body.b);
    r.digest = buf_view(&digest);
    httpsig_base(&text, &r, &p);
    base = digest_of(buf_view(&text));
    sign_make(q->key, &base, sig);
    httpsig_put_input(&input, &p);
    httpsig_put_signature(&value, sig);
    buf_free(&text);
    headers[0] = header(s, "Content-Digest", &digest);
    headers[1] = header(s, "Signature-Input", &input);
    headers[2] = header(s, "Signature", &value);
    rc = transport_call(s->t, &c, &answer, NULL, err);
    if (rc != RC_OK)
        return rc;
    ok(wire_get(arena_bytes(&s->mem, buf_view(&answer)), NULL, &s->mem, &m,
                err),
       err);
    s->heard = m.kind;
    if (token != NULL)
        snprintf(token, token_bytes_max, "%.*s", (int)m.as.welcome.token.n,
                 (const char *)m.as.welcome.token.p);
    buf_free(&answer);
    return RC_OK;
}

static void refused(struct stage *s, const struct request *q, const char *why)
{
    struct err err = {0};

    assert_int_equal(send_request(s, q, NULL, &err), RC_AUTH);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

/* Pull an area with a token; the rc of the answer. */
static enum rc pull_with(struct stage *s, const char *token, unsigned area,
                         struct err *err)
{
    char path[64];
    struct call c = {.method = "GET",
                     .path = path,
                     .token = token,
                     .accept = "application/vnd.stoep.states",
                     .answer_max = 65536};
    struct buf answer;
    enum rc rc;

    snprintf(path, sizeof path, "/v1/pull?area=%u&after=0", area);
    rc = transport_call(s->t, &c, &answer, NULL, err);
    if (rc == RC_OK)
        buf_free(&answer);
    return rc;
}

/* -- cases -------------------------------------------------------------- */

static void a_signed_hello_opens_a_session(void **state)
{
    struct stage *s = *state;
    struct request q = a_request(s, "n1");
    char token[token_bytes_max + 1];
    struct err err;

    ok(send_request(s, &q, token, &err), &err);
    ok(pull_with(s, token, 1, &err), &err);
    assert_int_equal(pull_with(s, token, 2, &err), RC_DENIED);
    assert_int_equal(pull_with(s, token, 99, &err), RC_DENIED);
}

static void what_came_in_before_is_refused(void **state)
{
    struct stage *s = *state;
    struct request q = a_request(s, "n1");
    struct err err;

    ok(send_request(s, &q, NULL, &err), &err);
    refused(s, &q, "came in before");
    q.nonce = "n2";
    ok(send_request(s, &q, NULL, &err), &err);
}

static void what_was_not_signed_so_is_refused(void **state)
{
    struct stage *s = *state;
    struct sign_key *other = sign_key_new();
    struct request q = a_request(s, "n");

    q.body = hello(s, 2); /* another body */
    refused(s, &q, "not what was signed");
    q = a_request(s, "n");
    q.signed_path = "/v1/push"; /* for another call */
    refused(s, &q, "does not fit");
    q = a_request(s, "n");
    q.key = other; /* another key */
    refused(s, &q, "does not fit");
    q = a_request(s, "n");
    q.keyid = "device-7"; /* nobody */
    refused(s, &q, "not enrolled");
    q.keyid = "worker";
    refused(s, &q, "names no device");
    q = a_request(s, "n");
    q.created_s -= signature_age_s_max + 10; /* a clock that is off */
    refused(s, &q, "clock");
    q.created_s += 2 * (signature_age_s_max + 10);
    refused(s, &q, "clock");
    sign_key_free(other);
}

static void what_was_signed_before_this_server_started_is_refused(void **state)
{
    struct stage *s = *state;
    struct auth *before = auth_new(clock_wall_ms());
    struct request q = a_request(s, "n");
    struct err err;

    q.salt = auth_salt(before); /* of the server that ran until now */
    refused(s, &q, "not long ago");
    q.created_s += signature_age_s_max - 5; /* by a clock that is ahead */
    refused(s, &q, "not long ago");
    q.salt = "";
    refused(s, &q, "not long ago");
    q.salt = NULL;
    ok(send_request(s, &q, NULL, &err), &err);
    auth_free(before);
}

static void a_refused_request_uses_up_no_nonce(void **state)
{
    struct stage *s = *state;
    struct sign_key *other = sign_key_new();
    struct request q = a_request(s, "n");
    struct err err;

    q.key = other;
    refused(s, &q, "does not fit");
    q.key = s->key;
    ok(send_request(s, &q, NULL, &err), &err);
    sign_key_free(other);
}

static void a_token_is_good_as_it_is_and_no_other_way(void **state)
{
    struct stage *s = *state;
    struct request q = a_request(s, "n");
    char token[token_bytes_max + 1], wrong[token_bytes_max + 1];
    struct err err;
    size_t i;

    ok(send_request(s, &q, token, &err), &err);
    for (i = 0; token[i] != '\0'; i++) {
        memcpy(wrong, token, sizeof wrong);
        wrong[i] = wrong[i] == '1' ? '2' : '1';
        assert_int_equal(pull_with(s, wrong, 1, &err), RC_AUTH);
    }
    assert_int_equal(pull_with(s, "", 1, &err), RC_AUTH);
    assert_int_equal(pull_with(s, NULL, 1, &err), RC_AUTH);
    ok(pull_with(s, token, 1, &err), &err);
}

static void a_withdrawn_device_is_out_with_token_and_key(void **state)
{
    struct stage *s = *state;
    struct request q = a_request(s, "n");
    struct sign_key *other = sign_key_new();
    char token[token_bytes_max + 1];
    struct store st;
    struct err err;

    ok(send_request(s, &q, token, &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_device_revoke(&st, 1, 1, &err), &err);
    store_close(&st);
    assert_int_equal(pull_with(s, token, 1, &err), RC_AUTH);
    /* With its key it hears one thing more; without it nothing of that. */
    q.nonce = "m";
    ok(send_request(s, &q, NULL, &err), &err);
    assert_int_equal(s->heard, MESSAGE_WIPE);
    q.nonce = "o";
    q.key = other;
    refused(s, &q, "signature");
    sign_key_free(other);
}

/* The device says that it has wiped itself; the rc of the answer. */
static enum rc say_wiped(struct stage *s, uint64_t lost,
                         const struct sign_key *key, struct err *err)
{
    struct message m = {.kind = MESSAGE_WIPED, .as.wiped = {1, lost}};
    struct buf body = buf_make(64);
    struct call c = {.method = "POST",
                     .path = "/v1/wiped",
                     .type = API_WIRE,
                     .key = key,
                     .keyid = "device-1",
                     .now_ms = clock_wall_ms()};
    enum rc rc;

    wire_put(&body, &m);
    c.body = buf_view(&body);
    rc = transport_call(s->t, &c, NULL, NULL, err);
    buf_free(&body);
    return rc;
}

static void a_wipe_is_confirmed_once_and_by_its_key(void **state)
{
    struct stage *s = *state;
    struct sign_key *other = sign_key_new();
    struct device d;
    struct store st;
    struct err err;

    assert_int_equal(say_wiped(s, 3, s->key, &err), RC_DENIED);
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_device_revoke(&st, 1, 1, &err), &err);
    assert_int_equal(say_wiped(s, 3, other, &err), RC_AUTH);
    ok(store_device(&st, 1, &s->mem, &d, &err), &err);
    assert_true(d.wiped_ms == 0);
    ok(say_wiped(s, 3, s->key, &err), &err);
    ok(say_wiped(s, 9, s->key, &err), &err); /* it did not hear the answer */
    ok(store_device(&st, 1, &s->mem, &d, &err), &err);
    assert_true(d.wiped_ms > 1);
    assert_int_equal(d.lost, 3);
    store_close(&st);
    sign_key_free(other);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_signed_hello_opens_a_session),
        CASE(what_came_in_before_is_refused),
        CASE(what_was_not_signed_so_is_refused),
        CASE(what_was_signed_before_this_server_started_is_refused),
        CASE(a_refused_request_uses_up_no_nonce),
        CASE(a_token_is_good_as_it_is_and_no_other_way),
        CASE(a_withdrawn_device_is_out_with_token_and_key),
        CASE(a_wipe_is_confirmed_once_and_by_its_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
