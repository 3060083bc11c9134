/*
 * unlock.h - a store that was unlocked and stays so for a while.
 *
 * Each call of stoep is a process of its own; what they share is a file with
 * the key of the store in $XDG_RUNTIME_DIR: in memory, for its owner alone
 * (mode 0600), gone when the machine stops or the owner signs out.  It counts
 * for so long after it was last used, by the time since the machine was
 * started, which nobody can set.  `now_ms` is clock_boot_ms().
 *
 * Never on a disk: where that folder is not in memory nothing is kept.
 */
#pragma once

#include "client/vault.h"

enum { UNLOCK_MINUTES = 15, UNLOCK_MINUTES_MAX = 720 };

/* RC_NOTFOUND: there is no such folder here. */
MUST_USE enum rc unlock_keep(const char *dir, const uint8_t *key,
                             unsigned minutes, uint64_t now_ms,
                             struct err *err);
/* The key of the store in `dir`, if it is unlocked; counts as use. */
MUST_USE bool unlock_find(const char *dir, uint64_t now_ms,
                          uint8_t key[VAULT_KEY_BYTES]);
void unlock_forget(const char *dir);
