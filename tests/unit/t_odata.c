/* $filter and the other options, on a small table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server/odata_query.h"

static const struct dataset_column columns[] = {
    {"area", {"", ""}, COLUMN_CODE, true},
    {"name", {"", ""}, COLUMN_TEXT, false},
    {"count", {"", ""}, COLUMN_FIGURE, false},
    {"below", {"", ""}, COLUMN_BELOW, false},
    {"share", {"", ""}, COLUMN_DECIMAL, false},
};
enum { N = countof(columns), ROWS = 4 };

static const char *const rows[ROWS][N] = {
    {"BU01", "Noord", "120", NULL, "0.5"},
    {"BU02", "Zuid's", "9", NULL, "-2"},
    {"BU03", NULL, NULL, "5", NULL},
    {"BU10", "noord, en", "95", NULL, "10"},
};

static struct arena mem;

static enum rc read_filter(const char *text, struct odata_filter **out,
                           struct err *err)
{
    return odata_filter_read(text, columns, N, &mem, out, err);
}

/* A filter, and which rows it keeps, as digits. */
struct expected {
    const char *filter, *kept;
};

static void expect(const struct expected *all, size_t n)
{
    char kept[ROWS + 1];
    struct odata_filter *f;
    struct err err;
    size_t i, row, k;

    for (i = 0; i < n; i++) {
        if (read_filter(all[i].filter, &f, &err) != RC_OK)
            fail_msg("%s: %s", all[i].filter, err.text);
        for (row = 0, k = 0; row < ROWS; row++)
            if (odata_filter_keeps(f, rows[row]))
                kept[k++] = (char)('0' + row);
        kept[k] = '\0';
        if (strcmp(kept, all[i].kept) != 0)
            fail_msg("%s keeps \"%s\", not \"%s\"", all[i].filter, kept,
                     all[i].kept);
    }
}

static void comparisons_are_of_text_or_of_numbers(void **state)
{
    static const struct expected all[] = {
        {"area eq 'BU01'", "0"},   {"'BU01' eq area", "0"},
        {"area ne 'BU01'", "123"}, {"area gt 'BU02'", "23"},
        {"count gt 9", "03"}, /* not as text */
        {"count ge 95", "03"},     {"count lt 100.5", "13"},
        {"count le 9", "1"},       {"share lt -1.5", "1"},
        {"share eq 0.5e0", "0"},   {"name eq 'Zuid''s'", "1"},
        {"area eq area", "0123"},
    };

    (void)state;
    expect(all, countof(all));
}

static void what_has_no_value_is_null_and_null_is_not_true(void **state)
{
    static const struct expected all[] = {
        {"count eq null", "2"},
        {"count ne null", "013"},
        {"null eq null", "0123"},
        {"count lt 1000", "013"},
        {"not (count lt 1000)", "2"},
        {"count ne 9", "023"},
        {"contains(name,'oord')", "03"},
        {"not contains(name,'oord')", "1"},
        {"contains(name,'oord') or true", "0123"},
        {"contains(name,null)", ""},
    };

    (void)state;
    expect(all, countof(all));
}

static void and_binds_closer_than_or_and_not_closest(void **state)
{
    static const struct expected all[] = {
        {"area eq 'BU01' or area eq 'BU02' and count eq 9", "01"},
        {"(area eq 'BU01' or area eq 'BU02') and count eq 9", "1"},
        {"not area eq 'BU01' and count gt 1", "13"},
        {"not (area eq 'BU01' and count gt 1)", "123"},
        {" ( ( count gt 1 ) ) ", "013"},
        {"true and not false", "0123"},
    };

    (void)state;
    expect(all, countof(all));
}

static void beginnings_ends_and_parts_of_text_are_found(void **state)
{
    static const struct expected all[] = {
        {"startswith(area,'BU0')", "012"},
        {"endswith(area,'0')", "3"},
        {"startswith(area,'BU0123456789')", ""},
        {"contains( name , ',' )", "3"},
    };

    (void)state;
    expect(all, countof(all));
}

static void what_is_not_understood_is_refused(void **state)
{
    static const char *const all[] = {"",
                                      "area",
                                      "area eq",
                                      "eq 'x'",
                                      "area eq 'x",
                                      "area is 'x'",
                                      "nothing eq 1",
                                      "area eq 5",
                                      "count eq '5'",
                                      "count eq 5x",
                                      "count eq 0x5",
                                      "count eq -0X5",
                                      "count eq -nan",
                                      "count eq -inf",
                                      "count eq -",
                                      "count eq .5",
                                      "area eq 'x' and",
                                      "area eq 'x' area",
                                      "(area eq 'x'",
                                      "area eq 'x')",
                                      "contains(area)",
                                      "contains(count,'1')",
                                      "contains area,'x'",
                                      "length(area) eq 1",
                                      "not",
                                      "AREA eq 'x'",
                                      "area EQ 'x'",
                                      "count add 1 eq 2"};
    struct odata_filter *f;
    char deep[200];
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(all); i++)
        if (read_filter(all[i], &f, &err) != RC_INVALID)
            fail_msg("\"%s\" was understood", all[i]);
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(read_filter(deep, &f, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "too deep"));
    for (i = 0; i + 4 < sizeof deep; i += 4)
        memcpy(deep + i, "not ", 4);
    assert_int_equal(read_filter(deep, &f, &err), RC_INVALID);
}

