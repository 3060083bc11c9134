/* The ground that everything stands on: faults, buffers, arenas, varints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "sync/base/err.h"
#include "sync/base/mem.h"
#include "sync/base/pack.h"
#include "sync/base/utf8.h"
#include "tests/unit/dice.h"

/* -- faults ------------------------------------------------------------- */

static void a_long_message_ends_in_a_whole_character(void **state)
{
    static const char *const letters[] = {"a", "\xc3\xab", "\xe2\x82\xac",
                                          "\xf0\x9f\x8c\xb3"};
    char text[2 * ERR_TEXT_BYTES];
    struct err err;
    size_t i, before, n, length = 0;

    (void)state;
    for (i = 0; i < countof(letters); i++)
        for (before = 0; before < 4; before++) {
            size_t wide = strlen(letters[i]);

            memset(text, '-', before);
            for (n = before; n + wide < sizeof text; n += wide)
                memcpy(text + n, letters[i], wide);
            text[n] = '\0';
            err_set(&err, RC_INVALID, "%s", text);
            length = strlen(err.text);
            assert_true(utf8_valid(bytes_of(err.text)));
            assert_memory_equal(err.text, text, length);
            assert_in_range(length, ERR_TEXT_BYTES - wide, ERR_TEXT_BYTES - 1);
            err_wrap(&err, RC_INVALID, "reading");
            assert_true(utf8_valid(bytes_of(err.text)));
            assert_memory_equal(err.text, "reading: ", 9);
        }
}

static void a_message_that_was_no_text_is_left_as_it_is(void **state)
{
    char text[ERR_TEXT_BYTES];
    struct err err;

    (void)state;
    memset(text, 0x80, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    err_set(&err, RC_INVALID, "%s", text);
    assert_string_equal(err.text, text);
}

static void who_wants_no_message_still_gets_the_code(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, RC_LIMIT, "%d", 1), RC_LIMIT);
    assert_int_equal(err_wrap(NULL, RC_LIMIT, "%d", 1), RC_LIMIT);
}

static void every_code_is_found_by_its_word(void **state)
{
    enum rc codes[] = {
#define X(name, word, text, retry) RC_##name,
        RC_LIST(X)
#undef X
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(codes); i++)
        assert_int_equal(rc_of_word(rc_word(codes[i])), codes[i]);
    assert_int_equal(rc_of_word("teapot"), RC_OK);
}

/* -- buffers ------------------------------------------------------------ */

static void a_full_buffer_takes_nothing_more(void **state)
{
    struct buf b = buf_make(10);

    (void)state;
    buf_puts(&b, "12345");
    buf_printf(&b, "%s", "678901");
    assert_true(b.full);
    assert_string_equal(buf_text(&b), "12345");
    buf_puts(&b, "6"); /* there would be room */
    buf_printf(&b, "%d", 6);
    assert_string_equal(buf_text(&b), "12345");
    buf_clear(&b);
    buf_puts(&b, "1234567890");
    assert_false(b.full);
    assert_string_equal(buf_text(&b), "1234567890");
    buf_free(&b);
}

static void a_buffer_holds_what_was_put_in_it_however_it_grew(void **state)
{
    struct buf b = buf_make(5000);
    struct dice d = {5};
    uint8_t all[5000];
    size_t n = 0, i;

    (void)state;
    for (i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)roll(&d, 256);
    while (n < sizeof all) {
        size_t more = (size_t)roll(&d, 200);

        more = more < sizeof all - n ? more : sizeof all - n;
        buf_put(&b, all + n, more);
        n += more;
    }
    assert_false(b.full);
    assert_int_equal(b.n, sizeof all);
    assert_memory_equal(b.p, all, sizeof all);
    buf_free(&b);
}

static void bytes_are_ordered_as_in_a_dictionary(void **state)
{
    static const char *const words[] = {"", "a", "aa", "ab", "b"};
    size_t i, j;

    (void)state;
    for (i = 0; i < countof(words); i++)
        for (j = 0; j < countof(words); j++) {
            int d = bytes_cmp(bytes_of(words[i]), bytes_of(words[j]));

            assert_int_equal(d < 0 ? -1 : d > 0, i < j ? -1 : i > j);
            assert_int_equal(bytes_eq(bytes_of(words[i]), bytes_of(words[j])),
                             i == j);
        }
}

