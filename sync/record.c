#include "sync/record.h"

#include "sync/base/pack.h"
#include "sync/limits.h"

enum {
    META_FORMAT = 1,
    META_ERASED = 2,
    META_EMPTIED = 3,
    META_RECALLED = 4,
    ORIGINS_MAX = fields_per_type_max * heads_per_field_max,
};

enum entry {                  /* the low bits of a field's entry in the meta */
             ENTRY_SOLE = 1,  /* 1 + 2 * origin */
             ENTRY_HEADS = 2, /* 2 + 4 * heads_n */
             ENTRY_SOLE_BASE = 4, /* 4 + 4 * origin */
};

struct record record_new(const struct shape_type *type, const struct id *id,
                         uint32_t area, struct arena *mem)
{
    return (struct record){
        .type = type,
        .id = *id,
        .area = area,
        .fields = arena_new(mem, type->fields_n * sizeof(struct heads)),
    };
}

void record_erase(struct record *r, uint64_t version)
{
    size_t f;

    for (f = 0; f < r->type->fields_n; f++)
        r->fields[f] = (struct heads){0};
    r->erased = true;
    r->unreadable = false;
    r->version = version;
}

void record_empty(struct record *r, uint64_t fields, uint64_t version)
{
    size_t f;

    for (f = FIELD_DELETED + 1; f < r->type->fields_n; f++)
        if (fields & UINT64_C(1) << f)
            r->fields[f] = (struct heads){.emptied = version};
    r->version = version;
}

uint64_t record_emptied(const struct record *r)
{
    uint64_t fields = 0;
    size_t f;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->fields[f].emptied != 0)
            fields |= UINT64_C(1) << f;
    return fields;
}

bool record_exists(const struct record *r)
{
    size_t f;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->fields[f].n > 0)
            return true;
    return false;
}

struct record record_for(const struct record *r, enum role role,
                         struct arena *mem)
{
    struct record out = *r;
    size_t f;

    out.fields = arena_new(mem, r->type->fields_n * sizeof *out.fields);
    for (f = 0; f < r->type->fields_n; f++)
        if (r->type->fields[f].see & 1U << role)
            out.fields[f] = r->fields[f];
    return out;
}

int origin_cmp(const struct origin *a, const struct origin *b)
{
    if (a->clock != b->clock)
        return a->clock < b->clock ? -1 : 1;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return 0;
}

/* -- packing ------------------------------------------------------------ */

struct origins { /* the distinct ones, in order of first use */
    const struct origin **p;
    size_t n;
};

static size_t origin_index(const struct origins *o, const struct origin *by)
{
    size_t i;

    for (i = 0; i < o->n; i++)
        if (o->p[i] == by)
            return i;
    return o->n;
}

static struct origins collect(const struct record *r, struct arena *mem)
{
    struct origins list = {0}, *o = &list;
    size_t f, i, heads_n = 0;

    for (f = 0; f < r->type->fields_n; f++)
        heads_n += r->fields[f].n;
    o->p = arena_new(mem, heads_n * sizeof *o->p);
    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < r->fields[f].n; i++) {
            const struct origin *by = r->fields[f].p[i].by;

            if (origin_index(o, by) < o->n)
                continue;
            o->p[o->n++] = by;
        }
    return list;
}

/* `stays`: the one head says that the record is to stay; no column does. */
static void pack_field(struct buf *out, const struct heads *h,
                       const struct origins *o, bool stays)
{
    size_t i;

    if (h->n == 0) {
        pack_u64(out, 0);
        return;
    }
    if (h->n == 1 && !stays) {
        size_t by = origin_index(o, h->p[0].by);

        if (h->p[0].base.kind == VALUE_NULL) {
            pack_u64(out, ENTRY_SOLE + 2 * by);
            return;
        }
        pack_u64(out, ENTRY_SOLE_BASE + 4 * by);
        value_pack(&h->p[0].base, out);
        return;
    }
    pack_u64(out, ENTRY_HEADS + 4 * h->n);
    for (i = 0; i < h->n; i++) {
        pack_u64(out, origin_index(o, h->p[i].by));
        value_pack(&h->p[i].value, out);
        value_pack(&h->p[i].base, out);
    }
}

