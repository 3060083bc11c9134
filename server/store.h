/*
 * store.h - the server's store: one database file in a folder.
 *
 * Beside the tables of the record types (schema/rows.h) it holds who may do
 * what (account, device, code), what came in (batch, parked) and a few words
 * about itself (state).  Attachments are files beside it, see attachment.h. One
 * connection writes, see merger.h; each thread that reads has one of its own.
 * A struct store belongs to one thread at a time.
 */
#pragma once

#include "schema/rows.h"
#include "sync/serve.h"
#include "sync/sys/sign.h"

struct keys;

struct store {
    struct db *db;             /* own */
    struct rows *rows;         /* own */
    const struct shape *shape; /* in `mem`, or shared */
    struct keys *keys;         /* own; of records that are kept apart */
    struct arena mem;          /* own; as long as the store */
    uint64_t epoch;
    bool unsettled;  /* a writer emptied fields: see erasure.h */
    int64_t purging; /* see search_purge(); 0: none is under way */
};

enum store_mode { STORE_READ, STORE_WRITE };

/* Make DIR/stoep.db with an epoch of its own and these record types.
 * RC_CONFLICT: there is one already. */
MUST_USE enum rc store_create(const char *dir, struct bytes bundle,
                              struct err *err);
/* Open what is there; a writer brings it up to date first.  Stores between
 * which records go to and fro share one shape: that of the first one opened,
 * which then outlives the others; NULL: its own. */
MUST_USE enum rc store_open(const char *dir, enum store_mode mode,
                            const struct shape *shared, struct store *out,
                            struct err *err);
void store_close(struct store *s);

/* After putting back a backup.  Versions go on far above all that were given
 * out before the loss: a changeset that is handed in again says what its writer
 * had seen in old versions, and must not seem to have seen new ones. */
MUST_USE enum rc store_new_epoch(struct store *s, struct err *err);

/* Record types: the bundle of a version, in `mem`; RC_NOTFOUND. */
MUST_USE enum rc store_types(struct store *s, struct bytes version,
                             struct arena *mem, struct bytes *bundle,
                             struct err *err);
/* Put a newer bundle in force (checked by the caller); tables grow. */
MUST_USE enum rc store_types_set(struct store *s, const struct shape *shape,
                                 struct bytes bundle, struct err *err);

/* -- areas -------------------------------------------------------------- */

/* New, or its name and code anew; *number is set. */
MUST_USE enum rc store_area_put(struct store *s, const char *slug,
                                const char *name, const char *code,
                                uint32_t *number, struct err *err);
/* All of them by number, in `mem`. */
MUST_USE enum rc store_areas(struct store *s, struct arena *mem,
                             struct area_info **out, size_t *n,
                             struct err *err);
MUST_USE enum rc store_area_find(struct store *s, const char *slug,
                                 uint32_t *number, struct err *err);

/* -- accounts, codes, devices ------------------------------------------- */

/* New, or role, areas and end anew.  `ends_ms` 0: no end. */
MUST_USE enum rc store_account_put(struct store *s, const char *user,
                                   enum role role, const uint32_t *areas,
                                   size_t areas_n, uint64_t ends_ms,
                                   int64_t *account, struct err *err);

struct account {
    int64_t number;
    struct bytes user,
        worker_type; /* of the list worker-type; empty: not said */
    enum role role;
    uint64_t rules_ms; /* when its rules were signed; 0: not */
    uint64_t ends_ms;  /* 0: no end */
    uint32_t *areas;
    size_t areas_n;
    uint64_t devices; /* in use */
};

/* In `mem`; RC_NOTFOUND: there is none of this name. */
MUST_USE enum rc store_account(struct store *s, const char *user,
                               struct arena *mem, struct account *out,
                               struct err *err);
/* The areas of one, in `mem`. */
MUST_USE enum rc store_account_areas(struct store *s, int64_t account,
                                     struct arena *mem, uint32_t **out,
                                     size_t *n, struct err *err);
/* As the store writes it; what is none is the role that sees least. */
enum role role_kept(const char *word);
/* All of them by name, in `mem`. */
MUST_USE enum rc store_accounts(struct store *s, struct arena *mem,
                                struct account **out, size_t *n,
                                struct err *err);
/* What somebody is to the organisation, and when they signed its rules (BIO2
 * 5.10.02).  RC_INVALID: no such worker type, or one that has to sign and has
 * not. */
MUST_USE enum rc store_account_rules(struct store *s, int64_t account,
                                     const char *worker_type, uint64_t rules_ms,
                                     struct err *err);

MUST_USE enum rc store_code_put(struct store *s, const struct digest *secret,
                                int64_t account, uint64_t expires_ms,
                                struct err *err);

/* Is this code good?  RC_DENIED says whether it is unknown, used or too old. */
MUST_USE enum rc store_code_check(struct store *s, const struct digest *secret,
                                  uint64_t now_ms, int64_t *account,
                                  struct err *err);

/* Used up, by a device or (a negative number) by a passkey. */
MUST_USE enum rc store_code_use(struct store *s, const struct digest *secret,
                                int64_t device, struct err *err);

struct enrolled {
    uint32_t device;
    struct bytes user; /* in the arena given */
    enum role role;
};

/* Use up a code for a new device with this key.  RC_DENIED as above;
 * RC_CONFLICT: the key has a device. */
MUST_USE enum rc store_enrol(struct store *s, const struct digest *secret,
                             const struct sign_public *key, const char *name,
                             uint64_t now_ms, struct arena *mem,
                             struct enrolled *out, struct err *err);

struct device {
    struct caller caller; /* areas in the arena given */
    struct bytes user, name, key;
    struct bytes next_key; /* announced, not used yet (device_key.h); or none */
    uint64_t last;         /* number */
    uint64_t enrolled_ms, seen_ms, revoked_ms, ends_ms;
    /* Of its last hello (contact.h). */
    uint64_t lease_ms;  /* until when it may be read; 0: never said hello */
    struct bytes types; /* version it had */
    int pin;            /* behind a PIN: 1, not: 0, it did not say: -1 */
    enum role told;     /* as whom it was welcomed */
    /* After it was withdrawn. */
    uint64_t told_ms, wiped_ms; /* to wipe itself; that it has */
    uint64_t lost;              /* changesets that went with it */
};

/* RC_NOTFOUND: never enrolled. */
MUST_USE enum rc store_device(struct store *s, uint32_t number,
                              struct arena *mem, struct device *out,
                              struct err *err);
/* May it work now?  RC_AUTH says why not. */
MUST_USE enum rc device_may(const struct device *d, uint64_t now_ms,
                            struct err *err);
/* Runs `q`, which takes :number out of use at :now.  RC_NOTFOUND: it changed
 * nothing; says which `what` there is none of, and the verb that lists them. */
MUST_USE enum rc store_revoke(struct store *s, struct db_query *q,
                              uint32_t number, uint64_t now_ms,
                              const char *what, const char *verb,
                              struct err *err);
MUST_USE enum rc store_device_revoke(struct store *s, uint32_t number,
                                     uint64_t now_ms, struct err *err);
