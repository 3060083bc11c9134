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

/* What was not taken in of a record that this device may not be told about does
 * not stay here: if it is erased nothing would come to take it off.  That is so
 * of contact data, which may be another's, and of types that its role may not
 * see. */
static enum rc not_told(struct local *l, const struct shape_type *type,
                        bool *out, struct err *err)
{
    struct arena mem = {0};
    const char *word;
    enum role role;
    enum rc rc = local_get(l, "role", &mem, &word, err);

    if (rc == RC_OK) {
        role = role_named(bytes_of(word));
        *out = type->apart || (role != ROLES_N && !(type->see >> role & 1U));
    }
    arena_free(&mem);
    return rc;
}

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
    bool untold = false;
    enum rc rc = record_of(l, number, &name, err);

    if (rc != RC_OK || name.type == NULL)
        return rc;
    rc = local_subjects(l, name.type, name.area, &name.id, mem, &of, err);
    if (rc == RC_OK)
        rc = not_told(l, name.type, &untold, err);
    if (rc == RC_OK && untold)
        rc = drop_writes(l, number, err);
    if (rc == RC_OK)
        rc = local_replay_stored(l, name.type, name.area, &name.id, mem, err);
    if (rc == RC_OK)
        rc = local_subjects(l, name.type, name.area, &name.id, mem, &of, err);
    return rc == RC_OK
               ? local_settle(l, name.area, &of, false, now_ms, mem, err)
               : rc;
}
