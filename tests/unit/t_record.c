/* A record as bytes: what is packed comes back, what is damaged is refused, and
 * two that differ anywhere are not the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/record.h"
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

static const struct origin by[] = {
    {1, 2, 3, 4, 5}, {1, 9, 3, 4, 5}, {8, 2, 3, 4, 5},
    {1, 2, 8, 4, 5}, {1, 2, 3, 9, 5}, {1, 2, 3, 4, 9},
};

static void put_head(struct record *r, unsigned field, const struct origin *o,
                     struct value value, struct value base, struct arena *mem)
{
    struct heads *h = &r->fields[field];
    struct head *p = arena_new(mem, (h->n + 1) * sizeof *p);

    if (h->n > 0)
        memcpy(p, h->p, h->n * sizeof *p);
    p[h->n++] = (struct head){o, value, base};
    h->p = p;
}

/* Fields of every kind of entry that a meta has. */
static struct record a_record(struct arena *mem)
{
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 7, mem);
    struct value none = value_null();
    size_t i;

    put_head(&r, FIELD_DELETED, &by[0], none, none, mem);
    put_head(&r, F_TITLE, &by[0], value_text("a lamp"), none, mem);
    put_head(&r, F_NOTE, &by[1], value_text("Dark."), value_text("D."), mem);
    for (i = 0; i < countof(by); i++)
        put_head(&r, F_STATUS, &by[i], value_int((int64_t)i), none, mem);
    r.fields[F_MADE_BY].emptied = 3;
    r.version = 12;
    return r;
}

static enum rc unpacked(struct record *back, struct bytes meta,
                        const struct record *r, struct arena *mem)
{
    struct value *columns = arena_new(mem, F_COUNT * sizeof *columns);
    size_t f;

    *back = record_new(&model_types[0], &r->id, r->area, mem);
    back->version = r->version;
    for (f = 0; f < F_COUNT; f++)
        if (r->fields[f].n == 1)
            columns[f] = r->fields[f].p[0].value;
    return record_unpack(back, meta, columns, mem, NULL);
}

static void heads_of_every_kind_come_back(void **state)
{
    struct arena *mem = *state;
    struct record r = a_record(mem), back;
    struct buf b = buf_make(1000);

    record_pack(&r, mem, &b);
    assert_int_equal(unpacked(&back, buf_view(&b), &r, mem), RC_OK);
    assert_true(record_eq(&r, &back));
    /* Who wrote several fields is named once. */
    assert_ptr_equal(back.fields[F_TITLE].p[0].by, back.fields[0].p[0].by);
    assert_ptr_equal(back.fields[F_STATUS].p[0].by, back.fields[0].p[0].by);
    assert_true(record_exists(&back));
    buf_free(&b);
}

static void a_meta_cut_anywhere_or_longer_is_refused(void **state)
{
    struct arena *mem = *state;
    struct record r = a_record(mem), back;
    struct buf b = buf_make(1000);
    struct bytes all;

    record_pack(&r, mem, &b);
    buf_put(&b, "", 1);
    for (all = buf_view(&b);; all.n--) {
        if (all.n != b.n - 1) {
            assert_int_equal(unpacked(&back, all, &r, mem), RC_CORRUPT);
            assert_false(record_exists(&back));
        }
        if (all.n == 0)
            break;
    }
    buf_free(&b);
}

static void an_unlawful_meta_is_refused(void **state)
{
#define META(bytes)             \
    {                           \
        bytes, sizeof bytes - 1 \
    }
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        META("\x00"),
        META("\x01"),
        META("\x04\x00\x00"),                 /* formats */
        META("\x01\x09\x01\x01\x01\x01\x01"), /* more origins than bytes */
        META("\x01\x00\x0b"),                 /* more fields than the type */
        META("\x01\x00\x01\x01"),             /* an origin that is not there */
        META("\x01\x00\x01\x04\x00"),         /* with a base */
        META("\x01\x00\x01\x06\x00\x00\x00"), /* in a list of heads */
        META("\x01\x01\x01\x01\x01\x01\x01\x01\x02"),     /* no heads at all */
        META("\x01\x01\x01\x01\x01\x01\x01\x01\x86\x08"), /* 257 of them */
        META("\x01\x01\x01\x01\x01\x01\x01\x01\x12\x00\x00\x00"),
        META("\x01\x01\x01\x01\x01\x01\x01\x01\x06\x00\x05\x00"), /* a value */
        META("\x01\x01\x01\x01\x01\x01\x01\x02\x00\x06\x00\x00\x00"), /* a sole
                                                                       */
        META("\x03\x41\x00\x00\x00"), /* 65 emptied */
        META("\x03\x02\x0a\x01\x01\x01\x00\x00"),
        META("\x03\x01\x0a\x01\x00\x00"), /* no such field */
    };
    struct arena *mem = *state;
    struct record r = a_record(mem), back;
    size_t i;

    for (i = 0; i < countof(bad); i++) {
        struct bytes meta = {(const uint8_t *)bad[i].bytes, bad[i].n};

        if (unpacked(&back, meta, &r, mem) != RC_CORRUPT)
            fail_msg("case %zu is read", i);
        assert_false(record_exists(&back));
    }
}

static void heads_are_ordered_by_clock_then_device_then_number(void **state)
{
    static const struct origin order[] = {
        {.clock = 1, .device = 9, .number = 9},
        {.clock = 2, .device = 1, .number = 8},
        {.clock = 2, .device = 1, .number = 9},
        {.clock = 2, .device = 2, .number = 1},
        {.clock = 3, .device = 1, .number = 1},
    };
    size_t i, j;

    (void)state;
    for (i = 0; i < countof(order); i++)
        for (j = 0; j < countof(order); j++) {
            int d = origin_cmp(&order[i], &order[j]);

            assert_int_equal(d < 0 ? -1 : d > 0, i < j ? -1 : i > j);
        }
}

static void any_one_difference_makes_another_record(void **state)
{
    struct arena *mem = *state;
    struct record r = a_record(mem), d[16];
    size_t i, n = 0;

    for (i = 0; i < countof(d); i++)
        d[i] = a_record(mem);
    assert_true(record_eq(&r, &d[n]));
    d[n++].type = &model_types[1];
    d[n++].id = some_id(2);
    d[n++].area++;
    d[n++].version++;
    d[n++].erased = true;
    d[n++].fields[F_STATUS].n--;
    d[n++].fields[F_MADE_BY].emptied++;
    d[n++].fields[F_TITLE].p[0].value = value_text("a bench");
    d[n++].fields[F_NOTE].p[0].base = value_text("W.");
    for (i = 1; i < countof(by); i++)
        d[n++].fields[F_TITLE].p[0].by = &by[i];
    for (i = 0; i < n; i++)
        if (record_eq(&r, &d[i]))
            fail_msg("difference %zu is not seen", i);
    assert_true(record_eq(&r, &d[n]));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(heads_of_every_kind_come_back),
        CASE(a_meta_cut_anywhere_or_longer_is_refused),
        CASE(an_unlawful_meta_is_refused),
        CASE(heads_are_ordered_by_clock_then_device_then_number),
        CASE(any_one_difference_makes_another_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
