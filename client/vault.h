/*
 * vault.h - the keys of a device: that of its store, and the one it signs with.
 *
 * Both are in the file DIR/vault.  The key of the store is chance, and lies
 * there sealed with a key from the PIN (vault_pin.h); everything else is sealed
 * with the key of the store.  Whether a PIN is right shows in that alone.  A
 * vault without a PIN has the key of the store in the clear: whoever has the
 * file can read the store.
 *
 *   16  "stoep vault 1", zeroes
 *    4  1: by PIN; 0: without           numbers are big-endian
 *   12  Argon2id: passes, KiB, lanes
 *   16  salt
 *   12  nonce, and
 *   16  tag of
 *   32  the key of the store            sealed, bound to all before the nonce;
 *                                       without a PIN as it is
 *   12  nonce, and
 *   16  tag of the rest                 bound to all before
 *    8  until when the lease runs, ms; 0: there is none
 *    8  the highest time seen, ms       (lease.h)
 *    1  what the second key is: 0: there is none; 1: the next; 2: the one
 * before 2  bytes of the first PEM PEM of the device's key; nothing before it
 * is enrolled PEM of the second key
 *
 * The file is replaced as a whole: after a crash it is the old or the new one.
 */
#pragma once

#include "client/lease.h"
#include "sync/base/msg.h"
#include "sync/sys/sign.h"

enum {
    VAULT_KEY_BYTES = 32,
    VAULT_PIN_CHARS_MIN = 6,
    VAULT_PIN_BYTES_MAX = 128,
    VAULT_TRIES_FREE = 3,       /* wrong PINs before one has to wait */
    VAULT_WAIT_MS = 10000,      /* then; it doubles with each wrong one … */
    VAULT_WAIT_MS_MAX = 3600000 /* … up to this */
};

struct vault;

struct vault_by {
    const char *pin;    /* NULL: not known */
    const uint8_t *key; /* of the store, kept from before; NULL: not known */
    uint64_t now_ms;
    bool lease_too_old; /* fine: it is opened to sync, which renews it */
    enum lang lang;     /* of messages */
};

/* What a worker is told when the lease has run out; for msg(). */
extern const char vault_closed[];

bool vault_exists(const char *dir);

/* Make one with new keys in `dir`, made if need be; without a PIN if it is
 * NULL.  On the disk when this returns.  RC_INVALID: no good PIN. */
MUST_USE enum rc vault_make(const char *dir, const struct vault_by *by,
                            struct vault **out, struct err *err);

/* RC_NOTFOUND: there is none; RC_AUTH: a PIN is needed; RC_DENIED: it is wrong,
 * or the key is another's; RC_BUSY: too many wrong ones, says how long to wait;
 * RC_EXPIRED: the lease has run out; RC_CORRUPT: damaged.  Each try of a PIN
 * is counted on the disk before it is made.  That time went on is noted in the
 * file now and then, so that it cannot go back. */
MUST_USE enum rc vault_open(const char *dir, const struct vault_by *by,
                            struct vault **out, struct err *err);
void vault_close(struct vault *v); /* wipes the keys; NULL is fine */

const uint8_t *vault_key(const struct vault *v); /* of the store */
bool vault_has_pin(const struct vault *v);
uint64_t vault_lease_until(const struct vault *v); /* ms; 0: no lease */
bool vault_lease_runs(const struct vault *v, uint64_t now_ms);

/* What changes it is on the disk when it returns. */

/* Another PIN; the key of the store stays. */
MUST_USE enum rc vault_pin_set(struct vault *v, const struct vault_by *by,
                               struct err *err);
/* Another key for the store, which is encrypted with it already (rekey.h); by
 * the same PIN.  After a fault the vault is to be closed. */
MUST_USE enum rc vault_key_set(struct vault *v, const struct vault_by *by,
                               const uint8_t key[VAULT_KEY_BYTES],
                               struct err *err);
/* The server said welcome at `server_ms`, by its clock: so long from then on
 * this store may be read. */
MUST_USE enum rc vault_lease(struct vault *v, uint64_t server_ms,
                             uint64_t lease_s, struct err *err);
MUST_USE enum rc vault_sign_key_set(struct vault *v, const struct sign_key *key,
                                    uint64_t now_ms, struct err *err);
/* RC_NOTFOUND: not enrolled yet.  The caller frees it. */
MUST_USE enum rc vault_sign_key(const struct vault *v, struct sign_key **out,
                                struct err *err);

/* A second key: the one to come, kept before the server hears of it, or the one
 * before, for a server that was put back from a backup.  A new
 * vault_sign_key_set() drops it. */
enum vault_second { SECOND_NONE, SECOND_NEXT, SECOND_BEFORE };
enum vault_second vault_second(const struct vault *v);
/* RC_NOTFOUND: there is none.  The caller frees it. */
MUST_USE enum rc vault_second_key(const struct vault *v, struct sign_key **out,
                                  struct err *err);
MUST_USE enum rc vault_next_set(struct vault *v, const struct sign_key *key,
                                struct err *err);
/* The next key is the device's from now on, and its key the one before. */
MUST_USE enum rc vault_next_use(struct vault *v, struct err *err);
