/* Code lists, purposes and retention classes. */
#include "schema/check.h"

#include <string.h>

#include "sync/limits.h"

const struct node *node_value(const struct node *map, const char *key)
{
    size_t i;

    if (map->kind != NODE_MAP)
        return NULL;
    for (i = 0; i < map->n; i++)
        if (strcmp(map->items[2 * i]->text, key) == 0)
            return map->items[2 * i + 1];
    return NULL;
}

bool tree_is_type(const struct tree *t)
{
    return node_value(t->root, "lists") == NULL &&
           node_value(t->root, "purposes") == NULL &&
           node_value(t->root, "retention_classes") == NULL;
}

static void check_choice(struct reader *r, const struct node *key,
                         const struct node *settings, struct shape_choice *c)
{
    static const struct key keys[] = {
        {"nl", "add the Dutch, `nl: ...`"},
        {"en", "add the English, `en: ...`"},
        {"group", NULL},
        {"sensitivity", NULL},
        {"retired", NULL},
        {"was", NULL},
    };
    const struct node *v[countof(keys)];

    c->code = key->text;
    c->label = (struct label){"", ""};
    if (!name_ok(key->text, NAME_CODE))
        complain(r, key, "use lower-case letters, digits and single _ or -",
                 "`%s` is no code for a choice", key->text);
    if (!read_keys(r, settings, key,
                   arena_printf(r->mem, "choice `%s`", key->text), keys,
                   countof(keys), v))
        return;
    c->label =
        (struct label){.nl = read_text(r, v[0]), .en = read_text(r, v[1])};
    c->group = v[2] != NULL ? read_text(r, v[2]) : NULL;
    c->sensitivity = (unsigned)read_number(r, v[3], 0, 2, 0);
    c->retired = read_flag(r, v[4]);
    c->was = read_names(r, v[5], &c->was_n);
}

/* A code, or a former code, that already means another choice. */
static void check_codes(struct reader *r, const struct node *choices,
                        const struct shape_list *l)
{
    size_t i, j;

    for (i = 0; i < l->choices_n; i++)
        for (j = 0; j < l->choices[i].was_n; j++) {
            const char *was = l->choices[i].was[j];

            if (shape_choice_coded(l, bytes_of(was)) != &l->choices[i])
                complain(r, choices->items[2 * i],
                         "a former code may mean one choice only",
                         "`%s` was `%s`, which another choice is or was",
                         l->choices[i].code, was);
        }
}

static void check_list(struct reader *r, const struct node *key,
                       const struct node *settings, struct shape_list *l)
{
    static const struct key keys[] = {
        {"label", "add `label: {nl: ..., en: ...}`"},
        {"choices", "add `choices:` and the choices in their order"},
    };
    const struct node *v[countof(keys)];
    struct shape_choice *choices;
    size_t i;

    l->name = key->text;
    l->label = (struct label){"", ""};
    if (!name_ok(key->text, NAME_KEBAB))
        complain(r, key, "use lower-case letters, digits and single -",
                 "`%s` is no name for a list", key->text);
    if (!read_keys(r, settings, key,
                   arena_printf(r->mem, "list `%s`", key->text), keys,
                   countof(keys), v))
        return;
    if (v[0] != NULL)
        l->label = read_label(r, v[0]);
    if (v[1] == NULL)
        return;
    if (v[1]->kind != NODE_MAP || v[1]->n == 0) {
        complain(r, v[1], "write them as `code: {nl: ..., en: ...}`",
                 "list `%s` has no choices", key->text);
        return;
    }
    if (v[1]->n > choices_per_list_max) {
        complain(r, v[1], "split the list", "list `%s` has over %d choices",
                 key->text, choices_per_list_max);
        return;
    }
    choices = arena_new(r->mem, v[1]->n * sizeof *choices);
    for (i = 0; i < v[1]->n; i++) {
        check_choice(r, v[1]->items[2 * i], v[1]->items[2 * i + 1],
                     &choices[i]);
        l->renamed |= choices[i].was_n > 0;
    }
    l->choices = choices;
    l->choices_n = v[1]->n;
    check_codes(r, v[1], l);
}

