#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "schema/rows.h"
#include "schema/schema.h"
#include "sync/merge.h"

/* One field of every kind. */
#define FIELD(name, kind, rest)                                               \
    "  " name ": {label: {nl: " name ", en: " name "}, kind: " kind ", " rest \
    ", purpose: work, retention: R1}\n"
#define HEAD(type)                            \
    "type: " type "\nlabel: {nl: a, en: a}\n" \
    "about: {nl: a, en: a}\nretention: R1\nwrite: lead\nsee: lead\n"
#define LISTS                                                             \
    "--- # lists.yaml\nlists: {colour: {label: {nl: a, en: a}, choices: " \
    "{red: {nl: a, en: a}, blue: {nl: a, en: a}}}}\n"                     \
    "purposes: {work: {nl: a, en: a, basis: b}}\n"                        \
    "retention_classes: {R1: {nl: a, en: a, days: 42}}\n"
#define PLAIN  "policy: latest, privacy: none"
#define PLACED "policy: latest, privacy: indirect"
#define EVERY                                                                 \
    FIELD("line", "text", "policy: review, privacy: none")                    \
    FIELD("note", "prose", "policy: text, privacy: free")                     \
    FIELD("count", "int", PLAIN)                                              \
    FIELD("cost", "money", PLAIN)                                             \
    FIELD("colour", "choice", "list: colour, policy: highest, privacy: none") \
    FIELD("day", "date", PLAIN)                                               \
    FIELD("moment", "time", PLAIN)                                            \
    FIELD("spot", "point", "decimals: 3, " PLACED)                            \
    FIELD("about", "ref", "to: every, " PLACED)                               \
    FIELD("place", "code", PLACED)                                            \
    FIELD("owner", "worker", PLACED)                                          \
    FIELD("photo", "attachment", PLACED)                                      \
    FIELD("tags", "text", "set: true, policy: union, privacy: none")          \
    FIELD("links", "ref", "to: every, set: true, policy: union, privacy: none")
#define OTHER \
    "--- # other.yaml\n" HEAD("other") "fields:\n" FIELD("name", "text", PLAIN)

static const char first[] =
    LISTS "--- # every.yaml\n" HEAD("every") "fields:\n" EVERY OTHER;
static const char newer[] =
    LISTS "--- # every.yaml\n" HEAD("every") "fields:\n" EVERY
        FIELD("added", "int", PLAIN) "--- # another.yaml\n" HEAD(
            "another") "was: other\nfields:\n" FIELD("title", "text",
                                                     "was: name, " PLAIN);

static struct arena mem;
static struct db *db;
static struct rows *rows;
static const struct shape *shape;
static struct err err;
static uint8_t serial;
static uint64_t number;

#define ok(call)                              \
    do {                                      \
        err.code = RC_OK;                     \
        if ((call) != RC_OK)                  \
            fail_msg(#call ": %s", err.text); \
    } while (0)

static const struct shape *compile(const char *text)
{
    const struct shape *s = NULL;
    struct diags diags = {0};

    ok(schema_compile_bundle(bytes_of(text), &mem, &diags, &s, &err));
    diags_free(&diags);
    return s;
}

static int set_up(void **state)
{
    (void)state;
    shape = compile(first);
    ok(db_open(":memory:", (struct db_options){.create = true}, &db, &err));
    ok(rows_create_tables(db, shape, &err));
    ok(rows_open(db, shape, &rows, &err));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    db_close(db);
    rows_close(rows);
    arena_free(&mem);
    return 0;
}

static const struct shape_type *type(const char *name)
{
    return shape_type_named(shape, bytes_of(name));
}

static uint16_t field(const struct shape_type *t, const char *name)
{
    const struct shape_field *f = shape_field_named(t, bytes_of(name));

    assert_non_null(f);
    return (uint16_t)shape_field_index(t, f);
}

static struct id new_id(void)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[ID_RANDOM_BYTES - 1] = ++serial;
    return id_make(UINT64_C(1795384800000) + serial, random);
}

static struct value set_of(const char *a, const char *b)
{
    struct bytes *m = arena_new(&mem, 2 * sizeof *m);

    m[0] = bytes_of(a);
    m[1] = bytes_of(b);
    return value_set(m, 2);
}

