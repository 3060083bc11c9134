/* Records read: lists, one, and those that a person must look at. */
#include "server/desk_record.h"

#include <stdlib.h>
#include <string.h>

#include "sync/base/msg.h"
#include "sync/shape_text.h"

enum { VALUE_TEXT_BYTES_MAX = 64 * 1024, LIST_MAX = 200, REVIEWS_MAX = 200 };

enum rc desk_load(struct desk *d, const json_t *in, struct record *out,
                  struct err *err)
{
    const struct shape_type *t = NULL;
    const char *text = NULL;
    struct record r;
    uint32_t area = 0;
    struct id id;
    enum rc rc = desk_type(d, in, &t, err);

    if (rc == RC_OK)
        rc = desk_area(d, in, &area, err);
    if (rc == RC_OK)
        rc = desk_text(in, "id", &text, err);
    if (rc == RC_OK)
        rc = id_parse(bytes_of(text), &id, err);
    if (rc == RC_OK)
        rc = rows_load(d->store->rows, t, area, &id, d->mem, &r, err);
    if (rc != RC_OK)
        return rc;
    if (r.erased || r.unreadable || !record_exists(&r))
        return err_set(err, RC_NOTFOUND, MSG("this record is not there"));
    desk_names(d, &(struct rows_name){t, area, id});
    *out = record_for(&r, d->who->caller.role, d->mem);
    return RC_OK;
}

/* -- values -------------------------------------------------------------------
 */

static json_t *written(struct desk *d, const struct shape_field *f,
                       const struct value *v, bool plain)
{
    struct buf b = buf_make(VALUE_TEXT_BYTES_MAX);
    json_t *j;

    if (plain)
        shape_write_plain(f, v, &b);
    else
        shape_write(f, v, d->lang, &b);
    j = desk_bytes(buf_view(&b));
    buf_free(&b);
    return j;
}

json_t *desk_value_text(struct desk *d, const struct shape_field *f,
                        const struct value *v)
{
    return written(d, f, v, false);
}

json_t *desk_value_plain(struct desk *d, const struct shape_field *f,
                         const struct value *v)
{
    return written(d, f, v, true);
}

json_t *desk_writer(struct desk *d, const struct origin *by)
{
    struct db_query *q = db_query(
        d->store->db, SQL("SELECT a.name AS user FROM device d JOIN account a"
                          " ON a.number = d.account WHERE d.number = :number"));
    json_t *j = json_object();
    struct err err;

    db_bind_i64(q, "number", by->device);
    if (db_row(q))
        json_object_set_new(j, "user", json_string(db_text(q, "user")));
    if (db_done(q, &err) != RC_OK)
        json_object_clear(j);
    json_object_set_new(j, "device", json_integer(by->device));
    json_object_set_new(j, "number", json_integer((json_int_t)by->number));
    json_object_set_new(j, "ms", json_integer((json_int_t)hlc_ms(by->clock)));
    return j;
}

/* -- a line -------------------------------------------------------------------
 */

static uint64_t changed_ms(const struct record *r)
{
    uint64_t ms = 0;
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < r->fields[f].n; i++)
            if (hlc_ms(r->fields[f].p[i].by->clock) > ms)
                ms = hlc_ms(r->fields[f].p[i].by->clock);
    return ms;
}

/* Its title, or the first thing that somebody filled in. */
static json_t *title_of(struct desk *d, const struct record *r,
                        const struct shown *s)
{
    const struct shape_type *t = r->type;
    const struct shape_field *f =
        t->title == NULL ? NULL : shape_field_named(t, bytes_of(t->title));
    size_t i = f == NULL ? 0 : shape_field_index(t, f);

    if (i > 0 && s->values[i].kind != VALUE_NULL)
        return desk_value_text(d, f, &s->values[i]);
    for (i = 1; i < t->fields_n; i++)
        if (s->values[i].kind != VALUE_NULL && t->fields[i].kind != FIELD_REF)
            return desk_value_text(d, &t->fields[i], &s->values[i]);
    return json_string("");
}

