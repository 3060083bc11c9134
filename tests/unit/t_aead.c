/* ChaCha20-Poly1305, by the numbers of RFC 8439; and chance, however little of
 * it the system gives at a time. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/random.h>

#include "sync/base/text.h"
#include "sync/sys/aead.h"
#include "sync/sys/random.h"

/* RFC 8439, 2.8.2. */
static const char plain[] =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one "
    "tip for the future, sunscreen would be it.";
static const char sealed_hex[] =
    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
    "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
    "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
    "3ff4def08e4b7a9de576d26586cec64b6116";

enum { PLAIN_N = sizeof plain - 1 };

static void from_hex(const char *hex, uint8_t *out, size_t n)
{
    assert_true(text_take_hex(bytes_of(hex), out, n));
}

struct sealed {
    uint8_t key[AEAD_KEY_BYTES], nonce[AEAD_NONCE_BYTES], with[12];
    uint8_t text[PLAIN_N], tag[AEAD_TAG_BYTES];
};

static struct sealed of_rfc_8439(void)
{
    struct sealed s;

    from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
             s.key, sizeof s.key);
    from_hex("070000004041424344454647", s.nonce, sizeof s.nonce);
    from_hex("50515253c0c1c2c3c4c5c6c7", s.with, sizeof s.with);
    from_hex(sealed_hex, s.text, sizeof s.text);
    from_hex("1ae10b594f09e26a7e902ecbd0600691", s.tag, sizeof s.tag);
    return s;
}

static bool opens(const struct sealed *s, uint8_t *out)
{
    struct aead *a = aead_new(s->key);
    bool ok = aead_open(a, s->nonce, (struct bytes){s->with, sizeof s->with},
                        (struct bytes){s->text, sizeof s->text}, s->tag, out);

    aead_free(a);
    return ok;
}

static void the_numbers_of_rfc_8439_come_out(void **state)
{
    struct sealed s = of_rfc_8439();
    struct aead *a = aead_new(s.key);
    uint8_t out[PLAIN_N], tag[AEAD_TAG_BYTES];

    (void)state;
    aead_seal(a, s.nonce, (struct bytes){s.with, sizeof s.with},
              (struct bytes){(const uint8_t *)plain, PLAIN_N}, out, tag);
    assert_memory_equal(out, s.text, PLAIN_N);
    assert_memory_equal(tag, s.tag, sizeof tag);
    assert_true(opens(&s, out));
    assert_memory_equal(out, plain, PLAIN_N);
    aead_free(a);
    aead_free(NULL);
}

static void any_bit_turned_in_anything_is_found(void **state)
{
    struct sealed s = of_rfc_8439();
    uint8_t out[PLAIN_N], *all = (uint8_t *)&s;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof s; i++) {
        all[i] ^= 0x10;
        assert_false(opens(&s, out));
        all[i] ^= 0x10;
    }
    assert_true(opens(&s, out));
}

/* -- chance ------------------------------------------------------------- */

static unsigned calls;

/* By turns interrupted and in small pieces: 1, 2, 3 … in order. */
ssize_t getrandom(void *out, size_t n, unsigned how)
{
    uint8_t *p = out;
    size_t i, most = 3;

    (void)how;
    if (calls++ % 2 == 0) {
        errno = EINTR;
        return -1;
    }
    for (i = 0; i < n && i < most; i++)
        p[i] = (uint8_t)(calls / 2 * 3 - 3 + i + 1);
    return (ssize_t)i;
}

static void chance_is_asked_for_until_there_is_enough(void **state)
{
    uint8_t out[101] = {0};
    size_t i;

    (void)state;
    calls = 0;
    random_bytes(out, 100);
    for (i = 0; i < 100; i++)
        assert_int_equal(out[i], i + 1);
    assert_int_equal(out[100], 0);
    random_bytes(out, 0);
    assert_int_equal(out[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_numbers_of_rfc_8439_come_out),
        cmocka_unit_test(any_bit_turned_in_anything_is_found),
        cmocka_unit_test(chance_is_asked_for_until_there_is_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
