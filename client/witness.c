#include "client/witness.h"

#include <inttypes.h>

struct seen {
    struct chain known, shown;
    struct bytes slug; /* in the arena given */
};

static enum rc load(struct local *l, uint32_t area, struct arena *mem,
                    struct seen *out, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT slug, links, chain, shown_links,"
                            " shown_chain FROM area WHERE number = :area"));
    enum rc rc;

    *out = (struct seen){0};
    db_bind_i64(q, "area", area);
    if (db_row(q)) {
        out->slug = arena_bytes(mem, db_blob(q, "slug"));
        /* Heads of another length are those of no link at all. */
        (void)chain_read(db_blob(q, "chain"), (uint64_t)db_i64(q, "links"),
                         &out->known);
        (void)chain_read(db_blob(q, "shown_chain"),
                         (uint64_t)db_i64(q, "shown_links"), &out->shown);
    }
    rc = db_done(q, err);
    return rc;
}

static enum rc save(struct local *l, uint32_t area, const struct seen *s,
                    struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("UPDATE area SET links = :links, chain = :chain,"
                   " shown_links = :shown_links, shown_chain = :shown_chain"
                   " WHERE number = :area"));

    db_bind_i64(q, "links", (int64_t)s->known.links);
    db_bind_blob(q, "chain", digest_bytes(&s->known.head));
    db_bind_i64(q, "shown_links", (int64_t)s->shown.links);
    db_bind_blob(q, "shown_chain", digest_bytes(&s->shown.head));
    db_bind_i64(q, "area", area);
    return db_done(db_run_at(q), err);
}

/* -- doubt -------------------------------------------------------------- */

/* The first one stays until this device is enrolled anew. */
static enum rc doubt(struct local *l, const struct seen *s, const char *what,
                     struct err *err)
{
    struct arena mem = {0};
    const char *before;
    enum rc rc = local_get(l, "doubt", &mem, &before, err);

    if (rc == RC_OK && before[0] == '\0')
        rc = local_put(l, "doubt",
                       arena_printf(&mem, "%.*s: %s (%" PRIu64 ", %" PRIu64 ")",
                                    (int)s->slug.n, (const char *)s->slug.p,
                                    what, s->known.links, s->shown.links),
                       err);
    arena_free(&mem);
    return rc;
}

enum rc witness_doubt(struct local *l, struct arena *mem, const char **out,
                      struct err *err)
{
    return local_get(l, "doubt", mem, out, err);
}

/* -- what is shown ------------------------------------------------------ */

enum rc witness_restart(struct local *l, struct err *err)
{
    return db_run(l->db,
                  SQL("UPDATE area SET links = 0, chain = X'',"
                      " shown_links = 0, shown_chain = X''"),
                  err);
}

enum rc witness_shown(struct local *l, const struct area_info *a,
                      struct err *err)
{
    struct arena mem = {0};
    struct seen s;
    bool first;
    enum rc rc = load(l, a->number, &mem, &s, err);

    if (rc == RC_OK) {
        first = s.known.links == 0 && s.shown.links == 0;
        s.shown = (struct chain){0};
        (void)chain_read(a->chain, a->links, &s.shown);
        if (!first && s.shown.links < s.known.links)
            rc = doubt(l, &s, "it has become shorter", err);
        else if (!first && s.shown.links == s.known.links &&
                 !chain_eq(&s.shown, &s.known))
            rc = doubt(l, &s, "it has another content", err);
        if (first || s.shown.links <= s.known.links)
            s.known = s.shown;
    }
    if (rc == RC_OK)
        rc = save(l, a->number, &s, err);
    arena_free(&mem);
    return rc;
}

enum rc witness_due(struct local *l, uint32_t *area, uint64_t *after,
                    struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT number, links FROM area WHERE granted = 1"
                            " AND links < shown_links ORDER BY number LIMIT "
                            "1"));

    *area = 0;
    *after = 0;
    if (db_row(q)) {
        *area = (uint32_t)db_i64(q, "number");
        *after = (uint64_t)db_i64(q, "links");
    }
    return db_done(q, err);
}

static void add_entries(struct chain *c, struct bytes entries, uint64_t upto)
{
    struct digest entry;
    struct chain one;
    size_t i;

    for (i = 0; i < entries.n / DIGEST_BYTES && c->links < upto; i++)
        if (chain_read(
                (struct bytes){entries.p + i * DIGEST_BYTES, DIGEST_BYTES}, 0,
                &one)) {
            entry = one.head;
            chain_add(c, &entry);
        }
}

static enum rc join(struct local *l, uint32_t area, struct bytes entries,
                    struct arena *mem, struct err *err)
{
    struct seen s;
    enum rc rc = load(l, area, mem, &s, err);

    if (rc != RC_OK)
        return rc;
    if (entries.n == 0) {
        rc = doubt(l, &s, "the server does not show all of it", err);
        s.known = s.shown;
    }
    add_entries(&s.known, entries, s.shown.links);
    if (s.known.links == s.shown.links && !chain_eq(&s.known, &s.shown)) {
        rc = doubt(l, &s, "it does not follow from what was shown before", err);
        s.known = s.shown;
    }
    return rc == RC_OK ? save(l, area, &s, err) : rc;
}

static uint64_t take_number(struct bytes *in, size_t n)
{
    uint64_t v = 0;

    for (; n > 0 && in->n > 0; n--, in->p++, in->n--)
        v = v << 8 | in->p[0];
    return v;
}

enum rc witness_take(struct local *l, uint32_t area, struct bytes entries,
                     struct err *err)
{
    struct arena mem = {0};
    bool whole = entries.n >= 12;
    uint64_t epoch = take_number(&entries, 8), known = 0;
    uint64_t n = take_number(&entries, 4);
    enum rc rc = local_get_u64(l, "epoch", &known, err);

    if (rc != RC_OK)
        return rc;
    if (!whole || entries.n != n * DIGEST_BYTES)
        return err_set(err, RC_CORRUPT, "the entries of the journal were cut");
    if (epoch != known)
        return err_set(err, RC_OUTDATED,
                       "the server was put back from a backup meanwhile");
    rc = db_begin(l->db, err);
    if (rc == RC_OK)
        rc = db_end(l->db, join(l, area, entries, &mem, err), err);
    arena_free(&mem);
    return rc;
}
