/* What emptied fields and erased records left to do (erasure.h). */
#include <stdlib.h>
#include <string.h>

#include "server/erasure_int.h"
#include "server/keys.h"
#include "server/search.h"
#include "sync/limits.h"

enum { STEP_BATCHES = 32, LIST_MAX = 128 };

/* -- settling: the journal ---------------------------------------------- */

static int by_record(const void *a, const void *b)
{
    const struct emptying *x = a, *y = b;

    return memcmp(x->name.id.b, y->name.id.b, ID_BYTES);
}

/* Is nothing left of a record that is kept apart?  Then all that is sealed with
 * its key goes, and the key after it (apart.h). */
static bool nothing_left(struct settling *t, const struct emptying *e)
{
    struct arena mem = {0};
    struct record r;
    struct err err;
    bool nothing;

    if (e == NULL || e->name.type == NULL || !e->name.type->apart)
        return false;
    nothing = rows_load(t->s->rows, e->name.type, e->name.area, &e->name.id,
                        &mem, &r, &err) == RC_OK &&
              r.version > 0 && !record_exists(&r) && !r.unreadable;
    arena_free(&mem);
    return nothing;
}

static bool is_gone(void *ctx, const struct id *id)
{
    struct settling *t = ctx;
    struct emptying key = {.name.id = *id};

    return t->n > 0 && nothing_left(t, bsearch(&key, t->list, t->n,
                                               sizeof *t->list, by_record));
}

static enum rc destroy_keys(struct settling *t, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < t->n; i++)
        if (nothing_left(t, &t->list[i]))
            rc = keys_destroy(t->s->keys, &t->list[i].name.id, 1, err);
    return rc;
}

static bool is_due(void *ctx, size_t at, const struct id *id,
                   uint64_t base_version, struct bytes field)
{
    const struct settling *t = ctx;
    struct emptying key = {.name.id = *id};
    const struct emptying *e =
        t->n == 0 ? NULL
                  : bsearch(&key, t->list, t->n, sizeof *t->list, by_record);

    (void)at;
    if (e == NULL)
        return false;
    while (e > t->list && by_record(&e[-1], &key) == 0)
        e--;
    for (; e < t->list + t->n && by_record(e, &key) == 0; e++)
        if ((base_version < e->seen || t->journal.link <= e->links) &&
            emptying_has(e->name.type, e->fields, field))
            return true;
    return false;
}

static bool is_replaced(void *ctx, uint64_t number, const struct id *record,
                        struct bytes field)
{
    struct settling *t = ctx;
    bool is = false;

    if (t->fault.code == RC_OK &&
        replaced_is(t->s, &t->links, (uint32_t)t->journal.device, number,
                    record, field, &is, &t->fault) != RC_OK)
        return false; /* strip_some() says so */
    return is;
}

static enum rc next_area(struct store *s, uint32_t *area, bool *found,
                         struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT area FROM emptying"
                                             " WHERE stripped = 0 LIMIT 1"));
    enum rc rc;

    *found = db_row(q);
    if (*found)
        *area = (uint32_t)db_i64(q, "area");
    rc = db_done(q, err);
    return rc == RC_OK && !*found ? replaced_area(s, area, found, err) : rc;
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
    e->name.area = (uint32_t)db_i64(q, "area");
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
    struct wire_strip which = {
        .whole = is_gone, .field = is_due, .number = is_replaced, .ctx = t};
    struct db_query *q = db_query(
        t->s->db, SQL("SELECT area, version, type, record, fields, seen, links"
                      " FROM emptying WHERE area = :area AND stripped = 0"
                      " ORDER BY version"));
    size_t cap = 0;
    enum rc rc;

    arena_reset(&t->mem);
    t->list = NULL;
    t->n = 0;
    t->upto = 0;
    db_bind_i64(q, "area", area);
    while (db_row(q))
        add_due(t, q, &cap);
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = replaced_begin(t->s, area, &t->mem, &t->links, err);
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
    enum rc rc;

    db_bind_i64(q, "area", t->journal.area);
    db_bind_i64(q, "upto", (int64_t)t->upto);
    t->changesets += t->journal.n;
    t->pass = false;
    rc = db_done(db_run_at(q), err);
    return rc == RC_OK ? replaced_end(t->s, t->journal.area, err) : rc;
}

static enum rc strip_some(struct settling *t, struct err *err)
{
    struct journal_strip before = t->journal;
    enum rc rc = db_begin(t->s->db, err);

    if (rc != RC_OK)
        return rc;
    t->fault.code = RC_OK;
    rc = journal_strip_next(&t->journal, t->s, STEP_BATCHES, err);
    if (rc == RC_OK && t->fault.code != RC_OK) /* or it would stay for ever */
        rc = err_set(err, t->fault.code, "%s", t->fault.text);
    if (rc == RC_OK && t->journal.done)
        rc = destroy_keys(t, err);
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

    enum rc rc;

    db_bind_i64(q, "area", area);
    db_bind_i64(q, "version", (int64_t)version);
    rc = db_done(db_run_at(q), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("UPDATE erasure SET listed = 1 WHERE"
                            " area = :area AND version = :version"));
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "version", (int64_t)version);
    return db_done(db_run_at(q), err);
}

struct unlisted {
    uint32_t area;
    uint64_t version;
    struct id apart; /* whose key goes, if `sealed` */
    bool sealed;
};

/* The same of records that were erased. */
static enum rc unlisted_records(struct store *s, struct unlisted *out,
                                size_t *n, struct buf *lines, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT area, version, type, record, at_ms FROM erasure"
                   " WHERE listed = 0 LIMIT :most"));

    db_bind_i64(q, "most", LIST_MAX);
    while (db_row(q)) {
        struct bytes id = db_blob(q, "record");
        struct unlisted *u = &out[*n];
        struct rows_name name = {
            .type = shape_type_named(s->shape, db_blob(q, "type")),
            .area = (uint32_t)db_i64(q, "area")};

        u->area = name.area;
        u->version = (uint64_t)db_i64(q, "version");
        ++*n;
        if (name.type == NULL || id.n != ID_BYTES)
            continue;
        memcpy(name.id.b, id.p, ID_BYTES);
        u->sealed = name.type->apart;
        u->apart = name.id;
        erasure_line(lines, &name, NULL, (uint64_t)db_i64(q, "at_ms"));
    }
    return db_done(q, err);
}

/* After the list: a backup that lacks the key has the line (backup.h). */
static enum rc destroy_listed(struct store *s, const struct unlisted *list,
                              size_t n, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++)
        if (list[i].sealed)
            rc = keys_destroy(s->keys, &list[i].apart, 1, err);
    return rc;
}

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
    struct unlisted some[2 * LIST_MAX] = {0};
    struct buf lines = buf_make(SIZE_MAX);
    size_t i;
    enum rc rc = unlisted(t->s, some, n, &lines, err);

    if (rc == RC_OK)
        rc = unlisted_records(t->s, some, n, &lines, err);
    if (rc == RC_OK && *n > 0)
        rc = erasure_list_add(t->dir, buf_view(&lines), err);
    buf_free(&lines);
    if (rc == RC_OK)
        rc = destroy_listed(t->s, some, *n, err);
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
        rc = search_purge(t->s, &found, err);
    if (rc == RC_OK && found)
        return rc;
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
                            " UNION ALL SELECT 1 FROM erasure WHERE listed = 0"
                            " UNION ALL SELECT 1 FROM replaced WHERE due > 0"
                            " UNION ALL SELECT 1 FROM search_state"
                            " WHERE purge > 0"
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
