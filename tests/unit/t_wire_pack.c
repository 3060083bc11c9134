/* The elements of a message, one by one: what each reader takes, and what makes
 * it bad for good. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "sync/limits.h"
#include "sync/wire.h"
#include "sync/wire_pack.h"
#include "tests/unit/model.h"

enum reader {
    READ_U64, /* at most 1000 */
    READ_I64,
    READ_BOOL,
    READ_TEXT, /* at most 3 bytes */
    READ_BIN,
    READ_ID,
    READ_ARRAY, /* at most 2 */
    READ_VALUE,
    READERS_N
};

static void read_as(enum reader how, struct wire_reader *r, struct arena *mem)
{
    switch (how) {
    case READ_U64: (void)wire_take_u64(r, 1000); break;
    case READ_I64: (void)wire_take_i64(r); break;
    case READ_BOOL: (void)wire_take_bool(r); break;
    case READ_TEXT: (void)wire_take_text(r, 3); break;
    case READ_BIN: (void)wire_take_bin(r); break;
    case READ_ID: (void)wire_take_id(r); break;
    case READ_ARRAY: (void)wire_take_array(r, 2); break;
    case READ_VALUE: (void)wire_take_value(r, mem); break;
    case READERS_N: break;
    }
}

#define ID16       "0123456789abcdef"
#define BY(reader) (1U << READ_##reader)
#define ELEMENT(bytes, readers)          \
    {                                    \
        bytes, sizeof bytes - 1, readers \
    }
static const struct {
    const char *bytes;
    size_t n;
    unsigned readers; /* those that take it */
} elements[] = {
    ELEMENT("\xc0", BY(VALUE)),                             /* nil */
    ELEMENT("\xc3", BY(BOOL)),                              /* true */
    ELEMENT("\x07", BY(U64) | BY(I64) | BY(VALUE)),         /* 7 */
    ELEMENT("\xcd\x03\xe8", BY(U64) | BY(I64) | BY(VALUE)), /* 1000 */
    ELEMENT("\xcd\x03\xe9", BY(I64) | BY(VALUE)),
    ELEMENT("\xff", BY(I64) | BY(VALUE)), /* -1 */
    ELEMENT("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", BY(I64) | BY(VALUE)),
    ELEMENT("\xcf\x80\x00\x00\x00\x00\x00\x00\x00", 0),
    ELEMENT("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00", 0), /* 1.0 */
    ELEMENT("\xa0", BY(TEXT)),                          /* no value is empty */
    ELEMENT("\xa3pit", BY(TEXT) | BY(VALUE)),
    ELEMENT("\xa4pits", BY(VALUE)),
    ELEMENT("\xa3p\0t", 0),
    ELEMENT("\xa3p\xfft", 0),
    ELEMENT("\xc4\x00", BY(BIN)),
    ELEMENT("\xc4\x10" ID16, BY(BIN) | BY(ID) | BY(VALUE)),
    ELEMENT("\xc4\x11" ID16 "g", BY(BIN)),
    ELEMENT("\x90", BY(ARRAY)),
    ELEMENT("\x91\xa1p", BY(ARRAY) | BY(VALUE)),
    ELEMENT("\x92\xa1p\xa1q", BY(ARRAY) | BY(VALUE)),
    ELEMENT("\x92\xa1p\xa1p", BY(ARRAY)), /* a member twice */
    ELEMENT("\x92\xa1q\xa1p", BY(ARRAY)),
    ELEMENT("\x92\xa1p\x07", BY(ARRAY)),
    ELEMENT("\x91\xa0", BY(ARRAY)),
    ELEMENT("\x93\xa1p\xa1q\xa1r", BY(VALUE)),
    ELEMENT("\x81\x01\x02", 0), /* a map */
    ELEMENT("", 0),             /* none left */
};

static void every_reader_takes_its_kind_and_no_other(void **state)
{
    struct arena mem = {0};
    size_t i;
    int how;

    (void)state;
    for (i = 0; i < countof(elements); i++)
        for (how = 0; how < READERS_N; how++) {
            uint8_t in[64] = {0x91}; /* an array of one, or of none */
            struct wire_message m;
            bool takes = (elements[i].readers >> how & 1) != 0;

            memcpy(in + 1, elements[i].bytes, elements[i].n);
            in[0] = elements[i].n > 0 ? 0x91 : 0x90;
            assert_true(
                wire_message_open(&m, (struct bytes){in, elements[i].n + 1}));
            read_as((enum reader)how, &m.r, &mem);
            if (m.r.bad == takes || (takes && m.r.n != 0))
                fail_msg("element %zu, reader %d", i, how);
            if (!takes) { /* and so is all after it */
                read_as((enum reader)how, &m.r, &mem);
                assert_true(m.r.bad);
            }
            wire_message_close(&m);
        }
    arena_free(&mem);
}

