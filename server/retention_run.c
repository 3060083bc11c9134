/* What retention.h finds, done. */
#include "server/deletion.h"
#include "server/retention.h"

/* One line of the register per class, however many fields of it. */
static enum rc note(struct store *s, const struct overdue *o, uint64_t now_ms,
                    struct err *err)
{
    const struct shape_type *t = o->name.type;
    struct deletion d = {.why = DELETION_TERM,
                         .type = t,
                         .class = t->retention,
                         .record = o->record,
                         .from_ms = o->from_ms[0]};
    uint64_t left = o->fields;
    size_t f, k;
    enum rc rc = RC_OK;

    if (o->record)
        return deletion_add(s, &d, now_ms, err);
    for (f = 1; rc == RC_OK && f < t->fields_n; f++) {
        if (!(left & UINT64_C(1) << f))
            continue;
        d.class = t->fields[f].retention;
        d.from_ms = o->from_ms[f];
        rc = deletion_add(s, &d, now_ms, err);
        for (k = f; k < t->fields_n; k++)
            if (t->fields[k].retention == d.class)
                left &= ~(UINT64_C(1) << k);
    }
    return rc;
}

static enum rc do_one(struct retention *r, struct store *s,
                      const struct rows_name *name, struct retained *out,
                      struct err *err)
{
    struct overdue o = {0};
    enum rc rc = retention_judge(r, s, name, &o, err);

    if (rc != RC_OK || (!o.record && o.fields == 0))
        return rc;
    rc = o.record ? erase_record_next(s, name, r->now_ms, err)
                  : erase_fields_next(s, name, o.fields, r->now_ms, err);
    if (rc == RC_OK)
        rc = note(s, &o, r->now_ms, err);
    out->records += rc == RC_OK && o.record;
    for (; rc == RC_OK && !o.record && o.fields != 0; o.fields &= o.fields - 1)
        out->fields++;
    return rc;
}

enum rc retention_do(struct retention *r, struct store *s,
                     const struct rows_name *names, size_t n,
                     struct retained *out, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = do_one(r, s, &names[i], out, err);
    return rc;
}

static enum rc do_type(struct retention *r, struct retained *out,
                       struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < r->due_n; i += RETENTION_PIECE) {
        size_t n =
            r->due_n - i < RETENTION_PIECE ? r->due_n - i : RETENTION_PIECE;

        rc = db_begin(r->s->db, err);
        if (rc == RC_OK)
            rc = db_end(r->s->db,
                        retention_do(r, r->s, &r->due[i], n, out, err), err);
    }
    return rc;
}

enum rc retention_run(const char *dir, struct store *s, uint64_t now_ms,
                      struct retained *out, struct err *err)
{
    struct retention r;
    size_t i;
    enum rc rc = retention_begin(&r, s, now_ms, err);

    *out = (struct retained){0};
    for (i = 0; rc == RC_OK && i < s->shape->types_n; i++) {
        rc = retention_look(&r, retention_nth(s->shape, i), err);
        if (rc == RC_OK)
            rc = do_type(&r, out, err);
    }
    retention_free(&r);
    return rc == RC_OK ? erase_settle(dir, s, NULL, err) : rc;
}
