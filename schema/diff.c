#include "schema/diff.h"

#include <string.h>

#include "sync/base/mem.h"

/*
 * What must hold from one version to the next, and why:
 *   types and fields stay, in their order     rows and devices count fields
 *   a field keeps its kind, set, list, format its values stand in a column
 *   choices stay, or are in another's `was`   values name them
 *   choices under `highest` keep their order  the order decides who wins
 *   limits do not shrink                      a value that was lawful stays so
 */
struct diff {
    struct buf *out;
    size_t unsafe;
    const struct shape_type *consents; /* of the new version, or NULL */
};

static void safe(struct diff *d, const char *where, const char *what)
{
    buf_printf(d->out, "safe    %s: %s\n", where, what);
}

static void unsafe(struct diff *d, const char *where, const char *what,
                   const char *remedy)
{
    buf_printf(d->out, "UNSAFE  %s: %s: %s\n", where, what, remedy);
    d->unsafe++;
}

static const char *path(struct arena *mem, const char *a, const char *b)
{
    return arena_printf(mem, "%s.%s", a, b);
}

/* -- choices ------------------------------------------------------------ */

static bool ranked(enum policy p)
{
    return p == POLICY_HIGHEST || p == POLICY_LOWEST;
}

static void diff_choice(struct diff *d, const char *where,
                        const struct shape_choice *old,
                        const struct shape_list *now, struct arena *mem)
{
    const struct shape_choice *c = shape_choice_coded(now, bytes_of(old->code));

    where = path(mem, where, old->code);
    if (c == NULL)
        unsafe(d, where, "the choice is gone",
               "keep it with `retired: true`, or name it in the `was` of "
               "the choice that replaces it");
    else if (strcmp(c->code, old->code) != 0)
        safe(d, where, arena_printf(mem, "is now `%s`", c->code));
    else if (c->retired != old->retired)
        safe(d, where, c->retired ? "is retired" : "is offered again");
}

/* Do the choices that both have stand in the same order? */
static bool same_order(const struct shape_list *old,
                       const struct shape_list *now)
{
    const struct shape_choice *last = NULL;
    size_t i;

    for (i = 0; i < old->choices_n; i++) {
        const struct shape_choice *c =
            shape_choice_coded(now, bytes_of(old->choices[i].code));

        if (c == NULL)
            continue;
        if (last != NULL && c < last)
            return false;
        last = c;
    }
    return true;
}

static const struct shape_list *list_named(const struct shape *s,
                                           const char *name)
{
    size_t i;

    for (i = 0; i < s->lists_n; i++)
        if (strcmp(s->lists[i].name, name) == 0)
            return &s->lists[i];
    return NULL;
}

static void diff_lists(struct diff *d, const struct shape *old,
                       const struct shape *now, struct arena *mem)
{
    size_t i, j;

    for (i = 0; i < now->lists_n; i++) {
        const struct shape_list *n = &now->lists[i];
        const struct shape_list *o = list_named(old, n->name);
        const char *where = path(mem, "lists", n->name);

        if (o == NULL) {
            safe(d, where, "a new list");
            continue;
        }
        for (j = 0; j < o->choices_n; j++)
            diff_choice(d, where, &o->choices[j], n, mem);
        for (j = 0; j < n->choices_n; j++)
            if (n->choices[j].was_n == 0 &&
                shape_choice_coded(o, bytes_of(n->choices[j].code)) == NULL)
                safe(d, path(mem, where, n->choices[j].code), "a new choice");
    }
    for (i = 0; i < old->lists_n; i++)
        if (list_named(now, old->lists[i].name) == NULL)
            safe(d, path(mem, "lists", old->lists[i].name), "the list is gone");
}

/* -- fields ------------------------------------------------------------- */

static bool numeric(const struct shape_field *f)
{
    return f->kind == FIELD_INT || f->kind == FIELD_MONEY;
}

static void diff_limits(struct diff *d, const char *where,
                        const struct shape_field *old,
                        const struct shape_field *now)
{
    bool had = old->min != 0 || old->max != 0;
    bool has = now->min != 0 || now->max != 0;

    if (old->min == now->min && old->max == now->max)
        return;
    if (has &&
        (!had || now->max < old->max || (numeric(now) && now->min > old->min)))
        unsafe(d, where, "the limits are narrower",
               "keep the old ones: there may be values outside");
    else
        safe(d, where, "the limits are wider");
}

static bool same_targets(const struct shape_field *old,
                         const struct shape_field *now)
{
    size_t i, j;

    for (i = 0; i < old->to_n; i++) {
        for (j = 0; j < now->to_n; j++)
            if (strcmp(old->to[i]->name, now->to[j]->name) == 0)
                break;
        if (j == now->to_n)
            return false;
    }
    return true;
}

