#include "client/face_int.h"

#include <stdlib.h>
#include <string.h>

#include "sync/base/utf8.h"
#include "sync/civil.h"
#include "sync/limits.h"
#include "sync/shape_text.h"

static const struct {
    const char *name;
    face_call *run;
} calls[] = {
    {"hello", face_hello},
    {"types", face_types},
    {"form", face_form},
    {"settings-put", face_settings_put},
    {"list", face_list},
    {"show", face_show},
    {"search", face_search},
    {"save", face_save},
    {"delete", face_delete},
    {"draft", face_draft},
    {"draft-put", face_draft_put},
    {"draft-save", face_draft_save},
    {"draft-drop", face_draft_drop},
    {"drafts", face_drafts},
    {"today", face_today},
    {"places", face_places},
    {"due", face_due},
    {"outlines", face_outlines},
    {"standing", face_standing},
    {"waiting", face_waiting},
    {"reviews", face_reviews},
    {"resolve", face_resolve},
    {"consents", face_consents},
    {"withdraw", face_withdraw},
    {"screen", face_screen},
    {"photo-add", face_photo_add},
    {"photo", face_photo},
};

const char *face_call_name(size_t i)
{
    return i < countof(calls) ? calls[i].name : NULL;
}

/* What went wrong may quote bytes from anywhere: the name of a call, of a
 * folder. */
static json_t *told(const char *text)
{
    struct bytes in = bytes_of(text);
    struct buf b = buf_make(3 * in.n + 1);
    size_t at = 0, from;
    json_t *j;

    while (at < in.n) {
        from = at;
        if (utf8_next(in, &at) == UTF8_BAD)
            buf_puts(&b, "\xEF\xBF\xBD"); /* U+FFFD */
        else
            buf_put(&b, in.p + from, at - from);
    }
    j = face_bytes(buf_view(&b));
    buf_free(&b);
    return j;
}

struct face_response face_fault(enum lang lang, const struct err *err)
{
    json_t *out = json_object();

    face_set(
        out, "code",
        json_string(err->reason != NULL ? err->reason : rc_word(err->code)));
    face_set(out, "text", told(msg(lang, err->text)));
    if (err->wait_ms > 0)
        face_set(out, "waitMs", json_integer(err->wait_ms));
    return (struct face_response){err->code, out};
}

void face_answer(struct app *a, const struct face_request *q,
                 struct face_response *out)
{
    static const struct err none;
    json_t *object = json_object(), *empty = json_object(), *j;
    const char *key;
    struct err err = none;
    enum rc rc;
    size_t i;

    for (i = 0; i < countof(calls); i++)
        if (strcmp(calls[i].name, q->call) == 0)
            break;
    if (i == countof(calls))
        rc = err_set(&err, RC_NOTFOUND, msg(a->lang, "there is no call \"%s\""),
                     q->call);
    else
        rc = calls[i].run(a, q->in != NULL ? q->in : empty, object, &err);
    json_decref(empty);
    *out = (struct face_response){rc, object};
    if (rc == RC_OK)
        return;
    *out = face_fault(a->lang, &err);
    json_object_foreach(object, key, j) /* what a call says beside it */
        json_object_set(out->out, key, j);
    json_decref(object);
}

void face_drop(struct face_response *r)
{
    json_decref(r->out);
    r->out = NULL;
}

/* -- reading a request --------------------------------------------------- */

const char *face_text_or(const json_t *in, const char *key)
{
    const char *s = json_string_value(json_object_get(in, key));

    return s != NULL ? s : "";
}

enum rc face_text(struct app *a, const json_t *in, const char *key,
                  const char **out, struct err *err)
{
    const char *s = face_text_or(in, key);

    if (s[0] == '\0')
        return err_set(err, RC_INVALID, msg(a->lang, "\"%s\" is missing"), key);
    *out = s;
    return RC_OK;
}

enum rc face_type(struct app *a, const json_t *in,
                  const struct shape_type **out, struct err *err)
{
    const char *name;
    enum rc rc = face_text(a, in, "type", &name, err);

    return rc == RC_OK ? app_type(a, name, out, err) : rc;
}

enum rc face_record(struct app *a, const json_t *in, struct rows_name *out,
                    struct err *err)
{
    const char *id;
    enum rc rc = face_text(a, in, "id", &id, err);

    return rc == RC_OK ? app_find(a, id, out, err) : rc;
}

enum rc face_area(struct app *a, const json_t *in, uint32_t *out,
                  struct err *err)
{
    const char *slug = face_text_or(in, "area");

    a->area = slug[0] != '\0' ? slug : NULL;
    return app_area(a, out, err);
}

/* -- writing a response -------------------------------------------------- */

void face_set(json_t *to, const char *key, json_t *value)
{
    if (value == NULL || json_object_set_new(to, key, value) != 0)
        abort(); /* out of memory, or a text that is not UTF-8: a bug */
}

void face_add(json_t *to, json_t *value)
{
    if (value == NULL || json_array_append_new(to, value) != 0)
        abort();
}

json_t *face_label(struct app *a, const struct label *l)
{
    return json_string(label_in(l, a->lang));
}

json_t *face_id(const struct id *id)
{
    char text[ID_TEXT_CHARS + 1];

    return json_string(id_text(id, text));
}

json_t *face_bytes(struct bytes text)
{
    return json_stringn(text.n > 0 ? (const char *)text.p : "", text.n);
}

json_t *face_shown(struct app *a, const struct shape_field *f,
                   const struct value *v)
{
    struct buf b = buf_make(message_bytes_max);
    json_t *j;

    shape_write(f, v, a->lang, &b);
    j = face_bytes(buf_view(&b));
    buf_free(&b);
    return j;
}

