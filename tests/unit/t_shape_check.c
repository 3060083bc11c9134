/* Which values are lawful in a field of each kind, and what today's definitions
 * make of older ones. */
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

static const char *const was_high[] = {"top"};
static const struct shape_choice choices[] = {
    {.code = "low", .label = {"Laag", "Low"}},
    {.code = "high", .label = {"Hoog", "High"}, .was = was_high, .was_n = 1},
    {.code = "old", .label = {"Oud", "Old"}, .retired = true},
};
static const struct shape_list list = {
    .name = "l", .choices = choices, .choices_n = 3, .renamed = true};

static struct shape_field a_field(enum field_kind kind, bool set)
{
    return (struct shape_field){.name = "f",
                                .label = {"Veld", "Field"},
                                .kind = kind,
                                .set = set,
                                .list = &list,
                                .decimals = 3};
}

static bool lawful(const struct shape_field *f, struct value v)
{
    struct err err = {.text = ""};
    bool ok = shape_check(f, &v, LANG_EN, &err) == RC_OK;

    if (!ok)
        assert_memory_equal(err.text, "Field: ", 7);
    return ok;
}

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef"
static const struct {
    enum field_kind kind;
    const char *text;
    bool lawful;
} texts[] = {
    {FIELD_TEXT, "a lamp", true},
    {FIELD_TEXT, "a l\xff", false},
    {FIELD_PROSE, "It is dark.\nStill.", true},
    {FIELD_INT, "1", false}, /* no number */
    {FIELD_MONEY, "100", false},
    {FIELD_REF, "0190f3c2-0000-7000-8000-00000000000a", false}, /* no id */
    {FIELD_CHOICE, "low", true},
    {FIELD_CHOICE, "top", true}, /* of older definitions */
    {FIELD_CHOICE, "old", true},
    {FIELD_CHOICE, "Low", false},
    {FIELD_DATE, "2026-11-23", true},
    {FIELD_DATE, "2026-11-2", false},
    {FIELD_DATE, "2026-11-023", false},
    {FIELD_DATE, "20x6-11-23", false},
    {FIELD_DATE, "20/6-11-23", false},
    {FIELD_DATE, "2026/11-23", false},
    {FIELD_DATE, "2026-1x-23", false},
    {FIELD_DATE, "2026-11/23", false},
    {FIELD_DATE, "2026-11-2x", false},
    {FIELD_DATE, "2026-00-23", false},
    {FIELD_DATE, "2026-13-23", false},
    {FIELD_DATE, "2026-11-00", false},
    {FIELD_DATE, "2026-11-31", false},
    {FIELD_DATE, "2026-12-31", true},
    {FIELD_DATE, "2026-02-29", false},
    {FIELD_DATE, "2028-02-29", true},
    {FIELD_DATE, "2028-02-30", false},
    {FIELD_DATE, "2028-03-32", false},
    {FIELD_DATE, "1900-02-29", false},
    {FIELD_DATE, "2000-02-29", true},
    {FIELD_TIME, "2026-11-23T23:59:59Z", true},
    {FIELD_TIME, "2026-11-23T23:59:59", false},
    {FIELD_TIME, "2026-13-23T23:59:59Z", false},
    {FIELD_TIME, "2026-11-23 23:59:59Z", false},
    {FIELD_TIME, "2026-11-23T2x:59:59Z", false},
    {FIELD_TIME, "2026-11-23T24:59:59Z", false},
    {FIELD_TIME, "2026-11-23T23.59:59Z", false},
    {FIELD_TIME, "2026-11-23T23:5x:59Z", false},
    {FIELD_TIME, "2026-11-23T23:60:59Z", false},
    {FIELD_TIME, "2026-11-23T23:59.59Z", false},
    {FIELD_TIME, "2026-11-23T23:59:5xZ", false},
    {FIELD_TIME, "2026-11-23T23:59:60Z", false},
    {FIELD_TIME, "2026-11-23T23:59:59z", false},
    {FIELD_POINT, "53.219,6.567", true},
    {FIELD_POINT, "-90,180", true},
    {FIELD_POINT, "90.000,-180.0", true},
    {FIELD_POINT, "53.123456789,6", true},
    {FIELD_POINT, "53.1234567890,6", false},
    {FIELD_POINT, "53.219", false},
    {FIELD_POINT, ",", false},
    {FIELD_POINT, "53.219,", false},
    {FIELD_POINT, ",6.567", false},
    {FIELD_POINT, "-,6", false},
    {FIELD_POINT, "53.,6", false},
    {FIELD_POINT, ".2,6", false},
    {FIELD_POINT, "053,6", false},
    {FIELD_POINT, "53.2/,6", false},
    {FIELD_POINT, "53.2x,6", false},
    {FIELD_POINT, "90.001,6", false},
    {FIELD_POINT, "91,6", false},
    {FIELD_POINT, "53,180.001", false},
    {FIELD_POINT, "53,181", false},
    {FIELD_POINT, "53, 6", false},
    {FIELD_CODE, "2022BU00141001", true},
    {FIELD_CODE, "2022WK00141000", true},
    {FIELD_CODE, "2022GM00140000", true},
    {FIELD_CODE, "2022PV00140000", false},
    {FIELD_CODE, "2022BU0014100", false},
    {FIELD_CODE, "20x2BU00141001", false},
    {FIELD_CODE, "2022BU0014100x", false},
    {FIELD_WORKER, "w1", true},
    {FIELD_WORKER, "w\xff", false},
    {FIELD_WORKER,
     "0123456789012345678901234567890123456789012345678901234567890123", false},
    {FIELD_ATTACHMENT, HEX "0123456789abcdef", true},
    {FIELD_ATTACHMENT, HEX "0123456789abcde", false},
    {FIELD_ATTACHMENT, HEX "0123456789ABCDEF", false},
    {FIELD_ATTACHMENT, HEX "0123456789abcdeg", false},
    {FIELD_ATTACHMENT, HEX "0123456789abcd:f", false},
    {FIELD_ATTACHMENT, HEX "0123456789abcd/f", false},
};

