/* The neighbourhood of a record follows from its point, unless a person gave
 * one: on the device that made it and on any other, without a network. */
#include "client/edit.h"
#include "client/where.h"
#include "sync/fill.h"
#include "tests/unit/face_stage.h"
#include "tests/unit/where_stage.h"

/* -- neighbourhoods ------------------------------------------------------ */

static void announce(struct stage *s, const char *version)
{
    struct err err;

    ok(where_welcome(&s->l, bytes_of(version), &err), &err);
}

static void learn(struct stage *s, const char *version, unsigned year,
                  unsigned n)
{
    struct message m = told_squares(version, year, n, &s->mem);
    struct err err;

    announce(s, version);
    ok(where_take(&s->l, squares_packed(&m, &s->mem), &err), &err);
}

static const char *at(struct stage *s, const char *point)
{
    struct geo_point p;
    struct where w;
    bool known;
    struct err err;

    assert_true(geo_read(bytes_of(point), &p));
    ok(where_at(&s->l, p, &s->mem, &known, &w, &err), &err);
    return known ? arena_text(&s->mem, (const char *)w.code.p, w.code.n)
                 : "unknown";
}

static const char *due(struct stage *s)
{
    const char *version;
    struct err err;

    ok(where_due(&s->l, &s->mem, &version, &err), &err);
    return version;
}

/* -- recording ----------------------------------------------------------- */

static void begin(struct stage *s)
{
    arena_reset(&app.mem);
    app.l = s->l;
    app.lang = LANG_EN;
    app.now_ms = app_ms++;
    app.areas = NULL;
}

