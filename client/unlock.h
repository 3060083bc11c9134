/*
 * unlock.h - a store that was unlocked and stays so for a while.
 *
 * Each call of stoep is a process of its own; what they share is a file with
 * the key of the store in $XDG_RUNTIME_DIR: in memory, for its owner alone
 * (mode 0600), gone when the machine stops or the owner signs out.  It counts
 * for so long after it was last used, by the time since the machine was
 * started, which nobody can set.  `now_ms` is clock_boot_ms().  A process that
 * holds no key watches over it and removes it in time, also if nobody calls
 * stoep again.
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

/* Forget it if it was not used for so long.  True: it is kept, and *left_ms
 * says how long if nobody uses it. */
bool unlock_expire(const char *dir, uint64_t now_ms, uint64_t *left_ms);
/* Where it lies; false: there is no such folder. */
bool unlock_path(const char *dir, char *out, size_t size);

/* Wait until it is gone: used up, or forgotten by somebody. */
void unlock_watch(const char *dir);
/* Let a process of its own do that, one for each store.  The caller has wiped
 * its keys: a copy of its memory goes along. */
MUST_USE enum rc unlock_watch_start(const char *dir, struct err *err);
