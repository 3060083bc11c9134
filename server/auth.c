#include "server/auth.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/msg.h"
#include "sync/base/text.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/sys/random.h"
#include "sync/sys/secret.h"

/* Nonces seen, until their signature is too old anyway.  A full table refuses
 * rather than forgets. */
enum { NONCES = 1 << 16, PROBES = 32, SALT_BYTES = 12, SALT_CHARS = 16 };

struct auth {
    uint8_t *secret; /* own; DIGEST_BYTES, of the tokens */
    uint64_t started_s;
    char salt[SALT_CHARS + 1];
    pthread_mutex_t lock;
    struct nonce {
        uint64_t hash, until_ms;
    } nonces[NONCES];
};

struct auth *auth_new(uint64_t now_ms)
{
    struct auth *a = mem_new(sizeof *a);
    struct buf salt = buf_make(SALT_CHARS);
    uint8_t random[SALT_BYTES];

    random_bytes(random, sizeof random);
    text_put_base64url(&salt, (struct bytes){random, sizeof random});
    memcpy(a->salt, salt.p, SALT_CHARS);
    buf_free(&salt);
    a->started_s = now_ms / 1000;

    a->secret = secret_new(DIGEST_BYTES);
    random_bytes(a->secret, DIGEST_BYTES);
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

void auth_free(struct auth *a)
{
    if (a == NULL)
        return;
    pthread_mutex_destroy(&a->lock);
    secret_free(a->secret, DIGEST_BYTES);
    free(a);
}

/* -- once only ---------------------------------------------------------- */

static enum rc nonce_take(struct auth *a, struct bytes keyid,
                          struct bytes nonce, uint64_t now_ms, struct err *err)
{
    struct digest d = digest_hmac(keyid, nonce);
    struct nonce *slot = NULL;
    uint64_t hash;
    size_t i, at;
    enum rc rc = RC_OK;

    memcpy(&hash, d.b, sizeof hash);
    at = (size_t)(hash % NONCES);
    pthread_mutex_lock(&a->lock);
    for (i = 0; i < PROBES && rc == RC_OK; i++) {
        struct nonce *n = &a->nonces[(at + i) % NONCES];

        if (n->until_ms < now_ms) {
            if (slot == NULL)
                slot = n;
        } else if (n->hash == hash) {
            rc = err_set(err, RC_AUTH, "this request came in before");
        }
    }
    if (rc == RC_OK && slot == NULL)
        rc = err_set(err, RC_BUSY, MSG("too many devices sign in at once"));
    else if (rc == RC_OK)
        *slot = (struct nonce){hash, now_ms + 2000 * signature_age_s_max};
    pthread_mutex_unlock(&a->lock);
    return rc;
}

/* -- signatures --------------------------------------------------------- */

static struct bytes header(struct httpd_request *r, const char *name)
{
    const char *v = httpd_header_in(r, name);

    if (v == NULL)
        return (struct bytes){0};
    return bytes_of(v);
}

static enum rc check_body(struct httpd_request *r, struct err *err)
{
    struct digest said, is = digest_of(httpd_body(r));
    enum rc rc = httpsig_take_digest(header(r, "content-digest"), said.b, err);

    if (rc == RC_OK && !digest_eq(&said, &is))
        rc = err_set(err, RC_AUTH, "the body is not what was signed");
    return rc;
}

static enum rc check_age(uint64_t created_s, uint64_t now_ms, struct err *err)
{
    uint64_t now_s = now_ms / 1000;
    uint64_t apart = created_s > now_s ? created_s - now_s : now_s - created_s;

