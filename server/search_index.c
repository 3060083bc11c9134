/* The index of words: kept, followed, freed of what is gone (search.h). */
#include "server/search_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/seek.h"

enum {
    TEXT_BYTES_MAX = 4 * 1024 * 1024, /* of one record */
    STEP_RECORDS = 512,
    PURGE_PAGES = 64,
};

/* The types that have text to look through: a bit each. */
static uint64_t searched_types(const struct shape *shape)
{
    uint64_t types = 0;
    size_t t, f;

    for (t = 0; t < shape->types_n; t++)
        for (f = FIELD_DELETED + 1; f < shape->types[t].fields_n; f++)
            if (seek_field(&shape->types[t], &shape->types[t].fields[f],
                           ROLE_LEAD))
                types |= UINT64_C(1) << t;
    return types;
}

/* -- records with their text -------------------------------------------- */

void notes_init(struct notes *l, size_t max)
{
    *l = (struct notes){.max = max, .text = buf_make(TEXT_BYTES_MAX)};
}

void notes_free(struct notes *l)
{
    free(l->p);
    arena_free(&l->mem);
    arena_free(&l->scratch);
    buf_free(&l->text);
}

static bool on_changed(void *ctx, const struct record *rec)
{
    struct notes *l = ctx;
    struct shown shown;

    l->full = l->n == l->max;
    if (l->full)
        return false;
    if (l->n == l->cap) {
        l->cap = 2 * l->cap + 64;
        l->p = mem_resize(l->p, l->cap * sizeof *l->p);
    }
    arena_reset(&l->scratch);
    merge_show_record(rec, &l->scratch, &shown);
    buf_clear(&l->text);
    seek_text(rec->type, &shown, ROLE_LEAD, &l->text);
    l->p[l->n++] =
        (struct noted){.type = rec->type,
                       .id = rec->id,
                       .version = rec->version,
                       .text = arena_bytes(&l->mem, buf_view(&l->text))};
    return true;
}

enum rc notes_read(struct notes *l, struct store *s,
                   const struct shape_type *type, uint32_t area, uint64_t after,
                   struct err *err)
{
    uint64_t types = searched_types(s->shape);

    if (type != NULL)
        types &= UINT64_C(1) << shape_type_index(s->shape, type);
    return rows_changed_among(s->rows, types, area, after, on_changed, l, err);
}

/* -- the index ---------------------------------------------------------- */

const char *search_scope(uint32_t area, char out[SCOPE_BYTES])
{
    snprintf(out, SCOPE_BYTES, "a%" PRIu32, area);
    return out;
}

static enum rc index_remove(struct db *db, int64_t doc, uint32_t area,
                            struct bytes text, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO search(search, rowid, scope, text)"
                         " VALUES ('delete', :doc, :scope, :text)"));
    char scope[SCOPE_BYTES];

    db_bind_i64(q, "doc", doc);
    db_bind_text(q, "scope", search_scope(area, scope));
    db_bind_text_bytes(q, "text", text);
    return db_done(db_run_at(q), err);
}

static enum rc index_add(struct db *db, int64_t doc, uint32_t area,
                         struct bytes text, struct err *err)
{
    struct db_query *q = db_query(db, SQL("INSERT INTO search(rowid, scope,"
                                          " text)"
                                          " VALUES (:doc, :scope, :text)"));
    char scope[SCOPE_BYTES];

    db_bind_i64(q, "doc", doc);
    db_bind_text(q, "scope", search_scope(area, scope));
    db_bind_text_bytes(q, "text", text);
    return db_done(db_run_at(q), err);
}

static enum rc doc_remove(struct db *db, int64_t doc, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("DELETE FROM searched WHERE doc = :doc"));

    db_bind_i64(q, "doc", doc);
    return db_done(db_run_at(q), err);
}

static enum rc doc_add(struct db *db, const struct noted *n, uint32_t area,
                       int64_t *doc, struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("INSERT INTO searched(area, type, record, text)"
                " VALUES (:area, :type, :record, :text) RETURNING doc"));

    db_bind_i64(q, "area", area);
    db_bind_text(q, "type", n->type->name);
    db_bind_blob(q, "record", id_bytes(&n->id));
    db_bind_text_bytes(q, "text", n->text);
    if (db_row(q))
        *doc = db_i64(q, "doc");
    while (db_row(q))
        ;
    return db_done(q, err);
}

