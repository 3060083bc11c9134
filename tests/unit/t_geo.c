/* Points and outlines: exact, and each point in one area. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sync/geo.h"
#include "tests/unit/dice.h"

enum { SIDE = 6, STEP = 1000 };

static struct buf outline_of(const struct geo_point *p, size_t n)
{
    struct buf b = buf_make(4096);

    pack_u64(&b, 1);
    geo_put_ring(&b, p, n);
    return b;
}

static void a_point_is_read_as_it_is_written(void **state)
{
    static const struct {
        const char *text;
        int32_t lat, lon;
    } fine[] = {{"53.219,6.567", 53219000, 6567000},
                {"53.2191234567,6.5", 53219123, 6500000},
                {"-0.000001,-180", -1, -180000000},
                {"90,180", 90000000, 180000000},
                {"0,0", 0, 0}};
    static const char *const bad[] = {
        "",       "53.2",   "53.2,",  ",6.5", "53.2;6.5", "53.2,6.5 ", "91,6",
        "90.1,6", "53,181", "53,6,7", "x,6",  "53,-",     "+53,6.5",   "5e1,6"};
    struct geo_point g;
    size_t i;

    (void)state;
    for (i = 0; i < countof(fine); i++) {
        assert_true(geo_read(bytes_of(fine[i].text), &g));
        assert_int_equal(g.lat, fine[i].lat);
        assert_int_equal(g.lon, fine[i].lon);
    }
    for (i = 0; i < countof(bad); i++)
        assert_false(geo_read(bytes_of(bad[i]), &g));
}

static void degrees_are_written_as_they_are_read(void **state)
{
    static const int32_t all[] = {0, 1, -1, 53219000, -6567001, 90000000};
    char text[GEO_DEGREES_BYTES], point[2 * GEO_DEGREES_BYTES];
    struct geo_point g;
    size_t i;

    (void)state;
    assert_string_equal(geo_degrees(-6567001, text), "-6.567001");
    assert_string_equal(geo_degrees(-180000000, text), "-180.000000");
    for (i = 0; i < countof(all); i++) {
        snprintf(point, sizeof point, "%s,0", geo_degrees(all[i], text));
        assert_true(geo_read(bytes_of(point), &g));
        assert_int_equal(g.lat, all[i]);
    }
}

/* Corners of a grid, pushed about: areas share sides at every slant. */
static struct geo_point corner(struct dice *d, int row, int column)
{
    struct geo_point g = {STEP * row, STEP * column};

    if (row > 0 && row < SIDE && column > 0 && column < SIDE) {
        g.lat += (int)roll(d, 800) - 400;
        g.lon += (int)roll(d, 800) - 400;
    }
    return g;
}

static void a_point_of_a_town_without_gaps_is_in_one_area(void **state)
{
    struct dice d = dice_of(7);
    struct geo_point at[SIDE + 1][SIDE + 1];
    struct buf cells[SIDE * SIDE];
    int r, c, i;

    (void)state;
    for (r = 0; r <= SIDE; r++)
        for (c = 0; c <= SIDE; c++)
            at[r][c] = corner(&d, r, c);
    for (i = 0; i < SIDE * SIDE; i++) {
        r = i / SIDE;
        c = i % SIDE;
        struct geo_point ring[] = {at[r][c], at[r][c + 1], at[r + 1][c + 1],
                                   at[r + 1][c], at[r][c]};

        cells[i] = outline_of(ring, 5);
        assert_true(geo_valid(buf_view(&cells[i])));
    }
    for (i = 0; i < 20000; i++) {
        /* Corners and points on sides too. */
        struct geo_point p = at[roll(&d, SIDE)][roll(&d, SIDE)];
        struct geo_point q = at[roll(&d, SIDE)][roll(&d, SIDE)];
        int n = 0, k;

        if (i % 3 == 1)
            p = (struct geo_point){(p.lat + q.lat) / 2, (p.lon + q.lon) / 2};
        if (i % 3 == 2)
            p = (struct geo_point){(int)roll(&d, SIDE * STEP),
                                   (int)roll(&d, SIDE * STEP)};
        for (k = 0; k < SIDE * SIDE; k++)
            n += geo_holds(buf_view(&cells[k]), p);
        assert_int_equal(n, 1);
    }
    for (i = 0; i < SIDE * SIDE; i++)
        buf_free(&cells[i]);
}

static void a_hole_is_not_in_the_area(void **state)
{
    static const struct geo_point outer[] = {
        {0, 0}, {0, 100}, {100, 100}, {100, 0}};
    static const struct geo_point hole[] = {
        {40, 40}, {40, 60}, {60, 60}, {60, 40}};
    struct buf b = buf_make(4096);

    (void)state;
    pack_u64(&b, 2);
    geo_put_ring(&b, outer, 4);
    geo_put_ring(&b, hole, 4);
    assert_true(geo_holds(buf_view(&b), (struct geo_point){20, 50}));
    assert_false(geo_holds(buf_view(&b), (struct geo_point){50, 50}));
    assert_false(geo_holds(buf_view(&b), (struct geo_point){50, 150}));
    buf_free(&b);
}

static void what_is_no_outline_holds_nothing(void **state)
{
    static const struct geo_point ring[] = {{0, 0}, {0, 100}, {100, 50}};
    struct buf b = outline_of(ring, 3);
    struct bytes whole = buf_view(&b);
    struct geo_point in = {20, 50};
    size_t n;

    (void)state;
    assert_true(geo_valid(whole) && geo_holds(whole, in));
    for (n = 0; n < whole.n; n++) {
        assert_false(geo_valid((struct bytes){whole.p, n}));
        assert_false(geo_holds((struct bytes){whole.p, n}, in));
    }
    buf_put(&b, "", 1); /* one byte too many */
    assert_false(geo_valid(buf_view(&b)));
    buf_free(&b);
    b = outline_of(ring, 2); /* a line */
    assert_false(geo_valid(buf_view(&b)));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_is_read_as_it_is_written),
        cmocka_unit_test(degrees_are_written_as_they_are_read),
        cmocka_unit_test(a_point_of_a_town_without_gaps_is_in_one_area),
        cmocka_unit_test(a_hole_is_not_in_the_area),
        cmocka_unit_test(what_is_no_outline_holds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
