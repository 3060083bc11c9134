#include "sync/changeset.h"

#include "sync/limits.h"

bool changeset_deletes(const struct changeset *c)
{
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        if (c->writes[i].field == FIELD_DELETED &&
            c->writes[i].value.kind != VALUE_NULL)
            return true;
    return false;
}

static enum rc value_fits(const struct shape_field *f, const struct value *v,
                          struct err *err)
{
    enum value_kind want = VALUE_TEXT;

    switch (f->kind) {
    case FIELD_INT:
    case FIELD_MONEY: want = VALUE_INT; break;
    case FIELD_REF: want = VALUE_ID; break;
    case FIELD_TEXT:
    case FIELD_PROSE:
    case FIELD_CHOICE:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_POINT:
    case FIELD_CODE:
    case FIELD_WORKER:
    case FIELD_ATTACHMENT: break;
    case FIELD_KINDS_N: assert(false);
    }
    if (f->set)
        want = VALUE_SET;
    if (v->kind != VALUE_NULL && v->kind != want)
        return err_set(err, RC_INVALID, "field %s holds no such value",
                       f->name);
    if (v->kind == VALUE_SET && v->as.set.n > set_members_max)
        return err_set(err, RC_LIMIT, "field %s: a set of %zu (at most %d)",
                       f->name, v->as.set.n, set_members_max);
    if (value_bytes_n(v) > value_bytes_max)
        return err_set(err, RC_LIMIT, "field %s: a value over %d bytes",
                       f->name, value_bytes_max);
    return RC_OK;
}

enum rc changeset_check(const struct changeset *c, struct err *err)
{
    uint64_t seen = 0;
    size_t i;
    enum rc rc;

    static_assert(fields_per_type_max <= 64, "a field is a bit of `seen`");
    if (c->writes_n == 0)
        return err_set(err, RC_INVALID, "changeset without a write");
    if (id_is_null(&c->record))
        return err_set(err, RC_INVALID, "changeset without a record");
    for (i = 0; i < c->writes_n; i++) {
        const struct write *w = &c->writes[i];
        const struct shape_field *f;

        if (w->field >= c->type->fields_n)
            return err_set(err, RC_INVALID, "%s has no field number %u",
                           c->type->name, (unsigned)w->field);
        f = &c->type->fields[w->field];
        if (seen & UINT64_C(1) << w->field)
            return err_set(err, RC_INVALID, "field %s is written twice",
                           f->name);
        seen |= UINT64_C(1) << w->field;
        rc = value_fits(f, &w->value, err);
        if (rc == RC_OK)
            rc = value_fits(f, &w->base, err);
        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

bool changeset_eq(const struct changeset *a, const struct changeset *b)
{
    size_t i;

    if (a->device != b->device || a->number != b->number ||
        a->clock != b->clock || a->area != b->area || a->type != b->type ||
        !id_eq(&a->record, &b->record) || a->base_version != b->base_version ||
        a->writes_n != b->writes_n)
        return false;
    for (i = 0; i < a->writes_n; i++)
        if (a->writes[i].field != b->writes[i].field ||
            !value_eq(&a->writes[i].value, &b->writes[i].value) ||
            !value_eq(&a->writes[i].base, &b->writes[i].base))
            return false;
    return true;
}

struct changeset changeset_copy(const struct changeset *c, struct arena *mem)
{
    struct write *w = arena_new(mem, c->writes_n * sizeof *w);
    struct changeset copy = *c;
    size_t i;

    for (i = 0; i < c->writes_n; i++) {
        w[i].field = c->writes[i].field;
        w[i].value = value_copy(&c->writes[i].value, mem);
        w[i].base = value_copy(&c->writes[i].base, mem);
    }
    copy.writes = w;
    return copy;
}

void writes_pack(const struct changeset *c, struct buf *out)
{
    size_t i;

    pack_u64(out, c->writes_n);
    for (i = 0; i < c->writes_n; i++) {
        pack_u64(out, c->writes[i].field);
        value_pack(&c->writes[i].value, out);
        value_pack(&c->writes[i].base, out);
    }
}

enum rc writes_unpack(struct changeset *c, struct bytes packed,
                      struct arena *mem, struct err *err)
{
    struct unpack u = {.in = packed};
    size_t i, n = (size_t)unpack_u64(&u, c->type->fields_n);
    struct write *w = arena_new(mem, n * sizeof *w);

    for (i = 0; i < n; i++) {
        w[i].field = (uint16_t)unpack_u64(&u, c->type->fields_n - 1);
        w[i].value = value_unpack(&u, mem);
        w[i].base = value_unpack(&u, mem);
        shape_modernise(&c->type->fields[w[i].field], &w[i].value, mem);
        shape_modernise(&c->type->fields[w[i].field], &w[i].base, mem);
    }
    if (u.bad || u.in.n != 0)
        return err_set(err, RC_CORRUPT, "damaged writes of a %s",
                       c->type->name);
    c->writes = w;
    c->writes_n = n;
    return RC_OK;
}
