/* Rectification, and the pages that are handed out. */
#define _GNU_SOURCE
#include "tests/unit/erasure_stage.h"

#include "server/correct.h"
#include "server/deletion.h"
#include "server/page.h"
#include "server/register.h"

static const struct words wrong = {1, secret, false, "chair", 0};

static enum rc say(struct stage *s, unsigned record, const char *pair,
                   bool forget, struct err *err)
{
    const char *pairs[] = {pair};
    struct correction c = {.name = {s->signal, 1, record_id(record)},
                           .pairs = pairs,
                           .pairs_n = 1,
                           .note = "letter",
                           .forget = forget};

    return correct(s->dir, &s->s, &c, 9000, err);
}

/* "title=..." for whatever the stage calls its title. */
static const char *title_is(struct stage *s, const char *text)
{
    static char pair[200];

    snprintf(pair, sizeof pair, "%s=%s", s->signal->fields[s->title].name,
             text);
    return pair;
}

static struct record load(struct stage *s, unsigned record, struct arena *mem)
{
    struct id id = record_id(record);
    struct record r;
    struct err err;

    ok(rows_load(s->s.rows, s->signal, 1, &id, mem, &r, &err), &err);
    return r;
}

static void assert_title(struct stage *s, const char *text)
{
    struct arena mem = {0};
    struct record r = load(s, 1, &mem);

    assert_int_equal(r.fields[s->title].n, 1);
    assert_true(
        bytes_eq(r.fields[s->title].p[0].value.as.text, bytes_of(text)));
    arena_free(&mem);
}

static void a_correction_replaces_what_stands_there_and_nothing_else(
    void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct record r;
    struct err err;

    hand_in(s, 1, &wrong, 1, NULL);
    ok(say(s, 1, title_is(s, other), false, &err), &err);
    assert_title(s, other);
    r = load(s, 1, &mem);
    assert_int_equal(r.fields[s->note].n, 1);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.fields[s->title].p[0].by->device, 2);
    arena_free(&mem);
}

