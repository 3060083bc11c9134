/* What is merged is counted, and of that only what may be told is told. */
#define _GNU_SOURCE
#include "tests/unit/counts_stage.h"

/* What was counted: signals of a month in a place with a label. */
static int64_t part(struct stage *s, int year, unsigned month,
                    const char *place, const char *field, const char *label)
{
    struct db_query *q =
        db_query(s->s.db, SQL("SELECT coalesce(sum(n), 0) AS n FROM count_part"
                              " WHERE type = 'signal' AND month = :month"
                              " AND place = :place AND field = :field"
                              " AND label = :label"));
    struct err err;
    int64_t n = 0;

    db_bind_i64(q, "month", 12 * (int64_t)year + month - 1);
    db_bind_text(q, "place", place);
    db_bind_text(q, "field", field);
    db_bind_text(q, "label", label);
    if (db_row(q))
        n = db_i64(q, "n");
    ok(db_done(q, &err), &err);
    return n;
}

static void a_record_counts_in_its_month_and_where_it_says_it_is(void **state)
{
    struct stage *s = *state;
    static const struct said by_code = {
        .place = "2022BU00010000", .point = "53.05,6.15", .theme = "groen"};
    static const struct said by_point = {.point = "53.05,6.15"};
    static const struct said outside = {.point = "10.05,6.15"};
    static const struct said nowhere = {.place = "2022BU00019999",
                                        .type = "zorg"};

    tell(s, "signal", made(ms_of(2026, 1, 31), 1), &by_code);
    tell(s, "signal", made(ms_of(2026, 2, 1), 2), &by_code);
    tell(s, "signal", made(ms_of(2026, 2, 1), 3), &by_point);
    tell(s, "signal", made(ms_of(2026, 2, 1), 4), &outside);
    tell(s, "signal", made(ms_of(2026, 2, 1), 5), &nowhere);
    renew(s, ms_of(2026, 2, 15));
    assert_int_equal(part(s, 2026, 1, "BU00010000", "", ""), 1);
    assert_int_equal(part(s, 2026, 2, "BU00010000", "", ""), 1);
    assert_int_equal(part(s, 2026, 2, "BU00010001", "", ""), 1);
    /* Else in the neighbourhood of its area of work. */
    assert_int_equal(part(s, 2026, 2, "BU00010101", "", ""), 2);
    assert_int_equal(part(s, 2026, 2, "BU00010000", "themes", "groen"), 1);
    assert_int_equal(part(s, 2026, 2, "BU00010001", "themes", ""), 1);
    assert_int_equal(part(s, 2026, 2, "BU00010101", "type", "zorg"), 1);
    assert_int_equal(part(s, 2026, 2, "BU00010101", "type", ""), 1);
}

static void what_is_gone_or_not_for_analysis_does_not_count(void **state)
{
    struct stage *s = *state;
    static const struct said here = {.place = "2022BU00010000",
                                     .theme = "groen"};
    static const struct said gone = {.deleted = true};
    struct id one = made(ms_of(2026, 1, 5), 1),
              two = made(ms_of(2026, 1, 5), 2);
    struct said seen = here;
    struct rows_name name = {.area = 1};
    struct erased done;
    struct err err;

    tell(s, "signal", one, &here);
    tell(s, "signal", two, &here);
    seen.visibility = "team";
    tell(s, "signal", made(ms_of(2026, 1, 5), 3), &seen);
    seen.visibility = "analyse";
    tell(s, "signal", made(ms_of(2026, 1, 5), 4), &seen);
    renew(s, ms_of(2026, 2, 15));
    assert_int_equal(part(s, 2026, 1, "BU00010000", "", ""), 3);
    assert_int_equal(part(s, 2026, 1, "BU00010000", "visibility", "team"), 0);
    tell(s, "signal", one, &gone);
    assert_int_equal(renew(s, ms_of(2026, 2, 15)).areas, 1);
    assert_int_equal(part(s, 2026, 1, "BU00010000", "", ""), 2);
    name.id = two;
    name.type = s->signal;
    ok(erase_records(s->dir, &s->s, &name, 1, s->now_ms, &done, &err), &err);
    renew(s, ms_of(2026, 2, 15));
    assert_int_equal(part(s, 2026, 1, "BU00010000", "", ""), 1);
    assert_int_equal(part(s, 2026, 1, "BU00010000", "themes", "groen"), 1);
    assert_int_equal(renew(s, ms_of(2026, 2, 15)).areas, 0);
}

/* -- what is told -------------------------------------------------------- */

static enum rc ask(struct stage *s, const char *field, const char *layer,
                   const char *period, struct arena *mem,
                   struct counts_table *out, struct err *err)
{
    struct counts_query q = {"signal", field, layer, period};

    return counts_ask(&s->s, &q, mem, out, err);
}

