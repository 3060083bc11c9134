#include "server/erasure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/attachment.h"
#include "server/journal.h"
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

/* A line each: area, type, id, when. */
static enum rc list_add(const char *dir, const struct rows_name *names,
                        size_t n, uint64_t now_ms, struct err *err)
{
    char path[1024], id[ID_TEXT_CHARS + 1];
    struct buf b = buf_make(SIZE_MAX);
    size_t i;
    enum rc rc;

    buf_puts(&b, "\n"); /* whatever a crash left before it */
    for (i = 0; i < n; i++)
        buf_printf(&b, "%" PRIu32 " %s %s %" PRIu64 "\n", names[i].area,
                   names[i].type->name, id_text(&names[i].id, id), now_ms);
    list_path(dir, path, sizeof path);
    rc = file_append(path, buf_view(&b), 0600, err);
    buf_free(&b);
    return rc;
}

/* What a crash left of a line is no line. */
static bool take_line(const struct shape *shape, const char *line,
                      struct rows_name *out)
{
    char area[16], type[name_bytes_max + 1], id[ID_TEXT_CHARS + 1], left;
    uint64_t number = 0;

    if (sscanf(line, "%15s %63s %36s %*s %c", area, type, id, &left) != 3 ||
        !text_take_u64(bytes_of(area), UINT32_MAX, &number))
        return false;
    out->area = (uint32_t)number;
    out->type = shape_type_named(shape, bytes_of(type));
    return out->type != NULL && id_parse(bytes_of(id), &out->id, NULL) == RC_OK;
}

/* -- one record --------------------------------------------------------- */

struct files { /* attachments of what is erased */
    struct files *next;
    uint32_t area;
    struct bytes sha256;
    bool named; /* by another record */
};

struct erasing {
    struct store *s;
    const struct rows_name *names; /* sorted */
    size_t n;
    uint64_t now_ms;
    struct files *files; /* in `mem` */
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

static void note_file(struct erasing *e, uint32_t area, struct bytes sha256)
{
    struct files *f = arena_new(&e->mem, sizeof *f);

    *f = (struct files){e->files, area, arena_bytes(&e->mem, sha256), false};
    e->files = f;
}

/* Call `see` for every attachment that a record names. */
static void each_file(const struct record *r,
                      void (*see)(struct erasing *e, uint32_t area,
                                  struct bytes sha256),
                      struct erasing *e)
{
    size_t f, i, k;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0;
             r->type->fields[f].kind == FIELD_ATTACHMENT && i < r->fields[f].n;
             i++) {
            const struct value *v = &r->fields[f].p[i].value;

            if (v->kind == VALUE_TEXT)
                see(e, r->area, v->as.text);
            for (k = 0; v->kind == VALUE_SET && k < v->as.set.n; k++)
                see(e, r->area, v->as.set.p[k]);
        }
}

static enum rc next_version(struct erasing *e, uint32_t area, uint64_t *out)
{
    struct db_query *q =
        db_query(e->s->db, SQL("UPDATE area SET version = version + 1"
                               " WHERE number = :area RETURNING version"));
    bool found;
    enum rc rc;

    db_bind_i64(q, "area", area);
    found = db_row(q);
    if (found)
        *out = (uint64_t)db_i64(q, "version");
    while (found && db_row(q))
        ;
    rc = db_done(q, e->err);
    return rc == RC_OK && !found
               ? err_set(e->err, RC_NOTFOUND, "there is no area %" PRIu32, area)
               : rc;
}

static enum rc write_down(struct erasing *e, const struct record *r)
{
    struct db_query *q = db_query(
        e->s->db, SQL("INSERT INTO erasure(area, version, type, record, at_ms)"
                      " VALUES (:area, :version, :type, :record, :now)"));

    db_bind_i64(q, "area", r->area);
    db_bind_i64(q, "version", (int64_t)r->version);
    db_bind_text(q, "type", r->type->name);
    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_i64(q, "now", (int64_t)e->now_ms);
    return db_done(db_run_at(q), e->err);
}

static enum rc erase_one(struct erasing *e, const struct rows_name *name)
{
    struct record r;
    uint64_t version = 0;
    bool known = false;
    enum rc rc = erasure_known(e->s, &name->id, &known, e->err);

    if (rc != RC_OK || known)
        return rc;
    rc = rows_load(e->s->rows, name->type, name->area, &name->id, &e->mem, &r,
                   e->err);
    if (rc == RC_OK)
        rc = next_version(e, name->area, &version);
    if (rc != RC_OK)
        return rc;
    each_file(&r, note_file, e);
    record_erase(&r, version);
    rc = rows_save(e->s->rows, &r, &e->mem, e->err);
    e->out->records++;
    return rc == RC_OK ? write_down(e, &r) : rc;
}

/* -- all of it ---------------------------------------------------------- */

static void file_is_named(struct erasing *e, uint32_t area, struct bytes sha256)
{
    struct files *f;

    for (f = e->files; f != NULL; f = f->next)
        f->named |= f->area == area && bytes_eq(f->sha256, sha256);
}

static bool keep_its_files(void *ctx, const struct record *r)
{
    each_file(r, file_is_named, ctx);
    return true;
}

