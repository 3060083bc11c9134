/* Values as people type and read them; days and hours in the Netherlands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync/civil.h"
#include "sync/limits.h"
#include "sync/shape_text.h"

/* Monday 23 November 2026, 23:30 UTC: in the Netherlands it is the 24th. */
#define NOW_MS UINT64_C(1795476600000)

static const struct shape_choice choices[] = {
    {.code = "laag", .label = {"Laag", "Low"}},
    {.code = "hoog", .label = {"Hoog", "High"}},
    {.code = "schoon", .label = {"Schoon, heel", "Clean, whole"}},
    {.code = "weg", .label = {"Weg", "Gone"}, .retired = true},
};
static const struct shape_list list = {
    .name = "l", .choices = choices, .choices_n = 4};

static struct shape_field a_field(enum field_kind kind, bool set)
{
    return (struct shape_field){.name = "f",
                                .label = {"Veld", "Field"},
                                .kind = kind,
                                .set = set,
                                .list = &list,
                                .decimals = 3};
}

#define ID_A "0190f3c2-0000-7000-8000-00000000000a"

/* What is typed, as files hold it; or the fault. */
static const char *reads(enum field_kind kind, bool set, const char *typed,
                         struct arena *mem)
{
    struct shape_field f = a_field(kind, set);
    struct buf b = buf_make(4096);
    struct value v;
    struct err err;
    const char *out;

    if (shape_read(&f, bytes_of(typed), NOW_MS, LANG_EN, mem, &v, &err) !=
        RC_OK)
        return arena_printf(mem, "! %s", err.text);
    shape_write_plain(&f, &v, &b);
    out = arena_text(mem, b.n > 0 ? (const char *)b.p : "", b.n);
    buf_free(&b);
    return out;
}

static void what_is_typed_is_read(void **state)
{
    static const struct {
        enum field_kind kind;
        bool set;
        const char *typed, *plain;
    } cases[] = {
        {FIELD_TEXT, false, "  a lamp ", "a lamp"},
        {FIELD_TEXT, false, "   ", ""},
        {FIELD_INT, false, "-12", "-12"},
        {FIELD_MONEY, false, "12", "12.00"},
        {FIELD_MONEY, false, "12,5", "12.50"},
        {FIELD_MONEY, false, "\xe2\x82\xac 12.05", "12.05"},
        {FIELD_MONEY, false, "-0,50", "-0.50"},
        {FIELD_CHOICE, false, "hoog", "hoog"},
        {FIELD_CHOICE, false, "LOW", "laag"},
        {FIELD_CHOICE, false, "SCHOON", "schoon"},
        {FIELD_CHOICE, true, "hoog; Low", "hoog; laag"},
        {FIELD_CHOICE, true, "\"Schoon, heel\",hoog", "hoog; schoon"},
        {FIELD_DATE, false, "23-11-2026", "2026-11-23"},
        {FIELD_DATE, false, "3/1/2026", "2026-01-03"},
        {FIELD_DATE, false, "29-02-2028", "2028-02-29"},
        {FIELD_DATE, false, "today", "2026-11-24"},
        {FIELD_DATE, false, "Gisteren", "2026-11-23"},
        {FIELD_TIME, false, "now", "2026-11-23T23:30:00Z"},
        {FIELD_TIME, false, "23-11-2026 14:05", "2026-11-23T13:05:00Z"},
        {FIELD_TIME, false, "1-7-2026 14:05", "2026-07-01T12:05:00Z"},
        {FIELD_TIME, false, "14:05", "2026-11-24T13:05:00Z"},
        {FIELD_TIME, false, "2026-07-01T12:05:00Z", "2026-07-01T12:05:00Z"},
        {FIELD_POINT, false, "53.21987, 6.56712", "53.219,6.567"},
        {FIELD_CODE, false, "BU00141001", "2022BU00141001"},
        {FIELD_TEXT, true, "b, a, b", "a; b"},
        {FIELD_MONEY, false, "-0,00", "0.00"},
        {FIELD_MONEY, false, "-0", "0.00"},
        {FIELD_MONEY, false, "\xe2\x82\xac-1", "-1.00"},
        {FIELD_CHOICE, false, "schoon, heel", "schoon"},
        {FIELD_CHOICE, false, "Gone", "weg"}, /* no longer offered */
        {FIELD_DATE, false, "2026-11-23", "2026-11-23"},
        {FIELD_TIME, false, "1-1-1969 12:00", "1969-01-01T11:00:00Z"},
        {FIELD_TIME, false, "14:05:09", "2026-11-24T13:05:09Z"},
        {FIELD_TIME, false, "NU", "2026-11-23T23:30:00Z"},
        {FIELD_POINT, true, "53.2,6.5; 53.3,6.6", "\"53.2,6.5\"; \"53.3,6.6\""},
        {FIELD_REF, false, ID_A, ID_A},
        {FIELD_REF, true, ID_A "," ID_A, ID_A},
        {FIELD_TEXT, true, "a,,b; ,", "a; b"},
        {FIELD_TEXT, true, " , ;", ""},
        {FIELD_TEXT, true, "\"a, b", "\"a, b\""},
        {FIELD_TEXT, true, "\"a\" x, b", "a; b"},
        {FIELD_TEXT, true, "\"a\"", "a"},
        {FIELD_TEXT, true, "\"a\" ", "a"},
        {FIELD_TEXT, true, "\"", ""},
        {FIELD_TEXT, true, "\"say \"\"hi\"\"\"; x", "\"say \"\"hi\"\"\"; x"},
    };
    struct arena mem = {0};
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        const char *plain =
            reads(cases[i].kind, cases[i].set, cases[i].typed, &mem);

        assert_string_equal(plain, cases[i].plain);
        /* And what was written is read as the same. */
        assert_string_equal(reads(cases[i].kind, cases[i].set, plain, &mem),
                            plain);
    }
    arena_free(&mem);
}

