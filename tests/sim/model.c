#include "tests/sim/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync/text_merge.h"

void model_free(struct model *m)
{
    free(m->entries);
    free(m->records);
    arena_free(&m->mem);
    *m = (struct model){0};
}

struct model_record *model_record(struct model *m, const char *type,
                                  const struct id *id, uint32_t area)
{
    struct model_record *r;
    size_t i;

    for (i = 0; i < m->records_n; i++)
        if (id_eq(&m->records[i]->id, id) && m->records[i]->area == area &&
            m->records[i]->type == shape_type_named(m->shape, bytes_of(type)))
            return m->records[i];
    if (m->records_n == m->records_cap) {
        m->records_cap = 2 * m->records_cap + 64;
        m->records =
            mem_resize(m->records, m->records_cap * sizeof *m->records);
    }
    r = arena_new(&m->mem, sizeof *r);
    *r = (struct model_record){.type =
                                   shape_type_named(m->shape, bytes_of(type)),
                               .id = *id,
                               .area = area};
    assert(r->type != NULL);
    m->records[m->records_n++] = r;
    return r;
}

struct changeset model_copy(struct model *m, const struct changeset *c)
{
    struct changeset copy = changeset_copy(c, &m->mem);
    struct write *w = arena_new(&m->mem, copy.writes_n * sizeof *w);
    size_t i;

    copy.type = shape_type_named(m->shape, bytes_of(c->type->name));
    for (i = 0; i < copy.writes_n; i++) {
        const struct shape_field *f = &copy.type->fields[copy.writes[i].field];

        w[i] = copy.writes[i];
        shape_modernise(f, &w[i].value, &m->mem);
        shape_modernise(f, &w[i].base, &m->mem);
    }
    copy.writes = w;
    return copy;
}

void model_accept(struct model *m, const struct changeset *c, uint64_t version,
                  uint64_t received_ms)
{
    struct model_entry *e = arena_new(&m->mem, sizeof *e);

    *e = (struct model_entry){
        .c = model_copy(m, c), .version = version, .received_ms = received_ms};
    if (m->entries_n == m->entries_cap) {
        m->entries_cap = 2 * m->entries_cap + 256;
        m->entries =
            mem_resize(m->entries, m->entries_cap * sizeof *m->entries);
    }
    m->entries[m->entries_n++] = e;
    if (version > m->version[c->area])
        m->version[c->area] = version;
}

bool model_erased(const struct model *m, const struct id *record)
{
    size_t i;

    for (i = 0; i < m->records_n; i++)
        if (m->records[i]->erased != 0 && id_eq(&m->records[i]->id, record))
            return true;
    return false;
}

const struct model_entry *model_find(const struct model *m, uint32_t device,
                                     uint64_t number)
{
    size_t i;

    for (i = m->entries_n; i > 0; i--) {
        const struct model_entry *e = m->entries[i - 1];

        if (e->c.device == device && e->c.number == number && !e->lost)
            return e;
    }
    return NULL;
}

/* -- heads -------------------------------------------------------------- */

struct item { /* a changeset of one record */
    const struct changeset *c;
    uint64_t version; /* 0: own, not in what was pulled */
    uint64_t lost;    /* fields that were emptied unseen */
};

static bool of_record(const struct changeset *c, const struct model_record *r)
{
    return c->type == r->type && c->area == r->area &&
           id_eq(&c->record, &r->id);
}

/* Does a write of `later` replace one of `w`?  It had seen it. */
static bool replaces(const struct item *later, const struct item *w)
{
    if (later->c->device == w->c->device)
        return later->c->number > w->c->number;
    return w->version != 0 && w->version <= later->c->base_version;
}

static const struct write *write_of(const struct changeset *c, size_t field)
{
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        if (c->writes[i].field == field)
            return &c->writes[i];
    return NULL;
}

/* A changeset that does not delete withdraws the deletions it had seen; what
 * it writes says itself that the record is to stay. */
