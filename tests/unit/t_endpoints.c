/* Every role, and who has none, against every call that the server answers,
 * and every area that one can name: on a real server, with the status of every
 * answer and what stands in it.  (Browsers: t_web.c.) */
#include "tests/unit/endpoint_calls.h"

#include "server/access_read.h"

static unsigned tried, refused;

/* A second opinion on endpoints[], spelled out. */
static const char *const may[ENDPOINTS_N] = {
    [ENDPOINT_HEALTH] = "worker external lead analyst privacy admin",
    [ENDPOINT_PIN] = "worker external lead analyst privacy admin",
    [ENDPOINT_OPENAPI] = "worker external lead analyst privacy admin",
    [ENDPOINT_SECURITY] = "worker external lead analyst privacy admin",
    [ENDPOINT_OPEN311] = "worker external lead analyst privacy admin",
    [ENDPOINT_OPEN311_ONE] = "worker external lead analyst privacy admin",
    [ENDPOINT_COLUMNS] = "worker external lead analyst privacy admin",
    [ENDPOINT_QUESTIONS] = "lead analyst privacy",
    [ENDPOINT_ASK] = "lead analyst privacy",
    [ENDPOINT_ODATA] = "lead analyst privacy",
    [ENDPOINT_ODATA_ROOT] = "lead analyst privacy",
    [ENDPOINT_ODATA_METADATA] = "lead analyst privacy",
    [ENDPOINT_ODATA_SET] = "lead analyst privacy",
    [ENDPOINT_ODATA_COUNT] = "lead analyst privacy",
    [ENDPOINT_ENROL] = "", /* with a code alone */
    [ENDPOINT_SESSION] = "worker external lead analyst privacy admin",
    [ENDPOINT_WIPED] = "", /* once it was told to */
    [ENDPOINT_KEY] = "worker external lead analyst privacy admin",
    [ENDPOINT_PUSH] = "worker external lead analyst privacy admin",
    [ENDPOINT_PULL] = "worker external lead privacy",
    [ENDPOINT_CHAIN] = "worker external lead privacy",
    [ENDPOINT_TYPES] = "worker external lead analyst privacy admin",
    [ENDPOINT_REGIONS] = "worker external lead privacy",
    [ENDPOINT_SEARCH] = "lead",
    [ENDPOINT_FILE_HEAD] = "worker lead privacy",
    [ENDPOINT_FILE_PATCH] = "worker lead",
    [ENDPOINT_FILE_GET] = "worker lead privacy",
};

static bool role_may(enum endpoint_id id, enum role role)
{
    return strstr(may[id], role_word(role)) != NULL;
}

/* -- what came back ----------------------------------------------------- */

static const struct shape_type *a_type(struct stage *s)
{
    return merger_shape(s->server->merger)->types;
}

/* A refusal is a problem with its code, and nothing of what is kept. */
static void check_refusal(struct stage *s, const struct asked *a,
                          struct answered *got)
{
    const char *text = buf_text(&got->body);

    refused++;
    if (a->method == HTTPD_HEAD) {
        assert_int_equal(got->body.n, 0);
        return;
    }
    if (strcmp(got->type, "application/problem+json") != 0 ||
        got->body.n > 600 || strstr(text, SECRET) != NULL ||
        strstr(text, a_type(s)->about.nl) != NULL)
        fail_msg("%s %s: %ld %s: %s", httpd_method_text(a->method), a->path,
                 got->status, got->type, text);
}

static void expect(struct stage *s, const struct asked *a, long status,
                   const char *who)
{
    struct answered got = stage_ask(s, a);

    tried++;
    if (got.status / 100 != 2)
        check_refusal(s, a, &got);
    if (status == 200 ? got.status / 100 != 2 : got.status != status)
        fail_msg("%s %s by %s: %ld, not %ld: %s", httpd_method_text(a->method),
                 a->path, who, got.status, status, buf_text(&got.body));
    buf_free(&got.body);
}

/* -- cases -------------------------------------------------------------- */

static void every_role_may_call_what_the_table_says_in_its_own_areas_alone(
    void **state)
{
    static const char *const areas[] = {"1", "2",  "3",  "99",
                                        "0", "-1", "1x", "4294967297"};
    struct stage *s = *state;
    size_t i;
    int id, role;

    for (role = 0; role < ROLES_N; role++)
        for (id = 0; id < ENDPOINT_HOME; id++)
            for (i = 0; i < countof(areas); i++) {
                const struct endpoint *e = &endpoints[id];
                struct asked a = called_by(s, (enum endpoint_id)id,
                                           1 + (uint32_t)role, areas[i]);
                long want = 200;

                assert_int_equal(
                    endpoint_may(e, merger_shape(s->server->merger),
                                 (enum role)role),
                    id == ENDPOINT_ENROL || id == ENDPOINT_WIPED ||
                        role_may((enum endpoint_id)id, (enum role)role));
                if (id == ENDPOINT_ENROL)
                    want = 400; /* no code, no key */
                else if (id == ENDPOINT_OPEN311_ONE)
                    want = 404; /* nothing is released */
                else if (!role_may((enum endpoint_id)id, (enum role)role))
                    want = 403;
                else if (e->area != AREA_NOT_NAMED && i >= 5)
                    want = 400; /* no number */
                else if (e->area != AREA_NOT_NAMED && i > 0)
                    want = 403;
                else if (id == ENDPOINT_PUSH && i > 0)
                    continue; /* kept aside: see below */
                expect(s, &a, want, role_word((enum role)role));
            }
}

