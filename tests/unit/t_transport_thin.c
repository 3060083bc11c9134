/* Lines that are slow, fall silent or break off. */
#include "tests/unit/told_stage.h"

static void hasten(void *ctx)
{
    (void)ctx;
    mono_step_ms = silence_ms_max / 4; /* each time it is looked at */
}

static void silence_ends_a_call(void **state)
{
    struct stage *s = *state;
    struct bare b;
    struct relay r = {.quiet = true, .at_cut = hasten};
    struct err err;

    bare_open(&b, NULL); /* from the first byte on */
    hasten(NULL);
    call_port(b.port, s->pin, &err);
    came_to(&err, RC_NETWORK, "silent", "better reception", "beter bereik");
    bare_close(&b);
    mono_step_ms = 0; /* in the middle of an answer */
    s->told = (struct told){.status = 200, .type = OURS, .body = "hello"};
    relay_open(&r, httpd_port(s->h), 64 * 1024);
    assert_int_equal(call_port(r.port, s->pin, &err), RC_OK);
    r.down_left = r.down - 40; /* the second is as long as the first */
    call_port(r.port, s->pin, &err);
    came_to(&err, RC_NETWORK, "silent", "better reception", "beter bereik");
    relay_close(&r);
}

static void pass_time(void *ctx)
{
    (void)ctx;
    mono_ms += silence_ms_max / 2;
}

/* Half a minute for every five hundred bytes of the handshake, of what is
 * sent and of the answer: an hour and a half in all. */
static void slowness_alone_ends_nothing(void **state)
{
    struct stage *s = *state;
    struct relay thin = {.passed = pass_time};
    char *body = mem_new(40000), url[64];
    struct call c = {.method = "POST",
                     .type = OURS,
                     .accept = OURS,
                     .body = {(const uint8_t *)body, 40000},
                     .answer_max = 64 * 1024};
    uint64_t began_ms = clock_mono_ms();
    struct err err;

    relay_open(&thin, httpd_port(s->h), 500);
    snprintf(url, sizeof url, "https://127.0.0.1:%u", thin.port);
    memset(body, 'x', 39999);
    s->told = (struct told){.status = 200, .type = OURS, .body = body};
    assert_int_equal(call_url(url, s->pin, &c, &err), RC_OK);
    assert_true(thin.up > 40000 && thin.down > 40000);
    assert_true(clock_mono_ms() - began_ms > 60 * silence_ms_max);
    relay_close(&thin);
    free(body);
}

static void a_line_cut_anywhere_is_told(void **state)
{
    struct stage *s = *state;
    size_t at, whole;
    struct relay r = {0};
    struct err err;

    s->told = (struct told){.status = 200, .type = OURS, .body = "hello"};
    relay_open(&r, httpd_port(s->h), 64 * 1024);
    assert_int_equal(call_port(r.port, s->pin, &err), RC_OK);
    whole = r.down;
    for (at = 1; at < whole - 100; at += whole / 23) {
        enum rc rc;

        r.down_left = at;
        rc = call_port(r.port, s->pin, &err);
        if (rc != RC_NETWORK ||
            (strcmp(err.reason, "cut") != 0 && strcmp(err.reason, "tls") != 0))
            fail_msg("cut at byte %zu of %zu: %s", at, whole,
                     rc == RC_OK ? "taken for whole" : err.text);
    }
    r.down_left = SIZE_MAX;
    assert_int_equal(call_port(r.port, s->pin, &err), RC_OK);
    relay_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(silence_ends_a_call),
        CASE(slowness_alone_ends_nothing),
        CASE(a_line_cut_anywhere_is_told),
    };

    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
