/* What the pages of the desk do about people: who may do what, the devices and
 * passkeys that they have, and what is asked about them. */
#include "tests/unit/desk_stage.h"

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
        CASE(a_lead_gives_codes_to_workers_of_their_own_areas_alone),
        CASE(a_lead_withdraws_devices_of_their_workers_alone),
        CASE(a_privacy_officer_finds_corrects_and_erases),
        CASE(what_was_wrong_is_emptied_with_its_correction),
        CASE(what_is_withdrawn_on_a_page_is_out_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
