/* Questions are declared once, and answered in every way alike. */
#define _GNU_SOURCE
#include "tests/unit/counts_stage.h"

#include <ctype.h>
#include <jansson.h>

#include "server/csv.h"
#include "server/question.h"

static bool is_camel(const char *name)
{
    size_t i;

    for (i = 0; name[i] != '\0'; i++)
        if (!isalnum((unsigned char)name[i]))
            return false;
    return islower((unsigned char)name[0]);
}

static bool is_kebab(const char *name)
{
    size_t i;

    for (i = 0; name[i] != '\0'; i++)
        if (!islower((unsigned char)name[i]) &&
            (name[i] != '-' || i == 0 || name[i + 1] == '\0'))
            return false;
    return i > 1 && name[i - 1] == 's';
}

static void declarations_keep_the_rules_of_names(void **state)
{
    size_t i, k;

    (void)state;
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];

        assert_true(is_kebab(q->name));
        assert_ptr_equal(question_named(q->name), q);
        assert_true(q->params_n <= QUESTION_PARAMS_MAX);
        for (k = 0; k < q->params_n; k++)
            assert_true(is_camel(q->params[k].name));
        assert_true(q->columns_n > 0);
        for (k = 0; k < q->columns_n; k++) {
            const struct dataset_column *c = &q->columns[k];
            struct dataset d;

            assert_true(is_camel(c->name));
            dataset_begin(&d, q->columns, q->columns_n, NULL);
            assert_int_equal(dataset_column_named(&d, c->name), k);
            if (c->kind != COLUMN_FIGURE)
                continue;
            assert_true(k + 2 < q->columns_n);
            assert_int_equal(c[1].kind, COLUMN_BELOW);
            assert_int_equal(c[2].kind, COLUMN_STATUS);
        }
    }
}

static void what_is_asked_wrongly_is_refused_with_what_there_is(void **state)
{
    struct stage *s = *state;
    struct question_asked a = {.store = &s->s};
    struct arena mem = {0};
    struct dataset d;
    struct err err;

    assert_null(question_named("count"));
    assert_int_equal(question_take(&question_counts, "kind", "x", &a, &err),
                     RC_INVALID);
    assert_non_null(strstr(err.text, "type, field, layer, period"));
    assert_int_equal(question_answer(&question_counts, &a, &mem, &d, &err),
                     RC_INVALID);
    assert_non_null(strstr(err.text, "type=signal"));
    ok(question_take(&question_counts, "type", "signal", &a, &err), &err);
    assert_int_equal(
        question_take(&question_counts, "type", "conversation", &a, &err),
        RC_INVALID);
    assert_int_equal(question_take(&question_periods, "type", "x", &a, &err),
                     RC_INVALID);
    assert_int_equal(question_answer(&question_counts, &a, &mem, &d, &err),
                     RC_NOTFOUND);
    arena_free(&mem);
}

static void ask_counts(struct stage *s, enum lang lang, struct arena *mem,
                       struct dataset *out)
{
    struct question_asked a = {.store = &s->s, .lang = lang};
    struct err err;

    ok(question_take(&question_counts, "type", "signal", &a, &err), &err);
    ok(question_take(&question_counts, "field", "themes", &a, &err), &err);
    ok(question_take(&question_counts, "layer", "neighbourhood", &a, &err),
       &err);
    ok(question_answer(&question_counts, &a, mem, out, &err), &err);
}

static void json_and_csv_say_the_same(void **state)
{
    struct stage *s = *state;
    struct buf json = buf_make(SIZE_MAX), csv = buf_make(SIZE_MAX);
    struct arena mem = {0};
    struct dataset d;
    struct csv read;
    struct err err;
    json_error_t fault;
    json_t *list;
    size_t row, i;
    char *text;

    fill(s);
    renew(s, ms_of(2026, 4, 2));
    ask_counts(s, LANG_EN, &mem, &d);
    assert_true(dataset_rows(&d) > 4);
    assert_int_equal(d.cells_n % d.columns_n, 0);
    dataset_json(&d, &json);
    dataset_csv(&d, &csv);
    list = json_loadb((const char *)json.p, json.n, 0, &fault);
    assert_non_null(list);
    assert_int_equal(json_array_size(list), dataset_rows(&d));
    text = arena_text(&mem, (const char *)csv.p, csv.n);
    ok(csv_open(text, &read, &err), &err);
    for (row = 0; csv_row(&read); row++)
        for (i = 0; i < d.columns_n; i++) {
            const char *name = d.columns[i].name;
            const json_t *v = json_object_get(json_array_get(list, row), name);
            const char *cell = csv_cell(&read, name, name);

            assert_non_null(v);
            if (json_is_null(v))
                assert_string_equal(cell, "");
            else if (json_is_integer(v))
                assert_int_equal(json_integer_value(v), atoll(cell));
            else
                assert_string_equal(json_string_value(v), cell);
        }
    ok(csv_end(&read, &err), &err);
    assert_int_equal(row, dataset_rows(&d));
    json_decref(list);
    buf_free(&json);
    buf_free(&csv);
    arena_free(&mem);
}

static void what_is_not_told_has_no_figure(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct dataset d;
    size_t row, at, told = 0, small = 0;

    fill(s);
    renew(s, ms_of(2026, 4, 2));
    ask_counts(s, LANG_NL, &mem, &d);
    at = dataset_column_named(&d, "count");
    for (row = 0; row < dataset_rows(&d); row++) {
        const char *count = dataset_cell(&d, row, at);
        const char *below = dataset_cell(&d, row, at + 1);
        char status = dataset_cell(&d, row, at + 2)[0];

        assert_true((count != NULL) == (status == 'F'));
        assert_true((below != NULL) == (status == 'C'));
        told += status == 'F';
        small += status == 'C';
    }
    assert_true(told > 0 && small > 0);
    arena_free(&mem);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(declarations_keep_the_rules_of_names),
        CASE(what_is_asked_wrongly_is_refused_with_what_there_is),
        CASE(json_and_csv_say_the_same),
        CASE(what_is_not_told_has_no_figure),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
