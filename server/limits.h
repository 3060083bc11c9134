/*
 * limits.h - how much one address and one device may ask of the server: the
 * settings (conf.h) laid over the counters (quota.h), for the gate of all calls
 * (endpoint.h).
 *
 * An address is held to its share before anything is looked at; a device, and
 * an access key as one, once it has proven which it is.  So a stranger who
 * gives himself out for a device uses up nothing of it.  RC_BUSY: too much;
 * err->wait_ms says how long to wait.
 */
#pragma once

#include "server/endpoint.h"

MUST_USE enum rc limits_address(struct server *srv, struct httpd_request *r,
                                const struct visit *v, struct err *err);
MUST_USE enum rc limits_device(struct server *srv, struct httpd_request *r,
                               uint32_t number, struct err *err);
MUST_USE enum rc limits_key(struct server *srv, struct httpd_request *r,
                            uint32_t number, struct err *err);
/* A browser has the share of a device. */
MUST_USE enum rc limits_passkey(struct server *srv, struct httpd_request *r,
                                uint32_t number, struct err *err);

/* Who calls did not prove it, or brought a code that is none. */
void limits_failed(struct server *srv, struct httpd_request *r,
                   const struct visit *v);
