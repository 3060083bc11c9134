/*
 * agent_ask.h - a question to the server outside of a sync: a session of its
 * own, and calls that change nothing.
 */
#pragma once

#include "client/local.h"
#include "client/vault.h"

struct agent_ask;

/* Say hello and get a session.  RC_AUTH: not enrolled, or what is to be done
 * first; RC_DENIED: this device was withdrawn, and the next sync will say so.
 */
MUST_USE enum rc agent_ask_open(struct local *l, struct vault *vault,
                                struct agent_ask **out, struct err *err);
void agent_ask_close(struct agent_ask *a); /* NULL is fine */

/* GET of a path with its query, answered in JSON; on RC_OK the caller frees
 * *answer. */
MUST_USE enum rc agent_ask_json(struct agent_ask *a, const char *path,
                                struct buf *answer, struct err *err);
