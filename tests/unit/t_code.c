#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/code.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static struct code code_number(unsigned seed)
{
    struct code c;
    size_t i;

    for (i = 0; i < CODE_SECRET_BYTES + CODE_PIN_BYTES; i++) {
        seed = seed * 1103515245U + 12345U;
        if (i < CODE_SECRET_BYTES)
            c.secret[i] = (uint8_t)(seed >> 16);
        else
            c.pin[i - CODE_SECRET_BYTES] = (uint8_t)(seed >> 16);
    }
    return c;
}

static bool same(const struct code *a, const struct code *b)
{
    return memcmp(a->secret, b->secret, CODE_SECRET_BYTES) == 0 &&
           memcmp(a->pin, b->pin, CODE_PIN_BYTES) == 0;
}

static void a_code_is_read_as_it_was_written(void **state)
{
    char text[CODE_TEXT_BYTES];
    unsigned seed;

    (void)state;
    for (seed = 0; seed < 500; seed++) {
        struct code c = code_number(seed), d;

        code_write(&c, text);
        assert_int_equal(code_read(bytes_of(text), &d, NULL), RC_OK);
        assert_true(same(&c, &d));
    }
}

static void case_lookalikes_and_spaces_do_not_matter(void **state)
{
    char text[CODE_TEXT_BYTES], typed[3 * CODE_TEXT_BYTES];
    unsigned seed;
    size_t i, n;

    (void)state;
    for (seed = 0; seed < 100; seed++) {
        struct code c = code_number(seed), d;

        code_write(&c, text);
        for (i = n = 0; text[i] != '\0'; i++) {
            char ch = text[i];

            if (ch == '-')
                ch = ' ';
            else if (ch == '0')
                ch = i % 2 ? 'o' : 'O';
            else if (ch == '1')
                ch = "iIlL"[i % 4];
            else if (ch >= 'A')
                ch = (char)(ch - 'A' + 'a');
            typed[n++] = ch;
            if (i % 3 == 0)
                typed[n++] = '\t';
        }
        assert_int_equal(
            code_read((struct bytes){(uint8_t *)typed, n}, &d, NULL), RC_OK);
        assert_true(same(&c, &d));
    }
}

static void every_single_wrong_character_is_found(void **state)
{
    char text[CODE_TEXT_BYTES];
    unsigned seed;
    size_t i, k;

    (void)state;
    for (seed = 0; seed < 100; seed++) {
        struct code c = code_number(seed), d;

        code_write(&c, text);
        for (i = 0; text[i] != '\0'; i++) {
            char was = text[i];

            for (k = 0; was != '-' && k < 32; k++) {
                text[i] = digits[k];
                assert_int_equal(code_read(bytes_of(text), &d, NULL),
                                 digits[k] == was ? RC_OK : RC_INVALID);
            }
            text[i] = was;
        }
    }
}

static void every_swap_of_neighbours_is_found(void **state)
{
    char text[CODE_TEXT_BYTES], flat[CODE_TEXT_BYTES];
    unsigned seed;
    size_t i, n;

    (void)state;
    for (seed = 0; seed < 500; seed++) {
        struct code c = code_number(seed), d;

        code_write(&c, text);
        for (i = n = 0; text[i] != '\0'; i++)
            if (text[i] != '-')
                flat[n++] = text[i];
        for (i = 0; i + 1 < n; i++) {
            char was = flat[i];

            flat[i] = flat[i + 1];
            flat[i + 1] = was;
            assert_int_equal(
                code_read((struct bytes){(uint8_t *)flat, n}, &d, NULL),
                flat[i] == was ? RC_OK : RC_INVALID);
            flat[i + 1] = flat[i];
            flat[i] = was;
        }
    }
}

static void what_is_no_code_is_refused_with_the_reason(void **state)
{
    static const char others[] = "U*{@[`/:\xc3";
    struct code c = code_number(1), d;
    char text[CODE_TEXT_BYTES], more[CODE_TEXT_BYTES + 1];
    struct err err;
    size_t n;

    (void)state;
    code_write(&c, text);
    for (n = 0; n < strlen(text); n++)
        assert_int_equal(
            code_read((struct bytes){(uint8_t *)text, n}, &d, &err),
            RC_INVALID);
    memcpy(more, text, sizeof text);
    n = strlen(text);
    more[n] = '0';
    assert_int_equal(
        code_read((struct bytes){(uint8_t *)more, n + 1}, &d, &err),
        RC_INVALID);
    assert_non_null(strstr(err.text, "44 characters"));
    for (n = 0; n < sizeof others - 1; n++) {
        text[3] = others[n];
        assert_int_equal(code_read(bytes_of(text), &d, &err), RC_INVALID);
        assert_non_null(strstr(err.text, "place 4"));
    }
    n = strlen(text);
    text[3] = '\0';
    assert_int_equal(code_read((struct bytes){(uint8_t *)text, n}, &d, &err),
                     RC_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_read_as_it_was_written),
        cmocka_unit_test(case_lookalikes_and_spaces_do_not_matter),
        cmocka_unit_test(every_single_wrong_character_is_found),
        cmocka_unit_test(every_swap_of_neighbours_is_found),
        cmocka_unit_test(what_is_no_code_is_refused_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
