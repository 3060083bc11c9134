/* What goes off a device for good: erased, or given to others alone
 * (local_tables.h). */
#include <string.h>

#include "client/local_tables.h"
#include "sync/limits.h"
#include "sync/merge.h"

static enum rc forget(struct local *l, struct db_query *q, const struct id *id,
                      struct err *err)
{
    (void)l;
    db_bind_blob(q, "id", id_bytes(id));
    return db_done(db_run_at(q), err);
}

/* -- attachments -------------------------------------------------------- */

struct sharing { /* is this one named by a record, but this one? */
    struct bytes sha256;
    const struct record *but; /* or NULL */
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

    s->named =
        (s->but == NULL || !id_eq(&r->id, &s->but->id)) && names(r, s->sha256);
    return !s->named;
}

static enum rc drop_attachment(struct local *l, const struct record *but,
                               struct bytes sha256, struct err *err)
{
    struct sharing s = {.sha256 = sha256, .but = but};
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

static enum rc drop_value(struct local *l, const struct record *but,
                          const struct value *v, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    if (v->kind == VALUE_TEXT)
        return drop_attachment(l, but, v->as.text, err);
    for (i = 0; v->kind == VALUE_SET && rc == RC_OK && i < v->as.set.n; i++)
        rc = drop_attachment(l, but, v->as.set.p[i], err);
    return rc;
}

/* Those that these fields name (a bit each) and no record, but `but`. */
static enum rc drop_attachments(struct local *l, const struct record *r,
                                uint64_t fields, const struct record *but,
                                struct err *err)
{
    size_t f, i;
    enum rc rc = RC_OK;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->type->fields[f].kind == FIELD_ATTACHMENT && fields & UINT64_C(1)
                                                                        << f)
            for (i = 0; rc == RC_OK && i < r->fields[f].n; i++)
                rc = drop_value(l, but, &r->fields[f].p[i].value, err);
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
        rc = drop_attachments(l, &was, UINT64_MAX, &was, err);
    if (rc == RC_OK)
        rc =
            forget(l, db_query(l->db, SQL("DELETE FROM pulled WHERE id = :id")),
                   &erased->id, err);
    /* The numbers stay: they are still to be handed in, or asked for again by
     * a server put back from a backup.  What was kept aside is so no more. */
    if (rc == RC_OK)
        rc = forget(l,
                    db_query(l->db, SQL("UPDATE journal SET writes = X'00',"
                                        " reason = '' WHERE record = :id")),
                    &erased->id, err);
    if (rc == RC_OK)
        rc = forget(l,
                    db_query(l->db, SQL("DELETE FROM name WHERE record = :id")),
                    &erased->id, err);
    if (rc == RC_OK)
        rc = forget(
            l, db_query(l->db, SQL("DELETE FROM draft WHERE record = :id")),
            &erased->id, err);
    if (rc == RC_OK)
        rc = local_withheld_erase(l, &erased->id, err);
    return rc == RC_OK ? rows_save(l->rows, erased, mem, err) : rc;
}

/* -- some fields -------------------------------------------------------- */

struct emptied { /* a changeset of the journal that loses writes */
    struct emptied *next;
    uint64_t number;
    struct bytes writes;
};

/* Without what was written, unseen, to fields that were emptied; false: it
 * stays as it is. */
static bool lose_writes(struct changeset *c, const struct record *emptied,
                        struct arena *mem)
{
    uint64_t lost = merge_emptied(emptied, c);
    struct write *w = arena_new(mem, c->writes_n * sizeof *w);
    size_t i, n = 0;

    for (i = 0; i < c->writes_n; i++)
        if (!(lost & UINT64_C(1) << c->writes[i].field))
            w[n++] = c->writes[i];
    c->writes = w;
    c->writes_n = n;
    return lost != 0;
}

