/*
 * What must not leave the device without consent (local.h).
 *
 * A write to a field under consent goes into the journal only while what it
 * names has consented; until then it stands in the table `withheld`, which is
 * handed in by nobody, and is shown as if it were in the journal.
 */
#include <string.h>

#include "client/local_tables.h"
#include "schema/rows_consent.h"
#include "sync/limits.h"
#include "sync/merge.h"

static bool under_consent(const struct changeset *c, const struct write *w)
{
    return c->type->fields[w->field].consent != NULL;
}

/* -- the table ---------------------------------------------------------- */

static enum rc withhold(struct local *l, const struct changeset *c,
                        const struct write *w, struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("INSERT INTO withheld(record, field, area, type, subject,"
                   " clock, base_version) VALUES (:record, :field, :area,"
                   " :type, :subject, :clock, :base_version)"
                   " ON CONFLICT (record, field) DO UPDATE SET"
                   " subject = excluded.subject, clock = excluded.clock,"
                   " base_version = excluded.base_version"));

    db_bind_blob(q, "record", id_bytes(&c->record));
    db_bind_i64(q, "field", w->field);
    db_bind_i64(q, "area", c->area);
    db_bind_text(q, "type", c->type->name);
    db_bind_blob(q, "subject", id_bytes(&w->value.as.id));
    db_bind_i64(q, "clock", (int64_t)c->clock);
    db_bind_i64(q, "base_version", (int64_t)c->base_version);
    return db_done(db_run_at(q), err);
}

/* field -1: of all fields. */
static enum rc let_go(struct local *l, const struct id *record, int64_t field,
                      struct err *err)
{
    struct db_query *q = db_query(l->db, SQL("DELETE FROM withheld"
                                             " WHERE record = :record"
                                             " AND :field IN (-1, field)"));

    db_bind_blob(q, "record", id_bytes(record));
    db_bind_i64(q, "field", field);
    return db_done(db_run_at(q), err);
}

struct held { /* what is withheld of one field */
    struct write write;
    hlc_stamp clock;
    uint64_t base_version;
};

/* Those of one record, in `mem`. */
static enum rc load_held(struct local *l, const struct id *record,
                         struct arena *mem, struct held **out, size_t *n,
                         struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("SELECT field, subject, clock, base_version FROM withheld"
                   " WHERE record = :record ORDER BY field"));

    *out = arena_new(mem, fields_per_type_max * sizeof **out);
    *n = 0;
    db_bind_blob(q, "record", id_bytes(record));
    while (*n < fields_per_type_max && db_row(q)) {
        struct held *h = &(*out)[*n];
        struct bytes subject = db_blob(q, "subject");

        if (subject.n != ID_BYTES)
            continue;
        h->write.field = (uint16_t)db_i64(q, "field");
        h->write.value.kind = VALUE_ID;
        memcpy(h->write.value.as.id.b, subject.p, ID_BYTES);
        h->clock = (hlc_stamp)db_i64(q, "clock");
        h->base_version = (uint64_t)db_i64(q, "base_version");
        ++*n;
    }
    return db_done(q, err);
}

enum rc local_withheld(struct local *l, const struct id *record, bool *any,
                       struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT 1 AS one FROM withheld"
                            " WHERE record = :record LIMIT 1"));

    db_bind_blob(q, "record", id_bytes(record));
    *any = db_row(q);
    return db_done(q, err);
}

enum rc local_withheld_erase(struct local *l, const struct id *id,
                             struct err *err)
{
    struct db_query *q = db_query(l->db, SQL("DELETE FROM withheld"
                                             " WHERE record = :id"
                                             " OR subject = :id"));

    db_bind_blob(q, "id", id_bytes(id));
    return db_done(db_run_at(q), err);
}

/* -- shown -------------------------------------------------------------- */

enum rc local_lay_withheld(struct local *l, struct record *r, uint32_t device,
                           bool *own, struct arena *mem, struct err *err)
{
    struct held *held;
    struct shown s;
    size_t n = 0, i;
    enum rc rc = load_held(l, &r->id, mem, &held, &n, err);

    if (rc != RC_OK || n == 0)
        return rc;
    merge_show_record(r, mem, &s);
    if (s.deleted) /* who links to it does not want it back */
        return let_go(l, &r->id, -1, err);
    for (i = 0; i < n; i++) {
        struct changeset c = {.device = device,
                              .number = UINT64_MAX, /* after all others */
                              .clock = held[i].clock,
                              .area = r->area,
                              .type = r->type,
                              .record = r->id,
                              .base_version = held[i].base_version,
                              .writes = &held[i].write,
                              .writes_n = 1};

        if (held[i].write.field < r->type->fields_n)
            merge_apply(r, &c, 0, mem);
    }
    *own = true;
    return RC_OK;
}

/* -- saving ------------------------------------------------------------- */

/* One write to a field under consent: may it go into the journal? */
static enum rc judge(struct local *l, const struct changeset *c,
                     const struct write *w, bool *goes, struct arena *mem,
                     struct err *err)
{
    enum consent consent = CONSENT_GIVEN;
    enum rc rc = RC_OK;