static const struct counts_row *row(const struct counts_table *t,
                                    const char *area, bool all,
                                    const char *label)
{
    size_t i;

    for (i = 0; i < t->rows_n; i++)
        if (strcmp(t->rows[i].area, area) == 0 && t->rows[i].all == all &&
            strcmp(t->rows[i].label, label) == 0)
            return &t->rows[i];
    fail_msg("no row of \"%s\" \"%s\"", area, label);
    return NULL;
}

static void near_to(const struct counts_row *r, uint32_t n)
{
    assert_int_equal(r->cell.status, CELL_FREE);
    assert_int_equal(r->cell.figure % DISCLOSURE_BASE, 0);
    assert_true(r->cell.figure + 4 >= n && r->cell.figure <= n + 4);
}

static void figures_are_near_and_small_ones_are_only_small(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct counts_table t;
    const struct counts_row *r;
    struct err err;

    fill(s);
    renew(s, ms_of(2026, 4, 2));
    ok(ask(s, NULL, NULL, NULL, &mem, &t, &err), &err);
    assert_string_equal(t.period, "2026Q1");
    assert_int_equal(t.rows_n, 1);
    near_to(&t.rows[0], 423);
    ok(ask(s, "theme", "neighbourhood", "2026Q1", &mem, &t, &err), &err);
    assert_int_equal(t.regions, 2022);
    near_to(row(&t, "BU00010000", true, ""), 240);
    near_to(row(&t, "BU00010001", true, ""), 180);
    r = row(&t, "BU00010100", true, "");
    assert_int_not_equal(r->cell.status, CELL_FREE);
    assert_int_equal(r->threshold, 5);
    r = row(&t, "BU00010100", false, "groen");
    assert_int_not_equal(r->cell.status, CELL_FREE);
    assert_int_equal(r->threshold, 10);
    /* Nobody is in the west, which is not told either. */
    assert_int_not_equal(row(&t, "BU00010101", true, "")->cell.status,
                         CELL_FREE);
    arena_free(&mem);
}

static bool alike(const struct counts_table *a, const struct counts_table *b)
{
    size_t i;

    if (a->rows_n != b->rows_n)
        return false;
    for (i = 0; i < a->rows_n; i++)
        if (a->rows[i].cell.status != b->rows[i].cell.status ||
            a->rows[i].cell.figure != b->rows[i].cell.figure)
            return false;
    return true;
}

static void what_is_told_changes_with_the_month_and_never_by_asking(
    void **state)
{
    struct stage *s = *state;
    static const struct said more = {
        .place = "2022BU00010000", .type = "zorg", .theme = "groen"};
    struct arena mem = {0};
    struct counts_table before, t;
    struct err err;

    fill(s);
    assert_true(renew(s, ms_of(2026, 4, 2)).states > 0);
    ok(ask(s, "themes", "neighbourhood", "2026Q1", &mem, &before, &err), &err);
    tell_many(s, ms_of(2026, 1, 10), 700, 20, &more);
    assert_int_equal(renew(s, ms_of(2026, 4, 30)).states, 0);
    assert_int_equal(part(s, 2026, 1, "BU00010000", "", ""), 100);
    ok(ask(s, "themes", "neighbourhood", "2026Q1", &mem, &t, &err), &err);
    assert_true(alike(&before, &t));
    assert_true(renew(s, ms_of(2026, 5, 1)).states > 0);
    ok(ask(s, "themes", "neighbourhood", "2026Q1", &mem, &t, &err), &err);
    near_to(row(&t, "BU00010000", true, ""), 260);
    assert_false(alike(&before, &t));
    /* The same cell, whatever the question: a quarter of the town. */
    ok(ask(s, NULL, NULL, "2026Q1", &mem, &before, &err), &err);
    ok(ask(s, "type", NULL, "2026Q1", &mem, &t, &err), &err);
    assert_int_equal(before.rows[0].cell.figure, t.rows[0].cell.figure);
    ok(ask(s, NULL, "municipality", "2026Q1", &mem, &t, &err), &err);
    arena_free(&mem);
}

static void a_year_is_final_90_days_after_its_end(void **state)
{
    struct stage *s = *state;
    static const struct said more = {
        .place = "2022BU00010000", .type = "zorg", .theme = "groen"};
    struct arena mem = {0};
    struct counts_table first, t;
    struct err err;

    fill(s);
    assert_true(renew(s, ms_of(2027, 1, 2)).states > 0);
    ok(ask(s, "theme", "neighbourhood", "2026-01", &mem, &first, &err), &err);
    assert_false(first.final);
    tell_many(s, ms_of(2026, 1, 10), 700, 20, &more);
    /* A year begins in between, but of this one no month is new. */
    renew(s, ms_of(2027, 3, 30));
    ok(ask(s, "theme", "neighbourhood", "2026-01", &mem, &t, &err), &err);
    assert_true(alike(&first, &t));
    renew(s, ms_of(2027, 4, 2));
    ok(ask(s, "theme", "neighbourhood", "2026-01", &mem, &first, &err), &err);
    assert_true(first.final);
    assert_false(alike(&first, &t));
    ok(ask(s, NULL, NULL, "2026-01", &mem, &t, &err), &err);
    near_to(row(&t, "", true, ""), 163);
    tell_many(s, ms_of(2026, 1, 10), 800, 20, &more);
    renew(s, ms_of(2027, 9, 2));
    ok(ask(s, "theme", "neighbourhood", "2026-01", &mem, &t, &err), &err);
    assert_true(alike(&first, &t));
    arena_free(&mem);
}

