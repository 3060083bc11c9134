/* What a page may ask of the device: forms and drafts. */
#include "tests/unit/face_stage.h"

/* -- forms --------------------------------------------------------------- */

static void a_form_asks_neither_who_nor_when_nor_what_its_role_may_not_see(
    void **state)
{
    json_t *form =
        ask(*state, "form", json_pack("{s:s}", "type", "conversation"));
    struct err err;
    size_t i, n = json_array_size(get(form, "fields"));
    struct stage *s = *state;

    says(form, "label", "Conversation");
    assert_true(n > 10);
    for (i = 0; i < n; i++) {
        const char *name = json_string_value(
            json_object_get(json_array_get(get(form, "fields"), i), "name"));

        assert_string_not_equal(name, "collector");
        assert_string_not_equal(name, "held_at");
    }
    json_decref(form);
    ok(local_put(&s->l, "role", "external", &err), &err);
    form = ask(s, "form", json_pack("{s:s}", "type", "conversation"));
    assert_true(json_array_size(get(form, "fields")) < n);
    json_decref(form);
}

static void a_call_that_is_none_is_named(void **state)
{
    json_t *out = ask_rc(*state, "wish", json_object(), RC_NOTFOUND);

    says(out, "code", "notfound");
    says(out, "text", "there is no call \"wish\"");
    json_decref(out);
}

static void every_call_has_an_answer_to_nothing(void **state)
{
    const char *name;
    size_t i;

    for (i = 0; (name = face_call_name(i)) != NULL; i++) {
        struct face_request q = {name, NULL};
        struct face_response out;

        app.l = ((struct stage *)*state)->l;
        face_answer(&app, &q, &out);
        assert_true(json_is_object(out.out));
        assert_true(out.rc == RC_OK || out.rc == RC_INVALID);
        face_drop(&out);
        app.areas = NULL;
    }
}

/* -- drafts -------------------------------------------------------------- */

static void an_answer_is_on_the_disk_when_it_is_answered(void **state)
{
    struct stage *s = *state;
    json_t *j;

    json_decref(put(s, "title", json_string("  Donkere hoek "), RC_OK));
    json_decref(
        put(s, "themes", json_pack("[s, s]", "veiligheid", "groen"), RC_OK));
    reopen(s); /* as after the power went */
    j = draft(s);
    says(j, "answers.title", "Donkere hoek");
    has(j, "answers.themes", 2);
    says(j, "answers.themes.0", "groen");
    says(j, "area", "selwerd");
    json_decref(j);
    j = ask(s, "drafts", json_object());
    has(j, "drafts", 1);
    json_decref(j);
    j = ask(s, "list", json_pack("{s:s}", "type", "signal"));
    has(j, "records", 0);
    json_decref(j);
}

static void what_leads_to_one_person_is_told_and_not_kept(void **state)
{
    struct stage *s = *state;
    json_t *j = put(s, "title", json_string("Bel mevrouw Veldman 06 12345678"),
                    RC_INVALID);

    says(j, "field", "title");
    has(j, "findings", 2);
    says(j, "findings.0.kind", "name");
    assert_true(json_is_true(get(j, "findings.0.mayStay")));
    says(j, "findings.1.kind", "phone");
    assert_true(json_is_false(get(j, "findings.1.mayStay")));
    json_decref(j);
    j = draft(s);
    assert_null(get(j, "answers.title"));
    json_decref(j);
}

static void a_name_that_is_nobodys_stays_until_it_is_saved(void **state)
{
    struct stage *s = *state;

    json_decref(put(s, "title", json_string("Bij mevrouw Holle"), RC_INVALID));
    json_decref(
        ask(s, "draft-put",
            json_pack("{s:s, s:s, s:s, s:b}", "type", "signal", "field",
                      "title", "value", "Bij mevrouw Holle", "keepWords", 1)));
    json_decref(put(s, "type", json_string("zorg"), RC_OK));
    json_decref(ask(s, "draft-save", json_pack("{s:s}", "type", "signal")));
}

