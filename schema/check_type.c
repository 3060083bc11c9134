/* Record types: what surrounds their fields. */
#include <string.h>

#include "schema/check.h"
#include "sync/limits.h"

enum {
    K_TYPE,
    K_LABEL,
    K_ABOUT,
    K_RETENTION,
    K_WRITE,
    K_SEE,
    K_TITLE,
    K_WAS,
    K_CONSENT,
    K_CONSENTS,
    K_CLOSED,
    K_UNCOUNTED,
    K_DUPLICATES,
    K_APART,
    K_GIVEN_TO,
    K_FIELDS,
    K_N
};

static const struct key keys[K_N] = {
    [K_TYPE] = {"type", "say what it is called, `type: ...`"},
    [K_LABEL] = {"label", "add `label: {nl: ..., en: ...}`"},
    [K_ABOUT] = {"about", "say in a sentence what it is, "
                          "`about: {nl: ..., en: ...}`"},
    [K_RETENTION] = {"retention", "say how long it is kept, by one of the "
                                  "retention classes"},
    [K_WRITE] = {"write", "say who may write it, such as "
                          "`write: [worker, lead]`"},
    [K_SEE] = {"see", "say who may see it, such as `see: [worker, lead]`"},
    [K_TITLE] = {"title", NULL},
    [K_WAS] = {"was", NULL},
    [K_CONSENT] = {"consent", NULL},
    [K_CONSENTS] = {"consents", NULL},
    [K_CLOSED] = {"closed", NULL},
    [K_UNCOUNTED] = {"uncounted", NULL},
    [K_DUPLICATES] = {"duplicates", NULL},
    [K_APART] = {"apart", NULL},
    [K_GIVEN_TO] = {"given_to", NULL},
    [K_FIELDS] = {"fields", "add `fields:` and at least one field"},
};

/* Tables of the programs themselves. */
static const char *const taken_types[] = {
    "account",
    "area",
    "attachment",
    "batch",
    "code",
    "contact",
    "crosswalk",
    "deletion",
    "device",
    "emptying",
    "erasure",
    "journal",
    "kv",
    "loose",
    "mention",
    "parked",
    "pulled",
    "reader",
    "region",
    "state",
    "user",
    "search",
    "searched",
    "search-config",
    "search-cursor",
    "search-data",
    "search-idx",
    "search-state",
};
/* Columns that every table has, and what else the command line knows. */
static const char *const taken_fields[] = {
    "id", "area", "version", "created_ms", "deleted", "review", "meta",
};

