#include "client/local.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/local_tables.h"
#include "schema/schema.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/file.h"
#include "sync/sys/secret.h"

/* -- opening ------------------------------------------------------------ */

static enum rc bundle_load(struct local *l, struct bytes *out, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT body FROM bundle WHERE version ="
                            " (SELECT value FROM kv WHERE key = 'types')"));
    bool found = db_row(q);
    enum rc rc;

    if (found)
        *out = arena_bytes(&l->mem, db_blob(q, "body"));
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        *out = schema_builtin_bundle();
    return rc;
}

static enum rc open_shape(struct local *l, struct err *err)
{
    struct diags diags = {0};
    struct bytes bundle;
    enum rc rc = bundle_load(l, &bundle, err);

    if (rc == RC_OK)
        rc = schema_compile_bundle(bundle, &l->mem, &diags, &l->shape, err);
    diags_free(&diags);
    return rc;
}

static enum rc tables_make(struct local *l, const struct shape *shape,
                           struct err *err)
{
    enum rc rc = rows_create_tables(l->db, shape, err);

    return rc == RC_OK ? local_put(l, "tables", shape->version, err) : rc;
}

/* Making tables asks every table what it has; once per version is enough. */
static enum rc grow_tables(struct local *l, struct err *err)
{
    struct arena mem = {0};
    const char *have = "";
    enum rc rc = local_get(l, "tables", &mem, &have, err);

    if (rc == RC_OK && strcmp(have, l->shape->version) != 0) {
        rc = db_begin(l->db, err);
        if (rc == RC_OK)
            rc = db_end(l->db, tables_make(l, l->shape, err), err);
    }
    arena_free(&mem);
    return rc;
}

static enum rc open_db(struct local *l, struct err *err)
{
    struct db_options o = {
        .create = true, .durable = true, .busy_ms = 10000, .key = l->key};
    enum rc rc =
        db_open(arena_printf(&l->mem, "%s/stoep.db", l->dir), o, &l->db, err);

    if (rc == RC_OK)
        rc = migrate(l->db, local_migrations, local_migrations_n, err);
    if (rc == RC_OK)
        rc = open_shape(l, err);
    if (rc == RC_OK)
        rc = grow_tables(l, err);
    if (rc == RC_OK)
        rc = rows_open(l->db, l->shape, &l->rows, err);
    return rc;
}

/* Record types that went before: statements go by the address of their text,
 * so that stays where it is as long as the connection is open. */
struct local_before {
    struct local_before *next; /* own */
    struct rows *rows;         /* own */
    struct arena mem;          /* own */
};

static void keep_before(struct local *l, struct rows *rows, struct arena mem)
{
    struct local_before *b = mem_new(sizeof *b);

    *b = (struct local_before){.next = l->before, .rows = rows, .mem = mem};
    l->before = b;
}

static void close_db(struct local *l)
{
    struct local_before *b;

    db_close(l->db);
    rows_close(l->rows);
    arena_free(&l->mem);
    while ((b = l->before) != NULL) {
        l->before = b->next;
        rows_close(b->rows);
        arena_free(&b->mem);
        free(b);
    }
    l->db = NULL;
    l->rows = NULL;
    l->shape = NULL;
}

enum rc local_open(const char *dir, const uint8_t *key, struct local *out,
                   struct err *err)
{
    struct local l = {.dir = mem_text(dir)};
    enum rc rc = file_mkdir(dir, 0700, err);

    if (key != NULL)
        l.key = memcpy(secret_new(LOCAL_KEY_BYTES), key, LOCAL_KEY_BYTES);
    if (rc == RC_OK)
        rc = open_db(&l, err);
    if (rc == RC_OK)
        *out = l;
    else
        local_close(&l);
    return rc;
}

void local_close(struct local *l)
{
    close_db(l);
    secret_free(l->key, LOCAL_KEY_BYTES);
    free(l->dir);
    l->key = NULL;
    l->dir = NULL;
}

