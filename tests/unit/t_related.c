/* Records that may be the same matter (sync/related.h), by laws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/related.h"

static const uint32_t all_words[] = {1, 2, 3, 4, 5, 6, 7, 8};

static uint64_t state;

static unsigned dice(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(state >> 33) % n;
}

static struct related_item some_item(unsigned spread)
{
    static const char *const places[] = {"", "2022BU1", "2022BU2"};
    unsigned from = dice(5);

    return (struct related_item){.area = 1 + dice(2),
                                 .has_point = dice(4) > 0,
                                 .point = {53200000 + (int32_t)dice(spread),
                                           6500000 + (int32_t)dice(spread)},
                                 .place = bytes_of(places[dice(3)]),
                                 .day = 20000 + dice(200),
                                 .themes = 1U + dice(7),
                                 .words = all_words + from,
                                 .words_n = dice(4)};
}

static void it_is_the_same_both_ways_and_the_whole_with_itself(void **unused)
{
    unsigned i;

    (void)unused;
    for (i = 0; i < 5000; i++) {
        struct related_item a = some_item(9000), b = some_item(9000);
        struct related_why x = related_why(&a, &b), y = related_why(&b, &a);

        assert_memory_equal(&x, &y, sizeof x);
        assert_true(x.score <= 1000);
        if (a.has_point && a.words_n > 0)
            assert_int_equal(related_why(&a, &a).score, 1000);
    }
}

/* In place, in time, in themes, in words. */
static void it_grows_with_every_nearness(void **unused)
{
    struct related_item a = {.area = 1,
                             .has_point = true,
                             .point = {53200000, 6500000},
                             .day = 20000,
                             .themes = 3,
                             .words = all_words,
                             .words_n = 4},
                        b = a;
    unsigned i, last = 1001, now;

    (void)unused;
    for (i = 0; i < 60; i++, last = now) {
        b.point.lon = 6500000 + (int32_t)(200 * i);
        now = related_why(&a, &b).score;
        assert_true(now < last || (now == 0 && last == 0));
    }
    assert_int_equal(last, 0);
    for (b = a, i = 0, last = 1001; i < 100; i++, last = now) {
        b.day = a.day + i;
        now = related_why(&a, &b).score;
        assert_true(now < last || (now == 0 && last == 0));
    }
    assert_int_equal(last, 0);
    for (b = a, i = 0, last = 1001; i < 5; i++, last = now) {
        b.themes = 3 | ((UINT64_C(1) << i) - 1) << 8;
        b.words_n = 4 - i;
        now = related_why(&a, &b).score;
        assert_true(now < last);
    }
    assert_true(last > 0);
}

static void one_thing_against_it_altogether_ends_it(void **unused)
{
    struct related_item a = {.area = 1,
                             .has_point = true,
                             .point = {53200000, 6500000},
                             .place = bytes_of("2022BU1"),
                             .day = 20000,
                             .themes = 3,
                             .words = all_words,
                             .words_n = 4},
                        b = a;

    (void)unused;
    b.themes = 4;
    assert_int_equal(related_why(&a, &b).score, 0);
    b = a;
    b.area = 2;
    assert_int_equal(related_why(&a, &b).score, 0);
    b = a;
    b.day += RELATED_DAYS;
    assert_int_equal(related_why(&a, &b).score, 0);
    b = a;
    b.point.lat += 4500; /* the same neighbourhood does not help */
    assert_int_equal(related_why(&a, &b).score, 0);
    b = a;
    b.has_point = false;
    assert_int_equal(related_why(&a, &b).score, 600);
    b.words_n = 0; /* nothing but the neighbourhood */
    assert_int_equal(related_why(&a, &b).score, 0);
}

/* 100 m to the north and to the east, in Groningen and at the equator. */
static void metres_are_metres(void **unused)
{
    static const struct {
        int32_t lat, lon;
        unsigned most, least;
    } steps[] = {{53200000, 1502, 101, 99}, {0, 899, 101, 99}};
    size_t i;

    (void)unused;
    for (i = 0; i < countof(steps); i++) {
        struct related_item a = {.area = 1,
                                 .has_point = true,
                                 .point = {steps[i].lat, 6500000},
                                 .themes = 1},
                            b = a;

        b.point.lon += steps[i].lon;
        assert_in_range(related_why(&a, &b).metres, steps[i].least,
                        steps[i].most);
        b = a;
        b.point.lat += 899;
        assert_in_range(related_why(&a, &b).metres, 99, 101);
    }
}

/* Squares of the map and windows of time leave nothing out. */
static void the_quick_way_finds_what_comparing_all_finds(void **unused)
{
    enum { N = 150 };
    struct related_item items[N];
    struct related_pair *pairs;
    size_t n, i, k, expected;
    unsigned round;

    (void)unused;
    for (round = 0; round < 60; round++) {
        for (i = 0; i < N; i++) {
            items[i] = some_item(round % 2 ? 30000 : 2500);
            if (round % 3 == 0)
                items[i].point.lat -= 53200000; /* over the equator */
        }
        n = related_pairs(items, N, &pairs);
        for (i = expected = 0; i < N; i++)
            for (k = i + 1; k < N; k++)
                expected +=
                    related_why(&items[i], &items[k]).score >= RELATED_LEAST;
        assert_int_equal(n, expected);
        for (i = 0; i < n; i++) {
            struct related_why w =
                related_why(&items[pairs[i].a], &items[pairs[i].b]);

            assert_true(pairs[i].a < pairs[i].b);
            assert_memory_equal(&w, &pairs[i].why, sizeof w);
            if (i > 0)
                assert_true(pairs[i - 1].why.score >= w.score);
            for (k = 0; k < i; k++)
                assert_false(pairs[k].a == pairs[i].a &&
                             pairs[k].b == pairs[i].b);
        }
        free(pairs);
    }
}

static void any_two_of_a_group_are_a_pair_and_the_best_pair_is_in_one(
    void **unused)
{
    enum { N = 60 };
    struct related_item items[N];
    struct related_pair *pairs;
    size_t group[N], n, groups, i, k;
    unsigned round, larger = 0;

    (void)unused;
    for (round = 0; round < 100; round++) {
        for (i = 0; i < N; i++)
            items[i] = some_item(4000);
        n = related_pairs(items, N, &pairs);
        groups = related_groups(pairs, n, N, group);
        for (i = 0; i < N; i++) {
            size_t same = 0;

            assert_true(group[i] <= groups);
            for (k = 0; k < N; k++)
                if (k != i && group[i] != 0 && group[i] == group[k]) {
                    assert_true(related_why(&items[i], &items[k]).score >=
                                RELATED_LEAST);
                    same++;
                }
            assert_int_equal(same > 0, group[i] > 0);
            larger += same > 1;
        }
        assert_true(n == 0 || group[pairs[0].a] == group[pairs[0].b]);
        free(pairs);
    }
    assert_true(larger > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_same_both_ways_and_the_whole_with_itself),
        cmocka_unit_test(it_grows_with_every_nearness),
        cmocka_unit_test(one_thing_against_it_altogether_ends_it),
        cmocka_unit_test(metres_are_metres),
        cmocka_unit_test(the_quick_way_finds_what_comparing_all_finds),
        cmocka_unit_test(
            any_two_of_a_group_are_a_pair_and_the_best_pair_is_in_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