/* Yes from the nth time on. */
static bool at_the_nth(void *ctx)
{
    unsigned *left = ctx;

    if (*left > 0)
        --*left;
    return *left == 0;
}

/* Figures of January, as each of three months is over, and the quarter. */
static void what_was_withheld_stays_so_and_what_was_told_stays_told(
    void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct counts_table first, t;
    size_t withheld = 0, i;
    unsigned month;
    struct err err;

    fill(s);
    renew(s, ms_of(2026, 2, 2));
    ok(ask(s, "theme", "neighbourhood", "2026-01", &mem, &first, &err), &err);
    for (i = 0; i < first.rows_n; i++)
        withheld += first.rows[i].cell.status == CELL_WITHHELD;
    assert_true(withheld > 0 && withheld < first.rows_n);
    for (month = 3; month <= 5; month++) {
        assert_true(renew(s, ms_of(2026, month, 2)).states > 0);
        ok(ask(s, "theme", "neighbourhood", "2026-01", &mem, &t, &err), &err);
        assert_true(alike(&first, &t));
    }
    arena_free(&mem);
}

static void what_is_stopped_tells_nothing_half(void **state)
{
    struct stage *s = *state;
    unsigned left, n;
    struct disclosure_stop stop = {at_the_nth, &left};
    struct arena mem = {0};
    struct counts_table t;
    struct err err;

    fill(s);
    for (n = 1; n < 2000; n *= 3) {
        left = n;
        assert_int_equal(renew_until(s, ms_of(2026, 4, 2), &stop).states, 0);
        assert_int_equal(ask(s, NULL, NULL, NULL, &mem, &t, &err), RC_NOTFOUND);
    }
    assert_true(renew(s, ms_of(2026, 4, 2)).states > 0);
    ok(ask(s, NULL, NULL, NULL, &mem, &t, &err), &err);
    arena_free(&mem);
}

static void what_is_not_over_and_not_for_analysts_cannot_be_asked(void **state)
{
    struct stage *s = *state;
    static const char *const periods[] = {"2026-04", "2026Q2", "2026", "2025",
                                          "2027Q1"};
    static const char *const bad[] = {"",        "26",      "2026Q5",
                                      "2026Q0",  "2026-0",  "2026-13",
                                      "2026-1x", "2026Q1 ", "2026-"};
    struct counts_query apart = {.type = "person"};
    struct counts_query consent = {.type = "consent"};
    struct arena mem = {0};
    struct counts_table t;
    struct err err;
    size_t i;

    fill(s);
    assert_int_equal(ask(s, NULL, NULL, NULL, &mem, &t, &err), RC_NOTFOUND);
    renew(s, ms_of(2026, 4, 2));
    for (i = 0; i < countof(periods); i++)
        assert_int_equal(ask(s, NULL, NULL, periods[i], &mem, &t, &err),
                         RC_NOTFOUND);
    for (i = 0; i < countof(bad); i++)
        assert_int_equal(ask(s, NULL, NULL, bad[i], &mem, &t, &err),
                         RC_INVALID);
    assert_int_equal(ask(s, "title", NULL, NULL, &mem, &t, &err), RC_INVALID);
    assert_int_equal(ask(s, "reporter", NULL, NULL, &mem, &t, &err),
                     RC_INVALID);
    assert_int_equal(ask(s, NULL, "street", NULL, &mem, &t, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "team"));
    assert_int_equal(counts_ask(&s->s, &apart, &mem, &t, &err), RC_INVALID);
    assert_int_equal(counts_ask(&s->s, &consent, &mem, &t, &err), RC_INVALID);
    arena_free(&mem);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_record_counts_in_its_month_and_where_it_says_it_is),
        CASE(what_is_gone_or_not_for_analysis_does_not_count),
        CASE(figures_are_near_and_small_ones_are_only_small),
        CASE(what_is_told_changes_with_the_month_and_never_by_asking),
        CASE(a_year_is_final_90_days_after_its_end),
        CASE(what_was_withheld_stays_so_and_what_was_told_stays_told),
        CASE(what_is_stopped_tells_nothing_half),
        CASE(what_is_not_over_and_not_for_analysts_cannot_be_asked),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
