#include "server/store.h"

#include <string.h>

#include "schema/schema.h"
#include "server/apart.h"
#include "server/migrations.h"
#include "server/search.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/random.h"

static char *store_path(const char *dir, struct arena *mem)
{
    return arena_printf(mem, "%s/stoep.db", dir);
}

/* -- a few words about itself ------------------------------------------- */

static enum rc state_put(struct db *db, const char *key, int64_t value,
                         struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO state(key, value) VALUES (:key, :value)"
                         " ON CONFLICT (key) DO UPDATE"
                         " SET value = excluded.value"));

    db_bind_text(q, "key", key);
    db_bind_i64(q, "value", value);
    return db_done(db_run_at(q), err);
}

static enum rc state_get(struct db *db, const char *key, int64_t *out,
                         struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("SELECT value FROM state WHERE key = :key"));
    bool found;
    enum rc rc;

    db_bind_text(q, "key", key);
    found = db_row(q);
    if (found)
        *out = db_i64(q, "value");
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc = err_set(err, RC_CORRUPT, "the store lacks its %s", key);
    return rc;
}

/* Never 0, and no sign bit, so that it is one number everywhere. */
static int64_t some_epoch(void)
{
    uint64_t e;

    random_bytes(&e, sizeof e);
    return (int64_t)(e >> 1 | 1);
}

enum rc store_new_epoch(struct store *s, struct err *err)
{
    int64_t epoch = some_epoch();
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = state_put(s->db, "epoch", epoch, err);
    if (rc == RC_OK)
        rc = db_run(s->db,
                    SQL("UPDATE area SET version = version + 1000000000"), err);
    rc = db_end(s->db, rc, err);
    if (rc == RC_OK)
        s->epoch = (uint64_t)epoch;
    return rc;
}

/* -- record types ------------------------------------------------------- */

enum rc store_types(struct store *s, struct bytes version, struct arena *mem,
                    struct bytes *bundle, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT bundle FROM types"
                                             " WHERE version = :version"));
    bool found;
    enum rc rc;

    db_bind_text_bytes(q, "version", version);
    found = db_row(q);
    if (found)
        *bundle = arena_bytes(mem, db_blob(q, "bundle"));
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc = err_set(err, RC_NOTFOUND, "no record types of version %.*s",
                     (int)version.n, (const char *)version.p);
    return rc;
}

static enum rc types_put(struct db *db, const struct shape *shape,
                         struct bytes bundle, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO types(version, bundle, at_ms)"
                         " VALUES (:version, :bundle, :at)"
                         " ON CONFLICT (version) DO UPDATE"
                         " SET at_ms = excluded.at_ms"));
    enum rc rc;

    db_bind_text(q, "version", shape->version);
    db_bind_blob(q, "bundle", bundle);
    db_bind_i64(q, "at", (int64_t)clock_wall_ms());
    rc = db_done(db_run_at(q), err);
    return rc == RC_OK ? rows_create_tables(db, shape, err) : rc;
}

enum rc store_types_set(struct store *s, const struct shape *shape,
                        struct bytes bundle, struct err *err)
{
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    return db_end(s->db, types_put(s->db, shape, bundle, err), err);
}

/* Those put in force last. */
static enum rc types_load(struct store *s, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT bundle FROM types"
                                             " ORDER BY at_ms DESC LIMIT 1"));
    struct bytes bundle = {0};
    struct diags diags = {0};
    enum rc rc;

    if (db_row(q))
        bundle = arena_bytes(&s->mem, db_blob(q, "bundle"));
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = schema_compile_bundle(bundle, &s->mem, &diags, &s->shape, err);
    diags_free(&diags);
    return rc;
}

/* -- opening ------------------------------------------------------------ */

static enum rc create(struct db *db, struct bytes bundle, struct arena *mem,
                      struct err *err)
{
    const struct shape *shape;
    struct diags diags = {0};
    enum rc rc = schema_compile_bundle(bundle, mem, &diags, &shape, err);

    diags_free(&diags);
    if (rc == RC_OK)
        rc = migrate(db, migrations, migrations_n, err);
    if (rc == RC_OK)
        rc = state_put(db, "epoch", some_epoch(), err);
    if (rc == RC_OK)
        rc = types_put(db, shape, bundle, err);
    return rc;
}

enum rc store_create(const char *dir, struct bytes bundle, struct err *err)
{
    struct db_options o = {.create = true, .durable = true};
    struct db_options look = {.read_only = true};
    struct arena mem = {0};
    char *path = store_path(dir, &mem);
    struct db *db = NULL;
    enum rc rc = db_open(path, look, &db, err);