static void check_purpose(struct reader *r, const struct node *key,
                          const struct node *settings, struct shape_purpose *p)
{
    static const struct key keys[] = {
        {"nl", "add the Dutch, `nl: ...`"},
        {"en", "add the English, `en: ...`"},
        {"basis", "name the legal basis, `basis: ...`"},
    };
    const struct node *v[countof(keys)];

    *p = (struct shape_purpose){key->text, {"", ""}, ""};
    if (!read_keys(r, settings, key,
                   arena_printf(r->mem, "purpose `%s`", key->text), keys,
                   countof(keys), v))
        return;
    p->label =
        (struct label){.nl = read_text(r, v[0]), .en = read_text(r, v[1])};
    p->basis = read_text(r, v[2]);
}

static void check_retention(struct reader *r, const struct node *key,
                            const struct node *settings,
                            struct shape_retention *p)
{
    static const struct key keys[] = {
        {"nl", "add the Dutch, `nl: ...`"},
        {"en", "add the English, `en: ...`"},
        {"days", "say how long, `days: 365`, or `days: 0` for no term"},
        {"from", NULL},
        {"then", NULL},
    };
    static const char *const from[] = {"written", "closed"};
    static const char *const then[] = {"nothing", "counts"};
    const struct node *v[countof(keys)];

    *p = (struct shape_retention){.name = key->text, .label = {"", ""}};
    if (!read_keys(r, settings, key,
                   arena_printf(r->mem, "retention class `%s`", key->text),
                   keys, countof(keys), v))
        return;
    p->label =
        (struct label){.nl = read_text(r, v[0]), .en = read_text(r, v[1])};
    p->days = (unsigned)read_number(r, v[2], 0, 36500, 0);
    p->from_closed = read_word(r, v[3], "moment to count from", from, 2, 0);
    p->keeps_counts = read_word(r, v[4], "thing to keep", then, 2, 0);
    if (p->days == 0 && (v[3] != NULL || v[4] != NULL))
        complain(r, v[3] != NULL ? v[3] : v[4], "leave it out, or set `days`",
                 "retention class `%s` has no term", key->text);
}

/* The mapping under `what`, if it is there and is one. */
static const struct node *section(struct reader *r, const struct node *n)
{
    if (n == NULL || n->kind == NODE_MAP)
        return n;
    complain(r, n, "write each as `name: {...}`",
             "this section must be a mapping");
    return NULL;
}

static void check_file(struct reader *r, const struct tree *t, struct shape *s)
{
    static const struct key keys[] = {
        {"lists", NULL}, {"purposes", NULL}, {"retention_classes", NULL}};
    const struct node *v[countof(keys)], *p;
    struct shape_list *lists;
    struct shape_purpose *purposes;
    struct shape_retention *retentions;
    size_t i;

    if (!read_keys(r, t->root, t->root, "this file", keys, countof(keys), v))
        return;
    if (s->lists_n + s->purposes_n + s->retentions_n > 0) {
        complain(r, t->root, "put them all in one file",
                 "lists, purposes and retention classes are elsewhere too");
        return;
    }
    if ((p = section(r, v[0])) != NULL) {
        s->lists = lists = arena_new(r->mem, p->n * sizeof *lists);
        for (i = 0; i < p->n; i++)
            check_list(r, p->items[2 * i], p->items[2 * i + 1], &lists[i]);
        s->lists_n = p->n;
    }
    if ((p = section(r, v[1])) != NULL) {
        s->purposes = purposes = arena_new(r->mem, p->n * sizeof *purposes);
        for (i = 0; i < p->n; i++)
            check_purpose(r, p->items[2 * i], p->items[2 * i + 1],
                          &purposes[i]);
        s->purposes_n = p->n;
    }
    if ((p = section(r, v[2])) != NULL) {
        s->retentions = retentions =
            arena_new(r->mem, p->n * sizeof *retentions);
        for (i = 0; i < p->n; i++)
            check_retention(r, p->items[2 * i], p->items[2 * i + 1],
                            &retentions[i]);
        s->retentions_n = p->n;
    }
}

void check_lists(struct reader *r, const struct tree *trees, size_t n,
                 struct shape *s)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!tree_is_type(&trees[i]))
            check_file(r, &trees[i], s);
}
