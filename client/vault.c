#include "client/vault.h"

#include <stdio.h>
#include <string.h>

#include "sync/sys/file.h"

enum { PATH_BYTES = 1024 };

static void key_path(const char *dir, char *out)
{
    snprintf(out, PATH_BYTES, "%s/device.key", dir);
}

/* What held a key is wiped before it is given back. */
static void wipe(struct buf *b)
{
    volatile uint8_t *p = b->p;
    size_t i;

    for (i = 0; i < b->n; i++)
        p[i] = 0;
    buf_free(b);
}

enum rc vault_load(const char *dir, struct sign_key **out, struct err *err)
{
    char path[PATH_BYTES];
    struct buf pem;
    enum rc rc;

    key_path(dir, path);
    rc = file_read(path, SIGN_PEM_BYTES_MAX, &pem, err);
    if (rc != RC_OK)
        return rc;
    rc = sign_key_read(buf_view(&pem), out, err);
    if (rc != RC_OK)
        err_wrap(err, rc, "%s", path);
    wipe(&pem);
    return rc;
}

enum rc vault_save(const char *dir, const struct sign_key *key, struct err *err)
{
    struct buf pem = buf_make(SIGN_PEM_BYTES_MAX);
    char path[PATH_BYTES];
    enum rc rc;

    key_path(dir, path);
    sign_key_write(key, &pem);
    rc = file_replace(path, buf_view(&pem), 0600, err);
    wipe(&pem);
    return rc;
}