static void what_is_wrong_is_said_with_what_would_be_right(void **state)
{
    static const struct {
        enum field_kind kind;
        const char *typed, *says;
    } cases[] = {
        {FIELD_INT, "twelve", "is not a whole number"},
        {FIELD_INT, "1.5", "is not a whole number"},
        {FIELD_MONEY, "12,345", "write 12,50"},
        {FIELD_MONEY, "a lot", "write 12,50"},
        {FIELD_MONEY, "12,", "write 12,50"},
        {FIELD_MONEY, "12,x", "write 12,50"},
        {FIELD_MONEY, "12,5/", "write 12,50"},
        {FIELD_MONEY, ",50", "write 12,50"},
        {FIELD_MONEY, "\xe2\x82\xac", "write 12,50"},
        {FIELD_MONEY, "9223372036854775,807", "write 12,50"},
        {FIELD_CHOICE, "we", "is not one of: Low, High"},
        {FIELD_CHOICE, "ho", "is no choice; is it: High?"},
        {FIELD_CHOICE, "scheef", "is no choice; is it: Clean, whole?"},
        {FIELD_CHOICE, "enormous", "is not one of: Low, High"},
        {FIELD_CHOICE, "hoo", "is no choice; is it: High?"},
        {FIELD_DATE, "31-02-2026", "is no day"},
        {FIELD_DATE, "29-02-2027", "is no day"},
        {FIELD_DATE, "tomorrow", "is no day"},
        {FIELD_DATE, "23-11-26", "is no day"},
        {FIELD_DATE, "1-1-999", "is no day"},
        {FIELD_DATE, "1-1-20260", "is no day"},
        {FIELD_DATE, "1-1", "is no day"},
        {FIELD_DATE, "1-1-2026-1", "is no day"},
        {FIELD_DATE, "1-1-2026-", "is no day"},
        {FIELD_DATE, "1-1-", "is no day"},
        {FIELD_DATE, "1.1.2026", "is no day"},
        {FIELD_DATE, "-1-1-2026", "is no day"},
        {FIELD_TIME, "25:00", "is no time"},
        {FIELD_TIME, "14", "is no time"},
        {FIELD_TIME, "T", "is no time"},
        {FIELD_TIME, "Z", "is no time"},
        {FIELD_TIME, "14:60", "is no time"},
        {FIELD_TIME, "14:05:09:01", "is no time"},
        {FIELD_TIME, "31-2-2026 14:05", "is no time"},
        {FIELD_TIME, "tomorrow 14:05", "is no time"},
        {FIELD_TIME, "23-11-2026", "is no time"},
        {FIELD_POINT, "91,6", "not allowed"},
        {FIELD_POINT, "53.2", "not allowed"},
        {FIELD_CODE, "XX123", "not allowed"},
        {FIELD_REF, "lamp", "is no record"},
        {FIELD_ATTACHMENT, "photo.jpg", "not allowed"},
        {FIELD_TEXT, "\xff\xfe", "not UTF-8"},
    };
    struct arena mem = {0};
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        const char *said = reads(cases[i].kind, false, cases[i].typed, &mem);

        if (strstr(said, cases[i].says) == NULL ||
            strncmp(said, "! Field", 7) != 0)
            fail_msg("\"%s\" gave \"%s\"", cases[i].typed, said);
    }
    arena_free(&mem);
}

