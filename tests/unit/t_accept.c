/* Which way of answering a client likes best. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/accept.h"

enum { JSON, CSV, GEO, NONE };
static const char *const offered[] = {"application/json", "text/csv",
                                      "application/geo+json"};

static size_t chosen(const char *header)
{
    return accept_choose(header, offered, NONE);
}

static void who_has_no_wish_gets_the_first(void **state)
{
    (void)state;
    assert_int_equal(chosen(NULL), JSON);
    assert_int_equal(chosen("*/*"), JSON);
    assert_int_equal(chosen("application/*"), JSON);
}

static void what_is_named_is_given_whatever_its_case(void **state)
{
    (void)state;
    assert_int_equal(chosen("text/csv"), CSV);
    assert_int_equal(chosen("Text/CSV; charset=utf-8"), CSV);
    assert_int_equal(chosen("text/*"), CSV);
    assert_int_equal(chosen("image/png ,\tapplication/geo+json"), GEO);
}

static void the_best_liked_wins_and_equals_go_by_our_order(void **state)
{
    (void)state;
    assert_int_equal(chosen("application/json;q=0.5, text/csv"), CSV);
    assert_int_equal(chosen("text/csv, application/json"), JSON);
    assert_int_equal(chosen("*/*;q=0.1, application/geo+json;q=0.2"), GEO);
}

static void a_name_counts_for_more_than_a_star(void **state)
{
    (void)state;
    assert_int_equal(chosen("application/json;q=0, */*"), CSV);
    assert_int_equal(chosen("application/*;q=0.9, application/json;q=0.1"),
                     GEO);
}

static void what_is_not_offered_is_not_given(void **state)
{
    static const char *const all[] = {
        "",          "image/png", "text/csv;q=0",
        "text/csv2", "text/cs",   ",,;;q=,/",
        "*",         "*/csv",     "application/json;q=x"};
    size_t i;

    (void)state;
    for (i = 0; i < countof(all); i++)
        assert_int_equal(chosen(all[i]), NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_no_wish_gets_the_first),
        cmocka_unit_test(what_is_named_is_given_whatever_its_case),
        cmocka_unit_test(the_best_liked_wins_and_equals_go_by_our_order),
        cmocka_unit_test(a_name_counts_for_more_than_a_star),
        cmocka_unit_test(what_is_not_offered_is_not_given),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
