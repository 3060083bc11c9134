#include "server/tls_int.h"

#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "sync/sys/file.h"
#include "sync/sys/random.h"

enum {
    DER_BYTES_MAX = 2048,
    PLAIN_BYTES = 16 * 1024,
    TICKET_AGE_S = 24 * 3600
};

/* Signing with one key on two threads at once is not safe in mbedTLS (it keeps
 * precomputed points in the curve), so each loop has its own copy. */
struct tls_slot {
    mbedtls_x509_crt cert;
    mbedtls_pk_context key;
    mbedtls_ssl_config conf;
};

/* What the files held at one time; lives as long as a connection uses it. */
struct tls_identity {
    atomic_size_t refs;
    struct buf cert, key; /* own; PEM with the NUL that mbedTLS wants */
    uint8_t pin[TLS_PIN_BYTES];
    uint8_t next[TLS_PIN_BYTES]; /* of the key to come */
    bool has_next;
    mbedtls_ssl_ticket_context tickets;     /* has a lock inside */
    struct tls_slot *slot[HTTPD_LOOPS_MAX]; /* own; each its loop's alone */
};

struct tls {
    struct httpd_tls ops;
    char *cert_path, *key_path; /* own */
    pthread_mutex_t lock;
    struct tls_identity *now; /* under lock */
};

struct tls_conn {
    struct tls_identity *id; /* own, one reference */
    mbedtls_ssl_context ssl;
    struct httpd_sink wire;
    struct bytes in; /* what feed() was given and mbedTLS has not taken */
    bool broken;
};

int tls_chance(void *arg, unsigned char *out, size_t n)
{
    (void)arg;
    random_bytes(out, n);
    return 0;
}

enum rc tls_fault(struct err *err, enum rc rc, const char *what, int code)
{
    char text[128] = "";

    mbedtls_strerror(code, text, sizeof text);
    return err_set(err, rc, "%s: %s", what, text);
}

/* ---- Identities ---- */

static void slot_free(struct tls_slot *s)
{
    if (!s)
        return;
    mbedtls_ssl_config_free(&s->conf);
    mbedtls_pk_free(&s->key);
    mbedtls_x509_crt_free(&s->cert);
    free(s);
}

static void identity_drop(struct tls_identity *id)
{
    if (!id || atomic_fetch_sub(&id->refs, 1) != 1)
        return;
    for (size_t i = 0; i < countof(id->slot); i++)
        slot_free(id->slot[i]);
    mbedtls_ssl_ticket_free(&id->tickets);
    if (id->key.p)
        mbedtls_platform_zeroize(id->key.p, id->key.cap);
    buf_free(&id->key);
    buf_free(&id->cert);
    free(id);
}

