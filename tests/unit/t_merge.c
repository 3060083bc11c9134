/* Cases of the merge that random histories seldom make; the rest is in
 * t_merge_laws.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/limits.h"
#include "sync/merge.h"
#include "tests/unit/model.h"

/* One adds what another, who had seen it from a third, took away. */
static void an_addition_beats_a_removal(void **state)
{
    struct arena mem = {0};
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 7, &mem);
    struct write w[3] = {{F_THEMES, words(&mem, "green"), {0}},
                         {F_THEMES, value_null(), words(&mem, "green")},
                         {F_THEMES, words(&mem, "green safety"), {0}}};
    struct changeset c = {.number = 1,
                          .area = 7,
                          .type = &model_types[0],
                          .record = id,
                          .writes_n = 1};
    struct shown s;
    uint32_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        c.device = i + 1;
        c.clock = i + 1;
        c.writes = &w[i];
        c.base_version = i == 1 ? 1 : 0; /* only the second saw the first */
        merge_apply(&r, &c, i + 1, &mem);
    }
    merge_show_record(&r, &mem, &s);
    assert_int_equal(r.fields[F_THEMES].n, 2);
    assert_true(value_has(&s.values[F_THEMES], bytes_of("green")));
    arena_free(&mem);
}

/* A field takes so many heads and no more; what would be too much is known
 * before it is done. */
static void there_is_a_limit_to_how_many_disagree(void **state)
{
    struct arena mem = {0};
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 7, &mem);
    struct write w = {F_TITLE, value_text("lamp"), {0}};
    struct changeset c = {.number = 1,
                          .area = 7,
                          .type = &model_types[0],
                          .record = id,
                          .writes = &w,
                          .writes_n = 1};

    (void)state;
    for (c.device = 1; c.device <= heads_per_field_max; c.device++) {
        assert_true(merge_fits(&r, &c));
        merge_apply(&r, &c, c.device, &mem);
    }
    assert_false(merge_fits(&r, &c));
    c.device = 7; /* its own earlier write makes room */
    c.number = 2;
    assert_true(merge_fits(&r, &c));
    arena_free(&mem);
}

/* Who goes on writing in a record that is deleted wants it back. */
static void a_write_that_saw_the_deletion_brings_the_record_back(void **state)
{
    struct arena mem = {0};
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 7, &mem);
    struct write w[2] = {{F_TITLE, value_text("lamp"), {0}},
                         {FIELD_DELETED, value_int(1), {0}}};
    struct changeset c = {.device = 1,
                          .number = 1,
                          .area = 7,
                          .type = &model_types[0],
                          .record = id,
                          .writes = &w[0],
                          .writes_n = 1};
    struct shown s;

    (void)state;
    merge_apply(&r, &c, 1, &mem);
    c.device = 2;
    c.base_version = 1;
    c.writes = &w[1];
    merge_apply(&r, &c, 2, &mem);
    merge_show_record(&r, &mem, &s);
    assert_true(s.deleted);
    c.device = 3;
    c.base_version = 2;
    c.writes = &w[0];
    merge_apply(&r, &c, 3, &mem);
    merge_show_record(&r, &mem, &s);
    assert_false(s.deleted);
    assert_int_equal(s.review, 0);
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_addition_beats_a_removal),
        cmocka_unit_test(there_is_a_limit_to_how_many_disagree),
        cmocka_unit_test(a_write_that_saw_the_deletion_brings_the_record_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
