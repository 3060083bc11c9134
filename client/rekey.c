#include "client/rekey.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/local.h"
#include "sync/sys/file.h"
#include "sync/sys/random.h"

enum { PATH_BYTES = 1024, TAG_CHARS = 16 };

static const char copies[] = "stoep.db.";

static void path_in(const char *dir, const char *name, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/%s", dir, name);
}

/* Under which name the store of this key waits to be put in place. */
static void tagged(const uint8_t *key, char out[64])
{
    char hex[DIGEST_HEX_CHARS + 1];
    struct digest d = digest_hmac((struct bytes){key, VAULT_KEY_BYTES},
                                  bytes_of("stoep store file"));

    snprintf(out, 64, "%s%.*s", copies, TAG_CHARS, digest_hex(&d, hex));
}

enum rc rekey_share(const char *dir, int *lock, struct err *err)
{
    char path[PATH_BYTES];

    path_in(dir, "store.lock", path);
    return file_share(path, lock, err);
}

static enum rc put_in_place(const char *dir, const char *name, struct err *err)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    enum rc rc;

    path_in(dir, name, from);
    path_in(dir, "stoep.db", to);
    rc = file_move(from, to, err);
    return rc == RC_NOTFOUND ? RC_OK : rc; /* another program was first */
}

enum rc rekey_settle(const char *dir, const uint8_t *key, struct err *err)
{
    char mine[64], path[PATH_BYTES];
    bool found = false;
    struct dirent *e;
    DIR *d = opendir(dir);

    tagged(key, mine);
    while (d != NULL && (e = readdir(d)) != NULL) {
        if (strncmp(e->d_name, copies, sizeof copies - 1) != 0)
            continue;
        if (strcmp(e->d_name, mine) == 0) {
            found = true;
            continue;
        }
        path_in(dir, e->d_name, path);
        (void)unlink(path);
    }
    if (d != NULL)
        closedir(d);
    return found ? put_in_place(dir, mine, err) : RC_OK;
}

/* All of the old store, under the new key and its name. */
static enum rc copy(const char *dir, const struct vault *v, const uint8_t *key,
                    struct err *err)
{
    struct db_options o = {.key = key};
    char name[64], half[PATH_BYTES], whole[PATH_BYTES], log[PATH_BYTES];
    struct local l;
    enum rc rc = local_open(dir, vault_key(v), &l, err);

    if (rc != RC_OK)
        return rc;
    tagged(key, name);
    path_in(dir, "stoep.db.copy", half);
    path_in(dir, name, whole);
    path_in(dir, "stoep.db-wal", log);
    rc = db_copy(l.db, half, o, err);
    local_close(&l);
    if (rc == RC_OK && access(log, F_OK) == 0)
        rc = err_set(err, RC_BUSY, "%s is still in use", log);
    if (rc == RC_OK)
        rc = file_move(half, whole, err);
    return rc;
}

enum rc rekey_store(const char *dir, int lock, struct vault *v,
                    const struct vault_by *by, struct err *err)
{
    uint8_t key[VAULT_KEY_BYTES];
    char path[PATH_BYTES];
    enum rc rc;

    path_in(dir, "store.lock", path);
    rc = file_hold(path, lock, err);
    if (rc == RC_OK)
        rc = rekey_settle(dir, vault_key(v), err);
    if (rc != RC_OK)
        return rc;
    random_bytes(key, sizeof key);
    rc = copy(dir, v, key, err);
    if (rc == RC_OK)
        rc = vault_key_set(v, by, key, err);
    if (rc == RC_OK)
        rc = rekey_settle(dir, key, err);
    mem_wipe(key, sizeof key);
    return rc;
}
