/* The rules by which a cell is told, one by one (disclosure.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "server/disclosure.h"

/* One neighbourhood in one month: all records, and three labels of which the
 * first is sensitive. */
enum { COLUMNS = 4 };

struct one {
    uint32_t place[1], counts[COLUMNS];
    struct who who[COLUMNS];
    struct grouping areas[1], periods[1];
    struct column columns[COLUMNS];
    struct label_field field;
    struct family f;
    struct cell cells[COLUMNS];
};

static void decide(struct one *o, const uint32_t *counts, unsigned collectors,
                   const char *name)
{
    struct disclosure_stop go_on = {0};
    struct disclosure_stats stats;
    size_t i;
    unsigned k;

    *o = (struct one){.columns = {{"all", false},
                                  {"health", true},
                                  {"green", false},
                                  {"none", false}},
                      .field = {1, 3, false}};
    for (i = 0; i < COLUMNS; i++) {
        o->counts[i] = counts[i];
        for (k = 0; k < collectors; k++)
            who_add(&o->who[i], k + 1);
    }
    o->areas[0] = (struct grouping){name, o->place, 1, false};
    o->periods[0] = (struct grouping){"month", o->place, 1, false};
    o->f = (struct family){.places_n = 1,
                           .months_n = 1,
                           .areas = o->areas,
                           .areas_n = 1,
                           .periods = o->periods,
                           .periods_n = 1,
                           .columns = o->columns,
                           .columns_n = COLUMNS,
                           .fields = &o->field,
                           .fields_n = 1,
                           .counts = o->counts,
                           .who = o->who};
    assert_true(disclosure_decide(&o->f, &disclosure_rules, bytes_of("key"),
                                  &go_on, o->cells, &stats));
}

static void a_cell_rounds_by_its_name_and_not_by_what_is_in_it(void **state)
{
    struct one o;
    uint32_t n, before = 0, steps = 0;

    (void)state;
    for (n = 100; n < 200; n++) {
        decide(&o, (uint32_t[]){n, 30, n - 30, 0}, 5, "a");
        assert_int_equal(o.cells[0].status, CELL_FREE);
        assert_int_equal(o.cells[0].figure % DISCLOSURE_BASE, 0);
        assert_in_range(o.cells[0].figure, n - 4, n + 4);
        /* With one r for ever a figure grows by 5 at every fifth. */
        if (n > 100) {
            assert_in_range(o.cells[0].figure - before, 0, DISCLOSURE_BASE);
            steps += o.cells[0].figure != before;
        }
        before = o.cells[0].figure;
    }
    assert_in_range(steps, 19, 20);
}

static void cells_of_other_names_round_otherwise(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct one o;
    unsigned low = 0, high = 0;
    size_t i;

    (void)state;
    for (i = 0; i < countof(names); i++) {
        decide(&o, (uint32_t[]){102, 30, 72, 0}, 5, names[i]);
        low += o.cells[0].figure == 100;
        high += o.cells[0].figure == 105;
    }
    assert_int_equal(low + high, countof(names));
    assert_true(low > 0 && high > 0);
}

static void a_label_that_a_whole_group_has_is_not_told_if_it_is_sensitive(
    void **state)
{
    struct one o;

    (void)state;
    decide(&o, (uint32_t[]){100, 95, 5, 0}, 5, "a");
    assert_int_equal(o.cells[1].status, CELL_WITHHELD);
    decide(&o, (uint32_t[]){100, 20, 80, 0}, 5, "a");
    assert_int_equal(o.cells[1].status, CELL_FREE);
}

static void what_two_people_heard_is_not_told(void **state)
{
    struct one o;

    (void)state;
    decide(&o, (uint32_t[]){100, 30, 70, 0}, 2, "a");
    assert_int_equal(o.cells[0].status, CELL_WITHHELD);
    assert_int_equal(o.cells[2].status, CELL_WITHHELD);
    decide(&o, (uint32_t[]){100, 30, 70, 0}, 3, "a");
    assert_int_equal(o.cells[0].status, CELL_FREE);
}

static void what_an_earlier_state_withheld_stays_withheld(void **state)
{
    static const uint8_t before[COLUMNS] = {BEFORE_FREE, BEFORE_NOTHING,
                                            BEFORE_WITHHELD, BEFORE_NOTHING};
    struct disclosure_stop go_on = {0};
    struct disclosure_stats stats;
    struct one o;

    (void)state;
    decide(&o, (uint32_t[]){100, 30, 70, 0}, 5, "a");
    assert_int_equal(o.cells[2].status, CELL_FREE);
    o.f.before = before;
    assert_true(disclosure_decide(&o.f, &disclosure_rules, bytes_of("key"),
                                  &go_on, o.cells, &stats));
    assert_int_equal(o.cells[0].status, CELL_FREE);
    assert_int_equal(o.cells[2].status, CELL_WITHHELD);
}

static void some_small_cells_say_no_more_than_withheld(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f",
                                        "g", "h", "i", "j", "k", "l"};
    unsigned small = 0, withheld = 0;
    size_t i;

    (void)state;
    for (i = 0; i < countof(names); i++)
        if (disclosure_small(&disclosure_rules, bytes_of("key"), names[i],
                             "month", "all") == CELL_SMALL)
            small++;
        else
            withheld++;
    assert_true(small > withheld && withheld > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_rounds_by_its_name_and_not_by_what_is_in_it),
        cmocka_unit_test(cells_of_other_names_round_otherwise),
        cmocka_unit_test(
            a_label_that_a_whole_group_has_is_not_told_if_it_is_sensitive),
        cmocka_unit_test(what_two_people_heard_is_not_told),
        cmocka_unit_test(what_an_earlier_state_withheld_stays_withheld),
        cmocka_unit_test(some_small_cells_say_no_more_than_withheld),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
