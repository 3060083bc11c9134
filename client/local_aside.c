/* Changesets that do not count, or count anew (local_tables.h). */
#include <string.h>

#include "client/local_tables.h"

/* The record of a changeset; `type` NULL: there is none. */
static enum rc record_of(struct local *l, uint64_t number,
                         struct rows_name *out, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT area, type, record FROM journal"
                            " WHERE number = :number"));

    *out = (struct rows_name){0};
    db_bind_i64(q, "number", (int64_t)number);
    if (db_row(q) && db_blob(q, "record").n == ID_BYTES) {
        out->type = shape_type_named(l->shape, db_blob(q, "type"));
        out->area = (uint32_t)db_i64(q, "area");
        memcpy(out->id.b, db_blob(q, "record").p, ID_BYTES);
    }
    return db_done(q, err);
}

enum rc local_reshow(struct local *l, uint64_t number, struct arena *mem,
                     struct err *err)
{
    struct rows_name name;
    enum rc rc = record_of(l, number, &name, err);

    return rc == RC_OK && name.type != NULL
               ? local_replay_stored(l, name.type, name.area, &name.id, mem,
                                     err)
               : rc;
}

/* Contact data that was not taken in does not stay here: the record may be
 * another's, or erased, and then nothing would come to take it off. */
static enum rc drop_writes(struct local *l, uint64_t number, struct err *err)
{
    struct db_query *q = db_query(l->db, SQL("UPDATE journal SET writes = X'00'"
                                             " WHERE number = :number"));

    db_bind_i64(q, "number", (int64_t)number);
    return db_done(db_run_at(q), err);
}

enum rc local_set_aside(struct local *l, uint64_t number, uint64_t now_ms,
                        struct arena *mem, struct err *err)
{
    struct subjects of = {0};
    struct rows_name name;
    enum rc rc = record_of(l, number, &name, err);

    if (rc != RC_OK || name.type == NULL)
        return rc;
    rc = local_subjects(l, name.type, name.area, &name.id, mem, &of, err);
    if (rc == RC_OK && name.type->apart)
        rc = drop_writes(l, number, err);
    if (rc == RC_OK)
        rc = local_replay_stored(l, name.type, name.area, &name.id, mem, err);
    if (rc == RC_OK)
        rc = local_subjects(l, name.type, name.area, &name.id, mem, &of, err);
    return rc == RC_OK
               ? local_settle(l, name.area, &of, false, now_ms, mem, err)
               : rc;
}
