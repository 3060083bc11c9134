/* Files on a disk that fails: any one call to the system goes wrong, and what
 * stood there stands, or what was to stand there does. */
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
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/sys/file.h"

/* -- calls that fail when they are told to ------------------------------ */

static struct {
    int left; /* calls until one fails; < 0: none does */
    int with; /* errno */
    bool failed;
} fate = {.left = -1};

static bool fails(void)
{
    if (fate.left < 0 || fate.left-- > 0)
        return false;
    fate.failed = true;
    errno = fate.with;
    return true;
}

static void *real(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);

    if (f == NULL)
        abort();
    return f;
}

/* A function is no object to ISO C; the way round is the one of POSIX. */
#define REAL(name)                   \
    __typeof__(name) *next;          \
    *(void **)(&next) = real(#name); \
    if (fails())                     \
    return -1

ssize_t read(int fd, void *p, size_t n)
{
    REAL(read);
    return next(fd, p, n);
}

ssize_t write(int fd, const void *p, size_t n)
{
    REAL(write);
    return next(fd, p, n > 3 && fate.left >= 0 ? 3 : n); /* a short one */
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    REAL(pread);
    return next(fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    REAL(pwrite);
    return next(fd, p, n, at);
}

int fsync(int fd)
{
    REAL(fsync);
    return next(fd);
}

int fchmod(int fd, mode_t mode)
{
    REAL(fchmod);
    return next(fd, mode);
}

int ftruncate(int fd, off_t n)
{
    REAL(ftruncate);
    return next(fd, n);
}

off_t lseek(int fd, off_t at, int how)
{
    REAL(lseek);
    return next(fd, at, how);
}

int flock(int fd, int how)
{
    REAL(flock);
    return next(fd, how);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    return next(from, to);
}

int mkstemp(char *path)
{
    REAL(mkstemp);
    return next(path);
}

int open(const char *path, int how, ...)
{
    va_list ap;
    mode_t mode = 0;

    REAL(open);
    va_start(ap, how);
    if (how & O_CREAT)
        mode = va_arg(ap, mode_t);
    va_end(ap);
    return next(path, how, mode);
}

/* -- the stage ---------------------------------------------------------- */

static char dir[256];

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    fate.left = -1;
    snprintf(dir, sizeof dir, "%s/faults.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) == NULL;
}

static int tear_down(void **state)
{
    char command[300];

    (void)state;
    fate.left = -1;
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static const char *in_dir(const char *name)
{
    static char path[2][400];
    static int which;

    which = !which;
    snprintf(path[which], sizeof path[which], "%s/%s", dir, name);
    return path[which];
}

static size_t files(void)
{
    struct arena mem = {0};
    char **list;
    size_t n;

    assert_int_equal(file_list(dir, "", &mem, &list, &n, NULL), RC_OK);
    arena_free(&mem);
    return n;
}

static bool holds(const char *name, const char *text)
{
    struct buf b;
    bool same;

    if (file_read(in_dir(name), 100, &b, NULL) != RC_OK)
        return false;
    same = bytes_eq(buf_view(&b), bytes_of(text));
    buf_free(&b);
    return same;
}

/* Does `step` come off if its call number `n` fails so?  False as well: it has
 * no such call. */
static enum rc with_fault(enum rc (*step)(struct err *), int n, int with,
                          struct err *err)
{
    enum rc rc;

    fate.left = n;
    fate.with = with;
    fate.failed = false;
    rc = step(err);
    fate.left = -1;
    return rc;
}

/* -- what must hold ----------------------------------------------------- */

static const char long_text[] = "the new text, in several writes";

static enum rc replace(struct err *err)
{
    return file_replace(in_dir("a"), bytes_of(long_text), 0600, err);
}

static void a_file_is_the_old_one_or_the_new_one(void **state)
{
    enum rc rc = RC_IO;
    int n;

    (void)state;
    for (n = 0; rc != RC_OK; n++) {
        struct err err;

        assert_int_equal(file_replace(in_dir("a"), bytes_of("old"), 0600, NULL),
                         RC_OK);
        rc = with_fault(replace, n, EIO, &err);
        assert_int_equal(rc == RC_OK, !fate.failed);
        if (rc != RC_OK) {
            assert_int_equal(rc, RC_IO);
            assert_non_null(strstr(err.text, in_dir("a")));
        }
        assert_true(holds("a", long_text) ||
                    (rc != RC_OK && holds("a", "old")));
        assert_int_equal(files(), 1); /* and no half one beside it */
    }
    assert_in_range(n, 10, 30);
}

static enum rc append(struct err *err)
{
    return file_append(in_dir("a"), bytes_of(long_text), 0600, err);
}

static void what_was_appended_before_stays(void **state)
{
    enum rc rc = RC_IO;
    int n;

    (void)state;
    for (n = 0; rc != RC_OK; n++) {
        struct buf b;

        assert_int_equal(
            file_replace(in_dir("a"), bytes_of("old,"), 0600, NULL), RC_OK);
        rc = with_fault(append, n, EIO, NULL);
        assert_int_equal(rc == RC_OK, !fate.failed);
        assert_int_equal(file_read(in_dir("a"), 100, &b, NULL), RC_OK);
        assert_memory_equal(b.p, "old,", 4);
        buf_free(&b);
    }
    assert_in_range(n, 10, 30);
    assert_true(holds("a", "old,the new text, in several writes"));
}

static enum rc move(struct err *err)
{
    return file_move(in_dir("a"), in_dir("b"), err);
}

static void a_file_that_moves_is_here_or_there(void **state)
{
    enum rc rc = RC_IO;
    int n;

    (void)state;
    for (n = 0; rc != RC_OK; n++) {
        assert_int_equal(file_replace(in_dir("a"), bytes_of("it"), 0600, NULL),
                         RC_OK);
        rc = with_fault(move, n, EIO, NULL);
        assert_int_equal(rc == RC_OK, !fate.failed);
        assert_true(holds("b", "it") || (rc != RC_OK && holds("a", "it")));
        (void)unlink(in_dir("b"));
    }
    assert_in_range(n, 3, 10);
}

static enum rc shred(struct err *err)
{
    return file_shred(in_dir("a"), err);
}

static void what_could_not_be_overwritten_is_not_said_to_be_gone(void **state)
{
    enum rc rc = RC_IO;
    int n;

    (void)state;
    for (n = 0; rc != RC_OK; n++) {
        assert_int_equal(
            file_replace(in_dir("a"), bytes_of(long_text), 0600, NULL), RC_OK);
        rc = with_fault(shred, n, EIO, NULL);
        assert_int_equal(rc == RC_OK, !fate.failed);
    }
    assert_in_range(n, 10, 30);
    assert_int_equal(files(), 0);
    assert_int_equal(shred(NULL), RC_OK); /* it is not there */
}

static enum rc lock(struct err *err)
{
    int fd;
    enum rc rc = file_lock(in_dir("lock"), &fd, err);

    if (rc == RC_OK)
        file_unlock(fd);
    return rc;
}

static enum rc share(struct err *err)
{
    int fd;
    enum rc rc = file_share(in_dir("lock"), &fd, err);

    if (rc != RC_OK)
        return rc;
    rc = file_hold(in_dir("lock"), fd, err);
    file_unlock(fd);
    return rc;
}

static void a_lock_that_failed_is_not_held(void **state)
{
    enum rc (*const steps[])(struct err *) = {lock, share};
    size_t i;
    int n;

    (void)state;
    for (i = 0; i < countof(steps); i++) {
        enum rc rc = RC_IO;

        for (n = 0; rc != RC_OK; n++) {
            rc = with_fault(steps[i], n, EIO, NULL);
            assert_int_equal(rc, fate.failed ? RC_IO : RC_OK);
            if (i == 0)
                assert_int_equal(lock(NULL), RC_OK);
        }
        assert_in_range(n, 3, 8);
    }
    file_unlock(-1);
}

static void a_lock_that_is_held_is_told_whoever_holds_it(void **state)
{
    int fd, other;
    char mine[24];
    struct err err;

    (void)state;
    snprintf(mine, sizeof mine, "process %ld", (long)getpid());
    assert_int_equal(file_lock(in_dir("lock"), &fd, NULL), RC_OK);
    assert_int_equal(file_lock(in_dir("lock"), &other, &err), RC_BUSY);
    assert_non_null(strstr(err.text, mine));
    assert_int_equal(file_share(in_dir("lock"), &other, &err), RC_BUSY);
    assert_int_equal(ftruncate(fd, 0), 0); /* before it wrote its number */
    assert_int_equal(file_lock(in_dir("lock"), &other, &err), RC_BUSY);
    assert_non_null(strstr(err.text, "(unknown)"));
    file_unlock(fd);
}

static enum rc read_it(struct err *err)
{
    struct buf b;
    enum rc rc = file_read(in_dir("a"), 100, &b, err);

    if (rc == RC_OK)
        buf_free(&b);
    return rc;
}

static void an_interrupted_call_is_made_again(void **state)
{
    int n;

    (void)state;
    assert_int_equal(replace(NULL), RC_OK);
    /* open, read, read: the end */
    for (n = 1; n < 3; n++) {
        assert_int_equal(with_fault(read_it, n, EINTR, NULL), RC_OK);
        assert_true(fate.failed);
        assert_int_equal(with_fault(read_it, n, EIO, NULL), RC_IO);
    }
    /* mkstemp, write, write */
    for (n = 1; n < 3; n++) {
        assert_int_equal(with_fault(replace, n, EINTR, NULL), RC_OK);
        assert_true(fate.failed);
        assert_true(holds("a", long_text));
    }
}

static void faults_of_the_disk_are_told_apart(void **state)
{
    static const struct {
        int with;
        enum rc rc;
    } cases[] = {
        {ENOSPC, RC_FULL}, {EDQUOT, RC_FULL},     {EFBIG, RC_FULL},
        {EIO, RC_IO},      {ENOENT, RC_NOTFOUND}, {EROFS, RC_IO},
    };
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        assert_int_equal(with_fault(replace, 1, cases[i].with, &err),
                         cases[i].rc);
        assert_non_null(strstr(err.text, strerror(cases[i].with)));
    }
    assert_int_equal(with_fault(replace, 1, 7777, &err), RC_IO);
    assert_non_null(strstr(err.text, "7777"));
}

static void what_stands_in_the_way_is_told(void **state)
{
    struct arena mem = {0};
    struct err err;
    char **list;
    size_t n;
    int fd;

    (void)state;
    assert_int_equal(replace(NULL), RC_OK);
    assert_int_equal(file_mkdir(in_dir("f"), 0700, NULL), RC_OK);
    assert_int_equal(file_mkdir(in_dir("f"), 0700, NULL), RC_OK); /* again */
    assert_int_equal(file_mkdir(in_dir("a"), 0700, &err), RC_IO); /* a file */
    assert_int_equal(file_mkdir(in_dir("x/y"), 0700, &err), RC_NOTFOUND);
    assert_int_equal(symlink("nowhere", in_dir("l")), 0);
    assert_int_equal(file_mkdir(in_dir("l"), 0700, &err), RC_NOTFOUND);
    assert_int_equal(file_remove(in_dir("f"), &err), RC_IO); /* a folder */
    assert_int_equal(file_remove(in_dir("none"), &err), RC_OK);
    assert_int_equal(file_shred(in_dir("f"), &err), RC_IO);
    assert_int_equal(file_lock(in_dir("x/lock"), &fd, &err), RC_NOTFOUND);
    assert_int_equal(file_append(in_dir("x/a"), bytes_of("x"), 0600, &err),
                     RC_NOTFOUND);
    assert_int_equal(file_replace(in_dir("f"), bytes_of("x"), 0600, &err),
                     RC_IO);
    assert_int_equal(file_list(in_dir("x"), "", &mem, &list, &n, &err),
                     RC_NOTFOUND);
    assert_int_equal(file_list(in_dir("f"), "", &mem, &list, &n, &err), RC_OK);
    assert_int_equal(n, 0);
    arena_free(&mem);
}

static void a_name_without_a_folder_is_in_the_one_we_are_in(void **state)
{
    char *was = getcwd(NULL, 0);

    (void)state;
    assert_int_equal(chdir(dir), 0);
    assert_int_equal(file_replace("here", bytes_of("x"), 0600, NULL), RC_OK);
    assert_int_equal(chdir(was), 0);
    free(was);
    assert_true(holds("here", "x"));
    /* And one in the root is in the root. */
    assert_int_equal(file_remove("/no-such-file-as-this", NULL), RC_OK);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_file_is_the_old_one_or_the_new_one),
        CASE(what_was_appended_before_stays),
        CASE(a_file_that_moves_is_here_or_there),
        CASE(what_could_not_be_overwritten_is_not_said_to_be_gone),
        CASE(a_lock_that_failed_is_not_held),
        CASE(a_lock_that_is_held_is_told_whoever_holds_it),
        CASE(an_interrupted_call_is_made_again),
        CASE(faults_of_the_disk_are_told_apart),
        CASE(what_stands_in_the_way_is_told),
        CASE(a_name_without_a_folder_is_in_the_one_we_are_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
