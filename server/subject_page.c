#include "server/subject_page.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "schema/emit.h"
#include "server/page.h"
#include "sync/civil.h"

enum { PAGE_BYTES_MAX = 64 * 1024 * 1024 };

enum text {
    T_TITLE,
    T_LEAD,
    T_ERASED,
    T_HELD,
    T_FIELD,
    T_VALUE,
    T_ALSO,
    T_WROTE,
    T_WHEN,
    T_WHO,
    T_WHAT,
    T_EMPTIED,
    T_READERS,
    T_ROLE,
    T_ACCESS,
    T_DID,
    T_FIRST,
    T_LAST,
    T_TIMES,
    T_KEPT,
    T_READ,
    T_CHANGED,
    T_N
};

static const struct label texts[T_N] = {
    [T_TITLE] = {"Wat wij van u hebben vastgelegd",
                 "What we hold that is about you"},
    [T_LEAD] = {"Dit overzicht is gemaakt op uw verzoek (AVG artikel 15). Klopt"
                " er iets niet, dan kunt u vragen het te verbeteren of te"
                " wissen.",
                "This was made at your request (GDPR article 15). If something"
                " is not right, you can ask to have it corrected or erased."},
    [T_ERASED] = {"Dit is gewist.", "This was erased."},
    [T_HELD] = {"Wat er staat", "What is held"},
    [T_FIELD] = {"Veld", "Field"},
    [T_VALUE] = {"Inhoud", "Content"},
    [T_ALSO] = {"ook", "also"},
    [T_WROTE] = {"Wie wat wanneer schreef", "Who wrote what when"},
    [T_WHEN] = {"Wanneer", "When"},
    [T_WHO] = {"Wie", "Who"},
    [T_WHAT] = {"Wat", "What"},
    [T_EMPTIED] = {"(gewist of leeggemaakt)", "(erased or emptied)"},
    [T_READERS] = {"Wie het nu mag lezen", "Who may read it now"},
    [T_ROLE] = {"Rol", "Role"},
    [T_ACCESS] = {"Wie er volgens het logboek bij is geweest",
                  "Who had access, by the log"},
    [T_DID] = {"Wat", "What"},
    [T_FIRST] = {"Eerst", "First"},
    [T_LAST] = {"Laatst", "Last"},
    [T_TIMES] = {"Keren", "Times"},
    [T_KEPT] = {"Bewaard", "Kept"},
    [T_READ] = {"gelezen", "read"},
    [T_CHANGED] = {"gewijzigd", "changed"},
};

struct writing {
    struct buf *out;
    const struct shape *shape;
    enum lang lang;
};

static const char *say(const struct writing *w, enum text t)
{
    return label_in(&texts[t], w->lang);
}

static void put_text(const struct writing *w, const char *text)
{
    page_put_text(w->out, bytes_of(text));
}

static const char *word(const json_t *j, const char *key)
{
    const char *text = json_string_value(json_object_get(j, key));

    return text == NULL ? "" : text;
}

static void put_heads(const struct writing *w, const enum text *heads, size_t n)
{
    size_t i;

    buf_puts(w->out, "\n|");
    for (i = 0; i < n; i++)
        buf_printf(w->out, " %s |", say(w, heads[i]));
    buf_puts(w->out, "\n|");
    for (i = 0; i < n; i++)
        buf_puts(w->out, "---|");
    buf_puts(w->out, "\n");
}

/* -- what is held ------------------------------------------------------- */

static void put_fields(const struct writing *w, const struct shape_type *t,
                       const json_t *fields)
{
    static const enum text heads[] = {T_FIELD, T_VALUE, T_KEPT};
    const json_t *one, *others, *other;
    size_t i, k;

    buf_printf(w->out, "\n### %s\n", say(w, T_HELD));
    put_heads(w, heads, countof(heads));
    for (i = FIELD_DELETED + 1; i < t->fields_n; i++) {
        const struct shape_field *f = &t->fields[i];

        one = json_object_get(fields, f->name);
        if (one == NULL)
            continue;
        buf_puts(w->out, "| ");
        put_text(w, label_in(&f->label, w->lang));
        buf_puts(w->out, " | ");
        put_text(w, word(one, "value"));
        others = json_object_get(one, "versions");
        json_array_foreach(others, k, other)
        {
            buf_printf(w->out, "; %s: ", say(w, T_ALSO));
            put_text(w, json_string_value(other));
        }
        buf_puts(w->out, " | ");
        put_text(w, label_in(&f->retention->label, w->lang));
        buf_puts(w->out, " |\n");
    }
}

/* -- who wrote it ------------------------------------------------------- */

static void put_moment(const struct writing *w, int64_t ms)
{
    struct civil c = civil_of(ms / 1000);

    buf_printf(w->out, "%02u-%02u-%04d %02u:%02u", c.day, c.month, c.year,
               c.hour, c.minute);
}

