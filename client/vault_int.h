/* vault_int.h - what the files of the vault share.  For vault*.c only. */
#pragma once

#include "client/vault.h"
#include "sync/base/mem.h"

enum { VAULT_OUTER_BYTES = 108 }; /* up to the key of the store, wrapped */

struct vault {
    char *dir; /* own */
    uint8_t key[VAULT_KEY_BYTES];
    uint8_t
        outer[VAULT_OUTER_BYTES]; /* as in the file: how the key is wrapped */
    struct lease lease;
    enum vault_second second;
    struct buf pem[2]; /* of the device's key, and of the second */
};

/* Hold the vault against other programs, and begin with what is there now; in
 * any case the caller ends with file_unlock(). */
MUST_USE enum rc vault_change(struct vault *v, int *lock, struct err *err);
/* Replace the file. */
MUST_USE enum rc vault_write(struct vault *v, struct err *err);
