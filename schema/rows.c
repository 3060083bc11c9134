#include "schema/rows.h"

#include <stdlib.h>
#include <string.h>

#include "schema/rows_sql.h"
#include "sync/frozen.h"
#include "sync/limits.h"
#include "sync/merge.h"

/* Origins and heads of a record in conflict; far over what any has. */
enum { META_BYTES_MAX = 64 * 1024 * 1024 };

static_assert(types_max <= 64, "rows_changed_among() has a bit for each");

enum { META_SEALED = 5 }; /* see rows_seal_with(); others: record.h */

enum rc rows_open(struct db *db, const struct shape *shape, struct rows **out,
                  struct err *err)
{
    struct rows *r = mem_new(sizeof *r);
    size_t i;

    (void)err;
    r->db = db;
    r->shape = shape;
    r->meta = buf_make(META_BYTES_MAX);
    r->sql = arena_new(&r->mem, shape->types_n * sizeof *r->sql);
    for (i = 0; i < shape->types_n; i++)
        rows_sql_make(&shape->types[i], &r->mem, &r->sql[i]);
    *out = r;
    return RC_OK;
}

void rows_close(struct rows *r)
{
    if (r == NULL)
        return;
    buf_free(&r->meta);
    arena_free(&r->mem);
    free(r);
}

void rows_seal_with(struct rows *r, const struct rows_sealer *how)
{
    r->sealer = *how;
}

static const struct rows_sql *sql_of(const struct rows *r,
                                     const struct shape_type *t)
{
    return &r->sql[shape_type_index(r->shape, t)];
}

/* -- one record --------------------------------------------------------- */

static bool is_sealed(const struct shape_type *t, struct bytes meta)
{
    return t->apart && meta.n > 0 && meta.p[0] == META_SEALED;
}

static enum rc unseal(struct rows *r, struct bytes meta, struct arena *mem,
                      struct record *out, struct err *err)
{
    struct bytes sealed = {meta.p + 1, meta.n - 1};
    struct buf plain = buf_make(META_BYTES_MAX);
    enum rc rc = RC_NOTFOUND;

    out->fields = arena_new(mem, out->type->fields_n * sizeof *out->fields);
    if (r->sealer.open != NULL)
        rc = r->sealer.open(r->sealer.ctx, out->area, &out->id, sealed, &plain,
                            err);
    out->unreadable = rc == RC_NOTFOUND;
    if (rc == RC_OK)
        rc = frozen_take(out, arena_bytes(mem, buf_view(&plain)), mem, err);
    buf_free(&plain);
    return out->unreadable ? RC_OK : rc;
}

/* The record in the current row of `q`. */
static enum rc read_row(struct rows *r, struct db_query *q,
                        const struct shape_type *t, struct arena *mem,
                        struct record *out, struct err *err)
{
    struct value *columns = arena_new(mem, t->fields_n * sizeof *columns);
    struct bytes id = db_blob_at(q, COLUMN_ID);
    enum rc rc = RC_OK;
    size_t i;

    if (id.n != ID_BYTES)
        return err_set(err, RC_CORRUPT, "a %s without a proper name", t->name);
    *out = (struct record){
        .type = t,
        .area = (uint32_t)db_i64_at(q, COLUMN_AREA),
        .version = (uint64_t)db_i64_at(q, COLUMN_VERSION),
    };
    memcpy(out->id.b, id.p, ID_BYTES);
    if (is_sealed(t, db_blob_at(q, COLUMN_META)))
        return unseal(r, db_blob_at(q, COLUMN_META), mem, out, err);
    /* A head of field 0 that is not in the meta deletes. */
    columns[FIELD_DELETED] = value_int(1);
    for (i = FIELD_DELETED + 1; rc == RC_OK && i < t->fields_n; i++)
        rc = rows_read(q, rows_column(i), &t->fields[i], mem, &columns[i], err);
    if (rc != RC_OK)
        return err_wrap(err, rc, "reading a %s", t->name);
    return record_unpack(out, arena_bytes(mem, db_blob_at(q, COLUMN_META)),
                         columns, mem, err);
}

enum rc rows_load(struct rows *r, const struct shape_type *type, uint32_t area,
                  const struct id *id, struct arena *mem, struct record *out,
                  struct err *err)
{
    struct db_query *q = db_query_text(r->db, sql_of(r, type)->load);
    struct record found = record_new(type, id, area, mem);
    enum rc rc = RC_OK, done;

    db_bind_i64_at(q, 1, area);
    db_bind_blob_at(q, 2, id_bytes(id));
    if (db_row(q))
        rc = read_row(r, q, type, mem, &found, err);
    done = db_done(q, rc == RC_OK ? err : NULL);
    if (rc == RC_OK)
        rc = done;
    if (rc == RC_OK)
        *out = found;
    return rc;
}

static enum rc make_meta(struct rows *r, const struct record *rec, bool sealed,
                         struct arena *scratch, struct err *err)
{
    struct buf plain;
    enum rc rc;

