/* A line of the log: one write, one line, nothing that breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "sync/sys/log.h"

static int kept, ends[2];
static char told[4 * LOG_LINE_BYTES];

static void listen_to_stderr(void)
{
    assert_int_equal(pipe(ends), 0);
    kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
}

/* What was told since; standard error is again what it was. */
static const char *heard(void)
{
    ssize_t n;

    dup2(kept, STDERR_FILENO); /* the only end to write to */
    close(kept);
    n = read(ends[0], told, sizeof told - 1);
    close(ends[0]);
    told[n > 0 ? n : 0] = '\0';
    return told;
}

static void a_line_has_its_time_level_and_event(void **state)
{
    unsigned y, mo, d, h, mi, s, ms;

    (void)state;
    listen_to_stderr();
    log_info("push.done", "device=%u", 7U);
    assert_int_equal(sscanf(heard(), "time=%4u-%2u-%2uT%2u:%2u:%2u.%3uZ", &y,
                            &mo, &d, &h, &mi, &s, &ms),
                     7);
    assert_string_equal(strchr(told, ' '),
                        " level=info event=push.done device=7\n");
}

static void a_line_without_more_to_say_ends_where_it_ends(void **state)
{
    (void)state;
    listen_to_stderr();
    log_info("server.stopped", "%s", "");
    assert_string_equal(strstr(heard(), "event="), "event=server.stopped\n");
}

static void what_is_too_long_is_cut_and_is_still_a_line(void **state)
{
    char text[2 * LOG_LINE_BYTES];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    listen_to_stderr();
    log_info("long", "%s", text);
    assert_int_equal(strlen(heard()), LOG_LINE_BYTES - 1);
    assert_string_equal(told + LOG_LINE_BYTES - 3, "x\n");
    listen_to_stderr();
    log_info(text, "%s", "more");
    assert_int_equal(strlen(heard()), LOG_LINE_BYTES - 1);
    assert_string_equal(told + LOG_LINE_BYTES - 3, "x\n");
}

static void what_is_below_the_level_is_not_told(void **state)
{
    static const char *const words[] = {"debug", "info", "warn", "error"};
    enum log_level least, l, read = LOG_DEBUG;

    (void)state;
    for (least = LOG_DEBUG; least <= LOG_ERROR; least++) {
        assert_true(log_level_parse(words[least], &read));
        assert_int_equal(read, least);
        log_level_set(least);
        for (l = LOG_DEBUG; l <= LOG_ERROR; l++) {
            listen_to_stderr();
            log_line(l, "e", "%d", 1);
            assert_int_equal(strstr(heard(), words[l]) != NULL, l >= least);
        }
    }
    assert_false(log_level_parse("loud", &read));
    log_level_set(LOG_INFO);
}

static void nobody_to_tell_is_no_fault(void **state)
{
    (void)state;
    kept = dup(STDERR_FILENO);
    close(STDERR_FILENO);
    log_info("unheard", "%d", 1);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static void a_quoted_value_stays_one_value_on_one_line(void **state)
{
    static const struct {
        const char *value, *quoted;
    } cases[] = {
        {"", "\"\""},
        {"a b", "\"a b\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"a\\b", "\"a\\\\b\""},
        {"a\nlevel=error\t\x7f", "\"a level=error  \""},
    };
    char text[2 * LOG_QUOTED_BYTES];
    size_t i, n;

    (void)state;
    for (i = 0; i < countof(cases); i++)
        assert_string_equal(LOG_QUOTE(cases[i].value), cases[i].quoted);
    for (i = 0; i < 2; i++) { /* cut, and never in the middle of \" */
        const char *quoted;

        memset(text, '"', sizeof text - 1);
        text[sizeof text - 1] = '\0';
        text[0] = i ? 'x' : '"';
        quoted = LOG_QUOTE(text);
        n = strlen(quoted);
        assert_in_range(n, LOG_QUOTED_BYTES - 5, LOG_QUOTED_BYTES - 1);
        assert_memory_equal(quoted + n - 3, "\\\"\"", 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_time_level_and_event),
        cmocka_unit_test(a_line_without_more_to_say_ends_where_it_ends),
        cmocka_unit_test(what_is_too_long_is_cut_and_is_still_a_line),
        cmocka_unit_test(what_is_below_the_level_is_not_told),
        cmocka_unit_test(nobody_to_tell_is_no_fault),
        cmocka_unit_test(a_quoted_value_stays_one_value_on_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