static void enter(struct edit *e, const char *const *words)
{
    struct err err;

    for (; *words != NULL; words++)
        ok(edit_word(e, *words, &err), &err);
    ok(edit_save(e, &err), &err);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct id recorded(struct stage *s, const char *const *words)
{
    struct edit e;

    begin(s);
    edit_new(&e, &app, s->signal, AREA, NULL);
    enter(&e, words);
    return e.id;
}

static void changed(struct stage *s, struct id id, const char *const *words)
{
    struct rows_name name = {s->signal, AREA, id};
    struct edit e;
    struct err err;

    begin(s);
    ok(edit_open(&e, &app, &name, &err), &err);
    enter(&e, words);
}

static const char *code_of(struct stage *s, struct id id)
{
    struct local_record r;
    struct shown sh;
    const struct value *v;
    struct err err;

    ok(local_load(&s->l, s->signal, AREA, &id, &s->mem, &r, &err), &err);
    merge_show_record(&r.shown, &s->mem, &sh);
    v = &sh.values[field(s, "neighbourhood")];
    return v->kind == VALUE_TEXT
               ? arena_text(&s->mem, (const char *)v->as.text.p, v->as.text.n)
               : "";
}

#define SAYS(id, code) assert_string_equal(code_of(s, id), code)

/* -- cases --------------------------------------------------------------- */

static void a_point_fills_in_its_neighbourhood_and_a_text_none(void **state)
{
    struct stage *s = *state;

    learn(s, "1", 2022, 3);
    SAYS(recorded(s, WORDS("title=Lamp", "place=53.05,6.05")),
         "2022BU00010000");
    SAYS(recorded(s, WORDS("place=53.05, 6.25", "title=Lamp")),
         "2022BU00010002");
    SAYS(recorded(s, WORDS("title=Lamp")), "");
}

static void a_page_that_records_a_point_has_it_too(void **state)
{
    struct stage *s = *state;
    json_t *out;
    char *id, *text;

    learn(s, "1", 2022, 3);
    id = saved(s, "signal",
               json_pack("{s:s, s:s, s:s}", "title", "Lamp", "type", "zorg",
                         "place", "53.05,6.15"));
    out = ask(s, "show", json_pack("{s:s}", "id", id));
    text = json_dumps(out, JSON_COMPACT);
    if (strstr(text, "2022BU00010001") == NULL)
        fail_msg("%s", text);
    json_decref(out);
    free(text);
    free(id);
}

static void what_a_person_gave_is_not_overwritten(void **state)
{
    struct stage *s = *state;
    struct id id;

    learn(s, "1", 2022, 3);
    SAYS(recorded(s, WORDS("place=53.05,6.05", "neighbourhood=2022BU00149999")),
         "2022BU00149999");
    id = recorded(s, WORDS("neighbourhood=2022BU00149999", "place=53.05,6.05"));
    SAYS(id, "2022BU00149999");
    changed(s, id, WORDS("place=53.05,6.15"));
    SAYS(id, "2022BU00149999");
    /* Nor if it is what would have been filled in. */
    id = recorded(s, WORDS("place=53.05,6.05", "neighbourhood=2022BU00010000"));
    changed(s, id, WORDS("place=53.05,6.15"));
    SAYS(id, "2022BU00010000");
    id = recorded(s, WORDS("place=53.05,6.05"));
    changed(s, id, WORDS("neighbourhood=2022BU00010000"));
    changed(s, id, WORDS("place=53.05,6.15"));
    SAYS(id, "2022BU00010000");
}

static void what_was_filled_in_moves_with_the_point(void **state)
{
    struct stage *s = *state;
    struct id id;

    learn(s, "1", 2022, 3);
    id = recorded(s, WORDS("title=Lamp", "place=53.05,6.05"));
    changed(s, id, WORDS("place=53.05,6.15"));
    SAYS(id, "2022BU00010001");
    changed(s, id, WORDS("title=Paal"));
    SAYS(id, "2022BU00010001");
    changed(s, id, WORDS("place=53.05,6.16"));
    changed(s, id, WORDS("place=53.05,6.25"));
    SAYS(id, "2022BU00010002");
    changed(s, id, WORDS("place=60,6.25")); /* out of town */
    SAYS(id, "");
    changed(s, id, WORDS("place=53.05,6.25"));
    SAYS(id, "2022BU00010002");
    changed(s, id, WORDS("place="));
    SAYS(id, "");
}

/* What an empty answer of a form leaves is no code that a person gave. */
static void a_question_that_was_passed_over_is_no_answer(void **state)
{
    struct stage *s = *state;

    learn(s, "1", 2022, 3);
    SAYS(recorded(s, WORDS("neighbourhood=", "place=53.05,6.05")),
         "2022BU00010000");
    SAYS(recorded(s, WORDS("place=53.05,6.05", "neighbourhood=")),
         "2022BU00010000");
}

/* As another device of this town made it. */
static void pulled_from_another(struct stage *s, struct id id, bool filled)
{
    struct write w[2] = {
        {.field = field(s, "place"), .value = value_text("53.05,6.05")},
        {.field = field(s, "neighbourhood"),
         .value = value_text("2022BU00010000")}};
    struct changeset c = {.device = 9,
                          .number = 1,
                          .clock = 1,
                          .area = AREA,
                          .type = s->signal,
                          .record = id,
                          .writes = w,
                          .writes_n = 2};
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct states st = {.area = AREA, .upto = 1, .records = &r, .records_n = 1};
    struct err err;

    if (filled)
        w[1] = fill_write(w[1].field, w[1].value.as.text);
    merge_apply(&r, &c, 1, &s->mem);
    ok(local_apply(&s->l, &st, 1790000000000, &s->mem, &err), &err);
}

static void another_device_tells_what_was_filled_in_from_what_was_given(
    void **state)
{
    struct stage *s = *state;
    struct id filled = record_id(1), given = record_id(2);

    learn(s, "1", 2022, 3);
    pulled_from_another(s, filled, true);
    pulled_from_another(s, given, false);
    changed(s, filled, WORDS("place=53.05,6.15"));
    changed(s, given, WORDS("place=53.05,6.15"));
    SAYS(filled, "2022BU00010001");
    SAYS(given, "2022BU00010000");
}

static void a_border_belongs_to_one_side(void **state)
{
    struct stage *s = *state;

    learn(s, "1", 2022, 3);
    assert_string_equal(at(s, "53.05,6.099999"), "2022BU00010000");
    assert_string_equal(at(s, "53.05,6.1"), "2022BU00010001");
    assert_string_equal(at(s, "53.0,6.1"), "2022BU00010001");
    assert_string_equal(at(s, "53.1,6.05"), "");
    assert_string_equal(at(s, "53.05,6.3"), "");
    SAYS(recorded(s, WORDS("place=53.05,6.1")), "2022BU00010001");
}

static void without_neighbourhoods_nothing_is_filled_in_or_taken_out(
    void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);

    assert_string_equal(at(s, "53.05,6.05"), "unknown");
    SAYS(recorded(s, WORDS("place=53.05,6.05")), "");
    pulled_from_another(s, id, true);
    changed(s, id, WORDS("place=53.05,6.15"));
    SAYS(id, "2022BU00010000");
    learn(s, "1", 2022, 3);
    SAYS(recorded(s, WORDS("place=60,6.05")), "");
}

