#include "client/agent_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/sys/clock.h"
#include "sync/sys/key_claim.h"

/* Tell the server of key `to`, in a request signed with `by`. */
static enum rc tell(struct transport *t, uint32_t device,
                    const struct sign_key *by, const struct sign_key *to,
                    struct err *err)
{
    struct sign_public p = sign_key_public(to);
    struct digest claim = key_claim(device, &p);
    uint8_t body[SIGN_BYTES + SIGN_PUBLIC_BYTES_MAX];
    char keyid[32];
    struct call c = {.method = "POST",
                     .path = "/v1/key",
                     .body = {body, SIGN_BYTES + p.n},
                     .type = "application/octet-stream",
                     .key = by,
                     .keyid = keyid,
                     .now_ms = clock_wall_ms()};

    snprintf(keyid, sizeof keyid, "device-%" PRIu32, device);
    sign_make(to, &claim, body);
    memcpy(body + SIGN_BYTES, p.der, p.n);
    return transport_call(t, &c, NULL, NULL, err);
}

/* Announce `to`, and use it.  If the first is refused the second may still go
 * through: both were done before, and the answer did not arrive. */
static enum rc change(struct transport *t, uint32_t device,
                      const struct sign_key *from, const struct sign_key *to,
                      struct err *err)
{
    enum rc rc = tell(t, device, from, to, err);

    return rc == RC_OK || rc == RC_AUTH ? tell(t, device, to, to, err) : rc;
}

enum rc agent_key_finish(struct transport *t, uint32_t device, struct vault *v,
                         struct err *err)
{
    struct sign_key *now = NULL, *next = NULL;
    enum rc rc;

    if (vault_second(v) != SECOND_NEXT)
        return RC_OK;
    rc = vault_sign_key(v, &now, err);
    if (rc == RC_OK)
        rc = vault_second_key(v, &next, err);
    if (rc == RC_OK)
        rc = change(t, device, now, next, err);
    if (rc == RC_OK)
        rc = vault_next_use(v, err);
    sign_key_free(now);
    sign_key_free(next);
    return rc;
}

enum rc agent_key_recall(struct transport *t, uint32_t device, struct vault *v,
                         struct err *err)
{
    struct sign_key *now = NULL, *before = NULL;
    enum rc rc = vault_sign_key(v, &now, err);

    if (rc == RC_OK && vault_second(v) != SECOND_BEFORE)
        rc = err_set(err, RC_NOTFOUND, "this device had no other key");
    if (rc == RC_OK)
        rc = vault_second_key(v, &before, err);
    if (rc == RC_OK)
        rc = change(t, device, before, now, err);
    sign_key_free(now);
    sign_key_free(before);
    return rc;
}
