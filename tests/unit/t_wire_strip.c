/* A batch that loses what was written to some records or fields, and nothing
 * else; and what is no batch, read or stripped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/limits.h"
#include "sync/wire.h"
#include "sync/wire_pack.h"
#include "sync/wire_strip.h"
#include "tests/unit/model.h"

/* [1, 3, 7, 2, 11, "t", names, changesets], up to its last two elements. */
static struct buf head(void)
{
    struct buf b = buf_make(10000);

    wire_pack_array(&b, 8);
    wire_pack_u64(&b, 1);
    wire_pack_u64(&b, MESSAGE_BATCH);
    wire_pack_u64(&b, 7);
    wire_pack_u64(&b, 2);
    wire_pack_u64(&b, 11);
    wire_pack_text(&b, bytes_of("t"));
    return b;
}

/* [["signal", ["title", "note"]]] */
static void put_names(struct buf *b)
{
    wire_pack_array(b, 1);
    wire_pack_array(b, 2);
    wire_pack_text(b, bytes_of("signal"));
    wire_pack_array(b, 2);
    wire_pack_text(b, bytes_of("title"));
    wire_pack_text(b, bytes_of("note"));
}

/* [clock, type, record, base_version, …], `n` elements in all. */
static void put_changeset(struct buf *b, size_t n, uint64_t type, unsigned id)
{
    struct id record = some_id(id);

    wire_pack_array(b, n);
    wire_pack_i64(b, 5);
    wire_pack_u64(b, type);
    wire_pack_bin(b, id_bytes(&record));
    wire_pack_u64(b, 9);
}

static void put_write(struct buf *b, uint64_t place, const char *text)
{
    wire_pack_u64(b, 2 * place);
    wire_pack_text(b, bytes_of(text));
}

static bool is_first(void *ctx, const struct id *record)
{
    struct id first = some_id(1);

    (void)ctx;
    return id_eq(record, &first);
}

static bool is_none(void *ctx, const struct id *record)
{
    (void)ctx;
    (void)record;
    return false;
}

static bool is_note(void *ctx, size_t at, const struct id *record,
                    uint64_t base_version, struct bytes field)
{
    struct id changed = some_id((unsigned)at + 1);

    (void)ctx;
    return id_eq(record, &changed) && base_version == 9 &&
           bytes_eq(field, bytes_of("note"));
}

/* The first of the batch is 11. */
static bool is_number_11(void *ctx, uint64_t number, const struct id *record,
                         struct bytes field)
{
    (void)ctx;
    (void)field;
    return number == 11 && is_first(ctx, record);
}

static const struct wire_strip first_record = {.whole = is_first};
static const struct wire_strip notes = {.whole = is_none, .field = is_note};

/* Two changesets of two records; each with a title (with its base) and a note.
 */
static struct buf two_records(bool first, bool note)
{
    struct buf b = head();
    unsigned i;

    put_names(&b);
    wire_pack_array(&b, 2);
    for (i = 1; i <= 2; i++) {
        bool whole = i == 2 || first;

        put_changeset(&b, whole ? (note ? 9 : 7) : 4, 0, i);
        if (!whole)
            continue;
        wire_pack_u64(&b, 1); /* with its base */
        wire_pack_text(&b, bytes_of("a lamp"));
        wire_pack_text(&b, bytes_of("a lam"));
        if (note)
            put_write(&b, 1, "Dark.");
    }
    return b;
}

static void strips(const struct wire_strip *which, struct buf want, size_t lost)
{
    struct buf whole = two_records(true, true), out = buf_make(10000);
    size_t n;

    assert_int_equal(wire_strip(buf_view(&whole), which, &out, &n, NULL),
                     RC_OK);
    assert_int_equal(n, lost);
    assert_true(bytes_eq(buf_view(&out), buf_view(&want)));
    buf_free(&whole);
    buf_free(&out);
    buf_free(&want);
}

static void only_what_is_named_is_taken_out(void **state)
{
    static const struct wire_strip nothing = {.whole = is_none};
    static const struct wire_strip eleven = {.whole = is_none,
                                             .number = is_number_11};

    (void)state;
    strips(&eleven, two_records(false, true), 1);
    strips(&nothing, two_records(true, true), 0);
    strips(&first_record, two_records(false, true), 1);
    strips(&notes, two_records(true, false), 2);
}

