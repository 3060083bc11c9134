/* t_screen.c - what is found in free text, and what is not.  In the positives
 * the part that is found stands between bars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/screen.h"
#include "tests/unit/dice.h"

static struct arena mem;

/* The text with bars around what is found. */
static const char *barred(const char *text, const struct screening *s)
{
    struct buf b = buf_make(65536);
    const char *out;
    size_t i, at = 0;

    for (i = 0; i < s->n; i++) {
        buf_put(&b, text + at, s->p[i].start - at);
        buf_puts(&b, "|");
        buf_put(&b, text + s->p[i].start, s->p[i].n);
        buf_puts(&b, "|");
        at = s->p[i].start + s->p[i].n;
    }
    buf_puts(&b, text + at);
    out = arena_text(&mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

static const char *without_bars(const char *text)
{
    char *out = arena_text(&mem, text, strlen(text)), *to = out;

    for (; *text != '\0'; text++)
        if (*text != '|')
            *to++ = *text;
    *to = '\0';
    return out;
}

static void all_found(enum screen_kind kind, const char *const *texts, size_t n)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        const char *text = without_bars(texts[i]);
        struct screening s = screen_text(bytes_of(text), &mem);

        if (strcmp(barred(text, &s), texts[i]) != 0)
            fail_msg("\n  found  %s\n  wanted %s", barred(text, &s), texts[i]);
        for (k = 0; k < s.n; k++)
            if (s.p[k].kind != kind)
                fail_msg("%s: %s", texts[i], screen_word(s.p[k].kind));
        assert_true(s.n > 0);
    }
    arena_free(&mem);
}

static void phone_numbers_are_found_however_they_are_written(void **state)
{
    static const char *const texts[] = {
        "Bel me op |06-12345678|.",
        "|0612345678|",
        "|06 12 34 56 78| of |06 1234 5678|",
        "Mijn nummer is |+31 6 12345678|, bel gerust",
        "|+31(0)6-12345678|",
        "|0031 6 12 34 56 78|",
        "telefoon |(050) 123 45 67|",
        "Vast |050-1234567|, mobiel |06.12.34.56.78|",
        "|0598 123456|",
        "call her on |+44 7700 900123|",
        "|07700 900123| is her mobile",
        "|+49 30 1234567|",
        "tel. |312 45 67|",
        "Bel hem op |3124567|",
        "flat 5 |06 12345678|",
        "op 5-12-2026 |06-12345678| gebeld",
        "|٠٦١٢٣٤٥٦٧٨|",
        "|06‑12345678|", /* a dash that does not break */
        "|0 6 1 2 3 4 5 6 7 8|",
    };

    (void)state;
    all_found(SCREEN_PHONE, texts, countof(texts));
}

static void mail_addresses_are_found(void **state)
{
    static const char *const texts[] = {
        "Mail naar |bewoner@voorbeeld.nl|.",
        "|a.b-c+d@mail.voorbeeld.nl|, graag",
        "|naam @ voorbeeld.nl|",
        "her address is |resident_5@example.co.uk|",
        "|bewoner＠voorbeeld.nl|",
    };

    (void)state;
    all_found(SCREEN_EMAIL, texts, countof(texts));
}

static void postcodes_are_found_with_and_without_a_number(void **state)
{
    static const char *const texts[] = {
        "Woont op |9742 AK|",
        "|9742AK 5001|",
        "|9742ak|",
        "|9742 AK, 5001a|: daar",
        "postcode: |1012 NX 5001 B|",
        "(|9712 EU|)",
    };

    (void)state;
    all_found(SCREEN_POSTCODE, texts, countof(texts));
}

static void a_street_with_a_number_is_found(void **state)
{
    static const char *const texts[] = {
        "De bewoner van |Zonnelaan 5001| klaagt",
        "|zonnelaan 5001a| is leeg",
        "Nieuwe |Ebbingestraat 5003|",
        "|Ebbingestr. 5003|",
        "op de Grote |Markt 5002|",
        "A-|weg 5004|",
        "|Bentismaheerd 5005| en |Eikenlaan nr. 5006|",
        "|Eikenlaan 5001-2|",
        "|Vinkenstraat, 5007 B|.",
        "She lives at |5001 High Street|",
        "|5001 Old Church Road|",
        "|huisnummer 5001|",

    };

    (void)state;
    all_found(SCREEN_ADDRESS, texts, countof(texts));
}

