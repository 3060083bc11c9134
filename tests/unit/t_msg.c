/* What people read is there in Dutch and in English, and says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/base/msg.h"
#include "sync/sys/file.h"

/* The printf conversions of a text, one after another. */
static void conversions(const char *s, char *out, size_t size)
{
    size_t n = 0;

    while ((s = strchr(s, '%')) != NULL && n + 2 < size) {
        size_t len;

        if (s[1] == '%') {
            s += 2;
            continue;
        }
        len = 1 + strcspn(s + 1, "diuoxXcsfgp") + 1;
        if (n + len + 1 >= size)
            break;
        memcpy(out + n, s, len);
        n += len;
        s += len;
    }
    out[n] = '\0';
}

static void the_table_is_in_order(void **state)
{
    size_t n, i;
    const struct msg_entry *t = msg_table(&n);

    (void)state;
    assert_true(n > 40);
    for (i = 1; i < n; i++)
        if (strcmp(t[i - 1].en, t[i].en) >= 0)
            fail_msg("\"%s\" stands before \"%s\"", t[i - 1].en, t[i].en);
    for (i = 0; i < n; i++)
        assert_string_equal(msg(LANG_NL, t[i].en), t[i].nl);
    assert_string_equal(msg(LANG_NL, "a text without Dutch"),
                        "a text without Dutch");
}

static void both_languages_take_the_same_arguments(void **state)
{
    char en[200], nl[200];
    size_t n, i;
    const struct msg_entry *t = msg_table(&n);

    (void)state;
    for (i = 0; i < n; i++) {
        conversions(t[i].en, en, sizeof en);
        conversions(t[i].nl, nl, sizeof nl);
        if (strcmp(en, nl) != 0)
            fail_msg("\"%s\" and \"%s\" differ in what they print", t[i].en,
                     t[i].nl);
    }
}

/* -- what the sources say ----------------------------------------------- */

/* The literal at `p` (spliced ones joined, PRIu64 and the like as they expand
 * here) as its text; NULL: no literal stands there. */
static const char *literal(const char *p, char *out, size_t size)
{
    static const struct {
        const char *name, *text;
    } macros[] = {{"PRIu64", "lu"}, {"PRId64", "ld"}, {"PRIu32", "u"}};
    size_t n = 0, i;

    for (;;) {
        p += strspn(p, " \t\n");
        if (*p == '"') {
            for (p++; *p != '"' && n + 2 < size; p++) {
                if (*p == '\\') {
                    p++;
                    out[n++] = *p == 'n'   ? '\n'
                               : *p == 'r' ? '\r'
                               : *p == 't' ? '\t'
                                           : *p;
                } else {
                    out[n++] = *p;
                }
            }
            p++;
            continue;
        }
        for (i = 0; i < countof(macros); i++)
            if (strncmp(p, macros[i].name, strlen(macros[i].name)) == 0)
                break;
        if (i == countof(macros))
            break;
        memcpy(out + n, macros[i].text, strlen(macros[i].text));
        n += strlen(macros[i].text);
        p += strlen(macros[i].name);
    }
    out[n] = '\0';
    return n > 0 ? out : NULL;
}

/* The next text in msg(lang, "…") or MSG("…"), and what comes after its
 * opening; NULL: no more. */
static const char *next_text(const char *p, char *out, size_t size)
{
    for (; *p != '\0'; p++) {
        const char *from = NULL;

        if (strncmp(p, "MSG(", 4) == 0)
            from = p + 4;
        else if (strncmp(p, "msg(", 4) == 0 && p[-1] != '_' &&
                 (p[-1] < 'a' || p[-1] > 'z'))
            from = p + 4 + strcspn(p + 4, ",(") + 1;
        if (from != NULL && literal(from, out, size) != NULL)
            return p + 4;
    }
    return NULL;
}

static void look_into(const char *path, bool *used, unsigned *missing)
{
    char text[1024];
    struct buf body;
    struct err err;
    const char *p;
    size_t n, i;
    const struct msg_entry *t = msg_table(&n);

    assert_int_equal(file_read(path, 1 << 20, &body, &err), RC_OK);
    for (p = buf_text(&body); (p = next_text(p, text, sizeof text)) != NULL;) {
        for (i = 0; i < n && strcmp(t[i].en, text) != 0; i++)
            ;
        if (i < n) {
            used[i] = true;
        } else {
            print_error("%s: no Dutch for \"%s\"\n", path, text);
            ++*missing;
        }
    }
    buf_free(&body);
}

static void every_text_has_its_dutch_and_none_is_left_over(void **state)
{
    static const char *const folders[] = {"sync", "schema", "client", "server"};
    struct arena mem = {0};
    struct err err;
    char **files;
    size_t n, files_n, i, k;
    const struct msg_entry *t = msg_table(&n);
    bool *used = arena_new(&mem, n * sizeof *used);
    unsigned faults = 0;

    (void)state;
    for (i = 0; i < countof(folders); i++) {
        assert_int_equal(
            file_list(folders[i], ".c", &mem, &files, &files_n, &err), RC_OK);
        for (k = 0; k < files_n; k++)
            look_into(files[k], used, &faults);
    }
    for (i = 0; i < n; i++)
        if (!used[i]) {
            print_error("nobody says \"%s\"\n", t[i].en);
            faults++;
        }
    arena_free(&mem);
    assert_int_equal(faults, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_in_order),
        cmocka_unit_test(both_languages_take_the_same_arguments),
        cmocka_unit_test(every_text_has_its_dutch_and_none_is_left_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
