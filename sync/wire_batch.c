/* [1, 3, device, area, first, types, names, changesets]; see sync/README.md. */
#include "sync/limits.h"
#include "sync/wire_parts.h"

/* -- writing ------------------------------------------------------------ */

/* The names that a batch uses: types in order of first use, and of each the
 * fields, as a bit each. */
struct names {
    const struct shape_type *types[types_max];
    uint64_t fields[types_max];
    size_t n;
};

static size_t type_index(struct names *d, const struct shape_type *t)
{
    size_t i;

    for (i = 0; i < d->n; i++)
        if (d->types[i] == t)
            return i;
    assert(d->n < types_max);
    d->types[d->n] = t;
    d->fields[d->n] = 0;
    return d->n++;
}

/* How many of the fields named come before `field`? */
static uint64_t field_index(uint64_t fields, unsigned field)
{
    uint64_t before = fields & ((UINT64_C(1) << field) - 1), n = 0;

    for (; before != 0; before &= before - 1)
        n++;
    return n;
}

static void put_names(struct buf *out, const struct names *d)
{
    size_t i, f;

    wire_pack_array(out, d->n);
    for (i = 0; i < d->n; i++) {
        wire_pack_array(out, 2);
        wire_pack_text(out, bytes_of(d->types[i]->name));
        wire_pack_array(out,
                        field_index(d->fields[i], 63) + (d->fields[i] >> 63));
        for (f = 0; f < d->types[i]->fields_n; f++)
            if (d->fields[i] & UINT64_C(1) << f)
                wire_pack_text(out, bytes_of(d->types[i]->fields[f].name));
    }
}

static void put_changeset(struct buf *out, const struct changeset *c,
                          struct names *d, hlc_stamp before)
{
    size_t i, elements = 4, type = type_index(d, c->type);

    for (i = 0; i < c->writes_n; i++)
        elements += c->writes[i].base.kind == VALUE_NULL ? 2 : 3;
    wire_pack_array(out, elements);
    wire_pack_i64(out, (int64_t)(c->clock - before));
    wire_pack_u64(out, type);
    wire_pack_bin(out, id_bytes(&c->record));
    wire_pack_u64(out, c->base_version);
    for (i = 0; i < c->writes_n; i++) {
        const struct write *w = &c->writes[i];
        bool base = w->base.kind != VALUE_NULL;

        wire_pack_u64(out, 2 * field_index(d->fields[type], w->field) + base);
        wire_pack_value(out, &w->value);
        if (base)
            wire_pack_value(out, &w->base);
    }
}

void wire_put_batch(struct buf *out, const struct batch *b)
{
    struct names d = {.n = 0};
    hlc_stamp before = 0;
    size_t i, j;

    for (i = 0; i < b->changesets_n; i++) {
        const struct changeset *c = &b->changesets[i];
        size_t t = type_index(&d, c->type);

        for (j = 0; j < c->writes_n; j++)
            d.fields[t] |= UINT64_C(1) << c->writes[j].field;
    }
    wire_pack_u64(out, b->device);
    wire_pack_u64(out, b->area);
    wire_pack_u64(out, b->first);
    wire_pack_text(out, b->types);
    put_names(out, &d);
    wire_pack_array(out, b->changesets_n);
    for (i = 0; i < b->changesets_n; i++) {
        put_changeset(out, &b->changesets[i], &d, before);
        before = b->changesets[i].clock;
    }
}

bool batch_apart(const struct batch *b, struct id *record, bool *alone)
{
    bool any = false;
    size_t i;

    *alone = true;
    for (i = 0; i < b->changesets_n; i++) {
        const struct changeset *c = &b->changesets[i];
        const struct shape_type *t = b->named != NULL ? b->named[i] : c->type;

        if (!any && t != NULL && t->apart) {
            any = true;
            *record = c->record;
        }
    }
    for (i = 0; any && i < b->changesets_n; i++)
        *alone = *alone && id_eq(&b->changesets[i].record, record);
    return any;
}

/* -- reading ------------------------------------------------------------ */

struct known { /* one type that a batch names, as we know it; or not */
    const struct shape_type *type; /* NULL: unknown here */
    struct bytes name;
    const struct shape_field *fields[fields_per_type_max]; /* NULL: unknown */
    struct bytes names[fields_per_type_max];
    size_t fields_n;
};

