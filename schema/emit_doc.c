/* The register of record types, as Markdown, for people. */
#include "schema/emit.h"

enum text {
    T_TITLE,
    T_VERSION,
    T_WRITE,
    T_SEE,
    T_KEPT,
    T_APART,
    T_FIELD,
    T_NAME,
    T_KIND,
    T_MERGE,
    T_PRIVACY,
    T_PURPOSE,
    T_RETENTION,
    T_PURPOSES,
    T_BASIS,
    T_RETENTIONS,
    T_DAYS,
    T_LISTS,
    T_SET,
    T_REQUIRED,
    T_RETIRED,
    T_CONSENT,
    T_CONSENTED,
    T_CLOSED,
    T_CLOSED_WITH,
    T_UNCOUNTED,
    T_FROM,
    T_FROM_CLOSED,
    T_FROM_WRITTEN,
    T_THEN,
    T_THEN_COUNTS,
    T_THEN_NOTHING,
    T_N
};

static const struct label texts[T_N] = {
    [T_TITLE] = {"Register van recordtypen", "Register of record types"},
    [T_VERSION] = {"Versie", "Version"},
    [T_WRITE] = {"Wie schrijft", "Who writes"},
    [T_SEE] = {"Wie ziet het", "Who sees it"},
    [T_KEPT] = {"Bewaard", "Kept"},
    [T_APART] = {"Apart bewaard onder een eigen sleutel; alleen voor wie het"
                 " vastlegde en wie het veld noemt",
                 "Kept apart under a key of its own; only for who recorded it"
                 " and whom the field names"},
    [T_FIELD] = {"Veld", "Field"},
    [T_NAME] = {"Naam", "Name"},
    [T_KIND] = {"Soort", "Kind"},
    [T_MERGE] = {"Samenvoegen", "Merge"},
    [T_PRIVACY] = {"Privacy", "Privacy"},
    [T_PURPOSE] = {"Doel", "Purpose"},
    [T_RETENTION] = {"Bewaartermijn", "Retention"},
    [T_PURPOSES] = {"Doelen en grondslagen", "Purposes and legal bases"},
    [T_BASIS] = {"Grondslag", "Legal basis"},
    [T_RETENTIONS] = {"Bewaartermijnen", "Retention classes"},
    [T_DAYS] = {"Dagen", "Days"},
    [T_LISTS] = {"Keuzelijsten", "Code lists"},
    [T_SET] = {"meer dan een", "several"},
    [T_REQUIRED] = {"verplicht", "required"},
    [T_RETIRED] = {"vervallen", "retired"},
    [T_CONSENT] = {"alleen met toestemming", "only with consent"},
    [T_CONSENTED] = {"Alleen met toestemming", "Only with consent"},
    [T_CLOSED] = {"Gesloten bij", "Closed when"},
    [T_CLOSED_WITH] = {"Gesloten met", "Closed with"},
    [T_UNCOUNTED] = {"Niet geteld bij", "Not counted when"},
    [T_FROM] = {"Telt vanaf", "Counts from"},
    [T_FROM_CLOSED] = {"sluiting", "closing"},
    [T_FROM_WRITTEN] = {"laatste wijziging", "last writing"},
    [T_THEN] = {"Daarna blijft", "Then stays"},
    [T_THEN_COUNTS] = {"wat geteld mag worden", "what may be counted"},
    [T_THEN_NOTHING] = {"niets", "nothing"},
};

static const struct label role_texts[ROLES_N] = {
    [ROLE_WORKER] = {"medewerker", "worker"},
    [ROLE_EXTERNAL] = {"extern", "external"},
    [ROLE_LEAD] = {"teamleider", "lead"},
    [ROLE_ANALYST] = {"analist", "analyst"},
    [ROLE_PRIVACY] = {"privacyfunctionaris", "privacy"},
    [ROLE_ADMIN] = {"beheerder", "admin"},
};

static const struct label privacy_texts[PRIVACY_N] = {
    [PRIVACY_NONE] = {"geen", "none"},
    [PRIVACY_INDIRECT] = {"indirect", "indirect"},
    [PRIVACY_DIRECT] = {"direct", "direct"},
    [PRIVACY_SPECIAL] = {"bijzonder", "special"},
    [PRIVACY_FREE] = {"vrije inhoud", "free content"},
};

