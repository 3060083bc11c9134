/* Neighbourhoods, layers, outlines and crosswalks: taken in whole or not at
 * all, and found again. */
#define _GNU_SOURCE
#include "tests/unit/regions_stage.h"

static struct regions load(struct stage *s, struct arena *mem)
{
    struct regions r;
    struct err err;

    ok(regions_load(&s->s, 0, mem, &r, &err), &err);
    return r;
}

static const struct region *area(const struct regions *r, const char *layer,
                                 const char *code)
{
    size_t i;

    for (i = 0; i < r->areas_n; i++)
        if (strcmp(r->areas[i].layer, layer) == 0 &&
            strcmp(r->areas[i].code, code) == 0)
            return &r->areas[i];
    fail_msg("there is no %s %s", layer, code);
    return NULL;
}

static void layers_follow_from_the_codes(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct regions r;
    struct err err;

    assert_int_equal(regions_load(&s->s, 0, &mem, &r, &err), RC_NOTFOUND);
    import_town(s, 2022);
    r = load(s, &mem);
    assert_int_equal(r.year, 2022);
    assert_int_equal(r.places_n, 4);
    assert_int_equal(r.areas_n, 4 + 2 + 1);
    assert_string_equal(area(&r, "district", "WK000100")->name,
                        "Old, and loved");
    assert_int_equal(area(&r, "district", "WK000100")->places_n, 2);
    assert_int_equal(area(&r, "municipality", "GM0001")->places_n, 4);
    assert_int_equal(regions_coded(&r, bytes_of("2022BU00010100")), 2);
    assert_int_equal(regions_coded(&r, bytes_of("2023BU00010100")), 4);
    assert_int_equal(regions_coded(&r, bytes_of("")), 4);
    arena_free(&mem);
}

static void a_town_has_layers_of_its_own(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct regions r;
    struct err err;
    size_t n;

    import_town(s, 2022);
    ok(regions_import_layers(&s->s, 2022, town_layers, &n, &err), &err);
    r = load(s, &mem);
    assert_int_equal(area(&r, "team", "a")->places_n, 2);
    assert_int_equal(area(&r, "team", "b")->places_n, 1);
    assert_int_equal(area(&r, "half", "x")->places_n, 3);
    /* The same layer anew is in place of the old one. */
    ok(regions_import_layers(&s->s, 2022,
                             "layer,code,name,places\n"
                             "team,c,Team C,BU00010000\n",
                             &n, &err),
       &err);
    arena_reset(&mem);
    r = load(s, &mem);
    assert_int_equal(r.areas_n, 4 + 2 + 1 + 1 + 1);
    arena_free(&mem);
}

static void what_is_wrong_is_refused_with_its_line_and_changes_nothing(
    void **state)
{
    struct stage *s = *state;
    static const struct {
        const char *text, *says;
    } layers[] = {
        {"layer,code,name,places\nteam,a,A,BU00010000\nteam,b,B,BU00010000\n",
         "two areas"},
        {"layer,code,name,places\nteam,a,A,BU00010000;BU00019999\n", "line 2"},
        {"layer,code,name,places\nteam,a,A,WK000109\n", "no district"},
        {"layer,code,name,places\nteam,a,A,WK000101;BU00010100\n", "two areas"},
        {"layer,code,name,places\nteam,a,A,BU00010100;WK000101\n", "two areas"},
        {"layer,code,name,places\ndistrict,a,A,BU00010000\n", "CBS"},
        {"layer,code,name,places\nTeam,a,A,BU00010000\n", "line 2"},
        {"layer,code,name,places\nteam,a,A\n", "line 2: 3 cells"}};
    static const struct {
        const char *text, *says;
    } codes[] = {
        {"", "line 1"},
        {"code,name\n", "no neighbourhood"},
        {"code,name\nBU0001000,North\n", "line 2"},
        {"code,name\nBU00010000,\n", "line 2"},
        {"code,name\nBU00010000,\"North\n", "line"},
        {"code,name,district\nBU00010000,North,WK00010\n", "district"}};
    struct arena mem = {0};
    struct err err;
    size_t i, n;

    import_town(s, 2022);
    for (i = 0; i < countof(layers); i++) {
        assert_int_equal(
            regions_import_layers(&s->s, 2022, layers[i].text, &n, &err),
            RC_INVALID);
        if (strstr(err.text, layers[i].says) == NULL)
            fail_msg("%zu: %s", i, err.text);
    }
    for (i = 0; i < countof(codes); i++) {
        assert_int_equal(
            regions_import_codes(&s->s, 2022, codes[i].text, &n, &err),
            RC_INVALID);
        if (strstr(err.text, codes[i].says) == NULL)
            fail_msg("%zu: %s", i, err.text);
    }
    assert_int_equal(regions_import_codes(&s->s, 22, town_codes, &n, &err),
                     RC_INVALID);
    assert_int_equal(load(s, &mem).areas_n, 7);
    arena_free(&mem);
}

