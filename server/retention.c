#include "server/retention.h"

#include <stdlib.h>
#include <string.h>

#include "server/deletion.h"
#include "sync/merge.h"

static const uint64_t day_ms = 86400000;

/* -- moments ------------------------------------------------------------ */

/* Version 0: never.  A version that the journal does not know (it should)
 * counts by the clock of its writer, but never as later than now. */
static enum rc received(struct retention *r, uint32_t area, uint64_t version,
                        hlc_stamp clock, uint64_t *out, struct err *err)
{
    enum rc rc;

    *out = 0;
    if (version == 0)
        return RC_OK;
    rc = journal_received(r->s, area, version, out, err);
    if (*out == 0)
        *out = hlc_ms(clock) < r->now_ms ? hlc_ms(clock) : r->now_ms;
    return rc;
}

static const struct origin *last_head(const struct record *rec, size_t first,
                                      size_t last)
{
    const struct origin *by = NULL;
    size_t f, i;

    for (f = first; f <= last; f++)
        for (i = 0; i < rec->fields[f].n; i++)
            if (by == NULL || rec->fields[f].p[i].by->version > by->version)
                by = rec->fields[f].p[i].by;
    return by;
}

static enum rc last_received(struct retention *r, const struct record *rec,
                             size_t first, size_t last, uint64_t *out,
                             struct err *err)
{
    const struct origin *by = last_head(rec, first, last);

    *out = 0;
    return by == NULL
               ? RC_OK
               : received(r, rec->area, by->version, by->clock, out, err);
}

struct terms {                /* of one record */
    uint64_t written, closed; /* 0: open */
    bool deleted;
};

/* -- closed? ------------------------------------------------------------ */

struct closing {
    struct id id;
    uint64_t at_ms; /* 0: open */
};

struct closings { /* by id */
    struct closing *p;
    size_t n, cap;
};

static int closing_cmp(const void *a, const void *b)
{
    const struct closing *x = a, *y = b;

    return memcmp(x->id.b, y->id.b, ID_BYTES);
}

static bool says_closed(const struct shape_closed *c,
                        const struct shape_type *t, const struct value *v)
{
    const struct shape_choice *is, *one;
    size_t i;

    if (v->kind != VALUE_TEXT)
        return false;
    is = shape_choice_coded(t->fields[c->field].list, v->as.text);
    for (i = 0; i < c->codes_n; i++) {
        one =
            shape_choice_coded(t->fields[c->field].list, bytes_of(c->codes[i]));
        if (one != NULL && one == is)
            return true;
    }
    return false;
}

/* By the record itself; *at 0: it is open, or closed with another. */
static enum rc closed_itself(struct retention *r, const struct record *rec,
                             const struct shown *shown, uint64_t *at,
                             struct err *err)
{
    const struct shape_closed *c = rec->type->closed;

    *at = 0;
    if (shown->deleted)
        return last_received(r, rec, 0, 0, at, err);
    if (c != NULL && c->with == 0 &&
        says_closed(c, rec->type, &shown->values[c->field]))
        return last_received(r, rec, c->field, c->field, at, err);
    return RC_OK;
}

static enum rc terms_of(struct retention *r, const struct record *rec,
                        struct terms *out, struct err *err);

/* Of a record that others are closed with.  One that is gone, or was never
 * seen, holds nothing open: *found is false. */
static enum rc closing_of(struct retention *r, const struct record *rec,
                          bool *found, uint64_t *at, struct err *err)
{
    struct terms terms;
    enum rc rc;

    *found = !rec->erased && record_exists(rec) &&
             rec->fields[rec->type->closed->field].emptied == 0;
    if (!*found)
        return RC_OK;
    rc = terms_of(r, rec, &terms, err);
    *at = terms.closed;
    return rc;
}

static enum rc load_closing(struct retention *r, const struct shape_field *f,
                            uint32_t area, const struct id *id, bool *found,
                            uint64_t *at, struct err *err)
{
    struct arena mem = {0};
    struct record rec;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && !*found && i < f->to_n; i++) {
        rc = rows_load(r->s->rows, f->to[i], area, id, &mem, &rec, err);
        if (rc == RC_OK)
            rc = closing_of(r, &rec, found, at, err);
    }
    arena_free(&mem);
    return rc;
}

/* Closed with the record that it names: as found before (`closings`), or as
 * it is now. */
static enum rc closed_with(struct retention *r, const struct record *rec,
                           const struct value *v, struct terms *out,
                           struct err *err)
{
    struct closing key = {.id = {{0}}};
    const struct closing *c = NULL;
    bool found = false;

    out->closed = out->written;
    if (v->kind != VALUE_ID)
        return RC_OK;
    if (r->closings == NULL)
        return load_closing(r, &rec->type->fields[rec->type->closed->with],
                            rec->area, &v->as.id, &found, &out->closed, err);
    key.id = v->as.id;
    if (r->closings->n > 0)
        c = bsearch(&key, r->closings->p, r->closings->n,
                    sizeof *r->closings->p, closing_cmp);
    if (c != NULL)
        out->closed = c->at_ms;
    return RC_OK;
}

