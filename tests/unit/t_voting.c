/* What a vote chose, told when it is confirmed, as it was counted. */
#define _GNU_SOURCE
#include "server/question.h"
#include "tests/unit/counts_stage.h"

static unsigned made_n;

static struct id next_id(void)
{
    return made(ms_of(2026, 1, 10), ++made_n);
}

struct writing {
    struct stage *s;
    struct changeset c;
    struct write w[8];
};

static struct writing begin_record(struct stage *s, const char *type,
                                   struct id id)
{
    return (struct writing){
        .s = s,
        .c = {.clock = number,
              .type = shape_type_named(s->s.shape, bytes_of(type)),
              .record = id,
              .base_version = 100000}};
}

static void say(struct writing *x, const char *field, struct value v)
{
    x->c.writes_n = put(x->c.type, x->w, x->c.writes_n, field, v);
}

static void merge_it(struct writing *x)
{
    x->c.writes = x->w;
    assert_int_not_equal(hand_in_all(x->s, number++, &x->c, 1, NULL), 0);
}

static struct id new_round(struct stage *s, const char *status,
                           const char *ends_on, int64_t top)
{
    struct id id = next_id();
    struct writing x = begin_record(s, "voting-round", id);

    say(&x, "title", value_text("Wijkdeal"));
    say(&x, "status", value_text(status));
    say(&x, "ends_on", value_text(ends_on));
    say(&x, "top_n", value_int(top));
    merge_it(&x);
    return id;
}

static struct id new_idea(struct stage *s, const struct id *round,
                          const char *title)
{
    struct id id = next_id();
    struct writing x = begin_record(s, "idea", id);
    struct bytes theme = bytes_of("groen");

    say(&x, "title", value_text(title));
    say(&x, "voting_round", value_id(round));
    say(&x, "themes", value_set(&theme, 1));
    merge_it(&x);
    return id;
}

static void tally(struct stage *s, const struct id *about, const char *what,
                  int64_t n, const char *station, const char *turn)
{
    struct writing x = begin_record(s, "tally", next_id());

    say(&x, "about", value_id(about));
    say(&x, "what", value_text(what));
    say(&x, "count", value_int(n));
    say(&x, "station", value_text(station));
    if (turn != NULL)
        say(&x, "turn", value_text(turn));
    merge_it(&x);
}

static void ask(struct stage *s, const char *period, struct arena *mem,
                struct dataset *out)
{
    struct question_asked a = {.store = &s->s,
                               .lang = LANG_EN,
                               .values = {NULL, period},
                               .now_ms = ms_of(2026, 3, 2)};
    struct err err;

    ok(question_answer(&question_voting_results, &a, mem, out, &err), &err);
}

static void assert_cell(const struct dataset *d, size_t row, const char *column,
                        const char *want)
{
    size_t at = dataset_column_named(d, column);
    const char *got;

    assert_true(at < d->columns_n && row < dataset_rows(d));
    got = dataset_cell(d, row, at);
    if (want == NULL && got != NULL)
        fail_msg("%s is %s", column, got);
    if (want != NULL && (got == NULL || strcmp(got, want) != 0))
        fail_msg("%s is %s, not %s", column, got == NULL ? "nothing" : got,
                 want);
}

/* 20 took part, 60 voted: 50, 40, 40 and 3 votes. */
static struct id a_vote(struct stage *s, int64_t top, struct id ideas[4])
{
    struct id round = new_round(s, "vastgesteld", "2026-03-01", top);
    static const int64_t votes[4] = {40, 20, 40, 3};
    size_t i;

    for (i = 0; i < 4; i++) {
        ideas[i] = new_idea(s, &round, "Een bankje");
        tally(s, &ideas[i], "stemmen", votes[i], "school", NULL);
    }
    tally(s, &ideas[1], "stemmen", 30, "markt", NULL);
    tally(s, &round, "deelnemers", 20, "", NULL);
    tally(s, &round, "stemmers", 60, "", NULL);
    return round;
}

