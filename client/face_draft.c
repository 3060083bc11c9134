/* Forms: answers kept one by one, then saved as one. */
#include <string.h>

#include "client/attach.h"
#include "client/draft.h"
#include "client/face_int.h"
#include "sync/limits.h"
#include "sync/shape_text.h"

/* -- reading ------------------------------------------------------------- */

/* The value of a field as an input holds it, from the form of files. */
static json_t *answer_json(struct app *a, const struct draft_answer *answer)
{
    struct value v;
    struct err err;

    if (shape_read(answer->field, bytes_of(answer->text), a->now_ms, a->lang,
                   &a->mem, &v, &err) != RC_OK)
        return json_string(answer->text);
    return face_plain(answer->field, &v);
}

static json_t *answers(struct app *a, const struct edit *e,
                       const struct draft *d)
{
    json_t *all = json_object();
    size_t f;

    for (f = 1; f < e->type->fields_n; f++) {
        const struct shape_field *field = &e->type->fields[f];
        const struct draft_answer *answer = draft_answer_to(d, field);

        if (answer != NULL)
            face_set(all, field->name, answer_json(a, answer));
        else if (e->shown.values[f].kind != VALUE_NULL && app_sees(a, field))
            face_set(all, field->name, face_plain(field, &e->shown.values[f]));
    }
    return all;
}

enum rc face_draft(struct app *a, const json_t *in, json_t *out,
                   struct err *err)
{
    struct face_meant m;
    struct draft d;
    struct edit e;
    struct err none;
    enum rc rc = face_meant_by(a, in, &m, err);

    if (rc == RC_OK)
        rc = draft_read(&a->l, m.name, &a->mem, &d, err);
    if (rc == RC_OK && face_meant_area(a, in, &m, d.area, &none) != RC_OK)
        m.area = 0; /* several: to be asked */
    if (rc == RC_OK)
        rc = face_begin(a, &m, &e, err);
    if (rc != RC_OK)
        return rc;
    face_set(out, "type", json_string(m.name.type->name));
    face_set(out, "area",
             m.area == 0 ? json_string("")
                         : json_string(app_area_slug(a, m.area)));
    face_set(out, "begun", json_boolean(d.n > 0));
    face_set(out, "answers", answers(a, &e, &d));
    return RC_OK;
}

enum rc face_drafts(struct app *a, const json_t *in, json_t *out,
                    struct err *err)
{
    struct db_query *q =
        db_query(a->l.db, SQL("SELECT type, record, count(*) AS n FROM draft"
                              " GROUP BY type, record ORDER BY type, record"));
    json_t *list = json_array();

    (void)in;
    while (db_row(q)) {
        const struct shape_type *t =
            shape_type_named(a->l.shape, db_blob(q, "type"));
        struct bytes record = db_blob(q, "record");
        struct id id;
        json_t *j;

        if (t == NULL)
            continue;
        j = json_object();
        face_set(j, "type", json_string(t->name));
        face_set(j, "label", face_label(a, &t->label));
        face_set(j, "answers", json_integer(db_i64(q, "n")));
        if (record.n == ID_BYTES) {
            memcpy(id.b, record.p, ID_BYTES);
            face_set(j, "id", face_id(&id));
        }
        face_add(list, j);
    }
    face_set(out, "drafts", list);
    return db_done(q, err);
}

/* -- one answer ---------------------------------------------------------- */

/* What in a text led to its being refused, for people. */
static void tell_findings(struct app *a, const char *text, json_t *out)
{
    json_t *list = json_array();

    face_findings(a, text, list);
    if (json_array_size(list) > 0)
        json_object_set(out, "findings", list);
    json_decref(list);
}

/* In the form of files: "today" of an answer is that day for good. */
static const char *as_kept(const struct edit *e, struct arena *mem)
{
    struct buf b = buf_make(changeset_bytes_max);
    const struct write *w = &e->writes[e->n - 1];
    const char *out;

    shape_write_plain(&e->type->fields[w->field], &w->value, &b);
    out = arena_text(mem, b.n > 0 ? (const char *)b.p : "", b.n);
    buf_free(&b);
    return out;
}

static enum rc seen_now(struct app *a, const struct face_meant *m,
                        uint64_t *out, struct err *err)
{
    struct local_record r;
    enum rc rc;

    *out = 0;
    if (m->name.record == NULL)
        return RC_OK;
    rc = local_load(&a->l, m->name.type, m->area, m->name.record, &a->mem, &r,
                    err);
    if (rc == RC_OK)
        *out = r.pulled.version;
    return rc;
}

static enum rc put(struct app *a, struct face_meant *m, struct edit *e,
                   const char *name, const json_t *value, json_t *out,
                   struct err *err)
{
    struct draft_answer answer = {.keep = a->keep_words};
    uint64_t seen = 0;
    enum rc rc = edit_json(e, name, EDIT_SET, value, err);

    if (rc != RC_OK) {
        face_set(out, "field", json_string(name));
        if (json_is_string(value) && rc == RC_INVALID)
            tell_findings(a, json_string_value(value), out);
        return rc;
    }
    answer.field = &e->type->fields[e->writes[e->n - 1].field];
    answer.text = as_kept(e, &a->mem);
    rc = seen_now(a, m, &seen, err);
    if (rc == RC_OK)
        rc = draft_put(&a->l, m->name, m->area, seen, &answer, err);
    if (rc == RC_OK)
        face_set(out, "kept", answer_json(a, &answer));
    return rc;
}