static void a_text_is_lawful_in_the_one_form_of_its_kind(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < countof(texts); i++) {
        struct shape_field f = a_field(texts[i].kind, false);
        struct shape_field set = a_field(texts[i].kind, true);
        struct bytes b = bytes_of(texts[i].text);
        bool member = texts[i].kind == FIELD_REF || texts[i].lawful;

        if (lawful(&f, value_bytes(b)) != texts[i].lawful)
            fail_msg("\"%s\" in a %s", texts[i].text,
                     field_kind_word(texts[i].kind));
        if (lawful(&set, value_set(&b, 1)) != member)
            fail_msg("\"%s\" in a set of %s", texts[i].text,
                     field_kind_word(texts[i].kind));
        assert_false(lawful(&set, value_bytes(b)));
        assert_true(lawful(&f, value_null()));
        assert_true(lawful(&set, value_null()));
    }
}

static void a_value_of_another_kind_is_not_lawful(void **state)
{
    struct id id = {{1}};
    struct value values[] = {value_int(1), value_id(&id)};
    struct shape_field f;
    size_t i;
    int k;

    (void)state;
    for (k = 0; k < FIELD_KINDS_N; k++)
        for (i = 0; i < countof(values); i++) {
            bool number = k == FIELD_INT || k == FIELD_MONEY;

            f = a_field((enum field_kind)k, false);
            assert_int_equal(lawful(&f, values[i]),
                             i == 0 ? number : k == FIELD_REF);
            f.set = true;
            assert_false(lawful(&f, values[i]));
        }
}

static void a_member_may_not_be_empty_nor_one_too_many(void **state)
{
    struct shape_field f = a_field(FIELD_WORKER, true);
    char names[set_members_max + 1][4];
    struct bytes m[set_members_max + 1], empty = {0};
    int i;

    (void)state;
    for (i = 0; i <= set_members_max; i++) {
        snprintf(names[i], sizeof names[i], "%03d", i);
        m[i] = bytes_of(names[i]);
    }
    assert_true(lawful(&f, value_set(m, set_members_max)));
    assert_false(lawful(&f, value_set(m, set_members_max + 1)));
    for (i = 0; i < FIELD_KINDS_N; i++) {
        f.kind = (enum field_kind)i;
        assert_int_equal(
            lawful(&f,
                   (struct value){.kind = VALUE_SET, .as.set = {&empty, 1}}),
            i == FIELD_TEXT || i == FIELD_PROSE); /* the wire refuses it */
    }
}

static void a_range_holds_at_both_ends(void **state)
{
    static const struct {
        int64_t min, max, value;
        bool lawful;
    } cases[] = {
        {0, 0, INT64_MIN, true}, {0, 0, INT64_MAX, true}, {1, 5, 0, false},
        {1, 5, 1, true},         {1, 5, 5, true},         {1, 5, 6, false},
        {0, 5, -1, false},       {0, 5, 0, true},         {-5, 0, 1, false},
        {-5, 0, -5, true},       {-5, 0, -6, false},
    };
    struct shape_field f = a_field(FIELD_INT, false);
    char text[text_chars_max + 2];
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        f.min = cases[i].min;
        f.max = cases[i].max;
        assert_int_equal(lawful(&f, value_int(cases[i].value)),
                         cases[i].lawful);
    }
    f = a_field(FIELD_TEXT, false);
    memset(text, 'a', sizeof text);
    for (i = 1; i < sizeof text; i++) {
        struct value v = value_bytes((struct bytes){(uint8_t *)text, i});

        f.min = f.max = 0;
        assert_int_equal(lawful(&f, v), i <= text_chars_max);
        f.min = 2;
        f.max = 3;
        assert_int_equal(lawful(&f, v), i == 2 || i == 3);
    }
}

