/*
 * passkey_store.h - the passkeys of accounts: who may come in with a browser.
 *
 * A passkey is made with the same one-time code that enrols a device, and uses
 * it up.  Workers and externals have no pages here, so they have no passkeys.
 */
#pragma once

#include "server/passkey.h"
#include "server/store.h"

struct passkey {
    uint32_t number;
    int64_t account;
    struct caller caller; /* of its account; device 0; areas in the arena */
    struct bytes user, name, credential, key;
    uint32_t counter;
    uint64_t enrolled_ms, seen_ms, revoked_ms, ends_ms;
    uint64_t since_ms; /* sessions that began before this are over */
};

bool passkey_role(enum role role);

/* Use up a code.  RC_DENIED: the code is not good, or its role has no pages;
 * RC_CONFLICT: the passkey is known. */
MUST_USE enum rc passkey_enrol(struct store *s, const struct digest *secret,
                               const struct passkey_made *made,
                               const char *name, uint64_t now_ms,
                               uint32_t *number, struct err *err);

/* RC_NOTFOUND: there is none.  All in `mem`. */
MUST_USE enum rc passkey_find(struct store *s, struct bytes credential,
                              struct arena *mem, struct passkey *out,
                              struct err *err);
MUST_USE enum rc passkey_load(struct store *s, uint32_t number,
                              struct arena *mem, struct passkey *out,
                              struct err *err);
/* All numbers, in `mem`. */
MUST_USE enum rc passkey_numbers(struct store *s, struct arena *mem,
                                 uint32_t **out, size_t *n, struct err *err);

/* May who holds it come in now?  RC_AUTH says why not; RC_DENIED: another role,
 * without pages. */
MUST_USE enum rc passkey_may(const struct passkey *p, uint64_t now_ms,
                             struct err *err);

/* It was used.  RC_AUTH: its counter did not go up, so there is a copy. */
MUST_USE enum rc passkey_seen(struct store *s, uint32_t number,
                              uint32_t counter, uint64_t now_ms,
                              struct err *err);

/* All sessions of its user are over. */
MUST_USE enum rc passkey_end_sessions(struct store *s, uint32_t number,
                                      uint64_t now_ms, struct err *err);
/* Withdraw it, and end all sessions of its user.  RC_NOTFOUND: none in use. */
MUST_USE enum rc passkey_revoke(struct store *s, uint32_t number,
                                uint64_t now_ms, struct err *err);
