#include "server/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/sys/aead.h"
#include "sync/sys/file.h"
#include "sync/sys/log.h"
#include "sync/sys/migrate.h"
#include "sync/sys/random.h"

enum { FORM = 1, HEAD = 1 + AEAD_NONCE_BYTES + AEAD_TAG_BYTES };

static const struct migration steps[] = {
    {.version = 1,
     .sql = "CREATE TABLE record_key ("
            " record BLOB NOT NULL PRIMARY KEY,"
            " key BLOB NOT NULL);"},
};

struct keys {
    char *db_path, *key_path; /* own */
    bool write;
    struct db *db; /* own; NULL: not opened yet */
};

static char *path_in(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = mem_new(n);

    snprintf(path, n, "%s/%s", dir, name);
    return path;
}

struct keys *keys_new(const char *dir, bool write)
{
    struct keys *k = mem_new(sizeof *k);

    k->db_path = path_in(dir, "keys.db");
    k->key_path = path_in(dir, "keys.key");
    k->write = write;
    return k;
}

void keys_free(struct keys *k)
{
    if (k == NULL)
        return;
    db_close(k->db);
    free(k->db_path);
    free(k->key_path);
    free(k);
}

/* -- the file ----------------------------------------------------------- */

static enum rc master_read(struct keys *k, uint8_t out[AEAD_KEY_BYTES],
                           struct err *err)
{
    struct buf b;
    enum rc rc = file_read(k->key_path, AEAD_KEY_BYTES, &b, err);

    if (rc != RC_OK)
        return rc;
    if (b.n == AEAD_KEY_BYTES)
        memcpy(out, b.p, AEAD_KEY_BYTES);
    else
        rc = err_set(err, RC_CORRUPT, "%s is damaged", k->key_path);
    mem_wipe(b.p, b.n);
    buf_free(&b);
    return rc;
}

static enum rc open_with(struct keys *k, const uint8_t *key, bool create,
                         struct err *err)
{
    struct db_options o = {.read_only = !k->write,
                           .create = create,
                           .durable = true,
                           .page_size = 4096,
                           .key = key};
    struct db *db = NULL;
    enum rc rc = RC_OK;

    if (create) /* so that nobody else can read it from the first byte on */
        rc = file_append(k->db_path, (struct bytes){0}, 0600, err);
    if (rc == RC_OK)
        rc = db_open(k->db_path, o, &db, err);
    if (rc == RC_OK && k->write)
        rc = migrate(db, steps, countof(steps), err);
    if (rc == RC_OK)
        k->db = db;
    else
        db_close(db);
    return rc;
}

/* Both are new: a file of keys without the key to it stays as it is. */
static enum rc make(struct keys *k, struct err *err)
{
    uint8_t key[AEAD_KEY_BYTES];
    struct db *was = NULL;
    enum rc rc;

    if (db_open(k->db_path, (struct db_options){.read_only = true}, &was,
                err) != RC_NOTFOUND) {
        db_close(was);
        return err_set(err, RC_CORRUPT,
                       "%s is missing: put it back from its backup, or move %s"
                       " away (then what it has keys to is lost)",
                       k->key_path, k->db_path);
    }
    random_bytes(key, sizeof key);
    rc = file_replace(k->key_path, (struct bytes){key, sizeof key}, 0600, err);
    if (rc == RC_OK)
        rc = open_with(k, key, true, err);
    mem_wipe(key, sizeof key);
    return rc;
}

/* RC_NOTFOUND: there is none yet. */
static enum rc open_file(struct keys *k, struct err *err)
{
    uint8_t key[AEAD_KEY_BYTES];
    enum rc rc;

    if (k->db != NULL)
        return RC_OK;
    rc = master_read(k, key, err);
    if (rc != RC_OK)
        return rc;
    /* A crash may have come between the two files. */
    rc = open_with(k, key, k->write, err);
    mem_wipe(key, sizeof key);
    return rc;
}

