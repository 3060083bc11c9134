#include "client/edit.h"

#include <stdio.h>
#include <string.h>

#include "client/attach.h"
#include "client/screened.h"
#include "sync/fill.h"
#include "sync/shape_text.h"
#include "sync/sys/random.h"

void edit_new(struct edit *e, struct app *a, const struct shape_type *type,
              uint32_t area, const struct id *id)
{
    uint8_t random[ID_RANDOM_BYTES];
    struct record none;

    *e = (struct edit){.app = a, .type = type, .area = area, .fresh = true};
    random_bytes(random, sizeof random);
    e->id = id != NULL ? *id : id_make(a->now_ms, random);
    none = record_new(type, &e->id, area, &a->mem);
    merge_show_record(&none, &a->mem, &e->shown);
}

enum rc edit_open(struct edit *e, struct app *a, const struct rows_name *name,
                  struct err *err)
{
    struct record r;
    size_t code, point;
    enum rc rc = rows_load(a->l.rows, name->type, name->area, &name->id,
                           &a->mem, &r, err);

    if (rc != RC_OK)
        return rc;
    *e = (struct edit){
        .app = a, .type = name->type, .area = name->area, .id = name->id};
    merge_show_record(&r, &a->mem, &e->shown);
    if (fill_fields(e->type, &code, &point))
        e->filled = fill_stands(&r.fields[code]);
    return RC_OK;
}

static struct write *write_to(struct edit *e, size_t field)
{
    size_t i;

    for (i = 0; i < e->n; i++)
        if (e->writes[i].field == field)
            return &e->writes[i];
    e->writes[e->n] = (struct write){.field = (uint16_t)field};
    return &e->writes[e->n++];
}

/* As it would stand with what was entered so far. */
static struct value current(const struct edit *e, size_t field)
{
    size_t i;

    for (i = 0; i < e->n; i++)
        if (e->writes[i].field == field)
            return e->writes[i].value;
    return e->shown.values[field];
}

/* A set with members of another added or taken away. */
static struct value combine(struct edit *e, struct value have,
                            struct value with, enum edit_op op)
{
    size_t i, n = 0, most;
    struct bytes *p;

    most = (have.kind == VALUE_SET ? have.as.set.n : 0) +
           (with.kind == VALUE_SET ? with.as.set.n : 0);
    p = arena_new(&e->app->mem, (most + 1) * sizeof *p);
    for (i = 0; have.kind == VALUE_SET && i < have.as.set.n; i++)
        if (op == EDIT_ADD || with.kind != VALUE_SET ||
            !value_has(&with, have.as.set.p[i]))
            p[n++] = have.as.set.p[i];
    for (i = 0; op == EDIT_ADD && with.kind == VALUE_SET && i < with.as.set.n;
         i++)
        p[n++] = with.as.set.p[i];
    return value_set(p, n);
}

/* The record that a reference names, if it is of a type that it may name. */
static enum rc find_target(struct app *a, const struct shape_field *f,
                           const char *text, struct rows_name *out,
                           struct err *err)
{
    struct buf list = buf_make(200);
    size_t i;
    enum rc rc = app_find(a, text, out, err);

    if (rc != RC_OK)
        return err_wrap(err, rc, "%s", label_in(&f->label, a->lang));
    for (i = 0; i < f->to_n; i++) {
        if (f->to[i] == out->type)
            break;
        buf_printf(&list, "%s%s", i > 0 ? ", " : "",
                   label_in(&f->to[i]->label, a->lang));
    }
    if (f->to_n > 0 && i == f->to_n)
        rc = err_set(err, RC_INVALID,
                     msg(a->lang, "%s: %s is a %s; wanted is: %s"),
                     label_in(&f->label, a->lang), text,
                     label_in(&out->type->label, a->lang), buf_text(&list));
    buf_free(&list);
    return rc;
}

/* Names of other records and of files become what the field holds. */
static enum rc resolve(struct edit *e, const struct shape_field *f,
                       struct bytes *typed, struct err *err)
{
    struct app *a = e->app;
    char *text = arena_text(&a->mem, (const char *)typed->p, typed->n);
    char *buf;
    struct rows_name name;
    enum rc rc;

