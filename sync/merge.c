#include "sync/merge.h"

#include <stdlib.h>

#include "sync/limits.h"
#include "sync/text_merge.h"

/* -- applying ----------------------------------------------------------- */

static bool replaced(const struct head *h, const struct changeset *c)
{
    if (h->by->device == c->device)
        return h->by->number <= c->number;
    return h->by->version != 0 && h->by->version <= c->base_version;
}

/* Drop the heads that `c` had seen, keeping the order of the others. */
static void drop_seen(struct heads *h, const struct changeset *c)
{
    size_t i, kept = 0;

    for (i = 0; i < h->n; i++)
        if (!replaced(&h->p[i], c))
            h->p[kept++] = h->p[i];
    h->n = kept;
}

/* Has a later write of the same device been merged already?  Then this one,
 * replayed by its own device, has nothing to say. */
static bool outrun(const struct heads *h, const struct changeset *c)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->p[i].by->device == c->device && h->p[i].by->number > c->number)
            return true;
    return false;
}

static void add_head(struct heads *h, const struct head *add, struct arena *mem)
{
    struct head *p = arena_new(mem, (h->n + 1) * sizeof *p);
    size_t i = 0, at = 0;

    while (at < h->n && origin_cmp(h->p[at].by, add->by) < 0)
        at++;
    for (i = 0; i < at; i++)
        p[i] = h->p[i];
    p[at] = *add;
    for (i = at; i < h->n; i++)
        p[i + 1] = h->p[i];
    h->p = p;
    h->n++;
}

void merge_apply(struct record *r, const struct changeset *c, uint64_t version,
                 struct arena *mem)
{
    struct origin *by;
    size_t i;

    if (r->erased)
        return;
    by = arena_new(mem, sizeof *by);
    assert(r->type == c->type && id_eq(&r->id, &c->record));
    *by = (struct origin){.device = c->device,
                          .number = c->number,
                          .clock = c->clock,
                          .version = version,
                          .base_version = c->base_version};
    if (!changeset_deletes(c))
        drop_seen(&r->fields[FIELD_DELETED], c);
    for (i = 0; i < c->writes_n; i++) {
        const struct write *w = &c->writes[i];
        struct heads *h = &r->fields[w->field];
        struct head add = {.by = by, .value = w->value, .base = w->base};

        if (outrun(h, c) || h->emptied > c->base_version)
            continue;
        drop_seen(h, c);
        add_head(h, &add, mem);
    }
    if (version != 0)
        r->version = version;
}

uint64_t merge_emptied(const struct record *r, const struct changeset *c)
{
    uint64_t fields = 0;
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        if (r->fields[c->writes[i].field].emptied > c->base_version)
            fields |= UINT64_C(1) << c->writes[i].field;
    return fields;
}

bool merge_fits(const struct record *r, const struct changeset *c)
{
    size_t i, k;

    for (i = 0; i < c->writes_n; i++) {
        const struct heads *h = &r->fields[c->writes[i].field];
        size_t stay = 0;

        for (k = 0; k < h->n; k++)
            stay += !replaced(&h->p[k], c);
        if (stay >= heads_per_field_max)
            return false;
    }
    return true;
}

/* -- presenting --------------------------------------------------------- */

static bool agree(const struct heads *h)
{
    size_t i;

    for (i = 1; i < h->n; i++)
        if (!value_eq(&h->p[0].value, &h->p[i].value))
            return false;
    return true;
}

static struct bytes text_of(const struct value *v)
{
    return v->kind == VALUE_TEXT ? v->as.text : (struct bytes){0};
}

static struct value show_text(const struct heads *h, struct arena *mem,
                              bool *review)
{
    const struct head *oldest = &h->p[0];
    struct bytes base, text = text_of(&h->p[0].value);
    size_t i;

    for (i = 1; i < h->n; i++)
        if (h->p[i].by->base_version < oldest->by->base_version)
            oldest = &h->p[i];
    base = text_of(&oldest->base);
    for (i = 1; i < h->n; i++) {
        bool overlap = false;

        text_merge(base, text, text_of(&h->p[i].value), mem, &text, &overlap);
        *review |= overlap;
    }
    return value_bytes(text);
}

static bool added_by_some(const struct heads *h, struct bytes member)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (value_has(&h->p[i].value, member) &&
            !value_has(&h->p[i].base, member))
            return true;
    return false;
}

static bool removed_by_some(const struct heads *h, struct bytes member)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (value_has(&h->p[i].base, member) &&
            !value_has(&h->p[i].value, member))
            return true;
    return false;
}

static struct value show_union(const struct heads *h, struct arena *mem)
{
    struct bytes *members;
    size_t i, j, n = 0;

