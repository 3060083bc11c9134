/*
 * t_tool.c - stoep-schema as a person runs it: what it prints, and how it ends.
 *
 * The program is the one that was built beside this test.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "sync/base/buf.h"

enum { OUTPUT_BYTES_MAX = 4 * 1024 * 1024 };

static char build[400]; /* the folder that holds stoep-schema */
static struct buf out;

/* Run a line of shell in which $S is the program; its exit code.  What it
 * prints, faults too, is in `out`. */
static int run(const char *line)
{
    char command[1000], block[4096];
    FILE *pipe;
    size_t n;
    int status;

    snprintf(command, sizeof command, "exec 2>&1; S='%s/stoep-schema'; %s",
             build, line);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    buf_clear(&out);
    while ((n = fread(block, 1, sizeof block, pipe)) > 0)
        buf_put(&out, block, n);
    status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool says(const char *text)
{
    return strstr(buf_text(&out), text) != NULL;
}

static void it_explains_itself(void **state)
{
    (void)state;
    assert_int_equal(run("$S --help"), 0);
    assert_true(says("check [DIR]") && says("Exit codes"));
}

static void what_it_does_not_understand_ends_with_2(void **state)
{
    (void)state;
    assert_int_equal(run("$S"), 2);
    assert_int_equal(run("$S chekc"), 2);
    assert_true(says("--help"));
    assert_int_equal(run("$S diff tests/golden/good"), 2);
    assert_int_equal(run("$S check tests/golden/none"), 2);
    assert_true(says("tests/golden/none"));
    assert_int_equal(run("$S form nothing"), 2);
    assert_true(says("`nothing`") && says("door-visit"));
}

static void good_definitions_end_with_0(void **state)
{
    (void)state;
    assert_int_equal(run("$S check"), 0);
    assert_true(says("17 record types"));
    assert_int_equal(run("$S check tests/golden/good"), 0);
    assert_true(says("4 record types, 27 fields"));
}

static void the_folder_of_the_product_is_what_is_built_in(void **state)
{
    (void)state;
    assert_int_equal(run("test \"$($S check)\" = \"$($S check schema/types)\""),
                     0);
}

static void faults_end_with_1_and_name_their_place(void **state)
{
    (void)state;
    assert_int_equal(run("$S sql tests/golden/bad"), 1);
    assert_true(says("tests/golden/bad/anchor.yaml:9:12: "));
}

static void it_prints_what_the_library_emits(void **state)
{
    (void)state;
    assert_int_equal(run("$S sql tests/golden/good |"
                         " cmp - tests/golden/good.sql.expected"),
                     0);
    assert_int_equal(run("$S form every-kind tests/golden/good |"
                         " cmp - tests/golden/good.form.expected"),
                     0);
    assert_int_equal(run("$S doc tests/golden/good |"
                         " cmp - tests/golden/good.doc.nl.expected"),
                     0);
    assert_int_equal(run("$S doc en tests/golden/good |"
                         " cmp - tests/golden/good.doc.en.expected"),
                     0);
}

static void an_unsafe_change_ends_with_1_and_a_safe_one_with_0(void **state)
{
    (void)state;
    assert_int_equal(run("d=$(mktemp -d) && cp tests/golden/good/* $d &&"
                         " sed -i 's/kind: money/kind: int/' $d/every*;"
                         " $S diff tests/golden/good $d; c=$?;"
                         " rm -r $d; exit $c"),
                     1);
    assert_true(says("UNSAFE  every-kind.cost: was money, is int"));
    assert_int_equal(run("$S diff tests/golden/good tests/golden/good"), 0);
    assert_true(says("nothing"));
}

static void output_that_cannot_be_written_is_noticed(void **state)
{
    (void)state;
    assert_int_equal(run("$S sql >/dev/full"), 2);
    assert_true(says("could not be written"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_explains_itself),
        cmocka_unit_test(what_it_does_not_understand_ends_with_2),
        cmocka_unit_test(good_definitions_end_with_0),
        cmocka_unit_test(the_folder_of_the_product_is_what_is_built_in),
        cmocka_unit_test(faults_end_with_1_and_name_their_place),
        cmocka_unit_test(it_prints_what_the_library_emits),
        cmocka_unit_test(an_unsafe_change_ends_with_1_and_a_safe_one_with_0),
        cmocka_unit_test(output_that_cannot_be_written_is_noticed),
    };
    const char *at = argc > 0 ? strstr(argv[0], "/tests/golden/") : NULL;
    int failed;

    if (at == NULL) {
        fputs("run me by my path in the build folder\n", stderr);
        return 1;
    }
    snprintf(build, sizeof build, "%.*s", (int)(at - argv[0]), argv[0]);
    out = buf_make(OUTPUT_BYTES_MAX);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&out);
    return failed;
}
