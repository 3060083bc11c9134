/* The access log: what is written is found again, and what was changed in it
 * shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/access_check.h"
#include "server/access_file.h"
#include "server/access_read.h"
#include "sync/sys/file.h"
#include "sync/sys/log.h"

enum { LINES = 9 }; /* that the stage writes, after the first of the file */
#define NOVEMBER UINT64_C(1795600000000) /* 2026-11-25 */
#define DAY      UINT64_C(86400000)

struct stage {
    char dir[256], current[300];
    struct access_file f;
    struct chain heads[LINES + 2]; /* after line 0, 1, ... */
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static void add(struct stage *s, uint64_t now_ms, const char *what)
{
    char text[200], at[ACCESS_TIME_BYTES];
    struct err err;

    snprintf(text, sizeof text, "\"at\":\"%s\",\"do\":\"%s\"",
             access_time(now_ms, at), what);
    ok(access_file_add(&s->f, now_ms, bytes_of(text), &err), &err);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct err err;
    int i;

    log_level_set(LOG_ERROR + 1);
    snprintf(s->dir, sizeof s->dir, "%s/access.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->current, sizeof s->current, "%s/access/current", s->dir);
    ok(access_file_open(s->dir, NOVEMBER, &s->f, &err), &err);
    s->heads[1] = s->f.chain;
    for (i = 2; i <= LINES + 1; i++) {
        add(s, NOVEMBER, "look");
        s->heads[i] = s->f.chain;
    }
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    access_file_close(&s->f);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* What a check finds; "": all is well. */
static const char *found(struct stage *s, struct chain *noted, size_t n,
                         struct access_checked *out)
{
    static struct err err;

    return access_check(s->dir, noted, n, out, &err) == RC_OK ? "" : err.text;
}

static void finds(struct stage *s, const char *what)
{
    struct access_checked c;
    const char *text = found(s, NULL, 0, &c);

    if (what[0] == '\0' ? text[0] != '\0' : strstr(text, what) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, what);
}

/* -- who has the file --------------------------------------------------- */

struct lines {
    struct buf all;
    struct bytes line[LINES + 2];
    size_t n;
};

static void take_lines(struct stage *s, struct lines *l)
{
    struct err err;
    size_t at = 0, i;

    l->n = 0;
    ok(file_read(s->current, 1 << 20, &l->all, &err), &err);
    for (i = 0; i < l->all.n; i++)
        if (l->all.p[i] == '\n') {
            l->line[l->n++] = (struct bytes){l->all.p + at, i + 1 - at};
            at = i + 1;
        }
}

static void put_lines(struct stage *s, struct lines *l)
{
    struct buf b = buf_make(1 << 20);
    struct err err;
    size_t i;

    for (i = 0; i < l->n; i++)
        buf_put(&b, l->line[i].p, l->line[i].n);
    ok(file_replace(s->current, buf_view(&b), 0600, &err), &err);
    buf_free(&b);
    buf_free(&l->all);
}

/* -- cases -------------------------------------------------------------- */

static void lines_as_they_were_written_follow(void **state)
{
    struct access_checked c;

    assert_string_equal(found(*state, NULL, 0, &c), "");
    assert_int_equal(c.lines, LINES + 1);
}

static void any_byte_that_is_changed_shows(void **state)
{
    struct stage *s = *state;
    struct buf whole;
    struct err err;
    size_t i;

    ok(file_read(s->current, 1 << 20, &whole, &err), &err);
    for (i = 0; i < whole.n; i++) {
        struct access_checked c;
        uint8_t was = whole.p[i];

        whole.p[i] = was == '7' ? '8' : '7';
        ok(file_replace(s->current, buf_view(&whole), 0600, &err), &err);
        /* The newline of the last line makes it one that is being written. */
        if (found(s, NULL, 0, &c)[0] == '\0' && i + 1 < whole.n)
            fail_msg("byte %zu", i);
        whole.p[i] = was;
    }
    buf_free(&whole);
}

static void any_line_that_is_taken_out_shows(void **state)
{
    struct stage *s = *state;
    size_t out;

    for (out = 0; out < LINES; out++) { /* the last one: see git, below */
        struct lines l;

        take_lines(s, &l);
        memmove(&l.line[out], &l.line[out + 1],
                (l.n - out - 1) * sizeof *l.line);
        l.n--;
        put_lines(s, &l);
        finds(s, out == 0 ? "does not begin with it" : "is missing");
        tear_down(state);
        set_up(state);
        s = *state;
    }
}

static void any_two_lines_in_another_order_show(void **state)
{
    struct stage *s = *state;
    size_t a, b;

    for (a = 0; a < LINES; a++)
        for (b = a + 1; b <= LINES; b++) {
            struct lines l;
            struct bytes swap;

            take_lines(s, &l);
            swap = l.line[a];
            l.line[a] = l.line[b];
            l.line[b] = swap;
            put_lines(s, &l);
            finds(s, "access log, current, line");
            take_lines(s, &l);
            swap = l.line[a];
            l.line[a] = l.line[b];
            l.line[b] = swap;
            put_lines(s, &l);
            finds(s, "");
        }
}

static void a_line_that_is_put_in_twice_shows(void **state)
{
    struct stage *s = *state;
    struct lines l;

    take_lines(s, &l);
    l.line[5] = l.line[4];
    put_lines(s, &l);
    finds(s, "is missing, or elsewhere");
}

/* Who rewrites it with all heads worked out anew is found by git alone. */
static void what_is_not_as_it_was_noted_shows(void **state)
{
    struct stage *s = *state;
    struct access_checked c;
    struct chain noted[] = {s->heads[LINES + 1], s->heads[3], s->heads[3]};
    struct lines l;
    int i;
    struct err err;

    assert_string_equal(found(s, noted, 3, &c), "");
    assert_int_equal(c.noted, 3);
    take_lines(s, &l); /* cut */
    l.n--;
    put_lines(s, &l);
    finds(s, "");
    assert_non_null(strstr(found(s, noted, 3, &c), "ends at line 9"));
    take_lines(s, &l); /* rewritten from line 3 on */
    l.n = 2;
    put_lines(s, &l);
    access_file_close(&s->f);
    ok(access_file_open(s->dir, NOVEMBER, &s->f, &err), &err);
    for (i = 3; i <= LINES + 1; i++)
        add(s, NOVEMBER, "lie");
    finds(s, "");
    assert_non_null(strstr(found(s, noted, 3, &c),
                           "line 3: it is not the one noted in git"));
    unlink(s->current); /* nothing left */
    assert_non_null(strstr(found(s, noted, 3, &c), "ends at line 0"));
}

static void what_a_crash_left_of_a_line_is_put_aside_and_said(void **state)
{
    struct stage *s = *state;
    struct access_checked c;
    char path[300];
    struct buf torn;
    struct err err;

    ok(file_append(s->current, bytes_of("{\"n\":11,\"at\":\"20"), 0600, &err),
       &err);
    finds(s, ""); /* being written, for all a reader knows */
    add(s, NOVEMBER, "look");
    assert_string_equal(found(s, NULL, 0, &c), "");
    assert_int_equal(c.lines, LINES + 3);
    assert_int_equal(c.torn, 1);
    snprintf(path, sizeof path, "%s/access/torn", s->dir);
    ok(file_read(path, 4096, &torn, &err), &err);
    assert_string_equal(buf_text(&torn), "{\"n\":11,\"at\":\"20");
    buf_free(&torn);
}

/* Server and command line, on one log. */
static void two_who_write_at_once_make_one_chain(void **state)
{
    struct stage *s = *state;
    struct access_checked c;
    struct access_file other;
    struct stage two;
    struct err err;
    int i;

    ok(access_file_open(s->dir, NOVEMBER, &other, &err), &err);
    two = *s;
    two.f = other;
    for (i = 0; i < 20; i++) {
        add(i % 3 == 0 ? s : &two, NOVEMBER + (i > 10 ? 40 * DAY : 0), "look");
        add(&two, NOVEMBER + (i > 11 ? 40 * DAY : 0), "look");
    }
    access_file_close(&two.f);
    assert_string_equal(found(s, NULL, 0, &c), "");
    assert_int_equal(c.lines, LINES + 1 + 40 + 1); /* a file was begun */
}

static void a_line_outlives_the_process_that_was_told_it_is_there(void **state)
{
    struct stage *s = *state;
    struct access_checked c;
    pid_t child = fork();
    int status;

    if (child == 0) {
        struct access *a;
        struct err err;
        struct access_line line = {.act = "pull", .from = "192.0.2.1"};

        if (access_open(s->dir, &a, &err) != RC_OK ||
            access_note(a, &line, &err) != RC_OK)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_string_equal(found(s, NULL, 0, &c), "");
    assert_int_equal(c.lines, LINES + 2);
}

/* -- months ------------------------------------------------------------- */

static void a_month_that_has_passed_gets_a_file_of_its_own(void **state)
{
    struct stage *s = *state;
    struct access_checked c;
    char path[300];

    add(s, NOVEMBER + 10 * DAY, "look");
    add(s, NOVEMBER - 60 * DAY, "look"); /* a clock that was set back */
    add(s, NOVEMBER + 400 * DAY, "look");
    snprintf(path, sizeof path, "%s/access/2026-11.log", s->dir);
    assert_int_equal(access(path, F_OK), 0);
    snprintf(path, sizeof path, "%s/access/2026-12.log", s->dir);
    assert_int_equal(access(path, F_OK), 0);
    assert_string_equal(found(s, NULL, 0, &c), "");
    assert_int_equal(c.lines, LINES + 1 + 3 + 2);
    unlink(path);
    finds(s, "is missing, or elsewhere");
}

static void what_ran_out_goes_with_a_line_that_says_so(void **state)
{
    struct stage *s = *state;
    struct access_checked c;
    struct chain noted[] = {s->heads[3], {0}};
    unsigned months;
    char path[300];
    struct err err;

    add(s, NOVEMBER + 31 * DAY, "look");
    add(s, NOVEMBER + 62 * DAY, "look");
    ok(access_expire(s->dir, NOVEMBER + 62 * DAY, 70, &months, &err), &err);
    assert_int_equal(months, 0);
    ok(access_expire(s->dir, NOVEMBER + 62 * DAY, 50, &months, &err), &err);
    assert_int_equal(months, 1);
    add(s, NOVEMBER + 62 * DAY, "look");
    noted[1] = s->f.chain;
    assert_string_equal(found(s, noted, 2, &c), "");
    assert_int_equal(c.expired, 1);
    assert_int_equal(c.noted, 1);
    snprintf(path, sizeof path, "%s/access/2026-12.log", s->dir);
    unlink(path); /* by hand */
    finds(s, "no line says that their term ran out");
}

/* -- a full disk -------------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
    struct rlimit r = {bytes, RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static enum rc last_said(void *ctx, const struct access_said *a,
                         struct err *err)
{
    char(*text)[64] = ctx;

    (void)err;
    memcpy(text[0], text[1], sizeof text[0]);
    snprintf(text[1], sizeof text[1], "%s %llu", a->act,
             (unsigned long long)a->hits);
    return RC_OK;
}

static void a_full_disk_refuses_a_reading_and_counts_what_was_tried(
    void **state)
{
    struct stage *s = *state;
    struct access_line line = {.act = "pull", .from = "192.0.2.1"};
    struct access_checked c;
    char said[2][64] = {"", ""};
    struct access *a;
    struct err err;

    ok(access_open(s->dir, &a, &err), &err);
    limit_files(s->f.size + 10); /* a piece of the line fits */
    assert_int_equal(access_note(a, &line, &err), RC_FULL);
    access_try(a, &line);
    access_try(a, &line);
    limit_files(RLIM_INFINITY);
    finds(s, "");
    ok(access_note(a, &line, &err), &err);
    access_close(a);
    assert_string_equal(found(s, NULL, 0, &c), "");
    assert_int_equal(c.torn, 0);
    ok(access_read(s->dir, last_said, said, &err), &err);
    assert_string_equal(said[0], "log.lost 2");
    assert_string_equal(said[1], "pull 0");
}

static enum rc count_acts(void *ctx, const struct access_said *a,
                          struct err *err)
{
    uint64_t *n = ctx;

    (void)err;
    n[0] += strcmp(a->act, "session") == 0;
    n[1] += strcmp(a->act, "strangers") == 0 ? a->hits : 0;
    return RC_OK;
}

static void strangers_cannot_fill_the_disk(void **state)
{
    struct stage *s = *state;
    struct access_line line = {
        .act = "session", .rc = RC_AUTH, .from = "192.0.2.1"};
    uint64_t n[2] = {0};
    struct access *a;
    struct err err;
    int i;

    ok(access_open(s->dir, &a, &err), &err);
    for (i = 0; i < 2000; i++)
        access_stranger(a, &line);
    access_close(a);
    finds(s, "");
    ok(access_read(s->dir, count_acts, n, &err), &err);
    assert_int_equal(n[0] + n[1], 2000);
    assert_in_range(n[0], 600, 1300); /* a minute may end in between */
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(lines_as_they_were_written_follow),
        CASE(any_byte_that_is_changed_shows),
        CASE(any_line_that_is_taken_out_shows),
        CASE(any_two_lines_in_another_order_show),
        CASE(a_line_that_is_put_in_twice_shows),
        CASE(what_is_not_as_it_was_noted_shows),
        CASE(what_a_crash_left_of_a_line_is_put_aside_and_said),
        CASE(two_who_write_at_once_make_one_chain),
        CASE(a_line_outlives_the_process_that_was_told_it_is_there),
        CASE(a_month_that_has_passed_gets_a_file_of_its_own),
        CASE(what_ran_out_goes_with_a_line_that_says_so),
        CASE(a_full_disk_refuses_a_reading_and_counts_what_was_tried),
        CASE(strangers_cannot_fill_the_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
