/* Who comes in with a browser: from a code to a passkey to a session, and every
 * way in which one does not, on a real server. */
#include "tests/unit/web_stage.h"

#include "server/access_read.h"
#include "server/desk.h"

/* -- cases
 * --------------------------------------------------------------------- */

static void a_code_makes_a_passkey_and_the_passkey_a_session(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *cookie = come_in(s, &m, ROLE_LEAD);
    struct answered got;

    assert_int_equal(status_of(s, "/web/do/me", "{}", cookie), 200);
    assert_int_equal(status_of(s, "/web/sign-out", "{}", cookie), 200);
    assert_int_equal(status_of(s, "/web/do/me", "{}", cookie), 401);
    got = posted(s, "/web/sign-in", using(s, &m, m.key, 0, challenge(s)), NULL);
    assert_int_equal(got.status, 200);
    buf_free(&got.body);
    got = posted(s, "/web/do/me", "{}", got.cookie);
    assert_int_equal(got.status, 200);
    assert_non_null(strstr(buf_text(&got.body), "\"role\":\"lead\""));
    buf_free(&got.body);
    made_free(&m);
}

static void a_code_is_good_once_and_not_for_a_worker(void **state)
{
    struct stage *s = *state;
    const char *code = new_code(s, ROLE_PRIVACY);
    struct made_passkey m, n;

    made_new(&m);
    made_new(&n);
    assert_int_equal(status_of(s, "/web/passkey",
                               making(s, &m, code, challenge(s), STAGE_URL),
                               NULL),
                     200);
    assert_int_equal(status_of(s, "/web/passkey",
                               making(s, &n, code, challenge(s), STAGE_URL),
                               NULL),
                     403);
    /* A passkey is of one account. */
    assert_int_equal(status_of(s, "/web/passkey",
                               making(s, &m, new_code(s, ROLE_LEAD),
                                      challenge(s), STAGE_URL),
                               NULL),
                     409);
    code = new_code(s, ROLE_WORKER);
    assert_int_equal(status_of(s, "/web/passkey",
                               making(s, &n, code, challenge(s), STAGE_URL),
                               NULL),
                     403);
    made_free(&m);
    made_free(&n);
}

static void a_challenge_is_ours_and_good_once(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *said, *body, *cookie = come_in(s, &m, ROLE_LEAD);

    (void)cookie;
    said = challenge(s);
    body = using(s, &m, m.key, 0, said);
    assert_int_equal(status_of(s, "/web/sign-in", body, NULL), 200);
    assert_int_equal(status_of(s, "/web/sign-in", body, NULL), 401);
    assert_int_equal(
        status_of(s, "/web/sign-in", using(s, &m, m.key, 0, "AAAA"), NULL),
        401);
    said =
        made_text(browser_challenge(s->server->browsers,
                                    clock_wall_ms() - 6 * 60 * 1000, &s->mem),
                  &s->mem);
    assert_int_equal(
        status_of(s, "/web/sign-in", using(s, &m, m.key, 0, said), NULL), 401);
    made_free(&m);
}

static void nobody_comes_in_with_the_passkey_of_another(void **state)
{
    struct stage *s = *state;
    struct made_passkey m, other;

    come_in(s, &m, ROLE_LEAD);
    made_new(&other);
    assert_int_equal(status_of(s, "/web/sign-in",
                               using(s, &m, other.key, 0, challenge(s)), NULL),
                     401);
    assert_int_equal(status_of(s, "/web/sign-in",
                               using(s, &other, other.key, 0, challenge(s)),
                               NULL),
                     401);
    made_free(&m);
    made_free(&other);
}

static void a_counter_that_does_not_go_up_is_a_copy(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    static const struct {
        uint32_t counter;
        long status;
    } steps[] = {{0, 200}, {5, 200}, {6, 200}, {6, 401},
                 {5, 401}, {0, 401}, {7, 200}};
    size_t i;

    come_in(s, &m, ROLE_LEAD);
    for (i = 0; i < countof(steps); i++)
        assert_int_equal(
            status_of(s, "/web/sign-in",
                      using(s, &m, m.key, steps[i].counter, challenge(s)),
                      NULL),
            steps[i].status);
    made_free(&m);
}