/* A write by `device`, which had seen `base`, accepted as `version`. */
static void put(struct record *r, uint32_t device, uint64_t base,
                uint64_t version, const char *name, struct value v,
                struct value was)
{
    struct write w = {.field = field(r->type, name), .value = v, .base = was};
    struct changeset c = {.device = device,
                          .number = ++number,
                          .clock = number << 16,
                          .area = r->area,
                          .type = r->type,
                          .record = r->id,
                          .base_version = base,
                          .writes = &w,
                          .writes_n = 1};

    ok(changeset_check(&c, &err));
    merge_apply(r, &c, version, &mem);
}

static struct record make(const char *t, uint32_t area)
{
    struct id id = new_id();

    return record_new(type(t), &id, area, &mem);
}

static void save(const struct record *r)
{
    ok(rows_save(rows, r, &mem, &err));
}

static struct record load(const struct record *like)
{
    struct record r;

    ok(rows_load(rows, like->type, like->area, &like->id, &mem, &r, &err));
    return r;
}

static int64_t number_in(const char *column)
{
    struct db_query *q =
        db_query(db, SQL("SELECT review, deleted, created_ms FROM every"));
    int64_t n;

    assert_true(db_row(q));
    n = db_i64(q, column);
    ok(db_done(q, &err));
    return n;
}

/* -- one record --------------------------------------------------------- */

static void a_record_comes_back_as_it_was_for_every_kind(void **state)
{
    struct record r = make("every", 7), back;
    struct id to = new_id();
    struct value none = value_null();

    (void)state;
    put(&r, 1, 0, 1, "line", value_text("Steen \"los\"\\ é"), none);
    put(&r, 1, 1, 2, "note", value_text("Een.\nTwee."), value_text("Een."));
    put(&r, 1, 2, 3, "count", value_int(-3), none);
    put(&r, 1, 3, 4, "cost", value_int(INT64_C(1) << 50), none);
    put(&r, 1, 4, 5, "colour", value_text("red"), none);
    put(&r, 1, 5, 6, "day", value_text("2026-11-23"), none);
    put(&r, 1, 6, 7, "moment", value_text("2026-11-23T14:05:00Z"), none);
    put(&r, 1, 7, 8, "spot", value_text("53.219,6.567"), none);
    put(&r, 1, 8, 9, "about", value_id(&to), none);
    put(&r, 1, 9, 10, "place", value_text("2022BU00141001"), none);
    put(&r, 1, 10, 11, "owner", value_text("w12"), none);
    put(&r, 1, 11, 12, "photo", value_text("00ff"), none);
    put(&r, 1, 12, 13, "tags", set_of("a\"b\\c\n\x01", "é"), set_of("a", "b"));
    put(&r, 1, 13, 14, "links",
        set_of("01900000-0000-7000-8000-000000000001",
               "01900000-0000-7000-8000-000000000002"),
        none);
    save(&r);
    back = load(&r);
    assert_true(record_eq(&r, &back));
    assert_int_equal(number_in("review"), 0);
    assert_int_equal(number_in("created_ms"), id_ms(&r.id));
}

static void columns_hold_what_is_shown(void **state)
{
    struct record r = make("every", 7);
    struct db_query *q;

    (void)state;
    put(&r, 1, 0, 1, "tags", set_of("b\n", "a\""), value_null());
    put(&r, 1, 0, 2, "cost", value_int(1250), value_null());
    save(&r);
    q = db_query(db, SQL("SELECT tags, cost, line FROM every"));
    assert_true(db_row(q));
    assert_string_equal(db_text(q, "tags"), "[\"a\\\"\",\"b\\u000a\"]");
    assert_int_equal(db_i64(q, "cost"), 1250);
    assert_true(db_is_null(q, "line"));
    ok(db_done(q, &err));
}

static void a_conflict_comes_back_with_every_head(void **state)
{
    struct record r = make("every", 7), back;
    struct value none = value_null();

    (void)state;
    put(&r, 1, 0, 1, "line", value_text("een"), none);
    put(&r, 2, 0, 2, "line", value_text("twee"), none);
    put(&r, 3, 0, 3, "line", none, none);
    put(&r, 2, 0, 4, "tags", set_of("a", "b"), none);
    put(&r, 3, 0, 5, "tags", set_of("c", "d"), set_of("a", "e"));
    put(&r, 2, 0, 6, "colour", value_text("blue"), none);
    put(&r, 1, 0, 7, "colour", value_text("red"), none);
    save(&r);
    back = load(&r);
    assert_true(record_eq(&r, &back));
    assert_int_equal(back.fields[field(r.type, "line")].n, 3);
    assert_int_equal(number_in("review"), 1);
}

