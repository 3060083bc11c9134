/* related: signals that may be the same matter, and what a lead says of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/edit.h"
#include "sync/related.h"
#include "sync/shape_text.h"

/* -- what is on this device --------------------------------------------- */

struct related {
    struct app *a;
    const struct shape_type *type;
    uint32_t area; /* 0: all */
    enum role role;
    struct related_item *items; /* own */
    struct id *ids;             /* own */
    struct value *unlike;       /* own; in the arena of the verb */
    size_t n, cap;
    struct related_pair *pairs; /* own */
    size_t pairs_n;
    size_t *group; /* own */
    size_t groups;
};

static void related_free(struct related *l)
{
    free(l->items);
    free(l->ids);
    free(l->unlike);
    free(l->pairs);
    free(l->group);
}

static bool on_record(void *ctx, const struct record *rec)
{
    struct related *l = ctx;
    struct arena *mem = &l->a->mem;
    struct related_item item;
    struct arena scratch = {0};
    struct shown s;

    merge_show_record(rec, &scratch, &s);
    if ((l->area == 0 || rec->area == l->area) &&
        related_item_of(rec, &s, l->role, mem, &item)) {
        if (l->n == l->cap) {
            l->cap = 2 * l->cap + 64;
            l->items = mem_resize(l->items, l->cap * sizeof *l->items);
            l->ids = mem_resize(l->ids, l->cap * sizeof *l->ids);
            l->unlike = mem_resize(l->unlike, l->cap * sizeof *l->unlike);
        }
        l->unlike[l->n] =
            value_copy(&s.values[l->type->duplicates->unlike], mem);
        l->ids[l->n] = rec->id;
        l->items[l->n++] = item;
    }
    arena_free(&scratch);
    return true;
}

/* A set of references holds them as text. */
static bool says_unlike(const struct related *l, size_t a, size_t b)
{
    char text[ID_TEXT_CHARS + 1];

    return l->unlike[a].kind == VALUE_SET &&
           value_has(&l->unlike[a], bytes_of(id_text(&l->ids[b], text)));
}

/* Without those of which somebody said that they are not the same. */
static void drop_unlike(struct related *l)
{
    size_t i, kept = 0;

    for (i = 0; i < l->pairs_n; i++) {
        const struct related_pair *p = &l->pairs[i];

        if (!says_unlike(l, p->a, p->b) && !says_unlike(l, p->b, p->a))
            l->pairs[kept++] = *p;
    }
    l->pairs_n = kept;
}

static enum rc find_related(struct related *l, struct err *err)
{
    enum rc rc = rows_all(l->a->l.rows, l->type, on_record, l, err);

    if (rc != RC_OK)
        return rc;
    l->pairs_n = related_pairs(l->items, l->n, &l->pairs);
    drop_unlike(l);
    l->group = mem_new((l->n + 1) * sizeof *l->group);
    l->groups = related_groups(l->pairs, l->pairs_n, l->n, l->group);
    return RC_OK;
}

/* -- shown -------------------------------------------------------------- */

static const struct shape_list *theme_list(const struct shape_type *t)
{
    size_t f;

    for (f = 1; f < t->fields_n; f++)
        if (t->fields[f].kind == FIELD_CHOICE && t->fields[f].set)
            return t->fields[f].list;
    return NULL;
}

static void put_themes(const struct related *l, uint64_t themes,
                       struct buf *out)
{
    const struct shape_list *list = theme_list(l->type);
    size_t i, n = 0;

    for (i = 0; list != NULL && i < list->choices_n && i < 64; i++)
        if (themes >> i & 1U)
            buf_printf(out, "%s%s", n++ > 0 ? ", " : "",
                       label_in(&list->choices[i].label, l->a->lang));
}

static void print_why(const struct related *l, const struct related_pair *p)
{
    struct app *a = l->a;
    struct buf b = buf_make(4096);

    if (p->why.measured)
        buf_printf(&b, msg(a->lang, "%u m apart"), p->why.metres);
    else
        buf_puts(&b, msg(a->lang, "in the same neighbourhood"));
    buf_puts(&b, ", ");
    buf_printf(&b, msg(a->lang, "%u days apart"), p->why.days);
    buf_puts(&b, ", ");
    buf_printf(&b, msg(a->lang, "words in common: %zu"), p->why.words);
    buf_puts(&b, "; ");
    put_themes(l, p->why.themes, &b);
    printf("    %s ~ %s  %3u%%  %s\n", app_short(a, &l->ids[p->a]),
           app_short(a, &l->ids[p->b]), p->why.score / 10, buf_text(&b));
    buf_free(&b);
}