static enum rc doc_find(struct db *db, struct noted *n, struct arena *mem,
                        struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("SELECT doc, text FROM searched WHERE record = :record"));

    db_bind_blob(q, "record", id_bytes(&n->id));
    if (db_row(q)) {
        n->doc = db_i64(q, "doc");
        n->had = arena_bytes(mem, db_blob(q, "text"));
    }
    return db_done(q, err);
}

/* What went first, in the order of the index, for that is what FTS5 does in one
 * go; then what came. */
static int by_doc(const void *a, const void *b)
{
    const struct noted *const *x = a, *const *y = b;

    return (*x)->doc < (*y)->doc ? -1 : (*x)->doc > (*y)->doc;
}

static enum rc take_out(struct db *db, uint32_t area, struct noted **list,
                        size_t n, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    qsort(list, n, sizeof(struct noted *), by_doc);
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = index_remove(db, list[i]->doc, area, list[i]->had, err);
        if (rc == RC_OK)
            rc = doc_remove(db, list[i]->doc, err);
    }
    return rc;
}

static enum rc put_in(struct db *db, uint32_t area, const struct noted *n,
                      struct err *err)
{
    int64_t doc = 0;
    enum rc rc = doc_add(db, n, area, &doc, err);

    return rc == RC_OK ? index_add(db, doc, area, n->text, err) : rc;
}

static enum rc apply(struct db *db, uint32_t area, struct notes *l,
                     struct err *err)
{
    struct noted **gone = arena_new(&l->mem, (l->n + 1) * sizeof *gone);
    size_t i, n = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < l->n; i++) {
        rc = doc_find(db, &l->p[i], &l->mem, err);
        if (l->p[i].doc != 0 && !bytes_eq(l->p[i].had, l->p[i].text))
            gone[n++] = &l->p[i];
    }
    if (rc == RC_OK && n > 0)
        rc = take_out(db, area, gone, n, err);
    for (i = 0; rc == RC_OK && i < l->n; i++)
        if (l->p[i].text.n > 0 && !bytes_eq(l->p[i].had, l->p[i].text))
            rc = put_in(db, area, &l->p[i], err);
    return rc;
}

/* -- following ---------------------------------------------------------- */

enum rc search_cursor(struct db *db, uint32_t area, uint64_t *out,
                      struct err *err)
{
    struct db_query *q = db_query(db, SQL("SELECT version FROM search_cursor"
                                          " WHERE area = :area"));

    db_bind_i64(q, "area", area);
    *out = db_row(q) ? (uint64_t)db_i64(q, "version") : 0;
    return db_done(q, err);
}

static enum rc cursor_set(struct db *db, uint32_t area, uint64_t version,
                          struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO search_cursor(area, version)"
                         " VALUES (:area, :version) ON CONFLICT (area)"
                         " DO UPDATE SET version = excluded.version"));

    db_bind_i64(q, "area", area);
    db_bind_i64(q, "version", (int64_t)version);
    return db_done(db_run_at(q), err);
}

/* An area with something to follow. */
static enum rc behind(struct db *db, uint32_t *area, uint64_t *version,
                      bool *found, struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("SELECT number, area.version AS version FROM area"
                " LEFT JOIN search_cursor c ON c.area = number"
                " WHERE area.version > coalesce(c.version, 0) LIMIT 1"));

    *found = db_row(q);
    if (*found) {
        *area = (uint32_t)db_i64(q, "number");
        *version = (uint64_t)db_i64(q, "version");
    }
    return db_done(q, err);
}

static enum rc step(struct store *s, uint32_t area, uint64_t version,
                    struct err *err)
{
    uint64_t cursor = 0;
    struct notes l;
    enum rc rc = search_cursor(s->db, area, &cursor, err);

    notes_init(&l, STEP_RECORDS);
    if (rc == RC_OK)
        rc = notes_read(&l, s, NULL, area, cursor, err);
    if (rc == RC_OK)
        rc = apply(s->db, area, &l, err);
    if (rc == RC_OK)
        rc = cursor_set(s->db, area, l.full ? l.p[l.n - 1].version : version,
                        err);
    notes_free(&l);
    return rc;
}

