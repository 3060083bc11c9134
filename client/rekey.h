/*
 * rekey.h - the store of a device gets another key: copied under it, whole,
 * then taken in place of the old one.
 *
 * The moment that counts is when the vault is replaced, which holds the key and
 * is one file.  Before it the old store is good, and what was made of the new
 * one is thrown away; after it the new one is good, which lies under a name
 * that follows from its key, and whoever opens the store next puts it in place.
 * Nobody else has the store open meanwhile: see rekey_share().
 */
#pragma once

#include "client/vault.h"

/* Whoever has the store open shares DIR/store.lock.  RC_BUSY: its key is being
 * changed just now. */
MUST_USE enum rc rekey_share(const char *dir, int *lock, struct err *err);

/* Finish, or clear away, a change that was cut off. */
MUST_USE enum rc rekey_settle(const char *dir, const uint8_t *key,
                              struct err *err);

/* A new key for the store, whose vault is open.  `lock` is shared, and held
 * alone then; RC_BUSY: another program has the store open.  After any fault the
 * old key is good, or the new one, as the vault on the disk says. */
MUST_USE enum rc rekey_store(const char *dir, int lock, struct vault *v,
                             const struct vault_by *by, struct err *err);