static bool writes_to(const struct item *i, size_t field)
{
    return (write_of(i->c, field) != NULL &&
            !(i->lost & UINT64_C(1) << field)) ||
           field == FIELD_DELETED;
}

static bool is_head(const struct item *items, size_t n, size_t i, size_t field)
{
    const struct write *w = write_of(items[i].c, field);
    size_t k;

    if (w == NULL || items[i].lost & UINT64_C(1) << field)
        return false;
    for (k = 0; k < n; k++)
        if (k != i && writes_to(&items[k], field) &&
            replaces(&items[k], &items[i]))
            return false;
    return true;
}

static int by_origin(const void *a, const void *b)
{
    const struct head *x = a, *y = b;

    return origin_cmp(x->by, y->by);
}

static void fill_heads(struct heads *h, const struct item *items, size_t n,
                       size_t field, struct arena *mem)
{
    size_t i;

    h->p = arena_new(mem, n * sizeof *h->p);
    for (i = 0; i < n; i++) {
        const struct changeset *c = items[i].c;
        struct origin *by;

        if (!is_head(items, n, i, field))
            continue;
        by = arena_new(mem, sizeof *by);
        *by = (struct origin){.device = c->device,
                              .number = c->number,
                              .clock = c->clock,
                              .version = items[i].version,
                              .base_version = c->base_version};
        h->p[h->n++] = (struct head){.by = by,
                                     .value = write_of(c, field)->value,
                                     .base = write_of(c, field)->base};
    }
    if (h->n > 1)
        qsort(h->p, h->n, sizeof *h->p, by_origin);
}

void model_state(const struct model *m, const struct model_record *r,
                 uint64_t version, const struct changeset *const *own,
                 size_t own_n, struct arena *mem, struct record *out)
{
    struct item *items = arena_new(mem, (m->entries_n + own_n) * sizeof *items);
    size_t n = 0, i, k;

    *out = record_new(r->type, &r->id, r->area, mem);
    if (r->erased != 0 && version >= r->erased) { /* it wins over everything */
        out->erased = true;
        out->version = r->erased;
        return;
    }
    for (i = 0; i < m->entries_n; i++) {
        const struct model_entry *e = m->entries[i];

        if (e->lost || e->version == 0 || e->version > version ||
            !of_record(&e->c, r))
            continue;
        items[n++] =
            (struct item){&e->c, e->version, model_lost(m, &e->c, version)};
        if (e->version > out->version)
            out->version = e->version;
    }
    for (i = 0; i < own_n; i++) {
        bool held = !of_record(own[i], r);

        for (k = 0; k < n && !held; k++)
            held = items[k].c->device == own[i]->device &&
                   items[k].c->number == own[i]->number;
        if (!held && !model_all_lost(m, own[i], version))
            items[n++] =
                (struct item){own[i], 0, model_lost(m, own[i], version)};
    }
    for (i = 0; i < r->type->fields_n; i++)
        fill_heads(&out->fields[i], items, n, i, mem);
    model_take_emptied(out, r, version);
}

/* -- what is shown ------------------------------------------------------ */

static bool in_set(const struct value *v, struct bytes word)
{
    size_t i;

    for (i = 0; v->kind == VALUE_SET && i < v->as.set.n; i++)
        if (bytes_eq(v->as.set.p[i], word))
            return true;
    return false;
}

/* All members of all heads, less what a head removed from its base; an
 * addition beats a removal. */
static struct value show_union(const struct heads *h, struct arena *mem)
{
    struct bytes *out = arena_new(mem, 4096 * sizeof *out);
    size_t i, k, j, n = 0;

    for (i = 0; i < h->n; i++)
        for (k = 0;
             h->p[i].value.kind == VALUE_SET && k < h->p[i].value.as.set.n;
             k++) {
            struct bytes word = h->p[i].value.as.set.p[k];
            bool removed = false, added = false;

            for (j = 0; j < h->n; j++) {
                bool was = in_set(&h->p[j].base, word);
                bool is = in_set(&h->p[j].value, word);

                removed |= was && !is;
                added |= !was && is;
            }
            if (added || !removed)
                out[n++] = word;
        }
    return value_set(out, n);
}

