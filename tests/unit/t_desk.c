/* What the pages of the desk read and change, by role, area and field, on a
 * real server. */
#include "tests/unit/web_stage.h"

#include <jansson.h>

#include "server/access_read.h"
#include "server/desk.h"

/* -- calls --------------------------------------------------------------------
 */

static json_t *answer(struct stage *s, const char *cookie, const char *call,
                      long status, const char *body)
{
    struct answered got =
        posted(s, arena_printf(&s->mem, "/web/do/%s", call), body, cookie);
    json_t *j = json_loadb((const char *)got.body.p, got.body.n, 0, NULL);

    if (got.status != status)
        fail_msg("%s %s: %ld: %s", call, body, got.status, buf_text(&got.body));
    buf_free(&got.body);
    return j;
}

static void ask(struct stage *s, const char *cookie, const char *call,
                long status, const char *body)
{
    json_decref(answer(s, cookie, call, status, body));
}

static const char *text_of(struct stage *s, const json_t *j, const char *key)
{
    const char *text = json_string_value(json_object_get(j, key));

    assert_non_null(text);
    return arena_text(&s->mem, text, strlen(text));
}

/* A signal of a lead, in their area; its id. */
static const char *a_signal(struct stage *s, const char *lead)
{
    json_t *j = answer(
        s, lead, "save", 200,
        "{\"type\":\"signal\",\"area\":1,\"version\":0,\"values\":{\"title\":"
        "\"Donkere steeg\",\"description\":\"Er brandt geen lamp. Het is er"
        " glad.\",\"severity\":\"hoog\",\"themes\":\"veiligheid\",\"note\":"
        "\"alleen voor het team\"}}");
    const char *id = text_of(s, j, "id");

    json_decref(j);
    return id;
}

static const char *named(struct stage *s, const char *id, int area,
                         const char *more)
{
    return arena_printf(&s->mem,
                        "{\"type\":\"signal\",\"area\":%d,\"id\":\"%s\"%s}",
                        area, id, more);
}

static json_t *field_of(json_t *record, const char *name)
{
    json_t *f;
    size_t i;

    json_array_foreach(json_object_get(record, "fields"), i, f)
    {
        if (strcmp(json_string_value(json_object_get(f, "name")), name) == 0)
            return f;
    }
    return NULL;
}

/* -- cases
 * ---------------------------------------------------------------------- */

static void what_a_lead_writes_is_read_back_under_their_name(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead);
    json_t *j = answer(s, lead, "show", 200, named(s, id, OWN, "")), *f;
    json_t *head;

    f = field_of(j, "title");
    assert_string_equal(text_of(s, f, "plain"), "Donkere steeg");
    head = json_array_get(json_object_get(f, "versions"), 0);
    assert_string_equal(text_of(s, head, "user"), "lead");
    /* Another change, by a device of the same account. */
    ask(s, lead, "save", 200,
        named(s, id, OWN, ",\"version\":1,\"values\":{\"severity\":\"laag\"}"));
    json_decref(j);
    j = answer(s, lead, "list", 200,
               "{\"type\":\"signal\",\"where\":{\"severity\":\"1\"}}");
    assert_int_equal(json_array_size(json_object_get(j, "records")), 1);
    json_decref(j);
    made_free(&m);
}

static void who_has_not_seen_the_last_change_changes_nothing(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead);

    ask(s, lead, "save", 200,
        named(s, id, OWN, ",\"version\":1,\"values\":{\"title\":\"A\"}"));
    ask(s, lead, "save", 409,
        named(s, id, OWN, ",\"version\":1,\"values\":{\"title\":\"B\"}"));
    ask(s, lead, "save", 409,
        named(s, id, OWN, ",\"values\":{\"title\":\"B\"}"));
    ask(s, lead, "save", 409,
        named(s, id, OWN,
              ",\"version\":2,\"take\":{\"title\":{\"device\":99,\"number\":"
              "1}}"));
    made_free(&m);
}

static void what_cannot_be_is_refused_before_anything_is_written(void **state)
{
    static const char *const bad[] = {"{}",
                                      "{\"title\":7}",
                                      "{\"nothing\":\"x\"}",
                                      "{\"severity\":\"heel erg\"}",
                                      "{\"deleted\":\"1\"}",
                                      "{\"first_seen\":\"2026-13-40\"}"};
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead);
    struct merger_stats before = merger_stats(s->server->merger), after;
    json_t *j;
    size_t i;

    for (i = 0; i < countof(bad); i++)
        ask(s, lead, "save", 400,
            named(
                s, id, OWN,
                arena_printf(&s->mem, ",\"version\":1,\"values\":%s", bad[i])));
    ask(s, lead, "save", 400,
        named(s, id, OWN, ",\"version\":1,\"deleted\":\"perhaps\""));
    j = answer(s, lead, "show", 200, named(s, id, OWN, ""));
    assert_int_equal(json_integer_value(json_object_get(j, "version")), 1);
    json_decref(j);
    after = merger_stats(s->server->merger);
    assert_true(after.jobs > before.jobs);
    made_free(&m);
}

