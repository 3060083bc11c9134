/* How far a street round came, without saying which door. */
#include "client/coverage.h"
#include "tests/unit/face_stage.h"

static void visit(struct stage *s, const char *route, const char *address,
                  const char *result)
{
    free(saved(s, "door-visit",
               json_pack("{s:s, s:s, s:s}", "route", route, "address", address,
                         "result", result)));
}

static char *address(struct stage *s, const char *street, int number)
{
    return saved(
        s, "address",
        json_pack("{s:s, s:i}", "street", street, "house_number", number));
}

static size_t doors_with(const struct coverage *c, const char *result)
{
    const struct shape_choice *one =
        shape_choice_coded(c->list, bytes_of(result));

    assert_non_null(one);
    return c->results[one - c->list->choices];
}

static void the_last_visit_counts_for_a_door_and_each_door_once(void **state)
{
    struct stage *s = *state;
    struct coverage *all;
    char *route, *other, *door[4];
    struct err err;
    size_t n, i;

    ok(local_put(&s->l, "role", "lead", &err), &err);
    route = saved(
        s, "route",
        json_pack("{s:s, s:[s]}", "title", "A ronde", "streets", "Eikenlaan"));
    other = saved(
        s, "route",
        json_pack("{s:s, s:[s]}", "title", "B ronde", "streets", "Beukenlaan"));
    for (i = 0; i < 3; i++)
        door[i] = address(s, "Eikenlaan", 5001 + (int)i);
    door[3] = address(s, "Lindelaan", 5001);
    visit(s, route, door[0], "niet_thuis");
    visit(s, route, door[0], "gesprek");
    visit(s, route, door[1], "niet_thuis");
    visit(s, route, door[3], "weigering"); /* of no street of the round */
    ok(coverage_all(&app, 0, &all, &n, &err), &err);
    assert_int_equal(n, 2);
    assert_string_equal(all[0].title, "A ronde");
    assert_int_equal(all[0].doors, 4);
    assert_int_equal(all[0].visited, 3);
    assert_int_equal(all[0].visits, 4);
    assert_int_equal(doors_with(&all[0], "gesprek"), 1);
    assert_int_equal(doors_with(&all[0], "niet_thuis"), 1);
    assert_int_equal(doors_with(&all[0], "weigering"), 1);
    assert_int_equal(all[1].doors, 0);
    assert_int_equal(all[1].visits, 0);
    free(all);
    arena_reset(&app.mem);
    free(route);
    free(other);
    for (i = 0; i < 4; i++)
        free(door[i]);
}

static void a_round_of_another_area_is_not_counted(void **state)
{
    struct stage *s = *state;
    struct coverage *all;
    struct err err;
    size_t n;

    ok(local_put(&s->l, "role", "lead", &err), &err);
    free(saved(s, "route", json_pack("{s:s}", "title", "A ronde")));
    ok(coverage_all(&app, 999, &all, &n, &err), &err);
    assert_int_equal(n, 0);
    free(all);
    arena_reset(&app.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_last_visit_counts_for_a_door_and_each_door_once),
        CASE(a_round_of_another_area_is_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
