/* The name of a record: its time, its text, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/id.h"
#include "tests/unit/dice.h"

static void a_name_holds_its_time_and_follows_rfc_9562(void **state)
{
    uint8_t random[ID_RANDOM_BYTES];
    struct dice d = {3};
    uint64_t ms;
    size_t i, k;

    (void)state;
    for (k = 0; k < 1000; k++) {
        struct id id;

        ms = roll(&d, UINT64_C(1) << 48);
        for (i = 0; i < sizeof random; i++)
            random[i] = (uint8_t)roll(&d, 256);
        id = id_make(ms, random);
        assert_true(id_ms(&id) == ms);
        assert_int_equal(id.b[6] >> 4, 7);
        assert_int_equal(id.b[8] >> 6, 2);
        assert_false(id_is_null(&id));
    }
}

static void a_name_is_read_as_it_was_written(void **state)
{
    char text[ID_TEXT_CHARS + 1];
    struct dice d = {4};
    size_t i, k;

    (void)state;
    for (k = 0; k < 1000; k++) {
        struct id id, back;

        for (i = 0; i < ID_BYTES; i++)
            id.b[i] = (uint8_t)roll(&d, 256);
        assert_int_equal(strlen(id_text(&id, text)), ID_TEXT_CHARS);
        assert_int_equal(id_parse(bytes_of(text), &back, NULL), RC_OK);
        assert_true(id_eq(&id, &back));
        for (i = 0; text[i] != '\0'; i++) /* and in capitals */
            if (text[i] >= 'a')
                text[i] = (char)(text[i] - 'a' + 'A');
        assert_int_equal(id_parse(bytes_of(text), &back, NULL), RC_OK);
        assert_true(id_eq(&id, &back));
    }
}

static void what_is_written_otherwise_is_no_name(void **state)
{
    static const char good[] = "0190f3c2-0000-7000-8000-00000000000a";
    struct id out = {{7}}, was = out;
    char text[200];
    struct err err;
    size_t i;
    int c;

    (void)state;
    for (i = 0; good[i] != '\0'; i++)
        for (c = 1; c < 256; c++) {
            bool hex = c < 128 && strchr("0123456789abcdefABCDEF", c) != NULL;
            bool lawful = good[i] == '-' ? c == '-' : hex;

            strcpy(text, good);
            text[i] = (char)c;
            assert_int_equal(id_parse(bytes_of(text), &out, &err) == RC_OK,
                             lawful);
        }
    out = was;
    for (i = 0; i < ID_TEXT_CHARS; i++)
        assert_int_equal(
            id_parse((struct bytes){(const uint8_t *)good, i}, &out, &err),
            RC_INVALID);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(id_parse(bytes_of(text), &out, &err), RC_INVALID);
    text[64] = '\0'; /* so much of it is told */
    assert_non_null(strstr(err.text, text));
    text[64] = 'x';
    text[65] = '\0';
    assert_null(strstr(err.text, text));
    assert_true(id_eq(&out, &was));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_holds_its_time_and_follows_rfc_9562),
        cmocka_unit_test(a_name_is_read_as_it_was_written),
        cmocka_unit_test(what_is_written_otherwise_is_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