/* -- what is over ------------------------------------------------------- */

static enum rc terms_of(struct retention *r, const struct record *rec,
                        struct terms *out, struct err *err)
{
    const struct shape_closed *c = rec->type->closed;
    struct arena mem = {0};
    struct shown shown;
    enum rc rc;

    merge_show_record(rec, &mem, &shown);
    out->deleted = shown.deleted;
    rc = last_received(r, rec, 0, rec->type->fields_n - 1, &out->written, err);
    if (rc == RC_OK)
        rc = closed_itself(r, rec, &shown, &out->closed, err);
    if (rc == RC_OK && out->closed == 0 && c != NULL && c->with != 0)
        rc = closed_with(r, rec, &shown.values[c->with], out, err);
    arena_free(&mem);
    return rc;
}

/* When did it begin?  0: not yet. */
static uint64_t begins(const struct shape_type *t,
                       const struct shape_retention *class,
                       const struct terms *terms)
{
    if (!class->from_closed || t->closed == NULL)
        return terms->written;
    if (terms->closed == 0)
        return 0;
    return terms->closed > terms->written ? terms->closed : terms->written;
}

static bool over(const struct shape_retention *class, uint64_t begin,
                 uint64_t at_ms)
{
    return class->days > 0 && begin != 0 &&
           begin + class->days * day_ms <= at_ms;
}

/* Stays for the counts when its term is over. */
static bool is_count(const struct shape_field *f)
{
    return f->retention->keeps_counts && shape_may_count(f);
}

static bool field_goes(const struct record *rec, size_t f,
                       const struct terms *terms, uint64_t at_ms)
{
    const struct shape_field *field = &rec->type->fields[f];

    return rec->fields[f].n > 0 && !is_count(field) &&
           over(field->retention, begins(rec->type, field->retention, terms),
                at_ms);
}

/* Would nothing that a term is to keep stay? */
static bool record_goes(const struct record *rec, const struct terms *terms,
                        uint64_t fields, uint64_t at_ms)
{
    const struct shape_type *t = rec->type;
    size_t f;

    if (!over(t->retention, begins(t, t->retention, terms), at_ms))
        return false;
    if (terms->deleted)
        return true;
    for (f = FIELD_DELETED + 1; f < t->fields_n; f++)
        if (rec->fields[f].n > 0 && !(fields & UINT64_C(1) << f) &&
            (t->retention->keeps_counts ||
             t->fields[f].privacy != PRIVACY_NONE))
            return false;
    return true;
}

static enum rc judge(struct retention *r, const struct record *rec,
                     uint64_t at_ms, struct overdue *out, struct err *err)
{
    const struct shape_type *t = rec->type;
    struct terms terms;
    size_t f;
    enum rc rc;

    *out = (struct overdue){.name = {t, rec->area, rec->id}};
    if (rec->erased || !record_exists(rec))
        return RC_OK;
    rc = terms_of(r, rec, &terms, err);
    if (rc != RC_OK)
        return rc;
    for (f = FIELD_DELETED + 1; f < t->fields_n; f++)
        if (field_goes(rec, f, &terms, at_ms)) {
            out->fields |= UINT64_C(1) << f;
            out->from_ms[f] = begins(t, t->fields[f].retention, &terms);
        }
    out->record = record_goes(rec, &terms, out->fields, at_ms);
    out->from_ms[0] = begins(t, t->retention, &terms);
    return RC_OK;
}

enum rc retention_judge(struct retention *r, struct store *s,
                        const struct rows_name *name, struct overdue *out,
                        struct err *err)
{
    struct retention now = {.s = s, .now_ms = r->now_ms};
    struct arena mem = {0};
    struct record rec;
    enum rc rc =
        rows_load(s->rows, name->type, name->area, &name->id, &mem, &rec, err);

    if (rc == RC_OK)
        rc = judge(&now, &rec, r->now_ms, out, err);
    arena_free(&mem);
    return rc;
}

/* Fields that would be over, had the record been closed when it was last
 * written. */
static enum rc waiting(struct retention *r, const struct record *rec,
                       uint64_t *fields, struct err *err)
{
    struct terms terms;
    size_t f;
    enum rc rc = terms_of(r, rec, &terms, err);

    *fields = 0;
    if (rc != RC_OK || terms.closed != 0 || rec->type->closed == NULL)
        return rc;
    terms.closed = terms.written;
    for (f = FIELD_DELETED + 1; f < rec->type->fields_n; f++)
        if (rec->type->fields[f].retention->from_closed &&
            field_goes(rec, f, &terms, r->now_ms))
            *fields |= UINT64_C(1) << f;
    return RC_OK;
}

/* -- looking through ---------------------------------------------------- */

struct looking {
    struct retention *r;
    enum rc rc;
    struct err *err;
};

