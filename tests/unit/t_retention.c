/* Retention: by the clock of the server, as the definitions say, and only what
 * is over. */
#define _GNU_SOURCE
#include "tests/unit/erasure_stage.h"

#include "server/deletion.h"
#include "server/nightly.h"

static const uint64_t day = 86400000, start = UINT64_C(1790000000000);

struct teller { /* one field given a value */
    const char *field;
    const char *text;
    unsigned refers; /* to this record, if not 0 */
    bool deletes;
};

static uint64_t next_number = 1;

static int begin(void **state)
{
    next_number = 1;
    return set_up(state);
}

/* A device hands in a record of a type at s->now_ms; what it says of the time
 * itself is `clock`. */
static void tell(struct stage *s, const char *type, unsigned record,
                 hlc_stamp clock, const struct teller *t, size_t n)
{
    struct arena mem = {0};
    struct write *w = arena_new(&mem, n * sizeof *w);
    struct changeset c = {.clock = clock,
                          .type = shape_type_named(s->s.shape, bytes_of(type)),
                          .record = record_id(record),
                          .base_version = 1000,
                          .writes = w,
                          .writes_n = n};
    struct id *id;
    size_t i;

    assert_non_null(c.type);
    for (i = 0; i < n; i++) {
        const struct shape_field *f =
            t[i].deletes ? &c.type->fields[FIELD_DELETED]
                         : shape_field_named(c.type, bytes_of(t[i].field));

        assert_non_null(f);
        w[i].field = (uint16_t)shape_field_index(c.type, f);
        id = arena_new(&mem, sizeof *id);
        *id = record_id(t[i].refers);
        if (t[i].deletes)
            w[i].value = value_int(1);
        else if (t[i].refers != 0)
            w[i].value = value_id(id);
        else if (f->set) {
            struct bytes *member = arena_new(&mem, sizeof *member);

            *member = bytes_of(t[i].text);
            w[i].value = value_set(member, 1);
        } else {
            w[i].value = value_text(t[i].text);
        }
    }
    assert_int_not_equal(hand_in_all(s, next_number++, &c, 1, NULL), 0);
    arena_free(&mem);
}

static struct retained run(struct stage *s, uint64_t now_ms)
{
    struct retained done;
    struct err err;

    ok(retention_run(s->dir, &s->s, now_ms, &done, &err), &err);
    return done;
}

/* How many heads has a field?  -1: the record is erased. */
static int heads(struct stage *s, const char *type, unsigned record,
                 const char *field)
{
    const struct shape_type *t = shape_type_named(s->s.shape, bytes_of(type));
    struct arena mem = {0};
    struct id id = record_id(record);
    struct record r;
    struct err err;
    int n;

    ok(rows_load(s->s.rows, t, 1, &id, &mem, &r, &err), &err);
    n = r.erased ? -1
                 : (int)r
                       .fields[shape_field_index(
                           t, shape_field_named(t, bytes_of(field)))]
                       .n;
    arena_free(&mem);
    return n;
}

static int on_disk(struct stage *s, const char *text)
{
    struct err err;

    ok(db_empty_log(s->s.db, &err), &err);
    return files_with(s->dir, text);
}

static void free_text_goes_after_a_year_and_what_is_counted_stays(void **state)
{
    struct stage *s = *state;
    static const struct teller said[] = {{.field = "summary", .text = secret},
                                         {.field = "themes", .text = "groen"},
                                         {.field = "language", .text = "nl"},
                                         {.field = "setting", .text = "deur"}};

    s->now_ms = start;
    tell(s, "conversation", 1, 1, said, 4);
    assert_int_equal(run(s, start + 365 * day - 1).fields, 0);
    assert_true(on_disk(s, secret) > 0);
    assert_int_equal(run(s, start + 365 * day).fields, 2);
    assert_int_equal(heads(s, "conversation", 1, "summary"), 0);
    assert_int_equal(heads(s, "conversation", 1, "language"), 0);
    assert_int_equal(heads(s, "conversation", 1, "themes"), 1);
    assert_int_equal(heads(s, "conversation", 1, "setting"), 1);
    assert_int_equal(on_disk(s, secret), 0);
    assert_int_equal(run(s, start + 2000 * day).fields, 0);
}

