/* The server speaks HTTP: what it takes, what it refuses. */
#include "tests/unit/httpd_stage.h"

static void a_route_answers_with_type_length_and_date(void **state)
{
    int fd = dial(*state);
    struct buf answer;

    say(fd, "GET /hello HTTP/1.1\r\n" BYE);
    answer = hear(fd);
    has(&answer, "HTTP/1.1 200 OK\r\n");
    has(&answer, "Date: ");
    has(&answer, "Content-Type: text/plain\r\n");
    has(&answer, "X-Note: one  two\r\n");
    has(&answer, "Connection: close\r\n");
    has(&answer, "Content-Length: 5\r\n");
    has(&answer, "\r\n\r\nhello");
    buf_free(&answer);
}

static void segments_query_and_headers_reach_the_handler(void **state)
{
    ask(*state,
        "GET /v1/areas/7/attachments/a%2fb%20c?x=1&after=4+2%21 HTTP/1.1\r\n"
        "X-Tag:  one \r\nx-tag: two\r\n" BYE,
        "\r\n\r\n7|a/b c|none|4 2!|one, two|stoep.example:8443|127.0.0.1|",
        "|/v1/areas/7/attachments/a%2fb%20c?x=1&after=4+2%21");
}

static void a_query_is_read_whole_and_in_order_or_not_at_all(void **state)
{
    static const char *const unsound[] = {"a",     "=1",    "a=1&b",
                                          "a=%00", "%00=1", "a=1&&b=2"};
    struct buf many = buf_make(1000);

    ask(*state, "GET /list HTTP/1.1\r\n" BYE, "\r\n\r\n.", "200");
    ask(*state, "GET /list? HTTP/1.1\r\n" BYE, "\r\n\r\n.", "200");
    ask(*state, "GET /list?%24top=1&b=%26+%3d&b=x=y&c=& HTTP/1.1\r\n" BYE,
        "\r\n\r\n<$top=1><b=& =><b=x=y><c=>.", "200");
    buf_puts(&many, "GET /list?a=1");
    for (int i = 0; i < HTTPD_QUERY_MAX; i++)
        buf_puts(&many, "&b=2");
    buf_puts(&many, " HTTP/1.1\r\n" BYE);
    ask(*state, buf_text(&many), "\r\n\r\nunsound", "200");
    for (size_t i = 0; i < countof(unsound); i++) {
        buf_clear(&many);
        buf_printf(&many, "GET /list?%s HTTP/1.1\r\n" BYE, unsound[i]);
        ask(*state, buf_text(&many), "\r\n\r\nunsound", "200");
    }
    buf_free(&many);
}

static void what_is_not_there_is_a_problem(void **state)
{
    ask(*state, "GET /nowhere HTTP/1.1\r\n" BYE, "HTTP/1.1 404 Not Found\r\n",
        "application/problem+json");
    ask(*state, "GET /v1/areas//attachments/x HTTP/1.1\r\n" BYE, " 404 ",
        "\"status\":404");
    ask(*state, "GET /v1/areas/%00/attachments/x HTTP/1.1\r\n" BYE, " 404 ",
        "\"title\":\"Not found\"");
    ask(*state, "GET /hello/ HTTP/1.1\r\n" BYE, " 404 ", "problem+json");
}

static void a_wrong_method_learns_the_right_ones(void **state)
{
    ask(*state, "DELETE /v1/areas/1/attachments/2 HTTP/1.1\r\n" BYE,
        "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: GET, HEAD, PATCH\r\n");
    ask(*state, "BREW /hello HTTP/1.1\r\n" BYE, " 501 ", "problem+json");
}

static void head_is_get_without_the_body(void **state)
{
    struct stage *s = *state;
    int fd = dial(s);
    struct buf answer;

    say(fd, "HEAD /hello HTTP/1.1\r\n" HOST "\r\n"
            "HEAD /stream?bytes=800 HTTP/1.1\r\n" BYE);
    answer = hear(fd);
    has(&answer, "Content-Length: 5\r\n");
    has(&answer, "\r\n\r\nHTTP/1.1 200 OK");
    hasnt(&answer, "hello");
    assert_memory_equal(answer.p + answer.n - 4, "\r\n\r\n", 4);
    buf_free(&answer);
    wait_done(s, 1);
}

static void a_body_over_the_limit_of_its_route_is_refused(void **state)
{
    char body[1002] = "";

    ask(*state,
        "POST /echo HTTP/1.1\r\nContent-Length: 999999999999999999\r\n" BYE,
        " 413 ", "problem+json");
    memset(body, 'x', sizeof body - 1);
    for (int put = 0; put < 2; put++) {
        struct buf request = buf_make(4000);

        buf_printf(&request,
                   "%s /echo HTTP/1.1\r\nContent-Length: 1001\r\n" BYE "%s",
                   put ? "PUT" : "POST", body);
        ask(*state, buf_text(&request), put ? " 200 " : " 413 ",
            put ? body : "too large");
        buf_free(&request);
    }
}

