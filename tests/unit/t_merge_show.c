/* What is shown of a field that several wrote, worked out by hand: one case
 * for each line of the table of policies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sync/merge.h"
#include "tests/unit/model.h"

struct stage {
    struct arena mem;
    struct record r;
    struct shown s;
};

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    struct id id = some_id(1);

    s->r = record_new(&model_types[0], &id, 7, &s->mem);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;

    arena_free(&s->mem);
    free(s);
    return 0;
}

/* A write of a device at a clock, whose writer had seen up to `base_version`
 * and then `base` in the field; it is accepted as `version`. */
struct said {
    uint32_t device;
    uint64_t number, base_version;
    hlc_stamp clock;
    uint16_t field;
    struct value value, base;
};

static void write_as(struct stage *s, const struct said *w, uint64_t version)
{
    struct write *one = arena_new(&s->mem, sizeof *one);
    struct changeset c = {.device = w->device,
                          .number = w->number,
                          .clock = w->clock,
                          .area = 7,
                          .type = &model_types[0],
                          .record = s->r.id,
                          .base_version = w->base_version,
                          .writes = one,
                          .writes_n = 1};

    *one = (struct write){w->field, w->value, w->base};
    merge_apply(&s->r, &c, version, &s->mem);
    merge_show_record(&s->r, &s->mem, &s->s);
}

/* It arrives at the server, as the next version. */
static void said(struct stage *s, struct said w)
{
    write_as(s, &w, s->r.version + 1);
}

static const char *text_in(struct stage *s, unsigned f)
{
    const struct value *v = &s->s.values[f];

    return v->kind == VALUE_TEXT
               ? arena_text(&s->mem, (const char *)v->as.text.p, v->as.text.n)
               : "";
}

static bool reviewed(const struct stage *s, unsigned f)
{
    return (s->s.review >> f & 1) != 0;
}

#define TEXT(t) value_text(t)
#define TWO_SAY(s, f, early, late)                          \
    do {                                                    \
        said(s, (struct said){2, 1, 0, 50, f, late, {0}});  \
        said(s, (struct said){1, 1, 0, 40, f, early, {0}}); \
    } while (0)

static void latest_shows_the_highest_clock_and_asks_nobody(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_TITLE, TEXT("early"), TEXT("late"));
    assert_string_equal(text_in(s, F_TITLE), "late");
    assert_false(reviewed(s, F_TITLE));
}

static void equal_clocks_are_told_apart_by_the_device(void **state)
{
    struct stage *s = *state;

    said(s, (struct said){2, 1, 0, 50, F_TITLE, TEXT("two"), {0}});
    said(s, (struct said){1, 1, 0, 50, F_TITLE, TEXT("one"), {0}});
    assert_string_equal(text_in(s, F_TITLE), "two");
}

static void review_shows_the_latest_and_asks(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_STATUS, TEXT("open"), TEXT("done"));
    assert_string_equal(text_in(s, F_STATUS), "done");
    assert_true(reviewed(s, F_STATUS));
}

static void who_agree_need_no_review(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_STATUS, TEXT("done"), TEXT("done"));
    assert_int_equal(s->r.fields[F_STATUS].n, 2);
    assert_false(reviewed(s, F_STATUS));
    TWO_SAY(s, F_MADE_BY, TEXT("w1"), TEXT("w1"));
    assert_false(reviewed(s, F_MADE_BY));
}

static void first_shows_the_lowest_clock_and_asks(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_MADE_BY, TEXT("w1"), TEXT("w2"));
    assert_string_equal(text_in(s, F_MADE_BY), "w1");
    assert_true(reviewed(s, F_MADE_BY));
}

static void highest_goes_by_the_declared_order(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_SEVERITY, TEXT("high"), TEXT("low"));
    assert_string_equal(text_in(s, F_SEVERITY), "high");
    said(s, (struct said){3, 1, 0, 60, F_SEVERITY, TEXT("middle"), {0}});
    assert_string_equal(text_in(s, F_SEVERITY), "high");
    assert_false(reviewed(s, F_SEVERITY));
}

static void lowest_wins_whoever_came_last(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_CONSENT, value_int(1), value_int(3));
    assert_int_equal(s->s.values[F_CONSENT].as.i, 1);
    assert_false(reviewed(s, F_CONSENT));
}

static void nothing_filled_in_is_neither_high_nor_low(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_CONSENT, value_int(3), value_null());
    assert_int_equal(s->s.values[F_CONSENT].as.i, 3);
    TWO_SAY(s, F_SEVERITY, value_null(), TEXT("low"));
    assert_string_equal(text_in(s, F_SEVERITY), "low");
}