/* TLS 1.2 with forward secrecy and authenticated ciphers (RFC 9325, 4.2). */
static int slot_configure(struct tls_slot *s, struct tls_identity *id)
{
    static const int suites[] = {
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        0,
    };
    static const mbedtls_ecp_group_id curves[] = {
        MBEDTLS_ECP_DP_CURVE25519, MBEDTLS_ECP_DP_SECP256R1,
        MBEDTLS_ECP_DP_SECP384R1, MBEDTLS_ECP_DP_NONE};
    static const int hashes[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384,
                                 MBEDTLS_MD_SHA512, MBEDTLS_MD_NONE};
    int code = mbedtls_ssl_config_defaults(&s->conf, MBEDTLS_SSL_IS_SERVER,
                                           MBEDTLS_SSL_TRANSPORT_STREAM,
                                           MBEDTLS_SSL_PRESET_DEFAULT);

    if (code)
        return code;
    mbedtls_ssl_conf_rng(&s->conf, tls_chance, NULL);
    mbedtls_ssl_conf_min_version(&s->conf, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_ciphersuites(&s->conf, suites);
    mbedtls_ssl_conf_curves(&s->conf, curves);
    mbedtls_ssl_conf_sig_hashes(&s->conf, hashes);
    mbedtls_ssl_conf_renegotiation(&s->conf,
                                   MBEDTLS_SSL_RENEGOTIATION_DISABLED);
    mbedtls_ssl_conf_legacy_renegotiation(&s->conf,
                                          MBEDTLS_SSL_LEGACY_BREAK_HANDSHAKE);
    mbedtls_ssl_conf_session_tickets_cb(&s->conf, mbedtls_ssl_ticket_write,
                                        mbedtls_ssl_ticket_parse, &id->tickets);
    return mbedtls_ssl_conf_own_cert(&s->conf, &s->cert, &s->key);
}

static struct tls_slot *slot_new(struct tls_identity *id, struct err *err)
{
    struct tls_slot *s = mem_new(sizeof *s);
    const char *what = "the certificate cannot be read";
    int code;

    mbedtls_x509_crt_init(&s->cert);
    mbedtls_pk_init(&s->key);
    mbedtls_ssl_config_init(&s->conf);
    code = mbedtls_x509_crt_parse(&s->cert, id->cert.p, id->cert.n);
    if (code == 0) {
        what = "the key cannot be read";
        code = mbedtls_pk_parse_key(&s->key, id->key.p, id->key.n, NULL, 0);
    }
    if (code == 0) {
        what = "the key does not belong to the certificate";
        code = mbedtls_pk_check_pair(&s->cert.pk, &s->key);
    }
    if (code == 0) {
        what = "TLS cannot be set up";
        code = slot_configure(s, id);
    }
    if (code == 0)
        return s;
    tls_fault(err, RC_INVALID, what, code);
    slot_free(s);
    return NULL;
}

int tls_key_pin(mbedtls_pk_context *key, uint8_t pin[static TLS_PIN_BYTES])
{
    unsigned char der[DER_BYTES_MAX]; /* mbedTLS writes at its end */
    int n = mbedtls_pk_write_pubkey_der(key, der, sizeof der);

    if (n < 0)
        return n;
    return mbedtls_sha256_ret(der + sizeof der - n, (size_t)n, pin, 0);
}

static enum rc read_pem(const char *path, struct buf *out, struct err *err)
{
    enum rc rc = file_read(path, TLS_PEM_BYTES_MAX, out, err);

    if (rc != RC_OK)
        return rc;
    out->max = TLS_PEM_BYTES_MAX + 1;
    buf_put(out, "", 1);
    return RC_OK;
}

static enum rc identity_open(const struct tls *t, struct tls_identity **out,
                             struct err *err)
{
    struct tls_identity *id = mem_new(sizeof *id);
    enum rc rc;
    int code = 0;

    atomic_init(&id->refs, 1);
    mbedtls_ssl_ticket_init(&id->tickets);
    rc = read_pem(t->cert_path, &id->cert, err);
    if (rc == RC_OK)
        rc = read_pem(t->key_path, &id->key, err);
    if (rc == RC_OK) {
        code =
            mbedtls_ssl_ticket_setup(&id->tickets, tls_chance, NULL,
                                     MBEDTLS_CIPHER_AES_256_GCM, TICKET_AGE_S);
        if (code)
            rc = tls_fault(err, RC_INVALID, "TLS cannot be set up", code);
    }
    if (rc == RC_OK) {
        id->slot[0] = slot_new(id, err);
        if (!id->slot[0])
            rc = err_wrap(err, RC_INVALID, "%s, %s", t->cert_path, t->key_path);
    }
    if (rc == RC_OK) {
        code = tls_key_pin(&id->slot[0]->key, id->pin);
        if (code)
            rc = tls_fault(err, RC_INVALID, t->key_path, code);
    }
    if (rc == RC_OK)
        rc = tls_next_pin(t->key_path, id->next, &id->has_next, err);
    if (rc == RC_OK)
        *out = id;
    else
        identity_drop(id);
    return rc;
}

static struct tls_identity *identity_hold(struct tls *t)
{
    struct tls_identity *id;

    pthread_mutex_lock(&t->lock);
    id = t->now;
    atomic_fetch_add(&id->refs, 1);
    pthread_mutex_unlock(&t->lock);
    return id;
}

/* ---- Connections ---- */

static int bio_send(void *arg, const unsigned char *p, size_t n)
{
    struct tls_conn *c = arg;

    n = n > INT32_MAX ? INT32_MAX : n;
    c->wire.put(c->wire.arg, p, n);
    return (int)n;
}

static int bio_recv(void *arg, unsigned char *p, size_t n)
{
    struct tls_conn *c = arg;

    n = n > c->in.n ? c->in.n : n;
    if (n == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    memcpy(p, c->in.p, n);
    c->in = (struct bytes){c->in.p + n, c->in.n - n};
    return (int)n;
}

static void *conn_open(void *ctx, unsigned loop, struct httpd_sink wire)
{
    struct tls_conn *c = mem_new(sizeof *c);
    struct tls_slot **slot;

    c->wire = wire;
    c->id = identity_hold(ctx);
    slot = &c->id->slot[loop];
    if (!*slot)
        *slot = slot_new(c->id, NULL);
    mbedtls_ssl_init(&c->ssl);
    c->broken = !*slot || mbedtls_ssl_setup(&c->ssl, &(*slot)->conf) != 0;
    mbedtls_ssl_set_bio(&c->ssl, c, bio_send, bio_recv, NULL);
    return c;
}

static bool conn_feed(void *conn, struct bytes wire, struct httpd_sink plain)
{
    struct tls_conn *c = conn;
    unsigned char out[PLAIN_BYTES / 2];
    int n = 0;

    if (c->broken)
        return false;
    c->in = wire;
    if (c->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER)
        n = mbedtls_ssl_handshake(&c->ssl);
    while (n >= 0) {
        n = mbedtls_ssl_read(&c->ssl, out, sizeof out);
        if (n == 0)
            break;
        if (n > 0)
            plain.put(plain.arg, out, (size_t)n);
    }
    mbedtls_platform_zeroize(out, sizeof out);
    c->in = (struct bytes){0};
    if (n == MBEDTLS_ERR_SSL_WANT_READ || n == MBEDTLS_ERR_SSL_WANT_WRITE)
        return true;
    c->broken = n != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
    return false;
}

static bool conn_write(void *conn, struct bytes plain)
{
    struct tls_conn *c = conn;

    while (!c->broken && plain.n > 0) {
        int n = mbedtls_ssl_write(&c->ssl, plain.p, plain.n);

        if (n <= 0)
            c->broken = true;
        else
            plain = (struct bytes){plain.p + n, plain.n - (size_t)n};
    }
    return !c->broken;
}

static void conn_close(void *conn)
{
    struct tls_conn *c = conn;

    if (!c->broken)
        mbedtls_ssl_close_notify(&c->ssl);
}

static void conn_free(void *conn)
{
    struct tls_conn *c = conn;

    mbedtls_ssl_free(&c->ssl);
    identity_drop(c->id);
    free(c);
}

/* ---- The whole ---- */

enum rc tls_open(const char *cert_path, const char *key_path, struct tls **out,
                 struct err *err)
{
    struct tls *t = mem_new(sizeof *t);
    enum rc rc;

    t->ops = (struct httpd_tls){t,          conn_open,  conn_feed,
                                conn_write, conn_close, conn_free};
    t->cert_path = mem_text(cert_path);
    t->key_path = mem_text(key_path);
    pthread_mutex_init(&t->lock, NULL);
    rc = identity_open(t, &t->now, err);
    if (rc == RC_OK)
        *out = t;
    else
        tls_close(t);
    return rc;
}

void tls_close(struct tls *t)
{
    if (!t)
        return;
    identity_drop(t->now);
    pthread_mutex_destroy(&t->lock);
    free(t->cert_path);
    free(t->key_path);
    free(t);
}

enum rc tls_reload(struct tls *t, struct err *err)
{
    struct tls_identity *fresh, *old;
    enum rc rc = identity_open(t, &fresh, err);

    if (rc != RC_OK)
        return rc;
    pthread_mutex_lock(&t->lock);
    old = t->now;
    t->now = fresh;
    pthread_mutex_unlock(&t->lock);
    identity_drop(old);
    return RC_OK;
}

void tls_pin(struct tls *t, uint8_t pin[static TLS_PIN_BYTES])
{
    struct tls_identity *id = identity_hold(t);

    memcpy(pin, id->pin, TLS_PIN_BYTES);
    identity_drop(id);
}

bool tls_next(struct tls *t, uint8_t pin[static TLS_PIN_BYTES])
{
    struct tls_identity *id = identity_hold(t);
    bool there = id->has_next;

    if (there)
        memcpy(pin, id->next, TLS_PIN_BYTES);
    identity_drop(id);
    return there;
}

const struct httpd_tls *tls_httpd(struct tls *t)
{
    return &t->ops;
}