static void only_pages_of_this_server_call(void **state)
{
    static const struct {
        const char *origin, *site;
        long status;
    } from[] = {{STAGE_URL, "same-origin", 200},
                {STAGE_URL, NULL, 200}, /* an older browser */
                {NULL, NULL, 403},
                {NULL, "same-origin", 403},
                {"null", "cross-site", 403},
                {"https://evil.test", "cross-site", 403},
                {"https://stoep.test.evil.test", NULL, 403},
                {"http://stoep.test", "same-origin", 403},
                {"https://stoep.test:8443", NULL, 403},
                {STAGE_URL, "same-site", 403},
                {STAGE_URL, "none", 403}};
    struct stage *s = *state;
    struct made_passkey m;
    const char *cookie = come_in(s, &m, ROLE_LEAD);
    int id;
    size_t i;

    for (i = 0; i < countof(from); i++)
        for (id = ENDPOINT_CHALLENGE; id < ENDPOINTS_N; id++) {
            struct asked a = {.method = HTTPD_POST,
                              .path = id == ENDPOINT_DESK
                                          ? "/web/do/me"
                                          : endpoints[id].route.path,
                              .body = bytes_of("{}"),
                              .cookie = cookie,
                              .origin = from[i].origin,
                              .fetch_site = from[i].site};
            struct answered got;

            if (id == ENDPOINT_SIGN_OUT && from[i].status == 200)
                continue;
            got = stage_ask(s, &a);
            if (from[i].status == 403 ? got.status != 403
                                      : got.status == 403 || got.status == 401)
                fail_msg("%s from %s, %s: %ld", a.path,
                         a.origin ? a.origin : "nowhere",
                         a.fetch_site ? a.fetch_site : "-", got.status);
            buf_free(&got.body);
        }
    made_free(&m);
}

static void no_cookie_but_ours_opens_anything(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *good = come_in(s, &m, ROLE_LEAD);
    const char *const bad[] = {
        NULL,
        "",
        "__Host-stoep=",
        "__Host-stoep=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        arena_printf(&s->mem, "%sA", good),
        arena_printf(&s->mem, "%.*s", (int)strlen(good) - 1, good),
        arena_printf(&s->mem, "x%s", good),
        arena_printf(&s->mem, "stoep=%s", good + strlen("__Host-stoep="))};
    const struct desk_call *c;
    size_t i, k;

    for (i = 0; i < countof(bad); i++)
        for (k = 0; (c = desk_nth(k)) != NULL; k++)
            assert_int_equal(
                status_of(s, arena_printf(&s->mem, "/web/do/%s", c->name), "{}",
                          bad[i]),
                401);
    assert_int_equal(status_of(s, "/web/do/me", "{}",
                               arena_printf(&s->mem, "a=b; %s; c=d", good)),
                     200);
    made_free(&m);
}

static void a_session_ends_when_it_is_idle_and_when_it_is_old(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    uint64_t now = clock_wall_ms();
    const char *idle, *old;

    come_in(s, &m, ROLE_LEAD);
    idle = arena_printf(
        &s->mem, "__Host-stoep=%s",
        browser_open(s->server->browsers, 1,
                     now - 1000 * s->server->conf.session_idle_s, &s->mem));
    assert_int_equal(status_of(s, "/web/do/me", "{}", idle), 401);
    s->server->conf.session_idle_s = UINT32_MAX;
    old = arena_printf(&s->mem, "__Host-stoep=%s",
                       browser_open(s->server->browsers, 1,
                                    now - 1000 * s->server->conf.session_s,
                                    &s->mem));
    assert_int_equal(status_of(s, "/web/do/me", "{}", old), 401);
    made_free(&m);
}

static void who_is_withdrawn_ended_or_signed_out_everywhere_is_out(void **state)
{
    static const uint32_t own = OWN;
    struct stage *s = *state;
    struct made_passkey m, n;
    const char *first = come_in(s, &m, ROLE_LEAD), *second;
    struct store st;
    int64_t account;
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    /* All sessions of the account, not of the passkey alone. */
    second = come_in(s, &n, ROLE_LEAD);
    assert_int_equal(status_of(s, "/web/do/sign-out-all", "{}", second), 200);
    assert_int_equal(status_of(s, "/web/do/me", "{}", first), 401);
    assert_int_equal(status_of(s, "/web/do/me", "{}", second), 401);
    /* An account that ended, and one that goes on. */
    stage_account(&st, ROLE_LEAD, &own, 1, 1, &account);
    assert_int_equal(status_of(s, "/web/sign-in",
                               using(s, &n, n.key, 0, challenge(s)), NULL),
                     401);
    stage_account(&st, ROLE_LEAD, &own, 1, 0, &account);
    assert_int_equal(status_of(s, "/web/sign-in",
                               using(s, &n, n.key, 0, challenge(s)), NULL),
                     200);
    ok(passkey_revoke(&st, 2, clock_wall_ms(), &err), &err);
    assert_int_equal(status_of(s, "/web/sign-in",
                               using(s, &n, n.key, 0, challenge(s)), NULL),
                     401);
    assert_int_equal(status_of(s, "/web/sign-in",
                               using(s, &m, m.key, 0, challenge(s)), NULL),
                     200);
    store_close(&st);
    made_free(&m);
    made_free(&n);
}

