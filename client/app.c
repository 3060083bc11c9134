#include "client/app.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/merge.h"
#include "sync/shape_text.h"

enum { SHORT_DIGITS = 8, TAIL_DIGITS_MIN = 4, SEVERAL = 2 };

static int exit_of(const struct err *err)
{
    static const struct {
        const char *reason; /* of client/line.h */
        enum app_exit code;
    } all[] = {{"portal", EXIT_BLOCKED},
               {"proxy", EXIT_BLOCKED},
               {"foreign", EXIT_BLOCKED},
               {"strange", EXIT_BLOCKED},
               {"clock", EXIT_CLOCK}};
    size_t i;

    for (i = 0; err->reason != NULL && i < countof(all); i++)
        if (strcmp(err->reason, all[i].reason) == 0)
            return all[i].code;
    return err->code == RC_NETWORK || err->code == RC_BUSY ? EXIT_NETWORK
                                                           : EXIT_FAILED;
}

int app_failed(const struct app *a, const struct err *err)
{
    /* A text of its own; msg() gives back what it does not know. */
    const char *text = msg(a->lang, err->text);

    if (err->code == RC_NETWORK && err->reason == NULL)
        fprintf(stderr,
                msg(a->lang, "stoep: no answer from the server; nothing is"
                             " lost, try again later (%s)\n"),
                text);
    else
        fprintf(stderr, "stoep: %s\n", text);
    if (a->json)
        app_print_json(
            json_pack("{s:s, s:s}", "code",
                      err->reason != NULL ? err->reason : rc_word(err->code),
                      "text", text));
    return exit_of(err);
}

/* -- finding ------------------------------------------------------------ */

const char *app_short(struct app *a, const struct id *id)
{
    char text[ID_TEXT_CHARS + 1];

    id_text(id, text);
    return arena_text(&a->mem, text + ID_TEXT_CHARS - SHORT_DIGITS,
                      SHORT_DIGITS);
}

static enum rc find_named(struct app *a, const char *name, struct id *out,
                          struct err *err)
{
    struct db_query *q =
        db_query(a->l.db, SQL("SELECT record FROM name WHERE name = :name"));
    bool found;
    enum rc rc;

    db_bind_text(q, "name", name);
    found = db_row(q) && db_blob(q, "record").n == ID_BYTES;
    if (found)
        memcpy(out->b, db_blob(q, "record").p, ID_BYTES);
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc = err_set(err, RC_NOTFOUND,
                     msg(a->lang, "there is nothing called %s"), name);
    return rc;
}

static enum rc find_tail(struct app *a, const char *text, struct rows_name *out,
                         struct err *err)
{
    struct rows_name found[SEVERAL];
    size_t n = 0;
    enum rc rc;

    if (strlen(text) < TAIL_DIGITS_MIN ||
        strspn(text, "0123456789abcdefABCDEF") != strlen(text))
        return err_set(err, RC_INVALID,
                       msg(a->lang, "\"%s\" names no record; use the digits"
                                    " that `stoep list` shows"),
                       text);
    rc = rows_ending(a->l.rows, bytes_of(text), found, SEVERAL, &n, err);
    if (rc != RC_OK)
        return rc;
    if (n == 0)
        return err_set(err, RC_NOTFOUND, msg(a->lang, "there is no record %s"),
                       text);
    if (n > 1)
        return err_set(err, RC_INVALID,
                       msg(a->lang, "several records end in %s; give more"
                                    " digits"),
                       text);
    *out = found[0];
    return RC_OK;
}

enum rc app_find(struct app *a, const char *text, struct rows_name *out,
                 struct err *err)
{
    struct id id;
    enum rc rc = RC_OK;

    if (text[0] == '@')
        rc = find_named(a, text, &id, err);
    else if (id_parse(bytes_of(text), &id, NULL) != RC_OK)
        return find_tail(a, text, out, err);
    if (rc == RC_OK)
        rc = rows_find(a->l.rows, &id, &out->type, &out->area, err);
    if (rc == RC_NOTFOUND)
        rc = err_set(err, rc, msg(a->lang, "there is no record %s"), text);
    out->id = id;
    return rc;
}

static enum rc read_areas(struct app *a, struct err *err)
{
    if (a->areas != NULL)
        return RC_OK;
    return local_areas(&a->l, &a->mem, &a->areas, &a->areas_n, err);
}

enum rc app_area(struct app *a, uint32_t *out, struct err *err)
{
    size_t i, granted = 0;
    enum rc rc = read_areas(a, err);

