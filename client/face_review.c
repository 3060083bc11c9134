/* Conflicts: what each wrote, and what it is to be. */
#include <string.h>

#include "client/face_int.h"
#include "client/settle.h"
#include "sync/hlc.h"

/* Collected first: no other rows may be read while records are visited. */
struct found {
    struct rows_name name;
    struct found *next;
};

struct finding {
    struct app *a;
    struct found **tail;
};

static bool on_review(void *ctx, const struct record *r)
{
    struct finding *f = ctx;
    struct found *one = arena_new(&f->a->mem, sizeof *one);

    one->name = (struct rows_name){r->type, r->area, r->id};
    *f->tail = one;
    f->tail = &one->next;
    return true;
}

static json_t *head_json(struct app *a, const struct shape_field *f,
                         const struct head *h, uint64_t device, size_t n)
{
    json_t *j = json_object();

    face_set(j, "n", json_integer((json_int_t)n));
    face_set(j, "device", json_integer(h->by->device));
    face_set(j, "number", json_integer((json_int_t)h->by->number));
    face_set(j, "mine", json_boolean(h->by->device == device));
    face_set(j, "ms", json_integer((json_int_t)hlc_ms(h->by->clock)));
    if (f == NULL)
        face_set(j, "deletes", json_boolean(h->value.kind != VALUE_NULL));
    else
        face_set(j, "text", face_shown(a, f, &h->value));
    return j;
}

static json_t *field_json(struct app *a, const struct local_record *r,
                          const struct shown *s, size_t f, uint64_t device)
{
    const struct shape_field *field =
        f == FIELD_DELETED ? NULL : &r->shown.type->fields[f];
    const struct heads *h = &r->shown.fields[f];
    json_t *j = json_object(), *heads = json_array();
    size_t i;

    face_set(j, "name", json_string(field == NULL ? "deleted" : field->name));
    if (field != NULL) {
        face_set(j, "label", face_label(a, &field->label));
        face_set(j, "kind", json_string(field_kind_word(field->kind)));
        face_set(j, "shown", face_shown(a, field, &s->values[f]));
        face_set(j, "value", face_plain(field, &s->values[f]));
        if (h->n > 0 && h->p[0].base.kind != VALUE_NULL)
            face_set(j, "base", face_shown(a, field, &h->p[0].base));
    }
    for (i = 0; i < h->n; i++)
        face_add(heads, head_json(a, field, &h->p[i], device, i + 1));
    face_set(j, "versions", heads);
    return j;
}

static enum rc review_json(struct app *a, const struct rows_name *name,
                           json_t *list, struct err *err)
{
    struct local_record r;
    struct shown s;
    json_t *j, *fields;
    uint64_t device = 0;
    size_t f;
    enum rc rc =
        local_load(&a->l, name->type, name->area, &name->id, &a->mem, &r, err);

    if (rc == RC_OK)
        rc = local_get_u64(&a->l, "device", &device, err);
    if (rc != RC_OK)
        return rc;
    merge_show_record(&r.shown, &a->mem, &s);
    fields = json_array();
    for (f = 0; f < name->type->fields_n; f++)
        if (s.review >> f & 1U)
            face_add(fields, field_json(a, &r, &s, f, device));
    j = face_line(a, &r.shown);
    face_set(j, "seen", json_integer((json_int_t)r.pulled.version));
    face_set(j, "fields", fields);
    face_add(list, j);
    return RC_OK;
}

enum rc face_reviews(struct app *a, const json_t *in, json_t *out,
                     struct err *err)
{
    struct found *all = NULL;
    struct finding f = {a, &all};
    json_t *list = json_array();
    size_t i;
    enum rc rc = RC_OK;

    (void)in;
    for (i = 0; rc == RC_OK && i < a->l.shape->types_n; i++)
        rc = rows_reviews(a->l.rows, &a->l.shape->types[i], on_review, &f, err);
    for (; rc == RC_OK && all != NULL; all = all->next)
        rc = review_json(a, &all->name, list, err);
    face_set(out, "reviews", list);
    return rc;
}

/* -- resolve ------------------------------------------------------------- */

/* The version that was on the screen, counted as it stands now. */
static enum rc find_head(struct app *a, const json_t *take,
                         const struct heads *h, uint64_t *n, struct err *err)
{
    json_int_t device = json_integer_value(json_object_get(take, "device"));
    json_int_t number = json_integer_value(json_object_get(take, "number"));
    size_t i;

    for (i = 0; i < h->n; i++)
        if (h->p[i].by->device == device &&
            (json_int_t)h->p[i].by->number == number) {
            *n = i + 1;
            return RC_OK;
        }
    return err_set(err, RC_CONFLICT, "%s",
                   msg(a->lang, "this has changed meanwhile: look again"));
}

static enum rc choose(struct app *a, const json_t *in, struct edit *e,
                      const struct record *r, struct err *err)
{
    const json_t *take = json_object_get(in, "take");
    const struct shape_field *f;
    const char *field;
    uint64_t n = 0;
    size_t i;
    enum rc rc = face_text(a, in, "field", &field, err);

    if (rc != RC_OK)
        return rc;
    if (strcmp(field, "deleted") == 0)
        return settle_deleted(e, face_text_or(in, "choice"), err);
    f = shape_field_named(r->type, bytes_of(field));
    if (take == NULL || f == NULL)
        return edit_json(e, field, EDIT_SET, json_object_get(in, "value"), err);
    i = shape_field_index(r->type, f);
    rc = find_head(a, take, &r->fields[i], &n, err);
    return rc == RC_OK ? settle_take(e, r, i, n, err) : rc;
}

static enum rc resolve(struct app *a, const json_t *in, struct err *err)
{
    uint64_t seen = (uint64_t)json_integer_value(json_object_get(in, "seen"));
    struct rows_name name;
    struct record r;
    struct edit e;
    enum rc rc = face_record(a, in, &name, err);

    if (rc == RC_OK)
        rc = edit_open(&e, a, &name, err);
    if (rc == RC_OK)
        rc = rows_load(a->l.rows, name.type, name.area, &name.id, &a->mem, &r,
                       err);
    if (rc == RC_OK)
        rc = choose(a, in, &e, &r, err);
    if (rc != RC_OK)
        return rc;
    e.seen = &seen;
    return edit_save(&e, err);
}

enum rc face_resolve(struct app *a, const json_t *in, json_t *out,
                     struct err *err)
{
    enum rc rc = db_begin(a->l.db, err);

    (void)out;
    return rc == RC_OK ? db_end(a->l.db, resolve(a, in, err), err) : rc;
}
