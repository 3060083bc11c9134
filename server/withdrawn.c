#include "server/withdrawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/passkey_store.h"
#include "sync/sys/file.h"

enum { PATH_BYTES = 1024, LIST_BYTES_MAX = 64 << 20 };

static const char *path_of(const char *dir, char *out)
{
    snprintf(out, PATH_BYTES, "%s/withdrawn", dir);
    return out;
}

/* -- noting ------------------------------------------------------------- */

static enum rc lines_of(struct store *s, uint32_t device, struct buf *out,
                        struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT key FROM device_key WHERE device = :device"));
    char hex[DIGEST_HEX_CHARS + 1];

    db_bind_i64(q, "device", device);
    while (db_row(q)) {
        struct digest d = digest_of(db_blob(q, "key"));

        buf_printf(out, "%s\n", digest_hex(&d, hex));
    }
    return db_done(q, err);
}

enum rc withdraw(const char *dir, struct store *s, uint32_t device,
                 uint64_t now_ms, struct err *err)
{
    struct buf lines = buf_make(1 << 20);
    char path[PATH_BYTES];
    enum rc rc = lines_of(s, device, &lines, err);

    if (rc == RC_OK && lines.n > 0)
        rc = file_append(path_of(dir, path), buf_view(&lines), 0600, err);
    buf_free(&lines);
    return rc == RC_OK ? store_device_revoke(s, device, now_ms, err) : rc;
}

enum rc withdraw_passkey(const char *dir, struct store *s, uint32_t number,
                         uint64_t now_ms, struct err *err)
{
    char path[PATH_BYTES], line[DIGEST_HEX_CHARS + 2];
    struct arena mem = {0};
    struct digest d;
    struct passkey p;
    enum rc rc = passkey_load(s, number, &mem, &p, err);

    if (rc == RC_OK && p.revoked_ms == 0) {
        d = digest_of(p.key);
        digest_hex(&d, line);
        memcpy(line + DIGEST_HEX_CHARS, "\n", 2);
        rc = file_append(path_of(dir, path), bytes_of(line), 0600, err);
    }
    arena_free(&mem);
    return rc == RC_OK ? passkey_revoke(s, number, now_ms, err) : rc;
}

/* -- again -------------------------------------------------------------- */

struct in_use { /* a key of a device or passkey in use */
    bool passkey;
    uint32_t number;
    char hex[DIGEST_HEX_CHARS + 1];
};

static enum rc keys_in_use(struct store *s, struct in_use **out, size_t *n,
                           struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT 0 AS passkey, k.device AS number, k.key AS key"
                   " FROM device_key k JOIN device d ON d.number = k.device"
                   " WHERE d.revoked_ms = 0"
                   " UNION ALL SELECT 1, number, key FROM passkey"
                   " WHERE revoked_ms = 0"));
    size_t cap = 0;

    *out = NULL;
    *n = 0;
    while (db_row(q)) {
        struct digest d = digest_of(db_blob(q, "key"));

        if (*n == cap) {
            cap = 2 * cap + 64;
            *out = mem_resize(*out, cap * sizeof **out);
        }
        (*out)[*n].passkey = db_i64(q, "passkey") != 0;
        (*out)[*n].number = (uint32_t)db_i64(q, "number");
        digest_hex(&d, (*out)[(*n)++].hex);
    }
    return db_done(q, err);
}

/* Wherever it stands: a crash may have left a piece of a line before it. */
static bool listed(struct buf *list, const char *hex)
{
    return strstr(buf_text(list), hex) != NULL;
}

static enum rc withdraw_listed(struct store *s, struct buf *list,
                               uint64_t now_ms, uint64_t *n, struct err *err)
{
    struct in_use *keys;
    size_t keys_n, i;
    enum rc rc = keys_in_use(s, &keys, &keys_n, err), one;

    *n = 0;
    for (i = 0; rc == RC_OK && i < keys_n; i++) {
        if (!listed(list, keys[i].hex))
            continue;
        one = keys[i].passkey
                  ? passkey_revoke(s, keys[i].number, now_ms, err)
                  : store_device_revoke(s, keys[i].number, now_ms, err);
        *n += one == RC_OK;
        rc = one == RC_NOTFOUND ? RC_OK : one; /* by another of its keys */
    }
    free(keys);
    return rc;
}

enum rc withdraw_again(const char *dir, struct store *s, uint64_t now_ms,
                       uint64_t *n, struct err *err)
{
    char path[PATH_BYTES];
    struct buf list;
    enum rc rc = file_read(path_of(dir, path), LIST_BYTES_MAX, &list, err);

    *n = 0;
    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc != RC_OK)
        return rc;
    rc = withdraw_listed(s, &list, now_ms, n, err);
    buf_free(&list);
    return rc;
}