static void the_number_of_a_citizen_is_found_by_the_test_of_eleven(void **state)
{
    static const char *const texts[] = {
        "|111222333|",
        "nummer |123456782|",
        "|1234.56.782|",
        "|123 456 782| staat op de brief",
        "|123.456.782|",
        "|12345672|", /* eight digits, the nought left out */
        "|12.34.56.72|",
        "bsn |123456789|", /* mistyped, and said to be one */
        "BSN: |111 22 2 333|",
        "zijn burgerservicenummer is |123456789|",
    };

    (void)state;
    all_found(SCREEN_BSN, texts, countof(texts));
}

static void bank_accounts_are_found(void **state)
{
    static const char *const texts[] = {
        "|NL91ABNA0417164300|",
        "|NL91 ABNA 0417 1643 00| graag",
        "|nl91abna0417164300|",
        "|NL92 ABNA 0417 1643 00|", /* mistyped */
        "|DE89 3704 0044 0532 0130 00|",
        "pay to |GB29 NWBK 6016 1331 9268 19|.",
    };

    (void)state;
    all_found(SCREEN_IBAN, texts, countof(texts));
}

static void a_name_after_a_title_is_found(void **state)
{
    static const char *const texts[] = {
        "Ik sprak |mevrouw Jansen|.",
        "|Mevr. De Vries| en |dhr. K. van den Berg| zeiden",
        "|meneer El Amrani| van boven",
        "de |heer P.J. Visser|",
        "|familie Yılmaz-Öztürk|",
        "|fam. 't Hooft|",
        "|mw Bakker|, |mw. Smit|",
        "|Mr Smith| and |Mrs. O'Brien| and |Ms Chen|",
        "|MEVROUW JANSEN|",
        "|Miss Jones| said",
        "de |familie D’Angelo|",
        "|meneer in 't Veld|, |mevrouw Op den Akker|",
    };

    (void)state;
    all_found(SCREEN_NAME, texts, countof(texts));
}

static const char *const harmless[] = {
    "",
    "Mevrouw zei dat het stil is.",
    "Volgens meneer van de overkant gaat het beter.",
    "Mevrouw heeft 3 kinderen en woont hier sinds 1998.",
    "Een meneer. Hij vond het mooi.",
    "Dat zei mw. Ze was blij.",
    "Sinds 2018 is er veel veranderd, in 2026 ook.",
    "In 2018 de eerste keer, in 1998 en 2004.",
    "Bel 112 of 0900-8844 bij nood; 14 050 is de gemeente.",
    "Het kost € 1.250.000 of 12.345.678 euro.",
    "De wijk heeft 123 456 782 euro nodig.",
    "Van 19-11-2026 14:05 tot 20-11-2026 16:00",
    "Op 06-02-2026 14 uur was er een bijeenkomst",
    "van 2026-11-19 tot 2026-12-01",
    "20261119 en 19112026",
    "Bus 8 rijdt 4 keer per uur, 15 minuten lang.",
    "Het speelplein 20 kinderen, het fietspad 2 meter breed",
    "In onze straat 5 auto's te veel",
    "Op de Eikenlaan 30 km per uur",
    "De Eikenlaan 3 keer per week",
    "De Zonnelaan 2026 wordt mooi",
    "Op de Zonnelaan 14 november",
    "Amsterdam 3, Groningen 2",
    "1500 kg, 1500kg en 2500 KM",
    "In 2026 NL en 2018 EU",
    "de 1000st bezoeker",
    "Wij delen 2022BU00141001 met u",
    "53.226,6.543",
    "versie 1.2.3",
    "Twee keer per maand; de eetgroep op donderdag om 18.30 uur.",
    "30 + 20 = 50, of +5",
    "De 12 bankjes @ het plein",
    "The street has 3 trees; in 2018 High Street was closed",
    "Mrs and Mr were not in. They left.",
    "She has MS and walks badly",
    "Haar familie in Turkije, een meneer op de Eikenlaan",
    "4 van de 10 huishoudens, 1/3 of 2/3",
    "Kamer 101, lijn 10, route 9999",
    "€ 25.000 voor 22 projecten, 800 stemmers en 3.600 stemmen",
    "A28 en N46, afrit 38",
    "10-20-30-40",
    "Oa86f4tTtVLczNfb71",
};

static void what_only_looks_like_it_is_let_through(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < countof(harmless); i++) {
        struct screening s = screen_text(bytes_of(harmless[i]), &mem);

        if (s.n > 0)
            fail_msg("%s (%s)", barred(harmless[i], &s),
                     screen_word(s.p[0].kind));
    }
    arena_free(&mem);
}

static void only_a_name_may_be_a_false_alarm(void **state)
{
    int k;

    (void)state;
    for (k = 0; k < SCREEN_KINDS_N; k++)
        assert_true(screen_may_stay((enum screen_kind)k) == (k == SCREEN_NAME));
}