static enum rc print_record(struct related *l, size_t i, struct err *err)
{
    const struct shape_field *title =
        l->type->title == NULL
            ? NULL
            : shape_field_named(l->type, bytes_of(l->type->title));
    struct buf b = buf_make(8192);
    struct record r;
    struct shown s;
    enum rc rc = rows_load(l->a->l.rows, l->type, l->items[i].area, &l->ids[i],
                           &l->a->mem, &r, err);

    if (rc == RC_OK) {
        merge_show_record(&r, &l->a->mem, &s);
        if (title != NULL)
            shape_write(title, &s.values[shape_field_index(l->type, title)],
                        l->a->lang, &b);
        printf("%s  %-16s  %s\n", app_short(l->a, &l->ids[i]),
               app_area_slug(l->a, l->items[i].area), buf_text(&b));
    }
    buf_free(&b);
    return rc;
}

static json_t *pair_json(const struct related *l, const struct related_pair *p)
{
    char a[ID_TEXT_CHARS + 1], b[ID_TEXT_CHARS + 1];
    json_t *j =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "a",
                  id_text(&l->ids[p->a], a), "b", id_text(&l->ids[p->b], b),
                  "score", (int)p->why.score, "days", (int)p->why.days, "words",
                  (int)p->why.words, "group", (int)l->group[p->a]);

    if (p->why.measured)
        json_object_set_new(j, "metres", json_integer(p->why.metres));
    return j;
}

static enum rc print_group(struct related *l, size_t group, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && !l->a->json && i < l->n; i++)
        if (l->group[i] == group)
            rc = print_record(l, i, err);
    for (i = 0; rc == RC_OK && i < l->pairs_n; i++)
        if (l->group[l->pairs[i].a] == group &&
            l->group[l->pairs[i].b] == group) {
            if (l->a->json)
                app_print_json(pair_json(l, &l->pairs[i]));
            else
                print_why(l, &l->pairs[i]);
        }
    return rc;
}

/* `only` NULL: all; else what is near that one, in a group or not. */
static enum rc print_related(struct related *l, const struct id *only,
                             struct err *err)
{
    size_t i, n = 0;
    enum rc rc = RC_OK;

    for (i = 1; only == NULL && rc == RC_OK && i <= l->groups; i++, n++) {
        if (n > 0 && !l->a->json)
            putchar('\n');
        rc = print_group(l, i, err);
    }
    for (i = 0; only != NULL && rc == RC_OK && i < l->pairs_n; i++) {
        const struct related_pair *p = &l->pairs[i];
        bool first = id_eq(&l->ids[p->a], only);

        if (!first && !id_eq(&l->ids[p->b], only))
            continue;
        n++;
        if (l->a->json) {
            app_print_json(pair_json(l, p));
            continue;
        }
        rc = print_record(l, first ? p->b : p->a, err);
        if (rc == RC_OK)
            print_why(l, p);
    }
    if (rc == RC_OK && n == 0 && !l->a->json)
        puts(msg(l->a->lang, "nothing found"));
    return rc;
}

/* -- said --------------------------------------------------------------- */

static enum rc find_of_type(struct related *l, const char *text,
                            struct rows_name *out, struct err *err)
{
    enum rc rc = app_find(l->a, text, out, err);

    return rc != RC_OK || out->type == l->type
               ? rc
               : err_set(err, RC_INVALID, msg(l->a->lang, "%s is no %s"), text,
                         label_in(&l->type->label, l->a->lang));
}

/* The one that stays stays: it is not itself a duplicate, so there is no ring.
 */
