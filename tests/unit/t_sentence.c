/* Where sentences end, case by case.  In the cases a bar stands where one
 * sentence ends and the next begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/base/utf8.h"
#include "sync/limits.h"
#include "sync/sentence.h"
#include "tests/unit/dice.h"

/* Every sentence in its place, with what stands between: the text itself. */
static void parts_make_the_whole(const struct sentences *s, struct bytes text)
{
    const uint8_t *at = text.p;
    size_t i;

    for (i = 0; i < s->n; i++) {
        assert_true(s->p[i].before.p == at);
        at += s->p[i].before.n;
        assert_true(s->p[i].text.p == at && s->p[i].text.n > 0);
        at += s->p[i].text.n;
    }
    assert_true(text.n == 0 || s->tail.p == at);
    assert_int_equal(at - text.p + (ptrdiff_t)s->tail.n, text.n);
}

/* "One.| Two." */
static void check(const char *barred)
{
    struct arena mem = {0};
    struct buf plain = buf_make(100000), again = buf_make(100000);
    struct sentences s;
    const char *p;
    size_t i;

    for (p = barred; *p != '\0'; p++)
        if (*p != '|')
            buf_put(&plain, p, 1);
    s = sentence_split(buf_view(&plain), &mem);
    parts_make_the_whole(&s, buf_view(&plain));
    for (i = 0; i < s.n; i++) {
        if (i > 0)
            buf_puts(&again, "|");
        buf_put(&again, s.p[i].before.p, s.p[i].before.n);
        buf_put(&again, s.p[i].text.p, s.p[i].text.n);
    }
    buf_put(&again, s.tail.p, s.tail.n);
    if (!bytes_eq(buf_view(&again), bytes_of(barred)))
        fail_msg("%s\nis taken for\n%.*s", barred, (int)again.n,
                 (const char *)again.p);
    buf_free(&again);
    buf_free(&plain);
    arena_free(&mem);
}

static void a_stop_a_shout_and_a_question_end_a_sentence(void **state)
{
    (void)state;
    check("Het is donker.| De lamp is kapot!| Wie maakt hem?| Niemand");
    check("Echt waar?!| Ja...| Nou…| Goed.");
}

static void an_abbreviation_ends_nothing(void **state)
{
    (void)state;
    check("Bijv. de bank bij nr. 3 is stuk.| Mevr. De Boer belde dhr. Jansen.");
    check("Kom a.u.b. ca. 10 min. eerder i.v.m. de drukte.| Tot dan.");
    check("Er is o.a. koffie (evt. thee) t/m vrijdag.| Kom ook.");
    check("Dr. X. en prof. Y. spreken resp. om 9 en 10 uur.| Entree vrij.");
}

static void initials_and_numbers_end_nothing(void **state)
{
    (void)state;
    check("J. de V. belde om 14.30 uur.| Het kost 3.50 of 1.250,00 euro.");
    check("Op 3.4.2026 was A.B. er.| Daarna niet meer.");
    check("Versie 2.0 werkt.| Zo ook 3.b erna.");
}

static void quotes_and_brackets_stay_with_their_sentence(void **state)
{
    (void)state;
    check("\"Het is donker.\"| (Dat zei ze.)| 'Ja!'| Klaar.");
    check("«Donker.»| “Licht.”| Zo.");
}

static void a_list_is_taken_item_by_item(void **state)
{
    (void)state;
    check("Nodig:|\n- een lamp|\n- een bank|\n\n- groen");
    check("1. een lamp|\n2. een bank|\n10. groen.| En bloemen.");
    check("* lamp|\r\n* bank|\r\n\r\n• groen\r\n");
}

static void emoji_stay_whole(void **state)
{
    (void)state;
    check("Leuk 👍🏽!| Gezin 👨‍👩‍👧 was er.| 🎉🎉");
    check("Top.👍| Ja.");
}

static void arabic_and_chinese_are_known(void **state)
{
    (void)state;
    check("الشارع مظلم.| هل يوجد ضوء؟| نعم، هنا؛ وهناك.");
    check("یہ اندھیرا ہے۔| ہاں۔");
    check("很暗。|灯坏了！|谁来修？|没人");
    check("他说：「很暗。」|好。");
}

