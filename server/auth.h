/*
 * auth.h - who is calling.
 *
 * A device proves itself with a signature (RFC 9421, sync/httpsig.h) and gets
 * a token for the calls that follow.  Whatever it shows, its row in the store
 * is read for every call: who was revoked a second ago is out.
 */
#pragma once

#include "server/journal.h"
#include "sync/sys/httpd.h"

struct auth; /* shared by all loops; safe from any thread */

struct auth *auth_new(uint64_t now_ms); /* tokens of an earlier one are void */
void auth_free(struct auth *a);

/*
 * What nonces begin with.  The nonces that were seen are forgotten when a
 * server ends, so what was signed before this one started is refused; whether
 * it was shows in `created`, or, where clocks that differ leave that open, in
 * this, which nobody knew before.  A request that lacks it is told it, in the
 * header AUTH_SALT of a 401, and signed anew; who asks for the pin is told it
 * as well.  It is no secret, and a device keeps it for its next sync.
 */
#define AUTH_SALT "Stoep-Nonce"
const char *auth_salt(const struct auth *a);

/* What a signature covers and says, checked against `key`: digest of the
 * body, age, nonce (once only).  RC_AUTH says what is wrong. */
MUST_USE enum rc auth_signature(struct auth *a, struct httpd_request *r,
                                const struct sign_public *key,
                                struct bytes keyid, uint64_t now_ms,
                                struct proof *out, struct err *err);

/* The device that signed this request.  What is returned lives in the
 * request's arena. */
MUST_USE enum rc auth_signed(struct auth *a, struct store *s,
                             struct httpd_request *r, uint64_t now_ms,
                             struct device *device, struct proof *proof,
                             struct err *err);

/* The same, also of one that may not work any more (device_may()). */
MUST_USE enum rc auth_who(struct auth *a, struct store *s,
                          struct httpd_request *r, uint64_t now_ms,
                          struct device *device, struct proof *proof,
                          struct err *err);
/* The same; a key that was announced and not used yet will do as well, and
 * then *by_next is true. */
MUST_USE enum rc auth_signed_either(struct auth *a, struct store *s,
                                    struct httpd_request *r, uint64_t now_ms,
                                    struct device *device, struct proof *proof,
                                    bool *by_next, struct err *err);

/* The device that holds this request's token. */
MUST_USE enum rc auth_token(struct auth *a, struct store *s,
                            struct httpd_request *r, uint64_t now_ms,
                            struct device *device, struct err *err);

/* The device that a request says it is of, true or not; 0: none.  For the
 * access log, when it was refused. */
uint32_t auth_claimed(struct httpd_request *r);

/* A token for a device, in `mem`; good for token_age_s_max. */
struct bytes auth_token_make(struct auth *a, uint32_t device, uint64_t now_ms,
                             struct arena *mem);
