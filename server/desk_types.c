/* The record types as forms (schema/emit.h), those that the role may see. */
#include "schema/emit.h"
#include "server/desk_record.h"
#include "sync/limits.h"

enum { FORM_BYTES_MAX = 256 * 1024 };

static json_t *form_of(const struct desk *d, const struct shape_type *t)
{
    struct buf b = buf_make(FORM_BYTES_MAX);
    json_t *j, *fields;
    size_t i;

    emit_form(&b, d->store->shape, t);
    j = json_loadb((const char *)b.p, b.n, 0, NULL);
    buf_free(&b);
    json_object_set_new(j, "writes",
                        json_boolean(t->write >> d->who->caller.role & 1U));
    fields = json_object_get(j, "fields");
    for (i = 0; i < json_array_size(fields);) {
        const char *name = json_string_value(
            json_object_get(json_array_get(fields, i), "name"));
        const struct shape_field *f = shape_field_named(t, bytes_of(name));

        if (f->see >> d->who->caller.role & 1U)
            i++;
        else
            json_array_remove(fields, i);
    }
    return j;
}

enum rc desk_types(struct desk *d, const json_t *in, json_t *out,
                   struct err *err)
{
    const struct shape *s = d->store->shape;
    json_t *list = json_array();
    size_t i;

    (void)in;
    (void)err;
    for (i = 0; i < s->types_n; i++)
        if (desk_sees(d, &s->types[i]))
            json_array_append_new(list, form_of(d, &s->types[i]));
    json_object_set_new(out, "version", json_string(s->version));
    json_object_set_new(out, "types", list);
    return RC_OK;
}
