/* Phone numbers and e-mail addresses, as people write them and as they are
 * kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/shape_text.h"

static struct shape_field a_text(enum format format)
{
    return (struct shape_field){.name = "f",
                                .label = {"Veld", "Field"},
                                .kind = FIELD_TEXT,
                                .format = format};
}

static const char *reads_as(enum format format, const char *typed,
                            struct arena *mem)
{
    struct shape_field f = a_text(format);
    struct value v;
    struct err err;

    if (shape_read(&f, bytes_of(typed), 0, LANG_EN, mem, &v, &err) != RC_OK)
        return "!";
    assert_int_equal(shape_check(&f, &v, LANG_EN, &err), RC_OK);
    return arena_text(mem, (const char *)v.as.text.p, v.as.text.n);
}

static void what_reaches_a_person_is_read_and_kept_in_one_form(void **state)
{
    static const struct {
        enum format format;
        const char *typed, *kept;
    } cases[] = {
        {FORMAT_PHONE, "06 1234 5678", "+31612345678"},
        {FORMAT_PHONE, "0031 (0)50-123 4567", "+31501234567"},
        {FORMAT_PHONE, "+31 6 12345678", "+31612345678"},
        {FORMAT_PHONE, "+4915112345678", "+4915112345678"},
        {FORMAT_PHONE, "12345", "!"},
        {FORMAT_PHONE, "06 1234 567", "!"},
        {FORMAT_PHONE, "+0612345678", "!"},
        {FORMAT_PHONE, "06 1234 567a", "!"},
        {FORMAT_PHONE, "+1234567890123456", "!"},
        {FORMAT_EMAIL, "a.b+c@example.nl", "a.b+c@example.nl"},
        {FORMAT_EMAIL, "a@b-c.example.nl", "a@b-c.example.nl"},
        {FORMAT_EMAIL, "a@example", "!"},
        {FORMAT_EMAIL, "@example.nl", "!"},
        {FORMAT_EMAIL, "a..b@example.nl", "!"},
        {FORMAT_EMAIL, "a@-b.nl", "!"},
        {FORMAT_EMAIL, "a@b.nl.", "!"},
        {FORMAT_EMAIL, "a b@c.nl", "!"},
        {FORMAT_EMAIL, "a@b@c.nl", "!"},
    };
    struct shape_field f = a_text(FORMAT_PHONE);
    struct value v = value_text("06 1234 5678");
    struct arena mem = {0};
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++)
        assert_string_equal(reads_as(cases[i].format, cases[i].typed, &mem),
                            cases[i].kept);
    /* From outside only in the form that is kept. */
    assert_int_equal(shape_check(&f, &v, LANG_EN, NULL), RC_INVALID);
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_reaches_a_person_is_read_and_kept_in_one_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
