/* What the pages of the desk read and change of records, by role, area and
 * field, on a real server. */
#include "tests/unit/desk_stage.h"

#include "server/access_who.h"

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

static void an_idea(struct stage *s, const char *lead)
{
    ask(s, lead, "save", 200,
        "{\"type\":\"idea\",\"area\":1,\"version\":0,\"values\":{\"title\":"
        "\"Bankje\"}}");
}

/* Who did what with a record, by the access log: "list lead, ...". */
static const char *parties(struct stage *s, const char *id)
{
    struct rows_name name = {.area = OWN};
    struct access_party *list = NULL;
    struct buf b = buf_make(4096);
    const char *out;
    struct store st;
    struct err err;
    size_t n = 0, i;

    ok(store_open(s->dir, STORE_READ, NULL, &st, &err), &err);
    name.type = shape_type_named(st.shape, bytes_of("signal"));
    ok(id_parse(bytes_of(id), &name.id, &err), &err);
    ok(access_parties(s->dir, &st, &name, &s->mem, &list, &n, &err), &err);
    for (i = 0; i < n; i++)
        buf_printf(&b, "%s %s %d; ", list[i].user, list[i].did,
                   (int)list[i].times);
    store_close(&st);
    out = arena_text(&s->mem, buf_text(&b), b.n);
    buf_free(&b);
    return out;
}

static void who_had_access_to_a_record_is_told_of_pages_too(void **state)
{
    struct stage *s = *state;
    struct made_passkey m, n;
    const char *lead = come_in(s, &m, ROLE_LEAD),
               *privacy = come_in(s, &n, ROLE_PRIVACY), *id, *other;

    an_idea(s, lead);
    id = a_signal(s, lead);
    assert_string_equal(parties(s, id), "lead save 1; ");
    other = a_signal(s, lead);
    an_idea(s, lead);
    /* In a list, or found by its words; not in a list of other types, nor in
     * one that left it out. */
    ask(s, privacy, "list", 200, "{\"type\":\"signal\"}");
    ask(s, privacy, "list", 200, "{\"type\":\"idea\"}");
    ask(s, privacy, "list", 200,
        "{\"type\":\"signal\",\"where\":{\"severity\":\"1\"}}");
    ask(s, privacy, "subject-find", 200, "{\"words\":\"donkere\"}");
    assert_string_equal(parties(s, id), "lead save 1; privacy read 2; ");
    /* Of several that are picked, every one. */
    ask(s, privacy, "subject-export", 200,
        arena_printf(&s->mem, "{\"ids\":[\"%s\",\"%s\"]}", id, other));
    assert_string_equal(parties(s, id),
                        "lead save 1; privacy read 2; privacy subject.export"
                        " 1; ");
    assert_string_equal(parties(s, other),
                        "lead save 1; privacy read 2; privacy subject.export"
                        " 1; ");
    made_free(&m);
    made_free(&n);
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
    assert_string_equal(parties(s, id[1]), "lead save 1; lead read 1; ");
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
        CASE(who_had_access_to_a_record_is_told_of_pages_too),
        CASE(what_may_be_the_same_is_found_and_merged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
