/*
 * What types say about one another: which records are consents and what needs
 * them, and what keeps that which people said apart from where they live.
 */
#include <string.h>

#include "schema/check.h"

/* -- which records are consents ----------------------------------------- */

size_t check_field_of(struct reader *r, const struct node *n,
                      const struct shape_type *type, enum field_kind kind)
{
    const char *name = read_text(r, n);
    const struct shape_field *f;

    if (*name == '\0')
        return 0;
    f = shape_field_named(type, bytes_of(name));
    if (f == NULL || f == &type->fields[FIELD_DELETED])
        complain(r, n, "name one of its fields", "there is no field `%s`",
                 name);
    else if (f->kind != kind || f->set)
        complain(r, n,
                 kind == FIELD_REF ? "name a field that refers to one record"
                                   : "name a field that holds one choice",
                 "field `%s` is no single %s", name, field_kind_word(kind));
    else
        return shape_field_index(type, f);
    return 0;
}

const char *check_code_of(struct reader *r, const struct node *n,
                          const struct shape_list *l)
{
    const char **codes = arena_new(r->mem, l->choices_n * sizeof *codes);
    size_t i;

    for (i = 0; i < l->choices_n; i++)
        codes[i] = l->choices[i].code;
    i = read_word(r, n, "choice", codes, l->choices_n, l->choices_n);
    return i < l->choices_n ? codes[i] : NULL;
}

static void find_states(struct reader *r, const struct node *given,
                        const struct node *withdrawn,
                        const struct shape_list *l, struct shape_consents *c)
{
    const char **codes = arena_new(r->mem, node_items_n(given) * sizeof *codes);
    size_t i;

    for (i = 0; i < node_items_n(given); i++) {
        codes[c->given_n] = check_code_of(r, node_item(given, i), l);
        c->given_n += codes[c->given_n] != NULL;
    }
    c->given = codes;
    c->withdrawn = check_code_of(r, withdrawn, l);
    for (i = 0; c->withdrawn != NULL && i < c->given_n; i++)
        if (strcmp(c->given[i], c->withdrawn) == 0)
            complain(r, withdrawn, "name a state that does not allow",
                     "`%s` is given and withdrawn", c->withdrawn);
}

void check_consents(struct reader *r, const struct node *n,
                    struct shape_type *type)
{
    enum { SUBJECT, PURPOSE, STATE, GIVEN, WITHDRAWN };
    static const struct key keys[] = {
        [SUBJECT] = {"subject", "name the field that says whose it is"},
        [PURPOSE] = {"purpose", "name the field that says what for"},
        [STATE] = {"state", "name the field that says yes or no"},
        [GIVEN] = {"given", "say which states allow, `given: [...]`"},
        [WITHDRAWN] = {"withdrawn", "say which state takes it back"},
    };
    const struct node *v[countof(keys)];
    struct shape_consents *c = arena_new(r->mem, sizeof *c);
    const struct shape_field *state;

    if (!read_keys(r, n, n, "`consents`", keys, countof(keys), v))
        return;
    c->subject = check_field_of(r, v[SUBJECT], type, FIELD_REF);
    c->purpose = check_field_of(r, v[PURPOSE], type, FIELD_CHOICE);
    c->state = check_field_of(r, v[STATE], type, FIELD_CHOICE);
    state = &type->fields[c->state];
    if (c->subject == 0 || c->purpose == 0 || state->list == NULL ||
        type->fields[c->purpose].list == NULL)
        return;
    find_states(r, v[GIVEN], v[WITHDRAWN], state->list, c);
    if (state->policy != POLICY_HIGHEST && state->policy != POLICY_LOWEST)
        complain(r, v[STATE],
                 "use `policy: highest`, and put what forbids "
                 "last in its list",
                 "field `%s` could turn a refusal into consent", state->name);
    type->consents = c;
}

/* -- what needs consent ------------------------------------------------- */

static void check_purpose(struct reader *r, const struct node *n,
                          const struct shape *s)
{
    const struct shape_type *t = shape_consents_type(s);

    if (t == NULL)
        complain(r, n, "mark the type that holds them with `consents:`",
                 "no type holds consents");
    else
        (void)check_code_of(r, n, t->fields[t->consents->purpose].list);
}

static bool among(const struct shape_type *t, const struct shape_field *f)
{
    size_t i;

    for (i = 0; i < f->to_n; i++)
        if (f->to[i] == t)
            return true;
    return false;
}