static void the_top_is_told_and_equal_votes_share_a_place(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id ideas[4];
    struct dataset d;

    a_vote(s, 2, ideas);
    ask(s, "2026Q1", &mem, &d);
    assert_int_equal(dataset_rows(&d), 3); /* the second place is shared */
    assert_cell(&d, 0, "place", "1");
    assert_cell(&d, 0, "votes", "50");
    assert_cell(&d, 0, "tied", "no");
    assert_cell(&d, 1, "place", "2");
    assert_cell(&d, 1, "votes", "40");
    assert_cell(&d, 1, "tied", "yes");
    assert_cell(&d, 2, "place", "2");
    assert_cell(&d, 2, "tied", "yes");
    assert_cell(&d, 2, "participants", "20");
    assert_cell(&d, 2, "voters", "60");
    assert_cell(&d, 2, "allVotes", "133");
    assert_cell(&d, 2, "counted", "once");
    ask(s, "2026Q2", &mem, &d);
    assert_int_equal(dataset_rows(&d), 0);
    arena_free(&mem);
}

static void below_the_threshold_there_is_no_figure(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id ideas[4];
    struct dataset d;

    a_vote(s, 4, ideas);
    ask(s, NULL, &mem, &d);
    assert_int_equal(dataset_rows(&d), 4);
    assert_cell(&d, 3, "place", "4");
    assert_cell(&d, 3, "votes", NULL);
    assert_cell(&d, 3, "votesBelow", "5");
    assert_cell(&d, 3, "votesStatus", "C");
    arena_free(&mem);
}

static void a_round_of_few_voters_tells_that_and_nothing_else(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id round = new_round(s, "vastgesteld", "2026-02-01", 10);
    struct id idea = new_idea(s, &round, "Een bankje");
    struct dataset d;

    tally(s, &idea, "stemmen", 9, "", NULL);
    tally(s, &round, "stemmers", 9, "", NULL);
    ask(s, NULL, &mem, &d);
    assert_int_equal(dataset_rows(&d), 1);
    assert_cell(&d, 0, "voters", NULL);
    assert_cell(&d, 0, "votersBelow", "10");
    assert_cell(&d, 0, "votes", NULL);
    assert_cell(&d, 0, "votesStatus", "D");
    assert_cell(&d, 0, "allVotesStatus", "D");
    assert_cell(&d, 0, "idea", NULL);
    arena_free(&mem);
}

static void only_what_is_confirmed_and_over_is_told(void **state)
{
    static const char *const status[] = {"open", "geteld", "vastgesteld"};
    static const char *const ends[] = {"2026-02-01", "2026-02-01",
                                       "2026-03-02"};
    struct stage *s = *state;
    struct arena mem = {0};
    struct dataset d;
    size_t i;

    for (i = 0; i < countof(status); i++) {
        struct id round = new_round(s, status[i], ends[i], 10);
        struct id idea = new_idea(s, &round, "Een bankje");

        tally(s, &idea, "stemmen", 90, "", NULL);
        tally(s, &round, "stemmers", 90, "", NULL);
    }
    ask(s, NULL, &mem, &d);
    assert_int_equal(dataset_rows(&d), 0);
    arena_free(&mem);
}

static void a_second_count_is_not_added_and_must_come_to_the_same(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id ideas[4];
    struct dataset d;

    a_vote(s, 1, ideas);
    tally(s, &ideas[1], "stemmen", 30, "markt", "tweede");
    ask(s, NULL, &mem, &d);
    assert_cell(&d, 0, "votes", "50");
    assert_cell(&d, 0, "counted", "once"); /* at the school only once */
    tally(s, &ideas[1], "stemmen", 20, "school", "tweede");
    ask(s, NULL, &mem, &d);
    assert_cell(&d, 0, "votes", "50");
    assert_cell(&d, 0, "counted", "twice");
    tally(s, &ideas[0], "stemmen", 41, "school", "tweede");
    ask(s, NULL, &mem, &d);
    assert_int_equal(dataset_rows(&d), 1);
    assert_cell(&d, 0, "counted", "differ");
    assert_cell(&d, 0, "place", NULL);
    assert_cell(&d, 0, "votesStatus", "D");
    assert_cell(&d, 0, "allVotesStatus", "D");
    assert_cell(&d, 0, "voters", "60");
    arena_free(&mem);
}

static void titles_go_to_whom_they_are_declared_for(void **state)
{
    struct stage *s = *state;
    struct buf csv = buf_make(SIZE_MAX);
    struct arena mem = {0};
    struct id ideas[4];
    struct dataset d;

    a_vote(s, 10, ideas);
    ask(s, NULL, &mem, &d);
    dataset_csv(&d, &csv);
    assert_null(strstr(buf_text(&csv), "Een bankje"));
    assert_null(strstr(buf_text(&csv), "Wijkdeal"));
    assert_non_null(strstr(buf_text(&csv), "Green and public space"));
    buf_free(&csv);
    arena_free(&mem);
}