enum rc keys_check(struct keys *k, struct err *err)
{
    struct db_options o = {.read_only = true};
    uint8_t key[AEAD_KEY_BYTES];
    struct db *db = NULL;
    struct db_query *q;
    enum rc rc = master_read(k, key, err);

    if (rc == RC_NOTFOUND)
        return err_set(err, rc, "%s is missing", k->key_path);
    o.key = key;
    if (rc == RC_OK)
        rc = db_open(k->db_path, o, &db, err);
    mem_wipe(key, sizeof key);
    if (rc == RC_NOTFOUND)
        return err_set(err, rc, "%s is missing", k->db_path);
    if (rc == RC_OK) {
        q = db_query(db, SQL("SELECT record FROM record_key LIMIT 1"));
        (void)db_row(q);
        rc = db_done(q, err);
    }
    db_close(db);
    if (rc != RC_OK && rc != RC_BUSY)
        err_set(err, RC_CORRUPT, "%s cannot be opened with %s", k->db_path,
                k->key_path);
    return rc == RC_OK ? RC_OK : err->code;
}

enum rc keys_anew(struct keys *k, struct err *err)
{
    uint8_t key[AEAD_KEY_BYTES];
    enum rc rc = master_read(k, key, err);

    if (rc == RC_NOTFOUND)
        return make(k, err);
    if (rc == RC_OK)
        rc = open_with(k, key, true, err);
    mem_wipe(key, sizeof key);
    return rc;
}

static enum rc copy_with(const struct keys *from, const struct keys *to,
                         const uint8_t *key, bool *any, struct err *err)
{
    struct db_options o = {.read_only = true, .page_size = 4096, .key = key};
    struct db *db = NULL;
    enum rc rc = db_open(from->db_path, o, &db, err);

    if (rc == RC_NOTFOUND) /* the key to it is made first */
        return RC_OK;
    o.read_only = false;
    if (rc == RC_OK)
        rc = file_append(to->db_path, (struct bytes){0}, 0600, err);
    if (rc == RC_OK)
        rc = db_copy(db, to->db_path, o, err);
    db_close(db);
    if (rc == RC_OK)
        rc = file_replace(to->key_path, (struct bytes){key, AEAD_KEY_BYTES},
                          0600, err);
    *any |= rc == RC_OK;
    return rc;
}

enum rc keys_copy(const char *dir, const char *to, bool *any, struct err *err)
{
    struct keys *ours = keys_new(dir, false), *copy = keys_new(to, true);
    uint8_t key[AEAD_KEY_BYTES];
    enum rc rc = master_read(ours, key, err);

    if (rc == RC_OK)
        rc = copy_with(ours, copy, key, any, err);
    else if (rc == RC_NOTFOUND)
        rc = RC_OK;
    mem_wipe(key, sizeof key);
    keys_free(ours);
    keys_free(copy);
    return rc;
}

/* -- one key ------------------------------------------------------------ */

static enum rc key_read(struct keys *k, const struct id *record,
                        uint8_t out[AEAD_KEY_BYTES], struct err *err)
{
    struct db_query *q;
    bool found = false;
    enum rc rc = open_file(k, err);

    if (rc != RC_OK)
        return rc;
    q = db_query(k->db,
                 SQL("SELECT key FROM record_key WHERE record = :record"));
    db_bind_blob(q, "record", id_bytes(record));
    if (db_row(q) && db_blob(q, "key").n == AEAD_KEY_BYTES) {
        found = true;
        memcpy(out, db_blob(q, "key").p, AEAD_KEY_BYTES);
    }
    rc = db_done(q, err);
    return rc == RC_OK && !found
               ? err_set(err, RC_NOTFOUND, "the key of a record is not there")
               : rc;
}