static void pack_emptied(struct buf *out, const struct record *r)
{
    uint64_t fields = record_emptied(r), bits, n = 0;
    size_t f;

    if (fields == 0) {
        pack_u64(out, META_FORMAT);
        return;
    }
    for (bits = fields; bits != 0; bits &= bits - 1)
        n++;
    pack_u64(out, META_EMPTIED);
    pack_u64(out, n);
    for (f = 0; f < r->type->fields_n; f++)
        if (fields & UINT64_C(1) << f) {
            pack_u64(out, f);
            pack_u64(out, r->fields[f].emptied);
        }
}

void record_pack(const struct record *r, struct arena *mem, struct buf *out)
{
    struct origins o;
    size_t i;

    if (r->erased) {
        pack_u64(out, META_ERASED);
        return;
    }
    if (r->recalled) {
        pack_u64(out, META_RECALLED);
        return;
    }
    o = collect(r, mem);
    pack_emptied(out, r);
    pack_u64(out, o.n);
    for (i = 0; i < o.n; i++) {
        pack_u64(out, o.p[i]->device);
        pack_u64(out, o.p[i]->number);
        pack_u64(out, o.p[i]->clock);
        pack_u64(out, o.p[i]->version);
        pack_u64(out, o.p[i]->base_version);
    }
    pack_u64(out, r->type->fields_n);
    for (i = 0; i < r->type->fields_n; i++)
        pack_field(out, &r->fields[i], &o,
                   i == FIELD_DELETED && r->fields[i].n == 1 &&
                       r->fields[i].p[0].value.kind == VALUE_NULL);
}

/* -- unpacking ---------------------------------------------------------- */

static void unpack_emptied(struct unpack *u, struct record *r)
{
    uint64_t format = unpack_u64(u, META_EMPTIED), n;

    if (format == META_FORMAT)
        return;
    if (format != META_EMPTIED)
        u->bad = true;
    for (n = unpack_u64(u, fields_per_type_max); n > 0 && !u->bad; n--) {
        size_t f = (size_t)unpack_u64(u, r->type->fields_n - 1);

        r->fields[f].emptied = unpack_u64(u, INT64_MAX);
    }
}

static struct origin *unpack_origins(struct unpack *u, size_t *n,
                                     struct arena *mem)
{
    struct origin *o;
    size_t i;

    *n = (size_t)unpack_u64(u, ORIGINS_MAX);
    if (*n > u->in.n) /* each takes five bytes at least */
        u->bad = true;
    if (u->bad)
        *n = 0;
    o = arena_new(mem, *n * sizeof *o);
    for (i = 0; i < *n; i++) {
        o[i].device = (uint32_t)unpack_u64(u, UINT32_MAX);
        o[i].number = unpack_u64(u, UINT64_MAX);
        o[i].clock = unpack_u64(u, UINT64_MAX);
        o[i].version = unpack_u64(u, UINT64_MAX);
        o[i].base_version = unpack_u64(u, UINT64_MAX);
    }
    return o;
}

static const struct origin *origin_at(struct unpack *u, uint64_t i,
                                      const struct origin *o, size_t n)
{
    if (i >= n) {
        u->bad = true;
        return NULL;
    }
    return &o[i];
}

static void unpack_sole(struct unpack *u, struct heads *h,
                        const struct origin *by, const struct value *column,
                        struct arena *mem)
{
    h->p = arena_new(mem, sizeof *h->p);
    h->p[0] = (struct head){.by = by, .value = *column};
    h->n = u->bad ? 0 : 1;
}

/* A sole head stands in its column, but for the one that says that the record
 * is to stay: `heads_min` is how few may stand here. */