    if (w->value.kind == VALUE_ID)
        rc =
            rows_consent(l->rows, c->area, &w->value.as.id,
                         c->type->fields[w->field].consent, mem, &consent, err);
    if (rc == RC_OK && consent == CONSENT_REFUSED)
        rc = err_set(err, RC_DENIED,
                     MSG("this may not be linked: the resident refused it, or"
                         " took consent back"));
    *goes = consent == CONSENT_GIVEN;
    if (rc != RC_OK)
        return rc;
    return *goes ? let_go(l, &c->record, w->field, err)
                 : withhold(l, c, w, err);
}

/* A record of a type under consent is not begun without it. */
static enum rc judge_type(struct local *l, const struct changeset *c,
                          const struct record *shown, struct arena *mem,
                          struct err *err)
{
    struct record r = *shown;
    enum consent consent = CONSENT_GIVEN;
    size_t f;
    enum rc rc = RC_OK;

    if (c->type->consent == NULL || changeset_deletes(c))
        return RC_OK;
    r.fields = arena_new(mem, r.type->fields_n * sizeof *r.fields);
    for (f = 0; f < r.type->fields_n; f++)
        r.fields[f] = shown->fields[f];
    for (f = 0; f < c->writes_n; f++) {
        struct head *h = arena_new(mem, sizeof *h);

        h->value = c->writes[f].value;
        r.fields[c->writes[f].field] = (struct heads){.p = h, .n = 1};
    }
    rc = rows_consent_of(l->rows, &r, mem, &consent, err);
    if (rc == RC_OK && consent != CONSENT_GIVEN)
        rc = err_set(err, RC_DENIED,
                     MSG("this may be kept only with consent: record that"
                         " first"));
    return rc;
}

enum rc local_keep_back(struct local *l, struct changeset *c,
                        const struct record *shown, bool *any,
                        struct arena *mem, struct err *err)
{
    struct write *w = arena_new(mem, c->writes_n * sizeof *w);
    size_t i, n = 0;
    enum rc rc = local_withheld(l, &c->record, any, err);

    if (rc == RC_OK)
        rc = judge_type(l, c, shown, mem, err);
    if (rc == RC_OK && *any && changeset_deletes(c))
        rc = let_go(l, &c->record, -1, err);
    for (i = 0; rc == RC_OK && i < c->writes_n; i++) {
        bool goes = true;

        if (under_consent(c, &c->writes[i])) {
            rc = judge(l, c, &c->writes[i], &goes, mem, err);
            *any |= !goes;
        }
        if (goes)
            w[n++] = c->writes[i];
    }
    c->writes = w;
    c->writes_n = n;
    return rc;
}

/* -- when consent changes ----------------------------------------------- */

struct settling {
    struct local *l;
    const struct id *subject;
    uint64_t now_ms;
    bool ours; /* decided on this device: say so to the others */
    struct arena *mem;
    struct err *err;
};

static enum rc save_one(struct settling *s, const struct rows_name *name,
                        struct write w, const uint64_t *base_version)
{
    struct changeset c = {.area = name->area,
                          .type = name->type,
                          .record = name->id,
                          .writes = &w,
                          .writes_n = 1};

    return local_save_over(s->l, &c, base_version, s->now_ms, s->mem, s->err);
}

/* There is consent now: what was withheld is handed in with the rest. */
static enum rc release(struct settling *s, const struct rows_name *name,
                       size_t field)
{
    struct held *held;
    size_t n = 0, i;
    enum rc rc = load_held(s->l, &name->id, s->mem, &held, &n, s->err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (held[i].write.field == field &&
            id_eq(&held[i].write.value.as.id, s->subject))
            rc = save_one(s, name, held[i].write, &held[i].base_version);
    return rc;
}

static bool has_subject(const struct settling *s, const struct heads *h)
{
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->p[i].value.kind == VALUE_ID &&
            id_eq(&h->p[i].value.as.id, s->subject))
            return true;
    return false;
}

/* Consent was refused or taken back: out of what is withheld, out of this
 * device's journal, and out of the record. */
static enum rc revoke(struct settling *s, const struct rows_name *name,
                      size_t field)
{
    struct write empty = {.field = (uint16_t)field};
    struct changeset last;
    struct record r;
    enum rc rc = let_go(s->l, &name->id, (int64_t)field, s->err);

    if (rc == RC_OK)
        rc = local_strip(s->l, name, field, s->subject, &last, s->mem, s->err);
    if (rc == RC_OK)
        rc = local_replay_stored(s->l, name->type, name->area, &name->id,
                                 s->mem, s->err);
    if (rc == RC_OK)
        rc = rows_load(s->l->rows, name->type, name->area, &name->id, s->mem,
                       &r, s->err);
    if (rc == RC_OK && s->ours && has_subject(s, &r.fields[field]))
        rc = save_one(s, name, empty, NULL);
    return rc;
}