/* The reason is told whole, and of what was typed as much as fits. */
static void a_long_mistake_is_told_up_to_a_whole_character(void **state)
{
    struct arena mem = {0};
    size_t before;

    (void)state;
    for (before = 0; before < 4; before++) {
        struct buf b = buf_make(1000), want = buf_make(1000);
        size_t i;

        for (i = 0; i < before; i++)
            buf_puts(&b, "x");
        for (i = 0; i < 100; i++)
            buf_puts(&b, "\xe2\x82\xad"); /* not the sign of the euro */
        buf_puts(&want, "! Field: \"");
        buf_put(&want, b.p, before + (80 - before) / 3 * 3);
        buf_puts(&want, "\" is not a whole number");
        assert_string_equal(reads(FIELD_INT, false, buf_text(&b), &mem),
                            buf_text(&want));
        buf_free(&b);
        buf_free(&want);
    }
    arena_free(&mem);
}

static void a_long_list_of_choices_is_cut_short(void **state)
{
    struct shape_choice many[40];
    struct shape_list long_list = {
        .name = "m", .choices = many, .choices_n = countof(many)};
    struct shape_field f = a_field(FIELD_CHOICE, false);
    char labels[countof(many)][16];
    struct arena mem = {0};
    struct value v;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(many); i++) {
        snprintf(labels[i], sizeof labels[i], "Choice %zu", i);
        many[i] = (struct shape_choice){.code = labels[i],
                                        .label = {labels[i], labels[i]}};
    }
    f.list = &long_list;
    assert_int_equal(
        shape_read(&f, bytes_of("none"), 0, LANG_EN, &mem, &v, &err),
        RC_INVALID);
    assert_non_null(strstr(err.text, "Choice 0, Choice 1, "));
    assert_string_equal(err.text + strlen(err.text) - 5, ", ...");
    assert_null(strstr(err.text, "Choice 30"));
    arena_free(&mem);
}

static void a_set_takes_so_many_and_its_first_mistake_is_told(void **state)
{
    struct arena mem = {0};
    struct buf b = buf_make(1000);
    int i;

    (void)state;
    for (i = 0; i < set_members_max; i++)
        buf_printf(&b, "%d,", i);
    assert_int_not_equal(reads(FIELD_TEXT, true, buf_text(&b), &mem)[0], '!');
    buf_puts(&b, "more");
    assert_string_equal(reads(FIELD_TEXT, true, buf_text(&b), &mem),
                        "! Field: at most 64 of them");
    assert_non_null(strstr(reads(FIELD_CHOICE, true, "hoog, x, y", &mem),
                           "\"x\" is not one of"));
    assert_string_equal(reads(FIELD_CODE, true, "BU00141001, XX", &mem),
                        "! Field: \"XX\" is not allowed");
    buf_free(&b);
    arena_free(&mem);
}

