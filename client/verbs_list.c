/* list, show, reviews, resolve. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/settle.h"
#include "sync/base/text.h"
#include "sync/base/utf8.h"
#include "sync/civil.h"
#include "sync/shape_text.h"

enum { FILTERS_MAX = 16, TEXT_MAX = 8192 };

/* -- list --------------------------------------------------------------- */

struct listing {
    struct app *a;
    const struct shape_type *type;
    uint32_t area; /* 0: all */
    bool all;
    struct filter {
        size_t field;
        struct value value;
    } filters[FILTERS_MAX];
    size_t filters_n;
};

static bool matches(const struct listing *l, const struct shown *s)
{
    size_t i;

    if (s->deleted && !l->all)
        return false;
    for (i = 0; i < l->filters_n; i++) {
        const struct value *have = &s->values[l->filters[i].field];
        const struct value *want = &l->filters[i].value;

        if (want->kind == VALUE_SET && have->kind == VALUE_SET) {
            size_t k;

            for (k = 0; k < want->as.set.n; k++)
                if (!value_has(have, want->as.set.p[k]))
                    return false;
        } else if (!value_eq(have, want)) {
            return false;
        }
    }
    return true;
}

static void print_value(const struct app *a, const struct shape_field *f,
                        const struct value *v)
{
    struct buf b = buf_make(TEXT_MAX);

    shape_write(f, v, a->lang, &b);
    fputs(buf_text(&b), stdout);
    buf_free(&b);
}

/* The line of a record in a list: short id, day, area, title. */
static void print_line(struct app *a, const struct record *rec,
                       const struct shown *s)
{
    struct civil day = civil_of((int64_t)(id_ms(&rec->id) / 1000));
    const struct shape_field *title =
        rec->type->title == NULL
            ? NULL
            : shape_field_named(rec->type, bytes_of(rec->type->title));
    size_t f, shown = 0;

    printf("%s  %02u-%02u-%04d  %-16s  ", app_short(a, &rec->id), day.day,
           day.month, day.year, app_area_slug(a, rec->area));
    if (s->review != 0)
        printf("(!) ");
    if (s->deleted)
        printf("%s ", msg(a->lang, "[deleted]"));
    if (title != NULL) {
        print_value(a, title, &s->values[shape_field_index(rec->type, title)]);
    } else {
        for (f = 1; f < rec->type->fields_n && shown < 3; f++)
            if (s->values[f].kind != VALUE_NULL) {
                fputs(shown++ > 0 ? ", " : "", stdout);
                print_value(a, &rec->type->fields[f], &s->values[f]);
            }
    }
    putchar('\n');
}

static bool on_listed(void *ctx, const struct record *rec)
{
    struct listing *l = ctx;
    struct shown s;

    if (l->area != 0 && rec->area != l->area)
        return true;
    merge_show_record(rec, &l->a->mem, &s);
    if (!matches(l, &s))
        return true;
    if (l->a->json)
        app_print_json(app_json(l->a, rec));
    else
        print_line(l->a, rec, &s);
    return true;
}

static enum rc take_filters(struct listing *l, int argc, char **argv,
                            struct err *err)
{
    struct edit e;
    int i;
    enum rc rc = RC_OK;

    edit_new(&e, l->a, l->type, 0, NULL);
    for (i = 2; i < argc && rc == RC_OK; i++) {
        if (strcmp(argv[i], "--all") == 0)
            l->all = true;
        else
            rc = edit_word(&e, argv[i], err);
    }
    if (rc == RC_OK && e.n > FILTERS_MAX)
        rc = err_set(err, RC_LIMIT, "too many filters");
    for (l->filters_n = 0; rc == RC_OK && l->filters_n < e.n; l->filters_n++)
        l->filters[l->filters_n] = (struct filter){
            e.writes[l->filters_n].field, e.writes[l->filters_n].value};
    return rc;
}

