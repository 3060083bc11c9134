#include "sync/sys/sign.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"
#include "sync/sys/random.h"

enum { HALF = SIGN_BYTES / 2 };

struct sign_key {
    mbedtls_pk_context pk;
};

static int chance(void *ctx, unsigned char *out, size_t n)
{
    (void)ctx;
    random_bytes(out, n);
    return 0;
}

/* Fails only if memory runs out or the library is at odds with itself. */
static void must(int code)
{
    if (code != 0) {
        fprintf(stderr, "mbedtls: error -0x%x\n", (unsigned)-code);
        abort();
    }
}

static struct sign_key *key_alloc(void)
{
    struct sign_key *k = mem_new(sizeof *k);

    mbedtls_pk_init(&k->pk);
    return k;
}

struct sign_key *sign_key_new(void)
{
    struct sign_key *k = key_alloc();

    must(mbedtls_pk_setup(&k->pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(k->pk),
                             chance, NULL));
    return k;
}

static bool on_p256(const mbedtls_pk_context *pk)
{
    const mbedtls_ecp_keypair *pair =
        mbedtls_pk_can_do(pk, MBEDTLS_PK_ECKEY) ? mbedtls_pk_ec(*pk) : NULL;

    return pair != NULL && pair->grp.id == MBEDTLS_ECP_DP_SECP256R1;
}

enum rc sign_key_read(struct bytes pem, struct sign_key **out, struct err *err)
{
    struct sign_key *k = key_alloc();
    char *text = mem_new(pem.n + 1); /* the library wants a NUL */
    int code;

    if (pem.n > 0)
        memcpy(text, pem.p, pem.n);
    code =
        mbedtls_pk_parse_key(&k->pk, (unsigned char *)text, pem.n + 1, NULL, 0);
    mbedtls_platform_zeroize(text, pem.n);
    free(text);
    if (code != 0 || !on_p256(&k->pk)) {
        sign_key_free(k);
        return err_set(err, RC_CORRUPT, "this is no private key on P-256");
    }
    *out = k;
    return RC_OK;
}

void sign_key_write(const struct sign_key *k, struct buf *pem)
{
    unsigned char text[SIGN_PEM_BYTES_MAX];
    mbedtls_pk_context pk = k->pk; /* the call wants it writable */

    must(mbedtls_pk_write_key_pem(&pk, text, sizeof text));
    buf_puts(pem, (const char *)text);
    mbedtls_platform_zeroize(text, sizeof text);
}

void sign_key_free(struct sign_key *k)
{
    if (k == NULL)
        return;
    mbedtls_pk_free(&k->pk);
    free(k);
}

struct sign_public sign_key_public(const struct sign_key *k)
{
    mbedtls_pk_context pk = k->pk;
    struct sign_public p = {.n = 0};
    int n = mbedtls_pk_write_pubkey_der(&pk, p.der, sizeof p.der);

    if (n <= 0)
        must(n < 0 ? n : -1);
    /* It is written at the end of the room given. */
    p.n = (size_t)n;
    memmove(p.der, p.der + sizeof p.der - p.n, p.n);
    memset(p.der + p.n, 0, sizeof p.der - p.n);
    return p;
}

struct digest sign_pin(const struct sign_public *p)
{
    return digest_of((struct bytes){p->der, p->n});
}

enum rc sign_public_read(struct bytes der, struct sign_public *out,
                         struct err *err)
{
    mbedtls_pk_context pk;
    struct sign_public p = {.n = 0};
    struct sign_key *k = key_alloc();
    enum rc rc = RC_OK;

    pk = k->pk;
    if (der.n == 0 || der.n > sizeof p.der ||
        mbedtls_pk_parse_public_key(&pk, der.p, der.n) != 0 || !on_p256(&pk)) {
        rc = err_set(err, RC_INVALID, "this is no public key on P-256");
    } else {
        k->pk = pk;
        p = sign_key_public(k);
        if (p.n != der.n || memcmp(p.der, der.p, p.n) != 0)
            rc = err_set(err, RC_INVALID,
                         "this public key is not in its usual form");
    }
    k->pk = pk;
    sign_key_free(k);
    if (rc == RC_OK)
        *out = p;
    return rc;
}

void sign_make(const struct sign_key *k, const struct digest *what,
               uint8_t out[SIGN_BYTES])
{
    const mbedtls_ecp_keypair *pair = mbedtls_pk_ec(k->pk);
    mbedtls_ecp_group grp;
    mbedtls_mpi r, s;

    mbedtls_ecp_group_init(&grp);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    must(mbedtls_ecp_group_load(&grp, MBEDTLS_ECP_DP_SECP256R1));
    /* The nonce follows from key and message (RFC 6979): a weak source of
     * chance gives nothing away. */
    must(mbedtls_ecdsa_sign_det_ext(&grp, &r, &s, &pair->d, what->b,
                                    DIGEST_BYTES, MBEDTLS_MD_SHA256, chance,
                                    NULL));
    must(mbedtls_mpi_write_binary(&r, out, HALF));
    must(mbedtls_mpi_write_binary(&s, out + HALF, HALF));
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_group_free(&grp);
}

enum rc sign_verify(const struct sign_public *p, const struct digest *what,
                    struct bytes signature, struct err *err)
{
    mbedtls_pk_context pk;
    mbedtls_mpi r, s;
    bool good = false;

    if (signature.n != SIGN_BYTES)
        return err_set(err, RC_AUTH, "a signature has %d bytes", SIGN_BYTES);
    mbedtls_pk_init(&pk);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    if (mbedtls_pk_parse_public_key(&pk, p->der, p->n) == 0 && on_p256(&pk)) {
        must(mbedtls_mpi_read_binary(&r, signature.p, HALF));
        must(mbedtls_mpi_read_binary(&s, signature.p + HALF, HALF));
        good =
            mbedtls_ecdsa_verify(&mbedtls_pk_ec(pk)->grp, what->b, DIGEST_BYTES,
                                 &mbedtls_pk_ec(pk)->Q, &r, &s) == 0;
    }
    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_pk_free(&pk);
    return good ? RC_OK : err_set(err, RC_AUTH, "the signature does not fit");
}

enum rc sign_verify_der(const struct sign_public *p, const struct digest *what,
                        struct bytes signature, struct err *err)
{
    mbedtls_pk_context pk;
    bool good;

    mbedtls_pk_init(&pk);
    good = mbedtls_pk_parse_public_key(&pk, p->der, p->n) == 0 &&
           on_p256(&pk) &&
           mbedtls_pk_verify(&pk, MBEDTLS_MD_SHA256, what->b, DIGEST_BYTES,
                             signature.p, signature.n) == 0;
    mbedtls_pk_free(&pk);
    return good ? RC_OK : err_set(err, RC_AUTH, "the signature does not fit");
}
