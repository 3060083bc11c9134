/*
 * t_golden.c - the compiler's output, byte for byte.
 *
 *   good/          one set of definitions with everything in it; what is
 *                  emitted stands in good.*.expected
 *   bad/X.yaml     does not compile; the complaints stand in bad/X.expected.
 *                  One type, taken as case.yaml beside good/lists.yaml, or a
 *                  whole bundle if it starts with a mark, or is empty
 *   diff/X.old.yaml, diff/X.new.yaml   bundles; the report stands in
 *                  diff/X.expected
 *
 * GOLDEN=write replaces what is expected by what came out: read the
 * difference before you commit it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/diff.h"
#include "schema/emit.h"
#include "schema/schema.h"

#define FOLDER "tests/golden/"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, CASES_MAX = 200, BAD_MIN = 20 };

static struct arena mem;

static struct bytes read_text(const char *path)
{
    static char block[65536];
    struct buf b = buf_make(FILE_BYTES_MAX);
    FILE *f = fopen(path, "rb");
    struct bytes text;
    size_t n;

    if (f == NULL)
        fail_msg("%s cannot be read", path);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_put(&b, block, n);
    fclose(f);
    text = arena_bytes(&mem, buf_view(&b));
    buf_free(&b);
    return text;
}

static void assert_golden(struct buf *out, const char *path)
{
    const char *write = getenv("GOLDEN");
    FILE *f;

    assert_false(out->full);
    if (write != NULL && strcmp(write, "write") == 0) {
        f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(out->p, 1, out->n, f);
        fclose(f);
    }
    assert_string_equal(buf_text(out), (const char *)read_text(path).p);
}

static struct bytes join(const char *path)
{
    struct bytes lists = read_text(FOLDER "good/lists.yaml");
    struct bytes one = read_text(path);

    if (one.n == 0 || memcmp(one.p, "--- # ", 6) == 0)
        return one;
    return bytes_of(arena_printf(&mem,
                                 "--- # lists.yaml\n%s"
                                 "--- # case.yaml\n%s",
                                 (const char *)lists.p, (const char *)one.p));
}

static const struct shape *compile(struct bytes bundle)
{
    struct diags diags = {0};
    const struct shape *s = NULL;
    struct err err;

    if (schema_compile_bundle(bundle, &mem, &diags, &s, &err) != RC_OK)
        fail_msg("%s", err.text);
    diags_free(&diags);
    return s;
}

static const struct shape *good(void)
{
    const char *all =
        arena_printf(&mem,
                     "--- # address-card.yaml\n%s--- # every-kind.yaml\n%s"
                     "--- # lists.yaml\n%s--- # other-type.yaml\n%s"
                     "--- # permission.yaml\n%s",
                     (const char *)read_text(FOLDER "good/address-card.yaml").p,
                     (const char *)read_text(FOLDER "good/every-kind.yaml").p,
                     (const char *)read_text(FOLDER "good/lists.yaml").p,
                     (const char *)read_text(FOLDER "good/other-type.yaml").p,
                     (const char *)read_text(FOLDER "good/permission.yaml").p);

    return compile(bytes_of(all));
}

/* -- what is emitted ---------------------------------------------------- */

static void tables_follow_from_the_definitions(void **state)
{
    struct buf out = buf_make(FILE_BYTES_MAX);

    (void)state;
    emit_sql(&out, good());
    assert_golden(&out, FOLDER "good.sql.expected");
    buf_free(&out);
}

static void a_form_follows_from_the_definitions(void **state)
{
    struct buf out = buf_make(FILE_BYTES_MAX);
    const struct shape *s = good();

    (void)state;
    emit_form(&out, s, shape_type_named(s, bytes_of("every-kind")));
    assert_golden(&out, FOLDER "good.form.expected");
    buf_free(&out);
}

static void the_register_follows_from_the_definitions(void **state)
{
    struct buf out = buf_make(FILE_BYTES_MAX);
    const struct shape *s = good();

    (void)state;
    emit_doc(&out, s, LANG_NL);
    assert_golden(&out, FOLDER "good.doc.nl.expected");
    buf_clear(&out);
    emit_doc(&out, s, LANG_EN);
    assert_golden(&out, FOLDER "good.doc.en.expected");
    buf_free(&out);
}

static void a_name_with_quotes_in_it_stays_one_name(void **state)
{
    struct buf out = buf_make(FILE_BYTES_MAX);

    (void)state;
    emit_sql_name(&out, "a\"; DROP TABLE b; --");
    assert_string_equal(buf_text(&out), "\"a\"\"; DROP TABLE b; --\"");
    buf_free(&out);
}

