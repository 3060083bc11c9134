/*
 * agent_key.h - this device gets another key, and its server hears of it.
 *
 * The next key is in the vault before the server hears of it, and in force here
 * only after the server said that it is there.  Cut off anywhere in between,
 * this device can still sign in with the key it has, or finish what it began:
 * each sync does that first.
 */
#pragma once

#include "client/transport.h"
#include "client/vault.h"

/* Put the next key that is in the vault in force.  Nothing if there is none. */
MUST_USE enum rc agent_key_finish(struct transport *t, uint32_t device,
                                  struct vault *v, struct err *err);

/* The server does not know our key: does it know the one before, because it
 * was put back from a backup?  Then it is told this one again. */
MUST_USE enum rc agent_key_recall(struct transport *t, uint32_t device,
                                  struct vault *v, struct err *err);