json_t *face_plain(const struct shape_field *f, const struct value *v)
{
    struct buf b;
    json_t *j;
    size_t i;

    if (v->kind == VALUE_SET) {
        j = json_array();
        for (i = 0; i < v->as.set.n; i++)
            face_add(j, face_bytes(v->as.set.p[i]));
        return j;
    }
    b = buf_make(message_bytes_max);
    shape_write_plain(f, v, &b);
    j = face_bytes(buf_view(&b));
    buf_free(&b);
    return j;
}

/* What a type without a title, or a record without its own, goes by. */
static json_t *first_values(struct app *a, const struct record *r,
                            const struct shown *s)
{
    struct buf b = buf_make(message_bytes_max);
    size_t f, n = 0;
    json_t *j;

    for (f = 1; f < r->type->fields_n && n < 2; f++) {
        const struct shape_field *field = &r->type->fields[f];

        if (s->values[f].kind == VALUE_NULL || field->kind == FIELD_REF ||
            field->kind == FIELD_ATTACHMENT || field->kind == FIELD_WORKER)
            continue;
        if (n++ > 0)
            buf_puts(&b, ", ");
        shape_write(field, &s->values[f], a->lang, &b);
    }
    if (n == 0)
        buf_puts(&b, label_in(&r->type->label, a->lang));
    j = face_bytes(buf_view(&b));
    buf_free(&b);
    return j;
}

const struct value *face_value(const struct record *r, const struct shown *s,
                               const char *field)
{
    static const struct value nothing;
    const struct shape_field *f = shape_field_named(r->type, bytes_of(field));

    return f == NULL ? &nothing : &s->values[shape_field_index(r->type, f)];
}

json_t *face_title(struct app *a, const struct record *r, const struct shown *s)
{
    const struct value *number = face_value(r, s, "house_number");
    const struct shape_field *f;
    size_t i;

    if (r->type->title == NULL || number->kind != VALUE_NULL)
        return first_values(a, r, s);
    f = shape_field_named(r->type, bytes_of(r->type->title));
    i = shape_field_index(r->type, f);
    return s->values[i].kind != VALUE_NULL ? face_shown(a, f, &s->values[i])
                                           : first_values(a, r, s);
}

json_t *face_line(struct app *a, const struct record *r)
{
    json_t *j = json_object();
    struct shown s;

    merge_show_record(r, &a->mem, &s);
    face_set(j, "id", face_id(&r->id));
    face_set(j, "type", json_string(r->type->name));
    face_set(j, "label", face_label(a, &r->type->label));
    face_set(j, "area", json_string(app_area_slug(a, r->area)));
    face_set(j, "title", face_title(a, r, &s));
    face_set(j, "ms", json_integer((json_int_t)id_ms(&r->id)));
    face_set(j, "review", json_boolean(s.review != 0));
    if (s.deleted)
        face_set(j, "deleted", json_true());
    return j;
}

/* -- the role and who has it --------------------------------------------- */

enum rc face_role(struct app *a, enum role *out, struct err *err)
{
    enum rc rc = app_role(a, out, err);

    if (rc != RC_AUTH)
        return rc;
    *out = ROLE_WORKER; /* until the first sync says otherwise */
    return RC_OK;
}

bool face_writes(struct app *a, const struct shape_type *t)
{
    struct err err;
    enum role role;

    return face_role(a, &role, &err) == RC_OK && (t->write >> role & 1U) != 0;
}

const char *face_user(struct app *a)
{
    const char *user;
    struct err err;

    return local_get(&a->l, "user", &a->mem, &user, &err) == RC_OK ? user : "";
}

bool face_fills(const struct shape_field *f)
{
    return f->policy == POLICY_FIRST && !f->set &&
           (f->kind == FIELD_WORKER || f->kind == FIELD_TIME);
}

static bool is_written(const struct edit *e, size_t field)
{
    size_t i;

    for (i = 0; i < e->n; i++)
        if (e->writes[i].field == field)
            return true;
    return false;
}

/* In UTC, as files have it. */
static const char *now(struct app *a)
{
    int64_t s = (int64_t)(a->now_ms / 1000);
    struct civil day = civil_date(s / 86400);
    unsigned at = (unsigned)(s % 86400);

    return arena_printf(&a->mem, "%04d-%02u-%02uT%02u:%02u:%02uZ", day.year,
                        day.month, day.day, at / 3600, at / 60 % 60, at % 60);
}

enum rc face_fill(struct edit *e, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 1; e->fresh && rc == RC_OK && i < e->type->fields_n; i++) {
        const struct shape_field *f = &e->type->fields[i];
        const char *text;

        if (!face_fills(f) || f->retired || is_written(e, i) ||
            !app_sees(e->app, f))
            continue;
        text = f->kind == FIELD_WORKER ? face_user(e->app) : now(e->app);
        if (text[0] != '\0')
            rc =
                edit_field(e, bytes_of(f->name), EDIT_SET, bytes_of(text), err);
    }
    return rc == RC_OK ? edit_fill(e, err) : rc;
}

const struct shape_field *face_ref_to(const struct shape_type *t,
                                      const char *to)
{
    size_t i, k;

    for (i = 1; i < t->fields_n; i++)
        for (k = 0; t->fields[i].kind == FIELD_REF && k < t->fields[i].to_n;
             k++)
            if (strcmp(t->fields[i].to[k]->name, to) == 0)
                return &t->fields[i];
    return NULL;
}
