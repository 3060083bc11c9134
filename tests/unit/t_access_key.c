/* Access keys on a running server: they open the calls that answer figures, and
 * no other; and none that is not to work does. */
#include "tests/unit/endpoint_calls.h"

#include "server/access_key.h"
#include "server/access_read.h"
#include "sync/base/text.h"
#include "sync/sys/file.h"

struct holder {
    char key[ACCESS_KEY_CHARS + 1];
    uint32_t number;
};

static void change(struct stage *s, struct store *st)
{
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, st, &err), &err);
}

static struct holder given(struct stage *s, enum role role, uint64_t ends_ms)
{
    struct holder h;
    struct account a;
    struct store st;
    struct err err;

    change(s, &st);
    ok(store_account(&st, role_word(role), &s->mem, &a, &err), &err);
    ok(access_key_make(&st, &a, clock_wall_ms(), ends_ms, h.key, &h.number,
                       &err),
       &err);
    store_close(&st);
    return h;
}

static const char *basic(struct stage *s, const char *user, const char *key)
{
    struct buf b = buf_make(1024);
    const char *out;

    text_put_base64(&b, bytes_of(arena_printf(&s->mem, "%s:%s", user, key)));
    out = arena_printf(&s->mem, "Basic %s", buf_text(&b));
    buf_free(&b);
    return out;
}

static const char *bearer(struct stage *s, const char *key)
{
    return arena_printf(&s->mem, "Bearer %s", key);
}

static long ask(struct stage *s, enum endpoint_id id, const char *authorization)
{
    struct asked a = request(s, id, 1, "1");
    struct answered got;

    a.authorization = authorization;
    got = stage_ask(s, &a);
    buf_free(&got.body);
    return got.status;
}

static void a_key_opens_the_figures_and_no_other_call(void **state)
{
    struct stage *s = *state;
    struct holder h = given(s, ROLE_ANALYST, 0);
    const char *const ways[] = {basic(s, "analyst", h.key), bearer(s, h.key)};
    size_t i;
    int id;

    for (i = 0; i < countof(ways); i++)
        for (id = ENDPOINT_SESSION; id < ENDPOINT_HOME; id++)
            assert_int_equal(ask(s, (enum endpoint_id)id, ways[i]),
                             endpoints[id].need == NEED_ANALYST ? 200 : 401);
}

static void a_key_is_of_roles_that_may_ask(void **state)
{
    struct stage *s = *state;
    char key[ACCESS_KEY_CHARS + 1];
    uint32_t number;
    struct store st;
    struct err err;
    int role;

    change(s, &st);
    for (role = 0; role < ROLES_N; role++) {
        bool may =
            role == ROLE_LEAD || role == ROLE_ANALYST || role == ROLE_PRIVACY;
        struct account a;

        ok(store_account(&st, role_word((enum role)role), &s->mem, &a, &err),
           &err);
        assert_int_equal(access_key_make(&st, &a, 1, 0, key, &number, &err),
                         may ? RC_OK : RC_DENIED);
    }
    store_close(&st);
}

static void what_is_no_key_of_this_user_is_refused(void **state)
{
    struct stage *s = *state;
    struct holder h = given(s, ROLE_ANALYST, 0);
    char *bent = arena_text(&s->mem, h.key, ACCESS_KEY_CHARS);
    const char *all[] = {basic(s, "lead", h.key),
                         basic(s, "", h.key),
                         basic(s, "analyst", ""),
                         bearer(s, ACCESS_KEY_START),
                         "Basic",
                         "Basic !",
                         "Basic YW5hbHlzdA==", /* no colon */
                         "Basic YQBhOmI=",     /* a NUL */
                         arena_printf(&s->mem, "Digest %s", h.key),
                         NULL,
                         NULL};
    size_t i;

    bent[ACCESS_KEY_CHARS - 2] ^= 1;
    all[9] = basic(s, "analyst", bent);
    all[10] = bearer(s, bent);
    for (i = 0; i < countof(all); i++)
        assert_int_equal(ask(s, ENDPOINT_ASK, all[i]), 401);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 200);
}

static void a_key_that_is_revoked_or_too_old_opens_nothing_at_once(void **state)
{
    struct stage *s = *state;
    struct holder h = given(s, ROLE_LEAD, 0), old = given(s, ROLE_LEAD, 1);
    struct store st;
    struct err err;

    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, old.key)), 401);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 200);
    change(s, &st);
    ok(access_key_revoke(&st, h.number, clock_wall_ms(), &err), &err);
    assert_int_equal(access_key_revoke(&st, h.number, 1, &err), RC_NOTFOUND);
    assert_int_equal(access_key_revoke(&st, 99, 1, &err), RC_NOTFOUND);
    store_close(&st);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 401);
}