static void an_emptied_field_is_not_a_field_never_written(void **state)
{
    struct record r = make("every", 7), back;

    (void)state;
    put(&r, 1, 0, 1, "line", value_null(), value_null());
    save(&r);
    back = load(&r);
    assert_true(record_eq(&r, &back));
    assert_true(record_exists(&back));
}

static void a_deletion_comes_back_also_when_it_lost(void **state)
{
    struct record r = make("every", 7), back;

    (void)state;
    put(&r, 1, 0, 1, "line", value_text("een"), value_null());
    put(&r, 2, 1, 2, "deleted", value_int(1), value_null());
    save(&r);
    assert_int_equal(number_in("deleted"), 1);
    put(&r, 3, 1, 3, "line", value_text("toch"), value_null());
    save(&r);
    back = load(&r);
    assert_true(record_eq(&r, &back));
    assert_int_equal(number_in("deleted"), 0);
    assert_int_equal(number_in("review"), 1);
}

static void a_record_that_is_not_there_is_a_new_one(void **state)
{
    struct record r = make("every", 7), back = load(&r);

    (void)state;
    assert_false(record_exists(&back));
    assert_int_equal(back.area, 7);
    assert_true(id_eq(&back.id, &r.id));
}

static void saving_again_replaces_the_row(void **state)
{
    struct record r = make("other", 7), back;

    (void)state;
    put(&r, 1, 0, 1, "name", value_text("een"), value_null());
    save(&r);
    put(&r, 1, 1, 2, "name", value_text("twee"), value_null());
    save(&r);
    back = load(&r);
    assert_true(record_eq(&r, &back));
    assert_int_equal(back.version, 2);
}

static void a_removed_row_is_gone_and_may_be_removed_again(void **state)
{
    struct record r = make("other", 7), back;

    (void)state;
    put(&r, 1, 0, 1, "name", value_text("een"), value_null());
    save(&r);
    ok(rows_remove(rows, r.type, r.area, &r.id, &err));
    ok(rows_remove(rows, r.type, r.area, &r.id, &err));
    back = load(&r);
    assert_false(record_exists(&back));
}

static void a_damaged_row_is_reported_not_read(void **state)
{
    struct record r = make("every", 7), back;

    (void)state;
    put(&r, 1, 0, 1, "tags", set_of("a", "b"), value_null());
    save(&r);
    ok(db_run(db, SQL("UPDATE every SET tags = '[\"a\",'"), &err));
    assert_int_equal(rows_load(rows, r.type, r.area, &r.id, &mem, &back, &err),
                     RC_CORRUPT);
    ok(db_run(db, SQL("UPDATE every SET tags = NULL, meta = x'0109'"), &err));
    assert_int_equal(rows_load(rows, r.type, r.area, &r.id, &mem, &back, &err),
                     RC_CORRUPT);
}

static void a_set_written_by_another_program_is_read_as_json(void **state)
{
    struct record r = make("every", 7), back;
    struct value want = set_of("a\xc3\xa9/", "b");

    (void)state;
    put(&r, 1, 0, 1, "tags", set_of("a", "b"), value_null());
    save(&r);
    ok(db_run(db,
              SQL("UPDATE every SET tags = ' [ \"b\" , "
                  "\"a\\u00E9\\/\" ] '"),
              &err));
    back = load(&r);
    assert_true(
        value_eq(&back.fields[field(r.type, "tags")].p[0].value, &want));
}

/* -- finding and what changed ------------------------------------------- */

static void a_record_is_found_by_its_name_alone(void **state)
{
    const struct shape_type *t = NULL;
    struct record a = make("every", 3), b = make("other", 9);
    struct record c = make("other", 4);
    uint32_t area = 0;

    (void)state;
    put(&a, 1, 0, 1, "count", value_int(1), value_null());
    put(&b, 1, 0, 1, "name", value_text("b"), value_null());
    put(&c, 1, 0, 1, "name", value_text("c"), value_null());
    save(&a);
    save(&b);
    save(&c);
    ok(rows_find(rows, &b.id, &t, &area, &err));
    assert_true(t == type("other") && area == 9);
    ok(rows_find(rows, &a.id, &t, &area, &err));
    assert_true(t == type("every") && area == 3);
    c.id = new_id();
    assert_int_equal(rows_find(rows, &c.id, &t, &area, &err), RC_NOTFOUND);
}

