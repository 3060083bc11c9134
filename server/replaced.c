#include "server/replaced.h"

#include <stdlib.h>
#include <string.h>

#include "schema/rows_consent.h"

enum { DUE = 1, UNDER_WAY = 2 };

struct links {
    struct link {
        size_t field;
        struct id to;
    } * p;
    size_t n;
};

static bool holds(const struct heads *h, const struct id *to)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->p[i].value.kind == VALUE_ID && id_eq(&h->p[i].value.as.id, to))
            return true;
    return false;
}

static bool under_consent(const struct shape_type *t, size_t field)
{
    return t->fields[field].consent != NULL;
}

struct links *links_of_record(const struct record *r, struct arena *mem)
{
    struct links *out = arena_new(mem, sizeof *out);
    size_t f, i, n = 0;

    for (f = 0; f < r->type->fields_n; f++)
        n += under_consent(r->type, f) ? r->fields[f].n : 0;
    *out =
        (struct links){.p = n > 0 ? arena_new(mem, n * sizeof *out->p) : NULL};
    for (f = 0; n > 0 && f < r->type->fields_n; f++)
        for (i = 0; under_consent(r->type, f) && i < r->fields[f].n; i++)
            if (r->fields[f].p[i].value.kind == VALUE_ID)
                out->p[out->n++] =
                    (struct link){f, r->fields[f].p[i].value.as.id};
    return out;
}

static enum rc note(struct store *s, const struct record *r,
                    const struct id *subject, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO replaced(area, subject, record, type, due)"
                   " VALUES (:area, :subject, :record, :type, 0)"
                   " ON CONFLICT (area, subject, record) DO NOTHING"));

    db_bind_i64(q, "area", r->area);
    db_bind_blob(q, "subject", id_bytes(subject));
    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_text(q, "type", r->type->name);
    return db_done(db_run_at(q), err);
}

enum rc replaced_note(struct store *s, const struct links *before,
                      const struct record *r, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < before->n; i++)
        if (!holds(&r->fields[before->p[i].field], &before->p[i].to))
            rc = note(s, r, &before->p[i].to, err);
    return rc;
}

/* -- when consent changes ----------------------------------------------- */

static enum rc due_of_type(struct store *s, const struct shape_type *t,
                           uint32_t area, const struct id *subject,
                           struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE replaced SET due = :due WHERE area = :area"
                            " AND subject = :subject AND type = :type"));

    db_bind_i64(q, "due", DUE);
    db_bind_i64(q, "area", area);
    db_bind_blob(q, "subject", id_bytes(subject));
    db_bind_text(q, "type", t->name);
    return db_done(db_run_at(q), err);
}

static enum rc any_noted(struct store *s, uint32_t area,
                         const struct id *subject, bool *any, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT 1 AS one FROM replaced WHERE area = :area"
                            " AND subject = :subject LIMIT 1"));

    db_bind_i64(q, "area", area);
    db_bind_blob(q, "subject", id_bytes(subject));
    *any = db_row(q);
    return db_done(q, err);
}

/* Does anything in records of this type rest on a consent that is not given? */
static enum rc lacks(struct store *s, const struct shape_type *t, uint32_t area,
                     const struct id *subject, bool *out, struct err *err)
{
    struct arena mem = {0};
    enum consent consent;
    size_t f;
    enum rc rc = RC_OK;

    *out = false;
    for (f = 0; rc == RC_OK && !*out && f < t->fields_n; f++) {
        if (!under_consent(t, f))
            continue;
        rc = rows_consent(s->rows, area, subject, t->fields[f].consent, &mem,
                          &consent, err);
        *out = rc == RC_OK && consent != CONSENT_GIVEN;
    }
    arena_free(&mem);
    return rc;
}