/* What the account of a quarter says of a measure in an area. */
static const char *account(struct stage *s, const char *layer, const char *area,
                           const char *measure, struct arena *mem)
{
    struct question_asked a = {.store = &s->s,
                               .lang = LANG_EN,
                               .values = {layer, "2026Q1"},
                               .now_ms = ms_of(2026, 4, 3)};
    struct dataset d;
    struct err err;
    size_t row, at, of;

    ok(question_answer(&question_year_accounts, &a, mem, &d, &err), &err);
    at = dataset_column_named(&d, "measure");
    of = dataset_column_named(&d, "area");
    for (row = 0; row < dataset_rows(&d); row++)
        if (strcmp(dataset_cell(&d, row, at), measure) == 0 &&
            (layer == NULL || strcmp(dataset_cell(&d, row, of), area) == 0)) {
            at = dataset_column_named(&d, "count");
            if (dataset_cell(&d, row, at) != NULL)
                return dataset_cell(&d, row, at);
            return dataset_cell(&d, row, at + 2);
        }
    return "none";
}

static void the_account_of_a_year_has_the_votes_of_its_areas(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id ideas[4], round;

    a_vote(s, 2, ideas);
    renew(s, ms_of(2026, 4, 2));
    assert_string_equal(account(s, NULL, "", "voters", &mem), "60");
    assert_string_equal(account(s, NULL, "", "votes", &mem), "133");
    assert_string_equal(account(s, NULL, "", "participants", &mem), "20");
    assert_string_equal(account(s, "district", "WK000101", "voters", &mem),
                        "60");
    assert_string_equal(account(s, "district", "WK000100", "voters", &mem),
                        "none");
    /* Another one, of so few that it is not told: then neither is the sum. */
    round = new_round(s, "vastgesteld", "2026-02-01", 10);
    tally(s, &round, "stemmers", 4, "", NULL);
    assert_string_equal(account(s, NULL, "", "voters", &mem), "D");
    arena_free(&mem);
}

/* How many rows of a question are published, and of how many measures "votes"
 * and the like. */
static size_t published(struct stage *s, const struct question *q,
                        size_t *votes)
{
    struct question_asked a = {.store = &s->s, .now_ms = ms_of(2026, 4, 2)};
    struct arena mem = {0};
    struct question_sets sets = {.mem = &mem};
    size_t i, row, n = 0;
    struct err err;

    ok(question_published(q, &a, &sets, &err), &err);
    for (i = 0; i < sets.n; i++) {
        struct dataset all, d;
        enum rc rc;

        memcpy(a.values, sets.p[i].values, sizeof a.values);
        rc = question_answer(q, &a, &mem, &all, &err);
        if (rc == RC_NOTFOUND)
            continue;
        ok(rc, &err);
        dataset_begin(&d, q->columns, q->columns_n, &mem);
        dataset_join(&d, &all, sets.p[i].keep);
        for (row = 0; row < dataset_rows(&d); row++, n++) {
            const char *measure =
                dataset_cell(&d, row, dataset_column_named(&d, "measure"));

            *votes += strcmp(measure, "participants") == 0 ||
                      strcmp(measure, "voters") == 0 ||
                      strcmp(measure, "votes") == 0;
        }
    }
    arena_free(&mem);
    return n;
}

static void what_is_read_from_records_is_not_published(void **state)
{
    struct stage *s = *state;
    struct id ideas[4];
    size_t votes = 0;

    a_vote(s, 2, ideas);
    renew(s, ms_of(2026, 4, 2));
    assert_int_equal(published(s, &question_voting_results, &votes), 0);
    assert_true(published(s, &question_year_accounts, &votes) > 0);
    assert_int_equal(votes, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_top_is_told_and_equal_votes_share_a_place),
        CASE(below_the_threshold_there_is_no_figure),
        CASE(a_round_of_few_voters_tells_that_and_nothing_else),
        CASE(only_what_is_confirmed_and_over_is_told),
        CASE(a_second_count_is_not_added_and_must_come_to_the_same),
        CASE(titles_go_to_whom_they_are_declared_for),
        CASE(the_account_of_a_year_has_the_votes_of_its_areas),
        CASE(what_is_read_from_records_is_not_published),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