static void an_account_that_ended_or_may_not_ask_any_more_is_out_at_once(
    void **state)
{
    static const uint32_t area = OWN;
    struct stage *s = *state;
    struct holder h = given(s, ROLE_ANALYST, 0);
    struct store st;
    int64_t account;
    struct err err;

    change(s, &st);
    stage_account(&st, ROLE_ANALYST, &area, 1, 1, &account);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 401);
    stage_account(&st, ROLE_ANALYST, &area, 1, 0, &account);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 200);
    ok(store_account_put(&st, "analyst", ROLE_EXTERNAL, &area, 1, 0, &account,
                         &err),
       &err);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 403);
    store_close(&st);
}

static void the_key_itself_is_kept_nowhere(void **state)
{
    static const char *const files[] = {"stoep.db", "stoep.db-wal",
                                        "access/current"};
    struct stage *s = *state;
    struct holder h = given(s, ROLE_ANALYST, 0);
    size_t i, at;

    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 200);
    for (i = 0; i < countof(files); i++) {
        struct buf b;
        struct err err;

        ok(file_read(arena_printf(&s->mem, "%s/%s", s->dir, files[i]),
                     100000000, &b, &err),
           &err);
        for (at = 0; at + 20 <= b.n; at++)
            assert_memory_not_equal(b.p + at, h.key + 7, 20);
        buf_free(&b);
    }
}

/* -- the access log, limits ---------------------------------------------- */

struct last {
    char act[32], user[32], role[16], on[32], result[16];
    uint32_t key, device;
};

static enum rc keep(void *ctx, const struct access_said *a, struct err *err)
{
    struct last *l = ctx;

    (void)err;
    snprintf(l->act, sizeof l->act, "%s", a->act);
    snprintf(l->user, sizeof l->user, "%s", a->user);
    snprintf(l->role, sizeof l->role, "%s", a->role);
    snprintf(l->on, sizeof l->on, "%s", a->on);
    snprintf(l->result, sizeof l->result, "%s", a->result);
    l->key = a->key;
    l->device = a->device;
    return RC_OK;
}

static void the_log_says_which_account_by_which_key_asked_what(void **state)
{
    struct stage *s = *state;
    struct holder h = given(s, ROLE_PRIVACY, 0);
    struct last l = {.key = 0};
    struct err err;

    h = given(s, ROLE_PRIVACY, 0);
    assert_int_equal(h.number, 2);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 200);
    ok(access_read(s->dir, keep, &l, &err), &err);
    assert_string_equal(l.act, "ask");
    assert_string_equal(l.user, "privacy");
    assert_string_equal(l.role, "privacy");
    assert_string_equal(l.on, "periods");
    assert_string_equal(l.result, "ok");
    assert_int_equal(l.key, 2);
    assert_int_equal(l.device, 0);
}

static void guesses_are_held_up_and_the_session_of_a_device_is_not(void **state)
{
    struct stage *s = *state;
    struct holder h = given(s, ROLE_ANALYST, 0);
    const char *token =
        arena_printf(&s->mem, "Bearer %s",
                     stage_token(s, 1 + ROLE_ANALYST, clock_wall_ms()));
    int i;

    s->server->conf.address_sign_ins = 3;
    for (i = 0; i < 3; i++)
        assert_int_equal(ask(s, ENDPOINT_ASK, basic(s, "analyst", "guess")),
                         401);
    assert_int_equal(ask(s, ENDPOINT_ASK, basic(s, "analyst", "guess")), 429);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 429);
    assert_int_equal(ask(s, ENDPOINT_ASK, token), 200);
    assert_int_equal(ask(s, ENDPOINT_ASK, NULL), 401); /* no guess */
}

static void one_key_has_its_share_and_uses_up_that_of_nobody_else(void **state)
{
    struct stage *s = *state;
    struct holder h = given(s, ROLE_ANALYST, 0), other = given(s, ROLE_LEAD, 0);
    int i;

    s->server->conf.device_requests = 2;
    for (i = 0; i < 2; i++)
        assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 200);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, h.key)), 429);
    assert_int_equal(ask(s, ENDPOINT_ASK, bearer(s, other.key)), 200);
}

int main(void)
{
#define CASE(f) \
    cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_key_opens_the_figures_and_no_other_call),
        CASE(a_key_is_of_roles_that_may_ask),
        CASE(what_is_no_key_of_this_user_is_refused),
        CASE(a_key_that_is_revoked_or_too_old_opens_nothing_at_once),
        CASE(an_account_that_ended_or_may_not_ask_any_more_is_out_at_once),
        CASE(the_key_itself_is_kept_nowhere),
        CASE(the_log_says_which_account_by_which_key_asked_what),
        CASE(guesses_are_held_up_and_the_session_of_a_device_is_not),
        CASE(one_key_has_its_share_and_uses_up_that_of_nobody_else),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