    if (f->kind == FIELD_REF && !f->set && typed->n > 0) {
        rc = find_target(a, f, text, &name, err);
        if (rc != RC_OK)
            return rc;
        buf = arena_new(&a->mem, ID_TEXT_CHARS + 1);
        *typed = bytes_of(id_text(&name.id, buf));
    } else if (f->kind == FIELD_ATTACHMENT && text[0] == '@') {
        buf = arena_new(&a->mem, DIGEST_HEX_CHARS + 1);
        rc = attach_add(&a->l, text + 1, e->area, a->lang, buf, err);
        if (rc != RC_OK)
            return err_wrap(err, rc, "%s", label_in(&f->label, a->lang));
        *typed = bytes_of(buf);
    }
    return RC_OK;
}

static enum rc find_field(const struct edit *e, struct bytes name,
                          const struct shape_field **out, struct err *err)
{
    struct buf list = buf_make(300);
    size_t i;

    *out = shape_field_named(e->type, name);
    if (*out != NULL && *out != &e->type->fields[FIELD_DELETED])
        return app_sees(e->app, *out)
                   ? RC_OK
                   : err_set(err, RC_DENIED,
                             msg(e->app->lang,
                                 "%s is not for your role: leave it out"),
                             label_in(&(*out)->label, e->app->lang));
    for (i = 1; i < e->type->fields_n; i++)
        if (!e->type->fields[i].retired)
            buf_printf(&list, "%s%s", i > 1 ? ", " : "",
                       e->type->fields[i].name);
    err_set(err, RC_INVALID,
            msg(e->app->lang, "%s has no field \"%.*s\"; there are: %s"),
            label_in(&e->type->label, e->app->lang), (int)name.n,
            (const char *)name.p, buf_text(&list));
    buf_free(&list);
    return RC_INVALID;
}

enum rc edit_field(struct edit *e, struct bytes field, enum edit_op op,
                   struct bytes typed, struct err *err)
{
    struct app *a = e->app;
    const struct shape_field *f;
    struct value v;
    size_t i;
    enum rc rc = find_field(e, field, &f, err);

    if (rc != RC_OK)
        return rc;
    if (op != EDIT_SET && !f->set)
        return err_set(err, RC_INVALID,
                       msg(a->lang, "%s holds one value: use ="),
                       label_in(&f->label, a->lang));
    rc = resolve(e, f, &typed, err);
    if (rc == RC_OK)
        rc = shape_read(f, typed, a->now_ms, a->lang, &a->mem, &v, err);
    if (rc == RC_OK)
        rc = screened(a, f, &v, err);
    if (rc != RC_OK)
        return rc;
    i = shape_field_index(e->type, f);
    if (op != EDIT_SET)
        v = combine(e, current(e, i), v, op);
    *write_to(e, i) = (struct write){.field = (uint16_t)i, .value = v};
    return RC_OK;
}

enum rc edit_word(struct edit *e, const char *word, struct err *err)
{
    const char *equals = strchr(word, '=');
    struct bytes field;
    enum edit_op op = EDIT_SET;

    if (equals == NULL || equals == word)
        return err_set(err, RC_INVALID,
                       msg(e->app->lang, "\"%s\": write field=value"), word);
    field = (struct bytes){(const uint8_t *)word, (size_t)(equals - word)};
    if (equals[-1] == '+' || equals[-1] == '-') {
        op = equals[-1] == '+' ? EDIT_ADD : EDIT_REMOVE;
        field.n--;
    }
    return edit_field(e, field, op, bytes_of(equals + 1), err);
}

/* A member of a set in double quotes, so that it is read as one. */
static void put_quoted(struct buf *b, const char *s)
{
    buf_puts(b, "\"");
    for (; *s != '\0'; s++) {
        if (*s == '"')
            buf_puts(b, "\"");
        buf_put(b, s, 1);
    }
    buf_puts(b, "\";");
}

