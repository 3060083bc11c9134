/*
 * t_questions.c - every question over what is told of a made-up town, line for
 * line.
 *
 *   questions/NAME.csv.expected    the answer, in Dutch where it has words
 *   questions/NAME.svg.expected    as a picture, in English, if it has one
 *   questions/sheet.html.expected  the sheet of one district, in Dutch
 *
 * GOLDEN=write replaces what is expected by what came out: read the
 * difference before you commit it.
 */
#define _GNU_SOURCE
#include "tests/unit/parts_stage.h"

#include "server/sheet.h"

#define FOLDER "tests/golden/questions/"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

/* What is told of it is made up as well: how cells are decided on may get
 * better, and the answers to what was told stay the same. */
static void make_town(struct stage *s)
{
    static const struct said one = {.place = "2022BU00010000"};
    struct err err;

    tell(s, "signal", made(ms_of(2025, 1, 5), 1), &one);
    renew(s, ms_of(2026, 4, 2));
    ok(db_run(s->s.db, SQL("DELETE FROM count_cell"), &err), &err);
    ok(db_run(
           s->s.db,
           SQL("INSERT INTO count_cell(type, year, period, area, number, told,"
               " figure) WITH p(year, period, n) AS (VALUES (2025, '2025', 4),"
               " (2025, '2025Q1', 1), (2025, '2025Q4', 3), (2026, '2026Q1', 2),"
               " (2026, '2026-01', 5), (2026, '2026-02', 6),"
               " (2026, '2026-03', 7)),"
               " a AS (SELECT DISTINCT type, year, area FROM count_region),"
               " h AS (SELECT a.type AS type, p.year AS year,"
               " p.period AS period, a.area AS area, c.number AS number,"
               " c.field = '' AS every, (a.area * 7919 + c.number * 104729"
               " + p.n * 15485863 + length(a.type) * 6151) % 997 AS h"
               " FROM p JOIN a ON a.year = p.year JOIN count_column c"
               " ON c.type = a.type AND c.year = a.year)"
               " SELECT type, year, period, area, number, h % 7 < 5,"
               " CASE WHEN h % 7 < 5 THEN 10 + 5 * (h % 12) + every * 400"
               " ELSE 0 END FROM h WHERE h % 7 < 6 OR every = 1"),
           &err),
       &err);
}

static const char *read_text(const char *path, struct arena *mem)
{
    struct buf b = {0};
    struct err err;
    const char *text;

    ok(file_read(path, FILE_BYTES_MAX, &b, &err), &err);
    text = arena_text(mem, (const char *)b.p, b.n);
    buf_free(&b);
    return text;
}

static void assert_golden(const char *out, const char *path, struct arena *mem)
{
    const char *write = getenv("GOLDEN");
    FILE *f;

    if (write != NULL && strcmp(write, "write") == 0) {
        f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(out, 1, strlen(out), f);
        fclose(f);
    }
    assert_string_equal(out, read_text(path, mem));
}

static const char *picture(struct stage *s, const struct question *q,
                           const char *const *values, struct arena *mem)
{
    struct question_asked a = {.store = &s->s, .lang = LANG_EN};
    struct buf b = buf_make(SIZE_MAX);
    struct dataset d;
    struct err err;
    const char *out;

    memcpy(a.values, values, sizeof a.values);
    ok(question_answer(q, &a, mem, &d, &err), &err);
    ok(question_draw(q, &d, q->name, LANG_EN, &b, &err), &err);
    out = arena_text(mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

static void the_sheet_of_a_district(struct stage *s)
{
    struct sheet_asked a = {"WK000101", NULL, LANG_NL};
    struct buf b = buf_make(SIZE_MAX);
    struct arena mem = {0};
    struct err err;

    ok(sheet_html(&s->s, &a, &b, &err), &err);
    assert_golden(buf_text(&b), FOLDER "sheet.html.expected", &mem);
    buf_free(&b);
    arena_free(&mem);
}

static void every_question_answers_as_it_did(void **state)
{
    struct stage *s = *state;
    size_t i, k;

    make_town(s);
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];
        const char *values[QUESTION_PARAMS_MAX] = {0};
        struct arena mem = {0};

        for (k = 0; k < q->params_n; k++)
            values[k] = strcmp(q->params[k].name, "type") == 0    ? "signal"
                        : strcmp(q->params[k].name, "field") == 0 ? "type"
                        : strcmp(q->params[k].name, "layer") == 0 ? "district"
                                                                  : NULL;
        if (q->plot != NULL)
            assert_golden(picture(s, q, values, &mem),
                          arena_printf(&mem, FOLDER "%s.svg.expected", q->name),
                          &mem);
        assert_golden(answer_text(s, q, values, LANG_NL, &mem),
                      arena_printf(&mem, FOLDER "%s.csv.expected", q->name),
                      &mem);
        arena_free(&mem);
    }
    the_sheet_of_a_district(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_question_answers_as_it_did, begin,
                                        tear_down),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