static bool among(const char *name, const char *const *names, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static const char *table_name(struct reader *r, const char *type)
{
    char *t = arena_text(r->mem, type, strlen(type));
    size_t i;

    for (i = 0; t[i] != '\0'; i++)
        if (t[i] == '-')
            t[i] = '_';
    return t;
}

/* -- fields ------------------------------------------------------------- */

static void check_field_name(struct reader *r, const struct node *key)
{
    if (!name_ok(key->text, NAME_SNAKE))
        complain(r, key,
                 "use lower-case letters, digits and single _, a letter first",
                 "`%s` is no name for a field", key->text);
    else if (among(key->text, taken_fields, countof(taken_fields)))
        complain(r, key, "choose another name",
                 "every record has a `%s` of its own", key->text);
}

static void check_former_names(struct reader *r, const struct node *fields,
                               const struct shape_type *t)
{
    size_t i, j;

    for (i = 1; i < t->fields_n; i++)
        for (j = 0; j < t->fields[i].was_n; j++) {
            const char *was = t->fields[i].was[j];

            if (shape_field_named(t, bytes_of(was)) != &t->fields[i] ||
                among(was, taken_fields, countof(taken_fields)))
                complain(r, fields->items[2 * (i - 1)],
                         "a former name may mean one field only",
                         "`%s` was `%s`, which something else is or was",
                         t->fields[i].name, was);
        }
}

/* Field 0, which no file declares. */
static struct shape_field deleted_field(const struct shape_type *t)
{
    return (struct shape_field){
        .name = "deleted",
        .label = {"Verwijderd", "Deleted"},
        .kind = FIELD_INT,
        .min = 1,
        .max = 1,
        .policy = POLICY_LATEST,
        .privacy = PRIVACY_NONE,
        .retention = t->retention,
        .see = t->see,
    };
}

static void check_fields(struct reader *r, const struct node *n,
                         const struct shape *s, struct shape_type *t)
{
    struct shape_field *fields;
    size_t i;

    if (n->kind != NODE_MAP || n->n == 0) {
        complain(r, n, "write them as `name: {...}`", "type `%s` has no fields",
                 t->name);
        return;
    }
    if (n->n > fields_per_type_max - 1) {
        complain(r, n, "split the type in two", "type `%s` has over %d fields",
                 t->name, fields_per_type_max - 1);
        return;
    }
    fields = arena_new(r->mem, (n->n + 1) * sizeof *fields);
    fields[FIELD_DELETED] = deleted_field(t);
    for (i = 1; i <= n->n; i++) {
        const struct node *key = n->items[2 * (i - 1)];

        check_field_name(r, key);
        fields[i].name = key->text;
        check_field(r, key, n->items[2 * (i - 1) + 1], s, t, &fields[i]);
    }
    fields[FIELD_DELETED].purpose = fields[1].purpose;
    t->fields = fields;
    t->fields_n = n->n + 1;
    check_former_names(r, n, t);
}

/* -- types -------------------------------------------------------------- */

static void check_title(struct reader *r, const struct node *n,
                        struct shape_type *t)
{
    const char *name = read_text(r, n);
    const struct shape_field *f;

    if (n == NULL || t->fields_n == 0)
        return;
    f = shape_field_named(t, bytes_of(name));
    if (f == NULL || f == &t->fields[FIELD_DELETED])
        complain(r, n, "name one of its fields", "there is no field `%s`",
                 name);
    else
        t->title = f->name;
}

/* A set of workers that merges as a set: nobody's naming is lost, and who was
 * taken off is off. */
static void check_given_to(struct reader *r, const struct node *n,
                           struct shape_type *t)
{
    const char *name = read_text(r, n);
    const struct shape_field *f = shape_field_named(t, bytes_of(name));

    if (f == NULL || f == &t->fields[FIELD_DELETED])
        complain(r, n, "name one of its fields", "there is no field `%s`",
                 name);
    else if (f->kind != FIELD_WORKER || !f->set || f->policy != POLICY_UNION)
        complain(r, n,
                 "name one with `kind: worker`, `set: true` and"
                 " `policy: union`",
                 "field `%s` does not say to whom a %s is given", name,
                 t->name);
    else
        t->given_to = shape_field_index(t, f);
}

static void check_apart(struct reader *r, const struct node *const *v,
                        const struct node *at, struct shape_type *t)
{
    const role_set counts = 1U << ROLE_ANALYST | 1U << ROLE_EXTERNAL;

    if (!t->apart) {
        if (v[K_GIVEN_TO] != NULL)
            complain(r, v[K_GIVEN_TO], "add `apart: true`, or leave it out",
                     "type `%s` is not kept apart", t->name);
        return;
    }
    if (v[K_SEE] != NULL && (t->see & counts))
        complain(r, v[K_SEE], "leave `analyst` and `external` out",
                 "a %s is personal contact data, which is never theirs",
                 t->name);
    if (v[K_WRITE] != NULL && (t->write & counts))
        complain(r, v[K_WRITE], "leave `analyst` and `external` out",
                 "a %s is personal contact data, which is never theirs",
                 t->name);
    if (v[K_GIVEN_TO] == NULL)
        complain(r, at,
                 "add a set of workers as a field and name it,"
                 " `given_to: ...`",
                 "type `%s` is kept apart and does not say to whom it is"
                 " given",
                 t->name);
    else if (t->fields_n > 0)
        check_given_to(r, v[K_GIVEN_TO], t);
}

static void check_type(struct reader *r, const struct tree *tree,
                       const struct shape *s, struct shape_type *t)
{
    const struct node *v[K_N];

    if (!read_keys(r, tree->root, tree->root, "this type", keys, K_N, v))
        return;
    if (v[K_TYPE] != NULL && *t->name != '\0' &&
        strcmp(tree->name, arena_printf(r->mem, "%s.yaml", t->name)) != 0)
        complain(r, v[K_TYPE], "give the file the name of its type",
                 "type `%s` stands in %s", t->name, tree->name);
    if (v[K_LABEL] != NULL)
        t->label = read_label(r, v[K_LABEL]);
    if (v[K_ABOUT] != NULL)
        t->about = read_label(r, v[K_ABOUT]);
    t->retention = check_retention_named(r, v[K_RETENTION], s);
    t->write = read_roles(r, v[K_WRITE]);
    t->see = read_roles(r, v[K_SEE]);
    t->was = read_names(r, v[K_WAS], &t->was_n);
    t->apart = read_flag(r, v[K_APART]);
    if (v[K_WRITE] != NULL && v[K_SEE] != NULL && (t->write & ~t->see))
        complain(r, v[K_WRITE], "add them to `see`",
                 "who writes a %s must be able to see it", t->name);
    if (v[K_FIELDS] != NULL)
        check_fields(r, v[K_FIELDS], s, t);
    check_title(r, v[K_TITLE], t);
    t->consent = v[K_CONSENT] != NULL ? read_text(r, v[K_CONSENT]) : NULL;
    if (v[K_CONSENTS] != NULL && t->fields_n > 0)
        check_consents(r, v[K_CONSENTS], t);
    if (v[K_CLOSED] != NULL && t->fields_n > 0)
        check_closed(r, v[K_CLOSED], t);
    if (v[K_UNCOUNTED] != NULL && t->fields_n > 0)
        check_uncounted(r, v[K_UNCOUNTED], t);
    if (v[K_DUPLICATES] != NULL && t->fields_n > 0)
        check_duplicates(r, v[K_DUPLICATES], t);
    check_apart(r, v, v[K_TYPE] != NULL ? v[K_TYPE] : tree->root, t);
}

static void name_type(struct reader *r, const struct tree *tree,
                      const struct shape *s, struct shape_type *t)
{
    /* Wherever they stand; complaints come later. */
    const struct node *n = node_value(tree->root, "type");
    const struct node *apart = node_value(tree->root, "apart");

    t->name = t->table = "";
    t->label = t->about = (struct label){"", ""};
    /* Fields of other types ask; complaints come later, too. */
    t->apart = apart != NULL && apart->kind == NODE_TEXT &&
               strcmp(apart->text, "true") == 0;
    if (n == NULL)
        return;
    t->name = read_text(r, n);
    t->table = table_name(r, t->name);
    if (*t->name == '\0')
        return;
    if (!name_ok(t->name, NAME_KEBAB))
        complain(r, n,
                 "use lower-case letters, digits and single -, a letter first",
                 "`%s` is no name for a type", t->name);
    else if (among(t->table, taken_types, countof(taken_types)) ||
             strncmp(t->table, "count_", 6) == 0 ||
             strncmp(t->table, "region_", 7) == 0 ||
             strncmp(t->table, "sqlite", 6) == 0)
        complain(r, n, "choose another name",
                 "the programs keep a table `%s` of their own", t->table);
    else if (shape_type_named(s, bytes_of(t->name)) != NULL)
        complain(r, n, "choose another name", "there is a type `%s` already",
                 t->name);
}

void check_types(struct reader *r, const struct tree *trees, size_t n,
                 struct shape *s)
{
    struct shape_type *types = arena_new(r->mem, n * sizeof *types);
    size_t i, at = 0;

    s->types = types;
    for (i = 0; i < n; i++) {
        if (!tree_is_type(&trees[i]))
            continue;
        if (s->types_n == types_max) {
            complain(r, trees[i].root, "take one away",
                     "there are over %d record types", types_max);
            break;
        }
        name_type(r, &trees[i], s, &types[s->types_n]);
        s->types_n++;
    }
    for (i = 0; i < n && at < s->types_n; i++)
        if (tree_is_type(&trees[i]))
            check_type(r, &trees[i], s, &types[at++]);
}