/* -- today's words ------------------------------------------------------ */

static void canonical(struct shape_field f, struct value v, struct value want)
{
    struct arena mem = {0};
    struct value got = shape_canonical(&f, v, &mem);

    assert_true(value_eq(&got, &want));
    arena_free(&mem);
}

static struct value set_of(struct bytes *two, const char *a, const char *b)
{
    two[0] = bytes_of(a);
    two[1] = bytes_of(b);
    return value_set(two, 2);
}

static void values_go_over_into_the_words_of_today(void **state)
{
    struct shape_field choice = a_field(FIELD_CHOICE, false);
    struct shape_field point = a_field(FIELD_POINT, false);
    struct shape_field text = a_field(FIELD_TEXT, false);
    struct bytes m[2], n[2];
    static const struct {
        unsigned decimals;
        const char *from, *to;
    } points[] = {
        {3, "53.21987,6.56712", "53.219,6.567"},
        {3, "53.2,6", "53.2,6"},
        {1, "-53.99,-6.09", "-53.9,-6.0"},
        {0, "53.21987,6.56712", "53,6"},
        {0, "53,6", "53,6"},
        {3, "53.21987", "53.21987"}, /* no point: as it is */
    };
    size_t i;

    (void)state;
    canonical(choice, value_text("top"), value_text("high"));
    canonical(choice, value_text("low"), value_text("low"));
    canonical(choice, value_text("newer"), value_text("newer"));
    canonical(choice, value_null(), value_null());
    canonical(choice, value_int(3), value_int(3));
    canonical(choice, set_of(m, "top", "high"), set_of(n, "high", "high"));
    canonical(text, value_text("top"), value_text("top"));
    for (i = 0; i < countof(points); i++) {
        point.decimals = points[i].decimals;
        canonical(point, value_text(points[i].from), value_text(points[i].to));
    }
    point.decimals = 1;
    canonical(point, set_of(m, "53.21,6.5", "53.29,6.5"),
              set_of(n, "53.2,6.5", "53.2,6.5"));
}

/* -- dates of the calendar ---------------------------------------------- */

static void a_day_that_is_none_is_not_valid(void **state)
{
    static const struct {
        struct civil c;
        bool valid;
    } cases[] = {
        {{2026, 1, 1, 0, 0, 0}, true},   {{2026, 12, 31, 23, 59, 59}, true},
        {{2026, 0, 1, 0, 0, 0}, false},  {{2026, 13, 1, 0, 0, 0}, false},
        {{2026, 1, 0, 0, 0, 0}, false},  {{2026, 1, 32, 0, 0, 0}, false},
        {{2026, 4, 31, 0, 0, 0}, false}, {{2026, 2, 29, 0, 0, 0}, false},
        {{2028, 2, 29, 0, 0, 0}, true},  {{-400, 2, 29, 0, 0, 0}, true},
        {{-100, 2, 29, 0, 0, 0}, false}, {{2026, 1, 1, 24, 0, 0}, false},
        {{2026, 1, 1, 0, 60, 0}, false}, {{2026, 1, 1, 0, 0, 60}, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++)
        assert_int_equal(civil_valid(&cases[i].c), cases[i].valid);
}

static void days_before_the_year_nought_come_back_too(void **state)
{
    int64_t d, from = civil_days(-1200, 1, 1), to = civil_days(800, 1, 1);

    (void)state;
    assert_int_equal(civil_days(0, 3, 1) - civil_days(0, 2, 28), 2);
    for (d = from; d < to; d++) {
        struct civil c = civil_date(d);

        if (!civil_valid(&c) || civil_days(c.year, c.month, c.day) != d)
            fail_msg("day %ld", (long)d);
    }
}

static void a_moment_before_1970_is_told_as_one_after_it(void **state)
{
    struct civil c = civil_of(-1); /* 1 January 1970, 00:59:59 here */

    (void)state;
    assert_int_equal(c.year, 1970);
    assert_int_equal(c.hour * 3600 + c.minute * 60 + c.second, 3599);
    c = civil_of(-3601);
    assert_int_equal(c.year, 1969);
    assert_int_equal(c.month * 100 + c.day, 1231);
    assert_int_equal(c.hour * 3600 + c.minute * 60 + c.second, 86399);
    assert_int_equal(civil_utc(&c), -3601);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_lawful_in_the_one_form_of_its_kind),
        cmocka_unit_test(a_value_of_another_kind_is_not_lawful),
        cmocka_unit_test(a_member_may_not_be_empty_nor_one_too_many),
        cmocka_unit_test(a_range_holds_at_both_ends),
        cmocka_unit_test(values_go_over_into_the_words_of_today),
        cmocka_unit_test(a_day_that_is_none_is_not_valid),
        cmocka_unit_test(days_before_the_year_nought_come_back_too),
        cmocka_unit_test(a_moment_before_1970_is_told_as_one_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