    if (apart <= signature_age_s_max)
        return RC_OK;
    return err_set(err, RC_AUTH,
                   "the clock of this device is %" PRIu64
                   " seconds off that of the server; at most %d will do",
                   apart, signature_age_s_max);
}

const char *auth_salt(const struct auth *a)
{
    return a->salt;
}

/* The server before this one may have taken it, until its clock's `created` is
 * too late for that. */
static enum rc check_since_start(const struct auth *a, struct httpd_request *r,
                                 const struct httpsig_params *p,
                                 struct err *err)
{
    if (p->created_s > a->started_s + signature_age_s_max ||
        (p->nonce.n > SALT_CHARS &&
         memcmp(p->nonce.p, a->salt, SALT_CHARS) == 0))
        return RC_OK;
    httpd_header(r, AUTH_SALT, a->salt);
    err_set(
        err, RC_AUTH,
        "this server has started not long ago: sign again, with a nonce that"
        " begins with %s",
        a->salt);
    if (err != NULL)
        err->reason = AUTH_SALT; /* nobody's failure */
    return RC_AUTH;
}

static enum rc check_signature(struct httpd_request *r,
                               const struct httpsig_params *p,
                               const struct sign_public *key, struct err *err)
{
    struct httpsig_request what = {
        .method = bytes_of(httpd_method_text(httpd_request_method(r))),
        .authority = bytes_of(httpd_authority(r)),
        .path = bytes_of(httpd_path(r)),
        .digest = header(r, "content-digest")};
    struct buf base = buf_make(8192);
    uint8_t sig[HTTPSIG_BYTES];
    struct digest d;
    enum rc rc = httpsig_take_signature(header(r, "signature"), sig, err);

    if (rc != RC_OK)
        return rc;
    httpsig_base(&base, &what, p);
    d = digest_of(buf_view(&base));
    buf_free(&base);
    return sign_verify(key, &d, (struct bytes){sig, sizeof sig}, err);
}

enum rc auth_signature(struct auth *a, struct httpd_request *r,
                       const struct sign_public *key, struct bytes keyid,
                       uint64_t now_ms, struct proof *out, struct err *err)
{
    struct httpsig_params p;
    enum rc rc = httpsig_take_input(header(r, "signature-input"), &p, err);

    if (rc == RC_OK && !bytes_eq(p.keyid, keyid))
        rc = err_set(err, RC_AUTH, "the keyid is not of who signs");
    if (rc == RC_OK)
        rc = check_age(p.created_s, now_ms, err);
    if (rc == RC_OK)
        rc = check_since_start(a, r, &p, err);
    if (rc == RC_OK)
        rc = check_body(r, err);
    if (rc == RC_OK)
        rc = check_signature(r, &p, key, err);
    if (rc == RC_OK) /* last: who cannot sign fills no table */
        rc = nonce_take(a, keyid, p.nonce, now_ms, err);
    if (rc == RC_OK)
        *out = (struct proof){.authority = bytes_of(httpd_authority(r)),
                              .input = header(r, "signature-input"),
                              .signature = header(r, "signature")};
    return rc;
}

/* "device-7" -> 7 */
static bool keyid_device(struct bytes keyid, uint32_t *out)
{
    static const char prefix[] = "device-";
    size_t n = sizeof prefix - 1;
    uint64_t v;

    if (keyid.n <= n || memcmp(keyid.p, prefix, n) != 0 ||
        !text_take_u64((struct bytes){keyid.p + n, keyid.n - n}, UINT32_MAX,
                       &v))
        return false;
    *out = (uint32_t)v;
    return true;
}

/* That it does not exist is not told apart. */
static enum rc known(struct store *s, uint32_t number, struct arena *mem,
                     struct device *out, struct err *err)
{
    enum rc rc = store_device(s, number, mem, out, err);

    if (rc == RC_NOTFOUND)
        return err_set(err, RC_AUTH, "this device is not enrolled here");
    return rc;
}

static enum rc signed_with(struct auth *a, struct httpd_request *r,
                           struct bytes der, struct bytes keyid,
                           uint64_t now_ms, struct proof *proof,
                           struct err *err)
{
    struct sign_public key;
    enum rc rc = sign_public_read(der, &key, err);

    return rc == RC_OK ? auth_signature(a, r, &key, keyid, now_ms, proof, err)
                       : rc;
}

/* `by_next` NULL: the key in force alone will do. */
static enum rc who_signed(struct auth *a, struct store *s,
                          struct httpd_request *r, uint64_t now_ms,
                          struct device *device, struct proof *proof,
                          bool *by_next, struct err *err)
{
    struct httpsig_params p;
    uint32_t number = 0;
    struct device d;
    enum rc rc = httpsig_take_input(header(r, "signature-input"), &p, err);

    if (rc == RC_OK && !keyid_device(p.keyid, &number))
        rc = err_set(err, RC_AUTH, "the keyid names no device");
    if (rc == RC_OK)
        rc = known(s, number, httpd_arena(r), &d, err);
    if (rc != RC_OK)
        return rc;
    rc = signed_with(a, r, d.key, p.keyid, now_ms, proof, err);
    if (rc == RC_AUTH && by_next != NULL && d.next_key.n > 0) {
        rc = signed_with(a, r, d.next_key, p.keyid, now_ms, proof, err);
        *by_next = rc == RC_OK;
    }
    if (rc == RC_OK)
        *device = d;
    return rc;
}

enum rc auth_who(struct auth *a, struct store *s, struct httpd_request *r,
                 uint64_t now_ms, struct device *device, struct proof *proof,
                 struct err *err)
{
    return who_signed(a, s, r, now_ms, device, proof, NULL, err);
}

/* Only who signed hears why it may not. */
enum rc auth_signed_either(struct auth *a, struct store *s,
                           struct httpd_request *r, uint64_t now_ms,
                           struct device *device, struct proof *proof,
                           bool *by_next, struct err *err)
{
    struct device d;
    enum rc rc = who_signed(a, s, r, now_ms, &d, proof, by_next, err);

    if (rc == RC_OK)
        rc = device_may(&d, now_ms, err);
    if (rc == RC_OK)
        *device = d;
    return rc;
}

enum rc auth_signed(struct auth *a, struct store *s, struct httpd_request *r,
                    uint64_t now_ms, struct device *device, struct proof *proof,
                    struct err *err)
{
    return auth_signed_either(a, s, r, now_ms, device, proof, NULL, err);
}

/* -- tokens: device "." expiry "." HMAC of both, in base64url ----------- */

static struct digest token_mac(const struct auth *a, struct bytes claims)
{
    return digest_hmac((struct bytes){a->secret, DIGEST_BYTES}, claims);
}

struct bytes auth_token_make(struct auth *a, uint32_t device, uint64_t now_ms,
                             struct arena *mem)
{
    struct buf b = buf_make(token_bytes_max);
    struct digest mac;
    struct bytes out;

