#include "server/deletion.h"
#include "server/erasure_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/consent.h"
#include "server/keys.h"
#include "server/search.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/file.h"
#include "sync/sys/log.h"
#include "sync/sys/pack.h"

enum { LIST_BYTES_MAX = 256 * 1024 * 1024, LEVEL = 3 };

/* -- the list beside the store ------------------------------------------ */

static void list_path(const char *dir, char *out, size_t n)
{
    snprintf(out, n, "%s/erasures", dir);
}

/* A line each: area, type, id, when; of some fields also which (a bit each, in
 * hex) and the version that who writes later must have seen; a full stop, so
 * that a line that a crash cut off is none, and not that of a whole record. */
void erasure_line(struct buf *out, const struct rows_name *name,
                  const struct emptying *e, uint64_t now_ms)
{
    char id[ID_TEXT_CHARS + 1];

    buf_printf(out, "%" PRIu32 " %s %s %" PRIu64, name->area, name->type->name,
               id_text(&name->id, id), now_ms);
    if (e != NULL)
        buf_printf(out, " %" PRIx64 " %" PRIu64, e->fields, e->seen);
    buf_puts(out, " .\n");
}

enum rc erasure_list_add(const char *dir, struct bytes lines, struct err *err)
{
    char path[1024];
    struct buf b = buf_make(SIZE_MAX);
    enum rc rc;

    buf_puts(&b, "\n"); /* whatever a crash left before it */
    buf_put(&b, lines.p, lines.n);
    list_path(dir, path, sizeof path);
    rc = file_append(path, buf_view(&b), 0600, err);
    buf_free(&b);
    return rc;
}

static enum rc list_add(const char *dir, const struct rows_name *names,
                        size_t n, uint64_t now_ms, struct err *err)
{
    struct buf b = buf_make(SIZE_MAX);
    size_t i;
    enum rc rc;

    for (i = 0; i < n; i++)
        erasure_line(&b, &names[i], NULL, now_ms);
    rc = erasure_list_add(dir, buf_view(&b), err);
    buf_free(&b);
    return rc;
}

/* What a crash left of a line is no line.  Fields 0: all of the record. */
static bool take_line(const struct shape *shape, const char *line,
                      struct emptying *out)
{
    char area[16], type[name_bytes_max + 1], id[ID_TEXT_CHARS + 1];
    char fields[17], seen[21], end[2];
    uint64_t number = 0;
    int n = sscanf(line, "%15s %63s %36s %*s %16s %20s %1s", area, type, id,
                   fields, seen, end);
    bool whole = n == 4 && strcmp(fields, ".") == 0;

    *out = (struct emptying){0};
    if ((!whole && n != 6) ||
        !text_take_u64(bytes_of(area), UINT32_MAX, &number))
        return false;
    if (n == 6 && (sscanf(fields, "%" SCNx64, &out->fields) != 1 ||
                   !text_take_u64(bytes_of(seen), INT64_MAX, &out->seen)))
        return false;
    out->name.area = (uint32_t)number;
    out->name.type = shape_type_named(shape, bytes_of(type));
    return out->name.type != NULL &&
           id_parse(bytes_of(id), &out->name.id, NULL) == RC_OK;
}

/* -- one record --------------------------------------------------------- */

struct erasing {
    struct store *s;
    const struct rows_name *names; /* sorted */
    size_t n;
    uint64_t now_ms;
    enum deletion_reason why;
    struct arena mem;
    struct erased *out;
    struct err *err;
};

static int name_cmp(const void *a, const void *b)
{
    const struct rows_name *x = a, *y = b;

    return memcmp(x->id.b, y->id.b, ID_BYTES);
}

static bool is_named(void *ctx, const struct id *id)
{
    struct erasing *e = ctx;
    struct rows_name key = {.id = *id};

    return bsearch(&key, e->names, e->n, sizeof key, name_cmp) != NULL;
}