    buf_clear(&r->meta);
    if (!sealed) {
        record_pack(rec, scratch, &r->meta);
        return RC_OK;
    }
    plain = buf_make(META_BYTES_MAX);
    frozen_put(rec, scratch, &plain);
    r->meta.full |= plain.full;
    buf_put(&r->meta, &(uint8_t){META_SEALED}, 1);
    rc = r->sealer.seal(r->sealer.ctx, rec->area, &rec->id, buf_view(&plain),
                        &r->meta, err);
    buf_free(&plain);
    return rc;
}

enum rc rows_save(struct rows *r, const struct record *rec,
                  struct arena *scratch, struct err *err)
{
    static const struct value nothing = {.kind = VALUE_NULL};
    const struct shape_type *t = rec->type;
    bool sealed = t->apart && r->sealer.seal != NULL && record_exists(rec);
    struct db_query *q;
    struct shown shown;
    size_t i;
    enum rc rc;

    if (rec->unreadable)
        return err_set(err, RC_CORRUPT,
                       "a %s whose key is missing cannot be saved", t->name);
    merge_show_record(rec, scratch, &shown);
    rc = make_meta(r, rec, sealed, scratch, err);
    if (rc != RC_OK)
        return rc;
    if (r->meta.full)
        return err_set(err, RC_LIMIT, "a %s has too many heads to keep",
                       t->name);
    q = db_query_text(r->db, sql_of(r, t)->save);
    db_bind_blob_at(q, 1 + COLUMN_ID, id_bytes(&rec->id));
    db_bind_i64_at(q, 1 + COLUMN_AREA, rec->area);
    db_bind_i64_at(q, 1 + COLUMN_VERSION, (int64_t)rec->version);
    db_bind_i64_at(q, 1 + COLUMN_CREATED_MS, (int64_t)id_ms(&rec->id));
    db_bind_i64_at(q, 1 + COLUMN_DELETED, shown.deleted);
    db_bind_i64_at(q, 1 + COLUMN_REVIEW, shown_reviews(&shown));
    db_bind_blob_at(q, 1 + COLUMN_META, buf_view(&r->meta));
    for (i = FIELD_DELETED + 1; i < t->fields_n; i++)
        rows_bind(q, 1 + rows_column(i), sealed ? &nothing : &shown.values[i],
                  scratch);
    while (db_row(q))
        ;
    rc = db_done(q, err);
    return rc == RC_OK ? rows_mentions_save(r, rec, err) : rc;
}

enum rc rows_remove(struct rows *r, const struct shape_type *type,
                    uint32_t area, const struct id *id, struct err *err)
{
    struct db_query *q = db_query_text(r->db, sql_of(r, type)->remove);
    enum rc rc;

    db_bind_i64_at(q, 1, area);
    db_bind_blob_at(q, 2, id_bytes(id));
    while (db_row(q))
        ;
    rc = db_done(q, err);
    return rc == RC_OK ? rows_mentions_remove(r, type, id, err) : rc;
}

/* -- finding ------------------------------------------------------------ */

/* The first area after `*area` with rows of this type; -1: none. */
static enum rc next_area(struct rows *r, const struct shape_type *t,
                         int64_t *area, struct err *err)
{
    struct db_query *q = db_query_text(r->db, sql_of(r, t)->next_area);
    int64_t next = -1;

    db_bind_i64_at(q, 1, *area);
    if (db_row(q) && !db_is_null_at(q, 0))
        next = db_i64_at(q, 0);
    *area = next;
    return db_done(q, err);
}

static enum rc has_row(struct rows *r, const struct shape_type *t, int64_t area,
                       const struct id *id, bool *has, struct err *err)
{
    struct db_query *q = db_query_text(r->db, sql_of(r, t)->load);

    db_bind_i64_at(q, 1, area);
    db_bind_blob_at(q, 2, id_bytes(id));
    *has = db_row(q);
    return db_done(q, err);
}

enum rc rows_find(struct rows *r, const struct id *id,
                  const struct shape_type **type, uint32_t *area,
                  struct err *err)
{
    char text[ID_TEXT_CHARS + 1];
    size_t i;

    for (i = 0; i < r->shape->types_n; i++) {
        const struct shape_type *t = &r->shape->types[i];
        int64_t at = -1;
        bool has = false;
        enum rc rc = next_area(r, t, &at, err);

        while (rc == RC_OK && at >= 0 && !has) {
            rc = has_row(r, t, at, id, &has, err);
            if (rc == RC_OK && !has)
                rc = next_area(r, t, &at, err);
        }
        if (rc != RC_OK)
            return rc;
        if (has) {
            *type = t;
            *area = (uint32_t)at;
            return RC_OK;
        }
    }
    return err_set(err, RC_NOTFOUND, "there is no record %s",
                   id_text(id, text));
}

static enum rc ending_in(struct rows *r, const struct shape_type *t,
                         struct bytes hex, struct rows_name *out, size_t max,
                         size_t *n, struct err *err)
{
    struct db_query *q = db_query_text(r->db, sql_of(r, t)->ending);

    db_bind_text_at(q, 1, hex);
    while (db_row(q)) {
        struct bytes id = db_blob_at(q, 1);

        if (id.n != ID_BYTES)
            continue;
        if (*n < max) {
            out[*n].type = t;
            out[*n].area = (uint32_t)db_i64_at(q, 0);
            memcpy(out[*n].id.b, id.p, ID_BYTES);
        }
        ++*n;
    }
    return db_done(q, err);
}

