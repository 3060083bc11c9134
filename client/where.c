#include "client/where.h"

#include <string.h>

#include "sync/limits.h"
#include "sync/sys/pack.h"
#include "sync/wire.h"

/* Under which names the store keeps the version that is here, and the one that
 * its server has. */
static const char here[] = "regions", due[] = "regions_due";

static enum rc put(struct local *l, const char *key, struct bytes version,
                   struct err *err)
{
    struct arena mem = {0};
    enum rc rc = local_put(
        l, key, arena_text(&mem, (const char *)version.p, version.n), err);

    arena_free(&mem);
    return rc;
}

static enum rc forget(struct local *l, struct err *err)
{
    return db_run(l->db, SQL("DELETE FROM region"), err);
}

enum rc where_welcome(struct local *l, struct bytes version, struct err *err)
{
    enum rc rc = put(l, due, version, err);

    if (rc == RC_OK && version.n == 0) {
        rc = forget(l, err);
        if (rc == RC_OK)
            rc = put(l, here, version, err);
    }
    return rc;
}

enum rc where_due(struct local *l, struct arena *mem, const char **out,
                  struct err *err)
{
    const char *have, *want;
    enum rc rc = local_get(l, here, mem, &have, err);

    if (rc == RC_OK)
        rc = local_get(l, due, mem, &want, err);
    if (rc == RC_OK)
        *out = strcmp(have, want) == 0 ? "" : want;
    return rc;
}

/* -- what came back ------------------------------------------------------ */

static enum rc add(struct local *l, const struct region_told *r,
                   struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("INSERT INTO region(code, name, outline)"
                            " VALUES (:code, :name, :outline)"));

    db_bind_text_bytes(q, "code", r->code);
    db_bind_text_bytes(q, "name", r->name);
    db_bind_blob(q, "outline", r->outline);
    return db_done(db_run_at(q), err);
}

static enum rc replace(struct local *l, const struct regions_told *told,
                       struct err *err)
{
    size_t i;
    enum rc rc = forget(l, err);

    for (i = 0; rc == RC_OK && i < told->regions_n; i++)
        rc = add(l, &told->regions[i], err);
    return rc == RC_OK ? put(l, here, told->version, err) : rc;
}

static enum rc take(struct local *l, const struct regions_told *told,
                    struct arena *mem, struct err *err)
{
    const char *want;
    enum rc rc = where_due(l, mem, &want, err);

    if (rc == RC_OK && !bytes_eq(told->version, bytes_of(want)))
        rc = err_set(err, RC_OUTDATED,
                     "these are other neighbourhoods than were asked for");
    if (rc == RC_OK)
        rc = db_begin(l->db, err);
    return rc == RC_OK ? db_end(l->db, replace(l, told, err), err) : rc;
}

enum rc where_take(struct local *l, struct bytes answer, struct err *err)
{
    struct arena mem = {0};
    struct message m;
    struct buf plain;
    enum rc rc = pack_expand(answer, regions_bytes_max, &plain, err);

    if (rc != RC_OK)
        return rc;
    rc = wire_get(buf_view(&plain), NULL, &mem, &m, err);
    if (rc == RC_OK && m.kind != MESSAGE_REGIONS)
        rc = err_set(err, RC_CORRUPT, "the server gave another answer");
    if (rc == RC_OK)
        rc = take(l, &m.as.regions, &mem, err);
    buf_free(&plain);
    arena_free(&mem);
    return rc;
}

/* -- asking -------------------------------------------------------------- */

enum rc where_at(struct local *l, struct geo_point p, struct arena *mem,
                 bool *known, struct where *out, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("SELECT code, name, outline FROM region ORDER BY code"));

    *known = false;
    *out = (struct where){0};
    while (db_row(q)) {
        *known = true;
        if (!geo_holds(db_blob(q, "outline"), p))
            continue;
        out->code = arena_bytes(mem, db_blob(q, "code"));
        out->name = arena_bytes(mem, db_blob(q, "name"));
        break;
    }
    return db_done(q, err);
}

enum rc where_each(struct local *l, where_visit *visit, void *ctx,
                   struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("SELECT code, name, outline FROM region ORDER BY code"));

    while (db_row(q)) {
        struct where is = {bytes_of(db_text(q, "code")),
                           bytes_of(db_text(q, "name"))};

        visit(ctx, &is, db_blob(q, "outline"));
    }
    return db_done(q, err);
}
