/* chronicle: what was done with a record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/app.h"
#include "sync/civil.h"
#include "sync/merge.h"
#include "sync/shape_text.h"

/* A signal, what names it (a task, an initiative, a duplicate), and what names
 * that. */
enum { STEPS_MAX = 2, TEXT_MAX = 8192 };

struct chronicle {
    struct app *a;
    struct rows_name *names; /* own; the first is what was asked about */
    unsigned *steps;         /* own; how far from it */
    size_t n, cap;
    unsigned step; /* looked for now */
};

static void add_name(struct chronicle *c, const struct rows_name *name)
{
    if (c->n == c->cap) {
        c->cap = 2 * c->cap + 16;
        c->names = mem_resize(c->names, c->cap * sizeof *c->names);
        c->steps = mem_resize(c->steps, c->cap * sizeof *c->steps);
    }
    c->steps[c->n] = c->step;
    c->names[c->n++] = *name;
}

static bool is_there(const struct chronicle *c, const struct id *id)
{
    size_t i;

    for (i = 0; i < c->n; i++)
        if (id_eq(&c->names[i].id, id))
            return true;
    return false;
}

/* Does this value name one that was found in the step before? */
static bool names_one(const struct chronicle *c, const struct value *v)
{
    char text[ID_TEXT_CHARS + 1];
    size_t i;

    for (i = 0; i < c->n; i++) {
        if (c->steps[i] + 1 != c->step)
            continue;
        if (v->kind == VALUE_ID && id_eq(&v->as.id, &c->names[i].id))
            return true;
        if (v->kind == VALUE_SET &&
            value_has(v, bytes_of(id_text(&c->names[i].id, text))))
            return true;
    }
    return false;
}

/* That two are not the same matter is nothing that was done. */
static bool is_link(const struct shape_type *t, size_t f)
{
    return t->fields[f].kind == FIELD_REF &&
           (t->duplicates == NULL || f != t->duplicates->unlike);
}

static bool on_record(void *ctx, const struct record *rec)
{
    struct chronicle *c = ctx;
    struct arena mem = {0};
    struct shown s;
    size_t f;

    merge_show_record(rec, &mem, &s);
    for (f = 1; !s.deleted && f < rec->type->fields_n; f++)
        if (is_link(rec->type, f) && names_one(c, &s.values[f]) &&
            !is_there(c, &rec->id))
            add_name(c, &(struct rows_name){rec->type, rec->area, rec->id});
    arena_free(&mem);
    return true;
}

static enum rc gather(struct chronicle *c, struct err *err)
{
    const struct shape *shape = c->a->l.shape;
    enum rc rc = RC_OK;
    size_t t;

    for (c->step = 1; rc == RC_OK && c->step <= STEPS_MAX; c->step++)
        for (t = 0; rc == RC_OK && t < shape->types_n; t++)
            rc = rows_all(c->a->l.rows, &shape->types[t], on_record, c, err);
    return rc;
}

static int by_day(const void *a, const void *b)
{
    const struct rows_name *x = a, *y = b;

    return memcmp(x->id.b, y->id.b, ID_BYTES); /* they begin with their time */
}

/* -- shown -------------------------------------------------------------- */

static void print_day(uint64_t ms)
{
    struct civil day = civil_of((int64_t)(ms / 1000));

    printf("%02u-%02u-%04d", day.day, day.month, day.year);
}

/* When it was last written. */
static uint64_t written_ms(const struct heads *h)
{
    uint64_t last = 0;
    size_t i;

    for (i = 0; i < h->n; i++)
        if (hlc_ms(h->p[i].by->clock) > last)
            last = hlc_ms(h->p[i].by->clock);
    return last;
}

static void print_record(struct app *a, const struct record *r)
{
    struct buf b = buf_make(TEXT_MAX);
    struct shown s;
    size_t f;

    merge_show_record(r, &a->mem, &s);
    print_day(id_ms(&r->id));
    printf("  %s  %s%s\n", app_short(a, &r->id),
           label_in(&r->type->label, a->lang),
           s.review != 0 ? msg(a->lang, "  (!) to review") : "");
    for (f = 1; f < r->type->fields_n; f++) {
        const struct shape_field *field = &r->type->fields[f];

        if (s.values[f].kind == VALUE_NULL || field->kind == FIELD_ATTACHMENT ||
            (field->kind == FIELD_REF && !is_link(r->type, f)))
            continue;
        buf_clear(&b);
        if (s.values[f].kind == VALUE_ID)
            buf_puts(&b, app_short(a, &s.values[f].as.id));
        else
            shape_write(field, &s.values[f], a->lang, &b);
        fputs("    ", stdout);
        print_day(written_ms(&r->fields[f]));
        printf("  %s: %s\n", label_in(&field->label, a->lang), buf_text(&b));
    }
    buf_free(&b);
}

static enum rc print_all(struct chronicle *c, struct err *err)
{
    struct app *a = c->a;
    enum rc rc = RC_OK;
    size_t i;

    qsort(c->names, c->n, sizeof *c->names, by_day);
    for (i = 0; rc == RC_OK && i < c->n; i++) {
        struct record r;

        rc = rows_load(a->l.rows, c->names[i].type, c->names[i].area,
                       &c->names[i].id, &a->mem, &r, err);
        if (rc == RC_OK && a->json)
            app_print_json(app_json(a, &r));
        else if (rc == RC_OK)
            print_record(a, &r);
    }
    return rc;
}

int verb_chronicle(struct app *a, int argc, char **argv)
{
    struct chronicle c = {.a = a};
    struct rows_name name;
    struct err err;
    enum rc rc;

    if (argc != 2)
        return app_usage(a, argv[0]);
    rc = app_find(a, argv[1], &name, &err);
    if (rc == RC_OK) {
        add_name(&c, &name);
        rc = gather(&c, &err);
    }
    if (rc == RC_OK)
        rc = print_all(&c, &err);
    free(c.names);
    free(c.steps);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