static void writing_begins_the_term_anew(void **state)
{
    struct stage *s = *state;
    static const struct teller said = {.field = "summary", .text = secret};
    static const struct teller more = {.field = "setting", .text = "straat"};

    s->now_ms = start;
    tell(s, "conversation", 1, 1, &said, 1);
    s->now_ms = start + 300 * day;
    tell(s, "conversation", 1, 2, &more, 1);
    assert_int_equal(run(s, start + 400 * day).fields, 0);
    assert_int_equal(run(s, start + 665 * day).fields, 1);
}

/* A clock of 1970, and one of the year 10889. */
static void the_clock_of_a_device_counts_for_nothing(void **state)
{
    struct stage *s = *state;
    static const struct teller said = {.field = "summary", .text = secret};

    s->now_ms = start;
    tell(s, "conversation", 1, 1, &said, 1);
    tell(s, "conversation", 2, UINT64_MAX, &said, 1);
    assert_int_equal(run(s, start + 365 * day - 1).records, 0);
    assert_int_equal(run(s, start + 365 * day).records, 2);
    assert_int_equal(on_disk(s, secret), 0);
}

/* How many records of a type would be taken up? */
static size_t due(struct stage *s, const char *type, uint64_t now_ms)
{
    struct retention r;
    struct err err;
    size_t n;

    ok(retention_begin(&r, &s->s, now_ms, &err), &err);
    ok(retention_look(&r, shape_type_named(s->s.shape, bytes_of(type)), &err),
       &err);
    n = r.due_n;
    retention_free(&r);
    return n;
}

static void a_visit_goes_six_weeks_after_its_route_was_closed(void **state)
{
    struct stage *s = *state;
    static const struct teller route[] = {{.field = "title", .text = other},
                                          {.field = "status", .text = "loopt"}};
    static const struct teller visit[] = {
        {.field = "route", .refers = 1},
        {.field = "result", .text = "gesprek"},
        {.field = "collector", .text = secret}};
    static const struct teller closed = {.field = "status", .text = "gesloten"};

    s->now_ms = start;
    tell(s, "route", 1, 1, route, 2);
    tell(s, "door-visit", 2, 2, visit, 3);
    assert_int_equal(due(s, "door-visit", start + 900 * day), 0);
    assert_int_equal(run(s, start + 900 * day).fields, 0);
    s->now_ms = start + 1000 * day;
    tell(s, "route", 1, 3, &closed, 1);
    assert_int_equal(run(s, start + 1042 * day - 1).fields, 0);
    assert_int_equal(run(s, start + 1042 * day).fields, 3);
    assert_int_equal(heads(s, "door-visit", 2, "collector"), 0);
    assert_int_equal(heads(s, "door-visit", 2, "route"), 0);
    assert_int_equal(heads(s, "door-visit", 2, "result"), 1);
    assert_int_equal(heads(s, "route", 1, "title"), 0);
    assert_int_equal(heads(s, "route", 1, "status"), 1);
    assert_int_equal(on_disk(s, secret), 0);
    assert_int_equal(on_disk(s, other), 0);
    /* One that is handed in late has six weeks all the same. */
    s->now_ms = start + 1100 * day;
    tell(s, "door-visit", 3, 4, visit, 3);
    assert_int_equal(run(s, start + 1142 * day - 1).fields, 0);
    assert_int_equal(run(s, start + 1142 * day).fields, 2);
}