/* Which of the files are named by records that stay? */
static enum rc look_for_files(struct erasing *e)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; e->files != NULL && rc == RC_OK && i < e->s->shape->types_n;
         i++)
        rc = rows_all(e->s->rows, &e->s->shape->types[i], keep_its_files, e,
                      e->err);
    return rc;
}

static enum rc strip_areas(struct erasing *e)
{
    struct arena mem = {0};
    struct area_info *areas;
    size_t n, i;
    uint64_t stripped = 0;
    enum rc rc = store_areas(e->s, &mem, &areas, &n, e->err);

    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = journal_strip(e->s, areas[i].number, is_named, e, &stripped,
                           e->err);
        e->out->changesets += stripped;
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
    if (rc == RC_OK)
        rc = strip_areas(e);
    return rc == RC_OK ? look_for_files(e) : rc;
}

static enum rc remove_files(const char *dir, struct erasing *e)
{
    struct attachment a;
    struct files *f;
    char hex[DIGEST_HEX_CHARS + 1];
    enum rc rc = RC_OK;

    for (f = e->files; rc == RC_OK && f != NULL; f = f->next) {
        if (f->named || f->sha256.n != DIGEST_HEX_CHARS)
            continue;
        memcpy(hex, f->sha256.p, DIGEST_HEX_CHARS);
        hex[DIGEST_HEX_CHARS] = '\0';
        rc = attachment_name(dir, f->area, hex, &a, e->err);
        if (rc == RC_OK)
            rc = attachment_remove(&a, e->err);
        e->out->attachments += rc == RC_OK;
    }
    return rc;
}

/* What was erased is not to stay in the log either. */
static enum rc run(const char *dir, struct erasing *e)
{
    enum rc rc = db_begin(e->s->db, e->err);

    if (rc == RC_OK)
        rc = db_end(e->s->db, erase_all(e), e->err);
    if (rc == RC_OK && dir != NULL)
        rc = remove_files(dir, e);
    if (rc == RC_OK)
        rc = db_empty_log(e->s->db, e->err);
    if (rc != RC_BUSY)
        return rc;
    /* A reader needs it yet; what comes next is written over it. */
    log_warn("erasure.log_kept", "err=%s", LOG_QUOTE(e->err->text));
    return RC_OK;
}

enum rc erase_records(const char *dir, struct store *s,
                      const struct rows_name *names, size_t n, uint64_t now_ms,
                      struct erased *out, struct err *err)
{
    struct erasing e = {.s = s, .n = n, .now_ms = now_ms, .out = out};
    struct rows_name *sorted = arena_new(&e.mem, n * sizeof *sorted);
    enum rc rc = RC_OK;

    *out = (struct erased){0};
    e.err = err;
    e.names = sorted;
    if (n > 0) {
        memcpy(sorted, names, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, name_cmp);
        if (dir != NULL)
            rc = list_add(dir, names, n, now_ms, err);
        if (rc == RC_OK)
            rc = run(dir, &e);
    }
    arena_free(&e.mem);
    return rc;
}

/* Those on the list that are not erased in the store. */
static enum rc due_again(struct store *s, char *text, struct rows_name *names,
                         size_t *n, struct err *err)
{
    char *line, *rest = NULL;
    bool known = false;
    enum rc rc = RC_OK;

    *n = 0;
    for (line = strtok_r(text, "\n", &rest); rc == RC_OK && line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        if (!take_line(s->shape, line, &names[*n]))
            continue;
        rc = erasure_known(s, &names[*n].id, &known, err);
        *n += rc == RC_OK && !known;
    }
    return rc;
}

enum rc erase_again(const char *dir, struct store *s, uint64_t now_ms,
                    struct erased *out, struct err *err)
{
    char path[1024];
    struct rows_name *names;
    struct buf list;
    size_t lines = 1, i, n = 0;
    char *text;
    enum rc rc;

    *out = (struct erased){0};
    list_path(dir, path, sizeof path);
    rc = file_read(path, LIST_BYTES_MAX, &list, err);
    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc != RC_OK)
        return rc;
    for (i = 0; i < list.n; i++)
        lines += list.p[i] == '\n';
    names = mem_new(lines * sizeof *names);
    text = mem_text(buf_text(&list));
    buf_free(&list);
    rc = due_again(s, text, names, &n, err);
    free(text);
    if (rc == RC_OK && n > 0) /* they are on the list already */
        rc = erase_records(NULL, s, names, n, now_ms, out, err);
    free(names);
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

enum rc erasure_strip(struct store *s, struct bytes body, struct buf *out,
                      struct err *err)
{
    struct known k = {.s = s, .err = err};
    struct buf plain = {0}, rest = buf_make(message_bytes_max);
    size_t n;
    enum rc rc = pack_expand(body, message_bytes_max, &plain, err);

    if (rc == RC_OK)
        rc = wire_strip(buf_view(&plain), is_known, &k, &rest, &n, err);
    if (rc == RC_OK)
        rc = k.rc;
    if (rc == RC_OK)
        rc = pack_compress(buf_view(&rest), LEVEL, out, err);
    buf_free(&plain);
    buf_free(&rest);
    return rc;
}
