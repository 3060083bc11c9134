/* A folder of files in git: whole states, ours alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/deposit.h"
#include "sync/base/mem.h"
#include "sync/sys/file.h"

#define MARK "{\"of\": \"us\"}\n"

struct stage {
    char dir[200], path[256];
};

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");

    *state = s;
    snprintf(s->dir, sizeof s->dir, "%s/deposit.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/figures.git", s->dir);
    return 0;
}

static int shell(const char *command)
{
    int status = system(command);

    return status < 0 ? status : status >> 8;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    free(s);
    return shell(command);
}

/* Run git there; does it come to this? */
static void git_says(const struct stage *s, const char *what,
                     const char *expected)
{
    char command[600], line[200] = "", path[300];
    struct buf text = {0};
    struct err err;

    snprintf(path, sizeof path, "%s/said", s->dir);
    snprintf(command, sizeof command, "git --git-dir='%s' %s >'%s'", s->path,
             what, path);
    assert_int_equal(shell(command), 0);
    assert_int_equal(file_read(path, 4096, &text, &err), RC_OK);
    snprintf(line, sizeof line, "%s", buf_text(&text));
    assert_string_equal(line, expected);
    buf_free(&text);
}

/* A state of two files; `body` of the second. */
static struct deposit_kept keep(const struct stage *s, const char *body)
{
    struct deposit_kept kept;
    struct deposit *d;
    struct err err;

    assert_int_equal(deposit_open(s->path, MARK, &d, &err), RC_OK);
    deposit_put(d, "readme", bytes_of("read"));
    if (body != NULL)
        deposit_put(d, "a/b/c", bytes_of(body));
    assert_int_equal(deposit_keep(d, "So it is", ".beside", &kept, &err),
                     RC_OK);
    deposit_close(d);
    return kept;
}

static void a_state_is_a_commit_if_it_is_another(void **state)
{
    struct stage *s = *state;
    struct deposit_kept one = keep(s, "1\n"), same = keep(s, "1\n"),
                        two = keep(s, "2\n");

    assert_true(one.changed && !same.changed && two.changed);
    assert_int_equal(one.files, 3);
    assert_string_equal(one.commit, same.commit);
    assert_string_not_equal(one.commit, two.commit);
    git_says(s, "rev-list --count main", "2\n");
    git_says(s, "show main~1:a/b/c", "1\n");
    git_says(s, "show main:a/b/c", "2\n");
    git_says(s, "log -1 --format=%B", "So it is\n\nchanged a/b/c\n\n");
    git_says(s, "fsck --strict --no-dangling", "");
}

static void what_is_not_put_again_is_gone(void **state)
{
    struct stage *s = *state;

    keep(s, "1\n");
    assert_true(keep(s, NULL).changed);
    git_says(s, "ls-tree -r --name-only main", DEPOSIT_MARK "\nreadme\n");
    git_says(s, "log -1 --format=%b", "gone a/b/c\n\n");
}

static void of_files_beside_others_nothing_is_said(void **state)
{
    struct stage *s = *state;
    struct deposit_kept kept;
    struct deposit *d;
    struct err err;

    assert_int_equal(deposit_open(s->path, MARK, &d, &err), RC_OK);
    deposit_put(d, "x", bytes_of("1"));
    deposit_put(d, "x.beside", bytes_of("2"));
    assert_int_equal(deposit_keep(d, "So", ".beside", &kept, &err), RC_OK);
    deposit_close(d);
    git_says(s, "log -1 --format=%b", "new " DEPOSIT_MARK "\nnew x\n\n");
}

static void refused(const struct stage *s, const char *mark, const char *why)
{
    struct deposit *d;
    struct err err;

    assert_int_equal(deposit_open(s->path, mark, &d, &err), RC_CONFLICT);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
}

static void a_history_that_is_not_ours_is_left_alone(void **state)
{
    struct stage *s = *state;
    char command[1200];

    snprintf(command, sizeof command,
             "cd '%s' && git init -q --bare -b main figures.git && "
             "git init -q -b main w && cd w && echo x >x && git add x && "
             "git -c user.name=x -c user.email=x@localhost commit -qm x && "
             "git push -q ../figures.git main:other",
             s->dir);
    assert_int_equal(shell(command), 0);
    refused(s, MARK, "did not write"); /* on a branch of its own */
    snprintf(command, sizeof command,
             "cd '%s/w' && git push -q ../figures.git main", s->dir);
    assert_int_equal(shell(command), 0);
    refused(s, MARK, "did not write");
    git_says(s, "rev-list --count main", "1\n");
}

static void the_figures_of_another_are_left_alone(void **state)
{
    struct stage *s = *state;

    keep(s, "1\n");
    refused(s, "{\"of\": \"them\"}\n", "another server");
    git_says(s, "rev-list --count main", "1\n");
}

static void a_folder_in_use_is_left_alone(void **state)
{
    struct stage *s = *state;
    char file[300];
    struct err err;

    assert_int_equal(file_mkdir(s->path, 0755, &err), RC_OK);
    snprintf(file, sizeof file, "%s/letter", s->path);
    assert_int_equal(file_replace(file, bytes_of("dear"), 0644, &err), RC_OK);
    refused(s, MARK, "in use");
    snprintf(file, sizeof file, "%s/HEAD", s->path);
    assert_int_not_equal(access(file, F_OK), 0);
}

static void an_empty_folder_is_taken(void **state)
{
    struct stage *s = *state;
    struct err err;

    assert_int_equal(file_mkdir(s->path, 0755, &err), RC_OK);
    assert_int_equal(deposit_make(s->path, &err), RC_OK);
    assert_true(keep(s, "1\n").changed);
}

static void one_at_a_time_writes(void **state)
{
    struct stage *s = *state;
    struct deposit *one, *two;
    struct err err;

    assert_int_equal(deposit_open(s->path, MARK, &one, &err), RC_OK);
    assert_int_equal(deposit_open(s->path, MARK, &two, &err), RC_BUSY);
    deposit_close(one);
}

static void it_is_there_while_another_writes(void **state)
{
    struct stage *s = *state;
    struct deposit *d;
    struct err err;

    assert_int_equal(deposit_open(s->path, MARK, &d, &err), RC_OK);
    assert_int_equal(deposit_make(s->path, &err), RC_OK);
    deposit_close(d);
}

static void who_was_killed_leaves_a_lock_that_does_not_last(void **state)
{
    struct stage *s = *state;
    char file[300];
    struct err err;

    keep(s, "1\n");
    snprintf(file, sizeof file, "%s/refs/heads/main.lock", s->path);
    assert_int_equal(file_replace(file, bytes_of(""), 0644, &err), RC_OK);
    assert_true(keep(s, "2\n").changed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_state_is_a_commit_if_it_is_another),
        CASE(what_is_not_put_again_is_gone),
        CASE(of_files_beside_others_nothing_is_said),
        CASE(a_history_that_is_not_ours_is_left_alone),
        CASE(the_figures_of_another_are_left_alone),
        CASE(a_folder_in_use_is_left_alone),
        CASE(an_empty_folder_is_taken),
        CASE(one_at_a_time_writes),
        CASE(it_is_there_while_another_writes),
        CASE(who_was_killed_leaves_a_lock_that_does_not_last),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