static struct bytes note(const struct value *v)
{
    return v->kind == VALUE_TEXT ? v->as.text : (struct bytes){0};
}

/* Three ways over the oldest base.  How two texts merge is text_merge()'s
 * affair, with laws of its own. */
static struct value show_text(const struct heads *h, struct arena *mem,
                              bool *review)
{
    size_t oldest = 0, i;
    struct bytes text = note(&h->p[0].value);

    for (i = 1; i < h->n; i++)
        if (h->p[i].by->base_version < h->p[oldest].by->base_version)
            oldest = i;
    for (i = 1; i < h->n; i++) {
        bool overlap = false;

        text_merge(note(&h->p[oldest].base), text, note(&h->p[i].value), mem,
                   &text, &overlap);
        if (overlap)
            *review = true;
    }
    return value_bytes(text);
}

/* Is `a` further out than `b`?  Numbers, choices in their declared order (by a
 * former code too), dates and times as they are written.  What is no choice of
 * the list is further out than all that are. */
static bool is_further(const struct shape_field *f, const struct value *a,
                       const struct value *b, bool highest)
{
    const struct shape_choice *x = NULL, *y = NULL;
    int d;

    if (a->kind == VALUE_INT)
        return highest ? a->as.i > b->as.i : a->as.i < b->as.i;
    if (f->list != NULL) {
        x = shape_choice_coded(f->list, a->as.text);
        y = shape_choice_coded(f->list, b->as.text);
    }
    if (x != NULL && y != NULL)
        return highest ? x > y : x < y;
    d = bytes_cmp(a->as.text, b->as.text);
    return x != y ? x == NULL : highest ? d > 0 : d < 0;
}

static struct value show_extreme(const struct shape_field *f,
                                 const struct heads *h, bool highest)
{
    struct value best = value_null();
    size_t i;

    for (i = 0; i < h->n; i++) {
        const struct value *v = &h->p[i].value;

        if (v->kind != VALUE_NULL &&
            (best.kind == VALUE_NULL || is_further(f, v, &best, highest)))
            best = *v;
    }
    return best;
}

static bool all_equal(const struct heads *h)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (!value_eq(&h->p[i].value, &h->p[0].value))
            return false;
    return true;
}

static struct value show_field(const struct shape_field *f,
                               const struct heads *h, struct arena *mem,
                               bool *review)
{
    *review = false;
    if (h->n == 0)
        return value_null();
    if (f->policy == POLICY_UNION && h->n > 1)
        return show_union(h, mem);
    if (f->policy == POLICY_TEXT)
        return show_text(h, mem, review);
    if (f->policy == POLICY_HIGHEST || f->policy == POLICY_LOWEST)
        return show_extreme(f, h, f->policy == POLICY_HIGHEST);
    *review = f->policy != POLICY_LATEST && f->policy != POLICY_UNION &&
              !all_equal(h);
    return f->policy == POLICY_FIRST ? h->p[0].value : h->p[h->n - 1].value;
}

/* A record is gone if some deletion had seen every head that is none.
 * *deletions: how many there are. */
static bool deleted(const struct record *r, size_t *deletions)
{
    const struct heads *h = &r->fields[FIELD_DELETED];
    size_t i, f, k;

    *deletions = 0;
    for (i = 0; i < h->n; i++) {
        const struct origin *d = h->p[i].by;
        bool saw_all = true;

        if (h->p[i].value.kind == VALUE_NULL)
            continue;
        ++*deletions;
        for (f = 0; f < r->type->fields_n; f++)
            for (k = 0; k < r->fields[f].n; k++) {
                const struct origin *w = r->fields[f].p[k].by;

                if (f == FIELD_DELETED &&
                    r->fields[f].p[k].value.kind != VALUE_NULL)
                    continue;
                if (w->device == d->device)
                    saw_all &= w->number <= d->number;
                else
                    saw_all &= w->version != 0 && w->version <= d->base_version;
            }
        if (saw_all)
            return true;
    }
    return false;
}