enum rc erasure_version(struct store *s, uint32_t area, uint64_t *out,
                        struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("UPDATE area SET version = version + 1"
                            " WHERE number = :area RETURNING version"));
    bool found;
    enum rc rc;

    db_bind_i64(q, "area", area);
    found = db_row(q);
    if (found)
        *out = (uint64_t)db_i64(q, "version");
    while (found && db_row(q))
        ;
    rc = db_done(q, err);
    return rc == RC_OK && !found
               ? err_set(err, RC_NOTFOUND, "there is no area %" PRIu32, area)
               : rc;
}

enum rc erasure_note(struct store *s, const struct rows_name *name,
                     uint64_t version, uint64_t now_ms, bool listed,
                     struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO erasure(area, version, type, record, at_ms,"
                   " listed)"
                   " VALUES (:area, :version, :type, :record, :now, :listed)"));

    db_bind_i64(q, "area", name->area);
    db_bind_i64(q, "version", (int64_t)version);
    db_bind_text(q, "type", name->type->name);
    db_bind_blob(q, "record", id_bytes(&name->id));
    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_i64(q, "listed", listed);
    return db_done(db_run_at(q), err);
}

static enum rc erase_one(struct erasing *e, const struct rows_name *name)
{
    struct consent_change change = {0};
    struct record r;
    uint64_t version = 0;
    bool known = false;
    enum rc rc = erasure_known(e->s, &name->id, &known, e->err);

    if (rc != RC_OK || known)
        return rc;
    rc = rows_load(e->s->rows, name->type, name->area, &name->id, &e->mem, &r,
                   e->err);
    if (rc == RC_OK)
        rc = erasure_version(e->s, name->area, &version, e->err);
    if (rc == RC_OK)
        rc = loose_note(e->s, &r, UINT64_MAX, e->err);
    if (rc == RC_OK)
        rc = search_purge_due(e->s, e->err);
    if (rc != RC_OK)
        return rc;
    consent_changes(&change, &r, &e->mem);
    record_erase(&r, version);
    rc = rows_save(e->s->rows, &r, &e->mem, e->err);
    e->out->records++;
    if (rc == RC_OK)
        rc = erasure_note(e->s, name, version, e->now_ms, true, e->err);
    if (rc == RC_OK)
        rc = deletion_add(e->s,
                          &(struct deletion){.why = e->why,
                                             .type = name->type,
                                             .class = name->type->retention,
                                             .record = true},
                          e->now_ms, e->err);
    return rc == RC_OK ? consent_settle(e->s, &change, NULL, e->now_ms, e->err)
                       : rc;
}

/* -- all of it ---------------------------------------------------------- */

static enum rc strip_areas(struct erasing *e)
{
    struct arena mem = {0};
    struct area_info *areas;
    size_t n, i;
    struct wire_strip which = {.whole = is_named, .ctx = e};
    enum rc rc = store_areas(e->s, &mem, &areas, &n, e->err);

    for (i = 0; rc == RC_OK && i < n; i++) {
        struct journal_strip t = journal_strip_begin(areas[i].number, &which);

        rc = journal_strip_next(&t, e->s, SIZE_MAX, e->err);
        e->out->changesets += t.n;
    }
    arena_free(&mem);
    return rc;
}

static enum rc erase_all(struct erasing *e)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < e->n; i++)
        rc = erase_one(e, &e->names[i]);
    return rc == RC_OK ? strip_areas(e) : rc;
}

/* What was erased is not to stay in the log either. */
enum rc erasure_empty_log(struct store *s, struct err *err)
{
    enum rc rc = db_empty_log(s->db, err);

    if (rc != RC_BUSY)
        return rc;
    /* A reader needs it yet; what comes next is written over it. */
    log_warn("erasure.log_kept", "err=%s", LOG_QUOTE(err->text));
    return RC_OK;
}

