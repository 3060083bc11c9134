/* attach.h - files that belong to records, kept in the store in pieces until
 * the server has them. */
#pragma once

#include "client/local.h"
#include "client/transport.h"
#include "sync/sys/digest.h"

/* Take in a file; `sha256` gets 64 digits and a NUL.  Twice is harmless. */
MUST_USE enum rc attach_add(struct local *l, const char *path, uint32_t area,
                            char *sha256, struct err *err);

/* Hand in what waits, going on where it was cut off; *n counts them. */
MUST_USE enum rc attach_send(struct local *l, struct transport *t,
                             const char *token, uint64_t now_ms, uint64_t *n,
                             struct err *err);
