/*
 * withdrawn.h - the devices and passkeys that were withdrawn, in the file
 * DIR/withdrawn: a store put back from a backup must not let one in again.
 *
 * A line for each key that such a device or passkey ever had: its SHA-256 in
 * hex.  Numbers would not do, for a store that was put back gives them out
 * again.
 */
#pragma once

#include "server/store.h"

/* Note its keys, then withdraw a device.  RC_NOTFOUND: there is none in use. */
MUST_USE enum rc withdraw(const char *dir, struct store *s, uint32_t device,
                          uint64_t now_ms, struct err *err);

/* The same of a passkey (passkey_store.h). */
MUST_USE enum rc withdraw_passkey(const char *dir, struct store *s,
                                  uint32_t number, uint64_t now_ms,
                                  struct err *err);

/* Withdraw again those that are on the list; *n says how many were in use. */
MUST_USE enum rc withdraw_again(const char *dir, struct store *s,
                                uint64_t now_ms, uint64_t *n, struct err *err);
