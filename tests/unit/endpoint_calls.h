/* endpoint_calls.h - one request for each call that the server answers, as a
 * device makes it (endpoint_stage.h). */
#pragma once

#include "tests/unit/endpoint_stage.h"

#include "sync/sys/key_claim.h"
#include "sync/sys/pack.h"
#include "sync/wire.h"

static inline struct bytes message(struct stage *s, const struct message *m)
{
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;

    wire_put(&b, m);
    out = arena_bytes(&s->mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static inline struct bytes hello(struct stage *s, uint32_t device)
{
    return message(s, &(struct message){.kind = MESSAGE_HELLO,
                                        .as.hello = {.device = device,
                                                     .types = bytes_of("t")}});
}

static inline struct bytes wiped(struct stage *s, uint32_t device)
{
    return message(s, &(struct message){.kind = MESSAGE_WIPED,
                                        .as.wiped = {.device = device}});
}

/* A batch of one signal in an area. */
static inline struct bytes batch(struct stage *s, uint32_t device,
                                 uint32_t area)
{
    const struct shape *shape = merger_shape(s->server->merger);
    const struct shape_type *t = shape_type_named(shape, bytes_of("signal"));
    struct write w = {
        (uint16_t)shape_field_index(t, shape_field_named(t, bytes_of("title"))),
        value_text("x"),
        {0}};
    struct changeset c = {.device = device,
                          .number = 1,
                          .clock = 1,
                          .area = area,
                          .type = t,
                          .record = {{(uint8_t)device, (uint8_t)area}},
                          .writes = &w,
                          .writes_n = 1};
    const char *faults[1] = {NULL};
    struct bytes plain = message(
        s, &(struct message){.kind = MESSAGE_BATCH,
                             .as.batch = {.device = device,
                                          .area = area,
                                          .first = 1,
                                          .types = bytes_of(shape->version),
                                          .changesets = &c,
                                          .faults = faults,
                                          .changesets_n = 1}});
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;
    struct err err;

    ok(pack_compress(plain, 3, &b, &err), &err);
    out = arena_bytes(&s->mem, buf_view(&b));
    buf_free(&b);
    return out;
}

/* A new key for a device, proven. */
static inline struct bytes another_key(struct stage *s, uint32_t device)
{
    struct sign_key *key = sign_key_new();
    struct sign_public p = sign_key_public(key);
    struct digest claim = key_claim(device, &p);
    uint8_t body[SIGN_BYTES + SIGN_PUBLIC_BYTES_MAX];

    sign_make(key, &claim, body);
    memcpy(body + SIGN_BYTES, p.der, p.n);
    sign_key_free(key);
    return arena_bytes(&s->mem, (struct bytes){body, SIGN_BYTES + p.n});
}

static inline struct asked request(struct stage *s, enum endpoint_id id,
                                   uint32_t device, const char *area)
{
    const struct endpoint *e = &endpoints[id];
    struct asked a = {.method = e->route.method, .path = e->route.path};
    uint32_t number = (uint32_t)strtoul(area, NULL, 10);

    switch (id) {
    case ENDPOINT_HEALTH:
    case ENDPOINT_PIN:
    case ENDPOINT_OPENAPI:
    case ENDPOINT_SECURITY:
    case ENDPOINT_QUESTIONS: break;
    case ENDPOINT_ODATA:
    case ENDPOINT_ODATA_ROOT:
    case ENDPOINT_ODATA_METADATA: break;
    case ENDPOINT_ODATA_SET: a.path = "/v1/odata/periods"; break;
    case ENDPOINT_ODATA_COUNT: a.path = "/v1/odata/periods/$count"; break;
    case ENDPOINT_OPEN311: a.path = "/v1/open311/services.json"; break;
    case ENDPOINT_OPEN311_ONE: a.path = "/v1/open311/requests/none.json"; break;
    case ENDPOINT_COLUMNS: a.path = "/v1/periods-metadata.json"; break;
    case ENDPOINT_ASK: a.path = "/v1/periods"; break;
    case ENDPOINT_ENROL: a.body = bytes_of("{}"); break;
    case ENDPOINT_SESSION: a.body = hello(s, device); break;
    case ENDPOINT_WIPED: a.body = wiped(s, device); break;
    case ENDPOINT_KEY: a.body = another_key(s, device); break;
    case ENDPOINT_PUSH: a.body = batch(s, device, number); break;
    case ENDPOINT_PULL:
    case ENDPOINT_CHAIN:
        a.path =
            arena_printf(&s->mem, "%s?area=%s&after=0", e->route.path, area);
        break;
    case ENDPOINT_TYPES:
        a.path = arena_printf(&s->mem, "/v1/types/%s",
                              merger_shape(s->server->merger)->version);
        break;
    case ENDPOINT_REGIONS:
        a.path = arena_printf(&s->mem, "/v1/regions/%s", s->regions);
        break;
    case ENDPOINT_SEARCH:
        a.path =
            arena_printf(&s->mem, "%s?area=%s&q=lamp", e->route.path, area);
        break;
    case ENDPOINT_FILE_PATCH:
        a.body = bytes_of(SECRET);
        a.upload = true; /* fall through */
    case ENDPOINT_FILE_HEAD:
    case ENDPOINT_FILE_GET:
        a.path =
            arena_printf(&s->mem, "/v1/areas/%s/attachments/%s", area, s->file);
        break;
    case ENDPOINT_HOME:
    case ENDPOINT_ASSET:
    case ENDPOINT_COMMON:
    case ENDPOINT_LIB:
    case ENDPOINT_MISSING: break;
    case ENDPOINT_CHALLENGE:
    case ENDPOINT_PASSKEY:
    case ENDPOINT_SIGN_IN:
    case ENDPOINT_SIGN_OUT:
    case ENDPOINT_DESK: a.body = bytes_of("{}"); break;
    case ENDPOINTS_N: fail();
    }
    return a;
}

/* As the row says it must be called, by a device. */
static inline struct asked called_by(struct stage *s, enum endpoint_id id,
                                     uint32_t device, const char *area)
{
    struct asked a = request(s, id, device, area);
    enum endpoint_need need = endpoints[id].need;

    if (need == NEED_TOKEN || need == NEED_BOTH || need == NEED_ANALYST)
        a.token = stage_token(s, device, clock_wall_ms());
    if (need == NEED_SIGNATURE || need == NEED_EITHER || need == NEED_BOTH)
        a.signer = device;
    return a;
}
