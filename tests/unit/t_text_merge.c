#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "sync/sentence.h"
#include "sync/text_merge.h"

static bool merged(const char *b, const char *o, const char *t,
                   const char *want)
{
    struct arena mem = {0};
    struct bytes out;
    bool overlap;

    text_merge(bytes_of(b), bytes_of(o), bytes_of(t), &mem, &out, &overlap);
    if (!bytes_eq(out, bytes_of(want)))
        fail_msg("\"%.*s\", not \"%s\"", (int)out.n, (const char *)out.p, want);
    arena_free(&mem);
    return overlap;
}

static void neighbours_do_not_disturb_each_other(void **state)
{
    (void)state;
    assert_false(
        merged("Aa. Bb. Cc.", "Ax. Bb. Cc.", "Aa. By. Cc.", "Ax. By. Cc."));
    assert_false(merged("Aa. Bb.", "Aa. Bb. Cc.", "Bb.", "Bb. Cc."));
    assert_false(merged("Een.\nTwee.\n", "Een.\nTwee!\n", "Een!\nTwee.\n",
                        "Een!\nTwee!\n"));
}

static void a_sentence_rewritten_twice_stands_twice(void **state)
{
    (void)state;
    assert_true(merged("Ja. Nee.", "Jawel. Nee.", "Jazeker. Nee.",
                       "Jawel. Jazeker. Nee."));
    assert_true(merged("Ja. Nee.", "Nee.", "Jazeker. Nee.", "Jazeker. Nee."));
    assert_false(merged("", "Ik zag licht", "Niemand thuis.",
                        "Ik zag licht\nNiemand thuis."));
    assert_false(merged("", "Een. Twee.", "Twee. Drie.", "Een. Twee. Drie."));
}

static void sentences_stay_apart_whatever_parted_them(void **state)
{
    (void)state;
    assert_false(merged("Een\rTwee\r", "Een\rTwee\rDrie", "Nul\rTwee\r",
                        "Nul\rTwee\rDrie"));
    assert_false(merged("Een Twee.", "Een Twee. Drie.", "Nul\u2028Een Twee.",
                        "Nul\nEen Twee. Drie."));
    assert_false(merged("Een\nTwee", "Een\nTwee\nDrie", "Een", "Een\nDrie"));
}

static uint32_t seed = 1;
static uint32_t dice(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % n;
}

static const char *const words[] = {
    "Ja.",  "Nee!",         "Dhr. Xi belde om 12.30.",  "Bijv. nr. 12?",
    "open", "\u597d\u3002", "\u0646\u0639\u0645\u061f", "Koffie o.a. thee.",
};
static const char *const gaps[] = {" ", "\n", "  ", "\r\n- "};

static const char *some_note(struct arena *mem)
{
    const char *s = "";
    uint32_t n = dice(6);

    while (n--)
        s = arena_printf(mem, "%s%s%s", s, *s ? gaps[dice(countof(gaps))] : "",
                         words[dice(countof(words))]);
    return s;
}

static size_t count(const struct sentences *s, struct bytes text)
{
    size_t i, n = 0;

    for (i = 0; i < s->n; i++)
        n += bytes_eq(s->p[i].text, text);
    return n;
}

static void laws_hold_for_any_three_notes(void **state)
{
    int round;

    (void)state;
    for (round = 0; round < 5000; round++) {
        struct arena mem = {0};
        struct bytes b = bytes_of(some_note(&mem)),
                     o = bytes_of(some_note(&mem)),
                     t = bytes_of(some_note(&mem)), ot, to;
        struct sentences sb, so, st, sm;
        bool over, swapped;
        size_t i;

        text_merge(b, o, t, &mem, &ot, &over);
        text_merge(b, t, o, &mem, &to, &swapped);
        assert_int_equal(over, swapped);
        sb = sentence_split(b, &mem);
        so = sentence_split(o, &mem);
        st = sentence_split(t, &mem);
        sm = sentence_split(ot, &mem);
        for (i = 0; i < sm.n; i++)
            assert_true(count(&so, sm.p[i].text) + count(&st, sm.p[i].text));
        for (i = 0; i < sb.n; i++)
            if (count(&so, sb.p[i].text) >= count(&sb, sb.p[i].text) &&
                count(&st, sb.p[i].text) >= count(&sb, sb.p[i].text))
                assert_true(count(&sm, sb.p[i].text));
        for (i = 0; i < so.n; i++)
            if (!count(&sb, so.p[i].text))
                assert_true(count(&sm, so.p[i].text));
        for (i = 0; i < st.n; i++)
            if (!count(&sb, st.p[i].text))
                assert_true(count(&sm, st.p[i].text));
        text_merge(b, o, b, &mem, &ot, &over);
        assert_true(bytes_eq(ot, o) && !over);
        text_merge(b, t, t, &mem, &ot, &over);
        assert_true(bytes_eq(ot, t) && !over);
        arena_free(&mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_do_not_disturb_each_other),
        cmocka_unit_test(a_sentence_rewritten_twice_stands_twice),
        cmocka_unit_test(sentences_stay_apart_whatever_parted_them),
        cmocka_unit_test(laws_hold_for_any_three_notes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
