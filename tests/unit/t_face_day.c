/* What a page may ask of the device: the day, conflicts, consent, photos. */
#include "sync/base/text.h"
#include "tests/unit/face_stage.h"
#include "tests/unit/picture_made.h"

/* -- the day ------------------------------------------------------------- */

static void a_route_has_its_doors_in_order_and_what_came_of_each(void **state)
{
    struct stage *s = *state;
    struct err err;
    char *route, *far, *near, *visit;
    json_t *j;

    ok(local_put(&s->l, "role", "lead", &err), &err);
    route = saved(s, "route",
                  json_pack("{s:s, s:[s], s:[s]}", "title", "Ronde", "streets",
                            "Eikenlaan oneven", "assignees", "w"));
    free(saved(s, "route",
               json_pack("{s:s, s:[s], s:[s]}", "title", "Van een ander",
                         "streets", "Eikenlaan", "assignees", "v")));
    free(saved(s, "route",
               json_pack("{s:s, s:[s], s:s}", "title", "Voorbij", "streets",
                         "Eikenlaan", "status", "gesloten")));
    far = saved(
        s, "address",
        json_pack("{s:s, s:i}", "street", "Eikenlaan", "house_number", 5010));
    near = saved(s, "address",
                 json_pack("{s:s, s:i, s:s}", "street", "Eikenlaan",
                           "house_number", 5003, "house_letter", "b"));
    free(saved(s, "address",
               json_pack("{s:s, s:i}", "street", "Eikenlaantje", "house_number",
                         5001)));
    free(saved(s, "door-visit",
               json_pack("{s:s, s:s, s:s}", "route", route, "address", near,
                         "result", "niet_thuis")));
    visit = saved(s, "door-visit",
                  json_pack("{s:s, s:s, s:s}", "route", route, "address", near,
                            "result", "gesprek"));
    j = ask(s, "today", json_object());
    has(j, "routes", 1);
    has(j, "routes.0.doors", 2);
    says(j, "routes.0.doors.0.number", "5003b");
    says(j, "routes.0.doors.0.last.result", "gesprek");
    assert_int_equal(json_integer_value(get(j, "routes.0.doors.0.visits")), 2);
    says(j, "routes.0.doors.1.id", far);
    assert_null(get(j, "routes.0.doors.1.last"));
    json_decref(j);
    json_decref(ask(s, "delete", json_pack("{s:s}", "id", visit)));
    j = ask(s, "today", json_object());
    says(j, "routes.0.doors.0.last.result", "niet_thuis");
    json_decref(j);
    free(route);
    free(far);
    free(near);
    free(visit);
}

static void what_is_due_comes_first_and_what_is_done_not_at_all(void **state)
{
    struct stage *s = *state;
    char *about =
        saved(s, "conversation", json_pack("{s:[s]}", "themes", "groen"));
    json_t *j;

    free(saved(s, "follow-up",
               json_pack("{s:s, s:s, s:s}", "about", about, "kind", "melden",
                         "due", "2026-12-01")));
    free(saved(s, "follow-up",
               json_pack("{s:s, s:s, s:s, s:s}", "about", about, "kind",
                         "koppelen", "due", "2026-11-26", "owner", "w")));
    free(saved(s, "follow-up",
               json_pack("{s:s, s:s, s:s, s:s}", "about", about, "kind",
                         "uitnodigen", "due", "2026-11-20", "status",
                         "gedaan")));
    free(saved(s, "follow-up",
               json_pack("{s:s, s:s, s:s}", "about", about, "kind",
                         "wij_entree", "owner", "v")));
    j = ask(s, "due", json_object());
    has(j, "due", 2);
    says(j, "due.0.due", "2026-11-26");
    says(j, "due.1.due", "2026-12-01");
    says(j, "due.0.about.id", about);
    json_decref(j);
    free(about);
}

/* -- conflicts ----------------------------------------------------------- */

static void the_version_chosen_is_the_one_that_was_on_the_screen(void **state)
{
    struct stage *s = *state;
    char text[ID_TEXT_CHARS + 1];
    struct id id = record_id(1);
    json_t *j, *take;

    id_text(&id, text);
    pull(s, 1, "type", "zorg", 1, NULL, 0);
    save(s, 1, "title", "Donkere hoek");
    pull(s, 1, "title", "Natte hoek", 2, NULL, 0);
    j = ask(s, "reviews", json_object());
    has(j, "reviews.0.fields.0.versions", 2);
    take = json_pack("{s:i, s:i}", "device", 9, "number", 7);
    json_decref(ask_rc(s, "resolve",
                       json_pack("{s:s, s:s, s:o}", "id", text, "field",
                                 "title", "take", take),
                       RC_CONFLICT));
    take = json_pack("{s:i, s:i}", "device", 9, "number", 2);
    json_decref(
        ask(s, "resolve",
            json_pack("{s:s, s:s, s:O, s:o}", "id", text, "field", "title",
                      "seen", get(j, "reviews.0.seen"), "take", take)));
    json_decref(j);
    assert_string_equal(shown(s, 1, "title"), "Natte hoek");
    j = ask(s, "reviews", json_object());
    has(j, "reviews", 0);
    json_decref(j);
}

