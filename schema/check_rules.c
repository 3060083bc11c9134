/* Which settings of a field go together. */
#include "schema/check.h"

/* Has the kind an order in which one value is the extreme? */
static bool ordered(enum field_kind k)
{
    switch (k) {
    case FIELD_INT:
    case FIELD_MONEY:
    case FIELD_CHOICE:
    case FIELD_DATE:
    case FIELD_TIME: return true;
    case FIELD_TEXT:
    case FIELD_PROSE:
    case FIELD_POINT:
    case FIELD_REF:
    case FIELD_CODE:
    case FIELD_WORKER:
    case FIELD_ATTACHMENT:
    case FIELD_KINDS_N: break;
    }
    return false;
}

static void check_policy(struct reader *r, const struct places *at,
                         const struct shape_field *f)
{
    switch (f->policy) {
    case POLICY_LATEST:
    case POLICY_REVIEW:
    case POLICY_FIRST: return;
    case POLICY_UNION:
        if (!f->set)
            complain(r, at->policy, "add `set: true` or use another policy",
                     "field `%s` is no set, so it has no union", f->name);
        return;
    case POLICY_TEXT:
        if (f->set || (f->kind != FIELD_TEXT && f->kind != FIELD_PROSE))
            complain(r, at->policy, "use `policy: review`",
                     "field `%s` has no sentences to merge", f->name);
        return;
    case POLICY_HIGHEST:
    case POLICY_LOWEST:
        if (f->set || !ordered(f->kind))
            complain(r, at->policy, "use `policy: review`",
                     "field `%s` has no highest or lowest", f->name);
        return;
    case POLICIES_N: return; /* complained about already */
    }
}

static void check_privacy(struct reader *r, const struct places *at,
                          const struct shape_type *type,
                          const struct shape_field *f)
{
    bool open = f->kind == FIELD_PROSE;
    bool locates = f->kind == FIELD_POINT || f->kind == FIELD_WORKER ||
                   f->kind == FIELD_ATTACHMENT || f->format == FORMAT_BAG ||
                   f->format == FORMAT_POSTCODE || f->format == FORMAT_PHONE ||
                   f->format == FORMAT_EMAIL;

    if (open && f->privacy != PRIVACY_FREE && f->privacy != PRIVACY_N)
        complain(r, at->privacy, "use `privacy: free`",
                 "field `%s` is prose, which can tell anything", f->name);
    if (locates && f->privacy == PRIVACY_NONE)
        complain(r, at->privacy, "use `privacy: indirect` or a stronger class",
                 "field `%s` can single a person out", f->name);
    if ((f->privacy == PRIVACY_DIRECT || f->privacy == PRIVACY_SPECIAL) &&
        !type->apart)
        complain(r, at->privacy,
                 f->kind == FIELD_ATTACHMENT
                     ? "use `privacy: free`: a picture can show anything"
                     : "move it to a type with `apart: true`",
                 "field `%s` names or reaches a person, and a %s is not kept"
                 " apart",
                 f->name, type->name);
    if (f->kind == FIELD_ATTACHMENT && type->apart)
        complain(r, at->privacy, "move it to another type",
                 "field `%s` is a file, which cannot be kept apart", f->name);
    if ((f->see & 1U << ROLE_ANALYST) &&
        (f->privacy == PRIVACY_FREE || f->privacy == PRIVACY_DIRECT ||
         f->kind == FIELD_REF || f->kind == FIELD_POINT ||
         f->kind == FIELD_WORKER || f->kind == FIELD_ATTACHMENT))
        complain(r, at->see, "leave `analyst` out of its `see`",
                 "field `%s` cannot be counted without telling on people",
                 f->name);
}

/* Not even the name of such a record is for others. */
static void check_targets(struct reader *r, const struct places *at,
                          const struct shape_type *type,
                          const struct shape_field *f)
{
    size_t i;

    for (i = 0; i < f->to_n; i++)
        if (f->to[i]->apart && !type->apart)
            complain(r, at->to, "let that type name this one, or leave it out",
                     "field `%s` names a %s, which is kept apart", f->name,
                     f->to[i]->name);
}

void check_rules(struct reader *r, const struct places *at,
                 const struct shape_type *type, const struct shape_field *f)
{
    if (f->set && (f->kind == FIELD_PROSE || f->kind == FIELD_INT ||
                   f->kind == FIELD_MONEY))
        complain(r, at->set, "leave `set` out",
                 "field `%s` cannot be a set of such values", f->name);
    if (f->format != FORMAT_NONE && f->kind != FIELD_TEXT)
        complain(r, at->format, "leave `format` out, or use `kind: text`",
                 "field `%s` is no text, so it has no format", f->name);
    if (f->required && f->retired)
        complain(r, at->retired, "leave `required` out",
                 "field `%s` is retired, nobody can fill it in", f->name);
    if (f->see & ~type->see)
        complain(r, at->see,
                 "add the role to the `see` of the type, or leave it "
                 "out here",
                 "field `%s` is for roles that may not see a %s", f->name,
                 type->name);
    check_policy(r, at, f);
    check_targets(r, at, type, f);
    check_privacy(r, at, type, f);
}
