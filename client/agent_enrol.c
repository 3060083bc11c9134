/* How a store becomes a device of a server (agent.h). */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/agent.h"
#include "client/line.h"
#include "client/local_pins.h"
#include "client/transport.h"
#include "sync/base/text.h"
#include "sync/code.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"

struct met { /* a server that is met for the first time */
    const char *url;
    uint8_t pin[32];
    char salt[TRANSPORT_SALT_CHARS_MAX + 1];
};

/* Ask the server for its pin, and see that the code was made by this one:
 * nothing of ours is sent before. */
static enum rc learn_pin(struct met *m, const struct code *code,
                         struct err *err)
{
    static const uint8_t any[32];
    struct call c = {.method = "GET",
                     .path = "/v1/pin",
                     .accept = "application/json",
                     .now_ms = clock_wall_ms(),
                     .answer_max = 4096};
    struct transport *t;
    struct buf answer, raw = buf_make(32);
    const char *text;
    json_t *j;
    enum rc rc = transport_open(m->url, any, &t, err);

    if (rc != RC_OK)
        return rc;
    rc = transport_call(t, &c, &answer, NULL, err);
    snprintf(m->salt, sizeof m->salt, "%s", transport_salt(t));
    transport_close(t);
    if (rc != RC_OK)
        return rc;
    j = json_loadb((const char *)answer.p, answer.n, 0, NULL);
    buf_free(&answer);
    text = json_string_value(json_object_get(j, "pin"));
    if (text == NULL || !text_take_base64(bytes_of(text), &raw) || raw.n != 32)
        rc = line_fault(LINE_STRANGE, err);
    else if (memcmp(raw.p, code->pin, CODE_PIN_BYTES) != 0)
        rc = err_set(err, RC_DENIED,
                     "%s is not the server that made this code; nothing was"
                     " sent to it",
                     m->url);
    else
        memcpy(m->pin, raw.p, 32);
    json_decref(j);
    buf_free(&raw);
    return rc;
}

static char *request_body(const struct code *code, const struct sign_key *key,
                          const char *name)
{
    struct sign_public p = sign_key_public(key);
    struct buf secret = buf_make(64), der = buf_make(512);
    json_t *j;
    char *body;

    text_put_base64url(&secret,
                       (struct bytes){code->secret, CODE_SECRET_BYTES});
    text_put_base64(&der, (struct bytes){p.der, p.n});
    j = json_pack("{s:s, s:s, s:s}", "secret", buf_text(&secret), "key",
                  buf_text(&der), "name", name);
    body = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    buf_free(&secret);
    buf_free(&der);
    return body;
}

static enum rc take_answer(struct local *l, const struct buf *answer,
                           uint32_t *device, uint64_t *lease_s, struct err *err)
{
    json_t *j = json_loadb((const char *)answer->p, answer->n, 0, NULL);
    json_int_t number = json_integer_value(json_object_get(j, "device"));
    json_int_t lease = json_integer_value(json_object_get(j, "lease_s"));
    const char *user = json_string_value(json_object_get(j, "user"));
    const char *role = json_string_value(json_object_get(j, "role"));
    enum rc rc = RC_OK;

    if (number < 1 || number > UINT32_MAX || user == NULL || role == NULL ||
        lease < 0 || lease > lease_s_max)
        rc = err_set(err, RC_CORRUPT, "the server gave another answer");
    if (rc == RC_OK)
        rc = local_put(l, "user", user, err);
    if (rc == RC_OK)
        rc = local_put(l, "role", role, err);
    *device = (uint32_t)number;
    *lease_s = (uint64_t)lease;
    json_decref(j);
    return rc;
}

static enum rc keep(struct local *l, const struct met *m, uint32_t device,
                    struct err *err)
{
    enum rc rc = local_put(l, "url", m->url, err);

    if (rc == RC_OK)
        rc = local_put(l, "salt", m->salt, err);
    if (rc == RC_OK)
        rc = pins_enrolled(l, m->pin, err);
    return rc == RC_OK ? local_enrolled(l, device, err) : rc;
}

static enum rc enrol(struct local *l, struct vault *vault, struct met *m,
                     const struct code *code, const char *name,
                     const struct sign_key *key, struct err *err)
{
    char *body = request_body(code, key, name);
    struct call c = {.method = "POST",
                     .path = "/v1/enrol",
                     .body = bytes_of(body),
                     .type = "application/json",
                     .accept = "application/json",
                     .key = key,
                     .keyid = "enrol",
                     .now_ms = clock_wall_ms(),
                     .answer_max = 4096};
    struct transport *t;
    struct buf answer;
    uint32_t device = 0;
    uint64_t lease_s = 0;
    enum rc rc = transport_open(m->url, m->pin, &t, err);

    if (rc == RC_OK) {
        transport_salt_set(t, m->salt);
        rc = transport_call(t, &c, &answer, NULL, err);
        snprintf(m->salt, sizeof m->salt, "%s", transport_salt(t));
        transport_close(t);
    }
    free(body);
    if (rc != RC_OK)
        return rc;
    /* The key first: a number without its key is of no use. */
    rc = vault_sign_key_set(vault, key, c.now_ms, err);
    if (rc == RC_OK)
        rc = db_begin(l->db, err);
    if (rc == RC_OK) {
        rc = take_answer(l, &answer, &device, &lease_s, err);
        if (rc == RC_OK)
            rc = keep(l, m, device, err);
        rc = db_end(l->db, rc, err);
    }
    buf_free(&answer);
    /* Our clock is near enough to the server's, or it had not taken our
     * signature. */
    return rc == RC_OK ? vault_lease(vault, c.now_ms, lease_s, err) : rc;
}

enum rc agent_enrol(struct local *l, struct vault *vault, const char *url,
                    const char *text, const char *name, struct err *err)
{
    struct met m = {.url = url};
    struct code code;
    struct sign_key *key;
    enum rc rc = code_read(bytes_of(text), &code, err);

    if (rc == RC_OK)
        rc = learn_pin(&m, &code, err);
    if (rc != RC_OK)
        return rc;
    key = sign_key_new();
    rc = enrol(l, vault, &m, &code, name, key, err);
    sign_key_free(key);
    return rc;
}