static enum rc bundle_keep(struct local *l, const char *version,
                           struct bytes bundle, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("INSERT INTO bundle(version, body)"
                            " VALUES (:version, :body)"
                            " ON CONFLICT (version) DO NOTHING"));
    enum rc rc;

    db_bind_text(q, "version", version);
    db_bind_blob(q, "body", bundle);
    rc = db_done(db_run_at(q), err);
    return rc == RC_OK ? local_put(l, "types", version, err) : rc;
}

static enum rc rename_type(struct local *l, const char *was, const char *name,
                           struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("UPDATE pulled SET type = :name WHERE type = :was"));
    enum rc rc;

    db_bind_text(q, "name", name);
    db_bind_text(q, "was", was);
    rc = db_done(db_run_at(q), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(l->db, SQL("UPDATE OR IGNORE draft SET type = :name"
                            " WHERE type = :was"));
    db_bind_text(q, "name", name);
    db_bind_text(q, "was", was);
    return db_done(db_run_at(q), err);
}

/* What goes by the name of a record type goes over to its new one.  (The
 * journal does not: what a changeset says stays as it was written.) */
static enum rc rename_types(struct local *l, const struct shape *shape,
                            struct err *err)
{
    enum rc rc = RC_OK;
    size_t i, k;

    for (i = 0; i < shape->types_n; i++)
        for (k = 0; rc == RC_OK && k < shape->types[i].was_n; k++)
            rc = rename_type(l, shape->types[i].was[k], shape->types[i].name,
                             err);
    return rc;
}

/* All of it in the transaction of the caller: nothing is left to be done after
 * the commit, so no fault of the disk leaves this program with other record
 * types than its store. */
static enum rc types_take(struct local *l, const struct shape *shape,
                          struct bytes bundle, struct rows **rows,
                          struct err *err)
{
    enum rc rc = bundle_keep(l, shape->version, bundle, err);

    if (rc == RC_OK)
        rc = rename_types(l, shape, err);
    if (rc == RC_OK)
        rc = tables_make(l, shape, err);
    return rc == RC_OK ? rows_open(l->db, shape, rows, err) : rc;
}

enum rc local_types_set(struct local *l, struct bytes bundle, struct err *err)
{
    struct arena mem = {0};
    struct diags diags = {0};
    const struct shape *shape;
    struct rows *rows = NULL;
    enum rc rc = schema_compile_bundle(bundle, &mem, &diags, &shape, err);

    diags_free(&diags);
    if (rc == RC_OK)
        rc = db_begin(l->db, err);
    if (rc == RC_OK)
        rc = db_end(l->db, types_take(l, shape, bundle, &rows, err), err);
    if (rc != RC_OK) {
        keep_before(l, rows, mem);
        return rc;
    }
    keep_before(l, l->rows, l->mem);
    l->rows = rows;
    l->shape = shape;
    l->mem = mem;
    return RC_OK;
}

enum rc local_types_hold(struct local *l, bool *hold, struct err *err)
{
    struct arena mem = {0};
    const char *have;
    enum rc rc = local_get(l, "tables", &mem, &have, err);

    if (rc == RC_OK)
        *hold = strcmp(have, l->shape->version) == 0;
    arena_free(&mem);
    return rc;
}

enum rc local_blame(struct local *l, enum rc rc, struct err *err)
{
    struct err other;
    bool hold = true;

    if (rc == RC_OK || local_types_hold(l, &hold, &other) != RC_OK || hold)
        return rc;
    return err_set(err, RC_OUTDATED,
                   MSG("another program on this device has taken newer record"
                       " types: close this one and start it again"));
}

/* -- small things ------------------------------------------------------- */

enum rc local_get(struct local *l, const char *key, struct arena *mem,
                  const char **out, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT value FROM kv WHERE key = :key"));
    struct bytes v = {0};

    db_bind_text(q, "key", key);
    if (db_row(q))
        v = db_blob(q, "value");
    *out = arena_text(mem, v.n > 0 ? (const char *)v.p : "", v.n);
    return db_done(q, err);
}