static enum rc settle_field(struct settling *s, const struct rows_name *name,
                            size_t field)
{
    enum consent consent;
    enum rc rc = rows_consent(s->l->rows, name->area, s->subject,
                              name->type->fields[field].consent, s->mem,
                              &consent, s->err);

    if (rc != RC_OK || consent == CONSENT_NONE)
        return rc;
    return consent == CONSENT_GIVEN ? release(s, name, field)
                                    : revoke(s, name, field);
}

/* A record that is not to be kept is deleted here; the server erases it. */
static enum rc settle_record(struct settling *s, const struct rows_name *name,
                             const struct record *r)
{
    struct write gone = {.field = FIELD_DELETED, .value = value_int(1)};
    enum consent consent;
    struct shown shown;
    enum rc rc = rows_consent_of(s->l->rows, r, s->mem, &consent, s->err);

    if (rc != RC_OK || consent != CONSENT_REFUSED || !s->ours)
        return rc;
    merge_show_record(r, s->mem, &shown);
    return shown.deleted ? RC_OK : save_one(s, name, gone, NULL);
}

static enum rc settle_name(struct settling *s, const struct rows_name *name)
{
    const struct shape_type *t = name->type;
    struct record r;
    size_t f;
    enum rc rc =
        rows_load(s->l->rows, t, name->area, &name->id, s->mem, &r, s->err);

    if (rc == RC_OK && t->consent != NULL)
        rc = settle_record(s, name, &r);
    for (f = FIELD_DELETED + 1; rc == RC_OK && f < t->fields_n; f++)
        if (t->fields[f].consent != NULL && has_subject(s, &r.fields[f]))
            rc = settle_field(s, name, f);
    return rc;
}

/* Nobody has consented any more, and nobody refused: what was not handed in
 * waits again. */
static enum rc settle_journal_field(struct settling *s,
                                    const struct rows_name *name, size_t field)
{
    struct write w = {.field = (uint16_t)field, .value = value_id(s->subject)};
    struct changeset last;
    enum consent consent;
    enum rc rc = rows_consent(s->l->rows, name->area, s->subject,
                              name->type->fields[field].consent, s->mem,
                              &consent, s->err);

    if (rc != RC_OK || consent == CONSENT_GIVEN)
        return rc;
    rc = local_strip(s->l, name, field, s->subject, &last, s->mem, s->err);
    return rc == RC_OK && last.number > 0 && consent == CONSENT_NONE
               ? withhold(s->l, &last, &w, s->err)
               : rc;
}

/* What the server left out of a save stands in no row any more, only in the
 * journal: it goes from there too. */
static enum rc settle_journal(struct settling *s, const struct rows_name *name)
{
    const struct shape_type *t = name->type;
    size_t f;
    enum rc rc = RC_OK;

    for (f = FIELD_DELETED + 1; rc == RC_OK && f < t->fields_n; f++)
        if (t->fields[f].consent != NULL)
            rc = settle_journal_field(s, name, f);
    return rc == RC_OK ? local_replay_stored(s->l, t, name->area, &name->id,
                                             s->mem, s->err)
                       : rc;
}

enum rc local_settle(struct local *l, uint32_t area, const struct subjects *of,
                     bool ours, uint64_t now_ms, struct arena *mem,
                     struct err *err)
{
    struct settling s = {
        .l = l, .now_ms = now_ms, .ours = ours, .mem = mem, .err = err};
    struct rows_name *names;
    size_t i, k, n = 0;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < of->n; i++) {
        s.subject = &of->p[i];
        rc = rows_mentions(l->rows, area, s.subject, mem, &names, &n, err);
        for (k = 0; rc == RC_OK && k < n; k++)
            rc = settle_name(&s, &names[k]);
        if (rc == RC_OK)
            rc = local_journal_mentions(l, area, s.subject, mem, &names, &n,
                                        err);
        for (k = 0; rc == RC_OK && k < n; k++)
            rc = settle_journal(&s, &names[k]);
    }
    return rc;
}

static void add_subject(struct subjects *of, const struct id *id,
                        struct arena *mem)
{
    struct id *more;
    size_t i;

    for (i = 0; i < of->n; i++)
        if (id_eq(&of->p[i], id))
            return;
    if (of->n == of->cap) {
        of->cap = 2 * of->cap + 4;
        more = arena_new(mem, of->cap * sizeof *more);
        if (of->n > 0)
            memcpy(more, of->p, of->n * sizeof *more);
        of->p = more;
    }
    of->p[of->n++] = *id;
}

enum rc local_subjects(struct local *l, const struct shape_type *type,
                       uint32_t area, const struct id *id, struct arena *mem,
                       struct subjects *of, struct err *err)
{
    struct record r;
    struct id *subjects;
    size_t n, i;
    enum rc rc;

    if (type->consents == NULL)
        return RC_OK;
    rc = rows_load(l->rows, type, area, id, mem, &r, err);
    if (rc != RC_OK)
        return rc;
    subjects = rows_subjects(&r, mem, &n);
    for (i = 0; i < n; i++)
        add_subject(of, &subjects[i], mem);
    return RC_OK;
}
