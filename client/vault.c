#include "client/vault_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/vault_pin.h"
#include "client/vault_tries.h"
#include "sync/sys/aead.h"
#include "sync/sys/file.h"
#include "sync/sys/random.h"
#include "sync/sys/secret.h"

enum { PATH_BYTES = 1024, FILE_MAX = 4096 };
enum { HEAD = 48, WRAPPED = HEAD + AEAD_NONCE_BYTES + AEAD_TAG_BYTES };
enum { OUTER = WRAPPED + VAULT_KEY_BYTES };
enum { REST = OUTER + AEAD_NONCE_BYTES + AEAD_TAG_BYTES, INNER = 19 };

static_assert((int)OUTER == (int)VAULT_OUTER_BYTES, "see vault_int.h");

static const char magic[16] = "stoep vault 1";

const char vault_closed[] =
    MSG("the store is closed: this device has not met its server for too long."
        " Nothing is lost: run `stoep sync`, give your PIN, and it opens"
        " again");

static void path_in(const char *dir, const char *name, char *out)
{
    snprintf(out, PATH_BYTES, "%s/%s", dir, name);
}

static void put_number(uint8_t *p, size_t n, uint64_t v)
{
    for (; n > 0; v >>= 8)
        p[--n] = (uint8_t)v;
}

static uint64_t number(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    while (n-- > 0)
        v = v << 8 | *p++;
    return v;
}

static void wipe_buf(struct buf *b)
{
    if (b->p != NULL)
        mem_wipe(b->p, b->cap);
    buf_free(b);
}

bool vault_exists(const char *dir)
{
    char path[PATH_BYTES];

    path_in(dir, "vault", path);
    return access(path, F_OK) == 0;
}

void vault_close(struct vault *v)
{
    if (v == NULL)
        return;
    wipe_buf(&v->pem[0]);
    wipe_buf(&v->pem[1]);
    free(v->dir);
    secret_free(v, sizeof *v);
}

/* -- the key of the store ----------------------------------------------- */

static enum rc pin_good(const struct vault_by *by, struct err *err)
{
    if (strlen(by->pin) < VAULT_PIN_CHARS_MIN ||
        strlen(by->pin) > VAULT_PIN_BYTES_MAX)
        return err_set(err, RC_INVALID,
                       msg(by->lang, "a PIN has %d characters at least and %d"
                                     " at most"),
                       VAULT_PIN_CHARS_MIN, VAULT_PIN_BYTES_MAX);
    return RC_OK;
}

/* Wrap the key anew; without a PIN it stands there as it is. */
static void wrap(struct vault *v, const char *pin)
{
    struct pin_cost cost = pin != NULL ? pin_cost_now : (struct pin_cost){0};
    uint8_t *p = v->outer, stretched[PIN_KEY_BYTES];
    struct aead *a;

    memset(p, 0, sizeof v->outer);
    memcpy(p, magic, sizeof magic);
    put_number(p + 16, 4, pin != NULL);
    put_number(p + 20, 4, cost.passes);
    put_number(p + 24, 4, cost.kib);
    put_number(p + 28, 4, cost.lanes);
    if (pin == NULL) {
        memcpy(p + WRAPPED, v->key, VAULT_KEY_BYTES);
        return;
    }
    random_bytes(p + 32, PIN_SALT_BYTES);
    random_bytes(p + HEAD, AEAD_NONCE_BYTES);
    if (!pin_stretch(pin, p + 32, cost, stretched))
        abort();
    a = aead_new(stretched);
    aead_seal(a, p + HEAD, (struct bytes){p, HEAD},
              (struct bytes){v->key, VAULT_KEY_BYTES}, p + WRAPPED,
              p + HEAD + AEAD_NONCE_BYTES);
    aead_free(a);
    mem_wipe(stretched, sizeof stretched);
}

static bool unwrap(struct vault *v, const char *pin)
{
    const uint8_t *p = v->outer;
    struct pin_cost cost = {(uint32_t)number(p + 20, 4),
                            (uint32_t)number(p + 24, 4),
                            (uint32_t)number(p + 28, 4)};
    uint8_t stretched[PIN_KEY_BYTES];
    struct aead *a;
    bool well;

    if (!pin_stretch(pin, p + 32, cost, stretched))
        return false;
    a = aead_new(stretched);
    well = aead_open(a, p + HEAD, (struct bytes){p, HEAD},
                     (struct bytes){p + WRAPPED, VAULT_KEY_BYTES},
                     p + HEAD + AEAD_NONCE_BYTES, v->key);
    aead_free(a);
    mem_wipe(stretched, sizeof stretched);
    return well;
}

bool vault_has_pin(const struct vault *v)
{
    return number(v->outer + 16, 4) == 1;
}

/* -- the file ----------------------------------------------------------- */

