/* What a browser proves with a passkey: made and signed here as a real one
 * does, then bent in every way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/sys/random.h"
#include "tests/unit/passkey_made.h"

static const char origin[] = "https://stoep.test:8443", site[] = "stoep.test";

struct passkey_stage {
    struct arena mem;
    struct made_passkey key;
};

static int set_up(void **state)
{
    struct passkey_stage *s = mem_new(sizeof *s);

    made_new(&s->key);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct passkey_stage *s = *state;

    made_free(&s->key);
    arena_free(&s->mem);
    free(s);
    return 0;
}

/* -- client data ------------------------------------------------------------
 */

static enum rc client(struct passkey_stage *s, const char *json)
{
    struct bytes challenge;
    struct err err;

    return passkey_client(bytes_of(json), PASSKEY_USE, origin, &s->mem,
                          &challenge, &err);
}

static void what_was_asked_and_where_has_to_be_said(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        /* another act */
        "{\"type\":\"webauthn.create\",\"challenge\":\"AAAA\","
        "\"origin\":\"https://stoep.test:8443\"}",
        /* another page: another host, another port, without TLS, or more */
        "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\","
        "\"origin\":\"https://stoep.test.evil.test:8443\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\","
        "\"origin\":\"https://stoep.test\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\","
        "\"origin\":\"http://stoep.test:8443\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\"}",
        /* in a frame of somebody else */
        "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"crossOrigin\":"
        "true,\"origin\":\"https://stoep.test:8443\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\",\"topOrigin\":"
        "\"https://x.test\",\"origin\":\"https://stoep.test:8443\"}",
        /* said twice */
        "{\"type\":\"webauthn.get\",\"type\":\"webauthn.get\",\"challenge\":"
        "\"AAAA\",\"origin\":\"https://stoep.test:8443\"}",
        /* no challenge, or none that can be */
        "{\"type\":\"webauthn.get\",\"origin\":\"https://stoep.test:8443\"}",
        "{\"type\":\"webauthn.get\",\"challenge\":\"A=A+\","
        "\"origin\":\"https://stoep.test:8443\"}",
    };
    struct passkey_stage *s = *state;
    size_t i;

    assert_int_equal(
        client(s, "{\"type\":\"webauthn.get\",\"challenge\":\"AAAA\","
                  "\"origin\":\"https://stoep.test:8443\",\"crossOrigin\":"
                  "false,\"other\":1}"),
        RC_OK);
    for (i = 0; i < countof(bad); i++)
        if (client(s, bad[i]) == RC_OK)
            fail_msg("taken: %s", bad[i]);
}

/* -- made -------------------------------------------------------------------
 */

static void a_new_passkey_gives_its_name_and_its_key(void **state)
{
    struct passkey_stage *s = *state;
    struct sign_public p = sign_key_public(s->key.key);
    struct bytes data = made_data(&s->key, site, MADE_NEW, 7, &s->mem);
    struct passkey_made out;
    struct err err;

    assert_int_equal(passkey_made(data, site, &out, &err), RC_OK);
    assert_int_equal(out.counter, 7);
    assert_true(bytes_eq(out.credential, made_id(&s->key)));
    assert_int_equal(out.key.n, p.n);
    assert_memory_equal(out.key.der, p.der, p.n);
}

static void a_new_passkey_that_is_cut_or_longer_is_none(void **state)
{
    struct passkey_stage *s = *state;
    struct bytes data = made_data(&s->key, site, MADE_NEW, 0, &s->mem), more;
    uint8_t *copy = arena_new(&s->mem, data.n + 1);
    struct passkey_made out;
    struct err err;
    size_t n;

    for (n = 0; n < data.n; n++)
        assert_int_not_equal(
            passkey_made((struct bytes){data.p, n}, site, &out, &err), RC_OK);
    memcpy(copy, data.p, data.n);
    more = (struct bytes){copy, data.n + 1};
    assert_int_not_equal(passkey_made(more, site, &out, &err), RC_OK);
    copy[32] |= 0x80; /* extensions follow: those are nothing to us */
    assert_int_equal(passkey_made(more, site, &out, &err), RC_OK);
}

/* Whatever stands at the head and in the key counts: no byte of them may be
 * another. */
static void a_new_passkey_with_another_byte_is_none_or_another(void **state)
{
    struct passkey_stage *s = *state;
    struct bytes data = made_data(&s->key, site, MADE_NEW, 0, &s->mem);
    struct passkey_made good, out;
    struct err err;
    size_t i;

    assert_int_equal(passkey_made(data, site, &good, &err), RC_OK);
    for (i = 0; i < data.n; i++) {
        uint8_t *bent = arena_new(&s->mem, data.n);
        enum rc rc;

        memcpy(bent, data.p, data.n);
        bent[i] ^= 1;
        rc = passkey_made((struct bytes){bent, data.n}, site, &out, &err);
        if (i >= 33 && i < 37 + 16) /* counter, AAGUID: anything goes */
            assert_int_equal(rc, RC_OK);
        else if (rc == RC_OK)
            assert_true(!bytes_eq(out.credential, good.credential) ||
                        memcmp(out.key.der, good.key.der, good.key.n) != 0);
    }
}