static enum rc run_all(const char *dir, struct erasing *e)
{
    bool more = true;
    enum rc rc = db_begin(e->s->db, e->err);

    if (rc == RC_OK)
        rc = db_end(e->s->db, erase_all(e), e->err);
    while (rc == RC_OK && more)
        rc = search_purge(e->s, &more, e->err);
    if (rc == RC_OK)
        rc = loose_drop(dir, e->s, &e->out->attachments, e->err);
    return rc == RC_OK ? erasure_empty_log(e->s, e->err) : rc;
}

/* Before all else: a store that is found without the keys is erased again by
 * the list. */
static enum rc destroy_keys(struct store *s, const struct rows_name *names,
                            size_t n, struct err *err)
{
    struct id *ids = mem_new((n + 1) * sizeof *ids);
    size_t i;
    enum rc rc;

    for (i = 0; i < n; i++)
        ids[i] = names[i].id;
    rc = keys_destroy(s->keys, ids, n, err);
    free(ids);
    return rc;
}

static enum rc erase_named(const char *dir, struct store *s,
                           const struct rows_name *names, size_t n, bool listed,
                           uint64_t now_ms, struct erased *out, struct err *err)
{
    struct erasing e = {.s = s,
                        .n = n,
                        .now_ms = now_ms,
                        .why = listed ? DELETION_AGAIN : DELETION_REQUEST,
                        .out = out};
    struct rows_name *sorted = arena_new(&e.mem, n * sizeof *sorted);
    enum rc rc = RC_OK;

    *out = (struct erased){0};
    e.err = err;
    e.names = sorted;
    if (n > 0) {
        memcpy(sorted, names, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, name_cmp);
        if (!listed)
            rc = list_add(dir, names, n, now_ms, err);
        if (rc == RC_OK)
            rc = destroy_keys(s, names, n, err);
        if (rc == RC_OK)
            rc = run_all(dir, &e);
    }
    arena_free(&e.mem);
    return rc;
}

enum rc erase_records(const char *dir, struct store *s,
                      const struct rows_name *names, size_t n, uint64_t now_ms,
                      struct erased *out, struct err *err)
{
    return erase_named(dir, s, names, n, false, now_ms, out, err);
}

struct due { /* on the list, but not so in the store */
    struct rows_name *whole;
    size_t whole_n;
    struct id *ids; /* all whole ones: their keys may be back with a backup */
    size_t ids_n;
    struct emptying *some;
    size_t some_n;
};

static enum rc due_again(struct store *s, char *text, struct due *d,
                         struct err *err)
{
    char *line, *rest = NULL;
    enum rc rc = RC_OK;

    for (line = strtok_r(text, "\n", &rest); rc == RC_OK && line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        struct emptying e;
        bool done = true;

        if (!take_line(s->shape, line, &e))
            continue;
        if (e.fields == 0)
            d->ids[d->ids_n++] = e.name.id;
        rc = erasure_known(s, &e.name.id, &done, err);
        if (rc == RC_OK && !done && e.fields != 0)
            rc = emptying_done(s, &e, &done, err);
        if (rc != RC_OK || done)
            continue;
        if (e.fields == 0)
            d->whole[d->whole_n++] = e.name;
        else
            d->some[d->some_n++] = e;
    }
    return rc;
}

static enum rc empty_again(struct store *s, const struct emptying *e,
                           uint64_t now_ms, struct err *err)
{
    uint64_t version = 0;
    bool erased = false;
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = erasure_known(s, &e->name.id, &erased, err);
    if (rc == RC_OK && !erased)
        rc = erasure_version(s, e->name.area, &version, err);
    if (rc == RC_OK && !erased)
        rc = emptying_do(s, e, version, now_ms, err);
    return db_end(s->db, rc, err);
}

