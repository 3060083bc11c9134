/* TLS of the server, with curl as the client that pins its key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <mbedtls/base64.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/tls.h"
#include "sync/sys/random.h"

enum { PIECE = 64 * 1024, BODY_MAX = 9 * 1024 * 1024, CLIENTS = 4 };

struct stage {
    char dir[200], cert[256], key[256];
    struct tls *tls;
    struct httpd *h;
};

static void on_hello(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_reply(r, 200, "text/plain", bytes_of("hello"));
}

static void on_echo(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_reply(r, 200, "application/octet-stream", httpd_body(r));
}

static void answer(void *arg, struct httpd_request *r)
{
    httpd_reply(r, 200, "text/plain", bytes_of(arg));
}

static void on_later(void *ctx, struct httpd_request *r)
{
    static char later[] = "later";

    (void)ctx;
    httpd_defer(r);
    httpd_resume(r, answer, later);
}

static enum httpd_more next(void *ctx, struct buf *out)
{
    uint32_t *at = ctx;

    for (int i = 0; i < PIECE / 4; i++, ++*at)
        buf_put(out, at, 4);
    return *at < 8 * 1024 * 1024 / 4 ? HTTPD_MORE : HTTPD_END;
}

static void on_stream(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_stream(r, 200, "application/octet-stream", HTTPD_UNKNOWN,
                 (struct httpd_source){mem_new(4), next, free});
}

static const struct httpd_route routes[] = {
    {HTTPD_GET, "/hello", on_hello, 0},
    {HTTPD_PUT, "/echo", on_echo, BODY_MAX},
    {HTTPD_GET, "/later", on_later, 0},
    {HTTPD_GET, "/stream", on_stream, 0},
};

static int open_stage(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct httpd_options o = {.listen = "127.0.0.1:0",
                              .loops = 2,
                              .route = routes,
                              .routes = countof(routes)};

    *state = s;
    snprintf(s->dir, sizeof s->dir, "%s/t_tls.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(s->dir))
        return -1;
    snprintf(s->cert, sizeof s->cert, "%s/server.crt", s->dir);
    snprintf(s->key, sizeof s->key, "%s/server.key", s->dir);
    if (tls_make(s->cert, s->key, "127.0.0.1", NULL) != RC_OK ||
        tls_open(s->cert, s->key, &s->tls, NULL) != RC_OK)
        return -1;
    o.tls = tls_httpd(s->tls);
    return httpd_start(&s->h, &o, NULL) == RC_OK ? 0 : -1;
}

static int close_stage(void **state)
{
    struct stage *s = *state;

    httpd_stop(s->h, 1000);
    tls_close(s->tls);
    unlink(s->cert);
    unlink(s->key);
    rmdir(s->dir);
    free(s);
    return 0;
}

static size_t take(char *p, size_t size, size_t n, void *arg)
{
    buf_put(arg, p, size * n);
    return size * n;
}

/* As curl wants it: sha256//BASE64. */
struct pin {
    char text[80];
};

static struct pin pin_of(struct stage *s)
{
    struct pin p = {.text = "sha256//"};
    uint8_t raw[TLS_PIN_BYTES];
    size_t n;

    tls_pin(s->tls, raw);
    assert_int_equal(mbedtls_base64_encode((unsigned char *)p.text + 8,
                                           sizeof p.text - 8, &n, raw,
                                           sizeof raw),
                     0);
    return p;
}

static CURL *client(struct pin pin)
{
    CURL *c = curl_easy_init();

    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(c, CURLOPT_PINNEDPUBLICKEY, pin.text);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    return c;
}

static CURLcode get(CURL *c, struct stage *s, const char *path,
                    struct buf *body)
{
    char url[100];
    CURLcode code;

    snprintf(url, sizeof url, "https://127.0.0.1:%u%s", httpd_port(s->h), path);
    curl_easy_setopt(c, CURLOPT_URL, url);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    buf_clear(body);
    code = curl_easy_perform(c);
    buf_text(body);
    return code;
}

static CURLcode hello(CURL *c, struct stage *s)
{
    struct buf body = buf_make(BODY_MAX);
    CURLcode code = get(c, s, "/hello", &body);

    if (code == CURLE_OK)
        assert_string_equal(buf_text(&body), "hello");
    buf_free(&body);
    return code;
}