static void what_is_needed_is_asked_for_before_it_is_saved(void **state)
{
    struct stage *s = *state;
    json_t *j;

    json_decref(put(s, "title", json_string("Donkere hoek"), RC_OK));
    j = ask_rc(s, "draft-save", json_pack("{s:s}", "type", "signal"),
               RC_INVALID);
    says(j, "missing", "Type");
    json_decref(j);
    j = draft(s);
    says(j, "answers.title", "Donkere hoek");
    json_decref(j);
}

static void a_saved_draft_is_a_record_that_says_who_and_the_draft_is_gone(
    void **state)
{
    struct stage *s = *state;
    json_t *j, *show, *field;
    size_t i;
    bool who = false;

    json_decref(put(s, "title", json_string("Donkere hoek"), RC_OK));
    json_decref(put(s, "type", json_string("zorg"), RC_OK));
    json_decref(put(s, "severity", json_string("3"), RC_OK));
    json_decref(put(s, "severity", json_string(""), RC_OK));
    j = ask(s, "draft-save", json_pack("{s:s}", "type", "signal"));
    show = ask(s, "show", json_pack("{s:O}", "id", get(j, "id")));
    says(show, "record.title", "Donkere hoek");
    json_array_foreach(get(show, "fields"), i, field)
    {
        assert_string_not_equal(json_string_value(get(field, "name")),
                                "severity");
        who |= strcmp(json_string_value(get(field, "name")), "reporter") == 0 &&
               strcmp(json_string_value(get(field, "text")), "w") == 0;
    }
    assert_true(who);
    json_decref(show);
    json_decref(j);
    j = draft(s);
    assert_true(json_is_false(get(j, "begun")));
    json_decref(j);
    assert_int_equal(counts(s).waiting, 1);
}

static void what_came_in_while_a_form_was_open_stays_beside_what_it_says(
    void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);
    char text[ID_TEXT_CHARS + 1];
    json_t *j;

    id_text(&id, text);
    pull(s, 1, "title", "Hoek", 1, NULL, 0);
    json_decref(ask(s, "draft-put",
                    json_pack("{s:s, s:s, s:s}", "id", text, "field", "title",
                              "value", "Donkere hoek")));
    pull(s, 1, "title", "Natte hoek", 2, NULL, 0); /* a sync */
    json_decref(ask(s, "draft-put",
                    json_pack("{s:s, s:s, s:s}", "id", text, "field", "type",
                              "value", "zorg")));
    json_decref(ask(s, "draft-save", json_pack("{s:s}", "id", text)));
    j = ask(s, "reviews", json_object());
    has(j, "reviews", 1);
    has(j, "reviews.0.fields.0.versions", 2);
    json_decref(j);
}

static void a_draft_goes_with_the_record_that_is_erased(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct states st = {.area = AREA, .upto = 9, .records = &r, .records_n = 1};
    char text[ID_TEXT_CHARS + 1];
    struct err err;
    json_t *j;

    pull(s, 1, "title", "Hoek", 1, NULL, 0);
    json_decref(ask(s, "draft-put",
                    json_pack("{s:s, s:s, s:s}", "id", id_text(&id, text),
                              "field", "title", "value", "Donkere hoek")));
    record_erase(&r, 9);
    ok(local_apply(&s->l, &st, 1790000000000, &s->mem, &err), &err);
    j = ask(s, "drafts", json_object());
    has(j, "drafts", 0);
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_form_asks_neither_who_nor_when_nor_what_its_role_may_not_see),
        CASE(a_call_that_is_none_is_named),
        CASE(every_call_has_an_answer_to_nothing),
        CASE(an_answer_is_on_the_disk_when_it_is_answered),
        CASE(what_leads_to_one_person_is_told_and_not_kept),
        CASE(a_name_that_is_nobodys_stays_until_it_is_saved),
        CASE(what_is_needed_is_asked_for_before_it_is_saved),
        CASE(a_saved_draft_is_a_record_that_says_who_and_the_draft_is_gone),
        CASE(what_came_in_while_a_form_was_open_stays_beside_what_it_says),
        CASE(a_draft_goes_with_the_record_that_is_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
