#include "server/consent.h"

#include <string.h>

#include "schema/rows_consent.h"
#include "server/deletion.h"
#include "server/erasure.h"
#include "server/replaced.h"
#include "sync/merge.h"

static const uint64_t all_fields = ~(UINT64_C(1) << FIELD_DELETED);

/* -- what comes in ------------------------------------------------------ */

static enum rc lacks_field(struct store *s, const struct changeset *c,
                           const struct write *w, struct arena *mem,
                           uint64_t *fields, struct err *err)
{
    const char *purpose = c->type->fields[w->field].consent;
    enum consent consent;
    enum rc rc;

    if (purpose == NULL || w->value.kind != VALUE_ID)
        return RC_OK;
    rc = rows_consent(s->rows, c->area, &w->value.as.id, purpose, mem, &consent,
                      err);
    if (rc == RC_OK && consent != CONSENT_GIVEN)
        *fields |= UINT64_C(1) << w->field;
    return rc;
}

/* As it would be with `c` in it; merge_apply() drops heads in place. */
static struct record with(const struct record *r, const struct changeset *c,
                          struct arena *mem)
{
    struct record out = *r;
    size_t f;

    out.fields = arena_new(mem, r->type->fields_n * sizeof *out.fields);
    for (f = 0; f < r->type->fields_n; f++) {
        out.fields[f] = r->fields[f];
        out.fields[f].p = arena_new(mem, r->fields[f].n * sizeof(struct head));
        if (r->fields[f].n > 0)
            memcpy(out.fields[f].p, r->fields[f].p,
                   r->fields[f].n * sizeof(struct head));
    }
    merge_apply(&out, c, r->version + 1, mem);
    return out;
}

enum rc consent_lacks(struct store *s, const struct record *r,
                      const struct changeset *c, struct arena *mem,
                      uint64_t *fields, struct err *err)
{
    enum consent consent = CONSENT_GIVEN;
    struct record after;
    size_t i;
    enum rc rc = RC_OK;

    *fields = 0;
    for (i = 0; rc == RC_OK && i < c->writes_n; i++)
        rc = lacks_field(s, c, &c->writes[i], mem, fields, err);
    if (rc != RC_OK || c->type->consent == NULL)
        return rc;
    after = with(r, c, mem);
    rc = rows_consent_of(s->rows, &after, mem, &consent, err);
    if (rc == RC_OK && consent != CONSENT_GIVEN)
        *fields = all_fields;
    return rc;
}

/* -- when consent changes ----------------------------------------------- */

static void add(struct consent_change *change, const struct id *id,
                struct arena *mem)
{
    struct id *more;
    size_t i;

    for (i = 0; i < change->n; i++)
        if (id_eq(&change->p[i], id))
            return;
    if (change->n == change->cap) {
        change->cap = 2 * change->cap + 4;
        more = arena_new(mem, change->cap * sizeof *more);
        if (change->n > 0)
            memcpy(more, change->p, change->n * sizeof *more);
        change->p = more;
    }
    change->p[change->n++] = *id;
}

void consent_changes(struct consent_change *change, const struct record *r,
                     struct arena *mem)
{
    struct id *subjects;
    size_t n, i;

    if (r->type->consents == NULL)
        return;
    change->area = r->area;
    subjects = rows_subjects(r, mem, &n);
    for (i = 0; i < n; i++)
        add(change, &subjects[i], mem);
}

static bool names(const struct heads *h, const struct id *subject)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->p[i].value.kind == VALUE_ID &&
            id_eq(&h->p[i].value.as.id, subject))
            return true;
    return false;
}

/* The fields of a record that may not stay, now that `subject` was heard. */
static enum rc to_go(struct store *s, const struct record *r,
                     const struct id *subject, struct arena *mem,
                     uint64_t *fields, struct err *err)
{
    enum consent consent = CONSENT_GIVEN;
    size_t f;
    enum rc rc = RC_OK;

    *fields = 0;
    if (r->type->consent != NULL)
        rc = rows_consent_of(s->rows, r, mem, &consent, err);
    if (rc == RC_OK && consent != CONSENT_GIVEN)
        *fields = all_fields;
    for (f = FIELD_DELETED + 1; rc == RC_OK && f < r->type->fields_n; f++) {
        const char *purpose = r->type->fields[f].consent;

        if (purpose == NULL || !names(&r->fields[f], subject))
            continue;
        rc = rows_consent(s->rows, r->area, subject, purpose, mem, &consent,
                          err);
        if (rc == RC_OK && consent != CONSENT_GIVEN)
            *fields |= UINT64_C(1) << f;
    }
    return rc;
}

static enum rc settle_one(struct store *s, const struct rows_name *name,
                          const struct id *subject, uint64_t *version,
                          uint64_t now_ms, struct arena *mem, struct err *err)
{
    struct record r;
    uint64_t fields = 0;
    enum rc rc =
        rows_load(s->rows, name->type, name->area, &name->id, mem, &r, err);

    if (rc == RC_OK)
        rc = to_go(s, &r, subject, mem, &fields, err);
    if (rc != RC_OK || fields == 0)
        return rc;
    rc = version != NULL ? erase_fields(s, name, fields, version, now_ms, err)
                         : erase_fields_next(s, name, fields, now_ms, err);
    return rc == RC_OK ? deletion_add(
                             s,
                             &(struct deletion){.why = DELETION_CONSENT,
                                                .type = name->type,
                                                .class = name->type->retention},
                             now_ms, err)
                       : rc;
}

enum rc consent_settle(struct store *s, const struct consent_change *change,
                       uint64_t *version, uint64_t now_ms, struct err *err)
{
    struct arena mem = {0};
    struct rows_name *list;
    size_t i, k, n = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < change->n; i++) {
        rc = rows_mentions(s->rows, change->area, &change->p[i], &mem, &list,
                           &n, err);
        for (k = 0; rc == RC_OK && k < n; k++)
            rc = settle_one(s, &list[k], &change->p[i], version, now_ms, &mem,
                            err);
        if (rc == RC_OK)
            rc = replaced_settle(s, change->area, &change->p[i], err);
    }
    arena_free(&mem);
    return rc;
}
