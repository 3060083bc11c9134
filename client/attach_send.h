/* attach_send.h - kept files (attach.h), until the server has them. */
#pragma once

#include "client/attach.h"
#include "client/transport.h"
#include "sync/pace.h"

struct attach_tally { /* what the server has confirmed */
    uint64_t files, bytes;
};

/* Hand in what waits, going on where it was cut off, at this pace; adds to
 * *tally, also on failure.  RC_AUTH: the token ran out. */
MUST_USE enum rc attach_send(struct local *l, struct transport *t,
                             const char *token, struct pace *pace,
                             struct attach_tally *tally, struct err *err);
