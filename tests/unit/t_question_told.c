/* No question knows more than was decided to be told. */
#define _GNU_SOURCE
#include "tests/unit/parts_stage.h"

#include "server/period.h"

enum { TOWNS = 2, ASKED = 300, MONTHS = 3 };

static const char *const types[] = {"signal",     "conversation", "door-visit",
                                    "initiative", "activity",     "follow-up"};

/* A value of a parameter, mostly a right one; NULL: not given. */
static const char *some_value(const char *name, struct dice *d)
{
    static const char *const layers[] = {"neighbourhood", "district", "team",
                                         "half",          "street",   NULL};
    static const char *const periods[] = {"2025",    "2025Q1",  "2025-01",
                                          "2025-02", "2025-03", "2025-04",
                                          "2025-1",  NULL,      NULL};
    static const char *const fields[] = {
        "themes", "type", "status", "result", "mood", "theme",
        "phase",  NULL,   NULL,     "people", "kind", "themes"};
    static const char *const bys[] = {"theme", "activity-category", "x", NULL};

    if (strcmp(name, "type") == 0)
        return types[roll(d, countof(types))];
    if (strcmp(name, "layer") == 0)
        return layers[roll(d, countof(layers))];
    if (strcmp(name, "period") == 0)
        return periods[roll(d, countof(periods))];
    if (strcmp(name, "field") == 0)
        return fields[roll(d, countof(fields))];
    if (strcmp(name, "by") == 0)
        return bys[roll(d, countof(bys))];
    return NULL;
}

/* Everything that is asked, one answer after the other. */
static const char *ask_much(struct stage *s, uint64_t seed, size_t *answered,
                            struct arena *mem)
{
    struct dice d = dice_of(seed);
    struct buf all = buf_make(SIZE_MAX);
    const char *out;
    size_t i, k;

    *answered = 0;
    for (i = 0; i < ASKED; i++) {
        const struct question *q = questions[roll(&d, questions_n)];
        const char *values[QUESTION_PARAMS_MAX] = {0};
        const char *text;

        for (k = 0; k < q->params_n; k++)
            values[k] = some_value(q->params[k].name, &d);
        text = answer_text(s, q, values, roll(&d, 2) ? LANG_NL : LANG_EN, mem);
        *answered += strchr(text, '\n') != NULL;
        buf_printf(&all, "%s\n%s\n", q->name, text);
    }
    out = arena_text(mem, (const char *)all.p, all.n);
    buf_free(&all);
    return out;
}

/* Everything that is counted, and not decided, becomes something else. */
static void replace_what_was_counted(struct stage *s, struct dice *d)
{
    struct err err;
    unsigned month;
    size_t i;

    ok(db_run(s->s.db, SQL("DELETE FROM count_part"), &err), &err);
    for (month = 1; month <= MONTHS; month++)
        for (i = 0; i < countof(types); i++)
            parts_month(s, types[i], 2025, month, 9, d);
    fill(s);
}

static void answers_follow_from_what_was_told_alone(void **state)
{
    struct stage *s = *state;
    uint64_t seed;

    for (seed = 1; seed <= TOWNS; seed++) {
        struct arena mem = {0};
        struct dice d = dice_of(seed);
        const char *before, *after;
        size_t answered, again;

        if (seed > 1) {
            tear_down(state);
            begin(state);
            s = *state;
        }
        parts_town(s, types, countof(types), 2025, MONTHS, seed == 1 ? 6 : 25,
                   &d);
        before = ask_much(s, seed, &answered, &mem);
        assert_true(answered > ASKED / 4);
        assert_non_null(strstr(before, ",F"));
        assert_non_null(strstr(before, ",C"));
        replace_what_was_counted(s, &d);
        after = ask_much(s, seed, &again, &mem);
        assert_int_equal(answered, again);
        assert_string_equal(before, after);
        arena_free(&mem);
    }
}

/* All figures that stand in an answer are told, or it says that they are not.
 */
static void what_has_no_figure_says_why(void **state)
{
    struct stage *s = *state;
    struct dice d = dice_of(7);
    size_t i, k, row, seen = 0;

    parts_town(s, types, countof(types), 2025, MONTHS, 20, &d);
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];
        struct question_asked a = {.store = &s->s, .lang = LANG_NL};
        struct arena mem = {0};
        struct dataset t;
        struct err err;

        for (k = 0; k < q->params_n; k++)
            a.values[k] = strcmp(q->params[k].name, "type") == 0 ? "signal"
                          : strcmp(q->params[k].name, "layer") == 0
                              ? "neighbourhood"
                          : strcmp(q->params[k].name, "period") == 0 ? "2025-03"
                                                                     : NULL;
        if (question_answer(q, &a, &mem, &t, &err) != RC_OK)
            fail_msg("%s: %s", q->name, err.text);
        assert_int_equal(t.cells_n % t.columns_n, 0);
        assert_true(dataset_rows(&t) > 0 || q == &question_voting_results);
        for (row = 0; row < dataset_rows(&t); row++)
            for (k = 0; k < t.columns_n; k++) {
                const char *status = dataset_cell(&t, row, k);

                if (t.columns[k].kind != COLUMN_STATUS || status == NULL)
                    continue;
                seen++;
                assert_true((status[0] == 'F') ==
                            (dataset_cell(&t, row, k - 2) != NULL));
                assert_true((status[0] == 'C') ==
                            (dataset_cell(&t, row, k - 1) != NULL));
            }
        arena_free(&mem);
    }
    assert_true(seen > 100);
}

