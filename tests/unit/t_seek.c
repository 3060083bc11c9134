/* Which text may be looked through, and what is made of what somebody types
 * (sync/seek.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sync/seek.h"

static void only_free_text_that_reaches_nobody_is_looked_through(void **state)
{
    int kind, privacy, format;

    (void)state;
    for (kind = 0; kind < FIELD_KINDS_N; kind++)
        for (privacy = 0; privacy < PRIVACY_N; privacy++)
            for (format = 0; format < FORMATS_N; format++) {
                struct shape_field f = {.kind = (enum field_kind)kind,
                                        .privacy = (enum privacy)privacy,
                                        .format = (enum format)format,
                                        .see = 1U << ROLE_LEAD};
                struct shape_type t = {.see = 1U << ROLE_LEAD};
                bool text = kind == FIELD_PROSE ||
                            (kind == FIELD_TEXT && format == FORMAT_NONE);
                bool person =
                    privacy == PRIVACY_DIRECT || privacy == PRIVACY_SPECIAL;

                assert_int_equal(seek_field(&t, &f, ROLE_LEAD),
                                 text && !person);
                assert_false(seek_field(&t, &f, ROLE_WORKER));
                t.see |= 1U << ROLE_WORKER; /* of the type is not enough, */
                assert_false(seek_field(&t, &f, ROLE_WORKER));
                f.see |= 1U << ROLE_PRIVACY; /* nor of the field */
                assert_false(seek_field(&t, &f, ROLE_PRIVACY));
                t.apart = true;
                assert_false(seek_field(&t, &f, ROLE_LEAD));
            }
}

static void a_question_says_what_was_typed_and_no_more(void **state)
{
    static const struct {
        const char *typed, *scope, *question;
    } cases[] = {
        {"lamp", NULL, "text : (\"lamp\" *)"},
        {" lamp\thoek ", NULL, "text : (\"lamp\" \"hoek\" *)"},
        {"lamp", "a7", "scope : a7 AND text : (\"lamp\" *)"},
        {"\"natte stoep\" x", NULL, "text : (\"natte stoep\" \"x\")"},
        {"\"natte stoep", NULL, "text : (\"natte stoep\")"},
        {"a\"b\"c", NULL, "text : (\"a\" \"b\" \"c\")"},
        {"\"b\"cc", NULL, "text : (\"b\" \"cc\" *)"},
        {"lamp OR *", NULL, "text : (\"lamp\" \"OR\" *)"},
        {"é", NULL, "text : (\"é\")"},
        {"ok \xff\xfe", NULL, "text : (\"ok\" *)"},
        {"", NULL, NULL},
        {" \" - \"* ", "a7", NULL},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct buf out = buf_make(1000);

        assert_int_equal(
            seek_question(bytes_of(cases[i].typed), cases[i].scope, &out),
            cases[i].question != NULL);
        assert_string_equal(buf_text(&out),
                            cases[i].question == NULL ? "" : cases[i].question);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_free_text_that_reaches_nobody_is_looked_through),
        cmocka_unit_test(a_question_says_what_was_typed_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
