#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/base/text.h"
#include "sync/sys/sign.h"

/* RFC 9421, B.1.3. */
static const char rfc_private[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIFKbhfNZfpDsW43+0+JjUr9K+bTeuxopu653+hBaXGA7oAoGCCqGSM49\n"
    "AwEHoUQDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM\n"
    "4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==\n"
    "-----END EC PRIVATE KEY-----\n";
static const char rfc_public[] =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf"
    "w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==";

/* RFC 9421, B.2.4: sig-b24. */
static const char rfc_base[] =
    "\"@status\": 200\n"
    "\"content-type\": application/json\n"
    "\"content-digest\": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41Q"
    "JgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:\n"
    "\"content-length\": 23\n"
    "\"@signature-params\": (\"@status\" \"content-type\" \"content-digest\" "
    "\"content-length\");created=1618884473;keyid=\"test-key-ecc-p256\"";
static const char rfc_signature[] =
    "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDA"
    "Uy5eCdlYUEkLIj+32oiasw==";

static struct sign_public rfc_key(void)
{
    struct buf der = buf_make(SIGN_PUBLIC_BYTES_MAX);
    struct sign_public p;

    assert_true(text_take_base64(bytes_of(rfc_public), &der));
    assert_int_equal(sign_public_read(buf_view(&der), &p, NULL), RC_OK);
    buf_free(&der);
    return p;
}

static void the_signature_published_in_rfc_9421_is_good(void **state)
{
    struct sign_public p = rfc_key();
    struct digest d = digest_of(bytes_of(rfc_base));
    struct buf sig = buf_make(SIGN_BYTES);
    struct err err;
    size_t i;

    (void)state;
    assert_true(text_take_base64(bytes_of(rfc_signature), &sig));
    assert_int_equal(sign_verify(&p, &d, buf_view(&sig), &err), RC_OK);
    for (i = 0; i < SIGN_BYTES; i++) {
        sig.p[i] ^= 1;
        assert_int_equal(sign_verify(&p, &d, buf_view(&sig), &err), RC_AUTH);
        sig.p[i] ^= 1;
    }
    for (i = 0; i < DIGEST_BYTES; i++) {
        d.b[i] ^= 0x80;
        assert_int_equal(sign_verify(&p, &d, buf_view(&sig), &err), RC_AUTH);
        d.b[i] ^= 0x80;
    }
    buf_free(&sig);
}

static void the_private_key_of_rfc_9421_has_its_public_key(void **state)
{
    struct sign_public want = rfc_key(), got;
    struct digest d = digest_of(bytes_of("x"));
    struct buf pem = buf_make(SIGN_PEM_BYTES_MAX);
    struct sign_key *k = NULL;
    uint8_t sig[SIGN_BYTES];

    (void)state;
    assert_int_equal(sign_key_read(bytes_of(rfc_private), &k, NULL), RC_OK);
    got = sign_key_public(k);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.der, want.der, want.n);
    sign_make(k, &d, sig);
    assert_int_equal(
        sign_verify(&want, &d, (struct bytes){sig, SIGN_BYTES}, NULL), RC_OK);
    sign_key_write(k, &pem);
    assert_string_equal(buf_text(&pem), rfc_private);
    buf_free(&pem);
    sign_key_free(k);
}

static void a_signature_holds_for_one_key_and_one_text_only(void **state)
{
    struct sign_key *a = sign_key_new(), *b = sign_key_new();
    struct sign_public pa = sign_key_public(a), pb = sign_key_public(b);
    struct digest d, e, pin_a = sign_pin(&pa), pin_b = sign_pin(&pb);
    uint8_t sig[SIGN_BYTES + 1] = {0};
    uint8_t none[SIGN_BYTES] = {0};
    struct bytes view = {sig, SIGN_BYTES};
    int i;

    (void)state;
    assert_false(digest_eq(&pin_a, &pin_b));
    for (i = 0; i < 40; i++) { /* some r or s begin with a zero byte */
        d = digest_of((struct bytes){(uint8_t *)&i, sizeof i});
        sign_make(a, &d, sig);
        assert_int_equal(sign_verify(&pa, &d, view, NULL), RC_OK);
        assert_int_equal(sign_verify(&pb, &d, view, NULL), RC_AUTH);
    }
    e = digest_of(bytes_of("another"));
    assert_int_equal(sign_verify(&pa, &e, view, NULL), RC_AUTH);
    view.n--;
    assert_int_equal(sign_verify(&pa, &d, view, NULL), RC_AUTH);
    view.n += 2;
    assert_int_equal(sign_verify(&pa, &d, view, NULL), RC_AUTH);
    view = (struct bytes){none, SIGN_BYTES};
    assert_int_equal(sign_verify(&pa, &d, view, NULL), RC_AUTH);
    sign_key_free(a);
    sign_key_free(b);
    sign_key_free(NULL);
}

