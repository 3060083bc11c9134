/* A device changes its key, on a running server: what counts when, and what
 * nobody can do with the key of another. */
#include "tests/unit/endpoint_stage.h"

#include "server/device_key.h"
#include "sync/sys/key_claim.h"
#include "sync/wire.h"

enum { FIRST = 1, SECOND = 2 };

/* `proof` signs for `device`; the request itself by the key that the stage has
 * for device `signer`. */
static long tell(struct stage *s, uint32_t signer, uint32_t device,
                 const struct sign_key *key, const struct sign_key *proof)
{
    struct sign_public p = sign_key_public(key);
    struct digest claim = key_claim(device, &p);
    uint8_t body[SIGN_BYTES + SIGN_PUBLIC_BYTES_MAX];
    struct asked a = {.method = HTTPD_POST,
                      .path = "/v1/key",
                      .signer = signer,
                      .body = {body, SIGN_BYTES + p.n}};
    struct answered got;

    sign_make(proof, &claim, body);
    memcpy(body + SIGN_BYTES, p.der, p.n);
    got = stage_ask(s, &a);
    buf_free(&got.body);
    return got.status;
}

static long hello(struct stage *s, uint32_t device)
{
    struct message m = {.kind = MESSAGE_HELLO,
                        .as.hello = {.device = device, .types = bytes_of("t")}};
    struct asked a = {
        .method = HTTPD_POST, .path = "/v1/session", .signer = device};
    struct buf b = buf_make(4096);
    struct answered got;

    wire_put(&b, &m);
    a.body = buf_view(&b);
    got = stage_ask(s, &a);
    buf_free(&b);
    buf_free(&got.body);
    return got.status;
}

/* Sign for a device with another key from now on; the one before. */
static struct sign_key *sign_with(struct stage *s, uint32_t device,
                                  struct sign_key *key)
{
    struct sign_key *was = s->key[device - 1];

    s->key[device - 1] = key;
    return was;
}

/* As if the first device had handed in up to this number. */
static void handed_in(struct stage *s, int64_t last)
{
    struct store st;
    struct db_query *q;
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    q = db_query(st.db, SQL("UPDATE device SET last = :last WHERE number = 1"));
    db_bind_i64(q, "last", last);
    ok(db_done(db_run_at(q), &err), &err);
    store_close(&st);
}

static void a_key_counts_from_its_first_use_on_and_the_one_before_until_then(
    void **state)
{
    struct stage *s = *state;
    struct sign_key *next = sign_key_new(), *was;

    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204);
    assert_int_equal(hello(s, FIRST), 200); /* nothing has changed yet */
    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204); /* again */
    was = sign_with(s, FIRST, next);
    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204);
    assert_int_equal(hello(s, FIRST), 200);
    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204); /* again */
    sign_with(s, FIRST, was);
    assert_int_equal(hello(s, FIRST), 401);
    assert_int_equal(tell(s, FIRST, FIRST, was, was), 401);
    sign_key_free(next);
}

static void an_announced_key_opens_nothing_before_it_is_used(void **state)
{
    struct stage *s = *state;
    struct sign_key *next = sign_key_new(), *third = sign_key_new(), *was;

    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204);
    was = sign_with(s, FIRST, next);
    assert_int_equal(hello(s, FIRST), 401);
    /* Nor does it announce another. */
    assert_int_equal(tell(s, FIRST, FIRST, third, third), 409);
    sign_with(s, FIRST, was);
    assert_int_equal(hello(s, FIRST), 200);
    sign_key_free(next);
    sign_key_free(third);
}

static void one_announced_later_takes_the_place_of_one_never_used(void **state)
{
    struct stage *s = *state;
    struct sign_key *next = sign_key_new(), *third = sign_key_new(), *was;

    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204);
    assert_int_equal(tell(s, FIRST, FIRST, third, third), 204);
    was = sign_with(s, FIRST, next);
    assert_int_equal(tell(s, FIRST, FIRST, next, next), 401);
    sign_with(s, FIRST, third);
    assert_int_equal(tell(s, FIRST, FIRST, third, third), 204);
    assert_int_equal(hello(s, FIRST), 200);
    sign_with(s, FIRST, was);
    sign_key_free(next);
    sign_key_free(third);
}

static void a_key_that_one_does_not_have_is_not_announced(void **state)
{
    struct stage *s = *state;
    struct sign_key *next = sign_key_new(), *other = sign_key_new();

    assert_int_equal(tell(s, FIRST, FIRST, next, other), 401);
    assert_int_equal(tell(s, FIRST, SECOND, next, next), 401); /* for another */
    /* That of another device, and one's own. */
    assert_int_equal(
        tell(s, FIRST, FIRST, s->key[SECOND - 1], s->key[SECOND - 1]), 409);
    assert_int_equal(
        tell(s, FIRST, FIRST, s->key[FIRST - 1], s->key[FIRST - 1]), 204);
    assert_int_equal(hello(s, FIRST), 200);
    assert_int_equal(hello(s, SECOND), 200);
    sign_key_free(next);
    sign_key_free(other);
}

static void a_key_that_was_in_use_once_is_not_taken_by_anybody(void **state)
{
    struct stage *s = *state;
    struct sign_key *next = sign_key_new(), *was;

    handed_in(s, 7);
    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204);
    was = sign_with(s, FIRST, next);
    assert_int_equal(tell(s, FIRST, FIRST, next, next), 204);
    assert_int_equal(tell(s, SECOND, SECOND, was, was), 409);
    sign_with(s, FIRST, was);
    sign_key_free(next);
}

static void numbers_keep_the_key_that_was_in_force_when_they_came(void **state)
{
    struct stage *s = *state;
    struct sign_key *next = sign_key_new();
    struct sign_public old = sign_key_public(s->key[FIRST - 1]),
                       new = sign_key_public(next), got;
    struct store st;
    struct err err;

    handed_in(s, 7);
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(device_key_announce(&st, FIRST, (struct bytes){new.der, new.n}, &err),
       &err);
    ok(device_key_use(&st, FIRST, (struct bytes){new.der, new.n}, &err), &err);
    ok(device_key_of(&st, FIRST, 1, &got, &err), &err);
    assert_memory_equal(got.der, old.der, old.n);
    ok(device_key_of(&st, FIRST, 7, &got, &err), &err);
    assert_memory_equal(got.der, old.der, old.n);
    ok(device_key_of(&st, FIRST, 8, &got, &err), &err);
    assert_memory_equal(got.der, new.der, new.n);
    assert_int_equal(
        device_key_use(&st, FIRST, (struct bytes){old.der, old.n}, &err),
        RC_CONFLICT);
    store_close(&st);
    sign_key_free(next);
}

int main(void)
{
#define CASE(f) \
    cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_key_counts_from_its_first_use_on_and_the_one_before_until_then),
        CASE(an_announced_key_opens_nothing_before_it_is_used),
        CASE(one_announced_later_takes_the_place_of_one_never_used),
        CASE(a_key_that_one_does_not_have_is_not_announced),
        CASE(a_key_that_was_in_use_once_is_not_taken_by_anybody),
        CASE(numbers_keep_the_key_that_was_in_force_when_they_came),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