static void lengths_and_ranges_count_characters_and_hold(void **state)
{
    struct shape_field f = a_field(FIELD_TEXT, false);
    struct shape_field n = a_field(FIELD_INT, false);
    struct arena mem = {0};
    struct value v;

    (void)state;
    f.max = 3;
    n.min = 1;
    n.max = 5;
    assert_int_equal(shape_read(&f, bytes_of("\xc3\xab\xc3\xab\xc3\xab"), 0,
                                LANG_NL, &mem, &v, NULL),
                     RC_OK);
    assert_int_equal(
        shape_read(&f, bytes_of("abcd"), 0, LANG_NL, &mem, &v, NULL),
        RC_INVALID);
    assert_int_equal(shape_read(&n, bytes_of("5"), 0, LANG_NL, &mem, &v, NULL),
                     RC_OK);
    assert_int_equal(shape_read(&n, bytes_of("6"), 0, LANG_NL, &mem, &v, NULL),
                     RC_INVALID);
    arena_free(&mem);
}

static void people_read_labels_and_dutch_days(void **state)
{
    struct shape_field choice = a_field(FIELD_CHOICE, true);
    struct shape_field money = a_field(FIELD_MONEY, false);
    struct shape_field when = a_field(FIELD_TIME, false);
    struct arena mem = {0};
    struct buf b = buf_make(400);
    struct value v;

    (void)state;
    assert_int_equal(
        shape_read(&choice, bytes_of("laag,hoog"), 0, LANG_NL, &mem, &v, NULL),
        RC_OK);
    shape_write(&choice, &v, LANG_EN, &b);
    assert_string_equal(buf_text(&b), "High, Low");
    buf_clear(&b);
    v = value_int(-1250);
    shape_write(&money, &v, LANG_NL, &b);
    assert_string_equal(buf_text(&b), "\xe2\x82\xac -12,50");
    buf_clear(&b);
    v = value_text("2026-07-01T22:30:00Z");
    shape_write(&when, &v, LANG_NL, &b);
    assert_string_equal(buf_text(&b), "02-07-2026 00:30");
    buf_free(&b);
    arena_free(&mem);
}

static const char *shown(enum field_kind kind, struct value v, enum lang lang,
                         struct arena *mem)
{
    struct shape_field f = a_field(kind, v.kind == VALUE_SET);
    struct buf b = buf_make(400);
    const char *out;