static void a_signal_is_erased_five_years_after_it_was_closed(void **state)
{
    struct stage *s = *state;
    static const struct teller open[] = {{.field = "title", .text = secret},
                                         {.field = "status", .text = "gemeld"}};
    static const struct teller closed = {.field = "status",
                                         .text = "afgehandeld"};

    s->now_ms = start;
    tell(s, "signal", 1, 1, open, 2);
    tell(s, "signal", 2, 2, open, 2);
    tell(s, "signal", 1, 3, &closed, 1);
    assert_int_equal(run(s, start + 1825 * day - 1).records, 0);
    assert_int_equal(run(s, start + 1825 * day).records, 1);
    assert_int_equal(heads(s, "signal", 1, "title"), -1);
    assert_int_equal(heads(s, "signal", 2, "title"), 1);
    assert_int_equal(run(s, start + 9000 * day).records, 0);
}

/* A type whose term is shorter than that of one of its fields. */
static int begin_uneven(void **state)
{
    static const char field[] = "  %s:\n    label: {nl: V, en: F}\n"
                                "    kind: %s\n    policy: latest\n"
                                "    privacy: %s\n    purpose: work\n"
                                "    retention: %s\n";
    struct buf b = buf_make(65536);
    int rc;

    next_number = 1;
    buf_puts(&b, "--- # lists.yaml\n"
                 "purposes:\n  work: {nl: W, en: W, basis: GDPR}\n"
                 "retention_classes:\n  R1: {nl: K, en: S, days: 40}\n"
                 "  R2: {nl: L, en: L, days: 400}\n"
                 "--- # thing.yaml\n"
                 "type: thing\nlabel: {nl: D, en: T}\n"
                 "about: {nl: D., en: T.}\nretention: R1\nwrite: [lead]\n"
                 "see: [lead]\nfields:\n");
    buf_printf(&b, field, "name", "text\n    max: 80", "none", "R2");
    buf_printf(&b, field, "memo", "prose\n    max: 80", "free", "R2");
    buf_printf(&b, field, "photo", "attachment", "free", "R1");
    rc = set_up_with(state, buf_view(&b));
    buf_free(&b);
    return rc;
}

static void a_record_stays_while_something_personal_has_a_longer_term(
    void **state)
{
    struct stage *s = *state;
    static const struct teller named[] = {{.field = "name", .text = other}};
    static const struct teller told[] = {{.field = "name", .text = other},
                                         {.field = "memo", .text = secret}};

    s->now_ms = start;
    tell(s, "thing", 1, 1, named, 1);
    tell(s, "thing", 2, 2, told, 2);
    assert_int_equal(run(s, start + 40 * day).records, 1); /* no one's */
    assert_int_equal(heads(s, "thing", 1, "name"), -1);
    assert_int_equal(heads(s, "thing", 2, "memo"), 1);
    assert_int_equal(run(s, start + 400 * day).records, 1);
    assert_int_equal(on_disk(s, secret), 0);
}

static void what_was_deleted_counts_as_closed_and_goes_whole(void **state)
{
    struct stage *s = *state;
    static const struct teller open[] = {{.field = "title", .text = secret},
                                         {.field = "status", .text = "gemeld"}};
    static const struct teller gone = {.deletes = true};

    s->now_ms = start;
    tell(s, "signal", 1, 1, open, 2);
    s->now_ms = start + day;
    tell(s, "signal", 1, 2, &gone, 1);
    assert_int_equal(run(s, start + 1825 * day).records, 0);
    assert_int_equal(run(s, start + 1826 * day).records, 1);
    assert_int_equal(on_disk(s, secret), 0);
}

