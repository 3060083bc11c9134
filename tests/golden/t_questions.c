/*
 * t_questions.c - every question over one made-up town, line for line.
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

static const char *const types[] = {"signal",     "conversation", "door-visit",
                                    "initiative", "activity",     "follow-up"};

/* Signals of three quarters, the rest of one. */
static void make_town(struct stage *s)
{
    static const int months[] = {1, 2, 3, 10, 11, 12, 13, 14, 15};
    struct dice d = dice_of(2026);
    struct err err;
    size_t m, i;

    renew(s, ms_of(2025, 1, 2));
    ok(db_begin(s->s.db, &err), &err);
    for (m = 0; m < countof(months); m++)
        for (i = 0; i < (months[m] > 12 ? countof(types) : 1); i++)
            parts_month(s, types[i], 2025 + (months[m] - 1) / 12,
                        (unsigned)(months[m] - 1) % 12 + 1, m < 6 ? 15 : 40,
                        &d);
    ok(db_end(s->s.db, RC_OK, &err), &err);
    renew(s, ms_of(2026, 4, 2));
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