static void a_body_is_asked_for_when_the_client_waits(void **state)
{
    int fd = dial(*state);
    struct buf answer;
    char first[26] = "";

    say(fd, "POST /echo HTTP/1.1\r\nContent-Length: 4\r\n"
            "Expect: 100-continue\r\n" BYE);
    assert_int_equal(recv(fd, first, 25, MSG_WAITALL), 25);
    assert_string_equal(first, "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, "ab");
    say(fd, "cd");
    answer = hear(fd);
    has(&answer, "\r\n\r\nabcd");
    buf_free(&answer);
}

static void headers_without_end_are_refused(void **state)
{
    struct buf request = buf_make(8000);

    buf_puts(&request, "GET /hello HTTP/1.1\r\n" HOST "X-Long: ");
    for (int i = 0; i < 4100; i++)
        buf_puts(&request, "y");
    ask(*state, buf_text(&request), "HTTP/1.1 400 ", "problem+json");
    buf_puts(&request, "\r\n\r\n");
    ask(*state, buf_text(&request), "HTTP/1.1 400 ", "problem+json");
    buf_clear(&request);
    buf_puts(&request, "GET /hello HTTP/1.1\r\n" HOST);
    for (int i = 0; i < HTTPD_HEADERS_MAX; i++)
        buf_printf(&request, "X-%d: y\r\n", i);
    buf_puts(&request, "\r\n");
    ask(*state, buf_text(&request), "HTTP/1.1 431 ", "problem+json");
    buf_free(&request);
}

static void what_is_not_http_is_refused(void **state)
{
    static const char *const bad[] = {
        "nonsense\r\n\r\n",
        "GET /hello\r\n\r\n",
        "GET /hello HTTP/1.1\r\n" HOST "X\r\n\r\n",
        "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nContent-Length: 1\r\n"
        "Transfer-Encoding: chunked\r\n" BYE "1\r\nx\r\n0\r\n\r\n",
    };
    /* What evhttp would take. */
    static const char *const doubtful[] = {
        "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /hello HTTP/1.1\r\n" HOST BYE,
        "POST /echo HTTP/1.1\r\nContent-Length: 1\r\n"
        "Content-Length: 1\r\n" BYE "x",
    };

    for (size_t i = 0; i < countof(bad); i++)
        ask(*state, bad[i], "HTTP/1.1 400 Bad Request\r\n", "problem+json");
    for (size_t i = 0; i < countof(doubtful); i++)
        ask(*state, doubtful[i], "HTTP/1.1 400 Bad Request\r\n",
            "problem+json");
}

static void a_body_may_come_in_chunks(void **state)
{
    ask(*state,
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" BYE
        "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        " 200 OK", "\r\n\r\nabc");
}

static void a_proxy_and_an_old_client_are_served(void **state)
{
    ask(*state, "GET http://a.example/hello HTTP/1.1\r\n" BYE, " 200 OK",
        "hello");
    ask(*state, "GET /hello HTTP/1.0\r\n\r\n", " 200 OK", "hello");
}

static void a_cut_request_leaves_the_server_well(void **state)
{
    struct stage *s = *state;
    int head = dial(s), body = dial(s), half = dial(s);
    struct buf answer;

    say(head, "GET /hel");
    close(head);
    say(body, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc");
    close(body);
    say(half, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    shutdown(half, SHUT_WR); /* has said all, still listens */
    answer = hear(half);
    has(&answer, "hello");
    buf_free(&answer);
    ask(s, "GET /hello HTTP/1.1\r\n" BYE, " 200 OK", "hello");
}

static void a_connection_serves_many_requests(void **state)
{
    struct stage *s = *state;
    int fd = dial(s);

    for (int i = 0; i < 3; i++) {
        say(fd, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
        hear_one(fd, "hello");
    }
    say(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
            "GET /twice HTTP/1.1\r\n" HOST "\r\n"
            "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    hear_one(fd, "abc");
    hear_one(fd, "later");
    hear_one(fd, "hello");
    assert_int_equal(httpd_stats(s->h).connections, 1);
    assert_int_equal(httpd_stats(s->h).requests, 6);
    close(fd);
}

static void a_forgotten_answer_is_our_fault(void **state)
{
    ask(*state, "GET /forgotten HTTP/1.1\r\n" BYE, " 500 ", "problem+json");
}

#define CASE(name) \
    cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_route_answers_with_type_length_and_date),
        CASE(segments_query_and_headers_reach_the_handler),
        CASE(a_query_is_read_whole_and_in_order_or_not_at_all),
        CASE(what_is_not_there_is_a_problem),
        CASE(a_wrong_method_learns_the_right_ones),
        CASE(head_is_get_without_the_body),
        CASE(a_body_over_the_limit_of_its_route_is_refused),
        CASE(a_body_is_asked_for_when_the_client_waits),
        CASE(headers_without_end_are_refused),
        CASE(what_is_not_http_is_refused),
        CASE(a_body_may_come_in_chunks),
        CASE(a_proxy_and_an_old_client_are_served),
        CASE(a_cut_request_leaves_the_server_well),
        CASE(a_connection_serves_many_requests),
        CASE(a_forgotten_answer_is_our_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
