#include "server/limits.h"

#include "server/server.h"
#include "sync/base/msg.h"
#include "sync/sys/clock.h"

/* Too much: says how long to wait. */
static enum rc slow_down(uint32_t wait_ms, const char *text, struct err *err)
{
    enum rc rc;

    if (wait_ms == 0)
        return RC_OK;
    rc = err_set(err, RC_BUSY, "%s", text);
    if (err != NULL)
        err->wait_ms = wait_ms;
    return rc;
}

static enum rc take_share(struct server *srv, struct httpd_request *r,
                          struct bytes who, uint64_t requests, uint64_t bytes,
                          const char *text, struct err *err)
{
    uint64_t now = clock_mono_ms();
    uint32_t wait_ms =
        quota_take(srv->quota, QUOTA_REQUESTS, who, 1, requests, now);

    if (wait_ms == 0 && httpd_body(r).n > 0)
        wait_ms = quota_take(srv->quota, QUOTA_BYTES, who, httpd_body(r).n,
                             bytes, now);
    return slow_down(wait_ms, text, err);
}

/* Tokens are not counted: those of a server that ran before fail all at once,
 * and to look at one costs next to nothing. */
static bool signs_in(const struct visit *v)
{
    return v->endpoint->need == NEED_SIGNATURE ||
           v->endpoint->need == NEED_EITHER ||
           v->endpoint->need == NEED_PASSKEY || v->shows_key;
}

/* What fails counts for the address it comes from, and holds nobody up who
 * comes from another, whoever it gave itself out for. */
static enum rc look_failures(struct server *srv, struct bytes address,
                             const struct visit *v, struct err *err)
{
    uint64_t now = clock_mono_ms();
    uint32_t wait_ms = 0;

    if (v->endpoint->need == NEED_CODE)
        wait_ms = quota_look(srv->quota, QUOTA_CODES, address,
                             srv->conf.address_codes, now);
    else if (signs_in(v))
        wait_ms = quota_look(srv->quota, QUOTA_SIGN_INS, address,
                             srv->conf.address_sign_ins, now);
    return slow_down(
        wait_ms, MSG("too many tries from this network: wait a little"), err);
}

void limits_failed(struct server *srv, struct httpd_request *r,
                   const struct visit *v)
{
    bool code = v->endpoint->need == NEED_CODE;
    uint8_t room[16];

    if (!code && !signs_in(v))
        return;
    (void)quota_take(srv->quota, code ? QUOTA_CODES : QUOTA_SIGN_INS,
                     quota_address(httpd_remote(r), room), 1,
                     code ? srv->conf.address_codes
                          : srv->conf.address_sign_ins,
                     clock_mono_ms());
}

enum rc limits_address(struct server *srv, struct httpd_request *r,
                       const struct visit *v, struct err *err)
{
    uint8_t room[16];
    struct bytes address = quota_address(httpd_remote(r), room);
    enum rc rc = take_share(
        srv, r, address, srv->conf.address_requests, srv->conf.address_bytes,
        MSG("too much from this network at once: wait a little"), err);

    return rc == RC_OK ? look_failures(srv, address, v, err) : rc;
}

enum rc limits_device(struct server *srv, struct httpd_request *r,
                      uint32_t number, struct err *err)
{
    struct bytes who = {(const uint8_t *)&number, sizeof number};

    if (number == 0)
        return RC_OK;
    return take_share(
        srv, r, who, srv->conf.device_requests, srv->conf.device_bytes,
        MSG("too much of this device at once: wait a little"), err);
}

/* Numbers of devices fill 4 bytes. */
enum rc limits_key(struct server *srv, struct httpd_request *r, uint32_t number,
                   struct err *err)
{
    uint64_t wide = UINT64_C(1) << 32 | number;
    struct bytes who = {(const uint8_t *)&wide, sizeof wide};

    return take_share(
        srv, r, who, srv->conf.device_requests, srv->conf.device_bytes,
        MSG("too much with this access key at once: wait a little"), err);
}

enum rc limits_passkey(struct server *srv, struct httpd_request *r,
                       uint32_t number, struct err *err)
{
    uint64_t wide = UINT64_C(2) << 32 | number;
    struct bytes who = {(const uint8_t *)&wide, sizeof wide};

    return take_share(
        srv, r, who, srv->conf.device_requests, srv->conf.device_bytes,
        MSG("too much from this browser at once: wait a little"), err);
}