static void newer_neighbourhoods_take_the_place_of_older_ones(void **state)
{
    struct stage *s = *state;
    struct id id;

    learn(s, "1", 2022, 3);
    assert_string_equal(due(s), "");
    id = recorded(s, WORDS("place=53.05,6.05"));
    announce(s, "2");
    assert_string_equal(due(s), "2");
    assert_string_equal(at(s, "53.05,6.05"), "2022BU00010000");
    learn(s, "2", 2025, 2);
    assert_string_equal(due(s), "");
    assert_string_equal(at(s, "53.05,6.05"), "2025BU00010000");
    assert_string_equal(at(s, "53.05,6.25"), "");
    SAYS(id, "2022BU00010000");
    changed(s, id, WORDS("place=53.05,6.15"));
    SAYS(id, "2025BU00010001");
    announce(s, "");
    assert_string_equal(due(s), "");
    assert_string_equal(at(s, "53.05,6.05"), "unknown");
    announce(s, "2");
    assert_string_equal(due(s), "2");
}

static void an_answer_that_was_cut_anywhere_leaves_those_before(void **state)
{
    struct stage *s = *state;
    struct message m = told_squares("2", 2025, 3, &s->mem), other;
    struct bytes whole = squares_packed(&m, &s->mem);
    struct err err;
    size_t n;

    learn(s, "1", 2022, 3);
    announce(s, "2");
    for (n = 0; n < whole.n; n++) {
        assert_int_equal(where_take(&s->l, (struct bytes){whole.p, n}, &err),
                         RC_CORRUPT);
        assert_string_equal(at(s, "53.05,6.05"), "2022BU00010000");
        assert_string_equal(due(s), "2");
    }
    other = told_squares("3", 2025, 3, &s->mem);
    assert_int_equal(where_take(&s->l, squares_packed(&other, &s->mem), &err),
                     RC_OUTDATED);
    other = (struct message){.kind = MESSAGE_WIPE, .as.wipe = {3}};
    assert_int_equal(where_take(&s->l, squares_packed(&other, &s->mem), &err),
                     RC_CORRUPT);
    assert_string_equal(at(s, "53.05,6.05"), "2022BU00010000");
    ok(where_take(&s->l, whole, &err), &err);
    assert_string_equal(at(s, "53.05,6.05"), "2025BU00010000");
}

static void they_stay_when_the_store_is_opened_again(void **state)
{
    struct stage *s = *state;

    learn(s, "1", 2022, 3);
    reopen(s);
    assert_string_equal(at(s, "53.05,6.05"), "2022BU00010000");
    assert_string_equal(due(s), "");
}

static double corner(const json_t *line, size_t n, size_t axis)
{
    return json_real_value(json_array_get(json_array_get(line, n), axis));
}

static void maps_draw_the_outlines_that_a_sync_brought(void **state)
{
    struct stage *s = *state;
    json_t *out = ask(s, "outlines", NULL), *second, *line;

    assert_true(json_is_null(json_object_get(out, "shapes")));
    json_decref(out);
    learn(s, "1", 2022, 3);
    out = ask(s, "outlines", NULL);
    has(out, "shapes.features", 3);
    second = get(out, "shapes.features.1");
    says(second, "properties.code", "2022BU00010001");
    says(second, "properties.name", "Square 1");
    says(second, "geometry.type", "MultiLineString");
    line = get(second, "geometry.coordinates.0");
    assert_int_equal(json_array_size(line), 5);
    assert_true(corner(line, 0, 0) == 6.1 && corner(line, 0, 1) == 53.0);
    assert_true(corner(line, 2, 0) == 6.2 && corner(line, 2, 1) == 53.1);
    assert_true(corner(line, 4, 0) == 6.1 && corner(line, 4, 1) == 53.0);
    json_decref(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_point_fills_in_its_neighbourhood_and_a_text_none),
        CASE(a_page_that_records_a_point_has_it_too),
        CASE(what_a_person_gave_is_not_overwritten),
        CASE(what_was_filled_in_moves_with_the_point),
        CASE(a_question_that_was_passed_over_is_no_answer),
        CASE(another_device_tells_what_was_filled_in_from_what_was_given),
        CASE(a_border_belongs_to_one_side),
        CASE(without_neighbourhoods_nothing_is_filled_in_or_taken_out),
        CASE(newer_neighbourhoods_take_the_place_of_older_ones),
        CASE(an_answer_that_was_cut_anywhere_leaves_those_before),
        CASE(they_stay_when_the_store_is_opened_again),
        CASE(maps_draw_the_outlines_that_a_sync_brought),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
