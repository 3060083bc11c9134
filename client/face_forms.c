/* Who this device is, what there is to record, and by which forms. */
#include <string.h>

#include "client/face_int.h"
#include "schema/emit.h"
#include "sync/limits.h"

static json_t *areas(struct app *a)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < a->areas_n; i++) {
        const struct area_info *info = &a->areas[i].info;
        json_t *j;

        if (!a->areas[i].granted)
            continue;
        j = json_object();
        face_set(j, "slug", face_bytes(info->slug));
        face_set(j, "name", face_bytes(info->name));
        face_set(j, "code", face_bytes(info->code));
        face_add(list, j);
    }
    return list;
}

/* What the worker chose for the pages; kept in the store. */
static const char *const settings[] = {"lang", "size", "contrast", "area"};

static enum rc put_settings(struct app *a, json_t *out, struct err *err)
{
    json_t *all = json_object();
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < countof(settings); i++) {
        const char *value = "";

        rc = local_get(&a->l, arena_printf(&a->mem, "face_%s", settings[i]),
                       &a->mem, &value, err);
        face_set(all, settings[i], json_string(value));
    }
    face_set(out, "settings", all);
    return rc;
}

enum rc face_settings_put(struct app *a, const json_t *in, json_t *out,
                          struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < countof(settings); i++) {
        const char *value = face_text_or(in, settings[i]);

        if (strlen(value) > name_bytes_max)
            return err_set(err, RC_LIMIT, msg(a->lang, "%s: this is too long"),
                           settings[i]);
        if (json_is_string(json_object_get(in, settings[i])))
            rc = local_put(&a->l, arena_printf(&a->mem, "face_%s", settings[i]),
                           value, err);
    }
    return rc == RC_OK ? put_settings(a, out, err) : rc;
}

enum rc face_hello(struct app *a, const json_t *in, json_t *out,
                   struct err *err)
{
    enum role role;
    enum rc rc = face_role(a, &role, err);

    (void)in;
    if (rc == RC_OK)
        rc = local_areas(&a->l, &a->mem, &a->areas, &a->areas_n, err);
    if (rc == RC_OK)
        rc = put_settings(a, out, err);
    if (rc != RC_OK)
        return rc;
    face_set(out, "user", json_string(face_user(a)));
    face_set(out, "role", json_string(role_word(role)));
    face_set(out, "areas", areas(a));
    face_set(out, "types", json_string(a->l.shape->version));
    return RC_OK;
}

enum rc face_types(struct app *a, const json_t *in, json_t *out,
                   struct err *err)
{
    json_t *list = json_array();
    enum role role;
    size_t i;
    enum rc rc = face_role(a, &role, err);

    (void)in;
    for (i = 0; rc == RC_OK && i < a->l.shape->types_n; i++) {
        const struct shape_type *t = &a->l.shape->types[i];
        json_t *j;

        if ((t->see >> role & 1U) == 0)
            continue;
        j = json_object();
        face_set(j, "type", json_string(t->name));
        face_set(j, "label", face_label(a, &t->label));
        face_set(j, "about", face_label(a, &t->about));
        face_set(j, "write", json_boolean((t->write >> role & 1U) != 0));
        face_add(list, j);
    }
    face_set(out, "types", list);
    return rc;
}

/* {"nl": ..., "en": ...} becomes the text in this language, everywhere. */
static void choose_language(json_t *j, enum lang lang)
{
    const char *key;
    json_t *v, *text;
    void *next;
    size_t i;

    if (json_is_array(j))
        json_array_foreach(j, i, v) choose_language(v, lang);
    if (!json_is_object(j))
        return;
    json_object_foreach_safe(j, next, key, v)
    {
        text = json_object_get(v, lang == LANG_EN ? "en" : "nl");
        if (text != NULL)
            json_object_set(j, key, text);
        else
            choose_language(v, lang);
    }
}

/* The form of a type as stoep-schema writes it, less what this role does not
 * see and what is filled in by itself. */
enum rc face_form(struct app *a, const json_t *in, json_t *out, struct err *err)
{
    struct buf b = buf_make(types_bundle_bytes_max);
    const struct shape_type *t;
    json_t *form, *fields, *kept = json_array(), *f;
    size_t i;
    enum rc rc = face_type(a, in, &t, err);

    if (rc != RC_OK) {
        json_decref(kept);
        return rc;
    }
    emit_form(&b, a->l.shape, t);
    form = json_loadb((const char *)b.p, b.n, 0, NULL);
    buf_free(&b);
    fields = json_object_get(form, "fields");
    json_array_foreach(fields, i, f)
    {
        const struct shape_field *field =
            shape_field_named(t, bytes_of(face_text_or(f, "name")));

        if (app_sees(a, field) && !face_fills(field))
            json_array_append(kept, f);
    }
    face_set(form, "fields", kept);
    face_set(form, "write", json_boolean(face_writes(a, t)));
    choose_language(form, a->lang);
    json_object_update(out, form);
    json_decref(form);
    return RC_OK;
}