    for (i = 0; i < h->n; i++)
        if (h->p[i].value.kind == VALUE_SET)
            n += h->p[i].value.as.set.n;
    members = arena_new(mem, n * sizeof *members);
    n = 0;
    for (i = 0; i < h->n; i++) {
        const struct value *v = &h->p[i].value;

        for (j = 0; v->kind == VALUE_SET && j < v->as.set.n; j++) {
            struct bytes m = v->as.set.p[j];

            if (!removed_by_some(h, m) || added_by_some(h, m))
                members[n++] = m;
        }
    }
    return value_set(members, n);
}

/* The choice that a value names; NULL: none, or none that is known here. */
static const struct shape_choice *choice_of(const struct shape_field *f,
                                            const struct value *v)
{
    return f->kind == FIELD_CHOICE && v->kind == VALUE_TEXT
               ? shape_choice_coded(f->list, v->as.text)
               : NULL;
}

/* Is `v` further out than `best`, in the order that their field declares?
 * Nothing filled in is no extreme.  A choice that is not known here may be a
 * newer one, and nobody can say that it is less: where consent was refused in
 * a way not known yet, none is shown. */
static bool beats(const struct shape_field *f, const struct value *v,
                  const struct value *best, int sign)
{
    const struct shape_choice *x = choice_of(f, v), *y = choice_of(f, best);

    if (v->kind == VALUE_NULL || best->kind == VALUE_NULL)
        return v->kind != VALUE_NULL;
    if (x == y)
        return sign * value_cmp(v, best) > 0;
    if (x == NULL || y == NULL)
        return x == NULL;
    return sign * (x < y ? -1 : 1) > 0;
}

static struct value show_extreme(const struct shape_field *f,
                                 const struct heads *h, int sign)
{
    const struct value *best = &h->p[0].value;
    size_t i;

    for (i = 1; i < h->n; i++)
        if (beats(f, &h->p[i].value, best, sign))
            best = &h->p[i].value;
    return *best;
}

void merge_show(const struct shape_field *f, const struct heads *h,
                struct arena *mem, struct value *out, bool *review)
{
    *review = false;
    if (h->n == 0) {
        *out = value_null();
        return;
    }
    *out = h->p[h->n - 1].value;
    if (h->n == 1)
        return;
    switch (f->policy) {
    case POLICY_LATEST: return;
    case POLICY_REVIEW: *review = !agree(h); return;
    case POLICY_UNION: *out = show_union(h, mem); return;
    case POLICY_TEXT: *out = show_text(h, mem, review); return;
    case POLICY_HIGHEST: *out = show_extreme(f, h, 1); return;
    case POLICY_LOWEST: *out = show_extreme(f, h, -1); return;
    case POLICY_FIRST:
        *out = h->p[0].value;
        *review = !agree(h);
        return;
    case POLICIES_N: break;
    }
    abort(); /* a policy outside the enum is a bug, not an input */
}

/* A head of field 0 deletes, or says that the record is to stay. */
static bool deletes(const struct head *h)
{
    return h->value.kind != VALUE_NULL;
}

/* Had the deletion `d` seen every write to a field of `r`, and every word that
 * the record is to stay? */
static bool deletion_saw_all(const struct head *d, const struct record *r)
{
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < r->fields[f].n; i++) {
            const struct origin *by = r->fields[f].p[i].by;

            if (f == FIELD_DELETED && deletes(&r->fields[f].p[i]))
                continue;
            if (by->device == d->by->device
                    ? by->number > d->by->number
                    : by->version == 0 || by->version > d->by->base_version)
                return false;
        }
    return true;
}

/* Is the record gone?  If not, *doubt: somebody deleted it. */
static bool record_deleted(const struct record *r, bool *doubt)
{
    const struct heads *h = &r->fields[FIELD_DELETED];
    size_t i;

    *doubt = false;
    for (i = 0; i < h->n; i++) {
        if (deletes(&h->p[i]) && deletion_saw_all(&h->p[i], r))
            return true;
        *doubt |= deletes(&h->p[i]);
    }
    return false;
}

void merge_show_record(const struct record *r, struct arena *mem,
                       struct shown *out)
{
    bool doubt;
    size_t f;

    out->values = arena_new(mem, r->type->fields_n * sizeof *out->values);
    out->review = 0;
    out->deleted = record_deleted(r, &doubt) || r->erased ||
                   (record_emptied(r) != 0 && !record_exists(r));
    if (out->deleted)
        out->values[FIELD_DELETED] = value_int(1);
    else if (doubt)
        out->review |= UINT64_C(1) << FIELD_DELETED;
    for (f = 1; f < r->type->fields_n; f++) {
        bool review;

        merge_show(&r->type->fields[f], &r->fields[f], mem, &out->values[f],
                   &review);
        if (review && !out->deleted)
            out->review |= UINT64_C(1) << f;
    }
}

unsigned shown_reviews(const struct shown *s)
{
    unsigned n = 0;
    uint64_t bits;

    for (bits = s->review; bits != 0; bits &= bits - 1)
        n++;
    return n;
}