static void another_area_is_not_there(void **state)
{
    static const int areas[] = {OTHER, WITHDRAWN, UNKNOWN, 0, -1};
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead);
    size_t i;

    for (i = 0; i < countof(areas); i++) {
        ask(s, lead, "show", 403, named(s, id, areas[i], ""));
        ask(s, lead, "related", 403, named(s, id, areas[i], ""));
        ask(s, lead, "save", 403,
            named(s, id, areas[i],
                  ",\"version\":1,\"values\":{\"title\":\"x\"}"));
        if (areas[i] != 0)
            ask(s, lead, "list", 403,
                arena_printf(&s->mem, "{\"type\":\"signal\",\"area\":%d}",
                             areas[i]));
    }
    made_free(&m);
}

static void fields_and_types_that_are_not_for_a_role_are_not_told(void **state)
{
    struct stage *s = *state;
    struct made_passkey m, n, o;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead),
               *privacy = come_in(s, &n, ROLE_PRIVACY),
               *analyst = come_in(s, &o, ROLE_ANALYST);
    const struct shape *shape = merger_shape(s->server->merger);
    static const char *const reading[] = {"list", "show", "related", "save"};
    json_t *j, *form;
    size_t i, k;

    /* A privacy officer reads, and writes nothing. */
    ask(s, privacy, "show", 200, named(s, id, OWN, ""));
    ask(s, privacy, "save", 403,
        named(s, id, OWN, ",\"version\":1,\"values\":{\"title\":\"x\"}"));
    ask(s, analyst, "show", 403, named(s, id, OWN, ""));
    ask(s, analyst, "list", 403, "{\"type\":\"signal\"}");
    /* What is kept apart is on no page, not for who knows its name either. */
    for (i = 0; i < shape->types_n; i++)
        for (k = 0; shape->types[i].apart && k < countof(reading); k++) {
            const char *of = shape->types[i].name;

            ask(s, lead, reading[k], 403,
                arena_printf(&s->mem,
                             "{\"type\":\"%s\",\"area\":1,\"version\":0}", of));
            ask(s, lead, reading[k], 403,
                arena_printf(&s->mem,
                             "{\"type\":\"%s\",\"area\":1,\"version\":0,"
                             "\"id\":\"%s\"}",
                             of, id));
        }
    j = answer(s, analyst, "types", 200, "{}");
    json_array_foreach(json_object_get(j, "types"), i, form)
    {
        const struct shape_type *t = shape_type_named(
            shape, bytes_of(json_string_value(json_object_get(form, "type"))));
        json_t *f;

        assert_true(t->see >> ROLE_ANALYST & 1U);
        json_array_foreach(json_object_get(form, "fields"), k, f)
        {
            assert_true(shape_field_named(t, bytes_of(json_string_value(
                                                 json_object_get(f, "name"))))
                                ->see >>
                            ROLE_ANALYST &
                        1U);
        }
    }
    json_decref(j);
    made_free(&m);
    made_free(&n);
    made_free(&o);
}

static void a_role_that_may_not_write_a_type_does_not(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD);
    const struct shape *shape = merger_shape(s->server->merger);
    size_t i;

    for (i = 0; i < shape->types_n; i++) {
        const struct shape_type *t = &shape->types[i];

        if (t->apart || !(t->see >> ROLE_LEAD & 1U) ||
            (t->write >> ROLE_LEAD & 1U))
            continue;
        ask(s, lead, "save", 403,
            arena_printf(&s->mem,
                         "{\"type\":\"%s\",\"area\":1,\"version\":0,"
                         "\"values\":{\"%s\":\"1\"}}",
                         t->name, t->fields[1].name));
    }
    made_free(&m);
}

static enum rc keep_last(void *ctx, const struct access_said *a,
                         struct err *err)
{
    (void)err;
    snprintf(ctx, 200, "%s %s %s %s %s", a->act, a->user, a->result, a->type,
             a->record);
    if (strstr((const char *)a->line.p, "Donkere") != NULL)
        fail_msg("%s", (const char *)a->line.p);
    return RC_OK;
}