static void every_role_makes_the_calls_of_its_own_alone(void **state)
{
    static const enum role roles[] = {ROLE_LEAD, ROLE_ANALYST, ROLE_PRIVACY,
                                      ROLE_ADMIN};
    struct stage *s = *state;
    size_t i, k;

    for (i = 0; i < countof(roles); i++) {
        struct made_passkey m;
        const char *cookie = come_in(s, &m, roles[i]);
        const struct desk_call *c;

        for (k = 0; (c = desk_nth(k)) != NULL; k++) {
            long status;

            if (strcmp(c->name, "sign-out-all") == 0)
                continue;
            status = status_of(s, arena_printf(&s->mem, "/web/do/%s", c->name),
                               "{}", cookie);
            if (c->roles >> roles[i] & 1U ? status == 401 || status == 500
                                          : status != 403)
                fail_msg("%s by %s: %ld", c->name, role_word(roles[i]), status);
        }
        assert_int_equal(status_of(s, "/web/do/nothing", "{}", cookie), 404);
        made_free(&m);
    }
}

static void a_role_without_pages_is_out_at_once(void **state)
{
    static const uint32_t own = OWN;
    struct stage *s = *state;
    struct made_passkey m;
    const char *cookie = come_in(s, &m, ROLE_LEAD);
    struct store st;
    int64_t account;
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_account_put(&st, "lead", ROLE_WORKER, &own, 1, 0, &account, &err),
       &err);
    store_close(&st);
    assert_int_equal(status_of(s, "/web/do/me", "{}", cookie), 403);
    made_free(&m);
}

/* -- the access log
 * --------------------------------------------------------------- */

struct last {
    char act[32], result[16], user[32];
    uint32_t passkey;
};

static enum rc keep_last(void *ctx, const struct access_said *a,
                         struct err *err)
{
    struct last *l = ctx;

    (void)err;
    snprintf(l->act, sizeof l->act, "%s", a->act);
    snprintf(l->result, sizeof l->result, "%s", a->result);
    snprintf(l->user, sizeof l->user, "%s", a->user);
    l->passkey = a->passkey;
    return RC_OK;
}

static void check_last(struct stage *s, const char *act, const char *result,
                       const char *user, uint32_t passkey)
{
    struct last l = {.passkey = 99};
    struct err err;

    ok(access_read(s->dir, keep_last, &l, &err), &err);
    assert_string_equal(l.act, act);
    assert_string_equal(l.result, result);
    assert_string_equal(l.user, user);
    assert_int_equal(l.passkey, passkey);
}

static void who_came_in_and_who_did_not_is_in_the_access_log(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    const char *cookie = come_in(s, &m, ROLE_PRIVACY);

    check_last(s, "passkey", "ok", "privacy", 1);
    status_of(s, "/web/sign-out", "{}", cookie);
    check_last(s, "sign-out", "ok", "privacy", 1);
    status_of(s, "/web/sign-in", using(s, &m, m.key, 3, challenge(s)), NULL);
    check_last(s, "sign-in", "ok", "privacy", 1);
    status_of(s, "/web/sign-in", using(s, &m, m.key, 3, challenge(s)), NULL);
    check_last(s, "sign-in", "denied", "privacy", 1); /* a copy */
    status_of(s, "/web/sign-in", using(s, &m, m.key, 4, "AAAA"), NULL);
    check_last(s, "sign-in", "denied", "", 0);
    made_free(&m);
}

static void who_guesses_has_to_wait(void **state)
{
    struct stage *s = *state;
    struct made_passkey m;
    long status = 0;
    int i;

    made_new(&m);
    s->server->conf.address_sign_ins = 5;
    for (i = 0; i < 20 && status != 429; i++)
        status = status_of(s, "/web/sign-in",
                           using(s, &m, m.key, 0, challenge(s)), NULL);
    assert_int_equal(status, 429);
    made_free(&m);
}

/* -- pages
 * ---------------------------------------------------------------------- */

static void a_path_that_is_not_there_is_told_a_person_in_a_page(void **state)
{
    struct stage *s = *state;
    struct asked a = {.path = "/nothing", .accept = "text/html"};
    struct answered got = stage_ask(s, &a);

    assert_int_equal(got.status, 404);
    assert_non_null(strstr(got.type, "text/html"));
    buf_free(&got.body);
    a.accept = "application/json";
    got = stage_ask(s, &a);
    assert_int_equal(got.status, 404);
    assert_string_equal(got.type, "application/problem+json");
    buf_free(&got.body);
}

int main(void)
{
#define CASE(f) \
    cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_code_makes_a_passkey_and_the_passkey_a_session),
        CASE(a_code_is_good_once_and_not_for_a_worker),
        CASE(a_challenge_is_ours_and_good_once),
        CASE(nobody_comes_in_with_the_passkey_of_another),
        CASE(a_counter_that_does_not_go_up_is_a_copy),
        CASE(only_pages_of_this_server_call),
        CASE(no_cookie_but_ours_opens_anything),
        CASE(a_session_ends_when_it_is_idle_and_when_it_is_old),
        CASE(who_is_withdrawn_ended_or_signed_out_everywhere_is_out),
        CASE(every_role_makes_the_calls_of_its_own_alone),
        CASE(a_role_without_pages_is_out_at_once),
        CASE(who_came_in_and_who_did_not_is_in_the_access_log),
        CASE(who_guesses_has_to_wait),
        CASE(a_path_that_is_not_there_is_told_a_person_in_a_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