/* Every order in which three may come in, with every clock. */
static const char *shown_of_three(struct stage *s, struct shape_field f,
                                  const char *const codes[3], size_t order)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct origin by[3] = {{.clock = 1}, {.clock = 2}, {.clock = 3}};
    struct head three[3] = {{0}};
    struct heads h = {.p = three, .n = 3};
    struct value v;
    bool review;
    size_t i;

    for (i = 0; i < 3; i++) {
        three[i].by = &by[i];
        three[i].value = TEXT(codes[orders[order][i]]);
    }
    merge_show(&f, &h, &s->mem, &v, &review);
    assert_false(review);
    return arena_text(&s->mem, (const char *)v.as.text.p, v.as.text.n);
}

static void a_choice_not_known_here_is_not_taken_for_less(void **state)
{
    static const struct {
        enum policy policy;
        const char *codes[3], *shown;
    } cases[] = {
        /* Its letters stand between those of the two others. */
        {POLICY_HIGHEST, {"low", "high", "kept"}, "kept"},
        {POLICY_LOWEST, {"low", "high", "kept"}, "kept"},
        {POLICY_HIGHEST, {"middle", "kept", "lent"}, "lent"},
        {POLICY_LOWEST, {"middle", "kept", "lent"}, "kept"},
        {POLICY_LOWEST, {"high", "low", "middle"}, "low"},
        {POLICY_HIGHEST, {"high", "low", "high"}, "high"},
    };
    struct stage *s = *state;
    struct shape_field f = model_fields[F_SEVERITY];
    size_t i, order;

    for (i = 0; i < countof(cases); i++)
        for (order = 0; order < 6; order++) {
            f.policy = cases[i].policy;
            assert_string_equal(shown_of_three(s, f, cases[i].codes, order),
                                cases[i].shown);
        }
}

static void what_is_no_code_at_all_is_not_read_as_one(void **state)
{
    struct stage *s = *state;

    TWO_SAY(s, F_SEVERITY, TEXT("high"), value_int(7));
    assert_int_equal(s->s.values[F_SEVERITY].kind, VALUE_INT);
    said(s, (struct said){3, 1, 0, 45, F_SEVERITY, value_int(9), {0}});
    assert_int_equal(s->s.values[F_SEVERITY].as.i, 9);
}

static void a_union_holds_what_anyone_added_and_nobody_removed(void **state)
{
    struct stage *s = *state;
    struct value old;

    old = words(&s->mem, "green safety");
    said(s, (struct said){9, 1, 0, 1, F_THEMES, old, {0}});
    said(s, (struct said){1, 1, 1, 40, F_THEMES, words(&s->mem, "green"), old});
    said(s, (struct said){2, 1, 1, 50, F_THEMES,
                          words(&s->mem, "green night safety"), old});
    assert_true(value_has(&s->s.values[F_THEMES], bytes_of("green")));
    assert_true(value_has(&s->s.values[F_THEMES], bytes_of("night")));
    assert_false(value_has(&s->s.values[F_THEMES], bytes_of("safety")));
    assert_false(reviewed(s, F_THEMES));
}

static void texts_merge_over_the_oldest_base(void **state)
{
    struct stage *s = *state;

    said(s, (struct said){9, 1, 0, 1, F_NOTE, TEXT("One. Two."), {0}});
    said(s, (struct said){1, 1, 1, 40, F_NOTE, TEXT("One. Two. Three."),
                          TEXT("One. Two.")});
    said(s, (struct said){2, 1, 1, 50, F_NOTE, TEXT("Zero. One. Two."),
                          TEXT("One. Two.")});
    assert_string_equal(text_in(s, F_NOTE), "Zero. One. Two. Three.");
    assert_false(reviewed(s, F_NOTE));
}

static void overlapping_texts_both_stand_and_ask(void **state)
{
    struct stage *s = *state;

    said(s, (struct said){9, 1, 0, 1, F_NOTE, TEXT("It is dark."), {0}});
    said(s, (struct said){1, 1, 1, 40, F_NOTE, TEXT("It is too dark."),
                          TEXT("It is dark.")});
    said(s, (struct said){2, 1, 1, 50, F_NOTE, TEXT("It is very dark."),
                          TEXT("It is dark.")});
    assert_non_null(strstr(text_in(s, F_NOTE), "too dark"));
    assert_non_null(strstr(text_in(s, F_NOTE), "very dark"));
    assert_true(reviewed(s, F_NOTE));
}