static void a_point_finds_its_neighbourhood(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct regions r;

    import_town(s, 2022);
    r = load(s, &mem);
    assert_int_equal(regions_at(&r, (struct geo_point){53050000, 6050000}), 0);
    assert_int_equal(regions_at(&r, (struct geo_point){53050000, 6150000}), 1);
    assert_int_equal(regions_at(&r, (struct geo_point){53050000, 6100000}), 1);
    assert_int_equal(regions_at(&r, (struct geo_point){53050000, 6250000}), 4);
    arena_free(&mem);
}

static void what_is_no_map_of_the_town_is_refused(void **state)
{
    struct stage *s = *state;
    static const char *const bad[] = {
        "",
        "[]",
        "{\"features\":3}",
        "{\"features\":[3]}",
        "{\"features\":[{\"properties\":{\"code\":\"BU00010000\"}}]}",
        "{\"features\":[{\"properties\":{\"code\":\"BU00010000\"},\"geometry\":"
        "{\"type\":\"Point\",\"coordinates\":[6,53]}}]}",
        "{\"features\":[{\"properties\":{\"code\":\"BU00010000\"},\"geometry\":"
        "{\"type\":\"Polygon\",\"coordinates\":[[[6,53],[6,54],[6,53]]]}}]}",
        "{\"features\":[{\"properties\":{\"code\":\"BU00010000\"},\"geometry\":"
        "{\"type\":\"Polygon\",\"coordinates\":"
        "[[[233000,581000],[1,2],[3,4],[5,6]]]}}]}",
        "{\"features\":[{\"properties\":{\"code\":\"BU00019999\"},\"geometry\":"
        "{\"type\":\"Polygon\",\"coordinates\":"
        "[[[6.0,53.0],[6.1,53.0],[6.1,53.1],[6.0,53.0]]]}}]}"};
    struct err err;
    size_t i, n;

    import_town(s, 2022);
    for (i = 0; i < countof(bad); i++)
        if (regions_import_outlines(&s->s, 2022, bytes_of(bad[i]), &n, &err) !=
            RC_INVALID)
            fail_msg("%zu is taken", i);
}

static void a_code_of_another_year_is_followed_if_it_went_to_one(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct regions r;
    struct err err;
    size_t n;

    import_town(s, 2018);
    import_town(s, 2022);
    ok(regions_import_crosswalk(&s->s,
                                "from,to\n"
                                "2016BU00090000,2018BU00010001\n"
                                "2018BU00010001,2022BU00010100\n"
                                "2018BU00010000,2022BU00010000\n"
                                "2018BU00010000,2022BU00010001\n",
                                &n, &err),
       &err);
    r = load(s, &mem);
    assert_int_equal(regions_coded(&r, bytes_of("2016BU00090000")), 2);
    assert_int_equal(regions_coded(&r, bytes_of("2018BU00010001")), 2);
    assert_int_equal(regions_coded(&r, bytes_of("2018BU00010000")), 4);
    assert_int_equal(
        regions_import_crosswalk(
            &s->s, "from,to\n2022BU00010000,2018BU00010000\n", &n, &err),
        RC_INVALID);
    arena_free(&mem);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(layers_follow_from_the_codes),
        CASE(a_town_has_layers_of_its_own),
        CASE(what_is_wrong_is_refused_with_its_line_and_changes_nothing),
        CASE(a_point_finds_its_neighbourhood),
        CASE(what_is_no_map_of_the_town_is_refused),
        CASE(a_code_of_another_year_is_followed_if_it_went_to_one),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