struct seen {
    uint64_t versions[8];
    size_t n, stop_after;
};

static bool see(void *ctx, const struct record *rec)
{
    struct seen *s = ctx;

    s->versions[s->n++] = rec->version;
    return s->n < s->stop_after;
}

static void save_at(const char *t, uint32_t area, uint64_t version)
{
    struct record r = make(t, area);

    put(&r, 1, 0, version, strcmp(t, "other") == 0 ? "name" : "line",
        value_text("x"), value_null());
    save(&r);
}

static void changes_of_all_types_come_in_the_order_of_versions(void **state)
{
    struct seen s = {.stop_after = 8};

    (void)state;
    save_at("other", 7, 5);
    save_at("every", 7, 2);
    save_at("every", 7, 6);
    save_at("other", 7, 3);
    save_at("every", 8, 4);
    save_at("every", 7, 0); /* not accepted yet */
    ok(rows_changed(rows, 7, 0, see, &s, &err));
    assert_int_equal(s.n, 4);
    assert_int_equal(s.versions[0], 2);
    assert_int_equal(s.versions[1], 3);
    assert_int_equal(s.versions[2], 5);
    assert_int_equal(s.versions[3], 6);
    s.n = 0;
    ok(rows_changed(rows, 7, 3, see, &s, &err));
    assert_int_equal(s.n, 2);
    assert_int_equal(s.versions[0], 5);
}

static void who_has_enough_stops_and_may_ask_again(void **state)
{
    struct seen s = {.stop_after = 1};

    (void)state;
    save_at("other", 7, 1);
    save_at("every", 7, 2);
    ok(rows_changed(rows, 7, 0, see, &s, &err));
    ok(rows_changed(rows, 7, s.versions[0], see, &s, &err));
    assert_int_equal(s.n, 2);
    assert_int_equal(s.versions[1], 2);
}

/* -- newer shapes ------------------------------------------------------- */

static void a_newer_shape_adds_columns_once_and_keeps_rows(void **state)
{
    struct record r = make("every", 7), o = make("other", 7), back;
    struct rows *before = rows;

    (void)state;
    put(&r, 1, 0, 1, "line", value_text("een"), value_null());
    put(&o, 1, 0, 2, "name", value_text("naam"), value_null());
    save(&r);
    save(&o);
    shape = compile(newer);
    ok(rows_create_tables(db, shape, &err));
    ok(rows_create_tables(db, shape, &err));
    ok(rows_open(db, shape, &rows, &err));
    r.type = type("every");
    back = load(&r);
    assert_true(value_eq(&back.fields[1].p[0].value, &r.fields[1].p[0].value));
    assert_int_equal(back.fields[field(r.type, "added")].n, 0);
    put(&back, 1, 1, 3, "added", value_int(5), value_null());
    save(&back);
    r = load(&back);
    assert_true(record_eq(&r, &back));
    o.type = type("another");
    back = load(&o);
    assert_true(value_eq(&back.fields[1].p[0].value, &o.fields[1].p[0].value));
    db_close(db);
    db = NULL;
    rows_close(before);
}

static void the_types_of_the_product_make_tables(void **state)
{
    const struct shape *s = NULL;
    struct diags diags = {0};

    (void)state;
    ok(schema_compile_bundle(schema_builtin_bundle(), &mem, &diags, &s, &err));
    ok(rows_create_tables(db, s, &err));
    diags_free(&diags);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_record_comes_back_as_it_was_for_every_kind),
        test(columns_hold_what_is_shown),
        test(a_conflict_comes_back_with_every_head),
        test(an_emptied_field_is_not_a_field_never_written),
        test(a_deletion_comes_back_also_when_it_lost),
        test(a_record_that_is_not_there_is_a_new_one),
        test(saving_again_replaces_the_row),
        test(a_removed_row_is_gone_and_may_be_removed_again),
        test(a_damaged_row_is_reported_not_read),
        test(a_set_written_by_another_program_is_read_as_json),
        test(a_record_is_found_by_its_name_alone),
        test(changes_of_all_types_come_in_the_order_of_versions),
        test(who_has_enough_stops_and_may_ask_again),
        test(a_newer_shape_adds_columns_once_and_keeps_rows),
        test(the_types_of_the_product_make_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