static void diff_kind(struct diff *d, const char *where,
                      const struct shape_field *old,
                      const struct shape_field *now, struct arena *mem)
{
    if (old->kind != now->kind || old->set != now->set)
        unsafe(d, where,
               arena_printf(
                   mem, "was %s%s, is %s%s", old->set ? "a set of " : "",
                   field_kind_word(old->kind), now->set ? "a set of " : "",
                   field_kind_word(now->kind)),
               "retire it and add a field with another name");
    if (old->format != now->format && now->format != FORMAT_NONE)
        unsafe(d, where,
               arena_printf(mem, "now has the format %s",
                            format_word(now->format)),
               "retire it and add a field with another name");
    if (old->kind == FIELD_POINT && now->decimals != old->decimals)
        safe(d, where,
             now->decimals < old->decimals ? "points are kept less precisely"
                                           : "points are kept more precisely");
    if (!same_targets(old, now))
        unsafe(d, where, "it may name fewer types",
               "keep the old ones: there may be such references");
}

static void diff_list_of(struct diff *d, const char *where,
                         const struct shape_field *old,
                         const struct shape_field *now, struct arena *mem)
{
    size_t i;

    if (old->list == NULL || now->list == NULL)
        return;
    if (strcmp(old->list->name, now->list->name) != 0) {
        safe(d, where,
             arena_printf(mem, "takes its choices from `%s`, not `%s`",
                          now->list->name, old->list->name));
        for (i = 0; i < old->list->choices_n; i++)
            diff_choice(d, where, &old->list->choices[i], now->list, mem);
    }
    if (ranked(now->policy) && !same_order(old->list, now->list))
        unsafe(d, where, "the order of its choices decides and has changed",
               "put the choices back in their old order");
}

static void diff_policy(struct diff *d, const char *where,
                        const struct shape_field *old,
                        const struct shape_field *now, struct arena *mem)
{
    const char *what =
        arena_printf(mem, "policy %s becomes %s", policy_word(old->policy),
                     policy_word(now->policy));

    if (old->policy == now->policy)
        return;
    /* Writes carry what their writer saw only for union and text. */
    if (now->policy == POLICY_UNION || now->policy == POLICY_TEXT)
        unsafe(d, where, what,
               "writes made before lack what their writer saw; retire it and "
               "add a field with another name");
    else if (ranked(old->policy))
        unsafe(d, where, what, "what must win would lose; keep the policy");
    else if (old->policy == POLICY_REVIEW && now->policy == POLICY_LATEST)
        unsafe(d, where, what,
               "conflicts that wait for a person would vanish; keep it");
    else
        safe(d, where, what);
}

/* `what` it is that now, or no longer, needs consent. */
static void diff_consent(struct diff *d, const char *where, const char *old,
                         const char *now, const char *remedy)
{
    struct value was;

    if (old == NULL && now == NULL)
        return;
    if (old == NULL) {
        unsafe(d, where, "needs consent from now on", remedy);
        return;
    }
    if (now == NULL) {
        safe(d, where, "needs no consent any more: tell the privacy officer");
        return;
    }
    was = value_text(old);
    if (!shape_same_purpose(d->consents, &was, now))
        unsafe(d, where, "needs consent for another purpose", remedy);
}

static void diff_field(struct diff *d, const char *where,
                       const struct shape_field *old,
                       const struct shape_field *now, struct arena *mem)
{
    where = path(mem, where, old->name);
    if (strcmp(old->name, now->name) != 0)
        safe(d, where, arena_printf(mem, "is now `%s`", now->name));
    diff_kind(d, where, old, now, mem);
    diff_limits(d, where, old, now);
    diff_list_of(d, where, old, now, mem);
    diff_policy(d, where, old, now, mem);
    diff_consent(d, where, old->consent, now->consent,
                 "what is there without it would go; retire it and add a "
                 "field with another name");
    if (old->retired != now->retired)
        safe(d, where, now->retired ? "is retired" : "is offered again");
    if (old->required != now->required)
        safe(d, where, now->required ? "is required" : "is optional");
    if (old->privacy != now->privacy)
        safe(d, where,
             arena_printf(mem, "privacy %s becomes %s: look at who sees it",
                          privacy_word(old->privacy),
                          privacy_word(now->privacy)));
    if (strcmp(old->purpose->name, now->purpose->name) != 0)
        safe(d, where, "has another purpose: tell the privacy officer");
    if (old->retention->days != now->retention->days)
        safe(d, where,
             arena_printf(mem, "is kept %u days, was %u", now->retention->days,
                          old->retention->days));
    if (old->retention->from_closed != now->retention->from_closed)
        safe(d, where,
             now->retention->from_closed
                 ? "its term counts from the closing of the record"
                 : "its term counts from the last writing");
    if (old->retention->keeps_counts != now->retention->keeps_counts)
        safe(d, where,
             now->retention->keeps_counts
                 ? "stays after its term if it may be counted"
                 : "goes with its term, also if it may be counted");
    if (now->see & ~old->see)
        safe(d, where, "more roles see it: tell the privacy officer");
    else if (old->see != now->see)
        safe(d, where, "fewer roles see it");
}