static struct aead *inner(const struct vault *v)
{
    struct digest d = digest_hmac((struct bytes){v->key, VAULT_KEY_BYTES},
                                  bytes_of("stoep vault 1"));
    struct aead *a = aead_new(d.b);

    mem_wipe(&d, sizeof d);
    return a;
}

enum rc vault_write(struct vault *v, struct err *err)
{
    uint8_t body[FILE_MAX], plain[INNER + 2 * SIGN_PEM_BYTES_MAX];
    size_t n = INNER + v->pem[0].n + v->pem[1].n;
    struct aead *a = inner(v);
    char path[PATH_BYTES];
    enum rc rc;

    memcpy(body, v->outer, OUTER);
    put_number(plain, 8, v->lease.until_ms);
    put_number(plain + 8, 8, v->lease.seen_ms);
    plain[16] = (uint8_t)v->second;
    put_number(plain + 17, 2, v->pem[0].n);
    if (v->pem[0].n > 0)
        memcpy(plain + INNER, v->pem[0].p, v->pem[0].n);
    if (v->pem[1].n > 0)
        memcpy(plain + INNER + v->pem[0].n, v->pem[1].p, v->pem[1].n);
    random_bytes(body + OUTER, AEAD_NONCE_BYTES);
    aead_seal(a, body + OUTER, (struct bytes){body, OUTER},
              (struct bytes){plain, n}, body + REST,
              body + OUTER + AEAD_NONCE_BYTES);
    aead_free(a);
    mem_wipe(plain, sizeof plain);
    path_in(v->dir, "vault", path);
    rc = file_replace(path, (struct bytes){body, REST + n}, 0600, err);
    mem_wipe(body, sizeof body);
    return rc;
}

static void keep_pem(struct buf *to, const uint8_t *p, size_t n)
{
    wipe_buf(to);
    *to = buf_make(SIGN_PEM_BYTES_MAX);
    buf_put(to, p, n);
}

static bool take_pems(struct vault *v, const uint8_t *plain, size_t n)
{
    size_t first = (size_t)number(plain + 17, 2);

    if (plain[16] > SECOND_BEFORE || first > n - INNER)
        return false;
    v->second = (enum vault_second)plain[16];
    keep_pem(&v->pem[0], plain + INNER, first);
    keep_pem(&v->pem[1], plain + INNER + first, n - INNER - first);
    return !v->pem[0].full && !v->pem[1].full;
}

/* What is sealed with the key of the store; false: not with this key. */
static bool open_rest(struct vault *v, struct bytes file)
{
    uint8_t plain[INNER + 2 * SIGN_PEM_BYTES_MAX];
    size_t n = file.n - REST;
    struct aead *a = inner(v);
    bool well = n >= INNER && n <= sizeof plain &&
                aead_open(a, file.p + OUTER, (struct bytes){file.p, OUTER},
                          (struct bytes){file.p + REST, n},
                          file.p + OUTER + AEAD_NONCE_BYTES, plain);

    aead_free(a);
    if (well) {
        v->lease = (struct lease){number(plain, 8), number(plain + 8, 8)};
        well = take_pems(v, plain, n);
    }
    mem_wipe(plain, sizeof plain);
    return well;
}

static enum rc read_file(struct vault *v, struct buf *file, struct err *err)
{
    char path[PATH_BYTES];
    enum rc rc;

    path_in(v->dir, "vault", path);
    rc = file_read(path, FILE_MAX, file, err);
    if (rc != RC_OK)
        return rc;
    if (file->n < REST || memcmp(file->p, magic, sizeof magic) != 0 ||
        number(file->p + 16, 4) > 1) {
        buf_free(file);
        return err_set(err, RC_CORRUPT, "%s: damaged; put back a backup", path);
    }
    memcpy(v->outer, file->p, OUTER);
    return RC_OK;
}

enum rc vault_make(const char *dir, const struct vault_by *by,
                   struct vault **out, struct err *err)
{
    struct vault *v;
    enum rc rc = by->pin != NULL ? pin_good(by, err) : RC_OK;

    if (rc == RC_OK)
        rc = file_mkdir(dir, 0700, err);
    if (rc != RC_OK)
        return rc;
    v = secret_new(sizeof *v);
    v->dir = mem_text(dir);
    random_bytes(v->key, sizeof v->key);
    wrap(v, by->pin);
    v->lease.seen_ms = by->now_ms;
    rc = vault_write(v, err);
    if (rc == RC_OK)
        *out = v;
    else
        vault_close(v);
    return rc;
}

/* Another program may have changed it since we opened it: hold it, and begin
 * with what is there now. */
enum rc vault_change(struct vault *v, int *lock, struct err *err)
{
    char path[PATH_BYTES];
    struct buf file = {0};
    enum rc rc;

