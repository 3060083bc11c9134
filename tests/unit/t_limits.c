/* How much one address and one device may ask for: the counters on a made-up
 * clock, and a running server that holds some up and others not. */
#include "tests/unit/endpoint_calls.h"

#include "server/quota.h"
#include "sync/base/text.h"
#include "sync/code.h"

enum { FIRST = 1, SECOND = 2, FEW = 5 };

/* -- the counters ------------------------------------------------------- */

static const struct bytes who = {(const uint8_t *)"1.2.3.4", 7};
static const struct bytes other = {(const uint8_t *)"1.2.3.5", 7};

static void who_did_a_minutes_worth_waits_until_it_has_run_off(void **state)
{
    struct quota *q = quota_new();
    int i;

    (void)state;
    for (i = 0; i < 60; i++)
        assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 1, 60, 5000), 0);
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 1, 60, 5000), 1001);
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 10, 60, 5000), 10001);
    /* A refusal costs nothing. */
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 1, 60, 6001), 0);
    assert_int_not_equal(quota_take(q, QUOTA_REQUESTS, who, 1, 60, 6001), 0);
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 60, 60, 66001), 0);
    quota_free(q);
}

static void others_other_things_and_no_limit_are_not_held_up(void **state)
{
    struct quota *q = quota_new();

    (void)state;
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 60, 60, 1), 0);
    assert_int_not_equal(quota_take(q, QUOTA_REQUESTS, who, 1, 60, 1), 0);
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, other, 60, 60, 1), 0);
    assert_int_equal(quota_take(q, QUOTA_BYTES, who, 60, 60, 1), 0);
    assert_int_equal(quota_take(q, QUOTA_REQUESTS, who, 1000, 0, 1), 0);
    quota_free(q);
}

static void what_is_larger_than_a_minutes_worth_goes_once_and_looking_is_free(
    void **state)
{
    struct quota *q = quota_new();

    (void)state;
    assert_int_equal(quota_take(q, QUOTA_BYTES, who, 1000, 60, 1), 0);
    assert_int_equal(quota_take(q, QUOTA_BYTES, who, 1000, 60, 2), 60000);
    assert_int_equal(quota_look(q, QUOTA_CODES, who, 1, 1), 0);
    assert_int_equal(quota_take(q, QUOTA_CODES, who, 1, 1, 1), 0);
    assert_int_not_equal(quota_look(q, QUOTA_CODES, who, 1, 1), 0);
    quota_free(q);
}

/* However many come by, who did much is not forgotten for who did little. */
static void a_flood_of_addresses_lets_nobody_off(void **state)
{
    struct quota *q = quota_new();
    uint32_t i;

    (void)state;
    assert_int_equal(quota_take(q, QUOTA_SIGN_INS, who, 60, 60, 1), 0);
    for (i = 0; i < 10 * QUOTA_SLOTS; i++)
        (void)quota_take(q, QUOTA_SIGN_INS,
                         (struct bytes){(const uint8_t *)&i, sizeof i}, 1, 60,
                         1);
    assert_int_not_equal(quota_look(q, QUOTA_SIGN_INS, who, 60, 1), 0);
    quota_free(q);
}

static void a_household_is_one_address(void **state)
{
    uint8_t a[16], b[16];

    (void)state;
    assert_true(bytes_eq(quota_address("2001:db8:1:2::1", a),
                         quota_address("2001:db8:1:2:ffff::9", b)));
    assert_false(bytes_eq(quota_address("2001:db8:1:2::1", a),
                          quota_address("2001:db8:1:3::1", b)));
    assert_true(bytes_eq(quota_address("192.0.2.7", a),
                         quota_address("::ffff:192.0.2.7", b)));
    assert_false(
        bytes_eq(quota_address("192.0.2.7", a), quota_address("192.0.2.8", b)));
}

/* -- the server --------------------------------------------------------- */

static curl_off_t asked(struct stage *s, const struct asked *a, long status)
{
    struct answered got = stage_ask(s, a);

    assert_int_equal(got.status, status);
    assert_true((got.retry_s > 0) == (status == 429));
    buf_free(&got.body);
    return got.retry_s;
}

static struct asked sign_in(struct stage *s, uint32_t device, bool forged,
                            const char *from)
{
    struct asked a = request(s, ENDPOINT_SESSION, device, "1");

    a.signer = device;
    a.forged = forged;
    a.from = from;
    return a;
}

static void a_stranger_who_names_a_device_does_not_keep_it_out(void **state)
{
    struct stage *s = *state;
    struct asked forged = sign_in(s, FIRST, true, "127.0.0.2");
    struct asked near = sign_in(s, FIRST, false, "127.0.0.2");
    struct asked real = sign_in(s, FIRST, false, "127.0.0.3");
    int i;

    s->server->conf.address_sign_ins = FEW;
    for (i = 0; i < FEW; i++)
        asked(s, &forged, 401);
    assert_in_range(asked(s, &forged, 429), 1, 60);
    assert_in_range(asked(s, &near, 429), 1, 60); /* who shares its address */
    for (i = 0; i < 3 * FEW; i++)
        asked(s, &real, 200);
    /* And who has a session goes on, wherever it is. */
    near = called_by(s, ENDPOINT_PULL, FIRST, "1");
    near.from = "127.0.0.2";
    asked(s, &near, 200);
}

