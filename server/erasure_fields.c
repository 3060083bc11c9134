/* Some fields of a record, emptied (erasure.h). */
#include "server/apart.h"
#include "server/consent.h"
#include "server/erasure_int.h"
#include "server/search.h"

/* -- the row ------------------------------------------------------------ */

static enum rc links_of(struct store *s, uint32_t area, uint64_t *out,
                        struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT links FROM area"
                                             " WHERE number = :area"));

    db_bind_i64(q, "area", area);
    *out = db_row(q) ? (uint64_t)db_i64(q, "links") : 0;
    return db_done(q, err);
}

static enum rc write_down(struct store *s, const struct emptying *e,
                          uint64_t version, uint64_t now_ms, bool listed,
                          struct err *err)
{
    struct db_query *q;
    uint64_t links = 0;
    enum rc rc = links_of(s, e->name.area, &links, err);

    if (rc != RC_OK)
        return rc;
    q = db_query(s->db,
                 SQL("INSERT INTO emptying(area, version, type, record, fields,"
                     " seen, links, at_ms, stripped, listed)"
                     " VALUES (:area, :version, :type, :record, :fields,"
                     " :seen, :links, :now, 0, :listed)"));
    db_bind_i64(q, "listed", listed);
    db_bind_i64(q, "area", e->name.area);
    db_bind_i64(q, "version", (int64_t)version);
    db_bind_text(q, "type", e->name.type->name);
    db_bind_blob(q, "record", id_bytes(&e->name.id));
    db_bind_i64(q, "fields", (int64_t)e->fields);
    db_bind_i64(q, "seen", (int64_t)e->seen);
    db_bind_i64(q, "links", (int64_t)links);
    db_bind_i64(q, "now", (int64_t)now_ms);
    return db_done(db_run_at(q), err);
}

enum rc emptying_do(struct store *s, const struct emptying *e, uint64_t version,
                    uint64_t now_ms, struct err *err)
{
    struct emptying as = *e;
    struct arena mem = {0};
    struct record r;
    enum rc rc = rows_load(s->rows, e->name.type, e->name.area, &e->name.id,
                           &mem, &r, err);

    if (as.seen == 0)
        as.seen = version;
    if (rc == RC_OK)
        rc = loose_note(s, &r, e->fields, err);
    if (rc == RC_OK)
        rc = search_purge_due(s, err);
    if (rc == RC_OK && !r.unreadable) { /* or nobody can read it anyway */
        record_empty(&r, as.fields, as.seen);
        r.version = version;
        rc = rows_save(s->rows, &r, &mem, err);
        if (rc == RC_OK && r.type->apart)
            rc = apart_given(s, &r, err);
    }
    if (rc == RC_OK)
        rc = write_down(s, &as, version, now_ms, false, err);
    arena_free(&mem);
    s->unsettled |= rc == RC_OK;
    return rc;
}

enum rc erase_fields(struct store *s, const struct rows_name *name,
                     uint64_t fields, uint64_t *version, uint64_t now_ms,
                     struct err *err)
{
    uint64_t all = name->type->fields_n < 64
                       ? (UINT64_C(1) << name->type->fields_n) - 1
                       : UINT64_MAX;
    struct emptying e = {.name = *name,
                         .fields =
                             fields & all & ~(UINT64_C(1) << FIELD_DELETED)};
    struct consent_change change = {0};
    struct arena mem = {0};
    struct record r;
    bool erased = false;
    enum rc rc = erasure_known(s, &name->id, &erased, err);

    if (rc != RC_OK || erased || e.fields == 0)
        return rc;
    rc = rows_load(s->rows, name->type, name->area, &name->id, &mem, &r, err);
    if (rc == RC_OK)
        consent_changes(&change, &r, &mem);
    if (rc == RC_OK)
        rc = emptying_do(s, &e, *version + 1, now_ms, err);
    if (rc == RC_OK) {
        ++*version;
        rc = consent_settle(s, &change, version, now_ms, err);
    }
    arena_free(&mem);
    return rc;
}

static enum rc take_out(struct store *s, struct record *r, uint64_t version,
                        struct arena *mem, struct err *err)
{
    enum rc rc = loose_note(s, r, UINT64_MAX, err);