/* -- types -------------------------------------------------------------- */

static bool same_codes(const struct shape_type *t, const char *const *a,
                       size_t a_n, const struct shape_consents *c)
{
    size_t i;

    if (a_n != c->given_n)
        return false;
    for (i = 0; i < a_n; i++) {
        struct value state = value_text(a[i]);

        if (!shape_state_allows(t, &state))
            return false;
    }
    return true;
}

/* What a consent is decides what may be there: it stays as it is. */
static void diff_consents(struct diff *d, const struct shape_type *old,
                          const struct shape_type *now)
{
    const struct shape_consents *a = old->consents, *b = now->consents;

    if (a == NULL && b == NULL)
        return;
    if (a == NULL)
        unsafe(d, now->name, "its records are consents from now on",
               "those that are there would not count; add another type");
    else if (b == NULL || a->subject != b->subject ||
             a->purpose != b->purpose || a->state != b->state ||
             !same_codes(now, a->given, a->given_n, b))
        unsafe(d, now->name, "what makes its records consents has changed",
               "keep `consents` as it was: what is there rests on it");
}

static void diff_type(struct diff *d, const struct shape_type *old,
                      const struct shape_type *now, struct arena *mem)
{
    size_t i;

    if (strcmp(old->name, now->name) != 0)
        safe(d, old->name, arena_printf(mem, "is now `%s`", now->name));
    for (i = FIELD_DELETED + 1; i < old->fields_n; i++) {
        const struct shape_field *o = &old->fields[i];
        const struct shape_field *n = shape_field_named(now, bytes_of(o->name));

        if (n == NULL) {
            unsafe(d, path(mem, old->name, o->name), "the field is gone",
                   "keep it with `retired: true`, or name it in the `was` of "
                   "the field that replaces it");
            continue;
        }
        if (shape_field_index(now, n) != i)
            unsafe(d, path(mem, old->name, o->name),
                   arena_printf(mem, "was field %zu, is field %zu", i,
                                shape_field_index(now, n)),
                   "keep the order and add new fields at the end");
        diff_field(d, old->name, o, n, mem);
    }
    for (i = FIELD_DELETED + 1; i < now->fields_n; i++)
        if (now->fields[i].was_n == 0 &&
            shape_field_named(old, bytes_of(now->fields[i].name)) == NULL)
            safe(d, path(mem, now->name, now->fields[i].name), "a new field");
    diff_consent(d, now->name, old->consent, now->consent,
                 "what is there without it would go; add another type");
    diff_consents(d, old, now);
    if (old->apart != now->apart)
        unsafe(d, now->name,
               now->apart ? "is now kept apart" : "is no longer kept apart",
               "retire its fields and add a type with another name: what is"
               " there stays as it was kept");
    if (now->apart && old->apart && old->given_to != now->given_to)
        unsafe(d, now->name, "another field says to whom it is given",
               "keep the field: who was named in it would lose it");
    if (old->write != now->write)
        safe(d, now->name, "other roles may write it");
    if (now->see & ~old->see)
        safe(d, now->name, "more roles see it: tell the privacy officer");
    else if (old->see != now->see)
        safe(d, now->name, "fewer roles see it");
}

size_t schema_diff(const struct shape *old, const struct shape *new,
                   struct buf *out)
{
    struct diff d = {.out = out, .consents = shape_consents_type(new)};
    struct arena mem = {0};
    size_t i;

    for (i = 0; i < old->types_n; i++) {
        const struct shape_type *o = &old->types[i];
        const struct shape_type *n = shape_type_named(new, bytes_of(o->name));

        if (n == NULL)
            unsafe(&d, o->name, "the type is gone",
                   "keep it; nobody need be allowed to write it");
        else
            diff_type(&d, o, n, &mem);
    }
    for (i = 0; i < new->types_n; i++)
        if (new->types[i].was_n == 0 &&
            shape_type_named(old, bytes_of(new->types[i].name)) == NULL)
            safe(&d, new->types[i].name, "a new type");
    diff_lists(&d, old, new, &mem);
    arena_free(&mem);
    return d.unsafe;
}
