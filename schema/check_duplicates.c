/* How records of a type are said to be the same matter. */
#include "schema/check.h"

#include <string.h>

/* A set of references that only grows or shrinks member by member. */
static size_t set_of(struct reader *r, const struct node *n,
                     const struct shape_type *type)
{
    const char *name = read_text(r, n);
    const struct shape_field *f = shape_field_named(type, bytes_of(name));

    if (f != NULL && f->kind == FIELD_REF && f->set &&
        f->policy == POLICY_UNION)
        return shape_field_index(type, f);
    complain(r, n,
             "name a field with `kind: ref`, `set: true` and"
             " `policy: union`",
             "field `%s` holds no set of references", name);
    return 0;
}

static void check_names_own(struct reader *r, const struct node *n,
                            const struct shape_type *type, size_t f)
{
    const struct shape_field *field = &type->fields[f];

    if (f != 0 && (field->to_n != 1 || field->to[0] != type))
        complain(r, n, "let it refer to the type itself",
                 "field `%s` names records that are no %s", field->name,
                 type->name);
}

void check_duplicates(struct reader *r, const struct node *n,
                      struct shape_type *type)
{
    enum { INTO, UNLIKE, FIELD, CODE };
    static const char how[] = "write `duplicates: {into: ..., unlike: ...,"
                              " field: status, code: merged}`";
    static const struct key keys[] = {[INTO] = {"into", how},
                                      [UNLIKE] = {"unlike", how},
                                      [FIELD] = {"field", how},
                                      [CODE] = {"code", how}};
    const struct node *v[countof(keys)];
    struct shape_duplicates *d = arena_new(r->mem, sizeof *d);

    if (!read_keys(r, n, n, "`duplicates`", keys, countof(keys), v) ||
        v[INTO] == NULL || v[UNLIKE] == NULL || v[FIELD] == NULL ||
        v[CODE] == NULL)
        return;
    d->into = check_field_of(r, v[INTO], type, FIELD_REF);
    d->unlike = set_of(r, v[UNLIKE], type);
    d->field = check_field_of(r, v[FIELD], type, FIELD_CHOICE);
    check_names_own(r, v[INTO], type, d->into);
    check_names_own(r, v[UNLIKE], type, d->unlike);
    if (d->field != 0 && type->fields[d->field].list != NULL)
        d->code = check_code_of(r, v[CODE], type->fields[d->field].list);
    if (d->into != 0 && d->unlike != 0 && d->code != NULL)
        type->duplicates = d;
}