/* A photo has a term of its own, and a class without a term has none. */
static void each_field_goes_by_its_own_class(void **state)
{
    struct stage *s = *state;
    static const struct teller made[] = {{.field = "title", .text = other},
                                         {.field = "status", .text = "idee"}};
    char photo[DIGEST_HEX_CHARS + 1];
    struct teller pictured[] = {{.field = "title", .text = other},
                                {.field = "photos", .text = photo}};

    put_photo(s, secret, photo);
    s->now_ms = start;
    tell(s, "initiative", 1, 1, made, 1);
    tell(s, "signal", 2, 2, pictured, 2);
    assert_int_equal(run(s, start + 365 * day).fields, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_int_equal(heads(s, "signal", 2, "title"), 1);
    assert_int_equal(run(s, start + 30000 * day).records, 0);
    assert_int_equal(heads(s, "initiative", 1, "title"), 1);
}

/* The look is of before; the record was written to since. */
static void what_was_written_meanwhile_stays(void **state)
{
    struct stage *s = *state;
    static const struct teller said = {.field = "summary", .text = secret};
    static const struct teller more = {.field = "quote", .text = other};
    uint64_t now_ms = start + 365 * day;
    struct retained done = {0};
    struct retention r;
    struct err err;

    s->now_ms = start;
    tell(s, "conversation", 1, 1, &said, 1);
    ok(retention_begin(&r, &s->s, now_ms, &err), &err);
    ok(retention_look(
           &r, shape_type_named(s->s.shape, bytes_of("conversation")), &err),
       &err);
    assert_int_equal(r.due_n, 1);
    s->now_ms = now_ms - 1;
    tell(s, "conversation", 1, 2, &more, 1);
    ok(retention_do(&r, &s->s, r.due, r.due_n, &done, &err), &err);
    assert_int_equal(done.fields, 0);
    retention_free(&r);
    assert_int_equal(heads(s, "conversation", 1, "summary"), 1);
}

static void the_look_says_how_many_and_deletes_nothing(void **state)
{
    struct stage *s = *state;
    static const struct teller said = {.field = "summary", .text = secret};
    static const struct teller open = {.field = "title", .text = other};
    const struct shape_type *t;
    struct retention r;
    struct err err;
    size_t f;

    s->now_ms = start;
    tell(s, "conversation", 1, 1, &said, 1);
    s->now_ms = start + 20 * day;
    tell(s, "conversation", 2, 2, &said, 1);
    s->now_ms = start - 2000 * day;
    tell(s, "signal", 3, 3, &open, 1);
    ok(retention_begin(&r, &s->s, start + 366 * day, &err), &err);
    t = shape_type_named(s->s.shape, bytes_of("conversation"));
    f = shape_field_index(t, shape_field_named(t, bytes_of("summary")));
    ok(retention_look(&r, t, &err), &err);
    assert_int_equal(r.counts[f].now, 1);
    assert_int_equal(r.counts[f].soon, 1);
    assert_int_equal(r.counts[f].oldest_ms, start);
    t = shape_type_named(s->s.shape, bytes_of("signal"));
    f = shape_field_index(t, shape_field_named(t, bytes_of("title")));
    ok(retention_look(&r, t, &err), &err);
    assert_int_equal(r.counts[f].now, 0);
    assert_int_equal(r.counts[f].open, 1);
    retention_free(&r);
    assert_int_equal(heads(s, "conversation", 1, "summary"), 1);
}

static void the_register_says_what_and_not_of_whom(void **state)
{
    struct stage *s = *state;
    static const struct teller said[] = {{.field = "summary", .text = secret},
                                         {.field = "setting", .text = "deur"}};
    struct rows_name name = {NULL, 1, record_id(3)};
    struct erased gone;
    struct table t;
    struct err err;

    s->now_ms = start;
    tell(s, "conversation", 1, 1, said, 2);
    s->now_ms = start + 3 * day;
    tell(s, "conversation", 2, 2, said, 2);
    tell(s, "conversation", 3, 3, said, 2);
    name.type = shape_type_named(s->s.shape, bytes_of("conversation"));
    ok(erase_records(s->dir, &s->s, &name, 1, start + 5 * day, &gone, &err),
       &err);
    run(s, start + 400 * day);
    ok(deletion_table(&s->s, &t, &err), &err);
    assert_int_equal(table_rows(&t), 2);
    assert_string_equal(t.cells[1], "request");
    assert_string_equal(t.cells[4], "record");
    assert_string_equal(t.cells[9 + 1], "term");
    assert_string_equal(t.cells[9 + 2], "conversation");
    assert_string_equal(t.cells[9 + 3], "R2");
    assert_string_equal(t.cells[9 + 4], "fields");
    assert_string_equal(t.cells[9 + 5], "2");
    assert_string_equal(t.cells[9 + 6], "2026-09-21");
    assert_string_equal(t.cells[9 + 7], "2026-09-24");
    table_free(&t);
}

static void a_backup_put_back_does_not_undo_it(void **state)
{
    struct stage *s = *state;
    static const struct teller open[] = {
        {.field = "title", .text = secret},
        {.field = "status", .text = "afgehandeld"}};
    struct erased done;
    struct err err;

    s->now_ms = start;
    tell(s, "signal", 1, 1, open, 2);
    copy_store(s, false);
    open_store(s);
    assert_int_equal(run(s, start + 1825 * day).records, 1);
    copy_store(s, true);
    open_store(s);
    assert_true(on_disk(s, secret) > 0);
    ok(erase_again(s->dir, &s->s, start + 1826 * day, &done, &err), &err);
    assert_int_equal(done.records, 1);
    assert_int_equal(on_disk(s, secret), 0);
}

static void the_night_comes_once_a_day_and_is_made_up_for(void **state)
{
    uint64_t three = UINT64_C(1790038800000); /* 03:00 in the Netherlands */

    (void)state;
    assert_true(nightly_due(3, 0, three));
    assert_false(nightly_due(3, 0, three - 3600000));
    assert_false(nightly_due(3, three, three + 1800000));
    assert_true(nightly_due(3, three, three + day));
    assert_false(nightly_due(3, three, three + day + 3600000));
    assert_true(nightly_due(3, three, three + day + 8 * 3600000));
}

static bool go_on(void *ctx)
{
    ++*(int *)ctx;
    return false;
}

static void the_nightly_run_goes_through_the_merger_in_pieces(void **state)
{
    struct stage *s = *state;
    static const struct teller said = {.field = "summary", .text = secret};
    struct merger *m;
    struct store reader;
    struct retained done;
    uint64_t last;
    struct err err;
    unsigned i;
    int pieces = 0;

    s->now_ms = start;
    for (i = 1; i <= 100; i++)
        tell(s, "conversation", i, i, &said, 1);
    ok(merger_start(s->dir, 1 << 20, &m, &err), &err);
    ok(store_open(s->dir, STORE_READ, merger_shape(m), &reader, &err), &err);
    ok(nightly_run(m, &reader, start + 365 * day, go_on, &pieces, &done, &err),
       &err);
    assert_int_equal(done.records, 100);
    assert_int_equal(pieces, 2);
    ok(nightly_last(&reader, &last, &err), &err);
    assert_int_equal(last, start + 365 * day);
    store_close(&reader);
    merger_stop(m);
    ok(erase_settle(s->dir, &s->s, NULL, &err), &err);
    assert_int_equal(on_disk(s, secret), 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, begin, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(free_text_goes_after_a_year_and_what_is_counted_stays),
        CASE(writing_begins_the_term_anew),
        CASE(the_clock_of_a_device_counts_for_nothing),
        CASE(a_visit_goes_six_weeks_after_its_route_was_closed),
        CASE(a_signal_is_erased_five_years_after_it_was_closed),
        CASE(what_was_deleted_counts_as_closed_and_goes_whole),
        cmocka_unit_test_setup_teardown(
            a_record_stays_while_something_personal_has_a_longer_term,
            begin_uneven, tear_down),
        CASE(each_field_goes_by_its_own_class),
        CASE(what_was_written_meanwhile_stays),
        CASE(the_look_says_how_many_and_deletes_nothing),
        CASE(the_register_says_what_and_not_of_whom),
        CASE(a_backup_put_back_does_not_undo_it),
        cmocka_unit_test(the_night_comes_once_a_day_and_is_made_up_for),
        CASE(the_nightly_run_goes_through_the_merger_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
