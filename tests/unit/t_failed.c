/* How a verb that failed ends: its exit code, and what programs read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/app.h"
#include "client/line.h"

static const struct {
    enum line line;
    int exit;
    const char *code;
} lines[] = {
    {LINE_PORTAL, EXIT_BLOCKED, "portal"},
    {LINE_PROXY, EXIT_BLOCKED, "proxy"},
    {LINE_FOREIGN, EXIT_BLOCKED, "foreign"},
    {LINE_STRANGE, EXIT_BLOCKED, "strange"},
    {LINE_CLOCK, EXIT_CLOCK, "clock"},
    {LINE_GATEWAY, EXIT_NETWORK, "gateway"},
    {LINE_NAME, EXIT_NETWORK, "name"},
    {LINE_REFUSED, EXIT_NETWORK, "refused"},
    {LINE_OFFLINE, EXIT_NETWORK, "offline"},
    {LINE_SILENT, EXIT_NETWORK, "silent"},
    {LINE_CUT, EXIT_NETWORK, "cut"},
    {LINE_TLS, EXIT_NETWORK, "tls"},
};

/* What app_failed() writes to `from`, and its exit code. */
static int failed(const struct app *a, const struct err *err, FILE *from,
                  char *out, size_t size)
{
    FILE *kept = tmpfile();
    int fd, code;
    size_t n;

    assert_non_null(kept);
    fflush(from);
    fd = dup(fileno(from));
    dup2(fileno(kept), fileno(from));
    code = app_failed(a, err);
    fflush(from);
    dup2(fd, fileno(from));
    close(fd);
    rewind(kept);
    n = fread(out, 1, size - 1, kept);
    out[n] = '\0';
    fclose(kept);
    return code;
}

static void every_fault_of_the_line_has_its_exit_code_and_word(void **state)
{
    struct app a = {.lang = LANG_NL, .json = true};
    char out[1000], want[100];
    struct err err;
    size_t i;

    (void)state;
    for (i = 0; i < countof(lines); i++) {
        line_fault(lines[i].line, &err);
        assert_int_equal(failed(&a, &err, stdout, out, sizeof out),
                         lines[i].exit);
        snprintf(want, sizeof want, "{\"code\":\"%s\",\"text\":\"",
                 lines[i].code);
        if (strncmp(out, want, strlen(want)) != 0 ||
            strstr(out, msg(LANG_NL, err.text)) == NULL)
            fail_msg("%s: %s", lines[i].code, out);
    }
}

static void a_sentence_is_said_in_the_language_asked_for(void **state)
{
    struct app nl = {.lang = LANG_NL}, en = {.lang = LANG_EN};
    char out[1000];
    struct err err;

    (void)state;
    line_fault(LINE_PORTAL, &err);
    failed(&nl, &err, stderr, out, sizeof out);
    assert_non_null(strstr(out, "stoep: dit netwerk laat je nog niet door"));
    failed(&en, &err, stderr, out, sizeof out);
    assert_non_null(strstr(out, "stoep: this network does not let you"));
    failed(&en, &err, stdout, out, sizeof out);
    assert_string_equal(out, ""); /* unless asked for */
}

static void other_faults_have_the_word_of_their_code(void **state)
{
    struct app a = {.lang = LANG_EN, .json = true};
    char out[1000];
    struct err err;

    (void)state;
    err_set(&err, RC_NOTFOUND, "no such thing");
    assert_int_equal(failed(&a, &err, stdout, out, sizeof out), EXIT_FAILED);
    assert_string_equal(out,
                        "{\"code\":\"notfound\",\"text\":\"no such thing\"}\n");
    err_set(&err, RC_BUSY, "too many");
    assert_int_equal(failed(&a, &err, stdout, out, sizeof out), EXIT_NETWORK);
    assert_int_equal(rc_of_word("busy"), RC_BUSY);
    assert_int_equal(rc_of_word("nonsense"), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_of_the_line_has_its_exit_code_and_word),
        cmocka_unit_test(a_sentence_is_said_in_the_language_asked_for),
        cmocka_unit_test(other_faults_have_the_word_of_their_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