static void add_due(struct retention *r, const struct rows_name *name)
{
    if (r->due_n == r->due_cap) {
        struct rows_name *more =
            arena_new(&r->mem, (2 * r->due_cap + 256) * sizeof *more);

        if (r->due_n > 0)
            memcpy(more, r->due, r->due_n * sizeof *more);
        r->due = more;
        r->due_cap = 2 * r->due_cap + 256;
    }
    r->due[r->due_n++] = *name;
}

static void count_now(struct retention *r, const struct overdue *o)
{
    size_t f;

    for (f = 0; f < r->type->fields_n; f++) {
        struct retention_count *c = &r->counts[f];

        if (f == 0 ? !o->record : !(o->fields >> f & 1U))
            continue;
        c->now++;
        if (c->oldest_ms == 0 || o->from_ms[f] < c->oldest_ms)
            c->oldest_ms = o->from_ms[f];
    }
}

static void count_others(struct retention *r, const struct overdue *now,
                         const struct overdue *soon, uint64_t open)
{
    size_t f;

    r->counts[0].soon += soon->record && !now->record;
    for (f = 1; f < r->type->fields_n; f++) {
        r->counts[f].soon += (soon->fields & ~now->fields) >> f & 1U ? 1 : 0;
        r->counts[f].open += open >> f & 1U ? 1 : 0;
    }
}

static bool look(void *ctx, const struct record *rec)
{
    struct looking *l = ctx;
    struct retention *r = l->r;
    struct overdue now, soon;
    uint64_t open = 0;

    l->rc = judge(r, rec, r->now_ms, &now, l->err);
    if (l->rc == RC_OK)
        l->rc = judge(r, rec, r->soon_ms, &soon, l->err);
    if (l->rc == RC_OK && !rec->erased)
        l->rc = waiting(r, rec, &open, l->err);
    if (l->rc != RC_OK)
        return false;
    count_now(r, &now);
    count_others(r, &now, &soon, open);
    if (now.record || now.fields != 0)
        add_due(r, &now.name);
    return true;
}

static bool note_closing(void *ctx, const struct record *rec)
{
    struct looking *l = ctx;
    struct closings *c = l->r->closings;
    uint64_t at = 0;
    bool found;

    l->rc = closing_of(l->r, rec, &found, &at, l->err);
    if (l->rc != RC_OK || !found)
        return l->rc == RC_OK;
    if (c->n == c->cap) {
        c->cap = 2 * c->cap + 256;
        c->p = mem_resize(c->p, c->cap * sizeof *c->p);
    }
    c->p[c->n++] = (struct closing){rec->id, at};
    return true;
}

/* Is some record closed with one of this type? */
static bool closes_others(const struct shape *s, const struct shape_type *t)
{
    size_t i, k;

    for (i = 0; i < s->types_n; i++) {
        const struct shape_closed *c = s->types[i].closed;

        for (k = 0;
             c != NULL && c->with != 0 && k < s->types[i].fields[c->with].to_n;
             k++)
            if (s->types[i].fields[c->with].to[k] == t)
                return true;
    }
    return false;
}

const struct shape_type *retention_nth(const struct shape *s, size_t i)
{
    size_t k, n = 0;

    for (k = 0; k < 2 * s->types_n; k++) {
        const struct shape_type *t = &s->types[k % s->types_n];

        if (closes_others(s, t) == (k >= s->types_n) && n++ == i)
            return t;
    }
    return NULL;
}

enum rc retention_begin(struct retention *r, struct store *s, uint64_t now_ms,
                        struct err *err)
{
    struct looking l = {.r = r, .err = err};
    size_t i;
    enum rc rc = RC_OK;

    *r = (struct retention){.s = s,
                            .now_ms = now_ms,
                            .soon_ms = now_ms + RETENTION_SOON_DAYS * day_ms,
                            .closings = mem_new(sizeof *r->closings)};
    for (i = 0; rc == RC_OK && i < s->shape->types_n; i++) {
        const struct shape_type *t = &s->shape->types[i];

        if (t->closed == NULL || !closes_others(s->shape, t))
            continue;
        rc = rows_all(s->rows, t, note_closing, &l, err);
        if (rc == RC_OK)
            rc = l.rc;
    }
    if (r->closings->n > 0)
        qsort(r->closings->p, r->closings->n, sizeof *r->closings->p,
              closing_cmp);
    return rc;
}

void retention_free(struct retention *r)
{
    if (r->closings != NULL)
        free(r->closings->p);
    free(r->closings);
    arena_free(&r->mem);
    *r = (struct retention){0};
}

enum rc retention_look(struct retention *r, const struct shape_type *type,
                       struct err *err)
{
    struct looking l = {.r = r, .err = err};
    enum rc rc;

    arena_reset(&r->mem);
    r->type = type;
    r->due = NULL;
    r->due_n = r->due_cap = 0;
    memset(r->counts, 0, sizeof r->counts);
    rc = rows_all(r->s->rows, type, look, &l, err);
    return rc == RC_OK ? l.rc : rc;
}
