/*
 * device_key.h - the keys that a device had, has and will have; and which key
 * of the server it knows.
 *
 * A device changes its key in two steps: it announces the next one with the one
 * in force, then uses it.  Until that first use the one before counts, so that
 * a device that is cut off anywhere in between can still sign in.  What was
 * handed in is checked with the key that was in force then.
 */
#pragma once

#include "server/store.h"

/* Of a device that was just enrolled.  RC_CONFLICT: some device had it. */
MUST_USE enum rc device_key_first(struct store *s, uint32_t device,
                                  struct bytes key, struct err *err);

/* The next key of a device, in place of one that was announced and never used.
 * RC_CONFLICT: some device has or had it. */
MUST_USE enum rc device_key_announce(struct store *s, uint32_t device,
                                     struct bytes key, struct err *err);

/* The one announced is in force from now on, for all that comes in after this.
 * RC_CONFLICT: another one was announced meanwhile. */
MUST_USE enum rc device_key_use(struct store *s, uint32_t device,
                                struct bytes key, struct err *err);

/* The key that was in force when the number came in.  RC_NOTFOUND: the device
 * has none. */
MUST_USE enum rc device_key_of(struct store *s, uint32_t device,
                               uint64_t number, struct sign_public *out,
                               struct err *err);

/* -- the server's own --------------------------------------------------- */

/* Devices in use that do not know that the server will have the key of this pin
 * (contact.h writes down what they say), in `mem`. */
MUST_USE enum rc device_unheard(struct store *s, struct bytes pin,
                                struct arena *mem, uint32_t **out, size_t *n,
                                struct err *err);
