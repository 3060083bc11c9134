/* Questions, answered from what was decided (counts.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/counts_int.h"
#include "server/period.h"

/* -- the state ----------------------------------------------------------- */

struct asking {
    struct store *s;
    const struct count_kind *kind;
    const struct counts_query *q;
    struct arena *mem;
    struct counts_table *t;
    struct bytes key;
    unsigned year, months; /* of the state */
};

/* The state of a year; of the last one that is told if it is 0. */
static enum rc find_state(struct asking *a, struct err *err)
{
    struct db_query *q =
        db_query(a->s->db, SQL("SELECT year, months, final, regions, at_ms"
                               " FROM count_state WHERE type = :type"
                               " AND (:year = 0 OR year = :year)"
                               " ORDER BY year DESC LIMIT 1"));

    db_bind_text(q, "type", a->kind->type->name);
    db_bind_i64(q, "year", a->year);
    a->months = 0;
    if (db_row(q)) {
        a->year = (unsigned)db_i64(q, "year");
        a->months = (unsigned)db_i64(q, "months");
        a->t->final = db_i64(q, "final") != 0;
        a->t->regions = (unsigned)db_i64(q, "regions");
        a->t->at_ms = db_i64(q, "at_ms");
    }
    return db_done(q, err);
}

static enum rc choose_period(struct asking *a, struct err *err)
{
    struct period want = {0};
    enum rc rc;

    if (a->q->period != NULL && !period_read(a->q->period, &want))
        return err_set(err, RC_INVALID,
                       "\"%s\": a period is a month (2026-07), a quarter"
                       " (2026Q3) or a year (2026)",
                       a->q->period);
    a->year = want.year;
    rc = find_state(a, err);
    if (rc == RC_OK && a->months == 0 && a->year == 0)
        rc = err_set(err, RC_NOTFOUND,
                     "nothing is told of %s yet: what may be is decided each"
                     " night, or by `stoepd ask DIR --renew`, of months that"
                     " are over",
                     a->kind->type->name);
    else if (rc == RC_OK &&
             (a->months == 0 || want.first + want.months > a->months))
        rc = err_set(err, RC_NOTFOUND,
                     "nothing is told of %s in %s: only of whole months,"
                     " quarters and years that are over",
                     a->kind->type->name, a->q->period);
    if (rc != RC_OK)
        return rc;
    if (a->q->period != NULL)
        a->t->period = arena_text(a->mem, a->q->period, strlen(a->q->period));
    else if (a->months >= 3)
        a->t->period = arena_printf(a->mem, "%uQ%u", a->year, a->months / 3);
    else
        a->t->period = arena_printf(a->mem, "%u-%02u", a->year, a->months);
    return RC_OK;
}

/* -- rows ---------------------------------------------------------------- */

static struct counts_row *add_row(struct asking *a, size_t *cap)
{
    struct counts_table *t = a->t;

    if (t->rows_n == *cap) {
        struct counts_row *more;

        *cap = 2 * *cap + 64;
        more = arena_new(a->mem, *cap * sizeof *more);
        if (t->rows_n > 0)
            memcpy(more, t->rows, t->rows_n * sizeof *more);
        t->rows = more;
    }
    return &t->rows[t->rows_n++];
}

static const char *copy(struct asking *a, struct db_query *q,
                        const char *column)
{
    const char *text = db_text(q, column);

    return arena_text(a->mem, text, strlen(text));
}

/* How a column is called where the key draws; as counts_family.c has it. */
static const char *column_name(const struct asking *a, const char *field,
                               const char *label)
{
    return field[0] == '\0' ? a->kind->type->name
                            : arena_printf(a->mem, "%s/%s/%s",
                                           a->kind->type->name, field, label);
}

static void read_row(struct asking *a, struct db_query *q,
                     struct counts_row *row)
{
    const struct disclosure_rules *r = &disclosure_rules;
    const char *field = db_text(q, "field");
    bool two, sensitive = db_i64(q, "sensitive") != 0;

    row->area = copy(a, q, "code");
    row->area_name = copy(a, q, "name");
    row->label = copy(a, q, "label");
    row->all = field[0] == '\0';
    two = db_i64(q, "area") != 0 && !row->all;
    row->threshold = two || sensitive ? r->threshold_two : r->threshold;
    if (!row->all && row->label[0] != '\0') {
        const struct shape_choice *c =
            shape_choice_coded(a->t->field->list, bytes_of(row->label));

        row->label_name = c == NULL ? NULL : &c->label;
    }
    if (db_is_null(q, "told"))
        row->cell.status =
            disclosure_small(r, a->key, db_text(q, "cell"), a->t->period,
                             column_name(a, field, row->label));
    else
        row->cell = (struct cell){db_i64(q, "told") ? CELL_FREE : CELL_WITHHELD,
                                  (uint32_t)db_i64(q, "figure")};
}

