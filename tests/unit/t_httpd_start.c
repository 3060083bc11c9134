/* How a server starts: which addresses it takes, and what it leaves behind when
 * the system lets it down. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sync/sys/httpd.h"

/* -- calls that fail when they are told to ------------------------------ */

static const char *failing; /* its name; NULL: none */
static int left;            /* calls of it that go well before */
static long cores = -1;     /* -1: as many as there are */

static bool fails(const char *name)
{
    if (failing == NULL || strcmp(failing, name) != 0 || left-- > 0)
        return false;
    errno = ENOBUFS;
    return true;
}

static void *real(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    if (f == NULL)
        abort();
    return f;
}

#define REAL(name)          \
    __typeof__(name) *next; \
    if (fails(#name))       \
        return -1;          \
    *(void **)(&next) = real(#name)

int socket(int family, int type, int protocol)
{
    REAL(socket);
    return next(family, type, protocol);
}

int setsockopt(int fd, int level, int name, const void *p, socklen_t n)
{
    REAL(setsockopt);
    return next(fd, level, name, p, n);
}

int listen(int fd, int n)
{
    REAL(listen);
    return next(fd, n);
}

int eventfd(unsigned n, int flags)
{
    REAL(eventfd);
    return next(n, flags);
}

long sysconf(int name)
{
    __typeof__(sysconf) *next;

    *(void **)(&next) = real("sysconf");
    return name == _SC_NPROCESSORS_ONLN && cores >= 0 ? cores : next(name);
}

int pthread_create(pthread_t *t, const pthread_attr_t *how, void *(*f)(void *),
                   void *arg)
{
    __typeof__(pthread_create) *next;

    if (fails("pthread_create"))
        return EAGAIN;
    *(void **)(&next) = real("pthread_create");
    return next(t, how, f, arg);
}

/* ---------------------------------------------------------------------- */

static void on_hello(void *ctx, struct httpd_request *r)
{
    (void)ctx;
    httpd_reply(r, 200, "text/plain", bytes_of("hello"));
}

static const struct httpd_route routes[] = {
    {.method = HTTPD_GET, .path = "/hello", .handler = on_hello}};

static struct httpd_options options(const char *address, unsigned loops)
{
    return (struct httpd_options){
        .listen = address, .loops = loops, .route = routes, .routes = 1};
}

static size_t open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

static void an_address_has_a_host_and_a_port(void **state)
{
    static const struct {
        const char *listen;
        enum rc rc;
    } cases[] = {
        {"127.0.0.1:0", RC_OK},
        {"[::1]:0", RC_OK},
        {"127.0.0.1", RC_INVALID},
        {"127.0.0.1:", RC_INVALID},
        {"127.0.0.1:x", RC_INVALID},
        {"127.0.0.1:1/", RC_INVALID},
        {"127.0.0.1:65536", RC_INVALID},
        {"127.0.0.1:4294967296", RC_INVALID},
        {":8443", RC_INVALID},
        {"::1:8443", RC_INVALID},
        {"localhost:8443", RC_INVALID},
        {"[::1:0", RC_INVALID},
        {"300.0.0.1:0", RC_INVALID},
        {"0000000000000000000000000000000000000000000000000000000000000001:0",
         RC_INVALID},
        {"192.0.2.1:1", RC_NETWORK}, /* not one of ours */
    };
    size_t i, before = open_files();

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct httpd_options o = options(cases[i].listen, 1);
        struct httpd *h = NULL;
        struct err err = {.text = ""};
        enum rc rc = httpd_start(&h, &o, &err);

        if (rc == RC_NETWORK && strchr(cases[i].listen, '['))
            continue; /* a machine without IPv6 */
        if (rc != cases[i].rc)
            fail_msg("%s: %s", cases[i].listen, err.text);
        if (rc == RC_OK)
            assert_in_range(httpd_port(h), 1, 65535);
        else
            assert_non_null(strstr(err.text, cases[i].listen));
        httpd_stop(h, 0);
    }
    assert_int_equal(open_files(), before);
}

static void an_address_in_use_is_told(void **state)
{
    struct httpd_options o = options("127.0.0.1:0", 1);
    struct sockaddr_storage at = {0};
    socklen_t n = sizeof at;
    char text[32];
    struct httpd *h = NULL, *other = NULL;
    struct err err;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    at.ss_family = AF_INET;
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(httpd_start(&h, &o, &err), RC_OK);
    snprintf(text, sizeof text, "127.0.0.1:%d",
             (((uint8_t *)&at)[2] << 8) + ((uint8_t *)&at)[3]);
    o.listen = text;
    assert_int_equal(httpd_start(&other, &o, &err), RC_NETWORK);
    assert_non_null(strstr(err.text, text));
    assert_null(other);
    close(fd);
    httpd_stop(h, 0);
    httpd_stop(NULL, 0);
}

static void it_has_as_many_loops_as_processors_within_reason(void **state)
{
    static const struct {
        unsigned loops;
        long cores;
        unsigned has;
    } cases[] = {{3, -1, 3}, {0, 2, 2}, {0, 0, 1}, {1000, -1, HTTPD_LOOPS_MAX}};
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct httpd_options o = options("127.0.0.1:0", cases[i].loops);
        struct httpd *h = NULL;

        cores = cases[i].cores;
        assert_int_equal(httpd_start(&h, &o, NULL), RC_OK);
        cores = -1;
        assert_int_equal(httpd_loops(h), cases[i].has);
        httpd_stop(h, 0);
    }
}

static void a_server_that_cannot_start_leaves_nothing_behind(void **state)
{
    static const struct {
        const char *call;
        enum rc rc;
    } cases[] = {
        {"socket", RC_NETWORK},      {"setsockopt", RC_NETWORK},
        {"listen", RC_NETWORK},      {"eventfd", RC_NETWORK},
        {"pthread_create", RC_BUSY},
    };
    size_t i, before = open_files();
    int at;

    (void)state;
    for (i = 0; i < countof(cases); i++)
        for (at = 0; at < 2; at++) { /* of the first loop, or another one */
            struct httpd_options o = options("127.0.0.1:0", 2);
            struct httpd *h = NULL;
            struct err err;

            failing = cases[i].call;
            left = at;
            assert_int_equal(httpd_start(&h, &o, at ? &err : NULL),
                             cases[i].rc);
            failing = NULL;
            assert_null(h);
            assert_int_equal(open_files(), before);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_a_host_and_a_port),
        cmocka_unit_test(an_address_in_use_is_told),
        cmocka_unit_test(it_has_as_many_loops_as_processors_within_reason),
        cmocka_unit_test(a_server_that_cannot_start_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