    path_in(v->dir, "vault.lock", path);
    rc = file_lock(path, lock, err);
    if (rc == RC_OK)
        rc = read_file(v, &file, err);
    if (rc == RC_OK && !open_rest(v, buf_view(&file)))
        rc = err_set(err, RC_CORRUPT, "%s/vault: damaged; put back a backup",
                     v->dir);
    buf_free(&file);
    return rc;
}

/* -- opening ------------------------------------------------------------ */

static enum rc try_pin(struct vault *v, const struct vault_by *by,
                       struct err *err)
{
    enum rc rc = tries_begin(v->dir, by->now_ms, by->lang, err);

    if (rc != RC_OK)
        return rc;
    if (!unwrap(v, by->pin))
        return err_set(err, RC_DENIED, "%s",
                       msg(by->lang, "this is not the PIN"));
    return tries_forget(v->dir, err);
}

static enum rc find_key(struct vault *v, const struct vault_by *by,
                        struct err *err)
{
    if (!vault_has_pin(v))
        memcpy(v->key, v->outer + WRAPPED, VAULT_KEY_BYTES);
    else if (by->key != NULL)
        memcpy(v->key, by->key, VAULT_KEY_BYTES);
    else if (by->pin != NULL)
        return try_pin(v, by, err);
    else
        return err_set(err, RC_AUTH, "%s",
                       msg(by->lang, "this store is locked: its PIN, please"));
    return RC_OK;
}

static enum rc check_lease(const struct vault *v, const struct vault_by *by,
                           struct err *err)
{
    if (lease_runs(&v->lease, by->now_ms) || by->lease_too_old)
        return RC_OK;
    return err_set(err, RC_EXPIRED, "%s", msg(by->lang, vault_closed));
}

/* If it cannot be kept now, the next one does. */
static void note_time(struct vault *v, uint64_t now_ms)
{
    int lock = -1;
    enum rc rc = vault_change(v, &lock, NULL);

    if (rc == RC_OK && lease_see(&v->lease, now_ms))
        rc = vault_write(v, NULL);
    (void)rc;
    file_unlock(lock);
}

enum rc vault_open(const char *dir, const struct vault_by *by,
                   struct vault **out, struct err *err)
{
    struct vault *v = secret_new(sizeof *v);
    struct buf file = {0};
    enum rc rc;

    v->dir = mem_text(dir);
    rc = read_file(v, &file, err);
    if (rc == RC_OK)
        rc = find_key(v, by, err);
    if (rc == RC_OK && !open_rest(v, buf_view(&file)))
        rc = by->key != NULL && vault_has_pin(v)
                 ? err_set(err, RC_DENIED, "this key is not that of the store")
                 : err_set(err, RC_CORRUPT,
                           "%s/vault: damaged; put back a backup", dir);
    if (rc == RC_OK && lease_see(&v->lease, by->now_ms))
        note_time(v, by->now_ms);
    if (rc == RC_OK)
        rc = check_lease(v, by, err);
    buf_free(&file);
    if (rc == RC_OK)
        *out = v;
    else
        vault_close(v);
    return rc;
}

const uint8_t *vault_key(const struct vault *v)
{
    return v->key;
}

uint64_t vault_lease_until(const struct vault *v)
{
    return v->lease.until_ms;
}

bool vault_lease_runs(const struct vault *v, uint64_t now_ms)
{
    return lease_runs(&v->lease, now_ms);
}

/* -- changing ----------------------------------------------------------- */

enum rc vault_pin_set(struct vault *v, const struct vault_by *by,
                      struct err *err)
{
    enum rc rc = pin_good(by, err);
    int lock = -1;

    if (rc == RC_OK)
        rc = vault_change(v, &lock, err);
    if (rc == RC_OK) {
        wrap(v, by->pin);
        (void)lease_see(&v->lease, by->now_ms);
        rc = vault_write(v, err);
    }
    file_unlock(lock);
    return rc;
}

enum rc vault_key_set(struct vault *v, const struct vault_by *by,
                      const uint8_t key[VAULT_KEY_BYTES], struct err *err)
{
    int lock = -1;
    enum rc rc = RC_OK;

    if (vault_has_pin(v) && by->pin == NULL)
        rc = err_set(err, RC_AUTH, "%s",
                     msg(by->lang, "this store is locked: its PIN, please"));
    if (rc == RC_OK)
        rc = vault_change(v, &lock, err);
    if (rc == RC_OK) {
        memcpy(v->key, key, VAULT_KEY_BYTES);
        wrap(v, by->pin);
        rc = vault_write(v, err);
    }
    file_unlock(lock);
    return rc;
}

enum rc vault_lease(struct vault *v, uint64_t server_ms, uint64_t lease_s,
                    struct err *err)
{
    int lock = -1;
    enum rc rc = vault_change(v, &lock, err);

    if (rc == RC_OK) {
        lease_renew(&v->lease, server_ms, lease_s);
        rc = vault_write(v, err);
    }
    file_unlock(lock);
    return rc;
}
