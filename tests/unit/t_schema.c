#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/schema.h"
#include "sync/limits.h"

static struct arena mem;
static struct diags diags;
static const struct shape *shape;

static int set_up(void **state)
{
    struct err err;

    (void)state;
    if (schema_compile_bundle(schema_builtin_bundle(), &mem, &diags, &shape,
                              &err) == RC_OK)
        return 0;
    {
        struct buf text = buf_make(1 << 20);

        diags_print(&diags, &text);
        print_error("%s\n%s", err.text, buf_text(&text));
        buf_free(&text);
    }
    return -1;
}

static int tear_down(void **state)
{
    (void)state;
    diags_free(&diags);
    arena_free(&mem);
    return 0;
}

static const struct shape_type *type(const char *name)
{
    const struct shape_type *t = shape_type_named(shape, bytes_of(name));

    assert_non_null(t);
    return t;
}

static const struct shape_field *field(const char *t, const char *name)
{
    const struct shape_field *f = shape_field_named(type(t), bytes_of(name));

    assert_non_null(f);
    return f;
}

static void the_types_that_ship_with_the_product_compile(void **state)
{
    (void)state;
    assert_int_equal(shape->types_n, 17);
    assert_int_equal(diags.n, 0);
    assert_string_equal(type("door-visit")->table, "door_visit");
    assert_string_equal(type("signal")->title, "title");
}

static void the_version_is_the_digest_of_the_bundle(void **state)
{
    static const char text[] = "--- # lists.yaml\nlists: {}\n";
    const struct shape *s;
    struct arena a = {0};
    struct diags d = {0};

    (void)state;
    assert_int_equal(schema_compile_bundle(bytes_of(text), &a, &d, &s, NULL),
                     RC_OK);
    /* printf '--- # lists.yaml\nlists: {}\n' | sha256sum */
    assert_string_equal(s->version, "766d8a8b79d5720440619ea2d33b284f");
    diags_free(&d);
    arena_free(&a);
}

static void field_0_of_every_type_is_deleted(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < shape->types_n; i++) {
        const struct shape_type *t = &shape->types[i];

        assert_string_equal(t->fields[FIELD_DELETED].name, "deleted");
        assert_non_null(t->fields[FIELD_DELETED].retention);
        assert_true(t->fields_n <= fields_per_type_max);
    }
}

static void every_field_has_purpose_retention_and_a_label(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < shape->types_n; i++)
        for (j = 0; j < shape->types[i].fields_n; j++) {
            const struct shape_field *f = &shape->types[i].fields[j];

            assert_non_null(f->purpose);
            assert_non_null(f->retention);
            assert_true(*f->label.nl != '\0' && *f->label.en != '\0');
        }
}

static void what_is_asked_at_the_door_has_a_question(void **state)
{
    (void)state;
    assert_non_null(field("conversation", "themes")->ask.nl);
    assert_non_null(field("door-visit", "result")->ask.en);
    assert_non_null(field("signal", "severity")->ask.nl);
    assert_null(field("route", "title")->ask.nl);
}

static void the_most_restrictive_consent_is_the_highest(void **state)
{
    const struct shape_field *f = field("consent", "state");
    const struct shape_choice *c = f->list->choices;

    (void)state;
    assert_int_equal(f->policy, POLICY_HIGHEST);
    assert_true(shape_choice_coded(f->list, bytes_of("gegeven")) == &c[0]);
    assert_true(shape_choice_coded(f->list, bytes_of("ingetrokken")) > &c[0]);
    assert_true(shape_choice_coded(f->list, bytes_of("geweigerd")) == &c[3]);
}

static void the_analyst_sees_no_text_and_no_place(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < shape->types_n; i++)
        for (j = 0; j < shape->types[i].fields_n; j++) {
            const struct shape_field *f = &shape->types[i].fields[j];

            if (f->privacy == PRIVACY_FREE || f->kind == FIELD_POINT)
                assert_false(f->see & 1U << ROLE_ANALYST);
        }
}

static void a_bundle_over_the_limit_is_refused_unread(void **state)
{
    static uint8_t big[types_bundle_bytes_max + 1];
    const struct shape *s;
    struct arena a = {0};
    struct diags d = {0};

    (void)state;
    assert_int_equal(schema_compile_bundle((struct bytes){big, sizeof big}, &a,
                                           &d, &s, NULL),
                     RC_LIMIT);
    diags_free(&d);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_types_that_ship_with_the_product_compile),
        cmocka_unit_test(the_version_is_the_digest_of_the_bundle),
        cmocka_unit_test(field_0_of_every_type_is_deleted),
        cmocka_unit_test(every_field_has_purpose_retention_and_a_label),
        cmocka_unit_test(what_is_asked_at_the_door_has_a_question),
        cmocka_unit_test(the_most_restrictive_consent_is_the_highest),
        cmocka_unit_test(the_analyst_sees_no_text_and_no_place),
        cmocka_unit_test(a_bundle_over_the_limit_is_refused_unread),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
