/* Values and the writes of one save: what is lawful, what is the same, what
 * comes back from bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sync/changeset.h"
#include "sync/limits.h"
#include "tests/unit/model.h"

static int set_up(void **state)
{
    *state = mem_new(sizeof(struct arena));
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    free(*state);
    return 0;
}

static struct value long_text(struct arena *mem, size_t n)
{
    uint8_t *p = arena_new(mem, n);

    memset(p, 'a', n);
    return value_bytes((struct bytes){p, n});
}

static struct value large_set(struct arena *mem, size_t n)
{
    struct bytes *p = arena_new(mem, n * sizeof *p);
    size_t i;

    for (i = 0; i < n; i++)
        p[i] = bytes_of(arena_printf(mem, "%03zu", i));
    return value_set(p, n);
}

/* -- values ------------------------------------------------------------- */

static void values_have_one_order(void **state)
{
    struct arena *mem = *state;
    struct id a = some_id(1), b = some_id(2);
    const struct value v[] = {
        value_null(),      value_int(INT64_MIN),  value_int(-1),
        value_int(0),      value_int(INT64_MAX),  value_text("a"),
        value_text("aa"),  value_text("b"),       value_id(&a),
        value_id(&b),      words(mem, "a"),       words(mem, "a b"),
        words(mem, "a c"), words(mem, "a c d e"), words(mem, "b"),
    };
    size_t i, j;

    for (i = 0; i < countof(v); i++)
        for (j = 0; j < countof(v); j++) {
            int d = value_cmp(&v[i], &v[j]);

            assert_int_equal(d < 0 ? -1 : d > 0, i < j ? -1 : i > j);
            assert_int_equal(value_eq(&v[i], &v[j]), i == j);
        }
}

static void a_set_is_in_order_and_has_no_member_twice(void **state)
{
    struct arena *mem = *state;
    struct value once = words(mem, "green night safety");
    struct value twice = words(mem, "safety green safety night green");

    assert_true(value_eq(&once, &twice));
    assert_int_equal(words(mem, "").kind, VALUE_NULL);
    assert_true(value_has(&once, bytes_of("night")));
    assert_false(value_has(&once, bytes_of("nigh")));
    once = value_text("night");
    assert_false(value_has(&once, bytes_of("night")));
}

static void damaged_values_are_bad(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {"", 0},
        {"\x05", 1}, /* no such kind */
        {"\x01", 1}, /* a number that is not there */
        {"\x02\x02\x61", 3},
        {"\x03\x01\x02", 3},
        {"\x04", 1},
        {"\x04\x00", 2}, /* an empty set is nothing */
        {"\x04\x7f\x01\x61", 4},
        {"\x04\x02\x01\x61", 4},
    };
    size_t i;

    for (i = 0; i < countof(bad); i++) {
        struct unpack u = {
            .in = {(const uint8_t *)bad[i].bytes, bad[i].n},
        };

        (void)value_unpack(&u, *state);
        if (!u.bad)
            fail_msg("case %zu is read", i);
    }
}

/* -- changesets --------------------------------------------------------- */

static struct changeset of_writes(const struct write *w, size_t n)
{
    return (struct changeset){.device = 1,
                              .number = 2,
                              .clock = 3,
                              .area = 4,
                              .type = &model_types[0],
                              .record = some_id(5),
                              .base_version = 6,
                              .writes = w,
                              .writes_n = n};
}

static void expect(enum rc rc, const char *words, const struct changeset *c)
{
    struct err err = {.text = ""};

    assert_int_equal(changeset_check(c, &err), rc);
    assert_non_null(strstr(err.text, words));
}

