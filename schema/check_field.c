/* One field: its settings, and whether they go together. */
#include <string.h>

#include "schema/check.h"
#include "sync/limits.h"

enum {
    K_LABEL,
    K_ASK,
    K_KIND,
    K_SET,
    K_FORMAT,
    K_MIN,
    K_MAX,
    K_DECIMALS,
    K_LIST,
    K_TO,
    K_POLICY,
    K_PRIVACY,
    K_PURPOSE,
    K_RETENTION,
    K_SEE,
    K_REQUIRED,
    K_RETIRED,
    K_CONSENT,
    K_WAS,
    K_N
};

static const struct key keys[K_N] = {
    [K_LABEL] = {"label", "add `label: {nl: ..., en: ...}`"},
    [K_ASK] = {"ask", NULL},
    [K_KIND] = {"kind", "say what it holds, such as `kind: text`"},
    [K_SET] = {"set", NULL},
    [K_FORMAT] = {"format", NULL},
    [K_MIN] = {"min", NULL},
    [K_MAX] = {"max", NULL},
    [K_DECIMALS] = {"decimals", NULL},
    [K_LIST] = {"list", NULL},
    [K_TO] = {"to", NULL},
    [K_POLICY] = {"policy", "say how it merges, such as `policy: latest`"},
    [K_PRIVACY] = {"privacy", "say what it tells about people, such as "
                              "`privacy: none`"},
    [K_PURPOSE] = {"purpose", "say why it is held, by one of the purposes"},
    [K_RETENTION] = {"retention", "say how long it is kept, by one of the "
                                  "retention classes"},
    [K_SEE] = {"see", NULL},
    [K_REQUIRED] = {"required", NULL},
    [K_RETIRED] = {"retired", NULL},
    [K_CONSENT] = {"consent", NULL},
    [K_WAS] = {"was", NULL},
};

#define X(name, word) word,
static const char *const kind_words[] = {FIELD_KINDS(X)};
static const char *const policy_words[] = {POLICIES(X)};
static const char *const privacy_words[] = {PRIVACY_CLASSES(X)};
static const char *const format_words[] = {FORMATS(X)};
#undef X

/* -- what is named elsewhere -------------------------------------------- */

static const struct shape_list *find_list(struct reader *r,
                                          const struct node *n,
                                          const struct shape *s)
{
    const char **names = arena_new(r->mem, s->lists_n * sizeof *names);
    size_t i;

    for (i = 0; i < s->lists_n; i++)
        names[i] = s->lists[i].name;
    i = read_word(r, n, "list", names, s->lists_n, s->lists_n);
    return i < s->lists_n ? &s->lists[i] : NULL;
}

static const struct shape_purpose *find_purpose(struct reader *r,
                                                const struct node *n,
                                                const struct shape *s)
{
    const char **names = arena_new(r->mem, s->purposes_n * sizeof *names);
    size_t i;

    for (i = 0; i < s->purposes_n; i++)
        names[i] = s->purposes[i].name;
    i = read_word(r, n, "purpose", names, s->purposes_n, s->purposes_n);
    return i < s->purposes_n ? &s->purposes[i] : NULL;
}

const struct shape_retention *check_retention_named(struct reader *r,
                                                    const struct node *n,
                                                    const struct shape *s)
{
    const char **names = arena_new(r->mem, s->retentions_n * sizeof *names);
    size_t i;

    for (i = 0; i < s->retentions_n; i++)
        names[i] = s->retentions[i].name;
    i = read_word(r, n, "retention class", names, s->retentions_n,
                  s->retentions_n);
    return i < s->retentions_n ? &s->retentions[i] : NULL;
}

static void find_types(struct reader *r, const struct node *n,
                       const struct shape *s, struct shape_field *f)
{
    size_t most = node_items_n(n);
    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers are meant
    const struct shape_type **to = arena_new(r->mem, most * sizeof *to);
    const char **names = arena_new(r->mem, s->types_n * sizeof *names);
    size_t i, t;

    for (t = 0; t < s->types_n; t++)
        names[t] = s->types[t].name;
    f->to = to;
    for (i = 0; i < most; i++) {
        t = read_word(r, node_item(n, i), "record type", names, s->types_n,
                      s->types_n);
        if (t < s->types_n)
            to[f->to_n++] = &s->types[t];
    }
}

static const int64_t number_max = INT64_C(1) << 52; /* exact in a double */

/* -- settings ----------------------------------------------------------- */

static void read_range(struct reader *r, const struct node *const *v,
                       struct shape_field *f)
{
    bool text = f->kind == FIELD_TEXT || f->kind == FIELD_PROSE;
    bool number = f->kind == FIELD_INT || f->kind == FIELD_MONEY;

