/* The key that will take the place of the one in force (tls.h). */
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/tls_int.h"
#include "sync/sys/file.h"

enum { PATH_BYTES = 1024 };

static void beside(const char *path, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s.next", path);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

enum rc tls_next_pin(const char *key_path, uint8_t pin[static TLS_PIN_BYTES],
                     bool *there, struct err *err)
{
    char path[PATH_BYTES];
    mbedtls_pk_context key;
    enum rc rc;

    beside(key_path, path);
    *there = is_there(path);
    if (!*there)
        return RC_OK;
    mbedtls_pk_init(&key);
    rc = tls_key_read(path, &key, err);
    if (rc == RC_OK) {
        int code = tls_key_pin(&key, pin);

        if (code != 0)
            rc = tls_fault(err, RC_INVALID, path, code);
    }
    mbedtls_pk_free(&key);
    return rc;
}

/* For whom the certificate in force was made; "stoep" if it does not say. */
static void name_in(const char *cert_path, char out[TLS_NAME_BYTES_MAX + 1])
{
    const mbedtls_x509_name *n;
    mbedtls_x509_crt cert;

    strcpy(out, "stoep");
    mbedtls_x509_crt_init(&cert);
    if (mbedtls_x509_crt_parse_file(&cert, cert_path) == 0)
        for (n = &cert.subject; n != NULL; n = n->next)
            if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &n->oid) == 0 &&
                n->val.len > 0 && n->val.len <= TLS_NAME_BYTES_MAX) {
                memcpy(out, n->val.p, n->val.len);
                out[n->val.len] = '\0';
            }
    mbedtls_x509_crt_free(&cert);
}

enum rc tls_next_make(const char *cert_path, const char *key_path,
                      struct err *err)
{
    char cert[PATH_BYTES], key[PATH_BYTES], name[TLS_NAME_BYTES_MAX + 1];
    enum rc rc = tls_next_mend(cert_path, key_path, err);

    if (rc != RC_OK)
        return rc;
    beside(cert_path, cert);
    beside(key_path, key);
    name_in(cert_path, name);
    return tls_make(cert, key, name, err);
}

static bool belong(const char *cert_path, const char *key_path)
{
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    bool well;

    mbedtls_x509_crt_init(&cert);
    mbedtls_pk_init(&key);
    well = mbedtls_x509_crt_parse_file(&cert, cert_path) == 0 &&
           tls_key_read(key_path, &key, NULL) == RC_OK &&
           mbedtls_pk_check_pair(&cert.pk, &key) == 0;
    mbedtls_pk_free(&key);
    mbedtls_x509_crt_free(&cert);
    return well;
}

static enum rc move(const char *path, struct err *err)
{
    char from[PATH_BYTES];

    beside(path, from);
    return file_move(from, path, err);
}

/* First the key: from then on only its certificate lies beside. */
enum rc tls_next_finish(const char *cert_path, const char *key_path,
                        struct err *err)
{
    char cert[PATH_BYTES], key[PATH_BYTES];
    enum rc rc = tls_next_mend(cert_path, key_path, err);

    beside(cert_path, cert);
    beside(key_path, key);
    if (rc == RC_OK && (!is_there(key) || !is_there(cert)))
        rc = err_set(err, RC_NOTFOUND,
                     "there is no next key in %s with a certificate in %s", key,
                     cert);
    if (rc == RC_OK)
        rc = move(key_path, err);
    return rc == RC_OK ? move(cert_path, err) : rc;
}

enum rc tls_next_mend(const char *cert_path, const char *key_path,
                      struct err *err)
{
    char cert[PATH_BYTES], key[PATH_BYTES];

    beside(cert_path, cert);
    beside(key_path, key);
    if (is_there(key) || !is_there(cert) || !belong(cert, key_path))
        return RC_OK;
    return move(cert_path, err);
}