enum rc rows_ending(struct rows *r, struct bytes hex, struct rows_name *out,
                    size_t max, size_t *n, struct err *err)
{
    uint8_t capitals[2 * ID_BYTES];
    size_t i;
    enum rc rc = RC_OK;

    *n = 0;
    if (hex.n > sizeof capitals)
        return RC_OK;
    for (i = 0; i < hex.n; i++)
        capitals[i] = hex.p[i] >= 'a' && hex.p[i] <= 'f'
                          ? (uint8_t)(hex.p[i] - 'a' + 'A')
                          : hex.p[i];
    for (i = 0; i < r->shape->types_n && rc == RC_OK; i++)
        rc = ending_in(r, &r->shape->types[i], (struct bytes){capitals, hex.n},
                       out, max, n, err);
    return rc;
}

static enum rc visit_all(struct rows *r, struct db_query *q,
                         const struct shape_type *type, rows_visit *visit,
                         void *ctx, struct err *err)
{
    struct arena mem = {0};
    enum rc rc = RC_OK, done;

    while (rc == RC_OK && db_row(q)) {
        struct record rec;

        arena_reset(&mem);
        rc = read_row(r, q, type, &mem, &rec, err);
        if (rc != RC_OK || !visit(ctx, &rec))
            break;
    }
    arena_free(&mem);
    done = db_done(q, rc == RC_OK ? err : NULL);
    return rc == RC_OK ? done : rc;
}

enum rc rows_all(struct rows *r, const struct shape_type *type,
                 rows_visit *visit, void *ctx, struct err *err)
{
    return visit_all(r, db_query_text(r->db, sql_of(r, type)->all), type, visit,
                     ctx, err);
}

enum rc rows_latest(struct rows *r, const struct shape_type *type,
                    uint32_t area, rows_visit *visit, void *ctx,
                    struct err *err)
{
    struct db_query *q = db_query_text(r->db, sql_of(r, type)->latest);

    db_bind_i64_at(q, 1, area);
    return visit_all(r, q, type, visit, ctx, err);
}

enum rc rows_reviews(struct rows *r, const struct shape_type *type,
                     rows_visit *visit, void *ctx, struct err *err)
{
    return visit_all(r, db_query_text(r->db, sql_of(r, type)->reviews), type,
                     visit, ctx, err);
}

/* -- what changed ------------------------------------------------------- */

struct feed { /* the changed rows of one type */
    struct db_query *q;
    bool more; /* on a row */
};

static struct feed *next_feed(struct feed *feeds, size_t n)
{
    struct feed *first = NULL;
    size_t i;

    for (i = 0; i < n; i++)
        if (feeds[i].more &&
            (first == NULL || db_i64_at(feeds[i].q, COLUMN_VERSION) <
                                  db_i64_at(first->q, COLUMN_VERSION)))
            first = &feeds[i];
    return first;
}

static enum rc merge_feeds(struct rows *r, struct feed *feeds,
                           rows_visit *visit, void *ctx, struct err *err)
{
    const struct shape *s = r->shape;
    struct arena mem = {0};
    struct feed *f;
    enum rc rc = RC_OK;

    while ((f = next_feed(feeds, s->types_n)) != NULL) {
        struct record rec;

        arena_reset(&mem);
        rc = read_row(r, f->q, &s->types[f - feeds], &mem, &rec, err);
        if (rc != RC_OK || !visit(ctx, &rec))
            break;
        f->more = db_row(f->q);
    }
    arena_free(&mem);
    return rc;
}

enum rc rows_changed_among(struct rows *r, uint64_t types, uint32_t area,
                           uint64_t after, rows_visit *visit, void *ctx,
                           struct err *err)
{
    struct feed feeds[types_max] = {0};
    size_t i, n = r->shape->types_n;
    enum rc rc = db_begin_read(r->db, err), done;

    if (rc != RC_OK)
        return rc;
    for (i = 0; i < n; i++) {
        if (!(types >> i & 1U))
            continue;
        feeds[i].q = db_query_text(r->db, r->sql[i].changed);
        db_bind_i64_at(feeds[i].q, 1, area);
        db_bind_i64_at(feeds[i].q, 2, (int64_t)after);
        feeds[i].more = db_row(feeds[i].q);
    }
    rc = merge_feeds(r, feeds, visit, ctx, err);
    for (i = 0; i < n; i++) {
        if (feeds[i].q == NULL)
            continue;
        done = db_done(feeds[i].q, rc == RC_OK ? err : NULL);
        if (rc == RC_OK)
            rc = done;
    }
    return db_end(r->db, rc, err);
}

enum rc rows_changed(struct rows *r, uint32_t area, uint64_t after,
                     rows_visit *visit, void *ctx, struct err *err)
{
    return rows_changed_among(r, UINT64_MAX, area, after, visit, ctx, err);
}