static enum rc key_make(struct keys *k, const struct id *record,
                        uint8_t out[AEAD_KEY_BYTES], struct err *err)
{
    struct db_query *q;
    enum rc rc = RC_OK;

    if (!k->write)
        return err_set(err, RC_NOTFOUND, "the key of a record is not there");
    if (k->db == NULL)
        rc = make(k, err);
    if (rc != RC_OK)
        return rc;
    random_bytes(out, AEAD_KEY_BYTES);
    q = db_query(k->db, SQL("INSERT INTO record_key(record, key)"
                            " VALUES (:record, :key)"));
    db_bind_blob(q, "record", id_bytes(record));
    db_bind_blob(q, "key", (struct bytes){out, AEAD_KEY_BYTES});
    return db_done(db_run_at(q), err);
}

enum rc keys_destroy(struct keys *k, const struct id *records, size_t n,
                     struct err *err)
{
    size_t i;
    enum rc rc = open_file(k, err);

    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc == RC_OK)
        rc = db_begin(k->db, err);
    if (rc != RC_OK)
        return rc;
    for (i = 0; rc == RC_OK && i < n; i++) {
        struct db_query *q = db_query(
            k->db, SQL("DELETE FROM record_key WHERE record = :record"));

        db_bind_blob(q, "record", id_bytes(&records[i]));
        rc = db_done(db_run_at(q), err);
    }
    rc = db_end(k->db, rc, err);
    if (rc == RC_OK)
        rc = db_empty_log(k->db, err);
    if (rc != RC_BUSY)
        return rc;
    /* A reader needs it yet; what comes next is written over it. */
    log_warn("keys.log_kept", "err=%s", LOG_QUOTE(err->text));
    return RC_OK;
}

/* -- sealing ------------------------------------------------------------ */

enum rc keys_seal(struct keys *k, const struct id *record, struct bytes with,
                  struct bytes plain, struct buf *out, struct err *err)
{
    uint8_t key[AEAD_KEY_BYTES], head[HEAD] = {FORM};
    uint8_t *sealed;
    struct aead *a;
    enum rc rc = key_read(k, record, key, err);

    if (rc == RC_NOTFOUND)
        rc = key_make(k, record, key, err);
    if (rc != RC_OK)
        return rc;
    sealed = mem_new(plain.n + 1);
    a = aead_new(key);
    random_bytes(head + 1, AEAD_NONCE_BYTES);
    aead_seal(a, head + 1, with, plain, sealed, head + 1 + AEAD_NONCE_BYTES);
    aead_free(a);
    mem_wipe(key, sizeof key);
    buf_put(out, head, sizeof head);
    buf_put(out, sealed, plain.n);
    free(sealed);
    return out->full ? err_set(err, RC_LIMIT, "a record is too large to seal")
                     : RC_OK;
}

enum rc keys_open(struct keys *k, const struct id *record, struct bytes with,
                  struct bytes sealed, struct buf *out, struct err *err)
{
    uint8_t key[AEAD_KEY_BYTES];
    struct bytes text;
    uint8_t *plain;
    struct aead *a;
    bool fits;
    enum rc rc = key_read(k, record, key, err);

    if (rc == RC_CORRUPT) /* of all keys; the rest of the store works */
        rc = RC_NOTFOUND;
    if (rc != RC_OK)
        return rc;
    if (sealed.n < HEAD || sealed.p[0] != FORM) {
        mem_wipe(key, sizeof key);
        return err_set(err, RC_NOTFOUND, "what was sealed is damaged");
    }
    text = (struct bytes){sealed.p + HEAD, sealed.n - HEAD};
    plain = mem_new(text.n + 1);
    a = aead_new(key);
    fits = aead_open(a, sealed.p + 1, with, text,
                     sealed.p + 1 + AEAD_NONCE_BYTES, plain);
    aead_free(a);
    mem_wipe(key, sizeof key);
    if (fits)
        buf_put(out, plain, text.n);
    mem_wipe(plain, text.n);
    free(plain);
    return fits ? RC_OK
                : err_set(err, RC_NOTFOUND, "the key of a record is another");
}
