#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/sys/chain.h"
#include "sync/sys/digest.h"

static void is_hex(const struct digest *d, const char *hex)
{
    char got[DIGEST_HEX_CHARS + 1];

    assert_string_equal(digest_hex(d, got), hex);
}

static void sha256_gives_the_digests_of_fips_180(void **state)
{
    struct digest d;

    (void)state;
    d = digest_of(bytes_of(""));
    is_hex(&d, "e3b0c44298fc1c149afbf4c8996fb924"
               "27ae41e4649b934ca495991b7852b855");
    d = digest_of((struct bytes){NULL, 0});
    is_hex(&d, "e3b0c44298fc1c149afbf4c8996fb924"
               "27ae41e4649b934ca495991b7852b855");
    d = digest_of(bytes_of("abc"));
    is_hex(&d, "ba7816bf8f01cfea414140de5dae2223"
               "b00361a396177a9cb410ff61f20015ad");
    d = digest_of(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmno"
                           "mnopnopq"));
    is_hex(&d, "248d6a61d20638b8e5c026930c3e6039"
               "a33ce45964ff2167f6ecedd419db06c1");
}

static void any_pieces_give_the_digest_of_the_whole(void **state)
{
    uint8_t text[200];
    size_t i, at, step;

    (void)state;
    for (i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7);
    for (step = 1; step < 140; step++) {
        struct digest whole = digest_of((struct bytes){text, sizeof text});
        struct digest_run *r = digest_begin();
        struct digest d;

        for (at = 0; at < sizeof text; at += step) {
            size_t left = sizeof text - at;

            digest_add(r, (struct bytes){text + at, left < step ? left : step});
        }
        d = digest_end(r);
        assert_true(digest_eq(&d, &whole));
    }
}

static void hmac_gives_the_codes_of_rfc_4231(void **state)
{
    uint8_t key[131];
    struct digest d;

    (void)state;
    d = digest_hmac(bytes_of("Jefe"), bytes_of("what do ya want for nothing?"));
    is_hex(&d, "5bdcc146bf60754e6a042426089575c7"
               "5a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    d = digest_hmac(
        (struct bytes){key, sizeof key},
        bytes_of("Test Using Larger Than Block-Size Key - Hash Key First"));
    is_hex(&d, "60e431591ee0b67f0d8a26aacbf5b77f"
               "8e0bc6213728c5140546040f0ee37f54");
}

static void any_one_bit_makes_digests_unequal(void **state)
{
    struct digest a = digest_of(bytes_of("abc"));
    size_t bit;

    (void)state;
    assert_true(digest_eq(&a, &a));
    for (bit = 0; bit < DIGEST_BYTES * 8; bit++) {
        struct digest b = a;

        b.b[bit / 8] = (uint8_t)(b.b[bit / 8] ^ 1U << bit % 8);
        assert_false(digest_eq(&a, &b));
    }
}

static void chains_differ_by_length_or_by_content(void **state)
{
    struct chain a = {0}, b = {0}, read;
    struct digest d = digest_of(bytes_of("abc")), e = digest_of(bytes_of("x"));

    (void)state;
    assert_true(chain_eq(&a, &b));
    chain_add(&a, &d);
    assert_false(chain_eq(&a, &b));
    chain_add(&b, &e);
    assert_int_equal(a.links, b.links);
    assert_false(chain_eq(&a, &b));
    assert_true(chain_read((struct bytes){a.head.b, DIGEST_BYTES}, 1, &read));
    assert_true(chain_eq(&a, &read));
    b.head = a.head;
    b.links = 2;
    assert_false(chain_eq(&a, &b));
    assert_false(
        chain_read((struct bytes){a.head.b, DIGEST_BYTES - 1}, 1, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_the_digests_of_fips_180),
        cmocka_unit_test(any_pieces_give_the_digest_of_the_whole),
        cmocka_unit_test(hmac_gives_the_codes_of_rfc_4231),
        cmocka_unit_test(any_one_bit_makes_digests_unequal),
        cmocka_unit_test(chains_differ_by_length_or_by_content),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
