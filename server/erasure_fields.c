/* Some fields of a record, emptied (erasure.h). */
#include <stdlib.h>
#include <string.h>

#include "server/consent.h"
#include "server/erasure_int.h"
#include "sync/limits.h"

enum { STEP_BATCHES = 32, LIST_MAX = 256 };

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
                          uint64_t version, uint64_t now_ms, struct err *err)
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
                     " :seen, :links, :now, 0, 0)"));
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
    if (rc == RC_OK) {
        record_empty(&r, as.fields, as.seen);
        r.version = version;
        rc = rows_save(s->rows, &r, &mem, err);
    }
    if (rc == RC_OK)
        rc = write_down(s, &as, version, now_ms, err);
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

static bool has_field(const struct shape_type *t, uint64_t fields,
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
        *known = has_field(shape_type_named(s->shape, db_blob(q, "type")),
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

/* -- settling: the journal ---------------------------------------------- */

static bool no_record(void *ctx, const struct id *id)
{
    (void)ctx;
    (void)id;
    return false;
}

static int by_record(const void *a, const void *b)
{
    const struct emptying *x = a, *y = b;

    return memcmp(x->name.id.b, y->name.id.b, ID_BYTES);
}

static bool is_due(void *ctx, size_t at, const struct id *id,
                   uint64_t base_version, struct bytes field)
{
    const struct settling *t = ctx;
    struct emptying key = {.name.id = *id};
    const struct emptying *e =
        bsearch(&key, t->list, t->n, sizeof *t->list, by_record);

    (void)at;
    if (e == NULL)
        return false;
    while (e > t->list && by_record(&e[-1], &key) == 0)
        e--;
    for (; e < t->list + t->n && by_record(e, &key) == 0; e++)
        if ((base_version < e->seen || t->journal.link <= e->links) &&
            has_field(e->name.type, e->fields, field))
            return true;
    return false;
}

static enum rc next_area(struct store *s, uint32_t *area, bool *found,
                         struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT area FROM emptying"
                                             " WHERE stripped = 0 LIMIT 1"));

    *found = db_row(q);
    if (*found)
        *area = (uint32_t)db_i64(q, "area");
    return db_done(q, err);
}

static void add_due(struct settling *t, struct db_query *q, size_t *cap)
{
    struct bytes id = db_blob(q, "record");
    struct emptying *e;

    if (t->n == *cap) {
        struct emptying *more =
            arena_new(&t->mem, (2 * *cap + 64) * sizeof *more);

        if (t->n > 0)
            memcpy(more, t->list, t->n * sizeof *more);
        t->list = more;
        *cap = 2 * *cap + 64;
    }
    e = &t->list[t->n];
    e->name.type = shape_type_named(t->s->shape, db_blob(q, "type"));
    e->fields = (uint64_t)db_i64(q, "fields");
    e->seen = (uint64_t)db_i64(q, "seen");
    e->links = (uint64_t)db_i64(q, "links");
    t->upto = (uint64_t)db_i64(q, "version");
    if (id.n == ID_BYTES) {
        memcpy(e->name.id.b, id.p, ID_BYTES);
        t->n++;
    }
}

static enum rc begin_pass(struct settling *t, uint32_t area, struct err *err)
{
    struct wire_strip which = {.whole = no_record, .field = is_due, .ctx = t};
    struct db_query *q = db_query(
        t->s->db, SQL("SELECT version, type, record, fields, seen, links"
                      " FROM emptying WHERE area = :area AND stripped = 0"
                      " ORDER BY version"));
    size_t cap = 0;
    enum rc rc;

    arena_reset(&t->mem);
    t->list = NULL;
    t->n = 0;
    db_bind_i64(q, "area", area);
    while (db_row(q))
        add_due(t, q, &cap);
    rc = db_done(q, err);
    if (t->n > 0)
        qsort(t->list, t->n, sizeof *t->list, by_record);
    t->journal = journal_strip_begin(area, &which);
    t->pass = rc == RC_OK;
    return rc;
}

static enum rc end_pass(struct settling *t, struct err *err)
{
    struct db_query *q =
        db_query(t->s->db, SQL("UPDATE emptying SET stripped = 1 WHERE"
                               " area = :area AND version <= :upto"
                               " AND stripped = 0"));

    db_bind_i64(q, "area", t->journal.area);
    db_bind_i64(q, "upto", (int64_t)t->upto);
    t->changesets += t->journal.n;
    t->pass = false;
    return db_done(db_run_at(q), err);
}