/* Stripped either way, and read: a batch to neither. */
static void is_no_batch(struct buf b)
{
    const struct wire_strip *which[] = {&first_record, &notes};
    struct arena mem = {0};
    struct message m;
    size_t i, n;

    assert_false(b.full);
    for (i = 0; i < countof(which); i++) {
        struct buf out = buf_make(10000);
        struct err err;

        assert_int_equal(wire_strip(buf_view(&b), which[i], &out, &n, &err),
                         RC_CORRUPT);
        assert_string_equal(err.text, "this is no batch");
        buf_free(&out);
    }
    assert_true(wire_get(buf_view(&b), &model, &mem, &m, NULL) != RC_OK ||
                m.kind != MESSAGE_BATCH);
    arena_free(&mem);
    buf_free(&b);
}

static void other_messages_are_no_batch(void **state)
{
    struct buf b = buf_make(100);

    (void)state;
    wire_put(&b, &(struct message){.kind = MESSAGE_PULL});
    is_no_batch(b);
    b = buf_make(100);
    buf_puts(&b, "\x98\x01"); /* cut */
    is_no_batch(b);
    b = head();
    put_names(&b);
    wire_pack_u64(&b, 2); /* no list of changesets */
    is_no_batch(b);
}

static void a_batch_with_damaged_names_is_no_batch(void **state)
{
    struct buf b = head();

    (void)state;
    wire_pack_u64(&b, 1); /* no list */
    wire_pack_array(&b, 0);
    is_no_batch(b);
    b = head();
    wire_pack_array(&b, 1);
    wire_pack_text(&b, bytes_of("signal")); /* no pair */
    wire_pack_array(&b, 0);
    is_no_batch(b);
    b = head();
    wire_pack_array(&b, 1);
    wire_pack_array(&b, 2);
    wire_pack_text(&b, bytes_of("signal"));
    wire_pack_array(&b, 1);
    wire_pack_u64(&b, 1); /* a field without a name … */
    wire_pack_array(&b, 1);
    put_changeset(&b, 6, 0, 2);
    put_write(&b, 0, "a lamp"); /* … and written */
    is_no_batch(b);
}

static void a_batch_with_a_damaged_changeset_is_no_batch(void **state)
{
    struct buf b = head();

    (void)state;
    put_names(&b);
    wire_pack_array(&b, 2);
    wire_pack_array(&b, 0); /* without anything */
    put_changeset(&b, 4, 0, 1);
    is_no_batch(b);
    b = head();
    put_names(&b);
    wire_pack_array(&b, 1);
    put_changeset(&b, 4, 1, 2); /* of a type that has no name */
    is_no_batch(b);
    b = head();
    put_names(&b);
    wire_pack_array(&b, 1);
    put_changeset(&b, 6, 0, 2);
    put_write(&b, 2, "a lamp"); /* to a field that has no name */
    is_no_batch(b);
    b = head();
    put_names(&b);
    wire_pack_array(&b, 1);
    put_changeset(&b, 8, 0, 2);
    put_write(&b, 2, "a lamp");
    put_write(&b, 0, "a lamp"); /* whatever comes after it */
    is_no_batch(b);
    b = head();
    put_names(&b);
    wire_pack_array(&b, 1);
    put_changeset(&b, 7, 0, 2);
    put_write(&b, 0, "a lamp");
    wire_pack_u64(&b, 2); /* a field without a value */
    is_no_batch(b);
    b = head();
    put_names(&b);
    wire_pack_array(&b, 1);
    put_changeset(&b, 6, 0, 2);
    wire_pack_text(&b, bytes_of("title")); /* its number is due */
    wire_pack_text(&b, bytes_of("a lamp"));
    is_no_batch(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_named_is_taken_out),
        cmocka_unit_test(other_messages_are_no_batch),
        cmocka_unit_test(a_batch_with_damaged_names_is_no_batch),
        cmocka_unit_test(a_batch_with_a_damaged_changeset_is_no_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
