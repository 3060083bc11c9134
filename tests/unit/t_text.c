#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/base/text.h"

static const struct {
    const char *plain, *base64, *url;
} vectors[] = {
    /* RFC 4648, 10. */
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xfb\xff\xfe", "+//+", "-__-"},
};

static void base64_follows_rfc_4648(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < countof(vectors); i++) {
        struct buf b = buf_make(100);

        text_put_base64(&b, bytes_of(vectors[i].plain));
        assert_string_equal(buf_text(&b), vectors[i].base64);
        buf_clear(&b);
        text_put_base64url(&b, bytes_of(vectors[i].plain));
        assert_string_equal(buf_text(&b), vectors[i].url);
        buf_clear(&b);
        assert_true(text_take_base64(bytes_of(vectors[i].base64), &b));
        assert_string_equal(buf_text(&b), vectors[i].plain);
        buf_clear(&b);
        assert_true(text_take_base64url(bytes_of(vectors[i].url), &b));
        assert_string_equal(buf_text(&b), vectors[i].plain);
        buf_free(&b);
    }
}

static void base64_written_otherwise_is_refused(void **state)
{
    static const char *const bad[] = {
        "Z",    "Zg",    "Zg=",    "Zg===", "====",     "=",    "Zh==",
        "Zm9=", "Zm 9v", "Zm9v\n", "-__-",  "Zg==Zg==", "Z===", "Zm9v="};
    static const char *const bad_url[] = {"Z", "Zg==", "Zh", "Zm9", "+//+"};
    struct buf b = buf_make(100);
    size_t i;

    (void)state;
    for (i = 0; i < countof(bad); i++)
        assert_false(text_take_base64(bytes_of(bad[i]), &b));
    for (i = 0; i < countof(bad_url); i++)
        assert_false(text_take_base64url(bytes_of(bad_url[i]), &b));
    assert_false(
        text_take_base64((struct bytes){(const uint8_t *)"Zm\0v", 4}, &b));
    buf_clear(&b);
    assert_true(text_take_base64((struct bytes){0}, &b));
    assert_int_equal(b.n, 0);
    buf_free(&b);
    b = buf_make(2);
    assert_false(text_take_base64(bytes_of("Zm9v"), &b));
    buf_free(&b);
}

static void every_byte_survives_hex_and_base64(void **state)
{
    uint8_t all[256], back[256];
    struct buf t = buf_make(1000), b = buf_make(256);
    size_t i;

    (void)state;
    for (i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    text_put_hex(&t, (struct bytes){all, 256});
    assert_true(text_take_hex(buf_view(&t), back, 256));
    assert_memory_equal(back, all, 256);
    buf_clear(&t);
    text_put_base64(&t, (struct bytes){all, 256});
    assert_true(text_take_base64(buf_view(&t), &b));
    assert_memory_equal(b.p, all, 256);
    assert_true(text_take_hex(bytes_of("aBCdEf"), back, 3));
    assert_memory_equal(back, "\xab\xcd\xef", 3);
    assert_false(text_take_hex(bytes_of("abc"), back, 1));
    assert_false(text_take_hex(bytes_of("abcd"), back, 1));
    for (i = 0; i < 256; i++) {
        uint8_t two[2] = {'a', (uint8_t)i};
        bool digit = i > 0 && strchr("0123456789abcdefABCDEF", (int)i) != NULL;

        assert_int_equal(text_take_hex((struct bytes){two, 2}, back, 1), digit);
    }
    buf_free(&t);
    buf_free(&b);
}

static void numbers_have_one_way_to_be_written(void **state)
{
    static const char *const bad[] = {"",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "01",
                                      "-0",
                                      "00",
                                      "1a",
                                      "--1",
                                      "-",
                                      "0x1",
                                      "1.0",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    uint64_t u = 7;
    int64_t v = 7;
    size_t i;

    (void)state;
    for (i = 0; i < countof(bad); i++)
        assert_false(text_take_i64(bytes_of(bad[i]), &v));
    assert_true(v == 7);
    assert_true(text_take_i64(bytes_of("-9223372036854775808"), &v));
    assert_true(v == INT64_MIN);
    assert_true(text_take_i64(bytes_of("9223372036854775807"), &v));
    assert_true(v == INT64_MAX);
    assert_true(text_take_i64(bytes_of("-1"), &v) && v == -1);
    assert_true(text_take_i64(bytes_of("0"), &v) && v == 0);
    assert_false(text_take_u64(bytes_of("-1"), UINT64_MAX, &u));
    assert_false(
        text_take_u64(bytes_of("18446744073709551616"), UINT64_MAX, &u));
    assert_false(text_take_u64(bytes_of("11"), 10, &u));
    assert_true(u == 7);
    assert_true(
        text_take_u64(bytes_of("18446744073709551615"), UINT64_MAX, &u));
    assert_true(u == UINT64_MAX);
    assert_true(text_take_u64(bytes_of("10"), 10, &u) && u == 10);
}

static void a_word_is_in_a_list_as_a_whole(void **state)
{
    (void)state;
    assert_true(text_lists("a,bc,d", "a"));
    assert_true(text_lists("a,bc,d", "bc"));
    assert_true(text_lists("a,bc,d", "d"));
    assert_false(text_lists("a,bc,d", "b"));
    assert_false(text_lists("a,bc,d", "c"));
    assert_false(text_lists("a,bc,d", "a,bc"));
    assert_false(text_lists("a,bc,d", "A"));
    assert_false(text_lists("a,bc,d", ""));
    assert_false(text_lists("", "a"));
    assert_false(text_lists("", ""));
    assert_true(text_lists(",a,", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_follows_rfc_4648),
        cmocka_unit_test(base64_written_otherwise_is_refused),
        cmocka_unit_test(every_byte_survives_hex_and_base64),
        cmocka_unit_test(numbers_have_one_way_to_be_written),
        cmocka_unit_test(a_word_is_in_a_list_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