static enum rc read_rows(struct asking *a, struct err *err)
{
    struct db_query *q = db_query(
        a->s->db,
        SQL("SELECT r.code AS code, r.name AS name, r.area AS area,"
            " r.cell AS cell, c.field AS field, c.label AS label,"
            " c.sensitive AS sensitive, x.told AS told, x.figure AS figure"
            " FROM count_region r JOIN count_column c"
            " ON c.type = r.type AND c.year = r.year"
            " LEFT JOIN count_cell x ON x.type = r.type AND x.year = r.year"
            " AND x.period = :period AND x.area = r.area"
            " AND x.number = c.number"
            " WHERE r.type = :type AND r.year = :year AND r.layer = :layer"
            " AND (c.field = '' OR c.field = :field)"
            " ORDER BY r.code, c.number"));
    size_t cap = 0;

    db_bind_text(q, "type", a->kind->type->name);
    db_bind_i64(q, "year", a->year);
    db_bind_text(q, "period", a->t->period);
    db_bind_text(q, "layer", a->q->layer == NULL ? "" : a->q->layer);
    db_bind_text(q, "field", a->t->field == NULL ? "" : a->t->field->name);
    while (db_row(q))
        read_row(a, q, add_row(a, &cap));
    return db_done(q, err);
}

static enum rc no_layer(struct asking *a, struct err *err)
{
    struct buf names = buf_make(4096);
    struct db_query *q = db_query(
        a->s->db, SQL("SELECT DISTINCT layer FROM count_region"
                      " WHERE type = :type AND year = :year AND layer <> ''"
                      " ORDER BY layer"));
    enum rc rc;

    db_bind_text(q, "type", a->kind->type->name);
    db_bind_i64(q, "year", a->year);
    while (db_row(q))
        buf_printf(&names, "%s%s", names.n > 0 ? ", " : "",
                   db_text(q, "layer"));
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = err_set(err, RC_INVALID, "%u has no layer \"%s\"; there are %s",
                     a->year, a->q->layer, buf_text(&names));
    buf_free(&names);
    return rc;
}

static enum rc no_field(const struct asking *a, struct err *err)
{
    struct buf names = buf_make(4096);
    enum rc rc;
    size_t i;

    for (i = 0; i < a->kind->fields_n; i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "",
                   a->kind->fields[i].field->name);
    rc = err_set(err, RC_INVALID, "%s is not counted by \"%s\"; by %s",
                 a->kind->type->name, a->q->field, buf_text(&names));
    buf_free(&names);
    return rc;
}

static enum rc answer(struct asking *a, struct err *err)
{
    const struct count_field *f = NULL;
    enum rc rc;

    if (a->q->field != NULL) {
        f = counts_field_named(a->kind, a->q->field);
        if (f == NULL)
            return no_field(a, err);
    }
    a->t->type = a->kind->type;
    a->t->field = f == NULL ? NULL : f->field;
    a->t->layer = a->q->layer;
    rc = choose_period(a, err);
    if (rc == RC_OK)
        rc = counts_key(a->s->db, a->mem, &a->key, err);
    if (rc == RC_OK)
        rc = read_rows(a, err);
    if (rc == RC_OK && a->t->rows_n == 0)
        rc = no_layer(a, err);
    return rc;
}

enum rc counts_ask(struct store *s, const struct counts_query *q,
                   struct arena *mem, struct counts_table *out, struct err *err)
{
    struct counts_table t = {0};
    struct asking a = {.s = s, .q = q, .mem = mem, .t = &t};
    struct count_kind *kinds;
    size_t n;
    enum rc rc;

    counts_kinds(s->shape, mem, &kinds, &n);
    rc = counts_kind_named(kinds, n, q->type, &a.kind, err);
    if (rc == RC_OK)
        rc = db_begin_read(s->db, err);
    if (rc != RC_OK)
        return rc;
    rc = db_end(s->db, answer(&a, err), err);
    if (rc == RC_OK)
        *out = t;
    return rc;
}