static void sign_ins_that_succeed_are_not_counted(void **state)
{
    struct stage *s = *state;
    struct asked real = sign_in(s, FIRST, false, NULL);
    int i;

    s->server->conf.address_sign_ins = FEW;
    for (i = 0; i < 3 * FEW; i++)
        asked(s, &real, 200);
}

/* An enrolment with a code that was never given out. */
static struct asked guess(struct stage *s, const uint8_t *secret)
{
    struct asked a = {.method = HTTPD_POST,
                      .path = "/v1/enrol",
                      .signer = FIRST,
                      .keyid = "enrol"};
    struct sign_public p = sign_key_public(s->key[FIRST - 1]);
    struct buf b = buf_make(1024);

    buf_puts(&b, "{\"secret\":\"");
    text_put_base64url(&b, (struct bytes){secret, CODE_SECRET_BYTES});
    buf_puts(&b, "\",\"key\":\"");
    text_put_base64(&b, (struct bytes){p.der, p.n});
    buf_puts(&b, "\"}");
    a.body = arena_bytes(&s->mem, buf_view(&b));
    buf_free(&b);
    return a;
}

static void codes_are_not_guessed_without_end(void **state)
{
    static const uint8_t wrong[CODE_SECRET_BYTES] = {9};
    struct stage *s = *state;
    struct asked a = guess(s, wrong);
    int i;

    s->server->conf.address_codes = FEW;
    for (i = 0; i < FEW; i++) {
        a = guess(s, wrong);
        a.from = "127.0.0.2";
        asked(s, &a, 403);
    }
    a = guess(s, wrong);
    a.from = "127.0.0.2";
    asked(s, &a, 429);
    a.from = "127.0.0.3";
    asked(s, &a, 403);
}

static void a_device_that_asks_too_much_waits_and_another_does_not(void **state)
{
    struct stage *s = *state;
    struct asked a = called_by(s, ENDPOINT_TYPES, FIRST, "1");
    struct asked b = called_by(s, ENDPOINT_TYPES, SECOND, "1");
    int i;

    s->server->conf.device_requests = FEW;
    for (i = 0; i < FEW; i++)
        asked(s, &a, 200);
    asked(s, &a, 429);
    asked(s, &b, 200);
    /* It says so before it looks at a signature, which takes long. */
    a = called_by(s, ENDPOINT_PUSH, FIRST, "1");
    a.forged = true;
    asked(s, &a, 429);
}

static void bytes_are_counted_of_a_device_and_of_an_address(void **state)
{
    struct stage *s = *state;
    struct asked a = called_by(s, ENDPOINT_PUSH, FIRST, "1");

    s->server->conf.device_bytes = a.body.n + 1;
    asked(s, &a, 200);
    asked(s, &a, 429);
    s->server->conf.device_bytes = 0;
    s->server->conf.address_bytes = 1;
    a.from = "127.0.0.2";
    asked(s, &a, 200); /* nothing came from there before */
    asked(s, &a, 429);
}

static void an_address_that_asks_too_much_waits_whatever_it_asks(void **state)
{
    struct stage *s = *state;
    struct asked a = request(s, ENDPOINT_PIN, FIRST, "1");
    int i;

    s->server->conf.address_requests = FEW;
    a.from = "127.0.0.2";
    for (i = 0; i < FEW; i++)
        asked(s, &a, 200);
    asked(s, &a, 429);
    a = request(s, ENDPOINT_HEALTH, FIRST, "1");
    a.from = "127.0.0.2";
    asked(s, &a, 429);
    a.from = "127.0.0.3";
    asked(s, &a, 200);
}

int main(void)
{
#define CASE(f) \
    cmocka_unit_test_setup_teardown(f, stage_set_up, stage_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_did_a_minutes_worth_waits_until_it_has_run_off),
        cmocka_unit_test(others_other_things_and_no_limit_are_not_held_up),
        cmocka_unit_test(
            what_is_larger_than_a_minutes_worth_goes_once_and_looking_is_free),
        cmocka_unit_test(a_flood_of_addresses_lets_nobody_off),
        cmocka_unit_test(a_household_is_one_address),
        CASE(a_stranger_who_names_a_device_does_not_keep_it_out),
        CASE(sign_ins_that_succeed_are_not_counted),
        CASE(codes_are_not_guessed_without_end),
        CASE(a_device_that_asks_too_much_waits_and_another_does_not),
        CASE(bytes_are_counted_of_a_device_and_of_an_address),
        CASE(an_address_that_asks_too_much_waits_whatever_it_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