static enum rc strip_some(struct settling *t, struct err *err)
{
    struct journal_strip before = t->journal;
    enum rc rc = db_begin(t->s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = journal_strip_next(&t->journal, t->s, STEP_BATCHES, err);
    if (rc == RC_OK && t->journal.done)
        rc = end_pass(t, err);
    rc = db_end(t->s->db, rc, err);
    if (rc != RC_OK) {
        t->journal = before;
        t->pass = false; /* from the beginning */
    }
    return rc;
}

/* -- settling: the list beside the store -------------------------------- */

static enum rc listed(struct store *s, uint32_t area, uint64_t version,
                      struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE emptying SET listed = 1 WHERE"
                            " area = :area AND version = :version"));

    db_bind_i64(q, "area", area);
    db_bind_i64(q, "version", (int64_t)version);
    return db_done(db_run_at(q), err);
}

struct unlisted {
    uint32_t area;
    uint64_t version;
};

/* Lines of those that are not in the list yet. */
static enum rc unlisted(struct store *s, struct unlisted *out, size_t *n,
                        struct buf *lines, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT area, version, type, record, fields, seen, at_ms"
                   " FROM emptying WHERE listed = 0 LIMIT :most"));

    db_bind_i64(q, "most", LIST_MAX);
    while (db_row(q)) {
        struct bytes id = db_blob(q, "record");
        struct emptying e = {
            .name = {.type = shape_type_named(s->shape, db_blob(q, "type")),
                     .area = (uint32_t)db_i64(q, "area")},
            .fields = (uint64_t)db_i64(q, "fields"),
            .seen = (uint64_t)db_i64(q, "seen")};

        out[*n].area = e.name.area;
        out[(*n)++].version = (uint64_t)db_i64(q, "version");
        if (e.name.type == NULL || id.n != ID_BYTES)
            continue;
        memcpy(e.name.id.b, id.p, ID_BYTES);
        erasure_line(lines, &e.name, &e, (uint64_t)db_i64(q, "at_ms"));
    }
    return db_done(q, err);
}

/* A crash between file and store lists some twice; that is harmless. */
static enum rc list_some(struct settling *t, size_t *n, struct err *err)
{
    struct unlisted some[LIST_MAX];
    struct buf lines = buf_make(SIZE_MAX);
    size_t i;
    enum rc rc = unlisted(t->s, some, n, &lines, err);

    if (rc == RC_OK && *n > 0)
        rc = erasure_list_add(t->dir, buf_view(&lines), err);
    buf_free(&lines);
    if (rc != RC_OK || *n == 0)
        return rc;
    rc = db_begin(t->s->db, err);
    if (rc != RC_OK)
        return rc;
    for (i = 0; rc == RC_OK && i < *n; i++)
        rc = listed(t->s, some[i].area, some[i].version, err);
    return db_end(t->s->db, rc, err);
}

/* -- settling ----------------------------------------------------------- */

void settling_begin(struct settling *t, const char *dir, struct store *s)
{
    *t = (struct settling){.dir = dir, .s = s};
}

void settling_free(struct settling *t)
{
    arena_free(&t->mem);
}

enum rc settling_step(struct settling *t, bool *more, struct err *err)
{
    uint32_t area = 0;
    size_t n = 0;
    bool found = false;
    enum rc rc;

    *more = true;
    if (t->pass)
        return strip_some(t, err);
    rc = list_some(t, &n, err);
    if (rc != RC_OK || n > 0)
        return rc;
    rc = next_area(t->s, &area, &found, err);
    if (rc == RC_OK && found)
        return begin_pass(t, area, err);
    if (rc == RC_OK)
        rc = loose_drop(t->dir, t->s, &t->attachments, err);
    if (rc == RC_OK)
        rc = erasure_empty_log(t->s, err);
    if (rc == RC_OK) {
        t->s->unsettled = false;
        *more = false;
    }
    return rc;
}

static enum rc anything(struct store *s, bool *any, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT 1 AS one FROM emptying WHERE stripped = 0"
                            " UNION ALL SELECT 1 FROM emptying WHERE listed = 0"
                            " UNION ALL SELECT 1 FROM loose LIMIT 1"));

    *any = db_row(q);
    return db_done(q, err);
}

enum rc erase_settle(const char *dir, struct store *s, struct erased *out,
                     struct err *err)
{
    struct settling t;
    bool more = false;
    enum rc rc = anything(s, &more, err);

    settling_begin(&t, dir, s);
    while (rc == RC_OK && more)
        rc = settling_step(&t, &more, err);
    if (out != NULL) {
        out->changesets += t.changesets;
        out->attachments += t.attachments;
    }
    settling_free(&t);
    return rc;
}