static enum rc merge_one(struct related *l, const struct rows_name *stays,
                         const char *duplicate, struct err *err)
{
    const struct shape_duplicates *d = l->type->duplicates;
    struct value code = value_text(d->code), to = value_id(&stays->id);
    struct rows_name name;
    struct edit e;
    enum rc rc = find_of_type(l, duplicate, &name, err);

    if (rc == RC_OK &&
        (name.area != stays->area || id_eq(&name.id, &stays->id)))
        rc = err_set(err, RC_INVALID,
                     msg(l->a->lang, "name two records of one area"));
    if (rc == RC_OK)
        rc = edit_open(&e, l->a, &name, err);
    if (rc != RC_OK)
        return rc;
    e.writes[e.n++] = (struct write){.field = (uint16_t)d->into, .value = to};
    if (!value_eq(&e.shown.values[d->field], &code))
        e.writes[e.n++] =
            (struct write){.field = (uint16_t)d->field, .value = code};
    return edit_save(&e, err);
}

static enum rc say_same(struct related *l, int argc, char **argv,
                        struct err *err)
{
    struct rows_name stays;
    struct edit e;
    int i;
    enum rc rc = find_of_type(l, argv[0], &stays, err);

    if (rc == RC_OK)
        rc = edit_open(&e, l->a, &stays, err);
    if (rc == RC_OK &&
        e.shown.values[l->type->duplicates->into].kind == VALUE_ID)
        rc = err_set(err, RC_CONFLICT,
                     msg(l->a->lang, "%s is itself merged into another: name"
                                     " that one"),
                     argv[0]);
    for (i = 1; rc == RC_OK && i < argc; i++)
        rc = merge_one(l, &stays, argv[i], err);
    return rc;
}

static enum rc say_different(struct related *l, char **argv, struct err *err)
{
    const struct shape_field *f = &l->type->fields[l->type->duplicates->unlike];
    char text[ID_TEXT_CHARS + 1];
    struct rows_name a, b;
    struct edit e;
    enum rc rc = find_of_type(l, argv[0], &a, err);

    if (rc == RC_OK)
        rc = find_of_type(l, argv[1], &b, err);
    if (rc == RC_OK)
        rc = edit_open(&e, l->a, &a, err);
    if (rc == RC_OK)
        rc = edit_field(&e, bytes_of(f->name), EDIT_ADD,
                        bytes_of(id_text(&b.id, text)), err);
    return rc == RC_OK ? edit_save(&e, err) : rc;
}

static enum rc say(struct related *l, int argc, char **argv, struct err *err)
{
    bool same = strcmp(argv[1], "--same") == 0;
    enum rc rc = db_begin(l->a->l.db, err);

    if (rc != RC_OK)
        return rc;
    rc = same ? say_same(l, argc - 2, argv + 2, err)
              : say_different(l, argv + 2, err);
    rc = db_end(l->a->l.db, rc, err);
    if (rc == RC_OK && !l->a->json)
        puts(msg(l->a->lang, "settled; it is handed in with the next sync"));
    return rc;
}

static enum rc show(struct related *l, const char *only, struct err *err)
{
    struct rows_name name;
    enum rc rc = RC_OK;

    if (only != NULL)
        rc = find_of_type(l, only, &name, err);
    if (rc == RC_OK)
        rc = find_related(l, err);
    return rc == RC_OK ? print_related(l, only == NULL ? NULL : &name.id, err)
                       : rc;
}

int verb_related(struct app *a, int argc, char **argv)
{
    struct related l = {.a = a};
    bool says =
        argc > 3 && (strcmp(argv[1], "--same") == 0 ||
                     (strcmp(argv[1], "--different") == 0 && argc == 4));
    struct err err;
    size_t t;
    enum rc rc = RC_OK;

    if (!says && (argc > 2 || (argc == 2 && argv[1][0] == '-')))
        return app_usage(a, argv[0]);
    for (t = 0; t < a->l.shape->types_n; t++)
        if (a->l.shape->types[t].duplicates != NULL && l.type == NULL)
            l.type = &a->l.shape->types[t];
    if (l.type == NULL)
        rc = err_set(&err, RC_NOTFOUND, "%s",
                     msg(a->lang, "no record type says that its records may be"
                                  " the same matter"));
    if (rc == RC_OK)
        rc = app_role(a, &l.role, &err);
    if (rc == RC_OK && a->area != NULL)
        rc = app_area(a, &l.area, &err);
    if (rc == RC_OK)
        rc = says ? say(&l, argc, argv, &err)
                  : show(&l, argc == 2 ? argv[1] : NULL, &err);
    related_free(&l);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