static enum rc find_emptied(struct local *l, const struct record *r,
                            struct emptied **out, struct arena *mem,
                            struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT number, type, base_version, writes"
                            " FROM journal WHERE record = :record"
                            " AND area = :area"));
    enum rc rc = RC_OK, done;

    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_i64(q, "area", r->area);
    while (rc == RC_OK && db_row(q)) {
        struct changeset c = {.type = r->type,
                              .base_version =
                                  (uint64_t)db_i64(q, "base_version")};
        struct buf packed = buf_make(changeset_bytes_max);
        struct emptied *e;

        rc =
            writes_unpack(&c, arena_bytes(mem, db_blob(q, "writes")), mem, err);
        if (rc == RC_OK && lose_writes(&c, r, mem)) {
            writes_pack(&c, &packed);
            e = arena_new(mem, sizeof *e);
            *e = (struct emptied){*out, (uint64_t)db_i64(q, "number"),
                                  arena_bytes(mem, buf_view(&packed))};
            *out = e;
        }
        buf_free(&packed);
    }
    done = db_done(q, rc == RC_OK ? err : NULL);
    return rc == RC_OK ? done : rc;
}

/* What waits for consent is no more than the journal. */
static enum rc empty_withheld(struct local *l, const struct record *emptied,
                              struct err *err)
{
    size_t f;
    enum rc rc = RC_OK;

    for (f = 0; rc == RC_OK && f < emptied->type->fields_n; f++) {
        struct db_query *q;

        if (emptied->fields[f].emptied == 0)
            continue;
        q = db_query(l->db, SQL("DELETE FROM withheld WHERE record = :record"
                                " AND field = :field"
                                " AND base_version < :emptied"));
        db_bind_blob(q, "record", id_bytes(&emptied->id));
        db_bind_i64(q, "field", (int64_t)f);
        db_bind_i64(q, "emptied", (int64_t)emptied->fields[f].emptied);
        rc = db_done(db_run_at(q), err);
    }
    return rc;
}

enum rc local_empty(struct local *l, const struct record *emptied,
                    struct arena *mem, struct err *err)
{
    struct emptied *e = NULL;
    enum rc rc = find_emptied(l, emptied, &e, mem, err);

    for (; rc == RC_OK && e != NULL; e = e->next) {
        struct db_query *q =
            db_query(l->db, SQL("UPDATE journal SET writes = :writes"
                                " WHERE number = :number"));

        db_bind_blob(q, "writes", e->writes);
        db_bind_i64(q, "number", (int64_t)e->number);
        rc = db_done(db_run_at(q), err);
    }
    return rc == RC_OK ? empty_withheld(l, emptied, err) : rc;
}

enum rc local_empty_files(struct local *l, const struct record *was,
                          const struct record *now, struct err *err)
{
    uint64_t fields = 0;
    size_t f;

    for (f = 0; f < was->type->fields_n; f++)
        if (was->fields[f].emptied < now->fields[f].emptied)
            fields |= UINT64_C(1) << f;
    return drop_attachments(l, was, fields, NULL, err);
}

/* -- given to others alone ---------------------------------------------- */

/* The numbers stay, as with an erasure; what waits is handed in and judged by
 * the server.  Nothing is left that says it was ever here, so that the record
 * comes back as new when it is given again. */
enum rc local_recall(struct local *l, const struct record *recalled,
                     struct arena *mem, struct err *err)
{
    struct record none =
        record_new(recalled->type, &recalled->id, recalled->area, mem);
    enum rc rc =
        forget(l, db_query(l->db, SQL("DELETE FROM pulled WHERE id = :id")),
               &recalled->id, err);

    if (rc == RC_OK)
        rc = forget(l,
                    db_query(l->db, SQL("UPDATE journal SET writes = X'00'"
                                        " WHERE record = :id AND acked > 0")),
                    &recalled->id, err);
    if (rc == RC_OK)
        rc = forget(l,
                    db_query(l->db, SQL("DELETE FROM name WHERE record = :id")),
                    &recalled->id, err);
    if (rc == RC_OK)
        rc = forget(
            l, db_query(l->db, SQL("DELETE FROM draft WHERE record = :id")),
            &recalled->id, err);
    return rc == RC_OK ? local_replay(l, &none, mem, err) : rc;
}
