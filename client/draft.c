#include "client/draft.h"

#include <string.h>

/* Binds what every statement here goes by. */
static struct db_query *of(struct db_query *q, struct draft_name name)
{
    db_bind_text(q, "type", name.type->name);
    db_bind_blob(q, "record",
                 name.record != NULL ? id_bytes(name.record)
                                     : (struct bytes){(const uint8_t *)"", 0});
    return q;
}

enum rc draft_read(struct local *l, struct draft_name name, struct arena *mem,
                   struct draft *out, struct err *err)
{
    struct db_query *q =
        of(db_query(l->db, SQL("SELECT field, answer, area, seen, keep"
                               " FROM draft WHERE type = :type"
                               " AND record = :record ORDER BY rowid")),
           name);

    *out = (struct draft){
        .answers = arena_new(mem, name.type->fields_n * sizeof *out->answers)};
    while (db_row(q)) {
        const struct shape_field *f =
            shape_field_named(name.type, db_blob(q, "field"));
        struct bytes text = db_blob(q, "answer");

        if (out->n == 0) { /* the first counts */
            out->area = (uint32_t)db_i64(q, "area");
            out->seen = (uint64_t)db_i64(q, "seen");
        }
        if (f != NULL && draft_answer_to(out, f) == NULL)
            out->answers[out->n++] = (struct draft_answer){
                f,
                arena_text(mem, text.n > 0 ? (const char *)text.p : "", text.n),
                db_i64(q, "keep") != 0};
    }
    return db_done(q, err);
}

const struct draft_answer *draft_answer_to(const struct draft *d,
                                           const struct shape_field *f)
{
    size_t i;

    for (i = 0; i < d->n; i++)
        if (d->answers[i].field == f)
            return &d->answers[i];
    return NULL;
}

enum rc draft_put(struct local *l, struct draft_name name, uint32_t area,
                  uint64_t seen, const struct draft_answer *a, struct err *err)
{
    struct db_query *q = of(
        db_query(l->db, SQL("INSERT INTO draft(type, record, field, answer,"
                            " area, seen, keep) VALUES (:type, :record, :field,"
                            " :answer, :area, :seen, :keep)"
                            " ON CONFLICT (type, record, field) DO UPDATE"
                            " SET answer = excluded.answer,"
                            " area = excluded.area, keep = excluded.keep")),
        name);

    db_bind_text(q, "field", a->field->name);
    db_bind_text(q, "answer", a->text);
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "seen", (int64_t)seen);
    db_bind_i64(q, "keep", a->keep);
    return db_done(db_run_at(q), err);
}

enum rc draft_forget(struct local *l, struct draft_name name, struct err *err)
{
    return db_done(
        db_run_at(of(db_query(l->db, SQL("DELETE FROM draft WHERE type = :type"
                                         " AND record = :record")),
                     name)),
        err);
}