/* On a device: its own work that nobody has seen stays over what comes in. */
static void a_write_not_accepted_yet_was_seen_by_nobody(void **state)
{
    struct stage *s = *state;
    struct said mine = {1, 1, 0, 40, F_STATUS, TEXT("open"), {0}};
    struct said theirs = {2, 1, 99, 50, F_STATUS, TEXT("done"), {0}};

    write_as(s, &mine, 0);
    assert_int_equal(s->r.version, 0);
    write_as(s, &theirs, 100);
    assert_int_equal(s->r.version, 100);
    assert_int_equal(s->r.fields[F_STATUS].n, 2);
    write_as(s, &mine, 0);
    assert_int_equal(s->r.version, 100);
}

static void the_record_has_the_version_of_its_last_changeset(void **state)
{
    struct stage *s = *state;
    uint64_t n;

    for (n = 1; n <= 3; n++) {
        said(s, (struct said){1, n, 0, n, F_TITLE, TEXT("t"), {0}});
        assert_int_equal(s->r.version, n);
    }
}

static void own_work_that_was_overtaken_does_not_come_back(void **state)
{
    struct stage *s = *state;
    struct said older = {1, 1, 0, 40, F_STATUS, TEXT("open"), {0}};

    said(s, (struct said){1, 2, 0, 50, F_STATUS, TEXT("done"), {0}});
    write_as(s, &older, 0); /* replayed over it */
    assert_int_equal(s->r.fields[F_STATUS].n, 1);
    assert_string_equal(text_in(s, F_STATUS), "done");
}

static void a_deletion_spares_what_its_own_device_wrote_after_it(void **state)
{
    struct stage *s = *state;
    struct said gone = {1, 1, 1, 40, FIELD_DELETED, value_int(1), {0}};

    said(s, (struct said){2, 1, 0, 5, F_TITLE, TEXT("lamp"), {0}});
    said(s, gone);
    assert_true(s->s.deleted);
    said(s, (struct said){1, 2, 0, 60, F_TITLE, TEXT("lamp post"), {0}});
    assert_false(s->s.deleted);
    write_as(s, &gone, 0); /* replayed over it */
    assert_false(s->s.deleted);
}

static void a_deletion_that_missed_an_edit_is_put_before_a_person(void **state)
{
    struct stage *s = *state;

    said(s, (struct said){2, 1, 0, 5, F_TITLE, TEXT("lamp"), {0}});
    said(s, (struct said){3, 1, 1, 50, F_NOTE, TEXT("Dark."), {0}});
    said(s, (struct said){1, 1, 1, 40, FIELD_DELETED, value_int(1), {0}});
    assert_false(s->s.deleted);
    assert_true(reviewed(s, FIELD_DELETED));
    assert_string_equal(text_in(s, F_NOTE), "Dark.");
}

static void a_deletion_that_missed_a_word_to_keep_it_is_put_before_a_person(
    void **state)
{
    struct stage *s = *state;
    struct said keep = {3, 1, 2, 60, FIELD_DELETED, value_null(), {0}};

    said(s, (struct said){2, 1, 0, 5, F_TITLE, TEXT("lamp"), {0}});
    said(s, (struct said){1, 1, 1, 40, FIELD_DELETED, value_int(1), {0}});
    said(s, keep);
    assert_false(s->s.deleted);
    assert_false(reviewed(s, FIELD_DELETED));
    said(s, (struct said){4, 1, 1, 50, FIELD_DELETED, value_int(1), {0}});
    assert_false(s->s.deleted);
    assert_true(reviewed(s, FIELD_DELETED));
    said(s, (struct said){4, 2, 4, 70, FIELD_DELETED, value_int(1), {0}});
    assert_true(s->s.deleted); /* with all seen */
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(latest_shows_the_highest_clock_and_asks_nobody),
        CASE(equal_clocks_are_told_apart_by_the_device),
        CASE(review_shows_the_latest_and_asks),
        CASE(who_agree_need_no_review),
        CASE(first_shows_the_lowest_clock_and_asks),
        CASE(highest_goes_by_the_declared_order),
        CASE(lowest_wins_whoever_came_last),
        CASE(nothing_filled_in_is_neither_high_nor_low),
        CASE(a_choice_not_known_here_is_not_taken_for_less),
        CASE(what_is_no_code_at_all_is_not_read_as_one),
        CASE(a_union_holds_what_anyone_added_and_nobody_removed),
        CASE(texts_merge_over_the_oldest_base),
        CASE(overlapping_texts_both_stand_and_ask),
        CASE(a_write_not_accepted_yet_was_seen_by_nobody),
        CASE(the_record_has_the_version_of_its_last_changeset),
        CASE(own_work_that_was_overtaken_does_not_come_back),
        CASE(a_deletion_spares_what_its_own_device_wrote_after_it),
        CASE(a_deletion_that_missed_an_edit_is_put_before_a_person),
        CASE(a_deletion_that_missed_a_word_to_keep_it_is_put_before_a_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