static enum rc put_member(struct edit *e, const char *field,
                          const json_t *member, struct buf *b, struct err *err)
{
    const struct shape_field *f = shape_field_named(e->type, bytes_of(field));
    const char *s = json_string_value(member);
    char id[ID_TEXT_CHARS + 1];
    struct rows_name name;
    enum rc rc;

    if (s == NULL)
        return err_set(err, RC_INVALID,
                       msg(e->app->lang, "%s: a set holds texts"), field);
    if (f != NULL && f->kind == FIELD_REF) {
        rc = find_target(e->app, f, s, &name, err);
        if (rc != RC_OK)
            return rc;
        s = id_text(&name.id, id);
    }
    put_quoted(b, s);
    return RC_OK;
}

/* What JSON holds, as somebody would type it. */
static enum rc as_typed(struct edit *e, const char *field, const json_t *value,
                        struct buf *b, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    if (json_is_null(value))
        return RC_OK;
    if (json_is_string(value)) {
        buf_puts(b, json_string_value(value));
        return RC_OK;
    }
    if (json_is_integer(value)) {
        buf_printf(b, "%lld", (long long)json_integer_value(value));
        return RC_OK;
    }
    if (json_is_real(value)) {
        buf_printf(b, "%.2f", json_real_value(value));
        return RC_OK;
    }
    if (!json_is_array(value))
        return err_set(err, RC_INVALID,
                       msg(e->app->lang, "%s: this value is not allowed"),
                       field);
    for (i = 0; rc == RC_OK && i < json_array_size(value); i++)
        rc = put_member(e, field, json_array_get(value, i), b, err);
    return rc;
}

enum rc edit_json(struct edit *e, const char *field, enum edit_op op,
                  const json_t *value, struct err *err)
{
    struct buf b = buf_make(changeset_bytes_max);
    enum rc rc = as_typed(e, field, value, &b, err);

    if (rc == RC_OK && b.full)
        rc = err_set(err, RC_LIMIT, msg(e->app->lang, "%s: this is too long"),
                     field);
    if (rc == RC_OK)
        rc = edit_field(e, bytes_of(field), op,
                        arena_bytes(&e->app->mem, buf_view(&b)), err);
    buf_free(&b);
    return rc;
}

void edit_delete(struct edit *e)
{
    write_to(e, FIELD_DELETED)->value = value_int(1);
}

enum rc edit_save(struct edit *e, struct err *err)
{
    struct changeset c = {.area = e->area, .type = e->type, .record = e->id};
    struct db_query *q;
    enum rc rc = edit_fill(e, err);

    if (rc != RC_OK)
        return rc;
    if (e->n == 0)
        return err_set(err, RC_INVALID,
                       msg(e->app->lang, "nothing was filled in"));
    c.writes = e->writes;
    c.writes_n = e->n;
    if (e->seen != NULL)
        rc = local_save_seen(&e->app->l, &c, *e->seen, e->app->now_ms,
                             &e->app->mem, err);
    else
        rc = local_save(&e->app->l, &c, e->app->now_ms, &e->app->mem, err);
    if (rc != RC_OK)
        return rc;
    q = db_query(e->app->l.db,
                 SQL("INSERT INTO name(name, record) VALUES ('@last', :id)"
                     " ON CONFLICT (name) DO UPDATE"
                     " SET record = excluded.record"));
    db_bind_blob(q, "id", id_bytes(&e->id));
    return db_done(db_run_at(q), err);
}

const char *edit_missing(const struct edit *e)
{
    struct buf b = buf_make(400);
    const char *out = NULL;
    size_t i;

    for (i = 1; i < e->type->fields_n; i++) {
        const struct shape_field *f = &e->type->fields[i];

        if (f->required && !f->retired && app_sees(e->app, f) &&
            current(e, i).kind == VALUE_NULL)
            buf_printf(&b, "%s%s", b.n > 0 ? ", " : "",
                       label_in(&f->label, e->app->lang));
    }
    if (b.n > 0)
        out = arena_text(&e->app->mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}
