/* Settings from a table of every kind: what is taken, and what is said of what
 * is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "sync/sys/conf.h"
#include "sync/sys/file.h"

#define MADE_UP(X)                                                          \
    X(name, TEXT, "", "what it is called")                                  \
    X(room_max, BYTES, "1k", "how large it may grow")                       \
    X(tries, COUNT, "3", "how often")                                       \
    X(loud, FLAG, "no", "whether to tell")                                  \
    X(a_setting_whose_name_is_longer_than_any_line_of_help_could_ever_show, \
      COUNT, "0", "nothing")

struct made_up {
    MADE_UP(CONF_MEMBER)
};
#define X(name, kind, value, help) \
    CONF_SETTING(struct made_up, name, kind, value, help)
static const struct conf_setting settings[] = {MADE_UP(X)};
#undef X
static const struct conf_table table = {settings, countof(settings)};

/* One setting on a command line. */
static enum rc given(const char *arg, struct made_up *c, struct err *err)
{
    char program[] = "p", text[400];
    char *argv[] = {program, text, NULL};
    int argc = 2;

    snprintf(text, sizeof text, "%s", arg);
    return conf_args(&table, &argc, argv, c, err);
}

static void a_size_is_digits_and_one_unit(void **state)
{
    static const struct {
        const char *arg;
        uint64_t bytes; /* UINT64_MAX: refused */
    } cases[] = {
        {"0", 0},
        {"512", 512},
        {"64k", 64 << 10},
        {"20m", 20 << 20},
        {"2g", UINT64_C(2) << 30},
        {"17179869183g", UINT64_C(17179869183) << 30},
        {"17179869184g", UINT64_MAX},
        {"1844674407370955160", UINT64_C(1844674407370955160)},
        {"99999999999999999999", UINT64_MAX},
        {"", UINT64_MAX},
        {"k", UINT64_MAX},
        {"-1", UINT64_MAX},
        {":", UINT64_MAX},
        {"1:", UINT64_MAX},
        {"1K", UINT64_MAX},
        {"1kb", UINT64_MAX},
        {"1 k", UINT64_MAX},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        struct made_up c;
        struct err err;
        char arg[64];

        conf_defaults(&table, &c);
        assert_int_equal(c.room_max, 1024);
        snprintf(arg, sizeof arg, "--room-max=%s", cases[i].arg);
        if (cases[i].bytes == UINT64_MAX) {
            assert_int_equal(given(arg, &c, &err), RC_INVALID);
            assert_non_null(strstr(err.text, "room-max: "));
            assert_int_equal(c.room_max, 1024);
        } else {
            assert_int_equal(given(arg, &c, &err), RC_OK);
            assert_true(c.room_max == cases[i].bytes);
        }
    }
}

static void each_kind_says_what_it_wants(void **state)
{
    static const struct {
        const char *arg, *says; /* NULL: it is taken */
    } cases[] = {
        {"--loud", NULL},
        {"--loud=yes", NULL},
        {"--loud=no", NULL},
        {"--loud=maybe", "loud: \"maybe\" is not yes or no"},
        {"--tries=2", NULL},
        {"--tries=2k", "tries: \"2k\" is not a number (0, 1, 2 ...)"},
        {"--tries", "--tries wants a value"},
        {"--room_max=2k", NULL}, /* as it is written in the table */
        {"--a-setting-whose-name-is-longer-than-any-line-of-help-could-ever"
         "-show=x",
         "a-setting-whose-name-is-longer-than-any-line-of-help-could-ever: "},
    };
    struct made_up c;
    char arg[400] = "--name=";
    struct err err;
    size_t i;

    (void)state;
    conf_defaults(&table, &c);
    for (i = 0; i < countof(cases); i++) {
        err.text[0] = '\0';
        assert_int_equal(given(cases[i].arg, &c, &err),
                         cases[i].says == NULL ? RC_OK : RC_INVALID);
        assert_non_null(
            strstr(err.text, cases[i].says != NULL ? cases[i].says : ""));
    }
    assert_false(c.loud); /* as was said last */
    memset(arg + 7, 'x', CONF_TEXT_BYTES);
    assert_int_equal(given(arg, &c, &err), RC_INVALID);
    assert_string_equal(c.name, "");
    arg[7 + CONF_TEXT_BYTES - 1] = '\0';
    assert_int_equal(given(arg, &c, &err), RC_OK);
    assert_string_equal(c.name, arg + 7);
}