json_t *desk_line(struct desk *d, const struct record *r, const struct shown *s)
{
    char id[ID_TEXT_CHARS + 1];

    return json_pack(
        "{s:s, s:I, s:s, s:I, s:I, s:I, s:o, s:b, s:I}", "type", r->type->name,
        "area", (json_int_t)r->area, "id", id_text(&r->id, id), "version",
        (json_int_t)r->version, "made", (json_int_t)id_ms(&r->id), "changed",
        (json_int_t)changed_ms(r), "title", title_of(d, r, s), "deleted",
        s->deleted, "review", (json_int_t)shown_reviews(s));
}

/* -- lists --------------------------------------------------------------------
 */

struct listing {
    struct desk *d;
    const json_t *where; /* {field: code} */
    const char *const *show;
    json_t *list;
    struct arena mem; /* of one record */
    size_t left;
};

static bool fits(const struct value *v, const char *code)
{
    char id[ID_TEXT_CHARS + 1];

    if (code[0] == '\0')
        return true;
    if (v->kind == VALUE_ID)
        return strcmp(id_text(&v->as.id, id), code) == 0;
    if (v->kind == VALUE_SET)
        return value_has(v, bytes_of(code));
    return v->kind == VALUE_TEXT && bytes_eq(v->as.text, bytes_of(code));
}

static bool wanted(const struct listing *l, const struct record *r,
                   const struct shown *s)
{
    const char *name;
    json_t *code;

    if (s->deleted)
        return false;
    json_object_foreach((json_t *)(uintptr_t)l->where, name, code)
    {
        const struct shape_field *f =
            shape_field_named(r->type, bytes_of(name));
        const char *text = json_string_value(code);

        if (f == NULL || text == NULL ||
            !fits(&s->values[shape_field_index(r->type, f)], text))
            return false;
    }
    return true;
}

/* What a list tells beside the title: choices, dates and workers. */
static void put_short(struct desk *d, const struct record *r,
                      const struct shown *s, json_t *j)
{
    enum role role = d->who->caller.role;
    json_t *values = json_object(), *codes = json_object();
    size_t i;

    for (i = 1; i < r->type->fields_n; i++) {
        const struct shape_field *f = &r->type->fields[i];

        if (s->values[i].kind == VALUE_NULL || f->kind == FIELD_PROSE ||
            f->kind == FIELD_ATTACHMENT || !(f->see >> role & 1U))
            continue;
        if (f->kind != FIELD_REF)
            json_object_set_new(values, f->name,
                                desk_value_text(d, f, &s->values[i]));
        json_object_set_new(codes, f->name,
                            desk_value_plain(d, f, &s->values[i]));
    }
    json_object_set_new(j, "values", values);
    json_object_set_new(j, "codes", codes);
}

static bool on_listed(void *ctx, const struct record *rec)
{
    struct listing *l = ctx;
    struct record r;
    struct shown s;
    json_t *j;

    if (l->left == 0)
        return false;
    arena_reset(&l->mem);
    if (rec->erased || rec->unreadable || !record_exists(rec))
        return true;
    r = record_for(rec, l->d->who->caller.role, &l->mem);
    merge_show_record(&r, &l->mem, &s);
    if (!wanted(l, &r, &s))
        return true;
    j = desk_line(l->d, &r, &s);
    put_short(l->d, &r, &s, j);
    json_array_append_new(l->list, j);
    desk_shows(l->d, &r);
    l->left--;
    return true;
}

/* "area": one of theirs, or 0 and all of theirs. */
static enum rc areas_asked(struct desk *d, const json_t *in, uint32_t *one,
                           struct err *err)
{
    *one = 0;
    if (json_integer_value(json_object_get(in, "area")) == 0)
        return RC_OK;
    return desk_area(d, in, one, err);
}

enum rc desk_list(struct desk *d, const json_t *in, json_t *out,
                  struct err *err)
{
    const struct caller *c = &d->who->caller;
    const struct shape_type *t = NULL;
    struct listing l = {
        .d = d, .where = json_object_get(in, "where"), .list = json_array()};
    bool more = false;
    uint32_t one = 0;
    size_t i;
    enum rc rc = desk_type(d, in, &t, err);