enum rc face_draft_put(struct app *a, const json_t *in, json_t *out,
                       struct err *err)
{
    const json_t *value = json_object_get(in, "value");
    struct face_meant m;
    struct draft d;
    struct edit e;
    const char *name;
    enum rc rc = face_meant_by(a, in, &m, err);

    if (rc == RC_OK)
        rc = face_text(a, in, "field", &name, err);
    if (rc == RC_OK)
        rc = db_begin(a->l.db, err);
    if (rc != RC_OK)
        return rc;
    a->keep_words = json_is_true(json_object_get(in, "keepWords"));
    rc = draft_read(&a->l, m.name, &a->mem, &d, err);
    if (rc == RC_OK)
        rc = face_meant_area(a, in, &m, d.area, err);
    if (rc == RC_OK)
        rc = face_begin(a, &m, &e, err);
    if (rc == RC_OK)
        rc = put(a, &m, &e, name, value, out, err);
    return db_end(a->l.db, rc, err);
}

/* -- all of it ----------------------------------------------------------- */

/* The answers as writes; empty ones of a new record need none. */
static enum rc take_answers(struct edit *e, const struct draft *d,
                            struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < d->n; i++) {
        if (e->fresh && d->answers[i].text[0] == '\0')
            continue;
        e->app->keep_words = d->answers[i].keep;
        rc = edit_field(e, bytes_of(d->answers[i].field->name), EDIT_SET,
                        bytes_of(d->answers[i].text), err);
    }
    return rc;
}

/* {"link": {"id": ..., "field": ...}}: that record's field names this one. */
static enum rc link_from(struct app *a, const json_t *in, const struct id *id,
                         struct err *err)
{
    const json_t *link = json_object_get(in, "link");
    char text[ID_TEXT_CHARS + 1];
    struct rows_name name;
    struct edit e;
    const char *field;
    enum rc rc;

    if (link == NULL)
        return RC_OK;
    rc = face_record(a, link, &name, err);
    if (rc == RC_OK)
        rc = face_text(a, link, "field", &field, err);
    if (rc == RC_OK)
        rc = edit_open(&e, a, &name, err);
    if (rc == RC_OK)
        rc = edit_field(&e, bytes_of(field), EDIT_SET,
                        bytes_of(id_text(id, text)), err);
    return rc == RC_OK ? edit_save(&e, err) : rc;
}

/* The photos of a saved draft go with it; those that were taken out go. */
static enum rc release_photos(struct app *a, const struct edit *e,
                              struct err *err)
{
    size_t i, k;
    enum rc rc = RC_OK;

    for (i = 0; i < e->n; i++) {
        const struct value *v = &e->writes[i].value;

        if (e->type->fields[e->writes[i].field].kind != FIELD_ATTACHMENT)
            continue;
        if (rc == RC_OK && v->kind == VALUE_TEXT)
            rc = attach_release(&a->l, v->as.text, e->area, err);
        for (k = 0; rc == RC_OK && v->kind == VALUE_SET && k < v->as.set.n; k++)
            rc = attach_release(&a->l, v->as.set.p[k], e->area, err);
    }
    return rc == RC_OK ? attach_sweep(&a->l, err) : rc;
}

static enum rc save_draft(struct app *a, const json_t *in, json_t *out,
                          struct err *err)
{
    struct face_meant m;
    struct draft d;
    struct edit e;
    enum rc rc = face_meant_by(a, in, &m, err);

    if (rc == RC_OK)
        rc = draft_read(&a->l, m.name, &a->mem, &d, err);
    if (rc == RC_OK)
        rc = face_meant_area(a, in, &m, d.area, err);
    if (rc == RC_OK)
        rc = face_begin(a, &m, &e, err);
    if (rc == RC_OK)
        rc = take_answers(&e, &d, err);
    if (rc == RC_OK)
        rc = face_whole(&e, out, err);
    if (rc == RC_OK && e.n == 0)
        rc = err_set(err, RC_INVALID, "%s",
                     msg(a->lang, "nothing was filled in"));
    if (rc == RC_OK)
        rc = face_fill(&e, err);
    if (rc == RC_OK && !e.fresh)
        e.seen = &d.seen;
    if (rc == RC_OK)
        rc = edit_save(&e, err);
    if (rc == RC_OK)
        rc = draft_forget(&a->l, m.name, err);
    if (rc == RC_OK)
        rc = release_photos(a, &e, err);
    if (rc == RC_OK)
        rc = link_from(a, in, &e.id, err);
    return rc == RC_OK ? face_saved(a, &e, out, err) : rc;
}

enum rc face_draft_save(struct app *a, const json_t *in, json_t *out,
                        struct err *err)
{
    enum rc rc = db_begin(a->l.db, err);

    return rc == RC_OK ? db_end(a->l.db, save_draft(a, in, out, err), err) : rc;
}

enum rc face_draft_drop(struct app *a, const json_t *in, json_t *out,
                        struct err *err)
{
    struct face_meant m;
    enum rc rc = face_meant_by(a, in, &m, err);

    (void)out;
    if (rc == RC_OK)
        rc = draft_forget(&a->l, m.name, err);
    return rc == RC_OK ? attach_sweep(&a->l, err) : rc;
}
