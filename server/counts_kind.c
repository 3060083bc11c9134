/* What of the record types is counted (counts.h). */
#include <string.h>

#include "server/counts.h"

static bool for_analysts(role_set see)
{
    return (see & 1U << ROLE_ANALYST) != 0;
}

static bool counted_by(const struct shape_field *f)
{
    return f->kind == FIELD_CHOICE && !f->retired && shape_may_count(f);
}

static struct count_kind kind_of(const struct shape_type *t, struct arena *mem)
{
    struct count_kind k = {.type = t, .columns_n = 1};
    size_t i;

    k.fields = arena_new(mem, t->fields_n * sizeof *k.fields);
    for (i = FIELD_DELETED + 1;
         i < t->fields_n && k.fields_n < LABEL_FIELDS_MAX; i++) {
        const struct shape_field *f = &t->fields[i];
        size_t n = counted_by(f) ? f->list->choices_n + 1 : 0;

        if (n == 0)
            continue;
        k.fields[k.fields_n++] = (struct count_field){
            .field = f, .at = i, .labels = {k.columns_n, n, f->set}};
        k.columns_n += n;
    }
    k.place = shape_first(t, FIELD_CODE);
    k.point = shape_first(t, FIELD_POINT);
    k.collector = shape_first(t, FIELD_WORKER);
    return k;
}

void counts_kinds(const struct shape *shape, struct arena *mem,
                  struct count_kind **out, size_t *n)
{
    size_t i;

    *out = arena_new(mem, shape->types_n * sizeof **out);
    for (i = *n = 0; i < shape->types_n; i++)
        if (!shape->types[i].apart && for_analysts(shape->types[i].see))
            (*out)[(*n)++] = kind_of(&shape->types[i], mem);
}

enum rc counts_kind_named(const struct count_kind *kinds, size_t n,
                          const char *name, const struct count_kind **out,
                          struct err *err)
{
    struct buf names = buf_make(4096);
    size_t i;
    enum rc rc;

    for (i = 0; i < n; i++) {
        if (strcmp(kinds[i].type->name, name) == 0) {
            *out = &kinds[i];
            buf_free(&names);
            return RC_OK;
        }
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", kinds[i].type->name);
    }
    rc = err_set(err, RC_INVALID, "\"%s\" is not counted; %s are", name,
                 buf_text(&names));
    buf_free(&names);
    return rc;
}

const struct count_field *counts_field_named(const struct count_kind *k,
                                             const char *name)
{
    size_t i;

    for (i = 0; i < k->fields_n; i++)
        if (strcmp(k->fields[i].field->name, name) == 0)
            return &k->fields[i];
    for (i = 0; i < k->fields_n; i++)
        if (strcmp(k->fields[i].field->list->name, name) == 0)
            return &k->fields[i];
    return NULL;
}

const struct count_field *counts_field_of(const struct count_kind *k,
                                          size_t column)
{
    size_t i;

    for (i = 0; i < k->fields_n; i++)
        if (column >= k->fields[i].labels.first &&
            column < k->fields[i].labels.first + k->fields[i].labels.n)
            return &k->fields[i];
    return NULL;
}

const struct shape_choice *counts_choice_of(const struct count_kind *k,
                                            size_t column)
{
    const struct count_field *f = counts_field_of(k, column);

    if (f == NULL || column + 1 == f->labels.first + f->labels.n)
        return NULL;
    return &f->field->list->choices[column - f->labels.first];
}
