#include "sync/seek.h"

#include "sync/base/utf8.h"

/* -- what is looked through --------------------------------------------- */

bool seek_field(const struct shape_type *t, const struct shape_field *f,
                enum role role)
{
    if (t->apart || !(t->see >> role & 1U) || !(f->see >> role & 1U))
        return false;
    if (f->privacy == PRIVACY_DIRECT || f->privacy == PRIVACY_SPECIAL)
        return false;
    return f->kind == FIELD_PROSE ||
           (f->kind == FIELD_TEXT && f->format == FORMAT_NONE);
}

static void put_line(struct buf *out, size_t from, struct bytes text)
{
    if (out->n > from)
        buf_puts(out, "\n");
    buf_put(out, text.p, text.n);
}

void seek_text(const struct shape_type *t, const struct shown *s,
               enum role role, struct buf *out)
{
    size_t from = out->n, f, i;

    for (f = FIELD_DELETED + 1; !s->deleted && f < t->fields_n; f++) {
        const struct value *v = &s->values[f];

        if (!seek_field(t, &t->fields[f], role))
            continue;
        if (v->kind == VALUE_TEXT)
            put_line(out, from, v->as.text);
        for (i = 0; v->kind == VALUE_SET && i < v->as.set.n; i++)
            put_line(out, from, v->as.set.p[i]);
    }
}

/* -- what was typed ----------------------------------------------------- */

struct typed {
    struct bytes text;
    size_t at;
    bool quoted; /* the part read last */
};

static bool is_space(uint8_t c)
{
    return c <= ' ';
}

/* A word, or what is between quotes; false at the end. */
static bool next_part(struct typed *t, struct bytes *out)
{
    const uint8_t *p = t->text.p;
    size_t n = t->text.n, from;

    while (t->at < n && is_space(p[t->at]))
        t->at++;
    if (t->at >= n)
        return false;
    t->quoted = p[t->at] == '"';
    from = t->at += t->quoted;
    while (t->at < n && p[t->at] != '"' && p[t->at] != '\0' &&
           (t->quoted || !is_space(p[t->at])))
        t->at++;
    *out = (struct bytes){p + from, t->at - from};
    if (t->quoted && t->at < n)
        t->at++;
    return true;
}

/* FTS5 sees no word in what has neither letter nor digit; beyond ASCII it
 * knows best. */
static bool has_word(struct bytes part)
{
    size_t i;

    for (i = 0; i < part.n; i++) {
        uint8_t c = part.p[i];

        if (c >= 0x80 || (c >= '0' && c <= '9') ||
            ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            return true;
    }
    return false;
}

bool seek_question(struct bytes typed, const char *scope, struct buf *out)
{
    struct typed t = {.text = typed};
    struct bytes part;
    bool begins = false; /* is the last part the beginning of a word? */
    size_t n = 0;

    while (next_part(&t, &part)) {
        if (!has_word(part) || !utf8_valid(part))
            continue;
        if (n == 0 && scope != NULL)
            buf_printf(out, "scope : %s AND ", scope);
        buf_puts(out, n++ == 0 ? "text : (\"" : " \"");
        buf_put(out, part.p, part.n); /* holds no quote */
        buf_puts(out, "\"");
        begins = !t.quoted && utf8_chars(part) > 1;
    }
    if (n > 0)
        buf_puts(out, begins ? " *)" : ")");
    return n > 0;
}
