/* Names of yesterday, and what a state of consent allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/model.h"

static const char *const was_given[] = {"granted"};
static const char *const was_visits[] = {"house-calls"};
static const struct shape_choice states[] = {
    {.code = "given", .was = was_given, .was_n = 1},
    {.code = "asked"},
    {.code = "withdrawn"},
};
static const struct shape_choice purposes[] = {
    {.code = "visits", .was = was_visits, .was_n = 1},
    {.code = "letters"},
};
static const struct shape_list lists[] = {
    {.name = "state", .choices = states, .choices_n = 3, .renamed = true},
    {.name = "purpose", .choices = purposes, .choices_n = 2, .renamed = true},
};
static const struct shape_field fields[] = {
    {.name = "deleted", .kind = FIELD_INT},
    {.name = "subject", .kind = FIELD_REF},
    {.name = "purpose", .kind = FIELD_CHOICE, .list = &lists[1]},
    {.name = "state", .kind = FIELD_CHOICE, .list = &lists[0]},
};
static const char *const given[] = {"oral", "granted"};
static const struct shape_consents consents = {.subject = 1,
                                               .purpose = 2,
                                               .state = 3,
                                               .given = given,
                                               .given_n = 2,
                                               .withdrawn = "withdrawn"};
static const struct shape_type types[] = {
    {.name = "signal", .fields = fields, .fields_n = 1},
    {.name = "consent", .fields = fields, .fields_n = 4, .consents = &consents},
};

static void only_a_state_that_was_declared_to_allow_does(void **state)
{
    static const struct {
        const char *code;
        bool allows;
    } cases[] = {
        {"given", true},  {"granted", true},    {"oral", true},
        {"asked", false}, {"withdrawn", false}, {"newer", false},
        {"", false},
    };
    struct value number = value_int(1);
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct value v = value_text(cases[i].code);

        assert_int_equal(shape_state_allows(&types[1], &v), cases[i].allows);
    }
    assert_false(shape_state_allows(&types[1], &number));
}

static void a_purpose_is_the_same_by_any_of_its_codes(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"visits", "visits", true},        {"house-calls", "visits", true},
        {"visits", "house-calls", true},   {"visits", "letters", false},
        {"letters", "house-calls", false}, {"", "visits", false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct value v = value_text(cases[i].a);

        assert_int_equal(shape_same_purpose(&types[1], &v, cases[i].b),
                         cases[i].same);
    }
}

static void the_type_of_consents_is_found_if_there_is_one(void **state)
{
    const struct shape with = {.types = types, .types_n = 2};
    const struct shape without = {.types = types, .types_n = 1};

    (void)state;
    assert_ptr_equal(shape_consents_type(&with), &types[1]);
    assert_null(shape_consents_type(&without));
}

static void what_was_renamed_is_found_by_either_name(void **state)
{
    (void)state;
    assert_ptr_equal(shape_field_named(&model_types[0], bytes_of("title")),
                     &model_fields[F_TITLE]);
    assert_ptr_equal(shape_field_named(&model_types[0], bytes_of("name")),
                     &model_fields[F_TITLE]);
    assert_null(shape_field_named(&model_types[0], bytes_of("names")));
    assert_ptr_equal(shape_type_named(&model, bytes_of("idea")),
                     &model_types[1]);
    assert_null(shape_type_named(&model, bytes_of("flag")));
    assert_ptr_equal(shape_choice_coded(&model_lists[1], bytes_of("dark")),
                     &model_themes[2]);
    assert_null(shape_choice_coded(&model_lists[1], bytes_of("darker")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_state_that_was_declared_to_allow_does),
        cmocka_unit_test(a_purpose_is_the_same_by_any_of_its_codes),
        cmocka_unit_test(the_type_of_consents_is_found_if_there_is_one),
        cmocka_unit_test(what_was_renamed_is_found_by_either_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
