/* What is no longer ours goes off the device (local_tables.h). */
#include <stdlib.h>
#include <string.h>

#include "client/local_tables.h"

struct dropping { /* records of one area */
    uint32_t area;
    struct rows_name *list; /* own */
    size_t n, cap;
};

static bool note_record(void *ctx, const struct record *rec)
{
    struct dropping *d = ctx;

    if (rec->area != d->area)
        return true;
    if (d->n == d->cap) {
        d->cap = 2 * d->cap + 256;
        d->list = mem_resize(d->list, d->cap * sizeof *d->list);
    }
    d->list[d->n++] = (struct rows_name){rec->type, rec->area, rec->id};
    return true;
}

/* The words under which an import knows it; not if its own work waits. */
static enum rc drop_name(struct local *l, const struct id *id, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("DELETE FROM name WHERE record = :id AND record NOT IN"
                   " (SELECT record FROM journal WHERE acked = 0)"));

    db_bind_blob(q, "id", id_bytes(id));
    return db_done(db_run_at(q), err);
}

static enum rc run_in(struct db_query *q, uint32_t area, struct err *err)
{
    db_bind_i64(q, "area", area);
    return db_done(db_run_at(q), err);
}

/* As pulled and as shown. */
static enum rc drop_records(struct local *l, uint32_t area, struct err *err)
{
    struct dropping d = {.area = area};
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; i < l->shape->types_n && rc == RC_OK; i++)
        rc = rows_all(l->rows, &l->shape->types[i], note_record, &d, err);
    for (i = 0; i < d.n && rc == RC_OK; i++) {
        rc = rows_remove(l->rows, d.list[i].type, area, &d.list[i].id, err);
        if (rc == RC_OK)
            rc = drop_name(l, &d.list[i].id, err);
    }
    free(d.list);
    return rc == RC_OK
               ? run_in(db_query(l->db,
                                 SQL("DELETE FROM pulled WHERE area = :area")),
                        area, err)
               : rc;
}

/* Pieces of photos that no area here has any more. */
static enum rc drop_pieces(struct local *l, struct err *err)
{
    return db_run(l->db,
                  SQL("DELETE FROM piece WHERE sha256 NOT IN"
                      " (SELECT sha256 FROM attachment)"),
                  err);
}

/* -- an area ------------------------------------------------------------ */

static enum rc area_waits(struct local *l, uint32_t area, bool *out,
                          struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT 1 AS one FROM journal WHERE area = :area"
                            " AND acked = 0 LIMIT 1"));

    db_bind_i64(q, "area", area);
    *out = db_row(q);
    return db_done(q, err);
}

/* Also photos that were never handed in, and what waits for consent: the server
 * takes them no more. */
static enum rc drop_area(struct local *l, uint32_t area, struct err *err)
{
    bool waits = false;
    enum rc rc = area_waits(l, area, &waits, err);

    if (rc != RC_OK || waits)
        return rc;
    rc = drop_records(l, area, err);
    if (rc == RC_OK)
        rc = run_in(
            db_query(l->db, SQL("DELETE FROM withheld WHERE area = :area")),
            area, err);
    /* The numbers stay: a server put back from a backup may ask for them. */
    if (rc == RC_OK)
        rc = run_in(db_query(l->db, SQL("UPDATE journal SET writes = X'00'"
                                        " WHERE area = :area")),
                    area, err);
    if (rc == RC_OK)
        rc = run_in(
            db_query(l->db, SQL("DELETE FROM attachment WHERE area = :area")),
            area, err);
    if (rc == RC_OK)
        rc = drop_pieces(l, err);
    if (rc == RC_OK)
        rc = run_in(db_query(l->db, SQL("DELETE FROM draft WHERE area = :area"
                                        " OR area = 0")),
                    area, err);
    if (rc == RC_OK)
        rc = run_in(db_query(l->db, SQL("UPDATE area SET cursor = 0,"
                                        " granted = -1 WHERE number = :area")),
                    area, err);
    return rc;
}

enum rc local_drop_withdrawn(struct local *l, struct err *err)
{
    struct arena mem = {0};
    struct local_area *areas;
    size_t n, i;
    enum rc rc = local_areas(l, &mem, &areas, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (areas[i].withdrawn)
            rc = drop_area(l, areas[i].info.number, err);
    arena_free(&mem);
    return rc;
}

/* -- a role ------------------------------------------------------------- */

static bool writes_field(const struct shape_type *t,
                         const struct shape_field *f, enum role role)
{
    return t != NULL && f != NULL && (t->write >> role & 1U) != 0 &&
           (f->see >> role & 1U) != 0;
}

/* Answers to what the role may not ask. */
static enum rc drop_drafts(struct local *l, enum role role, struct err *err)
{
    struct db_query *q = db_query(l->db, SQL("SELECT type, field FROM draft"));
    struct arena mem = {0};
    struct dropped {
        const char *type, *field;
    } *list = NULL;
    size_t n = 0, cap = 0, i;
    enum rc rc;

