/* Attachments of what is erased (erasure_int.h): they go once no record names
 * them any more. */
#include <stdlib.h>
#include <string.h>

#include "server/attachment.h"
#include "server/erasure_int.h"

enum { LOOSE_MAX = 512 }; /* looked at together */

static enum rc note(struct store *s, uint32_t area, struct bytes sha256,
                    struct err *err)
{
    struct db_query *q;

    if (sha256.n != DIGEST_HEX_CHARS) /* the name of no file */
        return RC_OK;
    q = db_query(s->db, SQL("INSERT INTO loose(area, sha256)"
                            " VALUES (:area, :sha256)"
                            " ON CONFLICT (area, sha256) DO NOTHING"));
    db_bind_i64(q, "area", area);
    db_bind_text_bytes(q, "sha256", sha256);
    return db_done(db_run_at(q), err);
}

static enum rc note_value(struct store *s, uint32_t area, const struct value *v,
                          struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    if (v->kind == VALUE_TEXT)
        return note(s, area, v->as.text, err);
    for (i = 0; rc == RC_OK && v->kind == VALUE_SET && i < v->as.set.n; i++)
        rc = note(s, area, v->as.set.p[i], err);
    return rc;
}

enum rc loose_note(struct store *s, const struct record *r, uint64_t fields,
                   struct err *err)
{
    size_t f, i;
    enum rc rc = RC_OK;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->type->fields[f].kind == FIELD_ATTACHMENT && fields & UINT64_C(1)
                                                                        << f)
            for (i = 0; rc == RC_OK && i < r->fields[f].n; i++)
                rc = note_value(s, r->area, &r->fields[f].p[i].value, err);
    return rc;
}

/* -- which of them are named by records that stay? ---------------------- */

struct loose {
    uint32_t area;
    char sha256[DIGEST_HEX_CHARS + 1];
    bool named;
};

struct looking {
    struct loose list[LOOSE_MAX];
    size_t n;
};

static bool names(const struct value *v, struct bytes sha256)
{
    return (v->kind == VALUE_TEXT && bytes_eq(v->as.text, sha256)) ||
           value_has(v, sha256);
}

static void look_at(struct looking *l, const struct record *r,
                    const struct value *v)
{
    size_t k;

    for (k = 0; k < l->n; k++)
        l->list[k].named |=
            l->list[k].area == r->area && names(v, bytes_of(l->list[k].sha256));
}

static bool look(void *ctx, const struct record *r)
{
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0;
             r->type->fields[f].kind == FIELD_ATTACHMENT && i < r->fields[f].n;
             i++)
            look_at(ctx, r, &r->fields[f].p[i].value);
    return true;
}

static bool has_attachments(const struct shape_type *t)
{
    size_t f;

    for (f = 0; f < t->fields_n; f++)
        if (t->fields[f].kind == FIELD_ATTACHMENT)
            return true;
    return false;
}

static enum rc load(struct store *s, struct looking *l, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT area, sha256 FROM loose"
                                             " ORDER BY area, sha256"
                                             " LIMIT :most"));

    l->n = 0;
    db_bind_i64(q, "most", LOOSE_MAX);
    while (db_row(q)) {
        struct loose *one = &l->list[l->n];

        *one = (struct loose){.area = (uint32_t)db_i64(q, "area")};
        memcpy(one->sha256, db_blob(q, "sha256").p, DIGEST_HEX_CHARS);
        l->n++;
    }
    return db_done(q, err);
}

static enum rc forget(struct store *s, const struct loose *l, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("DELETE FROM loose WHERE"
                                             " area = :area"
                                             " AND sha256 = :sha256"));

    db_bind_i64(q, "area", l->area);
    db_bind_text(q, "sha256", l->sha256);
    return db_done(db_run_at(q), err);
}

static enum rc drop(const char *dir, const struct loose *l, uint64_t *n,
                    struct err *err)
{
    struct attachment a;
    enum rc rc;

    /* What a record says is no SHA-256 is the name of no file. */
    if (l->named || attachment_name(dir, l->area, l->sha256, &a, NULL) != RC_OK)
        return RC_OK;
    rc = attachment_remove(&a, err);
    *n += rc == RC_OK;
    return rc;
}

/* Those in `l`: the files first, so that a crash between leaves them noted. */
static enum rc settle(const char *dir, struct store *s, struct looking *l,
                      uint64_t *n, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < s->shape->types_n; i++)
        if (has_attachments(&s->shape->types[i]))
            rc = rows_all(s->rows, &s->shape->types[i], look, l, err);
    for (i = 0; rc == RC_OK && i < l->n; i++)
        rc = drop(dir, &l->list[i], n, err);
    if (rc == RC_OK)
        rc = db_begin(s->db, err);
    if (rc != RC_OK)
        return rc;
    for (i = 0; rc == RC_OK && i < l->n; i++)
        rc = forget(s, &l->list[i], err);
    return db_end(s->db, rc, err);
}

enum rc loose_drop(const char *dir, struct store *s, uint64_t *n,
                   struct err *err)
{
    struct looking *l = mem_new(sizeof *l);
    enum rc rc = load(s, l, err);

    while (rc == RC_OK && l->n > 0) {
        rc = settle(dir, s, l, n, err);
        if (rc == RC_OK)
            rc = load(s, l, err);
    }
    free(l);
    return rc;
}