static void a_filter_says_what_a_column_must_be(void **state)
{
    struct odata_filter *f;
    struct err err;

    (void)state;
    assert_int_equal(read_filter("(name eq 'x') and (count gt 1 and 'BU01' eq"
                                 " area)",
                                 &f, &err),
                     RC_OK);
    assert_string_equal(odata_filter_demands(f, 0), "BU01");
    assert_string_equal(odata_filter_demands(f, 1), "x");
    assert_null(odata_filter_demands(f, 2));
    assert_int_equal(read_filter("area eq 'a' or area eq 'b'", &f, &err),
                     RC_OK);
    assert_null(odata_filter_demands(f, 0));
    assert_int_equal(read_filter("not (area eq 'a')", &f, &err), RC_OK);
    assert_null(odata_filter_demands(f, 0));
    assert_int_equal(read_filter("area ne 'a' and area eq null", &f, &err),
                     RC_OK);
    assert_null(odata_filter_demands(f, 0));
}

/* -- the other options --------------------------------------------------- */

static enum rc options(const char *name, const char *value,
                       struct odata_query *q, struct err *err)
{
    struct httpd_param one = {name, value};

    return odata_query_read(&one, 1, columns, N, &mem, q, err);
}

static void options_are_read(void **state)
{
    const struct httpd_param all[] = {{"$select", "count, area"},
                                      {"$orderby", "count desc,area"},
                                      {"$top", "7"},
                                      {"$skip", "3"},
                                      {"$count", "true"},
                                      {"$skiptoken", "12-34"}};
    struct odata_query q;
    struct err err;

    (void)state;
    assert_int_equal(
        odata_query_read(all, countof(all), columns, N, &mem, &q, &err), RC_OK);
    assert_int_equal(q.select_n, 2);
    assert_int_equal(q.select[0], 2);
    assert_int_equal(q.select[1], 0);
    assert_int_equal(q.order_n, 2);
    assert_int_equal(q.order[0].column, 2);
    assert_true(q.order[0].down && !q.order[1].down);
    assert_int_equal(q.top, 7);
    assert_int_equal(q.skip, 3);
    assert_true(q.count);
    assert_int_equal(q.token.part, 12);
    assert_int_equal(q.token.row, 34);
    assert_int_equal(options("$select", "*", &q, &err), RC_OK);
    assert_int_equal(q.select_n, 0);
    assert_int_equal(options("$format", "json", &q, &err), RC_OK);
    assert_false(q.plain);
    assert_int_equal(
        options("$format", "application/json; odata.metadata=none", &q, &err),
        RC_OK);
    assert_true(q.plain);
}

static void options_that_are_wrong_or_not_offered_are_refused(void **state)
{
    static const struct httpd_param wrong[] = {
        {"$select", "nothing"},  {"$orderby", "nothing"},
        {"$orderby", "area up"}, {"$top", "-1"},
        {"$top", "x"},           {"$skip", ""},
        {"$count", "yes"},       {"$skiptoken", "1"},
        {"$skiptoken", "x-1"},   {"$format", "xml"},
        {"$format", "jsonx"},    {"filter", "area eq 'x'"},
        {"$filter", "x"}};
    const struct httpd_param twice[] = {{"$top", "1"}, {"$top", "2"}};
    struct odata_query q;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(wrong); i++)
        if (options(wrong[i].name, wrong[i].value, &q, &err) != RC_INVALID)
            fail_msg("%s=%s", wrong[i].name, wrong[i].value);
    assert_int_equal(odata_query_read(twice, 2, columns, N, &mem, &q, &err),
                     RC_INVALID);
    assert_int_equal(options("thing", "x", &q, &err), RC_INVALID);
    assert_null(err.reason);
    assert_int_equal(options("$expand", "x", &q, &err), RC_INVALID);
    assert_string_equal(err.reason, ODATA_UNSUPPORTED);
    assert_int_equal(options("lang", "x", &q, &err), RC_OK);
}

static int done(void **state)
{
    (void)state;
    arena_free(&mem);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_are_of_text_or_of_numbers),
        cmocka_unit_test(what_has_no_value_is_null_and_null_is_not_true),
        cmocka_unit_test(and_binds_closer_than_or_and_not_closest),
        cmocka_unit_test(beginnings_ends_and_parts_of_text_are_found),
        cmocka_unit_test(what_is_not_understood_is_refused),
        cmocka_unit_test(a_filter_says_what_a_column_must_be),
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(options_that_are_wrong_or_not_offered_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