enum rc replaced_settle(struct store *s, uint32_t area,
                        const struct id *subject, struct err *err)
{
    bool any = false, goes = false;
    size_t i;
    enum rc rc = any_noted(s, area, subject, &any, err);

    for (i = 0; rc == RC_OK && any && i < s->shape->types_n; i++) {
        rc = lacks(s, &s->shape->types[i], area, subject, &goes, err);
        if (rc == RC_OK && goes)
            rc = due_of_type(s, &s->shape->types[i], area, subject, err);
        s->unsettled |= goes;
    }
    return rc;
}

/* -- out of the journal ------------------------------------------------- */

enum rc replaced_area(struct store *s, uint32_t *area, bool *found,
                      struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT area FROM replaced"
                                             " WHERE due > 0 LIMIT 1"));

    *found = db_row(q);
    if (*found)
        *area = (uint32_t)db_i64(q, "area");
    return db_done(q, err);
}

static int by_id(const void *a, const void *b)
{
    const struct rows_name *x = a, *y = b;

    return memcmp(x->id.b, y->id.b, ID_BYTES);
}

static enum rc begin(struct store *s, uint32_t area, size_t *n, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE replaced SET due = :under_way"
                            " WHERE area = :area AND due > 0"));
    enum rc rc;

    db_bind_i64(q, "under_way", UNDER_WAY);
    db_bind_i64(q, "area", area);
    rc = db_done(db_run_at(q), err);
    *n = rc == RC_OK ? (size_t)db_changes(s->db) : 0;
    return rc;
}

enum rc replaced_begin(struct store *s, uint32_t area, struct arena *mem,
                       struct replaced *out, struct err *err)
{
    struct db_query *q;
    size_t most = 0;
    enum rc rc = begin(s, area, &most, err);

    *out = (struct replaced){NULL, 0};
    if (rc != RC_OK || most == 0)
        return rc;
    out->p = arena_new(mem, most * sizeof *out->p);
    q = db_query(s->db, SQL("SELECT record, type FROM replaced"
                            " WHERE area = :area AND due = :under_way"));
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "under_way", UNDER_WAY);
    while (out->n < most && db_row(q)) {
        struct rows_name *name = &out->p[out->n];

        name->type = shape_type_named(s->shape, db_blob(q, "type"));
        name->area = area;
        if (name->type == NULL || db_blob(q, "record").n != ID_BYTES)
            continue;
        memcpy(name->id.b, db_blob(q, "record").p, ID_BYTES);
        out->n++;
    }
    rc = db_done(q, err);
    if (out->n > 0)
        qsort(out->p, out->n, sizeof *out->p, by_id);
    return rc;
}

static bool wrote(const struct heads *h, uint32_t device, uint64_t number)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->p[i].by->device == device && h->p[i].by->number == number)
            return true;
    return false;
}

enum rc replaced_is(struct store *s, const struct replaced *due,
                    uint32_t device, uint64_t number, const struct id *record,
                    struct bytes field, bool *is, struct err *err)
{
    struct rows_name key = {.id = *record};
    const struct rows_name *name =
        due->n == 0 ? NULL
                    : bsearch(&key, due->p, due->n, sizeof *due->p, by_id);
    const struct shape_field *f =
        name == NULL ? NULL : shape_field_named(name->type, field);
    struct arena mem = {0};
    struct record r;
    enum rc rc;

    *is = false;
    if (f == NULL || f->consent == NULL)
        return RC_OK;
    rc = rows_load(s->rows, name->type, name->area, record, &mem, &r, err);
    if (rc == RC_OK)
        *is =
            !r.unreadable &&
            !wrote(&r.fields[shape_field_index(name->type, f)], device, number);
    arena_free(&mem);
    return rc;
}

enum rc replaced_end(struct store *s, uint32_t area, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("DELETE FROM replaced"
                                             " WHERE area = :area"
                                             " AND due = :under_way"));

    db_bind_i64(q, "area", area);
    db_bind_i64(q, "under_way", UNDER_WAY);
    return db_done(db_run_at(q), err);
}
