#include "server/apart.h"

#include "sync/base/pack.h"
#include "sync/given.h"
#include "sync/limits.h"

/* -- who ---------------------------------------------------------------- */

enum maker { MADE_BY_OTHERS, MAYBE_MADE, MADE }; /* reader.maker */

enum rc apart_standing(struct store *s, const struct id *record,
                       struct bytes user, enum apart_standing *out,
                       struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT given FROM reader WHERE record = :record"
                            " AND name = :name"));

    *out = APART_NOBODY;
    db_bind_blob(q, "record", id_bytes(record));
    db_bind_text_bytes(q, "name", user);
    if (db_row(q))
        *out = db_i64(q, "given") != 0 ? APART_READS : APART_ONCE;
    return db_done(q, err);
}

static enum rc made(struct store *s, const struct id *record, bool *out,
                    struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT 1 AS one FROM reader"
                            " WHERE record = :record AND maker = 2"));

    db_bind_blob(q, "record", id_bytes(record));
    *out = db_row(q);
    return db_done(q, err);
}

enum rc apart_may_write(struct store *s, const struct id *record,
                        struct bytes user, bool *may, struct err *err)
{
    enum apart_standing standing = APART_NOBODY;
    bool known = false;
    enum rc rc = made(s, record, &known, err);

    if (rc == RC_OK && known)
        rc = apart_standing(s, record, user, &standing, err);
    if (rc == RC_OK)
        *may = !known || standing == APART_READS;
    return rc;
}

static enum rc put(struct store *s, const struct id *record, struct bytes name,
                   enum maker maker, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO reader(record, name, given, maker)"
                   " VALUES (:record, :name, 1, :maker)"
                   " ON CONFLICT (record, name) DO UPDATE SET given = 1,"
                   " maker = CASE WHEN excluded.maker > reader.maker"
                   " THEN excluded.maker ELSE reader.maker END"));

    db_bind_blob(q, "record", id_bytes(record));
    db_bind_text_bytes(q, "name", name);
    db_bind_i64(q, "maker", maker);
    return db_done(db_run_at(q), err);
}

static enum rc on_record(struct db_query *q, const struct id *record,
                         struct err *err)
{
    db_bind_blob(q, "record", id_bytes(record));
    return db_done(db_run_at(q), err);
}

static enum rc note_writer(struct store *s, const struct changeset *c,
                           struct bytes user, struct err *err)
{
    bool known = false;
    enum rc rc = made(s, &c->record, &known, err);

    if (rc != RC_OK || known)
        return rc;
    if (c->base_version != 0)
        return put(s, &c->record, user, MAYBE_MADE, err);
    rc = on_record(db_query(s->db, SQL("UPDATE reader SET maker = 0"
                                       " WHERE record = :record")),
                   &c->record, err);
    return rc == RC_OK ? put(s, &c->record, user, MADE, err) : rc;
}

enum rc apart_given(struct store *s, const struct record *r, struct err *err)
{
    struct arena mem = {0};
    struct value names = given_names(r, &mem);
    size_t i;
    enum rc rc = on_record(db_query(s->db, SQL("UPDATE reader SET given = 0"
                                               " WHERE record = :record"
                                               " AND maker = 0")),
                           &r->id, err);

    for (i = 0; rc == RC_OK && names.kind == VALUE_SET && i < names.as.set.n;
         i++)
        rc = put(s, &r->id, names.as.set.p[i], MADE_BY_OTHERS, err);
    arena_free(&mem);
    return rc;
}

enum rc apart_note(struct store *s, const struct record *r,
                   const struct changeset *c, struct bytes user,
                   struct err *err)
{
    enum rc rc = note_writer(s, c, user, err);

    return rc == RC_OK ? apart_given(s, r, err) : rc;
}

/* -- sealing ------------------------------------------------------------ */

enum rc apart_check(struct store *s, const char *dir, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT 1 AS one FROM reader LIMIT 1"));
    bool any = db_row(q);
    struct err why;
    enum rc rc = db_done(q, err);

    if (rc != RC_OK || !any)
        return rc;
    rc = keys_check(s->keys, &why);
    if (rc == RC_OK || rc == RC_BUSY)
        return RC_OK;
    return err_set(err, rc,
                   "%s: without it nobody can read the records that are kept"
                   " apart; put it back from its backup.  If there is none:"
                   " `stoepd restored %s --without-keys` goes on without them",
                   why.text, dir);
}

static struct bytes bound_row(struct buf *b, uint32_t area, const struct id *id)
{
    buf_puts(b, "row ");
    pack_u64(b, area);
    pack_bytes(b, id_bytes(id));
    return buf_view(b);
}

static enum rc seal_row(void *ctx, uint32_t area, const struct id *id,
                        struct bytes what, struct buf *out, struct err *err)
{
    struct buf with = buf_make(256);
    enum rc rc = keys_seal(ctx, id, bound_row(&with, area, id), what, out, err);

    buf_free(&with);
    return rc;
}

static enum rc open_row(void *ctx, uint32_t area, const struct id *id,
                        struct bytes sealed, struct buf *out, struct err *err)
{
    struct buf with = buf_make(256);
    enum rc rc =
        keys_open(ctx, id, bound_row(&with, area, id), sealed, out, err);

    buf_free(&with);
    return rc;
}

struct rows_sealer apart_sealer(struct keys *k)
{
    return (struct rows_sealer){.ctx = k, .seal = seal_row, .open = open_row};
}

static struct bytes bound_batch(struct buf *b, const struct apart_batch *batch)
{
    buf_puts(b, "batch ");
    pack_u64(b, batch->area);
    pack_u64(b, batch->device);
    pack_u64(b, batch->first);
    return buf_view(b);
}

enum rc apart_seal_batch(struct keys *k, const struct apart_batch *b,
                         struct bytes body, struct buf *out, struct err *err)
{
    struct buf with = buf_make(256);
    enum rc rc =
        keys_seal(k, &b->record, bound_batch(&with, b), body, out, err);

    buf_free(&with);
    return rc;
}

enum rc apart_open_batch(struct keys *k, const struct apart_batch *b,
                         struct bytes sealed, struct buf *out, struct err *err)
{
    struct buf with = buf_make(256);
    enum rc rc =
        keys_open(k, &b->record, bound_batch(&with, b), sealed, out, err);

    buf_free(&with);
    return rc;
}
