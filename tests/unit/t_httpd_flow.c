/* The server over time: answers that come later, streams, and its end. */
#include "tests/unit/httpd_stage.h"

static void *resume_parked(void *arg)
{
    struct stage *s = arg;

    httpd_resume(wait_parked(s), answer_later, s);
    return NULL;
}

static void another_thread_answers_later(void **state)
{
    struct stage *s = *state;
    pthread_t helper;

    assert_int_equal(pthread_create(&helper, NULL, resume_parked, s), 0);
    ask(s, "GET /parked HTTP/1.1\r\n" BYE, " 200 OK", "later");
    pthread_join(helper, NULL);
    assert_int_equal(wait_gone(s), false);
}

static void a_client_that_left_is_noticed_when_its_answer_comes(void **state)
{
    for (int reset = 0; reset < 2; reset++) {
        struct stage *s = *state;
        struct linger now = {.l_onoff = reset};
        struct httpd_request *r;
        int fd = dial(s);

        s->gone = -1;
        say(fd, "GET /parked HTTP/1.1\r\n" HOST "\r\n");
        r = wait_parked(s);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close(fd);
        httpd_resume(r, answer_later, s);
        assert_int_equal(wait_gone(s), true);
    }
}

static void check_numbers(const uint8_t *p, uint64_t n)
{
    for (uint64_t at = 0; at < n; at += 8)
        assert_true(memcmp(p + at, &at, 8) == 0);
}

static void a_stream_is_whole_and_never_piles_up(void **state)
{
    const uint64_t bytes = 50 * MIB;
    struct stage *s = *state;
    int fd = dial(s);
    struct buf answer;
    const uint8_t *body;

    say(fd, "GET /stream?size=1&bytes=52428800 HTTP/1.1\r\n" BYE);
    answer = hear(fd);
    has(&answer, "Content-Length: 52428800\r\n");
    assert_true(answer.n > bytes);
    body = answer.p + answer.n - bytes;
    assert_memory_equal(body - 4, "\r\n\r\n", 4);
    check_numbers(body, bytes);
    buf_free(&answer);
    wait_done(s, 1);
    assert_true(httpd_stats(s->h).wire_bytes_most <
                2 * HTTPD_STREAM_LOW_BYTES + PIECE);
}

static void a_stream_of_unknown_length_comes_in_chunks(void **state)
{
    struct stage *s = *state;
    int fd = dial(s);
    struct buf answer;

    say(fd, "GET /stream?bytes=65544 HTTP/1.1\r\n" BYE);
    answer = hear(fd);
    has(&answer, "Transfer-Encoding: chunked\r\n");
    has(&answer, "\r\n\r\n10000\r\n");
    assert_memory_equal(answer.p + answer.n - 18,
                        "8\r\n\x00\x00\x01\x00\x00\x00\x00\x00\r\n0\r\n\r\n",
                        18);
    buf_free(&answer);
    ask(s, "GET /stream?bytes=0 HTTP/1.1\r\n" BYE, "chunked",
        "\r\n\r\n0\r\n\r\n");
    wait_done(s, 2);
}

static void a_broken_stream_is_seen_as_broken(void **state)
{
    struct stage *s = *state;
    int fd = dial(s);
    struct buf answer;

    say(fd, "GET /stream?break=1&bytes=10485760 HTTP/1.1\r\n" BYE);
    answer = hear(fd);
    assert_true(answer.n < 10485760);
    assert_true(answer.n < 5 ||
                memcmp(answer.p + answer.n - 5, "0\r\n\r\n", 5));
    buf_free(&answer);
    wait_done(s, 1);
}

static void a_reader_that_leaves_ends_its_stream(void **state)
{
    struct stage *s = *state;
    int fd = dial(s);
    char part[100];

    say(fd, "GET /stream?bytes=52428800 HTTP/1.1\r\n" HOST "\r\n");
    assert_true(recv(fd, part, sizeof part, 0) > 0);
    close(fd);
    wait_done(s, 1);
}

