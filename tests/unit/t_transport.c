/* What may answer in place of the server, or not at all, and what a worker is
 * told of it. */
#include "tests/unit/told_stage.h"

#include <errno.h>

static enum rc no_piece(void *ctx, struct bytes piece, struct err *err)
{
    (void)piece;
    ++*(unsigned *)ctx;
    return err_set(err, RC_CORRUPT, "what is no message was read as one");
}

/* -- somebody else answers ---------------------------------------------- */

static void an_answer_of_ours_is_taken(void **state)
{
    struct stage *s = *state;
    struct err err;

    s->told = (struct told){.status = 200, .type = OURS, .body = "hello"};
    assert_int_equal(call(s, &err), RC_OK);
    s->told.type = "Application/VND.stoep+msgpack; version=1";
    assert_int_equal(call(s, &err), RC_OK);
}

static void a_page_to_sign_in_is_told_as_such_and_never_read(void **state)
{
    static const struct told pages[] = {
        {.status = 200, .type = PAGE, .body = "<html>welcome to our wifi"},
        {.status = 200, .type = "application/xhtml+xml", .body = "<html/>"},
        {.status = 302,
         .type = PAGE,
         .body = "<html>moved",
         .name = "Location",
         .value = "http://portal.example/login"},
        {.status = 307, .name = "Location", .value = "http://10.0.0.1/"},
        {.status = 511, .type = PAGE, .body = "<html>sign in"},
        {.status = 511},
        {.status = 403, .type = PAGE, .body = "<html>not allowed"},
        {.status = 404, .type = PAGE, .body = "<html>no such thing"},
    };
    struct stage *s = *state;
    unsigned pieces = 0;
    struct call stream = {.accept = OURS, .piece = no_piece, .ctx = &pieces};
    char url[64];
    struct err err;
    size_t i;

    snprintf(url, sizeof url, "https://127.0.0.1:%u", httpd_port(s->h));
    for (i = 0; i < countof(pages); i++) {
        s->told = pages[i];
        assert_int_equal(call(s, &err), RC_DENIED);
        came_to(&err, RC_DENIED, "portal", "open a browser, sign in",
                "open een browser, log in");
        assert_int_equal(call_url(url, s->pin, &stream, &err), RC_DENIED);
        assert_string_equal(err.reason, "portal");
    }
    assert_int_equal(pieces, 0);
}

static void a_page_without_end_is_left_at_its_first_bytes(void **state)
{
    struct stage *s = *state;
    struct err err;

    s->told = (struct told){
        .status = 200, .type = PAGE, .body = "<p>more", .endless = true};
    call(s, &err);
    came_to(&err, RC_DENIED, "portal", "nothing is lost", "niets verloren");
    s->told.status = 502;
    call(s, &err);
    came_to(&err, RC_NETWORK, "gateway", "nothing is lost", "niets verloren");
    s->told = (struct told){
        .status = 200, .type = OURS, .body = "more", .endless = true};
    assert_int_equal(call(s, &err), RC_CORRUPT);
    assert_non_null(strstr(err.text, "too long"));
    s->told.status = 503;
    s->told.type = FAULT;
    assert_int_not_equal(call(s, &err), RC_OK);
}

static void a_gateway_without_its_server_is_waited_for(void **state)
{
    static const int statuses[] = {500, 502, 503, 504, 429, 408};
    struct stage *s = *state;
    struct err err;
    size_t i;

    for (i = 0; i < countof(statuses); i++) {
        s->told = (struct told){
            .status = statuses[i], .type = PAGE, .body = "<h1>sorry"};
        call(s, &err);
        came_to(&err, RC_NETWORK, "gateway", "try again later",
                "probeer het later opnieuw");
        assert_true(rc_retryable(err.code));
        assert_int_equal(err.wait_ms, 0);
    }
    s->told.name = "Retry-After";
    s->told.value = "120";
    call(s, &err);
    assert_int_equal(err.wait_ms, 120000);
}

static void a_busy_server_says_how_long_to_wait(void **state)
{
    struct stage *s = *state;
    struct err err;

    s->told = (struct told){.status = 503,
                            .type = FAULT,
                            .body = "{\"code\":\"busy\",\"detail\":\"full\"}",
                            .name = "Retry-After",
                            .value = "7"};
    assert_int_equal(call(s, &err), RC_BUSY);
    assert_null(err.reason);
    assert_string_equal(err.text, "full");
    assert_int_equal(err.wait_ms, 7000);
}

static void what_is_no_page_and_not_ours_is_not_believed(void **state)
{
    static const struct told others[] = {
        {.status = 200, .type = "application/octet-stream", .body = "\x96\x01"},
        {.status = 200, .type = "application/vnd.stoep", .body = "\x96\x01"},
        {.status = 200},
        {.status = 204},
        {.status = 404, .type = "text/plain", .body = "?"},
        {.status = 400, .type = PAGE, .body = "<h1>Bad Request"},
    };
    struct stage *s = *state;
    struct err err;
    size_t i;

    for (i = 0; i < countof(others); i++) {
        s->told = others[i];
        call(s, &err);
        came_to(&err, RC_CORRUPT, "strange", "no server of Stoep",
                "geen server van Stoep");
    }
}

