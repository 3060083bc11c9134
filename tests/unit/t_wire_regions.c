/* The neighbourhoods of a town as a message: there and back, and not lawful. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/where_stage.h"

static enum rc sent(const struct message *m, struct arena *mem,
                    struct message *back)
{
    struct buf b = buf_make(message_bytes_max);
    enum rc rc;

    wire_put(&b, m);
    assert_false(b.full);
    rc = wire_get(arena_bytes(mem, buf_view(&b)), NULL, mem, back, NULL);
    buf_free(&b);
    return rc;
}

static struct message back_from(const struct message *m, struct arena *mem)
{
    struct message back;

    assert_int_equal(sent(m, mem, &back), RC_OK);
    return back;
}

static void a_welcome_names_their_version_or_none(void **state)
{
    struct message m = {
        .kind = MESSAGE_WELCOME,
        .as.welcome = {.token = bytes_of("t"), .regions = bytes_of("55-3")}};
    struct arena mem = {0};

    (void)state;
    assert_true(
        bytes_eq(back_from(&m, &mem).as.welcome.regions, bytes_of("55-3")));
    m.as.welcome.regions.n = 0;
    assert_int_equal(back_from(&m, &mem).as.welcome.regions.n, 0);
    arena_free(&mem);
}

static void neighbourhoods_come_back_as_they_were(void **state)
{
    struct arena mem = {0};
    struct message told = told_squares("55-3", 2022, 3, &mem);
    struct message none = told_squares("55-4", 2022, 0, &mem);
    struct message m = back_from(&told, &mem);
    size_t i;

    (void)state;
    assert_int_equal(m.kind, MESSAGE_REGIONS);
    assert_true(bytes_eq(m.as.regions.version, bytes_of("55-3")));
    assert_int_equal(m.as.regions.regions_n, 3);
    for (i = 0; i < 3; i++) {
        const struct region_told *a = &told.as.regions.regions[i];
        const struct region_told *b = &m.as.regions.regions[i];

        assert_true(bytes_eq(a->code, b->code));
        assert_true(bytes_eq(a->name, b->name));
        assert_true(bytes_eq(a->outline, b->outline));
    }
    m = back_from(&none, &mem);
    assert_int_equal(m.as.regions.regions_n, 0);
    arena_free(&mem);
}

static void neighbourhoods_are_what_a_record_can_hold(void **state)
{
    static const char *const codes[] = {"BU00010001",
                                        "2022WK00010001",
                                        "2022BU0001000",
                                        "2022BU0001000x",
                                        "2022BU00010000", /* once more */
                                        "2021BU00010001" /* out of order */,
                                        "2022BU00010002"};
    struct arena mem = {0};
    struct message back, m = told_squares("1", 2022, 2, &mem);
    struct region_told p[2] = {m.as.regions.regions[0],
                               m.as.regions.regions[1]};
    size_t i;

    (void)state;
    m.as.regions.regions = p;
    for (i = 0; i < countof(codes); i++) {
        p[1].code = bytes_of(codes[i]);
        assert_int_equal(sent(&m, &mem, &back),
                         i + 1 < countof(codes) ? RC_CORRUPT : RC_OK);
    }
    p[1].name.n = 0;
    assert_int_equal(sent(&m, &mem, &back), RC_CORRUPT);
    p[1].name = bytes_of("Zuid");
    assert_int_equal(sent(&m, &mem, &back), RC_OK);
    p[1].outline.n--;
    assert_int_equal(sent(&m, &mem, &back), RC_CORRUPT);
    p[1].outline.n = 0;
    assert_int_equal(sent(&m, &mem, &back), RC_CORRUPT);
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_welcome_names_their_version_or_none),
        cmocka_unit_test(neighbourhoods_come_back_as_they_were),
        cmocka_unit_test(neighbourhoods_are_what_a_record_can_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
