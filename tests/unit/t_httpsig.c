#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/httpsig.h"
#include "sync/sys/digest.h"

#define COVERED "(\"@method\" \"@authority\" \"@path\" \"content-digest\")"
#define PARAMS                                                 \
    COVERED ";created=1618884473;nonce=\"n0nce\";keyid=\"17\"" \
            ";alg=\"ecdsa-p256-sha256\""

static const struct httpsig_params params = {
    1618884473, {(const uint8_t *)"n0nce", 5}, {(const uint8_t *)"17", 2}};

static void the_base_has_the_lines_of_rfc_9421(void **state)
{
    struct buf b = buf_make(1000);
    struct httpsig_request r = {
        bytes_of("POST"), bytes_of("stoep.example:8443"), bytes_of("/v1/push"),
        bytes_of("sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")};

    (void)state;
    httpsig_base(&b, &r, &params);
    assert_string_equal(
        buf_text(&b), "\"@method\": POST\n"
                      "\"@authority\": stoep.example:8443\n"
                      "\"@path\": /v1/push\n"
                      "\"content-digest\": "
                      "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:\n"
                      "\"@signature-params\": " PARAMS);
    buf_free(&b);
}

static void content_digest_gives_the_values_of_rfc_9530(void **state)
{
    static const struct {
        const char *body, *value;
    } v[] = {
        {"{\"hello\": \"world\"}\n",
         "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"},
        {"{\"hello\": \"world\"}",
         "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"},
        {"", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(v); i++) {
        struct digest d = digest_of(bytes_of(v[i].body));
        uint8_t back[HTTPSIG_DIGEST_BYTES];
        struct buf b = buf_make(100);

        httpsig_put_digest(&b, d.b);
        assert_string_equal(buf_text(&b), v[i].value);
        assert_int_equal(httpsig_take_digest(buf_view(&b), back, NULL), RC_OK);
        assert_memory_equal(back, d.b, sizeof back);
        buf_free(&b);
    }
}

static void headers_are_read_as_they_were_written(void **state)
{
    struct buf b = buf_make(1000);
    struct httpsig_params p;
    uint8_t sig[HTTPSIG_BYTES], back[HTTPSIG_BYTES];
    size_t i;

    (void)state;
    httpsig_put_input(&b, &params);
    assert_string_equal(buf_text(&b), "sig=" PARAMS);
    assert_int_equal(httpsig_take_input(buf_view(&b), &p, NULL), RC_OK);
    assert_true(p.created_s == params.created_s);
    assert_true(bytes_eq(p.nonce, params.nonce));
    assert_true(bytes_eq(p.keyid, params.keyid));
    buf_clear(&b);
    for (i = 0; i < sizeof sig; i++)
        sig[i] = (uint8_t)(i * 5);
    httpsig_put_signature(&b, sig);
    assert_int_equal(httpsig_take_signature(buf_view(&b), back, NULL), RC_OK);
    assert_memory_equal(back, sig, sizeof sig);
    buf_free(&b);
}

/* Read a header into nowhere. */
static enum rc take(int which, struct bytes v, struct err *err)
{
    struct httpsig_params p;
    uint8_t out[HTTPSIG_BYTES];

    return which == 0   ? httpsig_take_input(v, &p, err)
           : which == 1 ? httpsig_take_signature(v, out, err)
                        : httpsig_take_digest(v, out, err);
}

static void a_header_cut_or_made_longer_is_refused(void **state)
{
    uint8_t sig[HTTPSIG_BYTES] = {1};
    int which;
    size_t n;

    (void)state;
    for (which = 0; which < 3; which++) {
        struct buf b = buf_make(1000);
        struct err err;

        if (which == 0)
            httpsig_put_input(&b, &params);
        else if (which == 1)
            httpsig_put_signature(&b, sig);
        else
            httpsig_put_digest(&b, sig);
        assert_int_equal(take(which, buf_view(&b), &err), RC_OK);
        for (n = 0; n < b.n; n++)
            assert_int_equal(take(which, (struct bytes){b.p, n}, &err),
                             RC_AUTH);
        for (n = 1; n <= b.n; n++)
            assert_int_equal(
                take(which, (struct bytes){b.p + n, b.n - n}, &err), RC_AUTH);
        buf_puts(&b, " ");
        assert_int_equal(take(which, buf_view(&b), &err), RC_AUTH);
        buf_free(&b);
    }
}

static void what_is_read_would_be_written_the_same(void **state)
{
    struct buf good = buf_make(1000), back = buf_make(1000);
    size_t i;
    unsigned c;

    (void)state;
    httpsig_put_input(&good, &params);
    for (i = 0; i < good.n; i++)
        for (c = 0; c < 256; c++) {
            uint8_t was = good.p[i];
            struct httpsig_params p;

            good.p[i] = (uint8_t)c;
            if (httpsig_take_input(buf_view(&good), &p, NULL) == RC_OK) {
                buf_clear(&back);
                httpsig_put_input(&back, &p);
                assert_true(bytes_eq(buf_view(&good), buf_view(&back)));
            }
            good.p[i] = was;
        }
    buf_free(&good);
    buf_free(&back);
}

static void an_error_names_what_is_wrong(void **state)
{
    static const struct {
        const char *value, *says;
    } v[] = {
        {"sig1=" PARAMS, "label"},
        {"sig=(\"@method\");created=1", "cover"},
        {"sig=" COVERED ";created=-1;nonce=\"a\"", "created"},
        {"sig=" COVERED ";created=01;nonce=\"a\"", "created"},
        {"sig=" COVERED ";created=9223372036854775808;nonce=\"a\"", "created"},
        {"sig=" COVERED ";created=1;nonce=\"\"", "nonce"},
        {"sig=" COVERED ";created=1;nonce=\"a\\\"\"", "nonce"},
        {"sig=" COVERED ";created=1;nonce=\"0123456789012345678901234567890123"
         "4567890123456789012345678901234\";keyid=\"1\"",
         "nonce"},
        {"sig=" COVERED ";created=1;nonce=\"a\";keyid=\"\n\"", "keyid"},
        {"sig=" COVERED ";created=1;nonce=\"a\";keyid=\"1\";alg=\"ed25519\"",
         "alg"},
        {"sig=" PARAMS ", sig=" PARAMS, "alg"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(v); i++) {
        struct err err = {0};
        struct httpsig_params p;

        assert_int_equal(httpsig_take_input(bytes_of(v[i].value), &p, &err),
                         RC_AUTH);
        assert_non_null(strstr(err.text, v[i].says));
    }
}

static void a_header_is_not_read_without_end(void **state)
{
    struct buf b = buf_make(2 * HTTPSIG_HEADER_CHARS_MAX);
    struct err err;
    int which;

    (void)state;
    for (which = 0; which < 3; which++) {
        static const char *const begins[] = {"sig=" PARAMS,
                                             "sig=:", "sha-256=:"};

        buf_clear(&b);
        buf_puts(&b, begins[which]);
        while (b.n <= HTTPSIG_HEADER_CHARS_MAX)
            buf_puts(&b, "AAAA");
        buf_puts(&b, ":");
        assert_int_equal(take(which, buf_view(&b), &err), RC_AUTH);
    }
    assert_int_equal(take(0, buf_view(&b), &err), RC_AUTH);
    assert_string_equal(err.text, "Signature-Input is too long");
    buf_free(&b);
}

static void bytes_of_another_length_are_refused(void **state)
{
    static const char *const bad[] = {":",
                                      "sig=:",
                                      "sig=::",
                                      "sig=:AAAA:",
                                      "sig=:AAA:",
                                      "sig=:AA==",
                                      "sha-256=::",
                                      "sha-256=:AAAA:",
                                      "sha-256=:*AAA:",
                                      "sha-512=:AAAA:"};
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(bad); i++) {
        assert_int_equal(take(1, bytes_of(bad[i]), &err), RC_AUTH);
        assert_int_equal(take(2, bytes_of(bad[i]), &err), RC_AUTH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_has_the_lines_of_rfc_9421),
        cmocka_unit_test(content_digest_gives_the_values_of_rfc_9530),
        cmocka_unit_test(headers_are_read_as_they_were_written),
        cmocka_unit_test(a_header_cut_or_made_longer_is_refused),
        cmocka_unit_test(what_is_read_would_be_written_the_same),
        cmocka_unit_test(an_error_names_what_is_wrong),
        cmocka_unit_test(a_header_is_not_read_without_end),
        cmocka_unit_test(bytes_of_another_length_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