static void a_proxy_that_wants_a_name_is_told(void **state)
{
    struct stage *s = *state;
    struct bare proxy;
    char url[64];
    struct err err;

    s->told = (struct told){.status = 407, .type = PAGE, .body = "<h1>who"};
    call(s, &err);
    came_to(&err, RC_DENIED, "proxy", "mobile data", "mobiele data");
    bare_open(&proxy, "HTTP/1.1 407 Proxy Authentication Required\r\n"
                      "Content-Length: 0\r\n\r\n");
    snprintf(url, sizeof url, "http://127.0.0.1:%u", proxy.port);
    setenv("https_proxy", url, 1);
    setenv("no_proxy", "", 1);
    call(s, &err);
    came_to(&err, RC_DENIED, "proxy", "the proxy of this network",
            "de proxy van dit netwerk");
    bare_close(&proxy);
    bare_open(&proxy, "HTTP/1.1 302 Found\r\nLocation: http://sign.in/\r\n"
                      "Content-Length: 0\r\n\r\n");
    snprintf(url, sizeof url, "http://127.0.0.1:%u", proxy.port);
    setenv("https_proxy", url, 1);
    call(s, &err);
    came_to(&err, RC_DENIED, "portal", "sign in", "log in");
    unsetenv("https_proxy");
    unsetenv("no_proxy");
    bare_close(&proxy);
}

/* -- keys and clocks ---------------------------------------------------- */

static void another_key_gets_nothing_and_is_told(void **state)
{
    struct stage *s = *state;
    struct err err;

    s->told = (struct told){.status = 200, .type = PAGE, .body = "<html>"};
    s->pin[3] ^= 1;
    call(s, &err);
    came_to(&err, RC_DENIED, "foreign", "nothing was sent to it",
            "er is niets naartoe gestuurd");
    assert_int_equal(httpd_stats(s->h).requests, 0);
}

/* The key says who it is: a certificate that is not valid yet, or no more, is
 * as good as any, so that a wrong clock alone does not shut a worker out. */
static void the_dates_of_a_certificate_do_not_count(void **state)
{
    static const int64_t year_ms = INT64_C(365) * 86400 * 1000;
    struct stage *s = *state;
    struct err err;
    int i;

    s->told = (struct told){.status = 200, .type = OURS, .body = "hello"};
    for (i = -1; i <= 1; i += 2) {
        unlink(s->cert);
        wall_off_ms = i * 40 * year_ms; /* ended, or begins in forty years */
        assert_int_equal(tls_make(s->cert, s->key, "127.0.0.1", NULL), RC_OK);
        wall_off_ms = 0;
        assert_int_equal(tls_reload(s->tls, NULL), RC_OK);
        assert_int_equal(call(s, &err), RC_OK);
    }
}

static void a_wrong_clock_is_told_by_the_date_of_the_server(void **state)
{
    static const char body[] = "{\"code\":\"auth\",\"detail\":\"no\"}";
    struct stage *s = *state;
    struct err err;
    int i;

    s->told = (struct told){.status = 401, .type = FAULT, .body = body};
    assert_int_equal(call(s, &err), RC_AUTH);
    assert_null(err.reason);
    for (i = -1; i <= 1; i += 2) {
        wall_off_ms = i * (signature_age_s_max - 20) * 1000;
        call(s, &err);
        assert_null(err.reason);
        wall_off_ms = i * (signature_age_s_max + 20) * 1000;
        call(s, &err);
        came_to(&err, RC_AUTH, "clock", "set the date and the time",
                "zet de datum en de tijd goed");
    }
}

static void plain_words_where_tls_should_be_are_told(void **state)
{
    struct stage *s = *state;
    struct bare b;
    struct err err;

    bare_open(&b, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                  "Content-Length: 6\r\n\r\n<html>");
    call_port(b.port, s->pin, &err);
    came_to(&err, RC_NETWORK, "tls", "no safe connection",
            "geen veilige verbinding");
    bare_close(&b);
}

/* -- nobody answers ----------------------------------------------------- */

static void a_name_without_an_address_is_told(void **state)
{
    static const char label[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr"
                                "stuvwxyzabcdefghijkl"; /* longer than may be */
    struct stage *s = *state;
    struct call c = {.accept = OURS, .answer_max = 4096};
    char url[128];
    struct err err;

    snprintf(url, sizeof url, "https://%s.invalid:1", label);
    call_url(url, s->pin, &c, &err);
    came_to(&err, RC_NETWORK, "name", "wifi or mobile data is on",
            "wifi of mobiele data aan staat");
}

static void a_closed_door_is_told(void **state)
{
    struct stage *s = *state;
    unsigned port;
    int fd = line_socket(&port); /* bound, and nobody listens */
    struct err err;

    call_port(port, s->pin, &err);
    came_to(&err, RC_NETWORK, "refused", "try again later",
            "probeer het later opnieuw");
    close(fd);
}

static void no_way_at_all_is_told(void **state)
{
    static const int none[] = {ENETUNREACH, EHOSTUNREACH, ENETDOWN};
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(none); i++) {
        line_fault(line_of_errno(none[i]), &err);
        came_to(&err, RC_NETWORK, "offline", "no network here",
                "hier geen netwerk");
    }
    line_fault(line_of_errno(ETIMEDOUT), &err);
    assert_string_equal(err.reason, "silent");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_of_ours_is_taken),
        CASE(a_page_to_sign_in_is_told_as_such_and_never_read),
        CASE(a_page_without_end_is_left_at_its_first_bytes),
        CASE(a_gateway_without_its_server_is_waited_for),
        CASE(a_busy_server_says_how_long_to_wait),
        CASE(what_is_no_page_and_not_ours_is_not_believed),
        CASE(a_proxy_that_wants_a_name_is_told),
        CASE(another_key_gets_nothing_and_is_told),
        CASE(the_dates_of_a_certificate_do_not_count),
        CASE(a_wrong_clock_is_told_by_the_date_of_the_server),
        CASE(plain_words_where_tls_should_be_are_told),
        CASE(a_name_without_an_address_is_told),
        CASE(a_closed_door_is_told),
        CASE(no_way_at_all_is_told),
    };

    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