void model_show(const struct record *r, struct arena *mem, struct shown *out)
{
    size_t f, deletions;

    *out = (struct shown){
        .values = arena_new(mem, r->type->fields_n * sizeof *out->values),
        .deleted = deleted(r, &deletions) || r->erased ||
                   (record_emptied(r) != 0 && !record_exists(r))};
    for (f = 1; f < r->type->fields_n; f++) {
        bool review = false;

        out->values[f] =
            show_field(&r->type->fields[f], &r->fields[f], mem, &review);
        if (review && !out->deleted)
            out->review |= UINT64_C(1) << f;
    }
    if (out->deleted)
        out->values[FIELD_DELETED] = value_int(1);
    else if (deletions > 0)
        out->review |= 1;
}

/* -- comparing ---------------------------------------------------------- */

static const char *heads_text(const struct heads *h, struct arena *mem)
{
    const char *out = "";
    size_t i;

    for (i = 0; i < h->n; i++)
        out = arena_printf(mem, "%s %u:%" PRIu64 "@%" PRIu64, out,
                           (unsigned)h->p[i].by->device, h->p[i].by->number,
                           h->p[i].by->version);
    return h->n > 0 ? out : " none";
}

/* `f` is the model's: the real one may be older. */
static bool same_value(const struct shape_field *f, const struct value *model,
                       const struct value *real, struct arena *mem)
{
    struct value v = *real;

    shape_modernise(f, &v, mem);
    return value_eq(model, &v);
}

static bool same_head(const struct shape_field *f, const struct head *a,
                      const struct head *b, struct arena *mem)
{
    return a->by->device == b->by->device && a->by->number == b->by->number &&
           a->by->version == b->by->version && a->by->clock == b->by->clock &&
           a->by->base_version == b->by->base_version &&
           same_value(f, &a->value, &b->value, mem) &&
           same_value(f, &a->base, &b->base, mem);
}

static bool same_heads(const struct shape_field *f, const struct heads *a,
                       const struct heads *b, struct arena *mem)
{
    size_t i;

    if (a->n != b->n)
        return false;
    for (i = 0; i < a->n; i++)
        if (!same_head(f, &a->p[i], &b->p[i], mem))
            return false;
    return true;
}

const char *model_differs(const struct record *model, const struct record *real,
                          struct arena *mem)
{
    static const struct heads none;
    struct shown a, b;
    size_t f;

    if (model->erased != real->erased)
        return model->erased ? "it is not erased" : "it is erased";
    for (f = 0; f < model->type->fields_n; f++) {
        const struct heads *h =
            f < real->type->fields_n ? &real->fields[f] : &none;

        if (model->fields[f].emptied != h->emptied)
            return arena_printf(mem,
                                "%s is emptied as %" PRIu64
                                " in the model; really as %" PRIu64,
                                model->type->fields[f].name,
                                model->fields[f].emptied, h->emptied);
        if (!same_heads(&model->type->fields[f], &model->fields[f], h, mem))
            return arena_printf(mem, "heads of %s: the model has%s, really%s",
                                model->type->fields[f].name,
                                heads_text(&model->fields[f], mem),
                                heads_text(h, mem));
    }
    model_show(model, mem, &a);
    merge_show_record(real, mem, &b);
    for (f = 0; f < real->type->fields_n; f++)
        if (!same_value(&model->type->fields[f], &a.values[f], &b.values[f],
                        mem))
            return arena_printf(mem, "%s is shown otherwise",
                                model->type->fields[f].name);
    if (a.deleted != b.deleted || a.review != b.review)
        return arena_printf(mem,
                            "deleted %d, review %" PRIx64
                            " in the model; really %d, %" PRIx64,
                            a.deleted, a.review, b.deleted, b.review);
    return NULL;
}