    if (rc == RC_OK)
        rc = search_purge_due(s, err);
    if (rc != RC_OK)
        return rc;
    record_erase(r, version);
    return rows_save(s->rows, r, mem, err);
}

enum rc erase_record(struct store *s, const struct rows_name *name,
                     uint64_t *version, uint64_t now_ms, struct err *err)
{
    struct emptying all = {
        .name = *name, .fields = UINT64_MAX, .seen = *version + 1};
    struct consent_change change = {0};
    struct arena mem = {0};
    struct record r;
    bool erased = false;
    enum rc rc = erasure_known(s, &name->id, &erased, err);

    if (rc != RC_OK || erased)
        return rc;
    rc = rows_load(s->rows, name->type, name->area, &name->id, &mem, &r, err);
    if (rc == RC_OK) {
        consent_changes(&change, &r, &mem);
        rc = take_out(s, &r, *version + 1, &mem, err);
    }
    if (rc == RC_OK)
        rc = erasure_note(s, name, *version + 1, now_ms, false, err);
    if (rc == RC_OK) /* what the journal holds of it */
        rc = write_down(s, &all, *version + 1, now_ms, true, err);
    if (rc == RC_OK) {
        s->unsettled = true;
        ++*version;
        rc = consent_settle(s, &change, version, now_ms, err);
    }
    arena_free(&mem);
    return rc;
}

enum rc erase_fields_next(struct store *s, const struct rows_name *name,
                          uint64_t fields, uint64_t now_ms, struct err *err)
{
    uint64_t taken = 0, version;
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = erasure_version(s, name->area, &taken, err);
    version = taken - 1;
    if (rc == RC_OK)
        rc = erase_fields(s, name, fields, &version, now_ms, err);
    while (rc == RC_OK && taken < version) /* of what rested on it */
        rc = erasure_version(s, name->area, &taken, err);
    return db_end(s->db, rc, err);
}

enum rc erase_record_next(struct store *s, const struct rows_name *name,
                          uint64_t now_ms, struct err *err)
{
    uint64_t taken = 0, version;
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = erasure_version(s, name->area, &taken, err);
    version = taken - 1;
    if (rc == RC_OK)
        rc = erase_record(s, name, &version, now_ms, err);
    while (rc == RC_OK && taken < version)
        rc = erasure_version(s, name->area, &taken, err);
    return db_end(s->db, rc, err);
}

/* -- what was emptied? -------------------------------------------------- */

enum rc emptying_known(struct store *s, const struct id *id,
                       uint64_t base_version, bool *known, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT 1 AS one FROM emptying"
                            " WHERE record = :record AND seen > :base"));

    db_bind_blob(q, "record", id_bytes(id));
    db_bind_i64(q, "base", (int64_t)base_version);
    *known = db_row(q);
    return db_done(q, err);
}

bool emptying_has(const struct shape_type *t, uint64_t fields,
                  struct bytes name)
{
    const struct shape_field *f = t == NULL ? NULL : shape_field_named(t, name);

    return f != NULL && fields >> shape_field_index(t, f) & 1U;
}

enum rc emptying_of(struct store *s, const struct id *id, uint64_t base_version,
                    struct bytes field, bool *known, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT type, fields FROM emptying"
                            " WHERE record = :record AND seen > :base"));

    *known = false;
    db_bind_blob(q, "record", id_bytes(id));
    db_bind_i64(q, "base", (int64_t)base_version);
    while (!*known && db_row(q))
        *known = emptying_has(shape_type_named(s->shape, db_blob(q, "type")),
                              (uint64_t)db_i64(q, "fields"), field);
    return db_done(q, err);
}

enum rc emptying_done(struct store *s, const struct emptying *e, bool *done,
                      struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT fields FROM emptying WHERE record = :record"
                            " AND seen >= :seen"));
    uint64_t left = e->fields;

    db_bind_blob(q, "record", id_bytes(&e->name.id));
    db_bind_i64(q, "seen", (int64_t)e->seen);
    while (db_row(q))
        left &= ~(uint64_t)db_i64(q, "fields");
    *done = left == 0;
    return db_done(q, err);
}
