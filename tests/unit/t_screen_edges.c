/* The screening of free text at its edges: characters that look like others,
 * numbers that are nearly one, names without end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync/screen.h"

/* What is found of a text stands between bars in it. */
static void check(const char *barred)
{
    struct arena mem = {0};
    struct buf plain = buf_make(4096), again = buf_make(4096);
    struct screening s;
    const char *p;
    size_t i, at = 0;

    for (p = barred; *p != '\0'; p++)
        if (*p != '|')
            buf_put(&plain, p, 1);
    s = screen_text(buf_view(&plain), &mem);
    for (i = 0; i < s.n; i++) {
        buf_put(&again, plain.p + at, s.p[i].start - at);
        buf_puts(&again, "|");
        buf_put(&again, plain.p + s.p[i].start, s.p[i].n);
        buf_puts(&again, "|");
        at = s.p[i].start + s.p[i].n;
    }
    buf_put(&again, plain.p + at, plain.n - at);
    if (strcmp(buf_text(&again), barred) != 0)
        fail_msg("\n  found  %s\n  wanted %s", buf_text(&again), barred);
    buf_free(&again);
    buf_free(&plain);
    arena_free(&mem);
}

static void check_all(const char *const *barred, size_t n)
{
    for (; n > 0; n--, barred++)
        check(*barred);
}

static void characters_that_show_nothing_hide_nothing(void **state)
{
    static const char *const hidden[] = {"\u00ad", "\u200b", "\u200d",
                                         "\u200f", "\u2060", "\ufeff"};
    char text[100];
    size_t i;

    (void)state;
    for (i = 0; i < countof(hidden); i++) {
        snprintf(text, sizeof text, "bel |06-12%s345678| nu", hidden[i]);
        check(text);
        snprintf(text, sizeof text, "|mevrouw Jan%ssen| zei", hidden[i]);
        check(text);
    }
}

static void spaces_and_dashes_of_every_kind_are_one(void **state)
{
    static const char *const spaces[] = {"\t", "\u00a0", "\u2000", "\u200a",
                                         "\u202f"};
    static const char *const dashes[] = {"\u2010", "\u2011", "\u2013", "\u2015",
                                         "\u2212"};
    char text[100];
    size_t i;

    (void)state;
    for (i = 0; i < countof(spaces); i++) {
        snprintf(text, sizeof text, "bel |06%s1234%s5678| nu", spaces[i],
                 spaces[i]);
        check(text);
        snprintf(text, sizeof text, "|050%s123%s4567|", dashes[i], dashes[i]);
        check(text);
    }
    check("bel 06\u3001 12"); /* a mark between is none of them */
    check("|bewoner\ufe6bvoorbeeld.nl|");
}

static void many_findings_are_all_kept_in_order(void **state)
{
    (void)state;
    check("|06-12345678|, |9742 AK|, |mevrouw A|, |111222333|, |a@b.nl|, "
          "|Zonnelaan 5001|, |06-12345679|, |9742 AL|, |mevrouw B|, "
          "|123456782|, |c@d.nl|, |Eikenlaan 5002|, |06-12345670|");
}

static void names_go_on_for_so_many_parts(void **state)
{
    static const char *const texts[] = {
        "|familie \u2019t Hooft| en |meneer in \u2019t Veld|",
        "|mevrouw A. B. C. D. E. F|. G. H",
        "|meneer op den Akker|",
        "meneer in de buurt",
    };

    (void)state;
    check_all(texts, countof(texts));
}

static void numbers_that_are_nearly_one_are_told_apart(void **state)
{
    static const char *const texts[] = {
        /* A day goes before it, or what only looks like a day. */
        "op 5-11-26 |06-12345678|",
        "op 5-13-2026 |06-12345678|",
        "op 5-11-1899 |06-12345678|",
        "op 5-11-2100 |06-12345678|",
        "op 32-11-2026 |06-12345678|",
        "op 5-11-026 |06-12345678|",
        "|06-12345678| 5-11-2026",
        /* Longer than any that leads to somebody. */
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
        "0612345678901234567890123456789012345678901234567890123",
        "+1234567",
        "+12345678901234567",
        /* Thousands, or groups of a number. */
        "+12.345.678",
        "|+12.345-678|",
        "|+12 345 678|",
        /* A service for all, or somebody. */
        "bel 0800-1234",
        "bel 0900-1234",
        "bel |0901-123456|",
        "bel |0810-123456|",
        "bel |0700-123456|",
        /* Groups as they are usual, and not. */
        "|111 222 333|",
        "|12 34 56 78 2|",
        "12 34 56 782",
        "11 12 22 333",
        /* Sums. */
        "123456782,50 of 123456782,-",
        "|123456782|, zei ze",
        "euro 123456782",
        "123456782 gulden",
        "\u20ac  123456782",
        "123456782\u20ac",
        "123456782m",
    };

    (void)state;
    check_all(texts, countof(texts));
}