static void space_of_any_kind_is_space(void **state)
{
    (void)state;
    check("Een.|\tTwee.|\xc2\xa0"
          "Drie.|\xe3\x80\x80Vier.");
    check("Een|\xe2\x80\xa8Twee");
}

static char *utf8_of(uint32_t c, char *out)
{
    char *p = out;

    if (c < 0x80) {
        *p++ = (char)c;
    } else if (c < 0x800) {
        *p++ = (char)(0xc0 | c >> 6);
        *p++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *p++ = (char)(0xe0 | c >> 12);
        *p++ = (char)(0x80 | (c >> 6 & 0x3f));
        *p++ = (char)(0x80 | (c & 0x3f));
    } else {
        *p++ = (char)(0xf0 | c >> 18);
        *p++ = (char)(0x80 | (c >> 12 & 0x3f));
        *p++ = (char)(0x80 | (c >> 6 & 0x3f));
        *p++ = (char)(0x80 | (c & 0x3f));
    }
    *p = '\0';
    return out;
}

/* How many sentences are before%Xafter, with the character for %X? */
static size_t sentences_with(const char *before, uint32_t c, const char *after)
{
    struct arena mem = {0};
    char one[5];
    const char *text =
        arena_printf(&mem, "%s%s%s", before, utf8_of(c, one), after);
    size_t n = sentence_split(bytes_of(text), &mem).n;

    arena_free(&mem);
    return n;
}

struct range {
    uint32_t from, to;
};

static bool among(uint32_t c, const struct range *r, size_t n)
{
    for (; n > 0; n--, r++)
        if (c >= r->from && c <= r->to)
            return true;
    return false;
}

/* Unicode has these as White_Space, but for those that keep words together and
 * one that shows (U+1680). */
