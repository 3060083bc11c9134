#include "sync/fill.h"

bool fill_fields(const struct shape_type *t, size_t *code, size_t *point)
{
    *code = shape_first(t, FIELD_CODE);
    *point = shape_first(t, FIELD_POINT);
    return *code != 0 && *point != 0;
}

struct write fill_write(size_t field, struct bytes code)
{
    return (struct write){.field = (uint16_t)field,
                          .value = value_bytes(code),
                          .base = value_bytes(code)};
}

bool fill_made(const struct value *value, const struct value *base)
{
    return value->kind != VALUE_NULL && value_eq(value, base);
}

bool fill_stands(const struct heads *h)
{
    const struct head *last = h->n > 0 ? &h->p[h->n - 1] : NULL;

    return last != NULL && fill_made(&last->value, &last->base);
}

bool fill_may(const struct value *stands, bool filled,
              const struct write *given)
{
    if (given != NULL)
        return given->value.kind == VALUE_NULL ||
               fill_made(&given->value, &given->base);
    return stands->kind == VALUE_NULL || filled;
}