    buf_printf(&b, "%" PRIu32 ".%" PRIu64, device,
               now_ms / 1000 + token_age_s_max);
    mac = token_mac(a, buf_view(&b));
    buf_puts(&b, ".");
    text_put_base64url(&b, digest_bytes(&mac));
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static bool token_read(const struct auth *a, const char *token,
                       uint32_t *device, uint64_t *until_s)
{
    const char *dot = strchr(token, '.');
    const char *end = dot == NULL ? NULL : strchr(dot + 1, '.');
    struct buf mac = buf_make(DIGEST_BYTES);
    struct digest said = {{0}}, is;
    uint64_t number = 0;
    bool ok;

    if (end == NULL || strlen(token) > token_bytes_max)
        return false;
    is = token_mac(
        a, (struct bytes){(const uint8_t *)token, (size_t)(end - token)});
    ok = text_take_base64url(bytes_of(end + 1), &mac) && mac.n == DIGEST_BYTES;
    if (ok)
        memcpy(said.b, mac.p, DIGEST_BYTES);
    buf_free(&mac);
    ok = ok && digest_eq(&said, &is) &&
         text_take_u64(
             (struct bytes){(const uint8_t *)token, (size_t)(dot - token)},
             UINT32_MAX, &number) &&
         text_take_u64(
             (struct bytes){(const uint8_t *)dot + 1, (size_t)(end - dot - 1)},
             UINT64_MAX, until_s);
    *device = (uint32_t)number;
    return ok;
}

enum rc auth_token(struct auth *a, struct store *s, struct httpd_request *r,
                   uint64_t now_ms, struct device *device, struct err *err)
{
    static const char scheme[] = "Bearer ";
    const char *h = httpd_header_in(r, "authorization");
    struct device d;
    uint32_t number;
    uint64_t until_s;
    enum rc rc;

    if (h == NULL || strncmp(h, scheme, sizeof scheme - 1) != 0)
        return err_set(err, RC_AUTH, "this call needs a session");
    if (!token_read(a, h + sizeof scheme - 1, &number, &until_s))
        return err_set(err, RC_AUTH, "this is no session of this server");
    if (until_s < now_ms / 1000)
        return err_set(err, RC_AUTH, "the session has ended");
    rc = known(s, number, httpd_arena(r), &d, err);
    if (rc == RC_OK)
        rc = device_may(&d, now_ms, err);
    if (rc == RC_OK)
        *device = d;
    return rc;
}

/* -- what is only said -------------------------------------------------- */

uint32_t auth_claimed(struct httpd_request *r)
{
    static const char scheme[] = "Bearer ";
    const char *h = httpd_header_in(r, "authorization");
    struct httpsig_params p;
    uint32_t device = 0;
    uint64_t number = 0;
    struct err err;

    if (httpsig_take_input(header(r, "signature-input"), &p, &err) == RC_OK &&
        keyid_device(p.keyid, &device))
        return device;
    if (h == NULL || strncmp(h, scheme, sizeof scheme - 1) != 0)
        return 0;
    h += sizeof scheme - 1;
    (void)text_take_u64((struct bytes){(const uint8_t *)h, strcspn(h, ".")},
                        UINT32_MAX, &number);
    return (uint32_t)number;
}
