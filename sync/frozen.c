#include "sync/frozen.h"

#include "sync/base/pack.h"
#include "sync/limits.h"

void frozen_put(const struct record *r, struct arena *mem, struct buf *out)
{
    struct buf meta = buf_make(message_bytes_max);
    uint64_t sole = record_sole(r);
    size_t f;

    record_pack(r, mem, &meta);
    pack_bytes(out, buf_view(&meta));
    out->full |= meta.full;
    buf_free(&meta);
    for (f = 0; f < r->type->fields_n; f++)
        if (sole & UINT64_C(1) << f)
            value_pack(&r->fields[f].p[0].value, out);
}

enum rc frozen_take(struct record *r, struct bytes frozen, struct arena *mem,
                    struct err *err)
{
    static const struct value nothing[fields_per_type_max];
    struct unpack u = {.in = frozen};
    struct bytes meta = unpack_bytes(&u);
    uint64_t sole;
    size_t f;
    enum rc rc = record_unpack(r, meta, nothing, mem, err);

    if (rc != RC_OK)
        return rc;
    sole = record_sole(r);
    for (f = 0; f < r->type->fields_n; f++)
        if (sole & UINT64_C(1) << f)
            r->fields[f].p[0].value = value_unpack(&u, mem);
    record_modernise(r, mem);
    if (u.bad || u.in.n > 0)
        return err_set(err, RC_CORRUPT, "a %s in the store is damaged",
                       r->type->name);
    return RC_OK;
}
