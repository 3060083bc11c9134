/* What an erasure takes off a device (local_tables.h). */
#include <string.h>

#include "client/local_tables.h"

static enum rc forget(struct local *l, struct db_query *q, const struct id *id,
                      struct err *err)
{
    (void)l;
    db_bind_blob(q, "id", id_bytes(id));
    return db_done(db_run_at(q), err);
}

/* -- attachments -------------------------------------------------------- */

struct sharing { /* is this one named by another record? */
    struct bytes sha256;
    const struct record *but;
    bool named;
};

static bool names(const struct record *r, struct bytes sha256)
{
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0;
             r->type->fields[f].kind == FIELD_ATTACHMENT && i < r->fields[f].n;
             i++) {
            const struct value *v = &r->fields[f].p[i].value;

            if ((v->kind == VALUE_TEXT && bytes_eq(v->as.text, sha256)) ||
                value_has(v, sha256))
                return true;
        }
    return false;
}

static bool look(void *ctx, const struct record *r)
{
    struct sharing *s = ctx;

    s->named = !id_eq(&r->id, &s->but->id) && names(r, s->sha256);
    return !s->named;
}

static enum rc drop_attachment(struct local *l, const struct record *r,
                               struct bytes sha256, struct err *err)
{
    struct sharing s = {.sha256 = sha256, .but = r};
    struct db_query *q;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && !s.named && i < l->shape->types_n; i++)
        rc = rows_all(l->rows, &l->shape->types[i], look, &s, err);
    if (rc != RC_OK || s.named)
        return rc;
    q = db_query(l->db, SQL("DELETE FROM piece WHERE sha256 = :sha256"));
    db_bind_text_bytes(q, "sha256", sha256);
    rc = db_done(db_run_at(q), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(l->db, SQL("DELETE FROM attachment WHERE sha256 = :sha256"));
    db_bind_text_bytes(q, "sha256", sha256);
    return db_done(db_run_at(q), err);
}

static enum rc drop_value(struct local *l, const struct record *r,
                          const struct value *v, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    if (v->kind == VALUE_TEXT)
        return drop_attachment(l, r, v->as.text, err);
    for (i = 0; v->kind == VALUE_SET && rc == RC_OK && i < v->as.set.n; i++)
        rc = drop_attachment(l, r, v->as.set.p[i], err);
    return rc;
}

static enum rc drop_attachments(struct local *l, const struct record *r,
                                struct err *err)
{
    size_t f, i;
    enum rc rc = RC_OK;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->type->fields[f].kind == FIELD_ATTACHMENT)
            for (i = 0; rc == RC_OK && i < r->fields[f].n; i++)
                rc = drop_value(l, r, &r->fields[f].p[i].value, err);
    return rc;
}

/* -- all of it ---------------------------------------------------------- */

enum rc local_erase(struct local *l, const struct record *erased,
                    struct arena *mem, struct err *err)
{
    struct record was;
    enum rc rc = rows_load(l->rows, erased->type, erased->area, &erased->id,
                           mem, &was, err);

    if (rc == RC_OK)
        rc = drop_attachments(l, &was, err);
    if (rc == RC_OK)
        rc =
            forget(l, db_query(l->db, SQL("DELETE FROM pulled WHERE id = :id")),
                   &erased->id, err);
    /* The numbers stay: they are still to be handed in, or asked for again by
     * a server put back from a backup. */
    if (rc == RC_OK)
        rc = forget(l,
                    db_query(l->db, SQL("UPDATE journal SET writes = X'00'"
                                        " WHERE record = :id")),
                    &erased->id, err);
    if (rc == RC_OK)
        rc = forget(l,
                    db_query(l->db, SQL("DELETE FROM name WHERE record = :id")),
                    &erased->id, err);
    if (rc == RC_OK)
        rc = local_withheld_erase(l, &erased->id, err);
    return rc == RC_OK ? rows_save(l->rows, erased, mem, err) : rc;
}
