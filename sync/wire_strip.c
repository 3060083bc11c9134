#include "sync/wire_strip.h"

#include "sync/limits.h"
#include "sync/wire.h"
#include "sync/wire_pack.h"

/* [clock, type, record, base_version, field, value …] */
static bool strip_changeset(struct wire_reader *list, wire_strip_which *which,
                            void *ctx, struct buf *out)
{
    struct wire_reader one = wire_take_array(list, 4 + 3 * fields_per_type_max);
    struct wire_reader look = one;
    struct id record;
    bool gone;
    size_t keep;

    (void)wire_take_i64(&look);
    (void)wire_take_u64(&look, UINT32_MAX);
    record = wire_take_id(&look);
    if (look.bad || one.n < 4) {
        list->bad = true;
        return false;
    }
    gone = which(ctx, &record);
    keep = gone ? 4 : one.n;
    wire_pack_array(out, keep);
    while (keep-- > 0)
        wire_pack_next(out, &one);
    return gone;
}

enum rc wire_strip(struct bytes in, wire_strip_which *which, void *ctx,
                   struct buf *out, size_t *n, struct err *err)
{
    enum { HEAD = 7 }; /* elements before the changesets */
    struct wire_reader list;
    struct wire_message m;
    size_t i;
    bool bad = true;

    *n = 0;
    if (wire_message_open(&m, in) && m.r.n == HEAD + 1) {
        wire_pack_array(out, HEAD + 1);
        for (i = 0; i < HEAD; i++)
            wire_pack_next(out, &m.r);
        list = wire_take_array(&m.r, batch_changesets_max);
        wire_pack_array(out, list.n);
        while (list.n > 0 && !list.bad)
            *n += strip_changeset(&list, which, ctx, out);
        bad = m.r.bad || list.bad;
    }
    wire_message_close(&m);
    return bad ? err_set(err, RC_CORRUPT, "this is no batch") : RC_OK;
}