/* -- laws --------------------------------------------------------------- */

static const char *const bits[] = {
    "mevr",  "Jansen", "straat", "Zonnelaan",   "AK",  " ",    "  ",
    ".",     ", ",     "-",      "\n",          "é",   "Ö",    "ش",
    "街",    "van ",   "de ",    "bel ",        "tel", "bsn ", "NL",
    "euro ", "€",      "(",      ")",           "+",   "'",    "/",
    "\xff",  "\xc3",   "Weg",    "High Street",
};
static const char *const marks[] = {"6",     "06",  "9742", "12345678",
                                    "@",     "1",   "5001", "mevrouw ",
                                    "dhr. ", "Mr ", "0"};

static const char *random_text(struct dice *d, bool with_marks)
{
    struct buf b = buf_make(4096);
    uint64_t i, n = roll(d, 24);
    const char *out;

    for (i = 0; i < n; i++)
        buf_puts(&b, with_marks && roll(d, 2) == 0
                         ? marks[roll(d, countof(marks))]
                         : bits[roll(d, countof(bits))]);
    out = arena_text(&mem, b.n > 0 ? (const char *)b.p : "", b.n);
    buf_free(&b);
    return out;
}

static bool has_title(const char *text)
{
    return strstr(text, "mevr") != NULL;
}

static void without_digits_at_signs_and_titles_nothing_is_found(void **state)
{
    struct dice d = dice_of(5);
    int i;

    (void)state;
    for (i = 0; i < 20000; i++) {
        const char *text = random_text(&d, false);

        if (!has_title(text) && screen_text(bytes_of(text), &mem).n > 0)
            fail_msg("%s", text);
        arena_reset(&mem);
    }
    arena_free(&mem);
}

static void findings_lie_in_the_text_in_order_and_apart(void **state)
{
    struct dice d = dice_of(9);
    int i;
    size_t k, found = 0;

    (void)state;
    for (i = 0; i < 20000; i++) {
        const char *text = random_text(&d, true);
        struct screening s = screen_text(bytes_of(text), &mem);
        size_t end = 0;

        for (k = 0; k < s.n; k++) {
            assert_true(s.p[k].n > 0 && s.p[k].start >= end);
            end = s.p[k].start + s.p[k].n;
        }
        assert_true(end <= strlen(text));
        found += s.n;
        arena_reset(&mem);
    }
    assert_true(found > 1000);
    arena_free(&mem);
}

/* What surrounds it does not hide it. */
static void what_is_found_alone_is_found_in_any_sentence(void **state)
{
    static const char *const alone[] = {
        "06-12345678",
        "+31 6 12345678",
        "bewoner@voorbeeld.nl",
        "NL91ABNA0417164300",
        "111222333",
        "Zonnelaan 5001",
        "9742 AK",
        "mevrouw Jansen",
    };
    static const char *const before[] = {
        "", "Zie ", "(", "\n", "5 mensen. ", "Op 19-11-2026: ", "€ 12, ", "\""};
    static const char *const after[] = {"",         ".",        ")",  "\n",
                                        ", zei ze", " en meer", "\"", ";"};
    size_t i, b, a;

    (void)state;
    for (i = 0; i < countof(alone); i++)
        for (b = 0; b < countof(before); b++)
            for (a = 0; a < countof(after); a++) {
                const char *text =
                    arena_printf(&mem, "%s%s%s", before[b], alone[i], after[a]);
                struct screening s = screen_text(bytes_of(text), &mem);

                if (s.n != 1 || s.p[0].start > strlen(before[b]) ||
                    s.p[0].start + s.p[0].n <
                        strlen(before[b]) + strlen(alone[i]))
                    fail_msg("%s -> %s", text, barred(text, &s));
            }
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phone_numbers_are_found_however_they_are_written),
        cmocka_unit_test(mail_addresses_are_found),
        cmocka_unit_test(postcodes_are_found_with_and_without_a_number),
        cmocka_unit_test(a_street_with_a_number_is_found),
        cmocka_unit_test(
            the_number_of_a_citizen_is_found_by_the_test_of_eleven),
        cmocka_unit_test(bank_accounts_are_found),
        cmocka_unit_test(a_name_after_a_title_is_found),
        cmocka_unit_test(what_only_looks_like_it_is_let_through),
        cmocka_unit_test(only_a_name_may_be_a_false_alarm),
        cmocka_unit_test(without_digits_at_signs_and_titles_nothing_is_found),
        cmocka_unit_test(findings_lie_in_the_text_in_order_and_apart),
        cmocka_unit_test(what_is_found_alone_is_found_in_any_sentence),
    };

    return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
