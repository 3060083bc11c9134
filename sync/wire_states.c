/* [1, 6, area, upto, more, types, records]; see sync/README.md. */
#include "sync/limits.h"
#include "sync/wire_parts.h"

void wire_put_record(struct buf *out, const struct shape *shape,
                     const struct record *rec, struct arena *scratch)
{
    uint64_t sole = record_sole(rec), bits;
    struct buf meta = buf_make(message_bytes_max);
    size_t f, elements = 4;

    for (bits = sole; bits != 0; bits &= bits - 1)
        elements++;
    record_pack(rec, scratch, &meta);
    wire_pack_array(out, elements);
    wire_pack_u64(out, shape_type_index(shape, rec->type));
    wire_pack_bin(out, id_bytes(&rec->id));
    wire_pack_u64(out, rec->version);
    wire_pack_bin(out, buf_view(&meta));
    out->full |= meta.full;
    for (f = 0; f < rec->type->fields_n; f++)
        if (sole & UINT64_C(1) << f)
            wire_pack_value(out, &rec->fields[f].p[0].value);
    buf_free(&meta);
}

static void get_record(struct wire_reader *one, const struct shape *shape,
                       struct arena *mem, struct record *rec)
{
    static const struct value nothing[fields_per_type_max];
    uint64_t type = wire_take_u64(one, UINT32_MAX);
    struct bytes meta;
    uint64_t sole;
    size_t f;

    rec->id = wire_take_id(one);
    rec->version = wire_take_u64(one, INT64_MAX);
    meta = wire_take_bin(one);
    if (type >= shape->types_n)
        one->bad = true;
    if (one->bad)
        return;
    rec->type = &shape->types[type];
    if (record_unpack(rec, meta, nothing, mem, NULL) != RC_OK) {
        one->bad = true;
        return;
    }
    sole = record_sole(rec);
    for (f = 0; f < rec->type->fields_n; f++)
        if (sole & UINT64_C(1) << f)
            rec->fields[f].p[0].value = wire_take_value(one, mem);
}

enum rc wire_get_states(struct wire_reader *r, const struct shape *shape,
                        struct arena *mem, struct states *out, struct err *err)
{
    struct wire_reader list, one;
    struct record *rec;
    uint64_t before = 0;
    size_t i;

    out->area = (uint32_t)wire_take_u64(r, UINT32_MAX);
    out->upto = wire_take_u64(r, INT64_MAX);
    out->more = wire_take_bool(r);
    out->types = wire_take_text(r, name_bytes_max);
    if (!r->bad && !bytes_eq(out->types, bytes_of(shape->version)))
        return err_set(err, RC_OUTDATED,
                       "the server has gone over to record types %.*s",
                       (int)out->types.n, (const char *)out->types.p);
    list = wire_take_array(r, message_bytes_max);
    rec = arena_new(mem, list.n * sizeof *rec);
    out->records = rec;
    out->records_n = list.n;
    for (i = 0; i < out->records_n && !list.bad; i++) {
        one = wire_take_array(&list, 4 + fields_per_type_max);
        rec[i].area = out->area;
        get_record(&one, shape, mem, &rec[i]);
        if (rec[i].version <= before || rec[i].version > out->upto)
            one.bad = true;
        before = rec[i].version;
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
    return RC_OK;
}