static void a_set_larger_than_any_is_refused(void **state)
{
    struct buf b = buf_make(1000);
    struct arena mem = {0};
    struct wire_message m;
    size_t most, i;

    (void)state;
    for (most = set_members_max; most <= set_members_max + 1; most++) {
        buf_clear(&b);
        wire_pack_array(&b, 1);
        wire_pack_array(&b, most);
        for (i = 0; i < most; i++)
            wire_pack_text(&b, bytes_of(arena_printf(&mem, "%03zu", i)));
        assert_true(wire_message_open(&m, buf_view(&b)));
        (void)wire_take_value(&m.r, &mem);
        assert_int_equal(m.r.bad, most > set_members_max);
        wire_message_close(&m);
    }
    buf_free(&b);
    arena_free(&mem);
}

static void what_is_no_array_is_no_message(void **state)
{
    static const char *const none[] = {"\x01", "\xa1p",        "\x81\x01\x02",
                                       "\x91", "\x91\x01\x01", ""};
    uint8_t *large = mem_new(message_bytes_max + 1);
    struct wire_message m;
    size_t i;

    (void)state;
    for (i = 0; i < countof(none); i++) {
        assert_false(wire_message_open(&m, bytes_of(none[i])));
        assert_true(m.r.bad);
        wire_message_close(&m);
    }
    /* [bin of all the rest] */
    memcpy(large, "\x91\xc6\x00\x3f\xff\xfa", 6);
    assert_true(
        wire_message_open(&m, (struct bytes){large, message_bytes_max}));
    wire_message_close(&m);
    large[5]++;
    assert_false(
        wire_message_open(&m, (struct bytes){large, message_bytes_max + 1}));
    wire_message_close(&m);
    free(large);
}

/* -- the head of a message ---------------------------------------------- */

static enum rc got(struct bytes in, const struct shape *shape, const char *says)
{
    struct arena mem = {0};
    struct message m;
    struct err err = {.text = ""};
    enum rc rc = wire_get(in, shape, &mem, &m, &err);

    if (rc != RC_OK)
        assert_non_null(strstr(err.text, says));
    arena_free(&mem);
    return rc;
}

static void the_head_of_a_message_says_what_may_be_read(void **state)
{
    static const struct {
        const char *in, *says;
        enum rc rc;
    } cases[] = {
        {"\x94\x01\x05\x02\x07", "", RC_OK},
        {"\x94\x02\x05\x02\x07", "version 2", RC_OUTDATED},
        {"\x94\xa1v\x05\x02\x07", "no message", RC_CORRUPT},
        {"\x94\x01\x7f\x02\x07", "no message", RC_CORRUPT},
        {"\x92\x01\xc0", "no message", RC_CORRUPT},
        {"\x91\x01", "no message", RC_CORRUPT},
        {"\x94\x01\x05\x02\xff", "damaged", RC_CORRUPT},
        {"\x95\x01\x05\x02\x07\x07", "damaged", RC_CORRUPT},
        {"\x93\x01\x05\x02", "damaged", RC_CORRUPT},
        {"\x94\x01\x05\x02", "cut", RC_CORRUPT},
        {"\x92\x01\x03", "not due", RC_INVALID}, /* without a shape */
        {"\x92\x01\x06", "not due", RC_INVALID},
    };
    static const uint8_t zero[] = {0x92, 1, 0};
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++)
        assert_int_equal(got(bytes_of(cases[i].in), NULL, cases[i].says),
                         cases[i].rc);
    assert_int_equal(got((struct bytes){zero, 3}, NULL, "no message"),
                     RC_CORRUPT);
}

static void a_message_over_the_limit_is_not_looked_at(void **state)
{
    uint8_t *large = mem_new(message_bytes_max + 1);

    (void)state;
    assert_int_equal(got((struct bytes){large, message_bytes_max + 1}, &model,
                         "at most 4194304"),
                     RC_LIMIT);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_takes_its_kind_and_no_other),
        cmocka_unit_test(a_set_larger_than_any_is_refused),
        cmocka_unit_test(what_is_no_array_is_no_message),
        cmocka_unit_test(the_head_of_a_message_says_what_may_be_read),
        cmocka_unit_test(a_message_over_the_limit_is_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