static void an_unlawful_changeset_is_refused_with_its_field(void **state)
{
    struct arena *mem = *state;
    struct id id = some_id(9);
    struct value set = words(mem, "green"), none = value_null();
    const struct {
        enum rc rc;
        const char *words;
        struct write w;
    } cases[] = {
        {RC_OK, "", {F_TITLE, value_text("a"), none}},
        {RC_OK, "", {F_TITLE, none, none}},
        {RC_OK, "", {F_CONSENT, value_int(1), none}},
        {RC_OK, "", {F_AMOUNT, value_int(1), none}},
        {RC_OK, "", {F_ABOUT, value_id(&id), none}},
        {RC_OK, "", {F_THEMES, large_set(mem, set_members_max), set}},
        {RC_OK, "", {F_NOTE, long_text(mem, value_bytes_max - 5), none}},
        {RC_INVALID, "no field number 10", {F_COUNT, none, none}},
        {RC_INVALID, "title", {F_TITLE, value_int(1), none}},
        {RC_INVALID, "consent", {F_CONSENT, value_text("1"), none}},
        {RC_INVALID, "amount", {F_AMOUNT, value_id(&id), none}},
        {RC_INVALID, "about", {F_ABOUT, value_text("it"), none}},
        {RC_INVALID, "themes", {F_THEMES, value_text("green"), none}},
        {RC_INVALID, "severity", {F_SEVERITY, set, none}},
        {RC_INVALID, "themes", {F_THEMES, set, value_text("green")}},
        {RC_LIMIT,
         "themes: a set of 65",
         {F_THEMES, large_set(mem, set_members_max + 1), none}},
        {RC_LIMIT, "note", {F_NOTE, long_text(mem, value_bytes_max - 4), none}},
    };
    struct write twice[2] = {cases[0].w, cases[0].w};
    struct changeset c;
    size_t i;

    for (i = 0; i < countof(cases); i++) {
        c = of_writes(&cases[i].w, 1);
        expect(cases[i].rc, cases[i].words, &c);
    }
    c = of_writes(twice, 2);
    expect(RC_INVALID, "title is written twice", &c);
    c = of_writes(twice, 0);
    expect(RC_INVALID, "without a write", &c);
    c = of_writes(twice, 1);
    c.record = (struct id){0};
    expect(RC_INVALID, "without a record", &c);
}

static void any_one_difference_makes_another_changeset(void **state)
{
    struct write w[] = {{F_TITLE, value_text("a"), value_null()},
                        {F_NOTE, value_text("b"), value_text("c")}};
    struct write other[3][2];
    struct changeset c = of_writes(w, 2), d[12];
    size_t i;

    for (i = 0; i < countof(d); i++)
        d[i] = changeset_copy(&c, *state);
    assert_true(changeset_eq(&c, &d[0]));
    d[0].device++;
    d[1].number++;
    d[2].clock++;
    d[3].area++;
    d[4].type = &model_types[1];
    d[5].record = some_id(6);
    d[6].base_version++;
    d[7].writes_n--;
    for (i = 0; i < countof(other); i++) {
        memcpy(other[i], w, sizeof w);
        d[8 + i].writes = other[i];
    }
    other[0][1].field = F_STATUS;
    other[1][1].value = value_text("B");
    other[2][1].base = value_text("C");
    for (i = 0; i < 11; i++)
        if (changeset_eq(&c, &d[i]))
            fail_msg("difference %zu is not seen", i);
    assert_true(changeset_eq(&c, &d[11]));
}

static void damaged_writes_are_refused_whole(void **state)
{
    struct write w[] = {{F_TITLE, value_text("a"), value_null()},
                        {F_NOTE, value_text("b"), value_text("c")}};
    struct changeset c = of_writes(w, 2), back = of_writes(NULL, 0);
    struct buf b = buf_make(100);
    struct bytes all;
    struct err err;

    writes_pack(&c, &b);
    assert_int_equal(writes_unpack(&back, buf_view(&b), *state, &err), RC_OK);
    assert_true(changeset_eq(&c, &back));
    back = of_writes(NULL, 0);
    buf_put(&b, "", 1); /* left over */
    assert_int_equal(writes_unpack(&back, buf_view(&b), *state, &err),
                     RC_CORRUPT);
    assert_non_null(strstr(err.text, "signal"));
    for (all = (struct bytes){b.p, b.n - 2}; all.n > 0; all.n--)
        assert_int_equal(writes_unpack(&back, all, *state, NULL), RC_CORRUPT);
    assert_int_equal(back.writes_n, 0);
    buf_free(&b);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(values_have_one_order),
        CASE(a_set_is_in_order_and_has_no_member_twice),
        CASE(damaged_values_are_bad),
        CASE(an_unlawful_changeset_is_refused_with_its_field),
        CASE(any_one_difference_makes_another_changeset),
        CASE(damaged_writes_are_refused_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