/* How many there were of a month, in truth. */
static double counted(struct stage *s, const char *month, const char *field,
                      const char *label)
{
    struct db_query *q =
        db_query(s->s.db, SQL("SELECT coalesce(sum(n), 0) AS n FROM count_part"
                              " WHERE type = 'signal' AND month = :month"
                              " AND field = :field AND label = :label"));
    struct period p;
    struct err err;
    double n = 0;

    assert_true(period_read(month, &p));
    db_bind_i64(q, "month", 12 * (int64_t)p.year + p.first);
    db_bind_text(q, "field", field);
    db_bind_text(q, "label", label);
    if (db_row(q))
        n = (double)db_i64(q, "n");
    ok(db_done(q, &err), &err);
    return n;
}

static const char *cell(const struct dataset *d, size_t row, const char *name)
{
    size_t at = dataset_column_named(d, name);

    assert_true(at < d->columns_n);
    return dataset_cell(d, row, at);
}

static double decimal(const struct dataset *d, size_t row, const char *name,
                      double unless)
{
    const char *text = cell(d, row, name);

    return text == NULL ? unless : atof(text);
}

static void what_is_said_of_a_change_holds_for_what_was_counted(void **state)
{
    struct stage *s = *state;
    struct question_asked a = {.store = &s->s,
                               .values = {"signal", "type", NULL, "2025-03"}};
    struct dice d = dice_of(11);
    struct arena mem = {0};
    struct dataset t;
    struct err err;
    size_t row, seen[4] = {0};
    static const char *const words[] = {"unclear", "new", "grew", "fell"};
    static const unsigned most[] = {8, 8, 40};
    unsigned m;

    renew(s, ms_of(2025, 1, 2));
    ok(db_begin(s->s.db, &err), &err);
    for (m = 0; m < countof(most); m++)
        parts_month(s, "signal", 2025, m + 1, most[m], &d);
    ok(db_end(s->s.db, RC_OK, &err), &err);
    renew(s, ms_of(2025, 4, 2));
    ok(question_answer(&question_changes, &a, &mem, &t, &err), &err);
    for (row = 0; row < dataset_rows(&t); row++) {
        const char *field = cell(&t, row, "field"),
                   *label = cell(&t, row, "label"),
                   *change = cell(&t, row, "change");
        double now = counted(s, "2025-03", field == NULL ? "" : field,
                             label == NULL ? "" : label);
        double was =
            counted(s, cell(&t, row, "comparedWith"),
                    field == NULL ? "" : field, label == NULL ? "" : label);
        size_t i;

        assert_true(now - was >= decimal(&t, row, "differenceLow", -1e9));
        assert_true(now - was <= decimal(&t, row, "differenceHigh", 1e9));
        for (i = 0; strcmp(words[i], change) != 0; i++)
            ;
        seen[i]++;
        if (strcmp(change, "grew") == 0)
            assert_true(now > was && decimal(&t, row, "growthLow", -1) > 0);
        if (strcmp(change, "fell") == 0)
            assert_true(now < was && decimal(&t, row, "growthHigh", 1) < 0);
        if (strcmp(change, "new") == 0)
            assert_true(cell(&t, row, "before") == NULL &&
                        cell(&t, row, "beforeStatus")[0] == 'C' &&
                        cell(&t, row, "count") != NULL);
    }
    assert_true(seen[0] > 0 && seen[1] > 0 && seen[2] > 0);
    arena_free(&mem);
}

static void nothing_earlier_to_compare_with_is_said(void **state)
{
    struct stage *s = *state;
    struct question_asked a = {.store = &s->s,
                               .values = {"signal", NULL, NULL, "2025-01"}};
    struct dice d = dice_of(3);
    struct arena mem = {0};
    struct dataset t;
    struct err err;
    static const char *const signal[] = {"signal"};

    parts_town(s, signal, 1, 2025, 1, 20, &d);
    assert_int_equal(question_answer(&question_changes, &a, &mem, &t, &err),
                     RC_NOTFOUND);
    assert_non_null(strstr(err.text, "2024-12"));
    arena_free(&mem);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(answers_follow_from_what_was_told_alone),
        CASE(what_has_no_figure_says_why),
        CASE(what_is_said_of_a_change_holds_for_what_was_counted),
        CASE(nothing_earlier_to_compare_with_is_said),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