int verb_list(struct app *a, int argc, char **argv)
{
    struct listing l = {.a = a};
    struct err err;
    enum rc rc;

    if (argc < 2)
        return app_usage(a, argv[0]);
    rc = app_type(a, argv[1], &l.type, &err);
    if (rc == RC_OK && a->area != NULL)
        rc = app_area(a, &l.area, &err);
    if (rc == RC_OK)
        rc = take_filters(&l, argc, argv, &err);
    if (rc == RC_OK)
        rc = rows_all(a->l.rows, l.type, on_listed, &l, &err);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}

/* -- show --------------------------------------------------------------- */

static void print_head(struct app *a, const struct shape_field *f,
                       const struct head *h, size_t n)
{
    struct civil c = civil_of((int64_t)(hlc_ms(h->by->clock) / 1000));

    printf("      %zu  ", n);
    if (f == NULL)
        fputs(h->value.kind == VALUE_NULL ? msg(a->lang, "is to stay")
                                          : msg(a->lang, "deleted"),
              stdout);
    else if (h->value.kind == VALUE_NULL)
        fputs(msg(a->lang, "(emptied)"), stdout);
    else
        print_value(a, f, &h->value);
    printf(msg(a->lang, "   (device %u, %02u-%02u-%04d %02u:%02u)\n"),
           (unsigned)h->by->device, c.day, c.month, c.year, c.hour, c.minute);
}

/* With its heads where there are several: all of them, or only where a person
 * must look. */
static void print_field(struct app *a, const struct record *r,
                        const struct shown *s, size_t f, bool all)
{
    const struct shape_field *field = &r->type->fields[f];
    const struct heads *h = &r->fields[f];
    const char *label = f == FIELD_DELETED ? msg(a->lang, "deleted elsewhere")
                                           : label_in(&field->label, a->lang);
    size_t i, pad = utf8_chars(bytes_of(label));
    bool review = (s->review & UINT64_C(1) << f) != 0;

    if (f == FIELD_DELETED ? !review : h->n == 0)
        return;
    printf("  %s", label);
    for (i = pad; i < 28; i++)
        putchar(' ');
    printf(" %s", review ? "(!) " : "");
    if (f != FIELD_DELETED)
        print_value(a, field, &s->values[f]);
    putchar('\n');
    if (review || (all && h->n > 1))
        for (i = 0; i < h->n; i++)
            print_head(a, f == FIELD_DELETED ? NULL : field, &h->p[i], i + 1);
}

static json_t *json_heads(const struct record *r, size_t f)
{
    json_t *list = json_array();
    struct buf b = buf_make(TEXT_MAX * 4);
    size_t i;

    for (i = 0; i < r->fields[f].n; i++) {
        const struct head *h = &r->fields[f].p[i];

        buf_clear(&b);
        shape_write_plain(&r->type->fields[f], &h->value, &b);
        json_array_append_new(
            list,
            json_pack("{s:i, s:I, s:I, s:I, s:s}", "device", (int)h->by->device,
                      "number", (json_int_t)h->by->number, "version",
                      (json_int_t)h->by->version, "ms",
                      (json_int_t)hlc_ms(h->by->clock), "value", buf_text(&b)));
    }
    buf_free(&b);
    return list;
}

static void show_json(struct app *a, const struct record *r)
{
    json_t *j = app_json(a, r), *heads = json_object();
    size_t f;

    for (f = 0; f < r->type->fields_n; f++)
        if (r->fields[f].n > 1 || (f == FIELD_DELETED && r->fields[f].n > 0))
            json_object_set_new(heads, r->type->fields[f].name,
                                json_heads(r, f));
    json_object_set_new(j, "heads", heads);
    app_print_json(j);
}