enum rc local_put(struct local *l, const char *key, const char *value,
                  struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("INSERT INTO kv(key, value) VALUES (:key, :value)"
                            " ON CONFLICT (key) DO UPDATE"
                            " SET value = excluded.value"));

    db_bind_text(q, "key", key);
    db_bind_text(q, "value", value);
    return db_done(db_run_at(q), err);
}

enum rc local_get_u64(struct local *l, const char *key, uint64_t *out,
                      struct err *err)
{
    struct arena mem = {0};
    const char *text;
    enum rc rc = local_get(l, key, &mem, &text, err);

    *out = 0;
    if (rc == RC_OK && text[0] != '\0' &&
        !text_take_u64(bytes_of(text), UINT64_MAX, out))
        rc = err_set(err, RC_CORRUPT, "the store has a damaged %s", key);
    arena_free(&mem);
    return rc;
}

enum rc local_put_u64(struct local *l, const char *key, uint64_t v,
                      struct err *err)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, v);
    return local_put(l, key, text, err);
}

enum rc local_areas(struct local *l, struct arena *mem, struct local_area **out,
                    size_t *n, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT number, slug, name, code, granted, cursor"
                            " FROM area ORDER BY number"));
    struct local_area *list =
        arena_new(mem, 4 * areas_per_device_max * sizeof *list);

    *n = 0;
    while (*n < 4 * areas_per_device_max && db_row(q))
        list[(*n)++] = (struct local_area){
            .info = {.number = (uint32_t)db_i64(q, "number"),
                     .slug = arena_bytes(mem, db_blob(q, "slug")),
                     .name = arena_bytes(mem, db_blob(q, "name")),
                     .code = arena_bytes(mem, db_blob(q, "code")),
                     .version = (uint64_t)db_i64(q, "cursor")},
            .granted = db_i64(q, "granted") == 1,
            .withdrawn = db_i64(q, "granted") == 0};
    *out = list;
    return db_done(q, err);
}

bool local_unkept(const char *reason)
{
    return strcmp(reason, ack_no_consent) == 0 ||
           strcmp(reason, ack_emptied) == 0;
}

static enum rc count_reviews(struct local *l, uint64_t *out, struct err *err);

enum rc local_count(struct local *l, struct local_counts *out, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT coalesce(sum(acked = 0), 0) AS waiting,"
                            " coalesce(sum(acked > 0 AND version = 0"
                            " AND reason NOT IN ('', :consent, :emptied)), 0)"
                            " AS parked,"
                            " coalesce(sum(acked > 0 AND version = 0"
                            " AND reason IN (:consent, :emptied)), 0)"
                            " AS unkept,"
                            " (SELECT count(*) FROM withheld) AS withheld"
                            " FROM journal"));
    struct local_counts c = {0};
    enum rc rc;

    db_bind_text(q, "consent", ack_no_consent);
    db_bind_text(q, "emptied", ack_emptied);
    if (db_row(q)) {
        c.waiting = (uint64_t)db_i64(q, "waiting");
        c.parked = (uint64_t)db_i64(q, "parked");
        c.unkept = (uint64_t)db_i64(q, "unkept");
        c.withheld = (uint64_t)db_i64(q, "withheld");
    }
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = count_reviews(l, &c.reviews, err);
    if (rc == RC_OK)
        *out = c;
    return rc;
}

static bool one_more(void *ctx, const struct record *rec)
{
    (void)rec;
    ++*(uint64_t *)ctx;
    return true;
}

static enum rc count_reviews(struct local *l, uint64_t *out, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; i < l->shape->types_n && rc == RC_OK; i++)
        rc = rows_reviews(l->rows, &l->shape->types[i], one_more, out, err);
    return rc;
}
