/* Files, settings, compression: what both programs need from the outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/conf.h"
#include "sync/sys/file.h"
#include "sync/sys/pack.h"

static char dir[256];

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(dir, sizeof dir, "%s/files.XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) == NULL;
}

static int tear_down(void **state)
{
    char command[300];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command);
}

static const char *in_dir(const char *name)
{
    static char path[400];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

/* -- files -------------------------------------------------------------- */

static void a_file_is_replaced_whole_and_has_its_rights(void **state)
{
    struct buf b;
    struct stat st;
    struct err err;

    (void)state;
    ok(file_replace(in_dir("a"), bytes_of("first"), 0644, &err), &err);
    ok(file_replace(in_dir("a"), bytes_of("second"), 0600, &err), &err);
    ok(file_read(in_dir("a"), 100, &b, &err), &err);
    assert_string_equal(buf_text(&b), "second");
    buf_free(&b);
    assert_int_equal(stat(in_dir("a"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void too_long_and_missing_are_told_apart(void **state)
{
    struct buf b;
    struct err err;

    (void)state;
    ok(file_replace(in_dir("a"), bytes_of("12345"), 0600, &err), &err);
    assert_int_equal(file_read(in_dir("a"), 4, &b, &err), RC_LIMIT);
    assert_int_equal(file_read(in_dir("b"), 4, &b, &err), RC_NOTFOUND);
    assert_non_null(strstr(err.text, in_dir("b")));
    ok(file_read(in_dir("a"), 5, &b, &err), &err);
    buf_free(&b);
}

static void a_lock_names_who_holds_it_and_ends_with_its_process(void **state)
{
    int fd, to_parent[2], to_child[2], status;
    char x = 0;
    pid_t child;
    struct err err;

    (void)state;
    assert_int_equal(pipe(to_parent), 0);
    assert_int_equal(pipe(to_child), 0);
    child = fork();
    if (child == 0) {
        if (file_lock(in_dir("lock"), &fd, &err) == RC_OK &&
            write(to_parent[1], "x", 1) == 1 && read(to_child[0], &x, 1) == 1)
            _exit(0);
        _exit(1);
    }
    assert_int_equal(read(to_parent[0], &x, 1), 1);
    assert_int_equal(file_lock(in_dir("lock"), &fd, &err), RC_BUSY);
    {
        char pid[24];

        snprintf(pid, sizeof pid, "%ld", (long)child);
        assert_non_null(strstr(err.text, pid));
    }
    assert_int_equal(write(to_child[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ok(file_lock(in_dir("lock"), &fd, &err), &err);
    file_unlock(fd);
}

static void a_folder_is_listed_in_order(void **state)
{
    struct arena mem = {0};
    char **list;
    size_t n;
    struct err err;

    (void)state;
    ok(file_replace(in_dir("b.yaml"), bytes_of("x"), 0600, &err), &err);
    ok(file_replace(in_dir("a.yaml"), bytes_of("x"), 0600, &err), &err);
    ok(file_replace(in_dir(".c.yaml"), bytes_of("x"), 0600, &err), &err);
    ok(file_replace(in_dir("d.txt"), bytes_of("x"), 0600, &err), &err);
    ok(file_list(dir, ".yaml", &mem, &list, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_string_equal(list[0], in_dir("a.yaml"));
    arena_free(&mem);
}

/* -- settings ----------------------------------------------------------- */

static enum rc read_conf(const char *text, struct server_conf *c,
                         struct err *err)
{
    conf_defaults(&server_conf_table, c);
    ok(file_replace(in_dir("conf"), bytes_of(text), 0600, err), err);
    return conf_file(&server_conf_table, in_dir("conf"), c, err);
}

static void settings_come_from_file_and_command_line(void **state)
{
    char a0[] = "serve", a1[] = "DIR", a2[] = "--idle-s=7", a3[] = "--listen",
         a4[] = "[::1]:0", a5[] = "--", a6[] = "--loops";
    char *argv[] = {a0, a1, a2, a3, a4, a5, a6, NULL};
    int argc = 7;
    struct server_conf c;
    struct err err;

    (void)state;
    ok(read_conf("# comment\n\nlisten 10.0.0.1:1 # behind\nwaiting-max 2m\n"
                 "loops = 3\n",
                 &c, &err),
       &err);
    assert_string_equal(c.listen, "10.0.0.1:1");
    assert_int_equal(c.waiting_max, 2 << 20);
    assert_int_equal(c.loops, 3);
    assert_int_equal(c.grace_s, 20); /* as by default */
    ok(conf_args(&server_conf_table, &argc, argv, &c, &err), &err);
    assert_string_equal(c.listen, "[::1]:0");
    assert_int_equal(c.idle_s, 7);
    assert_int_equal(argc, 4); /* serve DIR -- --loops */
}

static void a_wrong_setting_names_its_line(void **state)
{
    static const char *const wrong[] = {"listen x\ncolour red\n",
                                        "listen x\nloops many\n",
                                        "listen x\nwaiting_max 12q\n"};
    struct server_conf c;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(wrong); i++) {
        assert_int_equal(read_conf(wrong[i], &c, &err), RC_INVALID);
        assert_non_null(strstr(err.text, "conf:2: "));
    }
}

/* -- compression -------------------------------------------------------- */

static void what_is_packed_comes_back(void **state)
{
    struct buf packed = buf_make(1000), back;
    struct err err;

    (void)state;
    ok(pack_compress(bytes_of("again and again and again"), 3, &packed, &err),
       &err);
    ok(pack_expand(buf_view(&packed), 1000, &back, &err), &err);
    assert_string_equal(buf_text(&back), "again and again and again");
    buf_free(&back);
    buf_free(&packed);
}

static void what_does_not_fit_is_not_packed(void **state)
{
    struct buf packed = buf_make(20);
    struct err err;

    (void)state;
    buf_puts(&packed, "before");
    assert_int_equal(pack_compress(bytes_of("a text, and not a short one"), 3,
                                   &packed, &err),
                     RC_LIMIT);
    assert_string_equal(buf_text(&packed), "before");
    assert_int_equal(
        pack_compress((struct bytes){(const uint8_t *)"", SIZE_MAX}, 3, &packed,
                      &err),
        RC_LIMIT);
    assert_string_equal(err.text, "too much to compress");
    buf_free(&packed);
}

static void nothing_is_packed_as_something(void **state)
{
    struct buf packed = buf_make(100), back = buf_make(0);

    (void)state;
    assert_int_equal(pack_compress((struct bytes){0}, 3, &packed, NULL), RC_OK);
    assert_true(packed.n > 0);
    assert_int_equal(pack_expand(buf_view(&packed), 100, &back, NULL), RC_OK);
    assert_int_equal(back.n, 0);
    buf_free(&packed);
}

static void a_bomb_is_stopped_at_the_limit(void **state)
{
    size_t n = (size_t)50 << 20;
    uint8_t *zeros = mem_new(n);
    struct buf packed = buf_make(1 << 20), out;
    struct err err;

    (void)state;
    ok(pack_compress((struct bytes){zeros, n}, 3, &packed, &err), &err);
    assert_true(packed.n < 10000);
    assert_int_equal(pack_expand(buf_view(&packed), 1 << 20, &out, &err),
                     RC_LIMIT);
    buf_free(&packed);
    free(zeros);
}

static void a_cut_or_damaged_frame_is_refused(void **state)
{
    struct buf packed = buf_make(1000), out;
    struct err err;
    size_t i;

    (void)state;
    ok(pack_compress(bytes_of("some text that is long enough"), 3, &packed,
                     &err),
       &err);
    for (i = 0; i < packed.n; i++)
        assert_int_equal(
            pack_expand((struct bytes){packed.p, i}, 1000, &out, &err),
            RC_CORRUPT);
    buf_puts(&packed, "x");
    assert_int_equal(pack_expand(buf_view(&packed), 1000, &out, &err),
                     RC_CORRUPT);
    buf_free(&packed);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_file_is_replaced_whole_and_has_its_rights),
        CASE(too_long_and_missing_are_told_apart),
        CASE(a_lock_names_who_holds_it_and_ends_with_its_process),
        CASE(a_folder_is_listed_in_order),
        CASE(settings_come_from_file_and_command_line),
        CASE(a_wrong_setting_names_its_line),
        CASE(what_is_packed_comes_back),
        CASE(what_does_not_fit_is_not_packed),
        CASE(nothing_is_packed_as_something),
        CASE(a_bomb_is_stopped_at_the_limit),
        CASE(a_cut_or_damaged_frame_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