static void who_is_nobody_gets_nothing(void **state)
{
    struct stage *s = *state;
    struct auth *elsewhere = auth_new(clock_wall_ms());
    struct bytes t = auth_token_make(elsewhere, 1, clock_wall_ms(), &s->mem);
    const char *const tokens[] = {
        NULL,
        "",
        "1",
        "1.2.3",
        "../../etc/passwd",
        arena_text(&s->mem, (const char *)t.p, t.n),
        stage_token(s, 1, clock_wall_ms() - 2000ULL * token_age_s_max),
        stage_token(s, 77, clock_wall_ms())};
    size_t i;
    int id;

    for (id = ENDPOINT_SESSION; id < ENDPOINT_HOME; id++)
        for (i = 0; i < countof(tokens); i++) {
            struct asked a = request(s, (enum endpoint_id)id, 1, "1");

            a.token = tokens[i];
            expect(s, &a, 401, "nobody");
        }
    auth_free(elsewhere);
}

static void a_device_is_nobody_else(void **state)
{
    struct stage *s = *state;
    uint64_t now = clock_wall_ms();
    int a, b;

    for (a = 1; a <= ROLES_N; a++)
        for (b = 1; b <= ROLES_N; b++) {
            struct asked q = request(s, ENDPOINT_PUSH, (uint32_t)b, "1");

            if (a == b)
                continue;
            q.token = stage_token(s, (uint32_t)a, now); /* two devices */
            q.signer = (uint32_t)b;
            expect(s, &q, 401, "two devices");
            q.signer = (uint32_t)a; /* somebody else's work */
            expect(s, &q, 403, "another device");
            q = request(s, ENDPOINT_SESSION, (uint32_t)b, "1");
            q.signer = (uint32_t)a;
            expect(s, &q, 403, "another device");
        }
}

/* What one half of the proof is worth: nothing. */
static void a_push_needs_both_token_and_signature(void **state)
{
    struct stage *s = *state;
    struct asked a = called_by(s, ENDPOINT_PUSH, 1, "1");

    a.signer = 0;
    expect(s, &a, 401, "a token alone");
    a = called_by(s, ENDPOINT_PUSH, 1, "1");
    a.token = NULL;
    expect(s, &a, 401, "a signature alone");
}

/* `withdrawn`: to the two calls that such a device may still make. */
static void every_call(struct stage *s, enum role role, long want,
                       long withdrawn, const char *who)
{
    int id;

    for (id = ENDPOINT_SESSION; id < ENDPOINT_HOME; id++) {
        struct asked a =
            called_by(s, (enum endpoint_id)id, 1 + (uint32_t)role, "1");

        expect(s, &a, endpoints[id].withdrawn ? withdrawn : want, who);
    }
}

static void an_ended_account_and_a_withdrawn_device_are_out_of_every_call(
    void **state)
{
    static const uint32_t area = OWN;
    struct stage *s = *state;
    struct store st;
    int64_t account;
    struct err err;
    int role;

    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    for (role = 0; role < ROLES_N; role++) {
        stage_account(&st, (enum role)role, &area, 1, 1, &account);
        every_call(s, (enum role)role, 401, 401, "an ended account");
        stage_account(&st, (enum role)role, &area, 1, 0, &account);
        ok(store_device_revoke(&st, 1 + (uint32_t)role, 1, &err), &err);
        every_call(s, (enum role)role, 401, 200, "a withdrawn device");
    }
    store_close(&st);
}

/* Taken in, so that it holds nothing up, and merged nowhere. */
static void work_for_an_area_that_is_not_theirs_is_kept_aside(void **state)
{
    static const char *const areas[] = {"2", "3", "99"};
    struct stage *s = *state;
    struct message m;
    struct err err;
    size_t i;

    for (i = 0; i < countof(areas); i++) {
        uint32_t device = 1 + (uint32_t)(i == 0   ? ROLE_WORKER
                                         : i == 1 ? ROLE_LEAD
                                                  : ROLE_EXTERNAL);
        struct asked a = called_by(s, ENDPOINT_PUSH, device, areas[i]);
        struct answered got = stage_ask(s, &a);

        tried++;
        assert_int_equal(got.status, 200);
        ok(wire_get(buf_view(&got.body), NULL, &s->mem, &m, &err), &err);
        assert_int_equal(m.as.ack.parked_n, 1);
        assert_int_equal(m.as.ack.ranges[0].version, 0);
        buf_free(&got.body);
    }
}