    shape_write(&f, &v, lang, &b);
    out = arena_text(mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

static void what_has_no_form_for_people_is_shown_as_it_stands(void **state)
{
    struct bytes two[] = {bytes_of("hoog"), bytes_of("nieuw")};
    struct arena mem = {0};
    struct id id;

    (void)state;
    assert_int_equal(id_parse(bytes_of(ID_A), &id, NULL), RC_OK);
    assert_string_equal(shown(FIELD_TEXT, value_null(), LANG_EN, &mem), "");
    assert_string_equal(shown(FIELD_INT, value_int(-3), LANG_EN, &mem), "-3");
    assert_string_equal(shown(FIELD_MONEY, value_int(1250), LANG_EN, &mem),
                        "\xe2\x82\xac 12.50");
    assert_string_equal(shown(FIELD_REF, value_id(&id), LANG_EN, &mem), ID_A);
    assert_string_equal(
        shown(FIELD_DATE, value_text("2026-11-23"), LANG_EN, &mem),
        "23-11-2026");
    assert_string_equal(shown(FIELD_DATE, value_text("soon"), LANG_EN, &mem),
                        "soon");
    assert_string_equal(shown(FIELD_TIME, value_text("soon"), LANG_EN, &mem),
                        "soon");
    assert_string_equal(shown(FIELD_CHOICE, value_text("nieuw"), LANG_NL, &mem),
                        "nieuw");
    assert_string_equal(shown(FIELD_CHOICE, value_set(two, 2), LANG_NL, &mem),
                        "Hoog, nieuw");
    arena_free(&mem);
}

static void a_member_that_would_be_read_as_another_stands_in_quotes(
    void **state)
{
    static const struct {
        const char *member, *plain;
    } cases[] = {
        {"a b", "a b"},   {"a,b", "\"a,b\""}, {"a;b", "\"a;b\""},
        {" a", "\" a\""}, {"a ", "\"a \""},   {"\"", "\"\"\"\""},
        {"", "\"\""},
    };
    struct shape_field f = a_field(FIELD_TEXT, true);
    struct buf b = buf_make(100);
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct bytes m = bytes_of(cases[i].member);
        struct value v = {.kind = VALUE_SET, .as.set = {&m, 1}};

        buf_clear(&b);
        shape_write_plain(&f, &v, &b);
        assert_string_equal(buf_text(&b), cases[i].plain);
    }
    buf_free(&b);
}

/* -- the calendar ------------------------------------------------------- */

static void every_day_of_four_centuries_comes_back(void **state)
{
    int64_t d, from = civil_days(1800, 1, 1), to = civil_days(2200, 1, 1);

    (void)state;
    assert_int_equal(civil_days(1970, 1, 1), 0);
    assert_int_equal(civil_days(2000, 3, 1) - civil_days(2000, 2, 28), 2);
    assert_int_equal(civil_days(1900, 3, 1) - civil_days(1900, 2, 28), 1);
    for (d = from; d < to; d++) {
        struct civil c = civil_date(d);

        if (!civil_valid(&c) || civil_days(c.year, c.month, c.day) != d)
            fail_msg("day %ld", (long)d);
    }
}

static void summer_begins_and_ends_on_its_sundays(void **state)
{
    /* 2026: 29 March and 25 October, 01:00 UTC. */
    int64_t start = civil_days(2026, 3, 29) * 86400 + 3600;
    int64_t end = civil_days(2026, 10, 25) * 86400 + 3600;

    (void)state;
    assert_int_equal(civil_of(start - 1).hour, 1);
    assert_int_equal(civil_of(start).hour, 3);
    assert_int_equal(civil_of(end - 1).hour, 2);
    assert_int_equal(civil_of(end).hour, 2);
}

static void wall_time_and_back_agree_but_for_the_hour_that_comes_twice(
    void **state)
{
    int64_t t = civil_days(2026, 1, 1) * 86400;
    int64_t to = civil_days(2027, 1, 1) * 86400;

    (void)state;
    for (; t < to; t += 1800) {
        struct civil c = civil_of(t);
        int64_t back = civil_utc(&c);

        if (back != t && back != t - 3600)
            fail_msg("moment %ld came back as %ld", (long)t, (long)back);
        if (back != t)
            assert_true(c.month == 10 && c.day == 25 && c.hour == 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_is_read),
        cmocka_unit_test(what_is_wrong_is_said_with_what_would_be_right),
        cmocka_unit_test(lengths_and_ranges_count_characters_and_hold),
        cmocka_unit_test(a_long_mistake_is_told_up_to_a_whole_character),
        cmocka_unit_test(a_long_list_of_choices_is_cut_short),
        cmocka_unit_test(a_set_takes_so_many_and_its_first_mistake_is_told),
        cmocka_unit_test(people_read_labels_and_dutch_days),
        cmocka_unit_test(what_has_no_form_for_people_is_shown_as_it_stands),
        cmocka_unit_test(
            a_member_that_would_be_read_as_another_stands_in_quotes),
        cmocka_unit_test(every_day_of_four_centuries_comes_back),
        cmocka_unit_test(summer_begins_and_ends_on_its_sundays),
        cmocka_unit_test(
            wall_time_and_back_agree_but_for_the_hour_that_comes_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