/* Eight digits that pass the test of eleven lead to a citizen, unless they are
 * a day. */
static void a_day_is_no_number_of_a_citizen(void **state)
{
    static const unsigned pairs[] = {0, 1, 12, 13, 19, 20, 21, 31, 32, 99};
    unsigned d[4], i, n = countof(pairs), found = 0, days = 0;

    (void)state;
    for (i = 0; i < n * n * n * n; i++) {
        char digits[12], text[16];
        bool passes, day;
        int sum = 0, k;

        d[0] = pairs[i / (n * n * n)];
        d[1] = pairs[i / (n * n) % n];
        d[2] = pairs[i / n % n];
        d[3] = pairs[i % n];
        snprintf(digits, sizeof digits, "%02u%02u%02u%02u", d[0] % 100,
                 d[1] % 100, d[2] % 100, d[3] % 100);
        for (k = 0; k < 8; k++)
            sum += (digits[k] - '0') * (k < 7 ? 8 - k : -1);
        passes = sum % 11 == 0 && i > 0;
        day = ((d[0] == 19 || d[0] == 20) && d[2] >= 1 && d[2] <= 12 &&
               d[3] >= 1 && d[3] <= 31) || /* 20261119 */
              (d[0] >= 1 && d[0] <= 31 && d[1] >= 1 && d[1] <= 12 &&
               (d[2] == 19 || d[2] == 20)); /* 19112026 */
        snprintf(text, sizeof text, passes && !day ? "|%s|" : "%s", digits);
        check(text);
        found += passes && !day;
        days += passes && day;
    }
    assert_in_range(found, 100, 2000);
    assert_in_range(days, 5, 500);
}

static void an_account_has_its_form(void **state)
{
    static const char *const texts[] = {
        "NX91ABNA0417164300", "XL91ABNA0417164301", "NL9AABNA0417164300",
        "NL91AB0A0417164300", "NL91ABNA04171643",   "xNL91ABNA0417164300",
    };

    (void)state;
    check_all(texts, countof(texts));
}

static void addresses_that_are_nearly_one_are_told_apart(void **state)
{
    static const char *const texts[] = {
        "house |number 5001| and number 5002",
        "house number veel, phone number 5001, huisnummer veel",
        "|5001 Old Church Street|; 5001 old Street; 2018 High Street",
        "123456 High Street; 5001, High Street",
        "Zonnelaan 18:30, Zonnelaan 18.30, Zonnelaan 18,5 km",
        "|Zonnelaan 18|, 5 mensen",
        "Zonnelaan 20%, Zonnelaan 20 \u20ac, Zonnelaan 20\u20ac",
        "|Zonnelaan 5001| b, |Zonnelaan 5001|-b",
        "|Zonnelaan 5001 B|, |Zonnelaan 5001-B|, |Zonnelaan 5001b|",
        "1.9742 AK, x9742 AK, 19742 AK, 9742 Ak, 9742 aK, 9742 AK1",
        "9742 A, 9742 \u00c4K, 9742 A\u00e9, 0742 AK",
    };

    (void)state;
    check_all(texts, countof(texts));
}

static void every_kind_has_its_word(void **state)
{
    static const char *const words[] = {"iban",     "email",   "phone", "bsn",
                                        "postcode", "address", "name"};
    int k;

    (void)state;
    assert_int_equal(countof(words), SCREEN_KINDS_N);
    for (k = 0; k < SCREEN_KINDS_N; k++)
        assert_string_equal(screen_word((enum screen_kind)k), words[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_that_show_nothing_hide_nothing),
        cmocka_unit_test(spaces_and_dashes_of_every_kind_are_one),
        cmocka_unit_test(many_findings_are_all_kept_in_order),
        cmocka_unit_test(names_go_on_for_so_many_parts),
        cmocka_unit_test(numbers_that_are_nearly_one_are_told_apart),
        cmocka_unit_test(a_day_is_no_number_of_a_citizen),
        cmocka_unit_test(an_account_has_its_form),
        cmocka_unit_test(addresses_that_are_nearly_one_are_told_apart),
        cmocka_unit_test(every_kind_has_its_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