/* -- used ---------------------------------------------------------------------
 */

static enum rc use(struct passkey_stage *s, const struct sign_key *by,
                   struct bytes data, struct bytes client_data,
                   uint32_t *counter)
{
    struct sign_public p = sign_key_public(s->key.key);
    struct bytes signature = made_sign(by, data, client_data, &s->mem);
    struct err err;

    return passkey_used(&p, data, client_data, signature, site, counter, &err);
}

static void who_signs_with_the_passkey_is_in(void **state)
{
    struct passkey_stage *s = *state;
    uint32_t counter = 0;

    assert_int_equal(use(s, s->key.key,
                         made_data(&s->key, site, MADE_USED, 258, &s->mem),
                         bytes_of("{}"), &counter),
                     RC_OK);
    assert_int_equal(counter, 258);
}

static void another_key_another_site_or_nobody_asked_is_refused(void **state)
{
    static const unsigned flags[] = {0x00, 0x01, 0x04, 0x15};
    struct passkey_stage *s = *state;
    struct sign_key *other = sign_key_new();
    uint32_t counter = 99;
    size_t i;

    assert_int_equal(use(s, other,
                         made_data(&s->key, site, MADE_USED, 0, &s->mem),
                         bytes_of("{}"), &counter),
                     RC_AUTH);
    assert_int_equal(use(s, s->key.key,
                         made_data(&s->key, "evil.test", MADE_USED, 0, &s->mem),
                         bytes_of("{}"), &counter),
                     RC_AUTH);
    for (i = 0; i < countof(flags); i++) /* not there, not verified, a copy of
                                            what has none */
        assert_int_not_equal(use(s, s->key.key,
                                 made_data(&s->key, site, flags[i], 0, &s->mem),
                                 bytes_of("{}"), &counter),
                             RC_OK);
    assert_int_equal(counter, 99);
    sign_key_free(other);
}

static void what_was_signed_is_what_came(void **state)
{
    struct passkey_stage *s = *state;
    struct sign_public p = sign_key_public(s->key.key);
    struct bytes data = made_data(&s->key, site, MADE_USED, 1, &s->mem),
                 said = bytes_of("{\"challenge\":\"AAAA\"}"),
                 signature = made_sign(s->key.key, data, said, &s->mem);
    uint32_t counter;
    struct err err;
    size_t i;

    assert_int_equal(
        passkey_used(&p, data, said, signature, site, &counter, &err), RC_OK);
    for (i = 0; i < data.n; i++) {
        uint8_t *bent = arena_new(&s->mem, data.n);

        memcpy(bent, data.p, data.n);
        bent[i] ^= 0x40;
        assert_int_not_equal(passkey_used(&p, (struct bytes){bent, data.n},
                                          said, signature, site, &counter,
                                          &err),
                             RC_OK);
    }
    assert_int_equal(passkey_used(&p, data,
                                  bytes_of("{\"challenge\":\"BBBB\"}"),
                                  signature, site, &counter, &err),
                     RC_AUTH);
    for (i = 0; i < signature.n; i++) {
        struct bytes cut = {signature.p, i};

        assert_int_equal(
            passkey_used(&p, data, said, cut, site, &counter, &err), RC_AUTH);
    }
}

static void noise_is_nothing(void **state)
{
    struct passkey_stage *s = *state;
    uint8_t noise[400];
    struct passkey_made out;
    struct bytes challenge;
    struct err err;
    int i;

    for (i = 0; i < 20000; i++) {
        struct bytes b = {noise, (size_t)i % sizeof noise};
        struct digest d = digest_of(bytes_of(site));

        random_bytes(noise, sizeof noise);
        memcpy(noise, d.b, sizeof d.b); /* so that it is read at all */
        noise[32] |= 0x45;
        noise[37 + 16] = 0;
        assert_int_not_equal(passkey_made(b, site, &out, &err), RC_OK);
        assert_int_not_equal(
            passkey_client(b, PASSKEY_USE, origin, &s->mem, &challenge, &err),
            RC_OK);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_asked_and_where_has_to_be_said),
        CASE(a_new_passkey_gives_its_name_and_its_key),
        CASE(a_new_passkey_that_is_cut_or_longer_is_none),
        CASE(a_new_passkey_with_another_byte_is_none_or_another),
        CASE(who_signs_with_the_passkey_is_in),
        CASE(another_key_another_site_or_nobody_asked_is_refused),
        CASE(what_was_signed_is_what_came),
        CASE(noise_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