static void what_was_read_and_changed_is_in_the_access_log(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead);
    char last[200];
    struct err err;

    ok(access_read(s->dir, keep_last, last, &err), &err);
    assert_string_equal(last,
                        arena_printf(&s->mem, "save lead ok signal %s", id));
    ask(s, lead, "show", 200, named(s, id, OWN, ""));
    ok(access_read(s->dir, keep_last, last, &err), &err);
    assert_string_equal(last,
                        arena_printf(&s->mem, "show lead ok signal %s", id));
    made_free(&m);
}

static void what_may_be_the_same_is_found_and_merged(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id[2];
    json_t *j, *list;
    int i;

    for (i = 0; i < 2; i++) {
        j = answer(s, lead, "save", 200,
                   "{\"type\":\"signal\",\"area\":1,\"version\":0,\"values\":{"
                   "\"title\":\"Donkere steeg\",\"themes\":\"veiligheid\","
                   "\"place\":\"53.219,6.567\"}}");
        id[i] = text_of(s, j, "id");
        json_decref(j);
    }
    j = answer(s, lead, "related", 200, named(s, id[0], OWN, ""));
    list = json_object_get(j, "records");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_of(s, json_array_get(list, 0), "id"), id[1]);
    ask(s, lead, "save", 200,
        named(s, id[0], OWN,
              arena_printf(&s->mem,
                           ",\"version\":1,\"values\":{\"%s\":\"%s\",\"%s\":"
                           "\"%s\"}",
                           text_of(s, j, "into"), id[1], text_of(s, j, "field"),
                           text_of(s, j, "code"))));
    json_decref(j);
    j = answer(s, lead, "related", 200, named(s, id[1], OWN, ""));
    assert_int_equal(json_array_size(json_object_get(j, "records")), 0);
    json_decref(j);
    made_free(&m);
}

static void a_lead_gives_codes_to_workers_of_their_own_areas_alone(void **state)
{
    static const struct {
        const char *user, *role, *area;
        long status;
    } wishes[] = {{"nieuw", "worker", "area-1", 200},
                  {"ander", "external", "area-1", 400}, /* signed no rules */
                  {"ander", "lead", "area-1", 403},
                  {"ander", "admin", "area-1", 403},
                  {"ander", "worker", "area-2", 403},
                  {"ander", "worker", "area-1\",\"area-2", 403},
                  {"lead", "worker", "area-1", 403}, /* themselves */
                  {"admin", "worker", "area-1", 403},
                  {"ander", "worker", "nowhere", 404},
                  {"worker", "worker", "area-1", 200}};
    struct stage *s = *state;
    struct made_passkey m, n;
    const char *lead = come_in(s, &m, ROLE_LEAD),
               *admin = come_in(s, &n, ROLE_ADMIN);
    struct arena mem = {0};
    struct account a;
    struct store st;
    struct err err;
    size_t i;

    for (i = 0; i < countof(wishes); i++)
        ask(s, lead, "invite", wishes[i].status,
            arena_printf(&s->mem,
                         "{\"user\":\"%s\",\"role\":\"%s\",\"areas\":[\"%s\"]}",
                         wishes[i].user, wishes[i].role, wishes[i].area));
    ok(store_open(s->dir, STORE_READ, NULL, &st, &err), &err);
    assert_int_equal(store_account(&st, "ander", &mem, &a, &err), RC_NOTFOUND);
    ok(store_account(&st, "lead", &mem, &a, &err), &err);
    assert_int_equal(a.role, ROLE_LEAD);
    store_close(&st);
    arena_free(&mem);
    ask(s, admin, "invite", 200,
        "{\"user\":\"ander\",\"role\":\"lead\",\"areas\":[\"area-2\"]}");
    made_free(&m);
    made_free(&n);
}

static void a_lead_withdraws_devices_of_their_workers_alone(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *lead = come_in(s, &m, ROLE_LEAD);
    struct arena mem = {0};
    struct device d;
    struct store st;
    struct err err;
    int role;

    for (role = 0; role < ROLES_N; role++)
        ask(s, lead, "device-revoke",
            role == ROLE_WORKER || role == ROLE_EXTERNAL ? 200 : 403,
            arena_printf(&s->mem, "{\"device\":%d}", 1 + role));
    ask(s, lead, "device-revoke", 404, "{\"device\":99}");
    ok(store_open(s->dir, STORE_READ, NULL, &st, &err), &err);
    for (role = 0; role < ROLES_N; role++) {
        ok(store_device(&st, 1 + (uint32_t)role, &mem, &d, &err), &err);
        assert_int_equal(d.revoked_ms != 0,
                         role == ROLE_WORKER || role == ROLE_EXTERNAL);
    }
    store_close(&st);
    arena_free(&mem);
    made_free(&m);
}

