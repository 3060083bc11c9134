/* UTF-8 to the letter, and pairs of letters held against the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>
#include <wctype.h>

#include "sync/base/utf8.h"

/* The alphabets that utf8.h knows, and what in them has no pair there. */
static const struct {
    uint32_t from, to;
} alphabets[] = {
    {0x0000, 0x017f}, {0x0386, 0x03ce}, {0x0400, 0x04bf},
    {0x04d0, 0x052f}, {0x1e00, 0x1e95}, {0x1ea0, 0x1eff},
};
static const uint32_t alone[] = {0xaa,  0xb5,  0xba,  0x130, 0x131,
                                 0x138, 0x149, 0x17f, 0x390};

static bool in_an_alphabet(uint32_t c)
{
    size_t i;

    for (i = 0; i < countof(alone); i++)
        if (alone[i] == c)
            return false;
    for (i = 0; i < countof(alphabets); i++)
        if (c >= alphabets[i].from && c <= alphabets[i].to)
            return true;
    return false;
}

static void letters_have_the_pairs_that_unicode_gives_them(void **state)
{
    uint32_t c;

    (void)state;
    assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (c = 0; c <= UTF8_BAD; c++) {
        bool known = in_an_alphabet(c);
        uint32_t lower = known ? (uint32_t)towlower((wint_t)c) : c;
        bool is_lower = known && iswlower((wint_t)c) != 0;

        if (utf8_lower(c) != lower || utf8_is_upper(c) != (lower != c) ||
            utf8_is_lower(c) != is_lower)
            fail_msg("U+%04X becomes U+%04X, not U+%04X", (unsigned)c,
                     (unsigned)utf8_lower(c), (unsigned)lower);
    }
}

/* RFC 3629, section 4: the first and the last of each row, and one beyond. */
static const struct {
    const char *bytes;
    uint32_t c;
    size_t n; /* bytes that it takes */
} firsts[] = {
    {"\x01", 0x01, 1},
    {"\x7f", 0x7f, 1},
    {"\x80", UTF8_BAD, 1},
    {"\xc1\xbf", UTF8_BAD, 1},
    {"\xc2\x80", 0x80, 2},
    {"\xdf\xbf", 0x7ff, 2},
    {"\xe0\x9f\xbf", UTF8_BAD, 1},
    {"\xe0\xa0\x80", 0x800, 3},
    {"\xed\x9f\xbf", 0xd7ff, 3},
    {"\xed\xa0\x80", UTF8_BAD, 1}, /* surrogates */
    {"\xed\xbf\xbf", UTF8_BAD, 1},
    {"\xee\x80\x80", 0xe000, 3},
    {"\xef\xbf\xbf", 0xffff, 3},
    {"\xf0\x8f\xbf\xbf", UTF8_BAD, 1},
    {"\xf0\x90\x80\x80", 0x10000, 4},
    {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
    {"\xf4\x90\x80\x80", UTF8_BAD, 1},
    {"\xf5\x80\x80\x80", UTF8_BAD, 1},
    {"\xe2\x82", UTF8_BAD, 1}, /* cut */
    {"\xe2\x82\x28", UTF8_BAD, 1},
    {"\xc2\xc2", UTF8_BAD, 1},
};

static void bytes_are_characters_as_rfc_3629_says(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < countof(firsts); i++) {
        struct bytes text = bytes_of(firsts[i].bytes);
        size_t at = 0;

        if (utf8_next(text, &at) != firsts[i].c || at != firsts[i].n)
            fail_msg("case %zu", i);
        assert_int_equal(utf8_valid(text), firsts[i].c != UTF8_BAD);
        if (firsts[i].c != UTF8_BAD)
            assert_int_equal(utf8_chars(text), 1);
    }
}

static void same_but_for_case_means_the_same_letters(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"", "", true},
        {"Straat", "sTRAAT", true},
        {"\xc3\x9c"
         "ber",
         "\xc3\xbc"
         "BER",
         true},
        {"straat", "straten", false},
        {"straat", "straat 1", false},
        {"straat 1", "straat", false},
        {"a\xff", "A\xff", true}, /* bytes that are no text: as they stand */
        {"a\xff", "A\xfe", false},
        {"A\xff", "AB", false},
        {"ab", "a\xff", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++)
        if (utf8_same(bytes_of(cases[i].a), bytes_of(cases[i].b)) !=
            cases[i].same)
            fail_msg("\"%s\" and \"%s\"", cases[i].a, cases[i].b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_have_the_pairs_that_unicode_gives_them),
        cmocka_unit_test(bytes_are_characters_as_rfc_3629_says),
        cmocka_unit_test(same_but_for_case_means_the_same_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