static void a_full_server_turns_clients_away(void **state)
{
    struct stage *s = *state, few = {.gone = -1};
    struct httpd_options o = options(&few);
    struct buf nothing;
    int first;

    (void)s;
    o.connections_max = 1;
    assert_int_equal(httpd_start(&few.h, &o, NULL), RC_OK);
    first = dial(&few);
    say(first, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    hear_one(first, "hello");
    nothing = hear(dial(&few));
    assert_int_equal(nothing.n, 0);
    buf_free(&nothing);
    say(first, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    hear_one(first, "hello");
    close(first);
    httpd_stop(few.h, 0);
}

/* From an address of ours. */
static int dial_from(struct stage *s, const char *ours)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)httpd_port(s->h)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(inet_pton(AF_INET, ours, &from.sin_addr), 1);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void one_address_does_not_take_all_connections(void **state)
{
    static const char *const headers[] = {"X-Every", "answer", NULL};
    struct stage *s = *state, few = {.gone = -1};
    struct httpd_options o = options(&few);
    struct buf nothing;
    int first, second;

    (void)s;
    o.loops = 1;
    o.address_connections_max = 1;
    o.headers = headers;
    assert_int_equal(httpd_start(&few.h, &o, NULL), RC_OK);
    first = dial_from(&few, "127.0.0.2");
    say(first, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    hear_one(first, "hello");
    nothing = hear(dial_from(&few, "127.0.0.2"));
    assert_int_equal(nothing.n, 0);
    buf_free(&nothing);
    second = dial_from(&few, "127.0.0.3");
    say(second, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    hear_one(second, "hello");
    close(second);
    /* What the library answers by itself has the headers, too, also after
     * answers of ours. */
    say(first, "BREW /hello HTTP/1.1\r\n" HOST "\r\n");
    nothing = hear(first);
    assert_non_null(strstr(buf_text(&nothing), " 501 "));
    assert_non_null(strstr(buf_text(&nothing), "\r\nX-Every: answer\r\n"));
    buf_free(&nothing);
    httpd_stop(few.h, 0);
}

static void *stop_patiently(void *h)
{
    httpd_stop(h, 60 * 1000);
    return NULL;
}

static void *stop_at_once(void *h)
{
    httpd_stop(h, 0);
    return NULL;
}

/* From now on the server is the stopper's. */
static pthread_t begin_stop(struct stage *s, void *(*stop)(void *))
{
    pthread_t stopper;

    assert_int_equal(pthread_create(&stopper, NULL, stop, s->h), 0);
    s->h = NULL;
    return stopper;
}

/* Until nobody listens any more. */
static void wait_closed(unsigned port)
{
    int fd;

    while ((fd = try_dial(port)) >= 0) {
        close(fd);
        sched_yield();
    }
}

static void stopping_lets_requests_in_flight_end(void **state)
{
    struct stage *s = *state;
    unsigned port = httpd_port(s->h);
    int parked = dial(s), stream = dial(s), idle = dial(s);
    struct buf answer;
    struct httpd_request *r;
    pthread_t stopper;
    char part[1];

    say(idle, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    hear_one(idle, "hello");
    say(stream, "GET /stream?bytes=10485760 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(recv(stream, part, 1, 0), 1);
    say(parked, "GET /parked HTTP/1.1\r\n" HOST "\r\n");
    r = wait_parked(s);
    stopper = begin_stop(s, stop_patiently);
    wait_closed(port);
    assert_int_equal(recv(idle, part, 1, 0), 0);
    close(idle);
    httpd_resume(r, answer_later, s);
    answer = hear(parked);
    has(&answer, "Connection: close\r\n");
    has(&answer, "\r\n\r\nlater");
    buf_free(&answer);
    answer = hear(stream);
    assert_memory_equal(answer.p + answer.n - 7, "\r\n0\r\n\r\n", 7);
    buf_free(&answer);
    pthread_join(stopper, NULL);
    assert_int_equal(wait_gone(s), false);
    wait_done(s, 1);
}

static void stopping_without_grace_cuts_but_waits_for_the_deferred(void **state)
{
    struct stage *s = *state;
    unsigned port = httpd_port(s->h);
    int parked = dial(s), stream = dial(s);
    struct httpd_request *r;
    pthread_t stopper;
    char part[1];

    say(stream, "GET /stream?bytes=52428800 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(recv(stream, part, 1, 0), 1);
    say(parked, "GET /parked HTTP/1.1\r\n" HOST "\r\n");
    r = wait_parked(s);
    stopper = begin_stop(s, stop_at_once);
    wait_closed(port);
    assert_int_equal(recv(parked, part, 1, 0), 0); /* cut */
    httpd_resume(r, answer_later, s);
    assert_int_equal(wait_gone(s), true);
    pthread_join(stopper, NULL);
    wait_done(s, 1);
    close(stream);
    close(parked);
}

static void a_client_that_dawdles_is_hung_up_on(void **state)
{
    struct stage brisk = {.gone = -1};
    struct httpd_options o = options(&brisk);
    struct buf nothing;
    int mute, head, body;

    (void)state;
    o.idle_s = 1;
    assert_int_equal(httpd_start(&brisk.h, &o, NULL), RC_OK);
    mute = dial(&brisk);
    head = dial(&brisk);
    body = dial(&brisk);
    say(head, "GET /hello HT");
    say(body, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc");
    nothing = hear(mute);
    assert_int_equal(nothing.n, 0);
    buf_free(&nothing);
    nothing = hear(head);
    assert_int_equal(nothing.n, 0);
    buf_free(&nothing);
    nothing = hear(body);
    assert_int_equal(nothing.n, 0);
    buf_free(&nothing);
    httpd_stop(brisk.h, 0);
}

static enum rc refuse_start(void *ctx, unsigned loop, struct err *err)
{
    if (loop == 0)
        return loop_start(ctx, loop, err);
    return err_set(err, RC_BUSY, "no such luck");
}

static void a_loop_that_cannot_start_stops_them_all(void **state)
{
    struct stage none = {.gone = -1};
    struct httpd_options o = options(&none);
    struct err err;

    (void)state;
    o.loop_start = refuse_start;
    assert_int_equal(httpd_start(&none.h, &o, &err), RC_BUSY);
    assert_string_equal(err.text, "no such luck");
    assert_int_equal(atomic_load(&none.stopped), 1);
    o.listen = "localhost";
    assert_int_equal(httpd_start(&none.h, &o, &err), RC_INVALID);
    assert_null(none.h);
}

#define CASE(name) \
    cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(another_thread_answers_later),
        CASE(a_client_that_left_is_noticed_when_its_answer_comes),
        CASE(a_stream_is_whole_and_never_piles_up),
        CASE(a_stream_of_unknown_length_comes_in_chunks),
        CASE(a_broken_stream_is_seen_as_broken),
        CASE(a_reader_that_leaves_ends_its_stream),
        CASE(a_full_server_turns_clients_away),
        CASE(one_address_does_not_take_all_connections),
        CASE(stopping_lets_requests_in_flight_end),
        CASE(stopping_without_grace_cuts_but_waits_for_the_deferred),
        CASE(a_client_that_dawdles_is_hung_up_on),
        CASE(a_loop_that_cannot_start_stops_them_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