/* -- consent, photos ----------------------------------------------------- */

static void consent_is_told_and_taken_back(void **state)
{
    struct stage *s = *state;
    char *about =
        saved(s, "conversation", json_pack("{s:[s]}", "themes", "groen"));
    char *consent =
        saved(s, "consent",
              json_pack("{s:s, s:s, s:s}", "subject", about, "purpose",
                        "herbezoek", "state", "gegeven"));
    json_t *j = ask(s, "consents", json_pack("{s:s}", "id", about));

    has(j, "consents", 1);
    says(j, "consents.0.purpose", "herbezoek");
    assert_true(json_is_true(get(j, "consents.0.given")));
    json_decref(j);
    j = ask(s, "withdraw", json_pack("{s:s}", "id", consent));
    has(j, "withdrawn", 1);
    json_decref(j);
    j = ask(s, "consents", json_pack("{s:s}", "id", about));
    assert_true(json_is_false(get(j, "consents.0.given")));
    json_decref(j);
    free(about);
    free(consent);
}

static void photos_say(struct stage *s, json_int_t waiting, unsigned kept)
{
    json_t *j = ask(s, "waiting", json_object());
    struct db_query *q =
        db_query(s->l.db, SQL("SELECT count(*) AS n FROM attachment"));
    struct err err;

    assert_int_equal(json_integer_value(get(j, "photos")), waiting);
    assert_true(db_row(q));
    assert_int_equal(db_i64(q, "n"), kept);
    ok(db_done(q, &err), &err);
    json_decref(j);
}

static char *photo(struct stage *s, unsigned width)
{
    struct buf made = buf_make(1 << 20), text = buf_make(1 << 21);
    json_t *j;
    char *sha256;

    picture_jpeg_made(width, 30, 1, true, false, NULL, &made);
    text_put_base64(&text, buf_view(&made));
    j = ask(
        s, "photo-add",
        json_pack("{s:s, s:s}", "area", "selwerd", "body", buf_text(&text)));
    sha256 = strdup(json_string_value(get(j, "sha256")));
    json_decref(j);
    buf_free(&made);
    buf_free(&text);
    return sha256;
}

static void a_photo_waits_with_its_draft_and_goes_with_it(void **state)
{
    struct stage *s = *state;
    char *one = photo(s, 40), *two = photo(s, 41);

    photos_say(s, 0, 2);
    json_decref(put(s, "photos", json_pack("[s, s]", one, two), RC_OK));
    json_decref(put(s, "photos", json_pack("[s]", one), RC_OK));
    json_decref(put(s, "title", json_string("Donkere hoek"), RC_OK));
    json_decref(put(s, "type", json_string("zorg"), RC_OK));
    photos_say(s, 0, 2);
    json_decref(ask(s, "draft-save", json_pack("{s:s}", "type", "signal")));
    photos_say(s, 1, 1);
    json_decref(put(s, "photos", json_pack("[s]", one), RC_OK));
    free(two);
    two = photo(s, 42);
    json_decref(put(s, "photos", json_pack("[s, s]", one, two), RC_OK));
    json_decref(ask(s, "draft-drop", json_pack("{s:s}", "type", "signal")));
    photos_say(s, 1, 1);
    free(one);
    free(two);
}

static void a_photo_comes_back_without_what_the_camera_wrote(void **state)
{
    struct stage *s = *state;
    struct buf made = buf_make(1 << 20), text = buf_make(1 << 21), back;
    json_t *j, *k;
    size_t i;

    picture_jpeg_made(40, 30, 1, true, false, NULL, &made);
    text_put_base64(&text, buf_view(&made));
    j = ask(
        s, "photo-add",
        json_pack("{s:s, s:s}", "area", "selwerd", "body", buf_text(&text)));
    k = ask(s, "photo", json_pack("{s:O}", "sha256", get(j, "sha256")));
    says(k, "media", "image/jpeg");
    back = buf_make(1 << 20);
    assert_true(
        text_take_base64(bytes_of(json_string_value(get(k, "body"))), &back));
    assert_true(back.n > 0 && back.n < made.n);
    for (i = 0; i + sizeof PICTURE_WORD <= back.n; i++)
        assert_memory_not_equal(back.p + i, PICTURE_WORD,
                                sizeof PICTURE_WORD - 1);
    json_decref(
        ask_rc(s, "photo-add",
               json_pack("{s:s, s:s}", "area", "selwerd", "body", "no base64!"),
               RC_INVALID));
    json_decref(j);
    json_decref(k);
    buf_free(&made);
    buf_free(&text);
    buf_free(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_route_has_its_doors_in_order_and_what_came_of_each),
        CASE(what_is_due_comes_first_and_what_is_done_not_at_all),
        CASE(the_version_chosen_is_the_one_that_was_on_the_screen),
        CASE(consent_is_told_and_taken_back),
        CASE(a_photo_waits_with_its_draft_and_goes_with_it),
        CASE(a_photo_comes_back_without_what_the_camera_wrote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
