#include "client/agent_ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/local_pins.h"
#include "client/transport.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/wire.h"

static const char wire_type[] = "application/vnd.stoep+msgpack";

enum { JSON_BYTES_MAX = 1024 * 1024 };

struct agent_ask {
    struct transport *t;
    struct sign_key *key;
    const char *token;
    struct arena mem;
};

static enum rc open_line(struct agent_ask *a, struct local *l,
                         struct vault *vault, struct err *err)
{
    const char *url = "";
    struct server_pins pins;
    enum rc rc = local_get(l, "url", &a->mem, &url, err);

    if (rc == RC_OK && url[0] == '\0')
        rc = err_set(err, RC_AUTH,
                     MSG("this device is not enrolled yet: `stoep enrol URL"
                         " CODE`"));
    if (rc == RC_OK)
        rc = pins_read(l, &pins, err);
    if (rc == RC_OK)
        rc = transport_open(url, pins.now, &a->t, err);
    if (rc == RC_OK && pins.has_next)
        transport_also(a->t, pins.next);
    return rc == RC_OK ? vault_sign_key(vault, &a->key, err) : rc;
}

static enum rc take_welcome(struct agent_ask *a, struct bytes answer,
                            struct err *err)
{
    struct message m;
    enum rc rc = wire_get(answer, NULL, &a->mem, &m, err);

    if (rc != RC_OK)
        return rc;
    if (m.kind == MESSAGE_WIPE)
        return err_set(err, RC_DENIED,
                       MSG("this device was withdrawn; `stoep sync` says what"
                           " that means"));
    if (m.kind != MESSAGE_WELCOME)
        return err_set(err, RC_CORRUPT, "the server answered something else");
    a->token = arena_text(&a->mem, (const char *)m.as.welcome.token.p,
                          m.as.welcome.token.n);
    return RC_OK;
}

static enum rc say_hello(struct agent_ask *a, struct local *l,
                         const struct vault *vault, struct err *err)
{
    struct message m = {.kind = MESSAGE_HELLO};
    struct buf body = buf_make(message_bytes_max), answer;
    struct session_self self = {0};
    char keyid[32];
    struct call c = {.method = "POST",
                     .path = "/v1/session",
                     .type = wire_type,
                     .key = a->key,
                     .keyid = keyid,
                     .accept = wire_type,
                     .answer_max = message_bytes_max,
                     .now_ms = clock_wall_ms()};
    enum rc rc = local_self(l, &self, err);

    if (rc == RC_OK)
        rc = pins_told(l, &self, err);
    if (rc != RC_OK)
        return rc;
    snprintf(keyid, sizeof keyid, "device-%" PRIu32, self.device);
    m.as.hello = (struct hello){.device = self.device,
                                .epoch = self.epoch,
                                .types = bytes_of(self.types),
                                .pin = vault_has_pin(vault),
                                .next = {self.next, self.next_n}};
    wire_put(&body, &m);
    c.body = buf_view(&body);
    rc = transport_call(a->t, &c, &answer, NULL, err);
    buf_free(&body);
    if (rc != RC_OK)
        return rc;
    rc = take_welcome(a, buf_view(&answer), err);
    buf_free(&answer);
    return rc;
}

enum rc agent_ask_open(struct local *l, struct vault *vault,
                       struct agent_ask **out, struct err *err)
{
    struct agent_ask *a = mem_new(sizeof *a);
    enum rc rc = open_line(a, l, vault, err);

    if (rc == RC_OK)
        rc = say_hello(a, l, vault, err);
    if (rc == RC_OK)
        *out = a;
    else
        agent_ask_close(a);
    return rc;
}

void agent_ask_close(struct agent_ask *a)
{
    if (a == NULL)
        return;
    transport_close(a->t);
    sign_key_free(a->key);
    arena_free(&a->mem);
    free(a);
}

enum rc agent_ask_json(struct agent_ask *a, const char *path,
                       struct buf *answer, struct err *err)
{
    struct call c = {.method = "GET",
                     .path = path,
                     .token = a->token,
                     .accept = "application/json",
                     .answer_max = JSON_BYTES_MAX,
                     .now_ms = clock_wall_ms()};

    return transport_call(a->t, &c, answer, NULL, err);
}
