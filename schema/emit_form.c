/* Forms as JSON: what a person is asked, and what the answer may be. */
#include <jansson.h>
#include <stdlib.h>

#include "schema/emit.h"

static json_t *checked(json_t *j)
{
    if (j == NULL)
        abort(); /* out of memory, or a text that is not UTF-8: a bug */
    return j;
}

static void set(json_t *to, const char *key, json_t *value)
{
    if (json_object_set_new(to, key, checked(value)) != 0)
        abort();
}

static void add(json_t *to, json_t *value)
{
    if (json_array_append_new(to, checked(value)) != 0)
        abort();
}

static json_t *label(const struct label *l)
{
    json_t *j = checked(json_object());

    set(j, "nl", json_string(l->nl));
    set(j, "en", json_string(l->en));
    return j;
}

static json_t *roles(role_set roles)
{
    json_t *j = checked(json_array());
    size_t i;

    for (i = 0; i < ROLES_N; i++)
        if (roles & 1U << i)
            add(j, json_string(role_word((enum role)i)));
    return j;
}

static json_t *choices(const struct shape_list *l)
{
    json_t *all = checked(json_array());
    size_t i;

    for (i = 0; i < l->choices_n; i++) {
        const struct shape_choice *c = &l->choices[i];
        json_t *j;

        if (c->retired)
            continue;
        j = checked(json_object());
        set(j, "code", json_string(c->code));
        set(j, "label", label(&c->label));
        if (c->group != NULL)
            set(j, "group", json_string(c->group));
        if (c->sensitivity > 0)
            set(j, "sensitivity", json_integer(c->sensitivity));
        add(all, j);
    }
    return all;
}

static json_t *targets(const struct shape_field *f)
{
    json_t *j = checked(json_array());
    size_t i;

    for (i = 0; i < f->to_n; i++)
        add(j, json_string(f->to[i]->name));
    return j;
}

static void set_limits(json_t *j, const struct shape_field *f)
{
    bool number = f->kind == FIELD_INT || f->kind == FIELD_MONEY;

    if (f->format != FORMAT_NONE)
        set(j, "format", json_string(format_word(f->format)));
    if (number && (f->min != 0 || f->max != 0))
        set(j, "min", json_integer(f->min));
    if (f->max != 0)
        set(j, "max", json_integer(f->max));
    if (f->kind == FIELD_POINT)
        set(j, "decimals", json_integer(f->decimals));
    if (f->list != NULL)
        set(j, "choices", choices(f->list));
    if (f->to_n > 0)
        set(j, "to", targets(f));
    if (f->consent != NULL)
        set(j, "consent", json_string(f->consent));
}

static json_t *field(const struct shape_field *f)
{
    json_t *j = checked(json_object());

    set(j, "name", json_string(f->name));
    set(j, "label", label(&f->label));
    if (f->ask.nl != NULL)
        set(j, "ask", label(&f->ask));
    set(j, "kind", json_string(field_kind_word(f->kind)));
    set(j, "set", json_boolean(f->set));
    set(j, "required", json_boolean(f->required));
    set_limits(j, f);
    set(j, "privacy", json_string(privacy_word(f->privacy)));
    set(j, "see", roles(f->see));
    return j;
}

void emit_form(struct buf *out, const struct shape *s,
               const struct shape_type *t)
{
    json_t *form = checked(json_object()), *fields = checked(json_array());
    char *text;
    size_t i;

    for (i = FIELD_DELETED + 1; i < t->fields_n; i++)
        if (!t->fields[i].retired)
            add(fields, field(&t->fields[i]));
    set(form, "type", json_string(t->name));
    set(form, "version", json_string(s->version));
    set(form, "label", label(&t->label));
    set(form, "about", label(&t->about));
    set(form, "write", roles(t->write));
    if (t->consent != NULL)
        set(form, "consent", json_string(t->consent));
    if (t->apart)
        set(form, "givenTo", json_string(t->fields[t->given_to].name));
    set(form, "fields", fields);
    text = json_dumps(form, JSON_INDENT(2));
    if (text == NULL)
        abort();
    buf_puts(out, text);
    buf_puts(out, "\n");
    free(text);
    json_decref(form);
}
