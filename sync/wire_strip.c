#include "sync/wire_strip.h"

#include "sync/limits.h"
#include "sync/wire.h"
#include "sync/wire_pack.h"

struct stripping {
    const struct wire_strip *which;
    struct wire_reader types[types_max]; /* fields of each, as named */
    size_t types_n;
    uint64_t first; /* number of the first changeset */
    size_t n;       /* changesets that lost writes */
};

struct writer { /* of one changeset */
    size_t at;
    struct id record;
    uint64_t base_version;
    struct wire_reader fields; /* names */
};

/* [[type, [field …]] …] */
static void read_names(struct stripping *s, struct wire_reader *names)
{
    struct wire_reader list = wire_take_array(names, types_max), one;

    while (list.n > 0 && !list.bad) {
        one = wire_take_array(&list, 2);
        (void)wire_take_text(&one, name_bytes_max);
        s->types[s->types_n++] = wire_take_array(&one, fields_per_type_max);
        list.bad |= one.bad;
    }
    names->bad |= list.bad;
}

static bool loses(const struct stripping *s, const struct writer *w,
                  uint64_t place, struct wire_reader *list)
{
    struct wire_reader names = w->fields;
    struct bytes name = {0};

    if (place >= names.n) {
        list->bad = true;
        return false;
    }
    for (; place > 0; place--)
        (void)wire_take_text(&names, name_bytes_max);
    name = wire_take_text(&names, name_bytes_max);
    list->bad |= names.bad;
    if (s->which->field != NULL &&
        s->which->field(s->which->ctx, w->at, &w->record, w->base_version,
                        name))
        return true;
    return s->which->number != NULL &&
           s->which->number(s->which->ctx, s->first + w->at, &w->record, name);
}

/* field, value …: those that stay, to `out`; how many elements they are. */
static size_t keep_writes(const struct stripping *s, const struct writer *w,
                          struct wire_reader writes, struct wire_reader *list,
                          struct buf *out)
{
    size_t kept = 0, i;

    while (writes.n > 0 && !list->bad) {
        struct wire_reader look = writes;
        uint64_t code = wire_take_u64(&look, 2 * fields_per_type_max);
        size_t elements = code & 1 ? 3 : 2;
        bool lost = loses(s, w, code / 2, list);
        struct buf gone = buf_make(0);

        if (look.bad || elements > writes.n) {
            list->bad = true;
            break;
        }
        for (i = 0; i < elements; i++)
            wire_pack_next(lost ? &gone : out, &writes);
        kept += lost ? 0 : elements;
        buf_free(&gone);
    }
    return kept;
}

/* [clock, type, record, base_version, field, value …] */
static void strip_changeset(struct stripping *s, size_t at,
                            struct wire_reader *list, struct buf *out)
{
    enum { HEAD = 4 };
    struct wire_reader one =
        wire_take_array(list, HEAD + 3 * fields_per_type_max);
    struct wire_reader look = one;
    struct buf writes = buf_make(message_bytes_max);
    struct writer w = {.at = at};
    uint64_t type;
    size_t elements = one.n, kept = 0, i;

    (void)wire_take_i64(&look);
    type = wire_take_u64(&look, UINT32_MAX);
    w.record = wire_take_id(&look);
    w.base_version = wire_take_u64(&look, INT64_MAX);
    if (look.bad || type >= s->types_n) {
        list->bad = true;
        return;
    }
    w.fields = s->types[type];
    if (!s->which->whole(s->which->ctx, &w.record))
        kept = keep_writes(s, &w, look, list, &writes);
    wire_pack_array(out, HEAD + kept);
    for (i = 0; i < HEAD; i++)
        wire_pack_next(out, &one);
    buf_put(out, writes.p, writes.n);
    s->n += HEAD + kept < elements;
    buf_free(&writes);
}

enum rc wire_strip(struct bytes in, const struct wire_strip *which,
                   struct buf *out, size_t *n, struct err *err)
{
    enum {
        HEAD = 7,
        FIRST = 4,
        NAMES = 6
    }; /* elements before the changesets */
    struct stripping s = {.which = which};
    struct wire_reader list;
    struct wire_message m;
    size_t i;
    bool bad = true;

    if (wire_message_open(&m, in) && m.r.n == HEAD + 1) {
        wire_pack_array(out, HEAD + 1);
        for (i = 0; i < HEAD; i++) {
            struct wire_reader look = m.r;

            if (i == FIRST)
                s.first = wire_take_u64(&look, INT64_MAX);
            if (i == NAMES)
                read_names(&s, &look);
            wire_pack_next(out, &m.r);
            m.r.bad |= look.bad;
        }
        list = wire_take_array(&m.r, batch_changesets_max);
        wire_pack_array(out, list.n);
        for (i = 0; list.n > 0 && !list.bad; i++)
            strip_changeset(&s, i, &list, out);
        bad = m.r.bad || list.bad;
    }
    *n = s.n;
    wire_message_close(&m);
    return bad ? err_set(err, RC_CORRUPT, "this is no batch") : RC_OK;
}