static void unpack_field(struct unpack *u, struct heads *h, size_t heads_min,
                         const struct origin *o, size_t o_n,
                         const struct value *column, struct arena *mem)
{
    uint64_t entry = unpack_u64(u, UINT32_MAX);
    size_t i, n;

    if (u->bad || entry == 0)
        return;
    if (entry & 1) {
        unpack_sole(u, h, origin_at(u, (entry - ENTRY_SOLE) / 2, o, o_n),
                    column, mem);
        return;
    }
    if ((entry & 3) == 0) {
        unpack_sole(u, h, origin_at(u, (entry - ENTRY_SOLE_BASE) / 4, o, o_n),
                    column, mem);
        if (h->n == 1)
            h->p[0].base = value_unpack(u, mem);
        return;
    }
    n = (size_t)((entry - ENTRY_HEADS) / 4);
    if (n < heads_min || n > heads_per_field_max || n > u->in.n) {
        u->bad = true;
        return;
    }
    h->p = arena_new(mem, n * sizeof *h->p);
    for (i = 0; i < n && !u->bad; i++) {
        h->p[i].by = origin_at(u, unpack_u64(u, UINT32_MAX), o, o_n);
        h->p[i].value = value_unpack(u, mem);
        h->p[i].base = value_unpack(u, mem);
    }
    h->n = u->bad ? 0 : n;
}

void record_modernise(struct record *r, struct arena *mem)
{
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < r->fields[f].n; i++) {
            shape_modernise(&r->type->fields[f], &r->fields[f].p[i].value, mem);
            shape_modernise(&r->type->fields[f], &r->fields[f].p[i].base, mem);
        }
}

enum rc record_unpack(struct record *r, struct bytes meta,
                      const struct value *columns, struct arena *mem,
                      struct err *err)
{
    /* The column `deleted` holds what is shown; a sole head of it deletes, or
     * else stands in the meta with its value. */
    static const struct value deletes = {.kind = VALUE_INT, .as.i = 1};
    struct unpack u = {.in = meta};
    struct origin *o;
    size_t o_n, f, n;

    r->fields = arena_new(mem, r->type->fields_n * sizeof *r->fields);
    r->erased = meta.n == 1 && meta.p[0] == META_ERASED;
    r->recalled = meta.n == 1 && meta.p[0] == META_RECALLED;
    if (r->erased || r->recalled)
        return RC_OK;
    unpack_emptied(&u, r);
    o = unpack_origins(&u, &o_n, mem);
    n = (size_t)unpack_u64(&u, r->type->fields_n);
    for (f = 0; f < n && !u.bad; f++)
        unpack_field(&u, &r->fields[f], f == FIELD_DELETED ? 1 : 2, o, o_n,
                     f == FIELD_DELETED ? &deletes : &columns[f], mem);
    if (!u.bad && u.in.n == 0) {
        record_modernise(r, mem);
        return RC_OK;
    }
    for (f = 0; f < r->type->fields_n; f++)
        r->fields[f] = (struct heads){0};
    return err_set(err, RC_CORRUPT, "the merge data of a %s is damaged",
                   r->type->name);
}

uint64_t record_sole(const struct record *r)
{
    uint64_t sole = 0;
    size_t f;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->fields[f].n == 1)
            sole |= UINT64_C(1) << f;
    return sole;
}

/* -- comparing ---------------------------------------------------------- */

static bool heads_eq(const struct heads *a, const struct heads *b)
{
    size_t i;

    if (a->n != b->n || a->emptied != b->emptied)
        return false;
    for (i = 0; i < a->n; i++)
        if (origin_cmp(a->p[i].by, b->p[i].by) != 0 ||
            a->p[i].by->version != b->p[i].by->version ||
            a->p[i].by->base_version != b->p[i].by->base_version ||
            !value_eq(&a->p[i].value, &b->p[i].value) ||
            !value_eq(&a->p[i].base, &b->p[i].base))
            return false;
    return true;
}

bool record_eq(const struct record *a, const struct record *b)
{
    size_t f;

    if (a->type != b->type || !id_eq(&a->id, &b->id) || a->area != b->area ||
        a->version != b->version || a->erased != b->erased ||
        a->recalled != b->recalled)
        return false;
    for (f = 0; f < a->type->fields_n; f++)
        if (!heads_eq(&a->fields[f], &b->fields[f]))
            return false;
    return true;
}