static void show(struct app *a, const struct record *r, bool all)
{
    char id[ID_TEXT_CHARS + 1];
    struct shown s;
    size_t f;

    if (a->json) {
        show_json(a, r);
        return;
    }
    merge_show_record(r, &a->mem, &s);
    printf("%s  %s  %s%s\n", label_in(&r->type->label, a->lang),
           id_text(&r->id, id), app_area_slug(a, r->area),
           s.deleted ? msg(a->lang, "  [deleted]") : "");
    for (f = 0; f < r->type->fields_n; f++)
        print_field(a, r, &s, f, all);
}

int verb_show(struct app *a, int argc, char **argv)
{
    struct rows_name name;
    struct record r;
    struct err err;
    enum rc rc;

    if (argc != 2)
        return app_usage(a, argv[0]);
    rc = app_find(a, argv[1], &name, &err);
    if (rc == RC_OK)
        rc = rows_load(a->l.rows, name.type, name.area, &name.id, &a->mem, &r,
                       &err);
    if (rc != RC_OK)
        return app_failed(a, &err);
    show(a, &r, true);
    return EXIT_DONE;
}

/* -- reviews ------------------------------------------------------------ */

struct reviewing {
    struct app *a;
    size_t n;
};

static bool on_review(void *ctx, const struct record *rec)
{
    struct reviewing *v = ctx;

    v->n++;
    if (!v->a->json && v->n > 1)
        putchar('\n');
    if (v->a->json)
        show_json(v->a, rec);
    else
        show(v->a, rec, false);
    return true;
}

int verb_reviews(struct app *a, int argc, char **argv)
{
    struct reviewing v = {.a = a};
    struct err err;
    size_t i;
    enum rc rc = RC_OK;

    if (argc != 1)
        return app_usage(a, argv[0]);
    for (i = 0; rc == RC_OK && i < a->l.shape->types_n; i++)
        rc =
            rows_reviews(a->l.rows, &a->l.shape->types[i], on_review, &v, &err);
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (v.n == 0 && !a->json)
        puts(msg(a->lang, "nothing to review"));
    return EXIT_DONE;
}

/* -- resolve ------------------------------------------------------------ */

static enum rc resolve_take(struct edit *e, const struct record *r, size_t f,
                            const char *number, struct err *err)
{
    uint64_t n = 0;

    if (!text_take_u64(bytes_of(number), UINT32_MAX, &n))
        n = 0;
    return settle_take(e, r, f, n, err);
}

static enum rc resolve(struct app *a, int argc, char **argv, struct edit *e,
                       struct err *err)
{
    const struct shape_field *field;
    struct rows_name name;
    struct record r;
    enum rc rc = app_find(a, argv[1], &name, err);

    if (rc == RC_OK)
        rc = edit_open(e, a, &name, err);
    if (rc == RC_OK)
        rc = rows_load(a->l.rows, name.type, name.area, &name.id, &a->mem, &r,
                       err);
    if (rc != RC_OK)
        return rc;
    if (strcmp(argv[2], "deleted") == 0)
        return settle_deleted(e, argv[3], err);
    field = shape_field_named(name.type, bytes_of(argv[2]));
    if (argc == 5 && strcmp(argv[3], "--take") == 0 && field != NULL)
        return resolve_take(e, &r, shape_field_index(name.type, field), argv[4],
                            err);
    return edit_field(e, bytes_of(argv[2]), EDIT_SET, bytes_of(argv[3]), err);
}

int verb_resolve(struct app *a, int argc, char **argv)
{
    struct edit e;
    struct err err;
    enum rc rc;

    if (argc != 4 && (argc != 5 || strcmp(argv[3], "--take") != 0))
        return app_usage(a, argv[0]);
    rc = db_begin(a->l.db, &err);
    if (rc == RC_OK) {
        rc = resolve(a, argc, argv, &e, &err);
        if (rc == RC_OK)
            rc = edit_save(&e, &err);
        rc = db_end(a->l.db, rc, &err);
    }
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (!a->json)
        puts(msg(a->lang, "settled; it is handed in with the next sync"));
    return EXIT_DONE;
}
