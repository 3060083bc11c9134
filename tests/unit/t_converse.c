/* The server's end of a sync, fed by hand with what no client of ours sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/schema.h"
#include "server/conversation.h"
#include "server/regions.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"

struct stage {
    char dir[256];
    struct store s;
    struct device d;
    struct arena mem;
    struct message answer; /* to the last hello */
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct sign_key *key = sign_key_new();
    struct sign_public public = sign_key_public(key);
    struct digest secret = {{1}};
    struct enrolled e;
    uint32_t area;
    int64_t account;
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/converse.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    ok(store_create(s->dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    ok(store_area_put(&s->s, "selwerd", "Selwerd", "", &area, &err), &err);
    ok(store_account_put(&s->s, "w", ROLE_WORKER, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&s->s, &secret, account, 5000, &err), &err);
    ok(store_enrol(&s->s, &secret, &public, "", 1000, &s->mem, &e, &err), &err);
    ok(store_device(&s->s, e.device, &s->mem, &s->d, &err), &err);
    sign_key_free(key);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    store_close(&s->s);
    arena_free(&s->mem);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

static struct bytes encode(struct stage *s, const struct message *m)
{
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;

    wire_put(&b, m);
    out = arena_bytes(&s->mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static enum rc say_hello(struct stage *s, const struct message *m,
                         struct err *err)
{
    struct buf out = buf_make(message_bytes_max);
    struct greeting g = {.token = bytes_of("t"), .lease_s = 3600};
    struct hello said;
    enum rc rc = converse_hello(&s->s, &s->d, encode(s, m), &g, 2000, &s->mem,
                                &said, &out, err);
    struct message answer;

    if (rc == RC_OK) {
        ok(wire_get(arena_bytes(&s->mem, buf_view(&out)), s->s.shape, &s->mem,
                    &answer, err),
           err);
        s->answer = answer;
    }
    buf_free(&out);
    return rc;
}

static enum rc push(struct stage *s, const struct message *m, struct err *err)
{
    static const struct proof proof;
    struct buf packed = buf_make(message_bytes_max);
    struct push p = {0};
    enum rc rc;

    ok(pack_compress(encode(s, m), 1, &packed, err), err);
    rc = push_open(&p, &s->s, &s->d, buf_view(&packed), &proof, 2000, err);
    push_free(&p);
    buf_free(&packed);
    return rc;
}

static const struct message hello = {.kind = MESSAGE_HELLO,
                                     .as.hello = {.device = 1, .types = {0}}};
static const struct message a_pull = {.kind = MESSAGE_PULL,
                                      .as.pull = {.area = 1}};

static void a_message_of_another_call_is_refused(void **state)
{
    struct stage *s = *state;
    struct err err;

    assert_int_equal(say_hello(s, &hello, &err), RC_OK);
    assert_int_equal(say_hello(s, &a_pull, &err), RC_INVALID);
    assert_int_equal(push(s, &hello, &err), RC_INVALID);
    assert_int_equal(push(s, &a_pull, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "another call"));
}

static void a_welcome_says_how_long_the_device_may_be_read(void **state)
{
    struct stage *s = *state;
    struct err err;

    ok(say_hello(s, &hello, &err), &err);
    assert_int_equal(s->answer.kind, MESSAGE_WELCOME);
    assert_int_equal(s->answer.as.welcome.lease_s, 3600);
    assert_int_equal(s->answer.as.welcome.now_ms, 2000);
}

static const char codes[] = "code,name\n"
                            "BU00010000,Noord\n"
                            "BU00010001,Zuid\n" /* without an outline */
                            "BU0001000A,Oost\n";
static const char outlines[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"properties\":{\"statcode\":\"BU00010000\"},"
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
    "[[[6.0,53.0],[6.1,53.0],[6.1,53.1],[6.0,53.1],[6.0,53.0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"statcode\":\"BU0001000A\"},"
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
    "[[[6.1,53.0],[6.2,53.0],[6.2,53.1],[6.1,53.1],[6.1,53.0]]]}}]}";

/* What the last welcome names; "" if nothing. */
static const char *named(struct stage *s)
{
    struct bytes v;
    struct err err;

    ok(say_hello(s, &hello, &err), &err);
    v = s->answer.as.welcome.regions;
    return arena_text(&s->mem, (const char *)v.p, v.n);
}

static const struct regions_told *handed_out(struct stage *s,
                                             const char *version)
{
    struct buf frame = buf_make(regions_bytes_max), plain;
    struct message *m = arena_new(&s->mem, sizeof *m);
    struct err err;

    ok(converse_regions(&s->s, bytes_of(version), &s->mem, &frame, &err), &err);
    ok(pack_expand(buf_view(&frame), regions_bytes_max, &plain, &err), &err);
    ok(wire_get(arena_bytes(&s->mem, buf_view(&plain)), NULL, &s->mem, m, &err),
       &err);
    assert_int_equal(m->kind, MESSAGE_REGIONS);
    buf_free(&plain);
    buf_free(&frame);
    return &m->as.regions;
}

static void a_welcome_names_the_neighbourhoods_of_the_latest_year(void **state)
{
    struct stage *s = *state;
    const struct regions_told *told;
    const char *first, *second;
    struct buf out = buf_make(regions_bytes_max);
    struct err err;
    size_t n;

    assert_string_equal(named(s), "");
    ok(regions_import_codes(&s->s, 2022, codes, &n, &err), &err);
    ok(regions_import_outlines(&s->s, 2022, bytes_of(outlines), &n, &err),
       &err);
    first = named(s);
    told = handed_out(s, first);
    assert_int_equal(told->regions_n, 1); /* what a record can hold */
    assert_true(bytes_eq(told->regions[0].code, bytes_of("2022BU00010000")));
    assert_true(bytes_eq(told->regions[0].name, bytes_of("Noord")));
    assert_true(geo_holds(told->regions[0].outline,
                          (struct geo_point){53050000, 6050000}));
    ok(regions_import_codes(&s->s, 2025, codes, &n, &err), &err);
    second = named(s);
    assert_string_not_equal(first, second);
    assert_int_equal(handed_out(s, second)->regions_n, 0);
    assert_int_equal(
        converse_regions(&s->s, bytes_of(first), &s->mem, &out, &err),
        RC_OUTDATED);
    assert_int_equal(out.n, 0);
    s->s.epoch++; /* put back from a backup */
    assert_string_not_equal(named(s), second);
    s->d.caller.role = ROLE_ANALYST;
    assert_string_equal(named(s), "");
    buf_free(&out);
}

static void a_device_that_was_withdrawn_is_told_to_wipe_itself(void **state)
{
    struct stage *s = *state;
    struct message m = {.kind = MESSAGE_WIPED, .as.wiped = {1, 3}};
    struct wiped said;
    struct err err;

    assert_int_equal(converse_wiped(&s->d, encode(s, &m), &s->mem, &said, &err),
                     RC_DENIED);
    s->d.revoked_ms = 1000;
    ok(say_hello(s, &hello, &err), &err);
    assert_int_equal(s->answer.kind, MESSAGE_WIPE);
    assert_int_equal(s->answer.as.wipe.device, 1);
    ok(converse_wiped(&s->d, encode(s, &m), &s->mem, &said, &err), &err);
    assert_int_equal(said.lost, 3);
    m.as.wiped.device = 2;
    assert_int_equal(converse_wiped(&s->d, encode(s, &m), &s->mem, &said, &err),
                     RC_DENIED);
    assert_int_equal(
        converse_wiped(&s->d, encode(s, &hello), &s->mem, &said, &err),
        RC_INVALID);
}

static void bytes_that_are_no_message_are_refused(void **state)
{
    static const struct proof proof;
    struct stage *s = *state;
    struct push p = {0};
    struct err err;

    assert_int_equal(
        push_open(&p, &s->s, &s->d, bytes_of("<html>"), &proof, 2000, &err),
        RC_CORRUPT);
    push_free(&p);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_message_of_another_call_is_refused),
        CASE(a_welcome_says_how_long_the_device_may_be_read),
        CASE(a_welcome_names_the_neighbourhoods_of_the_latest_year),
        CASE(a_device_that_was_withdrawn_is_told_to_wipe_itself),
        CASE(bytes_that_are_no_message_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
