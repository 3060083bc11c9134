/* Records as lists, one by one, and by a word in them. */
#include <string.h>

#include "client/face_int.h"
#include "sync/limits.h"

enum { LIST_MAX = 500, FOUND_MAX = 100 };

/* -- list ---------------------------------------------------------------- */

struct listing {
    struct app *a;
    uint32_t area;   /* 0: all */
    const char *ref; /* a field that must name the record `id`, or NULL */
    const char *id;
    json_t *lines;
    size_t n;
};

/* Does `field` name the record `id`? */
static bool names(struct listing *l, const struct record *r)
{
    const struct value *v;
    char text[ID_TEXT_CHARS + 1];
    struct shown s;

    if (l->ref == NULL)
        return true;
    merge_show_record(r, &l->a->mem, &s);
    v = face_value(r, &s, l->ref);
    if (v->kind == VALUE_ID)
        return strcmp(id_text(&v->as.id, text), l->id) == 0;
    return v->kind == VALUE_SET && value_has(v, bytes_of(l->id));
}

/* The newest are those at the end: ids are in the order of time. */
static bool on_listed(void *ctx, const struct record *r)
{
    struct listing *l = ctx;
    json_t *line;

    if ((l->area != 0 && r->area != l->area) || !names(l, r))
        return true;
    line = face_line(l->a, r);
    if (json_is_true(json_object_get(line, "deleted"))) {
        json_decref(line);
        return true;
    }
    l->n++;
    face_add(l->lines, line);
    if (json_array_size(l->lines) > LIST_MAX)
        json_array_remove(l->lines, 0);
    return true;
}

static json_t *newest_first(json_t *lines)
{
    json_t *out = json_array();
    size_t i;

    for (i = json_array_size(lines); i-- > 0;)
        json_array_append(out, json_array_get(lines, i));
    json_decref(lines);
    return out;
}

enum rc face_list(struct app *a, const json_t *in, json_t *out, struct err *err)
{
    struct listing l = {.a = a};
    const struct shape_type *t;
    enum rc rc = face_type(a, in, &t, err);

    if (rc == RC_OK && face_text_or(in, "area")[0] != '\0')
        rc = face_area(a, in, &l.area, err);
    if (rc == RC_OK && face_text_or(in, "ref")[0] != '\0') {
        l.ref = face_text_or(in, "ref");
        rc = face_text(a, in, "id", &l.id, err);
    }
    if (rc != RC_OK)
        return rc;
    l.lines = json_array();
    rc = rows_all(a->l.rows, t, on_listed, &l, err);
    face_set(out, "records", newest_first(l.lines));
    face_set(out, "n", json_integer((json_int_t)l.n));
    return rc;
}

/* -- search -------------------------------------------------------------- */

struct searching {
    struct app *a;
    const char *word; /* folded */
    json_t *lines;
};

/* ASCII letters small; what people look for here is Dutch or English. */
static const char *folded(struct app *a, struct bytes text)
{
    char *s =
        arena_text(&a->mem, text.n > 0 ? (const char *)text.p : "", text.n);
    char *p;

    for (p = s; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return s;
}

static bool holds(struct searching *s, const struct record *r)
{
    struct shown shown;
    size_t f;

    merge_show_record(r, &s->a->mem, &shown);
    if (shown.deleted)
        return false;
    for (f = 1; f < r->type->fields_n; f++) {
        const struct value *v = &shown.values[f];
        struct bytes text;
        json_t *j;
        bool found;

        if (v->kind == VALUE_NULL || r->type->fields[f].kind == FIELD_REF ||
            r->type->fields[f].kind == FIELD_ATTACHMENT)
            continue;
        j = face_shown(s->a, &r->type->fields[f], v);
        text = (struct bytes){(const uint8_t *)json_string_value(j),
                              json_string_length(j)};
        found = strstr(folded(s->a, text), s->word) != NULL;
        json_decref(j);
        if (found)
            return true;
    }
    return false;
}

static bool on_searched(void *ctx, const struct record *r)
{
    struct searching *s = ctx;

    if (holds(s, r))
        face_add(s->lines, face_line(s->a, r));
    return json_array_size(s->lines) < FOUND_MAX;
}

enum rc face_search(struct app *a, const json_t *in, json_t *out,
                    struct err *err)
{
    struct searching s = {.a = a};
    const char *word;
    size_t i;
    enum rc rc = face_text(a, in, "text", &word, err);

    if (rc != RC_OK)
        return rc;
    s.word = folded(a, bytes_of(word));
    s.lines = json_array();
    for (i = 0; rc == RC_OK && i < a->l.shape->types_n &&
                json_array_size(s.lines) < FOUND_MAX;
         i++)
        rc = rows_all(a->l.rows, &a->l.shape->types[i], on_searched, &s, err);
    face_set(out, "records", s.lines);
    return rc;
}

/* -- show ---------------------------------------------------------------- */

/* What a reference names, in one line; nothing if it is not here. */
static json_t *named(struct app *a, const struct id *id)
{
    struct rows_name name = {.id = *id};
    struct record r;
    struct err err;

    if (rows_find(a->l.rows, id, &name.type, &name.area, &err) != RC_OK ||
        rows_load(a->l.rows, name.type, name.area, id, &a->mem, &r, &err) !=
            RC_OK)
        return NULL;
    return face_line(a, &r);
}

static json_t *all_named(struct app *a, const struct value *v)
{
    json_t *list = json_array(), *one;
    struct id id;
    size_t i;

    if (v->kind == VALUE_ID && (one = named(a, &v->as.id)) != NULL)
        face_add(list, one);
    for (i = 0; v->kind == VALUE_SET && i < v->as.set.n; i++)
        if (id_parse(v->as.set.p[i], &id, NULL) == RC_OK &&
            (one = named(a, &id)) != NULL)
            face_add(list, one);
    return list;
}

static json_t *field_shown(struct app *a, const struct record *r,
                           const struct shown *s, size_t f)
{
    const struct shape_field *field = &r->type->fields[f];
    json_t *j = json_object();

    face_set(j, "name", json_string(field->name));
    face_set(j, "label", face_label(a, &field->label));
    face_set(j, "kind", json_string(field_kind_word(field->kind)));
    face_set(j, "text", face_shown(a, field, &s->values[f]));
    face_set(j, "value", face_plain(field, &s->values[f]));
    if (s->review >> f & 1U)
        face_set(j, "review", json_true());
    if (field->kind == FIELD_REF)
        face_set(j, "named", all_named(a, &s->values[f]));
    return j;
}

enum rc face_show(struct app *a, const json_t *in, json_t *out, struct err *err)
{
    struct rows_name name;
    struct record r;
    struct shown s;
    json_t *fields;
    bool waits = false;
    size_t f;
    enum rc rc = face_record(a, in, &name, err);

    if (rc == RC_OK)
        rc = rows_load(a->l.rows, name.type, name.area, &name.id, &a->mem, &r,
                       err);
    if (rc == RC_OK)
        rc = local_withheld(&a->l, &name.id, &waits, err);
    if (rc != RC_OK)
        return rc;
    merge_show_record(&r, &a->mem, &s);
    fields = json_array();
    for (f = 1; f < r.type->fields_n; f++)
        if (s.values[f].kind != VALUE_NULL)
            face_add(fields, field_shown(a, &r, &s, f));
    face_set(out, "record", face_line(a, &r));
    face_set(out, "fields", fields);
    face_set(out, "write", json_boolean(face_writes(a, r.type)));
    face_set(out, "withheld", json_boolean(waits));
    return RC_OK;
}
