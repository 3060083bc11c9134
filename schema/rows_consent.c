#include "schema/rows_consent.h"

#include <string.h>

#include "schema/rows_sql.h"
#include "sync/merge.h"

const char rows_mention_table[] =
    "CREATE TABLE IF NOT EXISTS mention (\n"
    "    subject BLOB NOT NULL,\n"
    "    area BIGINT NOT NULL,\n"
    "    type TEXT NOT NULL,\n"
    "    record BLOB NOT NULL,\n"
    "    PRIMARY KEY (subject, record)\n);\n"
    "CREATE INDEX IF NOT EXISTS mention_by_record ON mention (record);\n";

/* Does field `f` name somebody whose consent counts? */
static bool mentions(const struct shape_type *t, size_t f)
{
    const struct shape_field *field = &t->fields[f];

    if (t->consents != NULL && f == t->consents->subject)
        return true;
    return field->consent != NULL ||
           (t->consent != NULL && field->kind == FIELD_REF && !field->set);
}

static bool any_mentions(const struct shape_type *t)
{
    size_t f;

    for (f = FIELD_DELETED + 1; f < t->fields_n; f++)
        if (mentions(t, f))
            return true;
    return false;
}

/* -- keeping it --------------------------------------------------------- */

static enum rc forget(struct rows *r, const struct id *id, struct err *err)
{
    struct db_query *q = db_query(r->db, SQL("DELETE FROM mention"
                                             " WHERE record = :record"));

    db_bind_blob(q, "record", id_bytes(id));
    return db_done(db_run_at(q), err);
}

static enum rc note(struct rows *r, const struct record *rec,
                    const struct id *subject, struct err *err)
{
    struct db_query *q =
        db_query(r->db, SQL("INSERT INTO mention(subject, area, type, record)"
                            " VALUES (:subject, :area, :type, :record)"
                            " ON CONFLICT (subject, record) DO NOTHING"));

    db_bind_blob(q, "subject", id_bytes(subject));
    db_bind_i64(q, "area", rec->area);
    db_bind_text(q, "type", rec->type->name);
    db_bind_blob(q, "record", id_bytes(&rec->id));
    return db_done(db_run_at(q), err);
}

enum rc rows_mentions_save(struct rows *r, const struct record *rec,
                           struct err *err)
{
    const struct shape_type *t = rec->type;
    size_t f, i;
    enum rc rc;

    if (!any_mentions(t))
        return RC_OK;
    rc = forget(r, &rec->id, err);
    for (f = FIELD_DELETED + 1; f < t->fields_n; f++)
        for (i = 0; mentions(t, f) && rc == RC_OK && i < rec->fields[f].n;
             i++) {
            const struct value *v = &rec->fields[f].p[i].value;

            if (v->kind == VALUE_ID)
                rc = note(r, rec, &v->as.id, err);
        }
    return rc;
}

enum rc rows_mentions_remove(struct rows *r, const struct shape_type *type,
                             const struct id *id, struct err *err)
{
    return any_mentions(type) ? forget(r, id, err) : RC_OK;
}

/* -- asking ------------------------------------------------------------- */

/* Those of one kind: the consents about it, or all others. */
static enum rc find(struct rows *r, uint32_t area, const struct id *subject,
                    bool consents, struct arena *mem, struct rows_name **out,
                    size_t *n, struct err *err)
{
    struct db_query *q =
        db_query(r->db, SQL("SELECT type, record FROM mention"
                            " WHERE subject = :subject AND area = :area"
                            " ORDER BY record"));
    size_t cap = 0;

    *out = NULL;
    *n = 0;
    db_bind_blob(q, "subject", id_bytes(subject));
    db_bind_i64(q, "area", area);
    while (db_row(q)) {
        struct rows_name name = {
            .type = shape_type_named(r->shape, db_blob(q, "type")),
            .area = area};
        struct bytes id = db_blob(q, "record");

        if (name.type == NULL || id.n != ID_BYTES ||
            (name.type->consents != NULL) != consents)
            continue;
        memcpy(name.id.b, id.p, ID_BYTES);
        if (*n == cap) {
            struct rows_name *more;

            cap = 2 * cap + 4;
            more = arena_new(mem, cap * sizeof *more);
            if (*n > 0)
                memcpy(more, *out, *n * sizeof *more);
            *out = more;
        }
        (*out)[(*n)++] = name;
    }
    return db_done(q, err);
}

enum rc rows_consents(struct rows *r, uint32_t area, const struct id *subject,
                      struct arena *mem, struct rows_name **out, size_t *n,
                      struct err *err)
{
    return find(r, area, subject, true, mem, out, n, err);
}

enum rc rows_mentions(struct rows *r, uint32_t area, const struct id *subject,
                      struct arena *mem, struct rows_name **out, size_t *n,
                      struct err *err)
{
    return find(r, area, subject, false, mem, out, n, err);
}

/* What one record says: nothing, if it is about something else. */
static enum consent says(const struct record *rec, const struct id *subject,
                         const char *purpose, struct arena *mem)
{
    const struct shape_consents *c = rec->type->consents;
    struct value wanted = value_id(subject);
    struct shown s;

    merge_show_record(rec, mem, &s);
    if (!value_eq(&s.values[c->subject], &wanted) ||
        !shape_same_purpose(rec->type, &s.values[c->purpose], purpose))
        return CONSENT_NONE;
    if (!shape_state_allows(rec->type, &s.values[c->state]))
        return CONSENT_REFUSED;
    return s.deleted ? CONSENT_NONE : CONSENT_GIVEN;
}

static enum consent join(enum consent a, enum consent b)
{
    return a > b ? a : b; /* a refusal wins over all */
}

enum rc rows_consent(struct rows *r, uint32_t area, const struct id *subject,
                     const char *purpose, struct arena *mem, enum consent *out,
                     struct err *err)
{
    struct rows_name *names;
    struct record rec;
    size_t n = 0, i;
    enum rc rc = find(r, area, subject, true, mem, &names, &n, err);

    *out = CONSENT_NONE;
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = rows_load(r, names[i].type, area, &names[i].id, mem, &rec, err);
        if (rc == RC_OK)
            *out = join(*out, says(&rec, subject, purpose, mem));
    }
    return rc;
}

enum rc rows_consent_of(struct rows *r, const struct record *rec,
                        struct arena *mem, enum consent *out, struct err *err)
{
    size_t f, i;
    enum rc rc = RC_OK;

    *out = CONSENT_NONE;
    for (f = FIELD_DELETED + 1; f < rec->type->fields_n; f++)
        for (i = 0;
             mentions(rec->type, f) && rc == RC_OK && i < rec->fields[f].n;
             i++) {
            const struct value *v = &rec->fields[f].p[i].value;
            enum consent one = CONSENT_NONE;

            if (v->kind == VALUE_ID)
                rc = rows_consent(r, rec->area, &v->as.id, rec->type->consent,
                                  mem, &one, err);
            *out = join(*out, one);
        }
    return rc;
}

struct id *rows_subjects(const struct record *consent, struct arena *mem,
                         size_t *n)
{
    const struct heads *h = &consent->fields[consent->type->consents->subject];
    struct id *out = arena_new(mem, h->n * sizeof *out);
    size_t i;

    *n = 0;
    for (i = 0; i < h->n; i++)
        if (h->p[i].value.kind == VALUE_ID)
            out[(*n)++] = h->p[i].value.as.id;
    return out;
}