    if (v[K_MIN] != NULL && !number)
        complain(r, v[K_MIN], "leave it out", "`min` is for int and money");
    else
        f->min = read_number(r, v[K_MIN], -number_max, number_max, 0);
    if (v[K_MAX] != NULL && !number && !text)
        complain(r, v[K_MAX], "leave it out",
                 "`max` is for text, prose, int and money");
    else if (text)
        f->max = read_number(r, v[K_MAX], 1, text_chars_max, 0);
    else
        f->max = read_number(r, v[K_MAX], -number_max, number_max, 0);
    if (number && v[K_MIN] != NULL && v[K_MAX] == NULL)
        complain(r, v[K_MIN], "add `max: ...`", "a range has two ends");
    if (number && v[K_MAX] != NULL && f->max < f->min)
        complain(r, v[K_MAX], "swap them", "`max` is less than `min`");
}

static void check_together(struct reader *r, const struct node *key,
                           const struct node *const *v,
                           const struct shape_type *type,
                           const struct shape_field *f)
{
#define AT(k) (v[k] != NULL ? v[k] : key)
    struct places at = {.policy = AT(K_POLICY),
                        .privacy = AT(K_PRIVACY),
                        .see = AT(K_SEE),
                        .set = AT(K_SET),
                        .format = AT(K_FORMAT),
                        .retired = AT(K_RETIRED),
                        .to = AT(K_TO)};
#undef AT

    check_rules(r, &at, type, f);
}

void check_field(struct reader *r, const struct node *key,
                 const struct node *settings, const struct shape *s,
                 const struct shape_type *type, struct shape_field *f)
{
    const struct node *v[K_N];

    f->label = (struct label){"", ""};
    check_number(r, key, settings);
    if (!read_keys(r, settings, key,
                   arena_printf(r->mem, "field `%s`", f->name), keys, K_N, v))
        return;
    if (v[K_LABEL] != NULL)
        f->label = read_label(r, v[K_LABEL]);
    f->ask = read_label(r, v[K_ASK]);
    f->kind = (enum field_kind)read_word(r, v[K_KIND], "kind", kind_words,
                                         FIELD_KINDS_N, FIELD_KINDS_N);
    f->set = read_flag(r, v[K_SET]);
    f->format = (enum format)read_word(r, v[K_FORMAT], "format", format_words,
                                       FORMATS_N, FORMAT_NONE);
    f->decimals = (unsigned)read_number(r, v[K_DECIMALS], 0, 7, 0);
    f->list = find_list(r, v[K_LIST], s);
    find_types(r, v[K_TO], s, f);
    f->policy = (enum policy)read_word(r, v[K_POLICY], "policy", policy_words,
                                       POLICIES_N, POLICIES_N);
    f->privacy = (enum privacy)read_word(r, v[K_PRIVACY], "privacy class",
                                         privacy_words, PRIVACY_N, PRIVACY_N);
    f->purpose = find_purpose(r, v[K_PURPOSE], s);
    f->retention = check_retention_named(r, v[K_RETENTION], s);
    f->see = v[K_SEE] != NULL ? read_roles(r, v[K_SEE]) : type->see;
    f->required = read_flag(r, v[K_REQUIRED]);
    f->retired = read_flag(r, v[K_RETIRED]);
    f->consent = v[K_CONSENT] != NULL ? read_text(r, v[K_CONSENT]) : NULL;
    f->was = read_names(r, v[K_WAS], &f->was_n);
    if (f->kind == FIELD_KINDS_N)
        return; /* complained; what follows would only confuse */
    if (f->kind == FIELD_POINT && v[K_DECIMALS] == NULL)
        complain(r, key, "add `decimals: 3`, which is about 100 m",
                 "field `%s` does not say how precise it is", f->name);
    if (f->kind != FIELD_POINT && v[K_DECIMALS] != NULL)
        complain(r, v[K_DECIMALS], "leave it out", "`decimals` is for points");
    if ((f->kind == FIELD_CHOICE) != (v[K_LIST] != NULL))
        complain(r, v[K_LIST] ? v[K_LIST] : key,
                 f->kind == FIELD_CHOICE ? "add `list: ...`" : "leave it out",
                 f->kind == FIELD_CHOICE ? "field `%s` has no list of choices"
                                         : "field `%s` takes no `list`",
                 f->name);
    if ((f->kind == FIELD_REF) != (v[K_TO] != NULL))
        complain(r, v[K_TO] ? v[K_TO] : key,
                 f->kind == FIELD_REF ? "add `to: ...`" : "leave it out",
                 f->kind == FIELD_REF ? "field `%s` does not say what it names"
                                      : "field `%s` takes no `to`",
                 f->name);
    read_range(r, v, f);
    check_together(r, key, v, type, f);
}