static void what_is_no_setting_is_left_to_others(void **state)
{
    char a0[] = "p", a1[] = "--name", a2[] = "x", a3[] = "--namex", a4[] = "y";
    char *argv[] = {a0, a1, a2, a3, a4, NULL};
    int argc = 5;
    struct made_up c;

    (void)state;
    conf_defaults(&table, &c);
    assert_int_equal(conf_args(&table, &argc, argv, &c, NULL), RC_OK);
    assert_string_equal(c.name, "x");
    assert_int_equal(argc, 3);
    assert_ptr_equal(argv[1], a3);
    assert_ptr_equal(argv[2], a4);
}

/* -- files -------------------------------------------------------------- */

/* A file with this text; unlink() it. */
static const char *file_with(const char *text)
{
    static char path[300];
    const char *tmp = getenv("TMPDIR");
    int fd;

    snprintf(path, sizeof path, "%s/conf.XXXXXX", tmp ? tmp : "/tmp");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(file_replace(path, bytes_of(text), 0600, NULL), RC_OK);
    return path;
}

static enum rc read_lines(const char *text, struct made_up *c, struct err *err)
{
    const char *path = file_with(text);
    enum rc rc;

    conf_defaults(&table, c);
    rc = conf_file(&table, path, c, err);
    unlink(path);
    return rc;
}

static void a_line_may_be_written_in_many_ways(void **state)
{
    static const struct {
        const char *text, *name;
    } cases[] = {
        {"name lamp", "lamp"},
        {"name=lamp\n", "lamp"},
        {"\tname = lamp \r\n", "lamp"},
        {"name  lamp # a comment", "lamp"},
        {"name  lamp\t# a comment", "lamp"},
        {"name lamp#5", "lamp#5"}, /* no space before it */
        {"name lamp#5 #6", "lamp#5"},
        {"#name bench\nname lamp", "lamp"},
        {"name bench\nname lamp", "lamp"},
        {"name a = b", "a = b"},
        {"name", ""},
        {"name =", ""},
        {" # \n\n \t\n", ""},
    };
    struct made_up c;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(cases); i++) {
        assert_int_equal(read_lines(cases[i].text, &c, &err), RC_OK);
        assert_string_equal(c.name, cases[i].name);
    }
    assert_int_equal(conf_file(&table, "/nowhere/at/all", &c, &err),
                     RC_NOTFOUND);
}

static void an_unknown_setting_is_told_what_there_is(void **state)
{
    struct made_up c;
    struct err err;

    (void)state;
    assert_int_equal(read_lines("tries 1\nnam x\n", &c, &err), RC_INVALID);
    assert_non_null(strstr(err.text, ":2: no setting \"nam\"; there are: "
                                     "name, room-max, tries, loud, "));
    assert_int_equal(c.tries, 1);
}

static void a_table_with_too_many_names_is_told_in_part(void **state)
{
    struct conf_setting many[40];
    struct conf_table large = {many, countof(many)};
    const char *path = file_with("tint=1");
    struct made_up c;
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(many); i++)
        many[i] = (struct conf_setting){"colour_of_it", CONF_FLAG, "no", "",
                                        offsetof(struct made_up, loud)};
    assert_int_equal(conf_file(&large, path, &c, &err), RC_INVALID);
    assert_in_range(strlen(err.text), 250, 340);
    assert_string_equal(err.text + strlen(err.text) - 14, ", colour-of-it");
    unlink(path);
}

static void the_help_names_every_setting_and_its_default(void **state)
{
    struct buf b = buf_make(4000);

    (void)state;
    conf_help(&table, &b);
    assert_non_null(strstr(
        buf_text(&b), "  --name                 what it is called (none)\n"
                      "  --room-max             how large it may grow (1k)\n"
                      "  --tries                how often (3)\n"));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_size_is_digits_and_one_unit),
        cmocka_unit_test(each_kind_says_what_it_wants),
        cmocka_unit_test(what_is_no_setting_is_left_to_others),
        cmocka_unit_test(a_line_may_be_written_in_many_ways),
        cmocka_unit_test(an_unknown_setting_is_told_what_there_is),
        cmocka_unit_test(a_table_with_too_many_names_is_told_in_part),
        cmocka_unit_test(the_help_names_every_setting_and_its_default),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
