/* attach.h - files that belong to records, kept in the store in pieces until
 * the server has them. */
#pragma once

#include "client/local.h"
#include "client/transport.h"
#include "sync/pace.h"
#include "sync/sys/digest.h"

/* Take in a picture, without what the camera wrote beside it (picture.h);
 * `sha256` of what is left gets 64 digits and a NUL.  Twice is harmless.
 * `err` is in this language. */
MUST_USE enum rc attach_add(struct local *l, const char *path, uint32_t area,
                            enum lang lang, char *sha256, struct err *err);

struct attach_tally { /* what the server has confirmed */
    uint64_t files, bytes;
};

/* Hand in what waits, going on where it was cut off, at this pace; adds to
 * *tally, also on failure.  RC_AUTH: the token ran out. */
MUST_USE enum rc attach_send(struct local *l, struct transport *t,
                             const char *token, struct pace *pace,
                             struct attach_tally *tally, struct err *err);
