/* When a record is closed, from which its term may count; and when it is not
 * counted. */
#include "schema/check.h"

static const char *const *read_codes(struct reader *r, const struct node *n,
                                     const struct shape_list *l, size_t *out)
{
    const char **codes = arena_new(r->mem, node_items_n(n) * sizeof *codes);
    size_t i;

    for (i = 0; i < node_items_n(n); i++) {
        codes[*out] = check_code_of(r, node_item(n, i), l);
        *out += codes[*out] != NULL;
    }
    return codes;
}

void check_closed(struct reader *r, const struct node *n,
                  struct shape_type *type)
{
    enum { FIELD, CODES, WITH };
    static const struct key keys[] = {[FIELD] = {"field", NULL},
                                      [CODES] = {"codes", NULL},
                                      [WITH] = {"with", NULL}};
    const struct node *v[countof(keys)];
    struct shape_closed *c = arena_new(r->mem, sizeof *c);

    if (!read_keys(r, n, n, "`closed`", keys, countof(keys), v))
        return;
    if ((v[WITH] != NULL) == (v[FIELD] != NULL) ||
        (v[FIELD] != NULL) != (v[CODES] != NULL)) {
        complain(r, n,
                 "write `closed: {field: status, codes: [...]}`, or"
                 " `closed: {with: ...}`",
                 "it does not say when a %s is closed", type->name);
        return;
    }
    if (v[WITH] != NULL)
        c->with = check_field_of(r, v[WITH], type, FIELD_REF);
    else
        c->field = check_field_of(r, v[FIELD], type, FIELD_CHOICE);
    if (c->field != 0 && type->fields[c->field].list != NULL)
        c->codes =
            read_codes(r, v[CODES], type->fields[c->field].list, &c->codes_n);
    if (c->with != 0 || c->codes_n > 0)
        type->closed = c;
}

void check_closed_with(struct reader *r, const struct node *n,
                       const struct shape_type *type)
{
    size_t i;

    if (type->closed == NULL || type->closed->with == 0)
        return;
    for (i = 0; i < type->fields[type->closed->with].to_n; i++) {
        const struct shape_type *to = type->fields[type->closed->with].to[i];

        if (to->closed == NULL || to->closed->with != 0)
            complain(r, n, "say of that type by which field it is closed",
                     "a %s is closed with a %s, which is never closed",
                     type->name, to->name);
    }
}

void check_uncounted(struct reader *r, const struct node *n,
                     struct shape_type *type)
{
    enum { FIELD, CODES };
    static const char how[] = "write `uncounted: {field: visibility, codes:"
                              " [...]}`";
    static const struct key keys[] = {
        [FIELD] = {"field", how}, [CODES] = {"codes", how}};
    const struct node *v[countof(keys)];
    struct shape_uncounted *u = arena_new(r->mem, sizeof *u);

    if (!read_keys(r, n, n, "`uncounted`", keys, countof(keys), v) ||
        v[FIELD] == NULL || v[CODES] == NULL)
        return;
    u->field = check_field_of(r, v[FIELD], type, FIELD_CHOICE);
    if (u->field != 0 && type->fields[u->field].list != NULL)
        u->codes =
            read_codes(r, v[CODES], type->fields[u->field].list, &u->codes_n);
    if (u->codes_n > 0)
        type->uncounted = u;
}