static void put_written(const struct writing *w, const struct shape_type *t,
                        const json_t *wrote)
{
    const char *separator = "";
    size_t i;

    for (i = 0; i < t->fields_n; i++) {
        const struct shape_field *f = &t->fields[i];
        const json_t *value = json_object_get(wrote, f->name);

        if (value == NULL)
            continue;
        buf_puts(w->out, separator);
        put_text(w, label_in(&f->label, w->lang));
        buf_puts(w->out, ": ");
        put_text(w, json_string_value(value));
        separator = "; ";
    }
    if (*separator == '\0')
        buf_puts(w->out, say(w, T_EMPTIED));
}

static void put_history(const struct writing *w, const struct shape_type *t,
                        const json_t *history)
{
    static const enum text heads[] = {T_WHEN, T_WHO, T_WHAT};
    const json_t *one;
    size_t i;

    buf_printf(w->out, "\n### %s\n", say(w, T_WROTE));
    put_heads(w, heads, countof(heads));
    json_array_foreach(history, i, one)
    {
        buf_puts(w->out, "| ");
        put_moment(w, json_integer_value(json_object_get(one, "received_ms")));
        buf_puts(w->out, " | ");
        put_text(w, word(one, "by"));
        buf_puts(w->out, " | ");
        put_written(w, t, json_object_get(one, "wrote"));
        buf_puts(w->out, " |\n");
    }
}

/* -- who could read it, and did ----------------------------------------- */

static void put_role(const struct writing *w, const char *role)
{
    int r;

    for (r = 0; r < ROLES_N; r++)
        if (strcmp(role, role_word((enum role)r)) == 0) {
            emit_doc_roles(w->out, 1U << r, w->lang);
            return;
        }
    put_text(w, role);
}

static void put_readers(const struct writing *w, const json_t *readers)
{
    static const enum text heads[] = {T_WHO, T_ROLE};
    const json_t *one;
    size_t i;

    buf_printf(w->out, "\n### %s\n", say(w, T_READERS));
    put_heads(w, heads, countof(heads));
    json_array_foreach(readers, i, one)
    {
        buf_puts(w->out, "| ");
        put_text(w, word(one, "name"));
        buf_puts(w->out, " | ");
        put_role(w, word(one, "role"));
        buf_puts(w->out, " |\n");
    }
}

static void put_did(const struct writing *w, const char *did)
{
    if (strcmp(did, "read") == 0)
        did = say(w, T_READ);
    else if (strcmp(did, "changed") == 0)
        did = say(w, T_CHANGED);
    put_text(w, did);
}

static void put_access(const struct writing *w, const json_t *access)
{
    static const enum text heads[] = {T_WHO,   T_ROLE, T_DID,
                                      T_FIRST, T_LAST, T_TIMES};
    const json_t *one;
    size_t i;

    buf_printf(w->out, "\n### %s\n", say(w, T_ACCESS));
    put_heads(w, heads, countof(heads));
    json_array_foreach(access, i, one)
    {
        buf_puts(w->out, "| ");
        put_text(w, word(one, "name"));
        buf_puts(w->out, " | ");
        put_role(w, word(one, "role"));
        buf_puts(w->out, " | ");
        put_did(w, word(one, "did"));
        buf_puts(w->out, " | ");
        put_text(w, word(one, "first"));
        buf_puts(w->out, " | ");
        put_text(w, word(one, "last"));
        buf_printf(w->out, " | %" JSON_INTEGER_FORMAT " |\n",
                   json_integer_value(json_object_get(one, "times")));
    }
}

/* -- all of it ---------------------------------------------------------- */

static void put_record(const struct writing *w, const json_t *record)
{
    const struct shape_type *t =
        shape_type_named(w->shape, bytes_of(word(record, "type")));

    if (t == NULL)
        return;
    buf_puts(w->out, "\n## ");
    put_text(w, label_in(&t->label, w->lang));
    buf_puts(w->out, "\n\n");
    put_text(w, label_in(&t->about, w->lang));
    buf_printf(w->out, "\n\n`%s`\n", word(record, "id"));
    if (json_is_true(json_object_get(record, "erased")))
        buf_printf(w->out, "\n%s\n", say(w, T_ERASED));
    else
        put_fields(w, t, json_object_get(record, "fields"));
    put_history(w, t, json_object_get(record, "history"));
    put_readers(w, json_object_get(record, "readers"));
    put_access(w, json_object_get(record, "access"));
}

enum rc subject_page(const char *dir, struct store *s,
                     const struct rows_name *names, size_t n, enum lang lang,
                     struct buf *out, struct err *err)
{
    struct buf text = buf_make(PAGE_BYTES_MAX);
    struct writing w = {&text, s->shape, lang};
    json_t *list = NULL, *one;
    size_t i;
    enum rc rc = subject_json(dir, s, names, n, lang, &list, err);

    if (rc == RC_OK) {
        buf_printf(&text, "# %s\n\n%s\n", say(&w, T_TITLE), say(&w, T_LEAD));
        json_array_foreach(list, i, one)
        {
            put_record(&w, one);
        }
        if (text.full)
            rc = err_set(err, RC_LIMIT, "this is too much for one page");
    }
    if (rc == RC_OK)
        rc = page_html(buf_view(&text), say(&w, T_TITLE), lang, out, err);
    json_decref(list);
    buf_free(&text);
    return rc;
}
