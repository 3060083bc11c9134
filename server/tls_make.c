#include <arpa/inet.h>
#include <mbedtls/asn1write.h>
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/x509_crt.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server/tls_int.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"

enum {
    PEM_BYTES_MAX = 4096,
    SERIAL_BYTES = 16,
    VALID_YEARS = 30,
    DAY_S = 24 * 3600,
    ASN1_SEQUENCE = 0x30,
    SAN_DNS = 0x82, /* context tags of GeneralName (RFC 5280, 4.2.1.6) */
    SAN_IP = 0x87
};

static bool name_fits(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:");

    return n > 0 && n <= TLS_NAME_BYTES_MAX && !name[n];
}

/* Who connects by name and checks it finds it here, not in the subject. */
static int put_alt_name(mbedtls_x509write_cert *w, const char *name)
{
    unsigned char san[4 + TLS_NAME_BYTES_MAX], ip[16];
    size_t n = strlen(name);
    const void *value = name;
    bool v4 = inet_pton(AF_INET, name, ip) == 1;
    bool v6 = !v4 && inet_pton(AF_INET6, name, ip) == 1;

    if (v4 || v6) {
        n = v4 ? 4 : 16;
        value = ip;
    }
    san[0] = ASN1_SEQUENCE;
    san[1] = (unsigned char)(n + 2);
    san[2] = v4 || v6 ? SAN_IP : SAN_DNS;
    san[3] = (unsigned char)n;
    memcpy(san + 4, value, n);
    return mbedtls_x509write_crt_set_extension(
        w, MBEDTLS_OID_SUBJECT_ALT_NAME,
        MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, san, n + 4);
}

static int put_validity(mbedtls_x509write_cert *w)
{
    time_t from = (time_t)(clock_wall_ms() / 1000) - DAY_S;
    struct tm t;
    char begin[16], end[16];

    if (!gmtime_r(&from, &t) || !strftime(begin, sizeof begin, "%Y%m%d", &t))
        return MBEDTLS_ERR_X509_INVALID_DATE;
    t.tm_year += VALID_YEARS;
    t.tm_mday = t.tm_mday > 28 ? 28 : t.tm_mday; /* of a leap year, perhaps */
    if (!strftime(end, sizeof end, "%Y%m%d", &t))
        return MBEDTLS_ERR_X509_INVALID_DATE;
    strcat(begin, "000000");
    strcat(end, "000000");
    return mbedtls_x509write_crt_set_validity(w, begin, end);
}

static int put_serial(mbedtls_x509write_cert *w)
{
    mbedtls_mpi serial;
    int code;

    mbedtls_mpi_init(&serial);
    code = mbedtls_mpi_fill_random(&serial, SERIAL_BYTES, tls_chance, NULL);
    if (code == 0)
        code = mbedtls_mpi_shift_r(&serial, 1); /* must not be negative */
    if (code == 0)
        code = mbedtls_x509write_crt_set_serial(w, &serial);
    mbedtls_mpi_free(&serial);
    return code;
}

static int cert_pem(mbedtls_pk_context *key, const char *name,
                    unsigned char *out, size_t size)
{
    mbedtls_x509write_cert w;
    char subject[TLS_NAME_BYTES_MAX + 4] = "CN=";
    int code;

    strncat(subject, name, 64); /* ub-common-name (RFC 5280, A.1) */
    mbedtls_x509write_crt_init(&w);
    mbedtls_x509write_crt_set_version(&w, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&w, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&w, key);
    mbedtls_x509write_crt_set_issuer_key(&w, key);
    code = mbedtls_x509write_crt_set_subject_name(&w, subject);
    if (code == 0)
        code = mbedtls_x509write_crt_set_issuer_name(&w, subject);
    if (code == 0)
        code = put_serial(&w);
    if (code == 0)
        code = put_validity(&w);
    if (code == 0)
        code = put_alt_name(&w, name);
    if (code == 0)
        code = mbedtls_x509write_crt_set_basic_constraints(&w, 0, -1);
    if (code == 0)
        code = mbedtls_x509write_crt_pem(&w, out, size, tls_chance, NULL);
    mbedtls_x509write_crt_free(&w);
    return code;
}

static int key_make(mbedtls_pk_context *key, unsigned char *out, size_t size)
{
    int code =
        mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));

    if (code == 0)
        code = mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1,
                                   mbedtls_pk_ec(*key), tls_chance, NULL);
    if (code == 0)
        code = mbedtls_pk_write_key_pem(key, out, size);
    return code;
}

enum rc tls_key_read(const char *path, mbedtls_pk_context *key, struct err *err)
{
    struct buf pem = {0};
    enum rc rc = file_read(path, PEM_BYTES_MAX, &pem, err);

    if (rc != RC_OK)
        return rc;
    pem.max = PEM_BYTES_MAX + 1;
    buf_put(&pem, "", 1);
    if (mbedtls_pk_parse_key(key, pem.p, pem.n, NULL, 0) != 0)
        rc = err_set(err, RC_INVALID, "%s: not a private key in PEM", path);
    mbedtls_platform_zeroize(pem.p, pem.n);
    buf_free(&pem);
    return rc;
}

static enum rc store(const char *path, const unsigned char *pem, unsigned mode,
                     struct err *err)
{
    return file_replace(path, bytes_of((const char *)pem), mode, err);
}

enum rc tls_make(const char *cert_path, const char *key_path, const char *name,
                 struct err *err)
{
    bool cert_there = access(cert_path, F_OK) == 0;
    bool key_there = access(key_path, F_OK) == 0;
    unsigned char pem[PEM_BYTES_MAX];
    mbedtls_pk_context key;
    enum rc rc = RC_OK;

    if (cert_there && key_there)
        return RC_OK;
    if (cert_there)
        return err_set(
            err, RC_NOTFOUND,
            "%s is there but its key %s is not: put the key back, or "
            "remove the certificate to have both made anew",
            cert_path, key_path);
    if (!name_fits(name))
        return err_set(err, RC_INVALID, "'%s' cannot be the name of a server",
                       name);
    mbedtls_pk_init(&key);
    if (key_there)
        rc = tls_key_read(key_path, &key, err);
    else if (key_make(&key, pem, sizeof pem) != 0)
        rc = err_set(err, RC_INVALID, "cannot make a key");
    else
        rc = store(key_path, pem, 0600, err);
    if (rc == RC_OK && cert_pem(&key, name, pem, sizeof pem) != 0)
        rc = err_set(err, RC_INVALID, "cannot make a certificate with %s",
                     key_path);
    if (rc == RC_OK)
        rc = store(cert_path, pem, 0644, err);
    mbedtls_platform_zeroize(pem, sizeof pem);
    mbedtls_pk_free(&key);
    return rc;
}