/* May a consent be about everything that this field names? */
static bool all_subjects(const struct shape_field *f, const struct shape *s)
{
    const struct shape_type *t = shape_consents_type(s);
    size_t i;

    for (i = 0; t != NULL && i < f->to_n; i++)
        if (!among(f->to[i], &t->fields[t->consents->subject]))
            return false;
    return f->to_n > 0;
}

static void check_field_consent(struct reader *r, const struct node *n,
                                const struct shape_field *f,
                                const struct shape *s)
{
    check_purpose(r, n, s);
    if (f->kind != FIELD_REF || f->set)
        complain(r, n, "leave `consent` out",
                 "field `%s` does not name one record, so nobody can consent",
                 f->name);
    else if (shape_consents_type(s) != NULL && !all_subjects(f, s))
        complain(r, n, "add what it names to the subjects of consent",
                 "no consent can be about what field `%s` names", f->name);
}

static void check_type_consent(struct reader *r, const struct node *n,
                               const struct shape_type *t,
                               const struct shape *s)
{
    size_t i;

    check_purpose(r, n, s);
    for (i = 1; i < t->fields_n; i++)
        if (t->fields[i].kind == FIELD_REF && !t->fields[i].set &&
            all_subjects(&t->fields[i], s))
            return;
    complain(r, n, "add a `ref` to a subject of consent",
             "a %s does not name whose consent it needs", t->name);
}

/* -- what was said, and where ------------------------------------------- */

static bool is_address(const struct shape_field *f)
{
    return f->format == FORMAT_POSTCODE || f->format == FORMAT_BAG;
}

static bool has_address(const struct shape_type *t)
{
    size_t i;

    for (i = 1; i < t->fields_n; i++)
        if (is_address(&t->fields[i]))
            return true;
    return false;
}

static bool has_free_text(const struct shape_type *t)
{
    size_t i;

    for (i = 1; i < t->fields_n; i++)
        if (t->fields[i].privacy == PRIVACY_FREE)
            return true;
    return false;
}

static bool names(const struct shape_field *f,
                  bool (*such)(const struct shape_type *t))
{
    size_t i;

    for (i = 0; i < f->to_n; i++)
        if (such(f->to[i]))
            return true;
    return false;
}

/* Does the type name addresses in another field than `but`? */
static bool names_address(const struct shape_type *t,
                          const struct shape_field *but)
{
    size_t i;

    for (i = 1; i < t->fields_n; i++)
        if (&t->fields[i] != but && names(&t->fields[i], has_address))
            return true;
    return false;
}

/* What people said is held by neighbourhood; what ties it to a door needs the
 * consent of who lives there. */
static void check_apart(struct reader *r, const struct node *key,
                        const struct shape_type *t, const struct shape_field *f)
{
    if (has_free_text(t) && (is_address(f) || names(f, has_address)))
        complain(r, key, "hold a neighbourhood in its place, with `kind: code`",
                 "field `%s` ties the free text of a %s to an address", f->name,
                 t->name);
    else if (f->consent == NULL && names(f, has_free_text) &&
             (has_address(t) || names_address(t, f)))
        complain(r, key, "say which consent that needs, `consent: ...`",
                 "field `%s` ties free text to the address in a %s", f->name,
                 t->name);
}

/* -- all of it ---------------------------------------------------------- */

static void check_type(struct reader *r, const struct tree *tree,
                       const struct shape_type *t, const struct shape *s)
{
    const struct node *fields = node_value(tree->root, "fields");
    const struct node *n = node_value(tree->root, "consent");
    size_t i;

    if (n != NULL)
        check_type_consent(r, n, t, s);
    for (i = 1; i < t->fields_n; i++) {
        const struct node *settings = fields->items[2 * i - 1];

        n = node_value(settings, "consent");
        if (n != NULL)
            check_field_consent(r, n, &t->fields[i], s);
        check_apart(r, fields->items[2 * i - 2], t, &t->fields[i]);
    }
    n = node_value(tree->root, "consents");
    if (n != NULL && t->consents != NULL && shape_consents_type(s) != t)
        complain(r, n, "leave it out of one of them",
                 "`%s` holds consents already", shape_consents_type(s)->name);
}

void check_between(struct reader *r, const struct tree *trees, size_t n,
                   const struct shape *s)
{
    size_t i, at = 0;

    for (i = 0; i < n && at < s->types_n; i++)
        if (tree_is_type(&trees[i])) {
            const struct shape_type *t = &s->types[at++];

            check_type(r, &trees[i], t, s);
            check_closed_with(r, node_value(trees[i].root, "closed"), t);
        }
}