static void a_damaged_public_key_is_refused(void **state)
{
    struct sign_public p = rfc_key(), q;
    uint8_t longer[SIGN_PUBLIC_BYTES_MAX + 1] = {0};
    struct err err;
    size_t i;

    (void)state;
    memcpy(longer, p.der, p.n);
    for (i = 0; i < p.n; i++) {
        assert_int_equal(sign_public_read((struct bytes){p.der, i}, &q, &err),
                         RC_INVALID);
        longer[i] ^= 1; /* a point off the curve, or no such key */
        assert_int_equal(
            sign_public_read((struct bytes){longer, p.n}, &q, &err),
            RC_INVALID);
        longer[i] ^= 1;
    }
    for (i = p.n + 1; i <= sizeof longer; i++)
        assert_int_equal(sign_public_read((struct bytes){longer, i}, &q, &err),
                         RC_INVALID);
}

/* Keys like ours, on another curve or of another kind. */
static const char other_private[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHQCAQEEICNszaO9+ydvfKTI592avzcYWticcxrbWmwXlclnXpC6oAcGBSuBBAAK\n"
    "oUQDQgAEQP+NOFHw5ZI8TeQM/JT4pEmD9j4yqnnCwt5jzKRvbcMi4EcpN5FQx1/y\n"
    "A2LtOZUn1jtHHIYFCf5v4vaPH8vybg==\n"
    "-----END EC PRIVATE KEY-----\n";
static const char *const other_publics[] = {
    /* secp256k1 */
    "MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEQP+NOFHw5ZI8TeQM/JT4pEmD9j4yqnnC"
    "wt5jzKRvbcMi4EcpN5FQx1/yA2LtOZUn1jtHHIYFCf5v4vaPH8vybg==",
    /* RSA */
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJXKPKJHoj6L4gl++WlMr65L8ipQavqX"
    "9XF4nCcaKMwnfK9MTbx+MuTcst9b5ZHNb8u1H8D1ksHS+MARZHxteCUCAwEAAQ=="};

static void a_key_of_another_kind_is_refused(void **state)
{
    struct digest d = digest_of(bytes_of("x"));
    uint8_t sig[SIGN_BYTES] = {1};
    struct sign_key *k = NULL;
    struct err err;
    size_t i;

    (void)state;
    assert_int_equal(sign_key_read(bytes_of(other_private), &k, &err),
                     RC_CORRUPT);
    assert_null(k);
    for (i = 0; i < countof(other_publics); i++) {
        struct buf der = buf_make(SIGN_PUBLIC_BYTES_MAX);
        struct sign_public p = {.n = 0};

        assert_true(text_take_base64(bytes_of(other_publics[i]), &der));
        assert_int_equal(sign_public_read(buf_view(&der), &p, &err),
                         RC_INVALID);
        /* Nor does it prove anything, wherever it came from. */
        memcpy(p.der, der.p, der.n);
        p.n = der.n;
        assert_int_equal(
            sign_verify(&p, &d, (struct bytes){sig, SIGN_BYTES}, &err),
            RC_AUTH);
        p.n = 0;
        assert_int_equal(
            sign_verify(&p, &d, (struct bytes){sig, SIGN_BYTES}, &err),
            RC_AUTH);
        buf_free(&der);
    }
}

static void a_public_key_has_one_form(void **state)
{
    struct sign_public p = rfc_key(), q;
    uint8_t wide[SIGN_PUBLIC_BYTES_MAX];
    struct err err;

    (void)state;
    /* A length in two bytes where one will do: lawful BER, and no DER. */
    wide[0] = p.der[0];
    wide[1] = 0x81;
    memcpy(wide + 2, p.der + 1, p.n - 1);
    assert_int_equal(sign_public_read((struct bytes){wide, p.n + 1}, &q, &err),
                     RC_INVALID);
    assert_non_null(strstr(err.text, "usual form"));
}

static void what_is_no_private_key_is_refused(void **state)
{
    struct sign_key *k = NULL;
    struct err err;
    char cut[sizeof rfc_private];
    size_t n;

    (void)state;
    assert_int_equal(sign_key_read(bytes_of(""), &k, &err), RC_CORRUPT);
    assert_int_equal(sign_key_read(bytes_of(rfc_public), &k, &err), RC_CORRUPT);
    memcpy(cut, rfc_private, sizeof cut);
    for (n = 0; n < strlen(rfc_private) - 2; n++)
        assert_int_equal(
            sign_key_read((struct bytes){(uint8_t *)cut, n}, &k, &err),
            RC_CORRUPT);
    assert_null(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_signature_published_in_rfc_9421_is_good),
        cmocka_unit_test(the_private_key_of_rfc_9421_has_its_public_key),
        cmocka_unit_test(a_signature_holds_for_one_key_and_one_text_only),
        cmocka_unit_test(a_damaged_public_key_is_refused),
        cmocka_unit_test(a_key_of_another_kind_is_refused),
        cmocka_unit_test(a_public_key_has_one_form),
        cmocka_unit_test(what_is_no_private_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