    if (rc == RC_OK || rc != RC_NOTFOUND) {
        db_close(db);
        if (rc == RC_OK)
            rc =
                err_set(err, RC_CONFLICT, "%s: there is a store already", path);
        arena_free(&mem);
        return rc;
    }
    rc = db_open(path, o, &db, err);
    if (rc == RC_OK)
        rc = create(db, bundle, &mem, err);
    db_close(db);
    arena_free(&mem);
    return rc;
}

enum rc store_open(const char *dir, enum store_mode mode,
                   const struct shape *shared, struct store *out,
                   struct err *err)
{
    struct db_options o = {
        .read_only = mode == STORE_READ, .durable = true, .log_pages = 4000};
    struct store s = {0};
    int64_t epoch = 0;
    enum rc rc = db_open(store_path(dir, &s.mem), o, &s.db, err);

    if (rc == RC_NOTFOUND)
        rc = err_set(err, rc,
                     "there is no store in %s: make one with"
                     " `stoepd init %s`",
                     dir, dir);
    if (rc == RC_OK && mode == STORE_WRITE)
        rc = migrate(s.db, migrations, migrations_n, err);
    if (rc == RC_OK)
        rc = state_get(s.db, "epoch", &epoch, err);
    s.shape = shared;
    if (rc == RC_OK && shared == NULL)
        rc = types_load(&s, err);
    if (rc == RC_OK && mode == STORE_WRITE)
        rc = rows_create_tables(s.db, s.shape, err);
    if (rc == RC_OK)
        rc = rows_open(s.db, s.shape, &s.rows, err);
    if (rc == RC_OK) {
        struct rows_sealer sealer;

        s.keys = keys_new(dir, mode == STORE_WRITE);
        sealer = apart_sealer(s.keys);
        rows_seal_with(s.rows, &sealer);
    }
    if (rc == RC_OK && mode == STORE_WRITE)
        rc = search_open(&s, err);
    s.epoch = (uint64_t)epoch;
    if (rc == RC_OK)
        *out = s;
    else
        store_close(&s);
    return rc;
}

void store_close(struct store *s)
{
    db_close(s->db); /* its statements are kept by the texts that rows owns */
    rows_close(s->rows);
    keys_free(s->keys);
    arena_free(&s->mem);
    *s = (struct store){0};
}

/* -- areas -------------------------------------------------------------- */

enum rc store_area_put(struct store *s, const char *slug, const char *name,
                       const char *code, uint32_t *number, struct err *err)
{
    struct db_query *q;
    enum rc rc;

    if (slug[0] == '\0' || strlen(slug) > name_bytes_max ||
        strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(slug))
        return err_set(err, RC_INVALID,
                       "\"%s\": the short name of an area is made of a-z, 0-9"
                       " and -, at most %d characters",
                       slug, name_bytes_max);
    q = db_query(s->db, SQL("INSERT INTO area(slug, name, code, version)"
                            " VALUES (:slug, :name, :code, 0)"
                            " ON CONFLICT (slug) DO UPDATE SET"
                            " name = excluded.name, code = excluded.code"));
    db_bind_text(q, "slug", slug);
    db_bind_text(q, "name", name);
    db_bind_text(q, "code", code);
    rc = db_done(db_run_at(q), err);
    return rc == RC_OK ? store_area_find(s, slug, number, err) : rc;
}

enum rc store_area_find(struct store *s, const char *slug, uint32_t *number,
                        struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT number FROM area WHERE slug = :slug"));
    bool found;
    enum rc rc;

    db_bind_text(q, "slug", slug);
    found = db_row(q);
    if (found)
        *number = (uint32_t)db_i64(q, "number");
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc =
            err_set(err, RC_NOTFOUND,
                    "there is no area \"%s\"; `stoepd areas` lists them", slug);
    return rc;
}

enum rc store_areas(struct store *s, struct arena *mem, struct area_info **out,
                    size_t *n, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT number, slug, name, code, version,"
                            " links, chain FROM area ORDER BY number"));
    struct area_info *list = NULL;
    size_t cap = 0, count = 0;

    while (db_row(q)) {
        if (count == cap) {
            struct area_info *more;

            cap = 2 * cap + 16;
            more = arena_new(mem, cap * sizeof *more);
            if (count > 0)
                memcpy(more, list, count * sizeof *more);
            list = more;
        }
        list[count++] =
            (struct area_info){.number = (uint32_t)db_i64(q, "number"),
                               .slug = arena_bytes(mem, db_blob(q, "slug")),
                               .name = arena_bytes(mem, db_blob(q, "name")),
                               .code = arena_bytes(mem, db_blob(q, "code")),
                               .version = (uint64_t)db_i64(q, "version"),
                               .links = (uint64_t)db_i64(q, "links"),
                               .chain = arena_bytes(mem, db_blob(q, "chain"))};
    }
    *out = list;
    *n = count;
    return db_done(q, err);
}
