/* Signals that a lead released (server/released.h): what the outside may see of
 * one, whatever a device sent. */
#define _GNU_SOURCE
#include "tests/unit/erasure_stage.h"

#include "server/released.h"

static const struct server_conf conf = {.open311_jurisdiction = "example.org",
                                        .open311_destination = "stadsbeheer",
                                        .open311_themes = "groen,schoon"};

/* What a lead wrote; NULL: nothing. */
struct written {
    const char *place, *title, *note, *status, *theme, *to;
};

static size_t put(const struct shape_type *t, struct write *w, size_t n,
                  const char *name, struct value v)
{
    w[n].field =
        (uint16_t)shape_field_index(t, shape_field_named(t, bytes_of(name)));
    w[n].value = v;
    return n + 1;
}

static size_t put_text(const struct shape_type *t, struct write *w, size_t n,
                       const char *name, const char *text)
{
    return text == NULL ? n : put(t, w, n, name, value_text(text));
}

static void write_signal(struct stage *s, uint64_t number,
                         const struct written *x)
{
    struct write w[8] = {{0}};
    struct bytes theme = bytes_of(x->theme == NULL ? "groen" : x->theme);
    struct bytes to = bytes_of(x->to == NULL ? "stadsbeheer" : x->to);
    struct changeset c = {.clock = number,
                          .type = s->signal,
                          .record = record_id((unsigned)number),
                          .writes = w};
    size_t n = 0;

    n = put(c.type, w, n, "themes", value_set(&theme, 1));
    n = put(c.type, w, n, "destinations", value_set(&to, 1));
    n = put_text(c.type, w, n, "visibility", "openbaar");
    n = put_text(c.type, w, n, "status",
                 x->status == NULL ? "doorgezet" : x->status);
    n = put_text(c.type, w, n, "place", x->place);
    n = put_text(c.type, w, n, "title", x->title);
    c.writes_n = put_text(c.type, w, n, "description", x->note);
    assert_int_not_equal(hand_in_all(s, number, &c, 1, NULL), 0);
}

static size_t all_of(struct stage *s, struct arena *mem, struct released **out)
{
    struct err err;
    size_t n;

    ok(released_all(&s->s, &conf, mem, out, &n, &err), &err);
    return n;
}

static void a_place_is_told_to_100_m_whatever_a_device_sent(void **state)
{
    static const struct {
        const char *place;
        struct geo_point told;
    } cases[] = {
        {"53.231999,6.542987", {53231000, 6542000}},
        {"-53.231999,-6.542987", {-53231000, -6542000}},
        {"53.231,6.5", {53231000, 6500000}},
        {"53,6", {53000000, 6000000}},
    };
    struct stage *s = *state;
    struct arena mem = {0};
    struct released *all;
    size_t i;

    for (i = 0; i < countof(cases); i++)
        write_signal(s, i + 1, &(struct written){.place = cases[i].place});
    assert_int_equal(all_of(s, &mem, &all), countof(cases));
    for (i = 0; i < countof(cases); i++) {
        assert_true(all[i].placed);
        assert_int_equal(all[i].place.lat, cases[i].told.lat);
        assert_int_equal(all[i].place.lon, cases[i].told.lon);
    }
    arena_free(&mem);
}

static void its_words_are_told_whole_or_not_at_all(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    char text[9000] = "";
    struct released *all;

    memset(text, 'a', sizeof text - 1);
    write_signal(s, 1, &(struct written){.title = "Bank", .note = text});
    write_signal(s, 2,
                 &(struct written){.title = "Bank", .note = "Bel 0612345678."});
    write_signal(s, 3, &(struct written){.note = "Bel 0612345678."});
    assert_int_equal(all_of(s, &mem, &all), 3);
    assert_int_equal(strlen(all[0].words), strlen("Bank. ") + strlen(text));
    assert_string_equal(all[1].words, "Bank");
    assert_null(all[2].words);
    arena_free(&mem);
}

static void what_has_no_theme_of_the_setting_or_goes_elsewhere_stays_in(
    void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct released *all;

    write_signal(s, 1, &(struct written){.theme = "zorg"});
    write_signal(s, 2, &(struct written){.to = "stads"});
    write_signal(s, 3, &(struct written){.status = "beoordeeld"});
    write_signal(s, 4, &(struct written){.theme = "schoon"});
    assert_int_equal(all_of(s, &mem, &all), 1);
    assert_string_equal(all[0].theme->code, "schoon");
    arena_free(&mem);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_place_is_told_to_100_m_whatever_a_device_sent),
        CASE(its_words_are_told_whole_or_not_at_all),
        CASE(what_has_no_theme_of_the_setting_or_goes_elsewhere_stays_in),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