static enum rc do_again(const char *dir, struct store *s, const struct due *d,
                        uint64_t now_ms, struct erased *out, struct err *err)
{
    size_t i;
    enum rc rc = keys_destroy(s->keys, d->ids, d->ids_n, err);

    if (rc == RC_OK)
        rc = erase_named(dir, s, d->whole, d->whole_n, true, now_ms, out, err);
    for (i = 0; rc == RC_OK && i < d->some_n; i++)
        rc = empty_again(s, &d->some[i], now_ms, err);
    return rc == RC_OK ? erase_settle(dir, s, out, err) : rc;
}

enum rc erase_again(const char *dir, struct store *s, uint64_t now_ms,
                    struct erased *out, struct err *err)
{
    char path[1024];
    struct due due = {0};
    struct buf list = {0};
    size_t lines = 1, i;
    char *text;
    enum rc rc;

    *out = (struct erased){0};
    list_path(dir, path, sizeof path);
    rc = file_read(path, LIST_BYTES_MAX, &list, err);
    if (rc == RC_NOTFOUND)
        return erase_settle(dir, s, out, err);
    if (rc != RC_OK)
        return rc;
    for (i = 0; i < list.n; i++)
        lines += list.p[i] == '\n';
    due.whole = mem_new(lines * sizeof *due.whole);
    due.some = mem_new(lines * sizeof *due.some);
    due.ids = mem_new(lines * sizeof *due.ids);
    text = mem_text(buf_text(&list));
    buf_free(&list);
    rc = due_again(s, text, &due, err);
    if (rc == RC_OK)
        rc = do_again(dir, s, &due, now_ms, out, err);
    free(text);
    free(due.whole);
    free(due.some);
    free(due.ids);
    return rc;
}

/* -- what comes later --------------------------------------------------- */

enum rc erasure_known(struct store *s, const struct id *id, bool *known,
                      struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT 1 AS one FROM erasure"
                                             " WHERE record = :record"));

    db_bind_blob(q, "record", id_bytes(id));
    *known = db_row(q);
    return db_done(q, err);
}

struct known {
    struct store *s;
    const struct batch *batch; /* with `lost`: see erasure_strip() */
    const uint64_t *lost;
    enum rc rc;
    struct err *err;
};

static bool is_known(void *ctx, const struct id *id)
{
    struct known *k = ctx;
    bool known = false;

    if (k->rc == RC_OK)
        k->rc = erasure_known(k->s, id, &known, k->err);
    return known;
}

static bool is_lost(const struct known *k, size_t at, struct bytes field)
{
    const struct shape_type *t = k->batch->changesets[at].type;
    const struct shape_field *f =
        t == NULL ? NULL : shape_field_named(t, field);

    return f != NULL && k->lost[at] >> shape_field_index(t, f) & 1U;
}

static bool is_emptied(void *ctx, size_t at, const struct id *id,
                       uint64_t base_version, struct bytes field)
{
    struct known *k = ctx;
    bool known = is_lost(k, at, field);

    if (k->rc == RC_OK && !known)
        k->rc = emptying_of(k->s, id, base_version, field, &known, k->err);
    return known;
}

enum rc erasure_strip(struct store *s, const struct batch *batch,
                      const uint64_t *lost, struct bytes body, struct buf *out,
                      struct err *err)
{
    struct known k = {.s = s, .batch = batch, .lost = lost, .err = err};
    struct wire_strip which = {
        .whole = is_known, .field = is_emptied, .ctx = &k};
    struct buf plain = {0}, rest = buf_make(message_bytes_max);
    size_t n;
    enum rc rc = pack_expand(body, message_bytes_max, &plain, err);

    if (rc == RC_OK)
        rc = wire_strip(buf_view(&plain), &which, &rest, &n, err);
    if (rc == RC_OK)
        rc = k.rc;
    if (rc == RC_OK)
        rc = pack_compress(buf_view(&rest), LEVEL, out, err);
    buf_free(&plain);
    buf_free(&rest);
    return rc;
}