static void a_privacy_officer_finds_corrects_and_erases(void **state)
{
    struct stage *s = *state;
    struct made_passkey m, n;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead),
               *privacy = come_in(s, &n, ROLE_PRIVACY);
    json_t *j = answer(s, privacy, "subject-find", 200,
                       "{\"words\":\"donkere STEEG\"}");

    assert_int_equal(json_array_size(json_object_get(j, "hits")), 1);
    json_decref(j);
    ask(s, lead, "subject-find", 403, "{\"words\":\"donkere\"}");
    ask(s, privacy, "subject-find", 400, "{\"words\":\"do\"}");
    ask(s, privacy, "subject-correct", 400,
        arena_printf(&s->mem,
                     "{\"id\":\"%s\",\"field\":\"title\",\"value\":\"Lamp\"}",
                     id)); /* why? */
    ask(s, privacy, "subject-correct", 200,
        arena_printf(&s->mem,
                     "{\"id\":\"%s\",\"field\":\"title\",\"value\":\"Lamp\","
                     "\"note\":\"letter of today\"}",
                     id));
    j = answer(s, lead, "show", 200, named(s, id, OWN, ""));
    assert_string_equal(text_of(s, j, "title"), "Lamp");
    json_decref(j);
    ask(s, privacy, "subject-erase", 400,
        arena_printf(&s->mem, "{\"ids\":[\"%s\"]}", id));
    ask(s, privacy, "subject-erase", 200,
        arena_printf(&s->mem, "{\"ids\":[\"%s\"],\"note\":\"letter\"}", id));
    ask(s, lead, "show", 404, named(s, id, OWN, ""));
    j = answer(s, privacy, "deletions", 200, "{}");
    assert_int_equal(json_array_size(json_object_get(j, "deletions")), 2);
    json_decref(j);
    made_free(&m);
    made_free(&n);
}

/* With the correction in one transaction; what is left to do follows it. */
static void what_was_wrong_is_emptied_with_its_correction(void **state)
{
    struct stage *s = *state;
    struct made_passkey m, n;
    const char *lead = come_in(s, &m, ROLE_LEAD), *id = a_signal(s, lead),
               *privacy = come_in(s, &n, ROLE_PRIVACY);
    json_t *j, *title;

    ask(s, privacy, "subject-correct", 200,
        arena_printf(&s->mem,
                     "{\"id\":\"%s\",\"field\":\"title\",\"value\":\"Lamp\","
                     "\"note\":\"letter\",\"forget\":true}",
                     id));
    j = answer(s, lead, "show", 200, named(s, id, OWN, ""));
    title = field_of(j, "title");
    assert_string_equal(text_of(s, title, "plain"), "Lamp");
    assert_int_equal(json_array_size(json_object_get(title, "versions")), 1);
    json_decref(j);
    made_free(&m);
    made_free(&n);
}

static void what_is_withdrawn_on_a_page_is_out_at_once(void **state)
{
    struct stage *s = *state;
    struct made_passkey m, n;
    const char *lead = come_in(s, &m, ROLE_LEAD),
               *admin = come_in(s, &n, ROLE_ADMIN);

    ask(s, lead, "passkey-revoke", 403, "{\"passkey\":1}");
    ask(s, admin, "passkey-revoke", 200, "{\"passkey\":1}");
    ask(s, lead, "me", 401, "{}");
    ask(s, admin, "me", 200, "{}");
    made_free(&m);
    made_free(&n);
}

int main(void)
{
#define CASE(f) \
    cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_a_lead_writes_is_read_back_under_their_name),
        CASE(who_has_not_seen_the_last_change_changes_nothing),
        CASE(what_cannot_be_is_refused_before_anything_is_written),
        CASE(another_area_is_not_there),
        CASE(fields_and_types_that_are_not_for_a_role_are_not_told),
        CASE(a_role_that_may_not_write_a_type_does_not),
        CASE(what_was_read_and_changed_is_in_the_access_log),
        CASE(what_may_be_the_same_is_found_and_merged),
        CASE(a_lead_gives_codes_to_workers_of_their_own_areas_alone),
        CASE(a_lead_withdraws_devices_of_their_workers_alone),
        CASE(a_privacy_officer_finds_corrects_and_erases),
        CASE(what_was_wrong_is_emptied_with_its_correction),
        CASE(what_is_withdrawn_on_a_page_is_out_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