struct doc {
    struct buf *out;
    enum lang lang;
    unsigned level; /* of its headings */
};

static void put_mark(const struct doc *d, unsigned below)
{
    unsigned i;

    buf_puts(d->out, "\n");
    for (i = 0; i < d->level + below; i++)
        buf_puts(d->out, "#");
    buf_puts(d->out, " ");
}

static const char *say(const struct doc *d, enum text t)
{
    return label_in(&texts[t], d->lang);
}

/* A cell of a table: `|` would end it. */
static void put_cell(const struct doc *d, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            buf_puts(d->out, "\\");
        buf_put(d->out, text, 1);
    }
    buf_puts(d->out, " | ");
}

/* The line with the names of the columns and the line under it. */
static void put_head(const struct doc *d, const enum text *columns, size_t n)
{
    size_t i;

    buf_puts(d->out, "\n|");
    for (i = 0; i < n; i++)
        buf_printf(d->out, " %s |", say(d, columns[i]));
    buf_puts(d->out, "\n|");
    for (i = 0; i < n; i++)
        buf_puts(d->out, "---|");
    buf_puts(d->out, "\n");
}

void emit_doc_roles(struct buf *out, role_set roles, enum lang lang)
{
    const char *comma = "";
    size_t i;

    for (i = 0; i < ROLES_N; i++) {
        if (!(roles & 1U << i))
            continue;
        buf_printf(out, "%s%s", comma, label_in(&role_texts[i], lang));
        comma = ", ";
    }
}

const char *emit_doc_privacy(enum privacy p, enum lang lang)
{
    return label_in(&privacy_texts[p], lang);
}

/* "choice (theme), several, required" */
static void put_kind(const struct doc *d, const struct shape_field *f)
{
    size_t i;

    buf_puts(d->out, field_kind_word(f->kind));
    if (f->list != NULL)
        buf_printf(d->out, " (%s)", f->list->name);
    for (i = 0; i < f->to_n; i++)
        buf_printf(d->out, "%s%s%s", i ? ", " : " (", f->to[i]->name,
                   i + 1 == f->to_n ? ")" : "");
    if (f->format != FORMAT_NONE)
        buf_printf(d->out, " (%s)", format_word(f->format));
    if (f->consent != NULL)
        buf_printf(d->out, ", %s: `%s`", say(d, T_CONSENT), f->consent);
    if (f->set)
        buf_printf(d->out, ", %s", say(d, T_SET));
    if (f->required)
        buf_printf(d->out, ", %s", say(d, T_REQUIRED));
    if (f->retired)
        buf_printf(d->out, ", %s", say(d, T_RETIRED));
    buf_puts(d->out, " | ");
}

static void put_field(const struct doc *d, const struct shape_field *f)
{
    buf_puts(d->out, "| ");
    put_cell(d, label_in(&f->label, d->lang));
    buf_printf(d->out, "`%s` | ", f->name);
    put_kind(d, f);
    buf_printf(d->out, "%s | %s | %s | %s | ", policy_word(f->policy),
               label_in(&privacy_texts[f->privacy], d->lang), f->purpose->name,
               f->retention->name);
    emit_doc_roles(d->out, f->see, d->lang);
    buf_puts(d->out, " |\n");
}

static void put_closed(const struct doc *d, const struct shape_type *t)
{
    const struct shape_closed *c = t->closed;
    size_t i;

    if (c == NULL)
        return;
    buf_printf(d->out, "- %s: `%s`", say(d, c->with ? T_CLOSED_WITH : T_CLOSED),
               t->fields[c->with ? c->with : c->field].name);
    for (i = 0; i < c->codes_n; i++)
        buf_printf(d->out, "%s`%s`", i ? ", " : " = ", c->codes[i]);
    buf_puts(d->out, "\n");
}

static void put_uncounted(const struct doc *d, const struct shape_type *t)
{
    const struct shape_uncounted *u = t->uncounted;
    size_t i;

    if (u == NULL)
        return;
    buf_printf(d->out, "- %s: `%s`", say(d, T_UNCOUNTED),
               t->fields[u->field].name);
    for (i = 0; i < u->codes_n; i++)
        buf_printf(d->out, "%s`%s`", i ? ", " : " = ", u->codes[i]);
    buf_puts(d->out, "\n");
}