    while (db_row(q)) {
        const struct shape_type *t =
            shape_type_named(l->shape, bytes_of(db_text(q, "type")));
        const struct shape_field *f =
            t == NULL ? NULL
                      : shape_field_named(t, bytes_of(db_text(q, "field")));

        if (writes_field(t, f, role))
            continue;
        if (n == cap) {
            cap = 2 * cap + 16;
            list = mem_resize(list, cap * sizeof *list);
        }
        list[n].type = arena_printf(&mem, "%s", db_text(q, "type"));
        list[n++].field = arena_printf(&mem, "%s", db_text(q, "field"));
    }
    rc = db_done(q, err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        q = db_query(l->db, SQL("DELETE FROM draft WHERE type = :type"
                                " AND field = :field"));
        db_bind_text(q, "type", list[i].type);
        db_bind_text(q, "field", list[i].field);
        rc = db_done(db_run_at(q), err);
    }
    free(list);
    arena_free(&mem);
    return rc;
}

struct waiting { /* a write that waits for consent */
    struct rows_name of;
    int64_t field;
};

static enum rc list_withheld(struct local *l, struct waiting **out, size_t *n,
                             struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT record, field, area, type FROM withheld"));
    struct waiting *list = NULL;
    size_t cap = 0;

    *n = 0;
    while (db_row(q)) {
        struct waiting w = {.of = {.type = shape_type_named(
                                       l->shape, bytes_of(db_text(q, "type"))),
                                   .area = (uint32_t)db_i64(q, "area")},
                            .field = db_i64(q, "field")};

        if (w.of.type == NULL || db_blob(q, "record").n != ID_BYTES ||
            w.field < 0 || (size_t)w.field >= w.of.type->fields_n)
            continue;
        memcpy(w.of.id.b, db_blob(q, "record").p, ID_BYTES);
        if (*n == cap) {
            cap = 2 * cap + 16;
            list = mem_resize(list, cap * sizeof *list);
        }
        list[(*n)++] = w;
    }
    *out = list;
    return db_done(q, err);
}

/* What waits for consent waits on, and is shown; but what this role may not
 * write can never be handed in, and goes. */
static enum rc keep_withheld(struct local *l, enum role role, struct err *err)
{
    struct arena mem = {0};
    struct waiting *list = NULL;
    size_t n, i;
    enum rc rc = list_withheld(l, &list, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++) {
        const struct waiting *w = &list[i];
        struct db_query *q;

        if (!writes_field(w->of.type, &w->of.type->fields[w->field], role)) {
            q = db_query(l->db,
                         SQL("DELETE FROM withheld WHERE record = :record"
                             " AND field = :field"));
            db_bind_blob(q, "record", id_bytes(&w->of.id));
            db_bind_i64(q, "field", w->field);
            rc = db_done(db_run_at(q), err);
        }
        if (rc == RC_OK)
            rc = local_replay_stored(l, w->of.type, w->of.area, &w->of.id, &mem,
                                     err);
    }
    free(list);
    arena_free(&mem);
    return rc;
}

/* Photos that the server has can be asked for again; others stay if the role
 * may hand them in. */
static enum rc drop_photos(struct local *l, enum role role, struct err *err)
{
    bool hands_in = false;
    size_t t, f;
    enum rc rc;

    for (t = 0; t < l->shape->types_n; t++)
        for (f = 0; f < l->shape->types[t].fields_n; f++) {
            const struct shape_type *type = &l->shape->types[t];

            hands_in |= type->fields[f].kind == FIELD_ATTACHMENT &&
                        writes_field(type, &type->fields[f], role);
        }
    rc = hands_in
             ? db_run(l->db, SQL("DELETE FROM attachment WHERE sent = 1"), err)
             : db_run(l->db, SQL("DELETE FROM attachment"), err);
    return rc == RC_OK ? drop_pieces(l, err) : rc;
}

enum rc local_drop_for_role(struct local *l, enum role role, struct err *err)
{
    struct arena mem = {0};
    struct local_area *areas;
    size_t n, i;
    enum rc rc = local_areas(l, &mem, &areas, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = drop_records(l, areas[i].info.number, err);
    if (rc == RC_OK)
        rc = db_run(l->db,
                    SQL("UPDATE journal SET writes = X'00' WHERE acked > 0"),
                    err);
    if (rc == RC_OK)
        rc = drop_photos(l, role, err);
    if (rc == RC_OK)
        rc = drop_drafts(l, role, err);
    if (rc == RC_OK)
        rc = db_run(l->db, SQL("UPDATE area SET cursor = 0"), err);
    if (rc == RC_OK)
        rc = local_replay_all(l, err);
    if (rc == RC_OK)
        rc = keep_withheld(l, role, err);
    arena_free(&mem);
    return rc;
}