static const struct range spaces[] = {
    {'\t', '\r'},     {' ', ' '},       {0x85, 0x85},     {0xa0, 0xa0},
    {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x3000, 0x3000},
};
static const struct range line_ends[] = {
    {'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}};
static const struct range marks[] = {
    {'!', '!'},       {'.', '.'},       {'?', '?'},       {0x61f, 0x61f},
    {0x6d4, 0x6d4},   {0x964, 0x964},   {0x2026, 0x2026}, {0x3002, 0x3002},
    {0xff01, 0xff01}, {0xff1f, 0xff1f}, {0xff61, 0xff61},
};
static const struct range wide_marks[] = {
    {0x3002, 0x3002}, {0xff01, 0xff01}, {0xff1f, 0xff1f}, {0xff61, 0xff61}};
static const struct range closers[] = {
    {'"', '"'},       {'\'', '\''},       {')', ')'},       {']', ']'},
    {0xbb, 0xbb},     {0x200d, 0x200d},   {0x2019, 0x2019}, {0x201d, 0x201d},
    {0x2600, 0x27bf}, {0x300d, 0x300d},   {0x300f, 0x300f}, {0xfe0f, 0xfe0f},
    {0xff09, 0xff09}, {0x1f000, 0x1faff},
};
#define IN(c, table) among(c, table, countof(table))

static void every_character_does_what_its_kind_does(void **state)
{
    uint32_t c;

    (void)state;
    for (c = 1; c < 0x20000; c++) {
        bool space = IN(c, spaces), closer = IN(c, closers);
        size_t space_ends = sentences_with("Dit.", c, "Dat");
        size_t line = sentences_with("Dit", c, "dat");
        size_t mark = sentences_with("Dit", c, " dat");
        size_t close = sentences_with("Dit!", c, " Dat");

        if (c >= 0xd800 && c <= 0xdfff)
            continue; /* no characters */
        if (space_ends != (space || IN(c, wide_marks) ? 2U : 1U) ||
            line != (IN(c, line_ends) || IN(c, wide_marks) ? 2U : 1U) ||
            mark != (IN(c, line_ends) || IN(c, marks) ? 2U : 1U) ||
            close != (space || closer || IN(c, marks) ? 2U : 1U))
            fail_msg("U+%04X: %zu %zu %zu %zu", (unsigned)c, space_ends, line,
                     mark, close);
    }
}

static void a_wide_mark_ends_it_with_all_that_belongs_to_it(void **state)
{
    (void)state;
    check("\u5f88\u6697\u3002\u300d|\u597d\u3002");
    check("\u5f88\u6697\uff01\uff1f|\u597d");
    check("\u5f88\u6697\u3002!|\u597d");
    check("\u5f88\u6697\uff01.|\u597d");
    check("\u5f88\u6697\u3002| \u597d");
}

static void what_opens_before_an_abbreviation_does_not_hide_it(void **state)
{
    (void)state;
    check("Kom (bijv. nu) of \"mevr. X\" of 'dhr. Y' of [nr. 3] eens.| Ja.");
    check("(A. de Vries) en J.P. Z. kwamen.| Nee.");
    check("A.b is niets.| En A.B is iets.");
    check("Zie 12.| Voor 3.b meer.| 1a.| Niet 1.| 2. Wel");
}

static void nothing_has_no_sentence(void **state)
{
    static const char *const nothing[] = {"", " ", "\n\n\t \r\n",
                                          "\xe3\x80\x80"};
    struct arena mem = {0};
    size_t i;

    (void)state;
    for (i = 0; i < countof(nothing); i++) {
        struct sentences s = sentence_split(bytes_of(nothing[i]), &mem);

        assert_int_equal(s.n, 0);
        assert_int_equal(s.tail.n, strlen(nothing[i]));
    }
    arena_free(&mem);
}

static void a_note_as_long_as_a_value_may_be_is_split(void **state)
{
    static const char *const sorts[] = {"Een. ", "....... ", "a.b.c.",
                                        "zonder"};
    struct arena mem = {0};
    struct buf b;
    struct sentences s;
    size_t i;

    (void)state;
    for (i = 0; i < countof(sorts); i++) {
        b = buf_make(value_bytes_max + 10);
        while (b.n < value_bytes_max)
            buf_puts(&b, sorts[i]);
        s = sentence_split(buf_view(&b), &mem);
        parts_make_the_whole(&s, buf_view(&b));
        if (i == 0)
            assert_int_equal(s.n, value_bytes_max / 5);
        buf_free(&b);
    }
    arena_free(&mem);
}

static void any_bytes_at_all_are_split_into_themselves(void **state)
{
    struct dice d = {21};
    uint8_t bytes[40];
    int round;
    size_t i, n;

    (void)state;
    for (round = 0; round < 20000; round++) {
        struct arena mem = {0};
        struct sentences s;

        n = roll(&d, sizeof bytes);
        for (i = 0; i < n; i++)
            bytes[i] = roll(&d, 2) ? (uint8_t) ". \n!)\"1aA-"[roll(&d, 10)]
                                   : (uint8_t)roll(&d, 256);
        s = sentence_split((struct bytes){bytes, n}, &mem);
        parts_make_the_whole(&s, (struct bytes){bytes, n});
        arena_free(&mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_a_shout_and_a_question_end_a_sentence),
        cmocka_unit_test(an_abbreviation_ends_nothing),
        cmocka_unit_test(initials_and_numbers_end_nothing),
        cmocka_unit_test(quotes_and_brackets_stay_with_their_sentence),
        cmocka_unit_test(a_list_is_taken_item_by_item),
        cmocka_unit_test(emoji_stay_whole),
        cmocka_unit_test(arabic_and_chinese_are_known),
        cmocka_unit_test(space_of_any_kind_is_space),
        cmocka_unit_test(every_character_does_what_its_kind_does),
        cmocka_unit_test(a_wide_mark_ends_it_with_all_that_belongs_to_it),
        cmocka_unit_test(what_opens_before_an_abbreviation_does_not_hide_it),
        cmocka_unit_test(nothing_has_no_sentence),
        cmocka_unit_test(a_note_as_long_as_a_value_may_be_is_split),
        cmocka_unit_test(any_bytes_at_all_are_split_into_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