static CURLcode hello_once(struct stage *s, struct pin pin)
{
    CURL *c = client(pin);
    CURLcode code = hello(c, s);

    curl_easy_cleanup(c);
    return code;
}

static long connects(CURL *c)
{
    long n = -1;

    curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &n);
    return n;
}

static void the_pinned_key_is_the_one_served(void **state)
{
    struct stage *s = *state;
    struct pin pin = pin_of(s);

    assert_int_equal(hello_once(s, pin), CURLE_OK);
    pin.text[8] = pin.text[8] == 'A' ? 'B' : 'A';
    assert_int_equal(hello_once(s, pin), CURLE_SSL_PINNEDPUBKEYNOTMATCH);
}

static void the_certificate_is_good_for_its_name(void **state)
{
    struct stage *s = *state;
    CURL *c = client(pin_of(s));

    curl_easy_setopt(c, CURLOPT_CAINFO, s->cert);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    assert_int_equal(hello(c, s), CURLE_OK);
    curl_easy_cleanup(c);
}

static void a_made_key_is_private_and_stays(void **state)
{
    struct stage *s = *state;
    struct pin before = pin_of(s);
    struct stat st;
    struct err err;

    assert_int_equal(stat(s->key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(tls_make(s->cert, s->key, "127.0.0.1", NULL), RC_OK);
    unlink(s->cert);
    assert_int_equal(tls_make(s->cert, s->key, "127.0.0.1", NULL), RC_OK);
    assert_int_equal(tls_reload(s->tls, NULL), RC_OK);
    assert_string_equal(pin_of(s).text, before.text);
    unlink(s->key);
    assert_int_equal(tls_make(s->cert, s->key, "127.0.0.1", &err), RC_NOTFOUND);
    assert_non_null(strstr(err.text, "put the key back"));
    unlink(s->cert);
    assert_int_equal(tls_make(s->cert, s->key, "not, a name", &err),
                     RC_INVALID);
}

static void a_reload_is_for_new_connections(void **state)
{
    struct stage *s = *state;
    struct pin old = pin_of(s);
    CURL *c = client(old);

    assert_int_equal(hello(c, s), CURLE_OK);
    assert_int_equal(connects(c), 1);
    unlink(s->cert);
    unlink(s->key);
    assert_int_equal(tls_make(s->cert, s->key, "127.0.0.1", NULL), RC_OK);
    assert_int_equal(tls_reload(s->tls, NULL), RC_OK);
    assert_string_not_equal(pin_of(s).text, old.text);
    assert_int_equal(hello(c, s), CURLE_OK);
    assert_int_equal(connects(c), 0); /* the same connection */
    assert_int_equal(hello_once(s, old), CURLE_SSL_PINNEDPUBKEYNOTMATCH);
    assert_int_equal(hello_once(s, pin_of(s)), CURLE_OK);
    curl_easy_cleanup(c);
}

static void a_bad_file_leaves_the_old_certificate(void **state)
{
    struct stage *s = *state;
    struct pin before = pin_of(s);
    char other[300];
    struct err err;
    FILE *f;

    snprintf(other, sizeof other, "%s.other", s->key);
    assert_int_equal(rename(s->key, other), 0);
    assert_int_equal(tls_reload(s->tls, &err), RC_NOTFOUND);
    f = fopen(s->key, "w");
    fputs("nonsense\n", f);
    fclose(f);
    assert_int_equal(tls_reload(s->tls, &err), RC_INVALID);
    assert_non_null(strstr(err.text, s->key));
    assert_int_equal(hello_once(s, before), CURLE_OK);

    unlink(s->key);
    unlink(s->cert);
    assert_int_equal(tls_make(s->cert, s->key, "127.0.0.1", NULL), RC_OK);
    assert_int_equal(rename(other, s->key), 0); /* of the one before */
    assert_int_equal(tls_reload(s->tls, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "does not belong"));
    assert_int_equal(hello_once(s, before), CURLE_OK);
}

/* Sends `n` bytes, then hears until the end unless `leave`. */
static void knock(struct stage *s, const void *p, size_t n, bool leave)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)httpd_port(s->h)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char part[100];

    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), n);
    while (!leave && recv(fd, part, sizeof part, 0) > 0)
        ;
    close(fd);
}