static void no_other_method_and_no_other_path_is_answered(void **state)
{
    static const char *const paths[] = {
        "/v1",         "/v1/signal/1",
        "/v1/records", "/v1/signal",
        "/v1/query",   "/v1/signals",
        "/v1/areas",   "/v1/areas/1",
        "/v1/export",  "/v1/types",
        "/v1/pull/",   "/v1/areas/1/attachments",
        "/v2/pull",    "/v1/areas//attachments/x"};
    struct stage *s = *state;
    const char *token = stage_token(s, 1 + ROLE_LEAD, clock_wall_ms());
    size_t i;
    int id, m, other;

    for (i = 0; i < countof(paths); i++) {
        struct asked a = {.path = paths[i], .token = token};

        expect(s, &a, 404, "a lead");
    }
    for (id = 0; id < ENDPOINTS_N; id++)
        for (m = HTTPD_GET; m <= HTTPD_DELETE; m++) {
            const char *path = endpoints[id].route.path;
            struct asked a = request(s, (enum endpoint_id)id, 1, "1");
            bool answered = false;

            for (other = 0; other < ENDPOINTS_N; other++)
                answered |=
                    strcmp(endpoints[other].route.path, path) == 0 &&
                    (endpoints[other].route.method == (enum httpd_method)m ||
                     (endpoints[other].route.method == HTTPD_GET &&
                      m == HTTPD_HEAD));
            if (answered)
                continue;
            a.method = (enum httpd_method)m;
            a.token = token;
            expect(s, &a, 405, "a lead");
        }
}

/* -- the access log ----------------------------------------------------- */

struct last {
    uint64_t lines;
    char act[32], result[16], user[32], from[32];
    uint32_t device, claims, area;
};

static enum rc keep_last(void *ctx, const struct access_said *a,
                         struct err *err)
{
    struct last *l = ctx;

    (void)err;
    l->lines++;
    snprintf(l->act, sizeof l->act, "%s", a->act);
    snprintf(l->result, sizeof l->result, "%s", a->result);
    snprintf(l->user, sizeof l->user, "%s", a->user);
    snprintf(l->from, sizeof l->from, "%s", a->from);
    l->device = a->device;
    l->claims = a->claims;
    l->area = a->area;
    if (strstr((const char *)a->line.p, SECRET) != NULL)
        fail_msg("%s", (const char *)a->line.p);
    return RC_OK;
}

static struct last last_line(struct stage *s)
{
    struct last l = {0};
    struct err err;

    ok(access_read(s->dir, keep_last, &l, &err), &err);
    return l;
}

static void every_call_leaves_one_line_that_says_who_and_how_it_went(
    void **state)
{
    struct stage *s = *state;
    int id, role;

    for (role = 0; role < ROLES_N; role++)
        for (id = ENDPOINT_ENROL; id < ENDPOINT_HOME; id++) {
            bool enrols = id == ENDPOINT_ENROL;
            bool may_it = role_may((enum endpoint_id)id, (enum role)role);
            struct asked a =
                called_by(s, (enum endpoint_id)id, 1 + (uint32_t)role, "1");
            struct last before = last_line(s), after;

            expect(s, &a, enrols ? 400 : may_it ? 200 : 403, "anyone");
            after = last_line(s);
            assert_int_equal(after.lines, before.lines + 1);
            assert_string_equal(after.act, endpoints[id].act);
            assert_string_equal(after.result, may_it ? "ok" : "denied");
            assert_string_equal(after.from, "127.0.0.1");
            assert_int_equal(after.device, enrols ? 0 : 1 + role);
            assert_string_equal(after.user,
                                enrols ? "" : role_word((enum role)role));
            assert_int_equal(after.area,
                             may_it && (endpoints[id].area != AREA_NOT_NAMED ||
                                        id == ENDPOINT_PUSH));
        }
}

static void who_is_refused_is_in_the_log_with_what_was_claimed(void **state)
{
    struct stage *s = *state;
    struct asked a = called_by(s, ENDPOINT_PULL, 1, "1");
    struct last l;

    a.token = "3.99999999999.x";
    expect(s, &a, 401, "a liar");
    l = last_line(s);
    assert_string_equal(l.act, "pull");
    assert_string_equal(l.result, "denied");
    assert_string_equal(l.user, "");
    assert_int_equal(l.device, 0);
    assert_int_equal(l.claims, 3);
}

static int say(void **state)
{
    (void)state;
    print_message("# %u combinations of caller, call and area tried on a"
                  " running server, %u of them refused\n",
                  tried, refused);
    return 0;
}

int main(void)
{
#define CASE(f) \
    cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(every_role_may_call_what_the_table_says_in_its_own_areas_alone),
        CASE(who_is_nobody_gets_nothing),
        CASE(a_device_is_nobody_else),
        CASE(a_push_needs_both_token_and_signature),
        CASE(an_ended_account_and_a_withdrawn_device_are_out_of_every_call),
        CASE(work_for_an_area_that_is_not_theirs_is_kept_aside),
        CASE(every_call_leaves_one_line_that_says_who_and_how_it_went),
        CASE(who_is_refused_is_in_the_log_with_what_was_claimed),
        CASE(no_other_method_and_no_other_path_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, say);
}
