/* parts_stage.h - a town of which the counts themselves are made up, without a
 * record behind them: fast, and as large as wanted. */
#pragma once

#include "server/question.h"
#include "tests/unit/counts_stage.h"
#include "tests/unit/dice.h"

enum { PARTS_PLACES = 4, PARTS_COLUMNS = 200 };

static const char *const parts_places[PARTS_PLACES] = {
    "BU00010000", "BU00010001", "BU00010100", "BU00010101"};

struct parts { /* of one type, place and month, by column */
    unsigned n[PARTS_COLUMNS];
};

static inline void parts_row(struct stage *s, const struct count_kind *k,
                             int64_t month, const char *place, size_t column,
                             unsigned n)
{
    const struct count_field *f = counts_field_of(k, column);
    const struct shape_choice *c = counts_choice_of(k, column);
    struct db_query *q = db_query(
        s->s.db,
        SQL("INSERT INTO count_part(area, type, month, place, field, label, n,"
            " who) VALUES (1, :type, :month, :place, :field, :label, :n, '')"));
    struct err err;

    db_bind_text(q, "type", k->type->name);
    db_bind_i64(q, "month", month);
    db_bind_text(q, "place", place);
    db_bind_text(q, "field", f == NULL ? "" : f->field->name);
    db_bind_text(q, "label", c == NULL ? "" : c->code);
    db_bind_i64(q, "n", n);
    ok(db_done(db_run_at(q), &err), &err);
}

/* One record: a label of each field; low ones are told more often. */
static inline void parts_record(struct parts *p, const struct count_kind *k,
                                struct dice *d)
{
    size_t i;

    p->n[0]++;
    for (i = 0; i < k->fields_n; i++) {
        const struct label_field *l = &k->fields[i].labels;
        size_t at = (size_t)(roll(d, l->n) * roll(d, l->n) / l->n);

        p->n[l->first + at]++;
        if (l->set && at + 2 < l->n && roll(d, 3) == 0)
            p->n[l->first + at + 1]++;
    }
}

/* Up to `most` records in each month and place. */
static inline void parts_month(struct stage *s, const char *type, int year,
                               unsigned month, unsigned most, struct dice *d)
{
    struct arena mem = {0};
    struct count_kind *kinds;
    const struct count_kind *k;
    struct err err;
    size_t n, place, i;

    counts_kinds(s->s.shape, &mem, &kinds, &n);
    ok(counts_kind_named(kinds, n, type, &k, &err), &err);
    assert_true(k->columns_n <= PARTS_COLUMNS);
    for (place = 0; place < PARTS_PLACES; place++) {
        struct parts p = {{0}};
        unsigned records = (unsigned)roll(d, most + 1);

        for (i = 0; i < records; i++)
            parts_record(&p, k, d);
        for (i = 0; i < k->columns_n; i++)
            if (p.n[i] > 0)
                parts_row(s, k, 12 * (int64_t)year + month - 1,
                          parts_places[place], i, p.n[i]);
    }
    arena_free(&mem);
}

/* These types from the first of a year for so many months, decided a day
 * later.  The month before them is counted first, so that no record is counted
 * again. */
static inline void parts_town(struct stage *s, const char *const *types,
                              size_t types_n, int from, unsigned months,
                              unsigned most, struct dice *d)
{
    struct err err;
    unsigned m;
    size_t i;

    renew(s, ms_of(from, 1, 2));
    ok(db_begin(s->s.db, &err), &err);
    for (m = 0; m < months; m++)
        for (i = 0; i < types_n; i++)
            parts_month(s, types[i], from + (int)m / 12, m % 12 + 1, most, d);
    ok(db_end(s->s.db, RC_OK, &err), &err);
    renew(s, ms_of(from + (int)months / 12, months % 12 + 1, 2));
}

/* An answer as CSV, in `mem`; or why there is none. */
static inline const char *answer_text(struct stage *s, const struct question *q,
                                      const char *const *values, enum lang lang,
                                      struct arena *mem)
{
    struct question_asked a = {.store = &s->s, .lang = lang};
    struct buf csv = buf_make(SIZE_MAX);
    struct dataset d;
    struct err err;
    const char *out;
    size_t i;

    for (i = 0; i < q->params_n; i++)
        a.values[i] = values[i];
    if (question_answer(q, &a, mem, &d, &err) != RC_OK)
        return arena_text(mem, err.text, strlen(err.text));
    dataset_csv(&d, &csv);
    out = arena_text(mem, (const char *)csv.p, csv.n);
    buf_free(&csv);
    return out;
}