    json_object_set_new(out, "records", l.list);
    if (rc == RC_OK)
        rc = areas_asked(d, in, &one, err);
    for (i = 0; rc == RC_OK && i < c->areas_n; i++) {
        if (one != 0 && c->areas[i] != one)
            continue;
        l.left = LIST_MAX;
        rc = rows_latest(d->store->rows, t, c->areas[i], on_listed, &l, err);
        more |= l.left == 0;
    }
    arena_free(&l.mem);
    json_object_set_new(out, "more", json_boolean(more));
    d->line->area = one;
    d->line->type = t == NULL ? NULL : t->name;
    d->line->counted = true;
    d->line->hits = json_array_size(l.list);
    return rc;
}

/* -- reviews
 * -------------------------------------------------------------------- */

static bool on_review(void *ctx, const struct record *rec)
{
    struct listing *l = ctx;
    struct record r;
    struct shown s;

    if (l->left == 0)
        return false;
    if (!caller_has_area(&l->d->who->caller, rec->area) || rec->unreadable)
        return true;
    arena_reset(&l->mem);
    r = record_for(rec, l->d->who->caller.role, &l->mem);
    merge_show_record(&r, &l->mem, &s);
    if (s.review == 0) /* in a field that is not for them */
        return true;
    json_array_append_new(l->list, desk_line(l->d, &r, &s));
    desk_shows(l->d, &r);
    l->left--;
    return true;
}

enum rc desk_reviews(struct desk *d, const json_t *in, json_t *out,
                     struct err *err)
{
    struct listing l = {.d = d, .list = json_array(), .left = REVIEWS_MAX};
    const struct shape *shape = d->store->shape;
    size_t i;
    enum rc rc = RC_OK;

    (void)in;
    json_object_set_new(out, "records", l.list);
    for (i = 0; rc == RC_OK && i < shape->types_n; i++)
        if (desk_sees(d, &shape->types[i]))
            rc = rows_reviews(d->store->rows, &shape->types[i], on_review, &l,
                              err);
    arena_free(&l.mem);
    json_object_set_new(out, "more", json_boolean(l.left == 0));
    d->line->counted = true;
    d->line->hits = json_array_size(l.list);
    return rc;
}

/* -- one
 * ------------------------------------------------------------------------ */

static json_t *head_json(struct desk *d, const struct shape_field *f,
                         const struct head *h)
{
    json_t *j = desk_writer(d, h->by);

    if (f == NULL) {
        json_object_set_new(j, "deletes",
                            json_boolean(h->value.kind != VALUE_NULL));
        return j;
    }
    json_object_set_new(j, "text", desk_value_text(d, f, &h->value));
    json_object_set_new(j, "plain", desk_value_plain(d, f, &h->value));
    if (h->base.kind != VALUE_NULL)
        json_object_set_new(j, "base", desk_value_text(d, f, &h->base));
    return j;
}

static json_t *field_json(struct desk *d, const struct record *r,
                          const struct shown *s, size_t i)
{
    const struct shape_field *f =
        i == FIELD_DELETED ? NULL : &r->type->fields[i];
    json_t *j = json_object(), *versions = json_array();
    size_t k;

    json_object_set_new(j, "name",
                        json_string(f == NULL ? "deleted" : f->name));
    if (f != NULL) {
        json_object_set_new(j, "text", desk_value_text(d, f, &s->values[i]));
        json_object_set_new(j, "plain", desk_value_plain(d, f, &s->values[i]));
    }
    json_object_set_new(j, "review", json_boolean(s->review >> i & 1U));
    for (k = 0; k < r->fields[i].n; k++)
        json_array_append_new(versions, head_json(d, f, &r->fields[i].p[k]));
    json_object_set_new(j, "versions", versions);
    return j;
}

enum rc desk_show(struct desk *d, const json_t *in, json_t *out,
                  struct err *err)
{
    json_t *fields = json_array(), *line;
    struct record r;
    struct shown s;
    size_t i;
    enum rc rc = desk_load(d, in, &r, err);

    if (rc == RC_OK) {
        merge_show_record(&r, d->mem, &s);
        line = desk_line(d, &r, &s);
        json_object_update(out, line);
        json_decref(line);
        for (i = 0; i < r.type->fields_n; i++)
            if (r.fields[i].n > 0 &&
                (r.type->fields[i].see >> d->who->caller.role & 1U))
                json_array_append_new(fields, field_json(d, &r, &s, i));
    }
    json_object_set_new(out, "fields", fields);
    return rc;
}