static void a_read_folder_is_the_bundle_of_its_files(void **state)
{
    const struct shape *s = NULL;
    struct diags diags = {0};
    struct err err;

    (void)state;
    if (schema_compile(FOLDER "good", &mem, &diags, &s, &err) != RC_OK)
        fail_msg("%s", err.text);
    assert_string_equal(s->version, good()->version);
    diags_free(&diags);
}

static void a_fault_in_a_folder_names_the_folder(void **state)
{
    const struct shape *s = NULL;
    struct diags diags = {0};
    struct err err;

    (void)state;
    assert_int_equal(schema_compile(FOLDER "bad", &mem, &diags, &s, &err),
                     RC_INVALID);
    assert_int_equal(strncmp(err.text, FOLDER "bad/", 17), 0);
    assert_int_equal(schema_compile(FOLDER "none", &mem, &diags, &s, &err),
                     RC_NOTFOUND);
    diags_free(&diags);
}

/* -- one test per file -------------------------------------------------- */

static void does_not_compile(void **state)
{
    const char *name = *state;
    struct buf out = buf_make(FILE_BYTES_MAX);
    const struct shape *s = NULL;
    struct diags diags = {0};
    struct err err;

    assert_int_equal(schema_compile_bundle(
                         join(arena_printf(&mem, FOLDER "bad/%s.yaml", name)),
                         &mem, &diags, &s, &err),
                     RC_INVALID);
    assert_null(s);
    if (diags.n == 0)
        buf_printf(&out, "%s\n", err.text);
    diags_print(&diags, &out);
    assert_golden(&out, arena_printf(&mem, FOLDER "bad/%s.expected", name));
    diags_free(&diags);
    buf_free(&out);
}

static void change_is_judged(void **state)
{
    const char *name = *state;
    struct buf out = buf_make(FILE_BYTES_MAX);
    const struct shape *old =
        compile(read_text(arena_printf(&mem, FOLDER "diff/%s.old.yaml", name)));
    const struct shape *new =
        compile(read_text(arena_printf(&mem, FOLDER "diff/%s.new.yaml", name)));
    size_t unsafe = schema_diff(old, new, &out);

    buf_printf(&out, "%zu unsafe\n", unsafe);
    assert_golden(&out, arena_printf(&mem, FOLDER "diff/%s.expected", name));
    buf_free(&out);
}

static int by_name(const void *a, const void *b)
{
    const struct CMUnitTest *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Add a test for each file in `folder` that ends in `suffix`. */
static size_t add_cases(struct CMUnitTest *tests, const char *folder,
                        const char *suffix, CMUnitTestFunction run)
{
    DIR *dir = opendir(folder);
    struct dirent *e;
    size_t n = 0;

    while (dir != NULL && (e = readdir(dir)) != NULL && n < CASES_MAX) {
        const char *at = strstr(e->d_name, suffix);
        char *name;

        if (at == NULL || at[strlen(suffix)] != '\0')
            continue;
        name = arena_text(&mem, e->d_name, (size_t)(at - e->d_name));
        tests[n++] = (struct CMUnitTest){
            .name = name, .test_func = run, .initial_state = name};
    }
    if (dir != NULL)
        closedir(dir);
    qsort(tests, n, sizeof *tests, by_name);
    return n;
}

int main(void)
{
    static struct CMUnitTest tests[2 * CASES_MAX + 6] = {
        cmocka_unit_test(tables_follow_from_the_definitions),
        cmocka_unit_test(a_form_follows_from_the_definitions),
        cmocka_unit_test(the_register_follows_from_the_definitions),
        cmocka_unit_test(a_name_with_quotes_in_it_stays_one_name),
        cmocka_unit_test(a_read_folder_is_the_bundle_of_its_files),
        cmocka_unit_test(a_fault_in_a_folder_names_the_folder),
    };
    size_t n = 6, bad;
    int failed;

    bad = add_cases(tests + n, FOLDER "bad", ".yaml", does_not_compile);
    n += bad;
    n += add_cases(tests + n, FOLDER "diff", ".old.yaml", change_is_judged);
    if (bad < BAD_MIN) {
        fprintf(stderr, "only %zu cases in %sbad: run me from the root\n", bad,
                FOLDER);
        return 1;
    }
    failed = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
    arena_free(&mem);
    return failed;
}
