/* web_stage.h - a browser as a real server meets it (endpoint_stage.h): calls
 * from its pages, passkeys, sessions. */
#pragma once

#include "tests/unit/endpoint_stage.h"

#include "server/browser.h"
#include "server/passkey_store.h"
#include "sync/code.h"
#include "sync/sys/random.h"
#include "tests/unit/passkey_made.h"

#define SITE "stoep.test"

/* -- a browser ----------------------------------------------------------------
 */

static inline struct answered posted(struct stage *s, const char *path,
                                     const char *body, const char *cookie)
{
    struct asked a = {.method = HTTPD_POST,
                      .path = path,
                      .body = bytes_of(body),
                      .cookie = cookie,
                      .origin = STAGE_URL,
                      .fetch_site = "same-origin"};

    return stage_ask(s, &a);
}

static inline long status_of(struct stage *s, const char *path,
                             const char *body, const char *cookie)
{
    struct answered got = posted(s, path, body, cookie);

    buf_free(&got.body);
    return got.status;
}

/* A challenge of the server, in base64url. */
static inline const char *challenge(struct stage *s)
{
    struct answered got = posted(s, "/web/challenge", "{}", NULL);
    const char *at = strstr(buf_text(&got.body), "\"challenge\":\"");
    const char *out;

    assert_int_equal(got.status, 200);
    assert_non_null(at);
    at += strlen("\"challenge\":\"");
    out = arena_text(&s->mem, at, strcspn(at, "\""));
    buf_free(&got.body);
    return out;
}

static inline const char *new_code(struct stage *s, enum role role)
{
    struct code code = {.pin = {0}};
    char text[CODE_TEXT_BYTES];
    struct digest secret;
    struct store st;
    int64_t account;
    uint32_t own = OWN;
    struct err err;

    random_bytes(code.secret, sizeof code.secret);
    secret = digest_of((struct bytes){code.secret, sizeof code.secret});
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    stage_account(&st, role, &own, 1, 0, &account);
    ok(store_code_put(&st, &secret, account, clock_wall_ms() + 60000, &err),
       &err);
    store_close(&st);
    code_write(&code, text);
    return arena_text(&s->mem, text, strlen(text));
}

static inline const char *making(struct stage *s, const struct made_passkey *m,
                                 const char *code, const char *said,
                                 const char *origin)
{
    struct bytes client = made_client("webauthn.create", origin, said, &s->mem),
                 data = made_data(m, SITE, MADE_NEW, 0, &s->mem);

    return arena_printf(&s->mem,
                        "{\"code\":\"%s\",\"name\":\"laptop\",\"client\":"
                        "\"%s\",\"data\":\"%s\"}",
                        code, made_text(client, &s->mem),
                        made_text(data, &s->mem));
}

static inline const char *using(struct stage *s, const struct made_passkey *m,
                                const struct sign_key *by, uint32_t counter,
                                const char *said)
{
    struct bytes client = made_client("webauthn.get", STAGE_URL, said, &s->mem),
                 data = made_data(m, SITE, MADE_USED, counter, &s->mem);

    return arena_printf(
        &s->mem,
        "{\"credential\":\"%s\",\"client\":\"%s\",\"data\":\"%s\","
        "\"signature\":\"%s\"}",
        made_text(made_id(m), &s->mem), made_text(client, &s->mem),
        made_text(data, &s->mem),
        made_text(made_sign(by, data, client, &s->mem), &s->mem));
}

/* A passkey made with a code, and the cookie of its first session. */
static inline const char *come_in(struct stage *s, struct made_passkey *m,
                                  enum role role)
{
    struct answered got;

    made_new(m);
    got =
        posted(s, "/web/passkey",
               making(s, m, new_code(s, role), challenge(s), STAGE_URL), NULL);
    if (got.status != 200)
        fail_msg("%s", buf_text(&got.body));
    buf_free(&got.body);
    assert_true(strncmp(got.cookie, "__Host-stoep=", 13) == 0);
    return arena_text(&s->mem, got.cookie, strlen(got.cookie));
}