    if (rc != RC_OK)
        return rc;
    for (i = 0; i < a->areas_n; i++) {
        const struct area_info *info = &a->areas[i].info;

        if (!a->areas[i].granted)
            continue;
        granted++;
        if (a->area == NULL || bytes_eq(info->slug, bytes_of(a->area)))
            *out = info->number;
        if (a->area != NULL && bytes_eq(info->slug, bytes_of(a->area)))
            return RC_OK;
    }
    if (a->area != NULL)
        return err_set(err, RC_NOTFOUND,
                       msg(a->lang, "you have no area \"%s\"; `stoep status`"
                                    " lists them"),
                       a->area);
    if (granted == 1)
        return RC_OK;
    return err_set(err, RC_INVALID, "%s",
                   granted == 0
                       ? msg(a->lang, "no area yet: run `stoep sync` first")
                       : msg(a->lang, "which area? add --area; `stoep status`"
                                      " lists them"));
}

const char *app_area_slug(struct app *a, uint32_t number)
{
    struct err err;
    size_t i;

    if (read_areas(a, &err) == RC_OK)
        for (i = 0; i < a->areas_n; i++)
            if (a->areas[i].info.number == number)
                return arena_text(&a->mem,
                                  (const char *)a->areas[i].info.slug.p,
                                  a->areas[i].info.slug.n);
    return arena_printf(&a->mem, "%" PRIu32, number);
}

enum rc app_type(struct app *a, const char *name, const struct shape_type **out,
                 struct err *err)
{
    struct buf list = buf_make(300);
    size_t i;

    *out = shape_type_named(a->l.shape, bytes_of(name));
    if (*out != NULL)
        return RC_OK;
    for (i = 0; i < a->l.shape->types_n; i++)
        buf_printf(&list, "%s%s", i > 0 ? ", " : "", a->l.shape->types[i].name);
    err_set(err, RC_INVALID,
            msg(a->lang, "there is no record type \"%s\"; there are: %s"), name,
            buf_text(&list));
    buf_free(&list);
    return RC_INVALID;
}

/* -- JSON --------------------------------------------------------------- */

static json_t *json_text(struct bytes b)
{
    return json_stringn((const char *)b.p, b.n);
}

static json_t *json_value(const struct shape_field *f, const struct value *v)
{
    struct buf b;
    json_t *j;
    size_t i;

    switch (v->kind) {
    case VALUE_NULL: return json_null();
    case VALUE_INT:
        if (f->kind != FIELD_MONEY)
            return json_integer(v->as.i);
        break;
    case VALUE_TEXT: return json_text(v->as.text);
    case VALUE_ID: break;
    case VALUE_SET:
        j = json_array();
        for (i = 0; i < v->as.set.n; i++)
            json_array_append_new(j, json_text(v->as.set.p[i]));
        return j;
    }
    b = buf_make(256);
    shape_write_plain(f, v, &b);
    j = json_text(buf_view(&b));
    buf_free(&b);
    return j;
}

json_t *app_json(struct app *a, const struct record *r)
{
    char text[ID_TEXT_CHARS + 1];
    json_t *fields = json_object(), *review = json_array(), *j;
    struct shown s;
    size_t f;

    merge_show_record(r, &a->mem, &s);
    for (f = 1; f < r->type->fields_n; f++)
        if (s.values[f].kind != VALUE_NULL)
            json_object_set_new(fields, r->type->fields[f].name,
                                json_value(&r->type->fields[f], &s.values[f]));
    for (f = 0; f < r->type->fields_n; f++)
        if (s.review & UINT64_C(1) << f)
            json_array_append_new(review, json_string(r->type->fields[f].name));
    j = json_pack("{s:s, s:s, s:s}", "type", r->type->name, "id",
                  id_text(&r->id, text), "area", app_area_slug(a, r->area));
    if (s.deleted)
        json_object_set_new(j, "deleted", json_true());
    if (json_array_size(review) > 0)
        json_object_set(j, "review", review);
    json_decref(review);
    json_object_set_new(j, "fields", fields);
    return j;
}

void app_print_json(json_t *j)
{
    json_dumpf(j, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(j);
}

enum rc app_role(struct app *a, enum role *out, struct err *err)
{
    const char *word = "";
    enum rc rc = local_get(&a->l, "role", &a->mem, &word, err);
    enum role role = role_named(bytes_of(word));

    if (rc == RC_OK && role == ROLES_N)
        rc = err_set(err, RC_AUTH,
                     msg(a->lang, "no area yet: run `stoep sync` first"));
    if (rc == RC_OK)
        *out = role;
    return rc;
}

bool app_sees(struct app *a, const struct shape_field *f)
{
    enum role role;
    struct err err;

    /* Never synced: nobody has said. */
    return app_role(a, &role, &err) == RC_OK ? (f->see & 1U << role) != 0
                                             : err.code == RC_AUTH;
}
