/* What this device wrote about somebody, out of its journal (local_tables.h).
 */
#include <string.h>

#include "client/local_tables.h"
#include "sync/limits.h"

static enum rc replace_writes(struct local *l, const struct changeset *c,
                              struct err *err)
{
    struct buf writes = buf_make(changeset_bytes_max);
    struct db_query *q =
        db_query(l->db, SQL("UPDATE journal SET writes ="
                            " :writes WHERE number = :number"));
    enum rc rc;

    writes_pack(c, &writes);
    db_bind_blob(q, "writes", buf_view(&writes));
    db_bind_i64(q, "number", (int64_t)c->number);
    rc = db_done(db_run_at(q), err);
    buf_free(&writes);
    return rc;
}

/* The next changeset of a record after c->number, which is 0 at the end.
 * *waits: it is not handed in. */
static enum rc next_of(struct local *l, const struct rows_name *name,
                       struct changeset *c, bool *waits, struct arena *mem,
                       struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT number, clock, base_version, acked, writes"
                            " FROM journal WHERE record = :record"
                            " AND number > :number ORDER BY number LIMIT 1"));
    struct bytes writes = {0};
    enum rc rc;

    db_bind_blob(q, "record", id_bytes(&name->id));
    db_bind_i64(q, "number", (int64_t)c->number);
    *c = (struct changeset){
        .type = name->type, .area = name->area, .record = name->id};
    if (db_row(q)) {
        c->number = (uint64_t)db_i64(q, "number");
        c->clock = (hlc_stamp)db_i64(q, "clock");
        c->base_version = (uint64_t)db_i64(q, "base_version");
        *waits = db_i64(q, "acked") == 0;
        writes = arena_bytes(mem, db_blob(q, "writes"));
    }
    rc = db_done(q, err);
    return rc == RC_OK && c->number > 0 ? writes_unpack(c, writes, mem, err)
                                        : rc;
}

enum rc local_strip(struct local *l, const struct rows_name *name, size_t field,
                    const struct id *subject, struct changeset *last,
                    struct arena *mem, struct err *err)
{
    struct value of = value_id(subject);
    struct changeset c = {0};
    bool waits = false;
    enum rc rc = next_of(l, name, &c, &waits, mem, err);

    last->number = 0;
    while (rc == RC_OK && c.number > 0) {
        struct write *w = arena_new(mem, c.writes_n * sizeof *w);
        size_t i, n = 0;

        for (i = 0; i < c.writes_n; i++)
            if (c.writes[i].field != field ||
                !value_eq(&c.writes[i].value, &of))
                w[n++] = c.writes[i];
        if (n < c.writes_n) {
            c.writes = w;
            c.writes_n = n;
            rc = replace_writes(l, &c, err);
            if (waits)
                *last = c;
        }
        if (rc == RC_OK)
            rc = next_of(l, name, &c, &waits, mem, err);
    }
    return rc;
}

enum rc local_journal_mentions(struct local *l, uint32_t area,
                               const struct id *subject, struct arena *mem,
                               struct rows_name **out, size_t *n,
                               struct err *err)
{
    /* An id stands in packed writes as its bytes. */
    struct db_query *q = db_query(
        l->db, SQL("SELECT DISTINCT type, record FROM journal"
                   " WHERE area = :area AND instr(writes, :subject) > 0"));
    struct rows_name *list = NULL;
    size_t cap = 0, count = 0;

    db_bind_i64(q, "area", area);
    db_bind_blob(q, "subject", id_bytes(subject));
    while (db_row(q)) {
        struct rows_name name = {
            .type = shape_type_named(l->shape, db_blob(q, "type")),
            .area = area};

        if (name.type == NULL || db_blob(q, "record").n != ID_BYTES)
            continue;
        memcpy(name.id.b, db_blob(q, "record").p, ID_BYTES);
        if (count == cap) {
            struct rows_name *more;

            cap = 2 * cap + 8;
            more = arena_new(mem, cap * sizeof *more);
            if (count > 0)
                memcpy(more, list, count * sizeof *more);
            list = more;
        }
        list[count++] = name;
    }
    *out = list;
    *n = count;
    return db_done(q, err);
}