static void put_type(const struct doc *d, const struct shape_type *t)
{
    static const enum text columns[] = {T_FIELD,     T_NAME,    T_KIND,
                                        T_MERGE,     T_PRIVACY, T_PURPOSE,
                                        T_RETENTION, T_SEE};
    size_t i;

    put_mark(d, 0);
    buf_printf(d->out, "%s (`%s`)\n\n%s\n\n", label_in(&t->label, d->lang),
               t->name, label_in(&t->about, d->lang));
    buf_printf(d->out, "- %s: ", say(d, T_WRITE));
    emit_doc_roles(d->out, t->write, d->lang);
    buf_printf(d->out, "\n- %s: ", say(d, T_SEE));
    emit_doc_roles(d->out, t->see, d->lang);
    buf_printf(d->out, "\n- %s: %s (%s)\n", say(d, T_KEPT),
               label_in(&t->retention->label, d->lang), t->retention->name);
    if (t->consent != NULL)
        buf_printf(d->out, "- %s: `%s`\n", say(d, T_CONSENTED), t->consent);
    if (t->apart)
        buf_printf(d->out, "- %s: `%s`\n", say(d, T_APART),
                   t->fields[t->given_to].name);
    put_closed(d, t);
    put_uncounted(d, t);
    put_head(d, columns, countof(columns));
    for (i = FIELD_DELETED + 1; i < t->fields_n; i++)
        put_field(d, &t->fields[i]);
}

static void put_purposes(const struct doc *d, const struct shape *s)
{
    static const enum text columns[] = {T_NAME, T_PURPOSE, T_BASIS};
    size_t i;

    put_mark(d, 0);
    buf_printf(d->out, "%s\n", say(d, T_PURPOSES));
    put_head(d, columns, countof(columns));
    for (i = 0; i < s->purposes_n; i++)
        buf_printf(d->out, "| `%s` | %s | %s |\n", s->purposes[i].name,
                   label_in(&s->purposes[i].label, d->lang),
                   s->purposes[i].basis);
}

static void put_retentions(const struct doc *d, const struct shape *s)
{
    static const enum text columns[] = {T_NAME, T_RETENTION, T_DAYS, T_FROM,
                                        T_THEN};
    size_t i;

    put_mark(d, 0);
    buf_printf(d->out, "%s\n", say(d, T_RETENTIONS));
    put_head(d, columns, countof(columns));
    for (i = 0; i < s->retentions_n; i++) {
        const struct shape_retention *p = &s->retentions[i];

        buf_printf(d->out, "| %s | %s | ", p->name,
                   label_in(&p->label, d->lang));
        if (p->days > 0)
            buf_printf(
                d->out, "%u | %s | %s |\n", p->days,
                say(d, p->from_closed ? T_FROM_CLOSED : T_FROM_WRITTEN),
                say(d, p->keeps_counts ? T_THEN_COUNTS : T_THEN_NOTHING));
        else
            buf_puts(d->out, "- | | |\n");
    }
}

static void put_lists(const struct doc *d, const struct shape *s)
{
    size_t i, j;

    put_mark(d, 0);
    buf_printf(d->out, "%s\n", say(d, T_LISTS));
    for (i = 0; i < s->lists_n; i++) {
        const struct shape_list *l = &s->lists[i];

        put_mark(d, 1);
        buf_printf(d->out, "%s (`%s`)\n\n", label_in(&l->label, d->lang),
                   l->name);
        for (j = 0; j < l->choices_n; j++)
            buf_printf(d->out, "- `%s` %s%s%s\n", l->choices[j].code,
                       label_in(&l->choices[j].label, d->lang),
                       l->choices[j].retired ? ", " : "",
                       l->choices[j].retired ? say(d, T_RETIRED) : "");
    }
}

void emit_doc_parts(struct buf *out, const struct shape *s, enum lang lang,
                    unsigned level)
{
    struct doc d = {.out = out, .lang = lang, .level = level};
    size_t i;

    for (i = 0; i < s->types_n; i++)
        put_type(&d, &s->types[i]);
    put_purposes(&d, s);
    put_retentions(&d, s);
    put_lists(&d, s);
}

void emit_doc(struct buf *out, const struct shape *s, enum lang lang)
{
    struct doc d = {.out = out, .lang = lang};

    buf_printf(out, "# %s\n\n%s %s\n", say(&d, T_TITLE), say(&d, T_VERSION),
               s->version);
    emit_doc_parts(out, s, lang, 2);
}