enum rc search_follow(struct store *s, bool *more, struct err *err)
{
    uint32_t area = 0;
    uint64_t version = 0;
    enum rc rc = behind(s->db, &area, &version, more, err);

    if (rc != RC_OK || !*more)
        return rc;
    rc = db_begin(s->db, err);
    if (rc != RC_OK)
        return rc;
    return db_end(s->db, step(s, area, version, err), err);
}

static enum rc made_by(struct db *db, const struct shape *shape, bool *same,
                       struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("SELECT types FROM search_state WHERE one = 1"));

    *same = db_row(q) && strcmp(db_text(q, "types"), shape->version) == 0;
    return db_done(q, err);
}

static enum rc begin_anew(struct db *db, const struct shape *shape,
                          struct err *err)
{
    struct db_query *q;
    enum rc rc = db_run(
        db, SQL("INSERT INTO search(search) VALUES ('delete-all')"), err);

    if (rc == RC_OK)
        rc = db_run(db, SQL("DELETE FROM searched"), err);
    if (rc == RC_OK)
        rc = db_run(db, SQL("DELETE FROM search_cursor"), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(db, SQL("INSERT INTO search_state(one, types, purge)"
                         " VALUES (1, :types, 0) ON CONFLICT (one)"
                         " DO UPDATE SET types = excluded.types"));
    db_bind_text(q, "types", shape->version);
    return db_done(db_run_at(q), err);
}

enum rc search_open(struct store *s, struct err *err)
{
    bool same = false;
    enum rc rc = made_by(s->db, s->shape, &same, err);

    if (rc != RC_OK || same)
        return rc;
    rc = db_begin(s->db, err);
    if (rc == RC_OK)
        rc = db_end(s->db, begin_anew(s->db, s->shape, err), err);
    return rc == RC_OK ? rc : err_wrap(err, rc, "making the index of words");
}

/* -- what is gone ------------------------------------------------------- */

enum rc search_purge_due(struct store *s, struct err *err)
{
    return db_run(s->db, SQL("UPDATE search_state SET purge = purge + 1"), err);
}

static enum rc due(struct store *s, int64_t *out, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT purge FROM search_state WHERE one = 1"));

    *out = db_row(q) ? db_i64(q, "purge") : 0;
    return db_done(q, err);
}

/* All there is as one heap to merge; or a part of that merging. */
static enum rc merge_pages(struct store *s, int64_t pages, bool *did,
                           struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("INSERT INTO search(search, rank)"
                                             " VALUES ('merge', :pages)"));
    int64_t before = db_changes_total(s->db);
    enum rc rc;

    db_bind_i64(q, "pages", pages);
    rc = db_done(db_run_at(q), err);
    *did = db_changes_total(s->db) - before > 1; /* FTS5: less is nothing */
    return rc;
}

static enum rc purged(struct store *s, int64_t upto, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE search_state SET purge = 0"
                            " WHERE one = 1 AND purge = :upto"));

    db_bind_i64(q, "upto", upto);
    return db_done(db_run_at(q), err);
}

static enum rc purge_step(struct store *s, int64_t due, bool *more,
                          struct err *err)
{
    bool begins = s->purging == 0;
    enum rc rc = merge_pages(s, begins ? -PURGE_PAGES : PURGE_PAGES, more, err);

    if (rc != RC_OK)
        return rc;
    if (begins)
        s->purging = due;
    if (*more)
        return RC_OK;
    rc = purged(s, s->purging, err);
    *more = due != s->purging; /* erased meanwhile: another round */
    s->purging = 0;
    return rc;
}

enum rc search_purge(struct store *s, bool *more, struct err *err)
{
    int64_t now = 0;
    enum rc rc = due(s, &now, err);

    *more = false;
    if (rc != RC_OK || now == 0)
        return rc;
    if (s->purging == 0) { /* what went has to go from the index first */
        rc = search_follow(s, more, err);
        if (rc != RC_OK || *more)
            return rc;
    }
    rc = db_begin(s->db, err);
    if (rc != RC_OK)
        return rc;
    rc = db_end(s->db, purge_step(s, now, more, err), err);
    if (rc != RC_OK)
        s->purging = 0;
    return rc;
}
