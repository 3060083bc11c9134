/* The keys that a device signs with (vault.h). */
#include <string.h>

#include "client/vault_int.h"
#include "sync/sys/file.h"

static void put(struct buf *pem, const struct sign_key *key)
{
    if (pem->p != NULL)
        mem_wipe(pem->p, pem->cap);
    buf_clear(pem);
    if (key != NULL)
        sign_key_write(key, pem);
}

static enum rc get(const struct vault *v, const struct buf *pem,
                   struct sign_key **out, struct err *err)
{
    enum rc rc;

    if (pem->n == 0)
        return err_set(err, RC_NOTFOUND, "this device has no key yet");
    rc = sign_key_read(buf_view(pem), out, err);
    return rc == RC_OK ? rc : err_wrap(err, rc, "%s/vault", v->dir);
}

enum rc vault_sign_key_set(struct vault *v, const struct sign_key *key,
                           uint64_t now_ms, struct err *err)
{
    int lock = -1;
    enum rc rc = vault_change(v, &lock, err);

    if (rc == RC_OK) {
        put(&v->pem[0], key);
        put(&v->pem[1], NULL);
        v->second = SECOND_NONE;
        (void)lease_see(&v->lease, now_ms);
        rc = vault_write(v, err);
    }
    file_unlock(lock);
    return rc;
}

enum rc vault_sign_key(const struct vault *v, struct sign_key **out,
                       struct err *err)
{
    return get(v, &v->pem[0], out, err);
}

enum vault_second vault_second(const struct vault *v)
{
    return v->second;
}

enum rc vault_second_key(const struct vault *v, struct sign_key **out,
                         struct err *err)
{
    return get(v, &v->pem[1], out, err);
}

enum rc vault_next_set(struct vault *v, const struct sign_key *key,
                       struct err *err)
{
    int lock = -1;
    enum rc rc = vault_change(v, &lock, err);

    if (rc == RC_OK) {
        put(&v->pem[1], key);
        v->second = SECOND_NEXT;
        rc = vault_write(v, err);
    }
    file_unlock(lock);
    return rc;
}

enum rc vault_next_use(struct vault *v, struct err *err)
{
    struct buf was;
    int lock = -1;
    enum rc rc = vault_change(v, &lock, err);

    if (rc == RC_OK && v->second == SECOND_NEXT) {
        was = v->pem[0];
        v->pem[0] = v->pem[1];
        v->pem[1] = was;
        v->second = SECOND_BEFORE;
        rc = vault_write(v, err);
    }
    file_unlock(lock);
    return rc;
}