static void garbage_at_the_door_harms_nobody(void **state)
{
    static const char hello_cut[] = "\x16\x03\x01\x00\xc8\x01\x00\x00";
    struct stage *s = *state;
    uint8_t noise[3000];

    knock(s, "GET /hello HTTP/1.1\r\n\r\n", 23, false);
    for (int i = 0; i < 20; i++) {
        random_bytes(noise, sizeof noise);
        noise[0] |= 0x80; /* no TLS record begins so */
        knock(s, noise, sizeof noise, false);
    }
    knock(s, hello_cut, sizeof hello_cut - 1, true);
    knock(s, "", 0, true);
    assert_int_equal(hello_once(s, pin_of(s)), CURLE_OK);
}

static void a_large_body_goes_there_and_back(void **state)
{
    struct stage *s = *state;
    CURL *c = client(pin_of(s));
    struct buf body = buf_make(BODY_MAX);
    char *sent = mem_new(2 * 1024 * 1024);

    random_bytes(sent, 2 * 1024 * 1024);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, sent);
    curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, 2L * 1024 * 1024);
    assert_int_equal(get(c, s, "/echo", &body), CURLE_OK);
    assert_int_equal(body.n, 2 * 1024 * 1024);
    assert_memory_equal(body.p, sent, 2 * 1024 * 1024);
    free(sent);
    buf_free(&body);
    curl_easy_cleanup(c);
}

static void a_stream_comes_whole_and_does_not_pile_up(void **state)
{
    struct stage *s = *state;
    CURL *c = client(pin_of(s));
    struct buf body = buf_make(BODY_MAX);

    assert_int_equal(get(c, s, "/later", &body), CURLE_OK);
    assert_string_equal(buf_text(&body), "later");
    assert_int_equal(get(c, s, "/stream", &body), CURLE_OK);
    assert_int_equal(body.n, 8 * 1024 * 1024);
    for (uint32_t i = 0; i < body.n / 4; i++)
        assert_true(memcmp(body.p + (size_t)i * 4, &i, 4) == 0);
    assert_true(httpd_stats(s->h).wire_bytes_most <
                2 * HTTPD_STREAM_LOW_BYTES + PIECE);
    buf_free(&body);
    curl_easy_cleanup(c);
}

struct visitor {
    struct stage *s;
    struct pin pin;
    int ok;
};

static void *visit(void *arg)
{
    struct visitor *v = arg;
    struct buf body = buf_make(BODY_MAX);

    for (int i = 0; i < 10; i++) {
        CURL *c = client(v->pin);

        v->ok += get(c, v->s, "/hello", &body) == CURLE_OK;
        v->ok += get(c, v->s, "/later", &body) == CURLE_OK;
        curl_easy_cleanup(c);
    }
    buf_free(&body);
    return NULL;
}

static void many_clients_on_both_loops_while_it_reloads(void **state)
{
    struct stage *s = *state;
    struct visitor v[CLIENTS];
    pthread_t t[CLIENTS];

    for (int i = 0; i < CLIENTS; i++) {
        v[i] = (struct visitor){s, pin_of(s), 0};
        assert_int_equal(pthread_create(&t[i], NULL, visit, &v[i]), 0);
    }
    for (int i = 0; i < 5; i++)
        assert_int_equal(tls_reload(s->tls, NULL), RC_OK);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(t[i], NULL);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(v[i].ok, 20);
}

#define CASE(name) \
    cmocka_unit_test_setup_teardown(name, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_pinned_key_is_the_one_served),
        CASE(the_certificate_is_good_for_its_name),
        CASE(a_made_key_is_private_and_stays),
        CASE(a_reload_is_for_new_connections),
        CASE(a_bad_file_leaves_the_old_certificate),
        CASE(garbage_at_the_door_harms_nobody),
        CASE(a_large_body_goes_there_and_back),
        CASE(a_stream_comes_whole_and_does_not_pile_up),
        CASE(many_clients_on_both_loops_while_it_reloads),
    };
    int failed;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
