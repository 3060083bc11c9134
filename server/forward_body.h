/* forward_body.h - a released signal in the words of a receiver, and its answer
 * in ours; pure.  For forward.c. */
#pragma once

#include "server/released.h"

/* "open311" or "signalen": the setting forward_as. */
bool forward_is_known(const char *as);
const char *forward_type(const char *as); /* media type */
/* RC_INVALID: it has not what this receiver needs. */
MUST_USE enum rc forward_body(const struct server_conf *conf, const char *key,
                              const struct released *r, struct buf *out,
                              struct err *err);
/* What it calls the signal, in `mem`; NULL: the answer does not say. */
const char *forward_number(struct bytes answer, struct arena *mem);
