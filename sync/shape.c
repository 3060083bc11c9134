#include "sync/shape.h"

#include <string.h>

const char *label_in(const struct label *l, enum lang lang)
{
    return lang == LANG_NL ? l->nl : l->en;
}

#define X(name, word) word,
static const char *const field_kinds[] = {FIELD_KINDS(X)};
static const char *const policies[] = {POLICIES(X)};
static const char *const privacies[] = {PRIVACY_CLASSES(X)};
static const char *const roles[] = {ROLES(X)};
static const char *const formats[] = {FORMATS(X)};
#undef X

const char *field_kind_word(enum field_kind k)
{
    assert(k < FIELD_KINDS_N);
    return field_kinds[k];
}

const char *policy_word(enum policy p)
{
    assert(p < POLICIES_N);
    return policies[p];
}

const char *privacy_word(enum privacy p)
{
    assert(p < PRIVACY_N);
    return privacies[p];
}

const char *role_word(enum role r)
{
    assert(r < ROLES_N);
    return roles[r];
}

enum role role_named(struct bytes word)
{
    int r = 0;

    while (r < ROLES_N && !bytes_eq(word, bytes_of(roles[r])))
        r++;
    return (enum role)r;
}

const char *format_word(enum format f)
{
    assert(f < FORMATS_N);
    return formats[f];
}

static bool named(struct bytes name, const char *now, const char *const *was,
                  size_t was_n)
{
    size_t i;

    if (bytes_eq(name, bytes_of(now)))
        return true;
    for (i = 0; i < was_n; i++)
        if (bytes_eq(name, bytes_of(was[i])))
            return true;
    return false;
}

const struct shape_type *shape_type_named(const struct shape *s,
                                          struct bytes name)
{
    size_t i;

    for (i = 0; i < s->types_n; i++)
        if (named(name, s->types[i].name, s->types[i].was, s->types[i].was_n))
            return &s->types[i];
    return NULL;
}

const struct shape_field *shape_field_named(const struct shape_type *t,
                                            struct bytes name)
{
    size_t i;

    for (i = 0; i < t->fields_n; i++)
        if (named(name, t->fields[i].name, t->fields[i].was,
                  t->fields[i].was_n))
            return &t->fields[i];
    return NULL;
}

const struct shape_choice *shape_choice_coded(const struct shape_list *l,
                                              struct bytes code)
{
    size_t i;

    for (i = 0; i < l->choices_n; i++)
        if (named(code, l->choices[i].code, l->choices[i].was,
                  l->choices[i].was_n))
            return &l->choices[i];
    return NULL;
}

static struct bytes code_of_today(const struct shape_list *l, struct bytes code)
{
    const struct shape_choice *c = shape_choice_coded(l, code);

    return c != NULL ? bytes_of(c->code) : code;
}

void shape_modernise(const struct shape_field *f, struct value *v,
                     struct arena *mem)
{
    struct bytes *p;
    size_t i;

    if (f->list == NULL || !f->list->renamed)
        return;
    if (v->kind == VALUE_TEXT) {
        v->as.text = code_of_today(f->list, v->as.text);
    } else if (v->kind == VALUE_SET) {
        p = arena_new(mem, v->as.set.n * sizeof *p);
        for (i = 0; i < v->as.set.n; i++)
            p[i] = code_of_today(f->list, v->as.set.p[i]);
        *v = value_set(p, v->as.set.n);
    }
}

bool shape_may_count(const struct shape_field *f)
{
    return f->see >> ROLE_ANALYST & 1U &&
           (f->privacy == PRIVACY_NONE || f->privacy == PRIVACY_INDIRECT);
}

const struct shape_type *shape_consents_type(const struct shape *s)
{
    size_t i;

    for (i = 0; i < s->types_n; i++)
        if (s->types[i].consents != NULL)
            return &s->types[i];
    return NULL;
}

static bool same_choice(const struct shape_list *l, const struct value *v,
                        const char *code)
{
    return v->kind == VALUE_TEXT && bytes_eq(code_of_today(l, v->as.text),
                                             code_of_today(l, bytes_of(code)));
}

bool shape_state_allows(const struct shape_type *consents,
                        const struct value *state)
{
    const struct shape_consents *c = consents->consents;
    size_t i;

    for (i = 0; i < c->given_n; i++)
        if (same_choice(consents->fields[c->state].list, state, c->given[i]))
            return true;
    return false;
}

bool shape_same_purpose(const struct shape_type *consents,
                        const struct value *a, const char *b)
{
    size_t f = consents->consents->purpose;

    return same_choice(consents->fields[f].list, a, b);
}

size_t shape_first(const struct shape_type *t, enum field_kind kind)
{
    size_t i;

    for (i = FIELD_DELETED + 1; i < t->fields_n; i++)
        if (t->fields[i].kind == kind && !t->fields[i].retired &&
            !t->fields[i].set)
            return i;
    return 0;
}

size_t shape_type_index(const struct shape *s, const struct shape_type *t)
{
    assert(t >= s->types && t < s->types + s->types_n);
    return (size_t)(t - s->types);
}

size_t shape_field_index(const struct shape_type *t,
                         const struct shape_field *f)
{
    assert(f >= t->fields && f < t->fields + t->fields_n);
    return (size_t)(f - t->fields);
}
