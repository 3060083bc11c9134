/* The neighbourhood sheet: one page that needs nothing else, and says nothing
 * but what is told. */
#define _GNU_SOURCE
#include "tests/unit/parts_stage.h"

#include <ctype.h>

#include "server/sheet.h"

enum { DEEP = 64, NAME = 32 };

static const char *const types[] = {"signal", "conversation", "door-visit"};

static const char *page_of(struct stage *s, const char *area, enum lang lang,
                           struct arena *mem)
{
    struct sheet_asked a = {area, NULL, lang};
    struct buf b = buf_make(SIZE_MAX);
    struct err err;
    const char *out;

    ok(sheet_html(&s->s, &a, &b, &err), &err);
    out = arena_text(mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

static void town(struct stage *s)
{
    struct dice d = dice_of(4);

    parts_town(s, types, countof(types), 2025, 3, 30, &d);
}

/* Every element that begins ends, in its place; but those that have no end. */
static void assert_balanced(const char *p)
{
    char open[DEEP][NAME];
    size_t depth = 0;

    while ((p = strchr(p, '<')) != NULL) {
        bool ends = *++p == '/';
        char name[NAME] = "";
        const char *close = strchr(p, '>');
        size_t n = 0;

        assert_non_null(close);
        p += ends;
        while (isalnum((unsigned char)p[n]) && n + 1 < NAME) {
            name[n] = p[n];
            n++;
        }
        p = close;
        if (n == 0 || close[-1] == '/' || strcmp(name, "meta") == 0)
            continue;
        if (!ends) {
            assert_true(depth < DEEP);
            memcpy(open[depth++], name, NAME);
            continue;
        }
        assert_true(depth > 0);
        assert_string_equal(open[--depth], name);
    }
    assert_int_equal(depth, 0);
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)) != NULL; text++)
        n++;
    return n;
}

static void a_sheet_is_one_page_that_needs_nothing_else(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    const char *nl, *en;

    town(s);
    nl = page_of(s, "WK000100", LANG_NL, &mem);
    en = page_of(s, "WK000100", LANG_EN, &mem);
    assert_balanced(nl);
    assert_balanced(en);
    assert_non_null(strstr(nl, "<html lang=\"nl\">"));
    assert_non_null(strstr(nl, "<h1>Wijkanalyse Old, and loved</h1>"));
    assert_non_null(strstr(nl, "eerste kwartaal van 2025 (2025Q1)"));
    assert_non_null(strstr(nl, "Cijfers vastgesteld op 2 april 2025"));
    assert_non_null(strstr(en, "<html lang=\"en\">"));
    assert_non_null(strstr(en, "Figures decided on 2 April 2025"));
    assert_null(strstr(nl, "<script"));
    assert_int_equal(times(nl, "http"), times(nl, "xmlns=\"http"));
    assert_int_equal(times(nl, "<svg"), times(en, "<svg"));
    /* Each picture has words, and a table beside it. */
    assert_true(times(nl, "<svg") > 6);
    assert_int_equal(times(nl, "<svg"), times(nl, "<desc"));
    assert_int_equal(times(nl, "<figure"), times(nl, "<caption"));
    assert_int_equal(times(nl, "<figure"), times(nl, "<figcaption"));
    arena_free(&mem);
}

static void what_is_withheld_is_hatched_and_said(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    const char *nl;

    town(s);
    nl = page_of(s, "district/WK000101", LANG_NL, &mem);
    assert_non_null(strstr(nl, "-withheld)"));
    assert_non_null(strstr(nl, ">niet verteld<"));
    assert_non_null(strstr(nl, ">0–9<"));
    arena_free(&mem);
}

static void names_are_text(void **state)
{
    static const char layer[] =
        "layer,code,name,places\n"
        "team,a,\"<b>\"\"A\"\" & <script>\",BU00010000;BU00010001\n";
    struct stage *s = *state;
    struct arena mem = {0};
    struct err err;
    const char *nl;
    size_t n;

    ok(regions_import_layers(&s->s, 2022, layer, &n, &err), &err);
    town(s);
    nl = page_of(s, "team/a", LANG_NL, &mem);
    assert_balanced(nl);
    assert_non_null(strstr(nl, "&lt;b&gt;&quot;A&quot; &amp; &lt;script&gt;"));
    assert_null(strstr(nl, "<script"));
    arena_free(&mem);
}

static void an_area_that_is_not_there_is_said(void **state)
{
    static const char layer[] = "layer,code,name,places\n"
                                "ward,a,Ward,BU00010000\n";
    struct stage *s = *state;
    struct sheet_asked a = {"WK999999", NULL, LANG_NL};
    struct buf out = buf_make(SIZE_MAX);
    struct dice d = dice_of(4);
    struct err err;
    size_t n;

    ok(regions_import_layers(&s->s, 2022, layer, &n, &err), &err);
    assert_int_equal(sheet_html(&s->s, &a, &out, &err), RC_NOTFOUND);
    parts_town(s, types, 1, 2025, 1, 5, &d);
    assert_int_equal(sheet_html(&s->s, &a, &out, &err), RC_NOTFOUND);
    assert_non_null(strstr(err.text, "WK999999"));
    a.area = "a";
    assert_int_equal(sheet_html(&s->s, &a, &out, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "team/a"));
    assert_non_null(strstr(err.text, "ward/a"));
    assert_int_equal(out.n, 0);
    buf_free(&out);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_sheet_is_one_page_that_needs_nothing_else),
        CASE(what_is_withheld_is_hatched_and_said),
        CASE(names_are_text),
        CASE(an_area_that_is_not_there_is_said),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