static void the_server_has_one_device_for_it_with_a_key_of_its_own(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct record r;
    char path[300];
    struct stat st;
    struct err err;

    hand_in(s, 1, &wrong, 1, NULL);
    ok(say(s, 1, title_is(s, "one"), false, &err), &err);
    ok(say(s, 1, title_is(s, "two"), false, &err), &err);
    r = load(s, 1, &mem);
    assert_int_equal(r.fields[s->title].p[0].by->device, 2);
    assert_int_equal(r.fields[s->title].p[0].by->number, 2);
    snprintf(path, sizeof path, "%s/correct.key", s->dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    arena_free(&mem);
}

static void what_somebody_wrote_unseen_stays_beside_it(void **state)
{
    struct stage *s = *state;
    struct words unseen = {1, "lamp", false, NULL, 1};
    struct arena mem = {0};
    struct record r;
    struct err err;

    hand_in(s, 1, &wrong, 1, NULL);
    ok(say(s, 1, title_is(s, other), false, &err), &err);
    hand_in(s, 2, &unseen, 1, NULL);
    r = load(s, 1, &mem);
    assert_int_equal(r.fields[s->title].n, 2);
    arena_free(&mem);
}

static void what_is_to_be_forgotten_is_nowhere_and_does_not_come_back(
    void **state)
{
    struct stage *s = *state;
    struct words unseen = {1, secret, false, NULL, 1};
    struct err err;

    hand_in(s, 1, &wrong, 1, NULL);
    ok(say(s, 1, title_is(s, other), true, &err), &err);
    assert_title(s, other);
    assert_int_equal(hand_in(s, 2, &unseen, 1, NULL), 0);
    assert_title(s, other);
    ok(db_empty_log(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
}

/* Between others it may yet come to nothing: files and keys wait for it. */
static void in_a_transaction_of_others_nothing_goes_before_its_end(void **state)
{
    static const enum rc ends[] = {RC_BUSY, RC_OK};
    struct stage *s = *state;
    const char *pairs[] = {title_is(s, other)};
    struct correction c = {.name = {s->signal, 1, record_id(1)},
                           .pairs = pairs,
                           .pairs_n = 1,
                           .note = "letter",
                           .forget = true};
    char path[300];
    struct stat st;
    struct err err;
    size_t i;

    hand_in(s, 1, &wrong, 1, NULL);
    snprintf(path, sizeof path, "%s/erasures", s->dir);
    for (i = 0; i < countof(ends); i++) {
        ok(db_begin(s->s.db, &err), &err);
        ok(correct_next(s->dir, &s->s, &c, 9000, &err), &err);
        assert_int_equal(db_end(s->s.db, ends[i], &err), ends[i]);
        assert_int_not_equal(stat(path, &st), 0);
        assert_title(s, ends[i] == RC_OK ? other : secret);
    }
    assert_true(s->s.unsettled);
    ok(erase_settle(s->dir, &s->s, NULL, &err), &err);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(files_with(s->dir, secret), 0);
}

static void what_cannot_be_changes_nothing(void **state)
{
    struct stage *s = *state;
    struct rows_name name = {s->signal, 1, record_id(1)};
    struct erased gone;
    struct table t;
    struct err err;

    hand_in(s, 1, &wrong, 1, NULL);
    assert_int_equal(say(s, 1, "nothing=1", true, &err), RC_INVALID);
    assert_int_equal(say(s, 1, "deleted=1", true, &err), RC_INVALID);
    assert_int_equal(say(s, 1, "title", true, &err), RC_INVALID);
    assert_title(s, secret);
    ok(erase_records(s->dir, &s->s, &name, 1, 7000, &gone, &err), &err);
    assert_int_equal(say(s, 1, title_is(s, other), false, &err), RC_NOTFOUND);
    ok(deletion_table(&s->s, &t, &err), &err);
    assert_int_equal(table_rows(&t), 1); /* of the erasure */
    table_free(&t);
}

static void the_note_stands_in_the_register(void **state)
{
    struct stage *s = *state;
    struct table t;
    struct err err;

    hand_in(s, 1, &wrong, 1, NULL);
    ok(say(s, 1, title_is(s, other), false, &err), &err);
    ok(deletion_table(&s->s, &t, &err), &err);
    assert_int_equal(table_rows(&t), 1);
    assert_string_equal(t.cells[1], "correction");
    assert_string_equal(t.cells[8], "letter");
    table_free(&t);
}

/* -- pages -------------------------------------------------------------- */

static void what_somebody_wrote_is_never_markup(void **state)
{
    static const char text[] = "a|b *c* <script>x</script> [d](http://e) `f`"
                               " # g &amp; \\ ~h~ _i_\n- j\n\n| k |";
    struct buf m = buf_make(4096), page = buf_make(65536);
    struct err err;

    (void)state;
    buf_puts(&m, "| one | two |\n|---|---|\n| ");
    page_put_text(&m, bytes_of(text));
    buf_puts(&m, " | end |\n");
    ok(page_html(buf_view(&m), "<T>", LANG_EN, &page, &err), &err);
    assert_non_null(
        strstr(buf_text(&page),
               "<td>a|b *c* &lt;script&gt;x&lt;/script&gt; [d](http://e) `f`"
               " # g &amp;amp; \\ ~h~ _i_ - j  | k |</td>\n<td>end</td>"));
    assert_non_null(strstr(buf_text(&page), "<title>&lt;T&gt;</title>"));
    buf_free(&m);
    buf_free(&page);
}

static void the_register_names_every_type_field_purpose_and_term(void **state)
{
    struct stage *s = *state;
    const struct shape *shape = s->s.shape;
    int lang;
    size_t i, f;

    for (lang = LANG_NL; lang <= LANG_EN; lang++) {
        struct buf b = buf_make(1 << 24);
        const char *text;

        register_put(&b, shape, (enum lang)lang);
        text = buf_text(&b);
        assert_null(strstr(text, "(null)"));
        for (i = 0; i < shape->purposes_n; i++)
            assert_non_null(strstr(text, shape->purposes[i].basis));
        for (i = 0; i < shape->retentions_n; i++)
            assert_non_null(strstr(
                text, label_in(&shape->retentions[i].label, (enum lang)lang)));
        for (i = 0; i < shape->types_n; i++)
            for (f = 1; f < shape->types[i].fields_n; f++)
                assert_non_null(
                    strstr(text, label_in(&shape->types[i].fields[f].label,
                                          (enum lang)lang)));
        buf_free(&b);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_correction_replaces_what_stands_there_and_nothing_else),
        CASE(the_server_has_one_device_for_it_with_a_key_of_its_own),
        CASE(what_somebody_wrote_unseen_stays_beside_it),
        CASE(what_is_to_be_forgotten_is_nowhere_and_does_not_come_back),
        CASE(in_a_transaction_of_others_nothing_goes_before_its_end),
        CASE(what_cannot_be_changes_nothing),
        CASE(the_note_stands_in_the_register),
        cmocka_unit_test(what_somebody_wrote_is_never_markup),
        CASE(the_register_names_every_type_field_purpose_and_term),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
