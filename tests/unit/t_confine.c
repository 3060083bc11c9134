/* What a confined process can still do, and what it cannot: tried in processes
 * of their own, for it is for good. */
#define _DEFAULT_SOURCE /* chroot() */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/confine.h"
#include "sync/base/mem.h"

struct stage {
    char dir[200], key[256], link[256], own[256], elsewhere[200];
};

/* What the child found; an exit status. */
enum { AS_IT_SHOULD, NOT_SO, OFF };

static void put(const char *path)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs("x", f);
    fclose(f);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");

    snprintf(s->dir, sizeof s->dir, "%s/own.XXXXXX", tmp ? tmp : "/tmp");
    snprintf(s->elsewhere, sizeof s->elsewhere, "%s/keys.XXXXXX",
             tmp ? tmp : "/tmp");
    if (!mkdtemp(s->dir) || !mkdtemp(s->elsewhere))
        return -1;
    snprintf(s->own, sizeof s->own, "%s/own", s->dir);
    snprintf(s->key, sizeof s->key, "%s/key", s->elsewhere);
    snprintf(s->link, sizeof s->link, "%s/link", s->dir);
    put(s->own);
    put(s->key);
    *state = s;
    return symlink(s->key, s->link);
}

static int tear_down(void **state)
{
    struct stage *s = *state;

    unlink(s->own);
    unlink(s->key);
    unlink(s->link);
    rmdir(s->dir);
    rmdir(s->elsewhere);
    free(s);
    return 0;
}

static bool opens(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool denied(const char *path, int flags)
{
    return !opens(path, flags) && errno == EACCES;
}

/* Run `look` confined, with the key reached by a link. */
static void confined(struct stage *s, bool (*look)(struct stage *s))
{
    const char *work[] = {s->dir}, *beside[] = {s->link};
    struct confined c;
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        c = confine(work, 1, beside, 1);
        if (strcmp(c.files, "yes") != 0 || strcmp(c.calls, "yes") != 0) {
            fprintf(stderr, "# files: %s; calls: %s\n", c.files, c.calls);
            _exit(OFF);
        }
        _exit(look(s) ? AS_IT_SHOULD : NOT_SO);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == OFF)
        skip(); /* this build, or this kernel; it was said which */
    assert_int_equal(WEXITSTATUS(status), AS_IT_SHOULD);
}

static bool look_at_files(struct stage *s)
{
    char made[300], moved[300], below[300];
    bool own, others;

    snprintf(made, sizeof made, "%s/made", s->dir);
    snprintf(below, sizeof below, "%s/below", s->dir);
    snprintf(moved, sizeof moved, "%s/below/moved", s->dir);
    own = opens(s->own, O_RDWR) && opens(made, O_RDWR | O_CREAT) &&
          mkdir(below, 0700) == 0 && rename(made, moved) == 0 &&
          truncate(moved, 0) == 0 && unlink(moved) == 0 && rmdir(below) == 0;
    snprintf(made, sizeof made, "%s/made", s->elsewhere);
    others = denied("/etc/passwd", O_RDONLY) && denied("/", O_RDONLY) &&
             denied("/proc/self/mem", O_RDWR) && opens(s->key, O_RDONLY) &&
             denied(s->key, O_WRONLY) && denied(made, O_WRONLY | O_CREAT) &&
             rename(s->key, made) != 0 && unlink(s->key) != 0;
    return own && others;
}

static void files_of_others_are_out_of_reach(void **state)
{
    assert_true(opens("/etc/passwd", O_RDONLY)); /* else this says nothing */
    confined(*state, look_at_files);
}

static bool look_at_calls(struct stage *s)
{
    char *const argv[] = {(char *)(uintptr_t) "true", NULL};
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(9),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)s;
    if (execv("/bin/true", argv) == 0 || errno != EPERM)
        return false;
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 || errno != EPERM)
        return false;
    if (chroot("/") == 0 || errno != EPERM)
        return false;
    return connect(fd, (struct sockaddr *)&at, sizeof at) != 0 &&
           errno == EPERM;
}

static void no_program_is_started_and_nobody_is_called(void **state)
{
    confined(*state, look_at_calls);
}

static void *look_from_a_thread(void *arg)
{
    bool *well = arg;

    *well = denied("/etc/passwd", O_RDONLY) && look_at_calls(NULL);
    return NULL;
}

static bool look_at_threads(struct stage *s)
{
    bool well = false;
    pthread_t t;

    (void)s;
    return pthread_create(&t, NULL, look_from_a_thread, &well) == 0 &&
           pthread_join(t, NULL) == 0 && well;
}

static void it_holds_for_threads_that_are_started_later(void **state)
{
    confined(*state, look_at_threads);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(files_of_others_are_out_of_reach),
        CASE(no_program_is_started_and_nobody_is_called),
        CASE(it_holds_for_threads_that_are_started_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
