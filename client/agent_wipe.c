/* The end of a device, as far as it takes a network (agent.h, wipe.h). */
#include <inttypes.h>
#include <stdio.h>

#include "client/agent.h"
#include "client/transport.h"
#include "client/wipe.h"
#include "sync/sys/clock.h"

enum { BODY_BYTES = 64 };

static enum rc say(const struct wipe_order *o, struct transport *t,
                   struct err *err)
{
    struct message m = {.kind = MESSAGE_WIPED,
                        .as.wiped = {.device = o->device, .lost = o->lost}};
    struct buf body = buf_make(BODY_BYTES);
    char keyid[32];
    struct call c = {.method = "POST",
                     .path = "/v1/wiped",
                     .type = "application/vnd.stoep+msgpack",
                     .key = o->key,
                     .keyid = keyid,
                     .now_ms = clock_wall_ms()};
    enum rc rc;

    snprintf(keyid, sizeof keyid, "device-%" PRIu32, o->device);
    wire_put(&body, &m);
    c.body = buf_view(&body);
    rc = transport_call(t, &c, NULL, NULL, err);
    buf_free(&body);
    return rc;
}

static enum rc tell(void *ctx, const struct wipe_order *o, struct err *err)
{
    struct transport *t = NULL;
    enum rc rc = transport_open(o->url, o->pin, &t, err);

    (void)ctx;
    if (rc == RC_OK && o->has_next)
        transport_also(t, o->next);
    if (rc == RC_OK)
        rc = say(o, t, err);
    transport_close(t);
    return rc;
}

enum rc agent_wiped(const char *dir, struct err *err)
{
    return wipe_confirm(dir, tell, NULL, err);
}

enum rc agent_wipe(const char *dir, const struct wipe_order *o, struct err *err)
{
    enum rc rc = wipe_begin(dir, o, err);

    if (rc != RC_OK)
        return rc;
    return wipe_told(agent_wiped(dir, err) == RC_OK, err);
}