/* -- memory ------------------------------------------------------------- */

static bool all_zero(const uint8_t *p, size_t n)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    return n == 0;
}

static void an_arena_gives_zeroes_that_nobody_else_has(void **state)
{
    static const size_t sizes[] = {0, 1, 17, 4000, 16 * 1024, 40000, 3};
    struct arena a = {0};
    uint8_t *p[countof(sizes)];
    size_t i, j, round;

    (void)state;
    arena_reset(&a); /* nothing in it */
    for (round = 0; round < 6; round++) {
        for (i = 0; i < countof(sizes); i++) {
            p[i] = arena_new(&a, sizes[i]);
            assert_int_equal((uintptr_t)p[i] % 16, 0);
            assert_true(all_zero(p[i], sizes[i]));
            memset(p[i], (int)i + 1, sizes[i]);
        }
        for (i = 0; i < countof(sizes); i++)
            for (j = 0; j < sizes[i]; j++)
                assert_int_equal(p[i][j], i + 1);
        if (round % 2 == 0)
            arena_reset(&a);
    }
    arena_free(&a);
    arena_new(&a, 40000); /* the only block, and too large to keep */
    arena_reset(&a);
    assert_null(a.head);
}

static void nothing_is_memory_too(void **state)
{
    void *p = mem_new(0);

    (void)state;
    assert_non_null(p);
    free(p);
}

/* -- varints ------------------------------------------------------------ */

static void numbers_come_back_and_take_no_more_than_they_need(void **state)
{
    struct buf b = buf_make(100);
    unsigned bit;

    (void)state;
    for (bit = 0; bit < 64; bit++) {
        uint64_t v = UINT64_MAX >> bit;
        struct unpack u;

        buf_clear(&b);
        pack_u64(&b, v);
        pack_i64(&b, (int64_t)v);
        pack_i64(&b, -(int64_t)(v >> 1));
        u = (struct unpack){.in = buf_view(&b)};
        assert_true(unpack_u64(&u, v) == v);
        assert_int_equal(u.in.p - b.p, (64 - bit + 6) / 7);
        assert_true(unpack_i64(&u) == (int64_t)v);
        assert_true(unpack_i64(&u) == -(int64_t)(v >> 1));
        assert_false(u.bad);
        assert_int_equal(u.in.n, 0);
        u = (struct unpack){.in = buf_view(&b)};
        (void)unpack_u64(&u, v - 1);
        assert_true(u.bad);
    }
    buf_free(&b);
}

static void a_damaged_number_is_bad_and_so_is_all_after_it(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {"", 0},
        {"\x80", 1},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10}, /* 65 bits */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x80\x01", 11},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(bad); i++) {
        struct unpack u = {
            .in = {(const uint8_t *)bad[i].bytes, bad[i].n},
        };

        assert_true(unpack_u64(&u, UINT64_MAX) == 0);
        assert_true(u.bad);
        u.in = bytes_of("\x01\x01");
        assert_true(unpack_u64(&u, UINT64_MAX) == 0);
        assert_int_equal(unpack_raw(&u, 1).n, 0);
        assert_true(u.bad);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_message_ends_in_a_whole_character),
        cmocka_unit_test(a_message_that_was_no_text_is_left_as_it_is),
        cmocka_unit_test(who_wants_no_message_still_gets_the_code),
        cmocka_unit_test(every_code_is_found_by_its_word),
        cmocka_unit_test(a_full_buffer_takes_nothing_more),
        cmocka_unit_test(a_buffer_holds_what_was_put_in_it_however_it_grew),
        cmocka_unit_test(bytes_are_ordered_as_in_a_dictionary),
        cmocka_unit_test(an_arena_gives_zeroes_that_nobody_else_has),
        cmocka_unit_test(nothing_is_memory_too),
        cmocka_unit_test(numbers_come_back_and_take_no_more_than_they_need),
        cmocka_unit_test(a_damaged_number_is_bad_and_so_is_all_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