static struct known *get_names(struct wire_reader *r, const struct shape *shape,
                               struct arena *mem, size_t *n)
{
    struct wire_reader list = wire_take_array(r, types_max), one, fields;
    struct known *d = arena_new(mem, list.n * sizeof *d);
    size_t i, f;

    *n = list.n;
    for (i = 0; i < *n; i++) {
        one = wire_take_array(&list, 2);
        d[i].name = wire_take_text(&one, name_bytes_max);
        d[i].type = shape_type_named(shape, d[i].name);
        fields = wire_take_array(&one, fields_per_type_max);
        d[i].fields_n = fields.n;
        for (f = 0; f < d[i].fields_n; f++) {
            d[i].names[f] = wire_take_text(&fields, name_bytes_max);
            if (d[i].type != NULL)
                d[i].fields[f] = shape_field_named(d[i].type, d[i].names[f]);
        }
        wire_reader_end(&fields, &one);
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
    return d;
}

static void get_writes(struct wire_reader *one, const struct known *k,
                       struct changeset *c, const char **fault,
                       struct arena *mem)
{
    size_t n = 0, most = one->n / 2;
    struct write *w = arena_new(mem, most * sizeof *w);

    while (one->n > 0 && !one->bad && n < most) {
        uint64_t code = wire_take_u64(one, 2 * fields_per_type_max);
        const struct shape_field *f;

        if (code / 2 >= k->fields_n) {
            one->bad = true;
            return;
        }
        w[n].value = wire_take_value(one, mem);
        w[n].base = code & 1 ? wire_take_value(one, mem) : value_null();
        f = k->fields[code / 2];
        if (f == NULL) {
            struct bytes name = k->names[code / 2];

            if (*fault == NULL)
                *fault = arena_printf(mem, "%.*s has no field \"%.*s\"",
                                      (int)k->name.n, (const char *)k->name.p,
                                      (int)name.n, (const char *)name.p);
            continue;
        }
        shape_modernise(f, &w[n].value, mem);
        shape_modernise(f, &w[n].base, mem);
        w[n++].field = (uint16_t)shape_field_index(k->type, f);
    }
    c->writes = w;
    c->writes_n = n;
}

static void get_changeset(struct wire_reader *one, const struct known *names,
                          size_t names_n, hlc_stamp before, struct changeset *c,
                          const struct shape_type **named, const char **fault,
                          struct arena *mem)
{
    const struct known *k;
    uint64_t type;

    c->clock = before + (uint64_t)wire_take_i64(one);
    type = wire_take_u64(one, UINT32_MAX);
    c->record = wire_take_id(one);
    c->base_version = wire_take_u64(one, INT64_MAX);
    if (type >= names_n)
        one->bad = true;
    if (one->bad)
        return;
    k = &names[type];
    *named = k->type;
    if (k->type == NULL)
        *fault = arena_printf(mem, "there is no record type \"%.*s\"",
                              (int)k->name.n, (const char *)k->name.p);
    get_writes(one, k, c, fault, mem);
    if (*fault != NULL)
        c->writes_n = 0;
    else
        c->type = k->type;
}

void wire_get_batch(struct wire_reader *r, const struct shape *shape,
                    struct arena *mem, struct batch *out)
{
    struct wire_reader list, one;
    struct changeset *c;
    struct known *names;
    const char **faults;
    const struct shape_type **named;
    hlc_stamp before = 0;
    size_t i, names_n;

    out->device = (uint32_t)wire_take_u64(r, UINT32_MAX);
    out->area = (uint32_t)wire_take_u64(r, UINT32_MAX);
    out->first = wire_take_u64(r, INT64_MAX - batch_changesets_max);
    out->types = wire_take_text(r, name_bytes_max);
    names = get_names(r, shape, mem, &names_n);
    list = wire_take_array(r, batch_changesets_max);
    c = arena_new(mem, list.n * sizeof *c);
    faults = arena_new(mem, list.n * sizeof *faults);
    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant
    named = arena_new(mem, list.n * sizeof *named);
    out->changesets = c;
    out->named = named;
    out->faults = faults;
    out->changesets_n = list.n;
    if (out->first == 0 || out->changesets_n == 0)
        list.bad = true;
    for (i = 0; i < out->changesets_n && !list.bad; i++) {
        one = wire_take_array(&list, 4 + 3 * fields_per_type_max);
        c[i] = (struct changeset){
            .device = out->device, .number = out->first + i, .area = out->area};
        get_changeset(&one, names, names_n, before, &c[i], &named[i],
                      &faults[i], mem);
        before = c[i].clock;
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
}
