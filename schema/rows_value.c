/*
 * Values in columns.
 *
 * A set is a JSON array of strings.  What is written here escapes `"`, `\` and
 * what is below a space, and nothing else; what is read back may be any JSON
 * array of strings, since other programs may have written the row's backup.
 */
#include <string.h>

#include "schema/rows_sql.h"
#include "sync/base/utf8.h"
#include "sync/limits.h"

/* Each byte of a member takes six at most; each member three more. */
enum { SET_BYTES_MAX = 6 * value_bytes_max + 3 * set_members_max + 2 };

static void put_string(struct buf *out, struct bytes s)
{
    size_t i;

    buf_puts(out, "\"");
    for (i = 0; i < s.n; i++) {
        if (s.p[i] < ' ')
            buf_printf(out, "\\u%04x", (unsigned)s.p[i]);
        else if (s.p[i] == '"' || s.p[i] == '\\')
            buf_printf(out, "\\%c", s.p[i]);
        else
            buf_put(out, &s.p[i], 1);
    }
    buf_puts(out, "\"");
}

static struct bytes set_text(const struct value *v, struct arena *mem)
{
    struct buf b = buf_make(SET_BYTES_MAX);
    struct bytes text;
    size_t i;

    buf_puts(&b, "[");
    for (i = 0; i < v->as.set.n; i++) {
        buf_puts(&b, i ? "," : "");
        put_string(&b, v->as.set.p[i]);
    }
    buf_puts(&b, "]");
    assert(!b.full);
    text = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return text;
}

void rows_bind(struct db_query *q, int index, const struct value *v,
               struct arena *mem)
{
    switch (v->kind) {
    case VALUE_NULL: db_bind_null_at(q, index); return;
    case VALUE_INT: db_bind_i64_at(q, index, v->as.i); return;
    case VALUE_TEXT: db_bind_text_at(q, index, v->as.text); return;
    case VALUE_ID: db_bind_blob_at(q, index, id_bytes(&v->as.id)); return;
    case VALUE_SET: db_bind_text_at(q, index, set_text(v, mem)); return;
    }
}

/* -- reading JSON ------------------------------------------------------- */

struct scan {
    struct bytes in;
    size_t at;
    bool bad; /* sticky */
};

static uint8_t peek(struct scan *s)
{
    while (s->at < s->in.n &&
           (s->in.p[s->at] == ' ' ||
            (s->in.p[s->at] >= '\t' && s->in.p[s->at] <= '\r')))
        s->at++;
    return s->at < s->in.n ? s->in.p[s->at] : 0;
}

static bool eat(struct scan *s, uint8_t c)
{
    if (peek(s) != c)
        return false;
    s->at++;
    return true;
}

static uint8_t *put_utf8(uint8_t *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (uint8_t)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (uint8_t)(0xc0 | c >> 6);
    } else {
        *to++ = (uint8_t)(0xe0 | c >> 12);
        *to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (uint8_t)(0x80 | (c & 0x3f));
    return to;
}

static uint8_t *scan_escape(struct scan *s, uint8_t *to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    uint8_t c = s->at < s->in.n ? s->in.p[s->at++] : 0;
    const char *known = c ? strchr(from, c) : NULL;
    unsigned code = 0;
    int i;

    if (known != NULL) {
        *to++ = (uint8_t)into[known - from];
        return to;
    }
    if (c != 'u' || s->in.n - s->at < 4) {
        s->bad = true;
        return to;
    }
    for (i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef";
        uint8_t d = s->in.p[s->at++];
        const char *p =
            d ? strchr(digits, d >= 'A' && d <= 'F' ? d + 32 : d) : NULL;

        if (p == NULL) {
            s->bad = true;
            return to;
        }
        code = code * 16 + (unsigned)(p - digits);
    }
    if (code == 0 || (code >= 0xd800 && code < 0xe000))
        s->bad = true; /* nobody needs to escape a character this way */
    return s->bad ? to : put_utf8(to, code);
}

static struct bytes scan_string(struct scan *s, struct arena *mem)
{
    uint8_t *start, *to;

    if (!eat(s, '"')) {
        s->bad = true;
        return (struct bytes){0};
    }
    start = to = arena_new(mem, s->in.n - s->at);
    while (!s->bad && s->at < s->in.n && s->in.p[s->at] != '"') {
        uint8_t c = s->in.p[s->at++];

        if (c == '\\')
            to = scan_escape(s, to);
        else
            *to++ = c;
    }
    s->bad |= s->at == s->in.n;
    s->at++;
    return (struct bytes){start, (size_t)(to - start)};
}

static bool read_set(struct bytes text, struct arena *mem, struct value *out)
{
    struct scan s = {.in = text};
    struct bytes *members = arena_new(mem, set_members_max * sizeof *members);
    size_t n = 0;

    s.bad = !eat(&s, '[');
    while (!s.bad && n < set_members_max && peek(&s) != ']') {
        members[n++] = scan_string(&s, mem);
        if (peek(&s) != ']' && !eat(&s, ','))
            s.bad = true;
    }
    if (s.bad || !eat(&s, ']') || peek(&s) != 0)
        return false;
    *out = value_set(members, n);
    return true;
}

/* -- reading columns ---------------------------------------------------- */

enum rc rows_read(struct db_query *q, int column, const struct shape_field *f,
                  struct arena *mem, struct value *out, struct err *err)
{
    struct bytes raw;
    size_t i;

    if (db_is_null_at(q, column)) {
        *out = value_null();
        return RC_OK;
    }
    if (!f->set && (f->kind == FIELD_INT || f->kind == FIELD_MONEY)) {
        *out = value_int(db_i64_at(q, column));
        return RC_OK;
    }
    raw = db_blob_at(q, column);
    if (f->set) {
        if (read_set(raw, mem, out))
            return RC_OK;
    } else if (f->kind != FIELD_REF) {
        *out = value_bytes(arena_bytes(mem, raw));
        return RC_OK;
    } else if (raw.n == ID_BYTES) {
        out->kind = VALUE_ID;
        for (i = 0; i < ID_BYTES; i++)
            out->as.id.b[i] = raw.p[i];
        return RC_OK;
    }
    return err_set(err, RC_CORRUPT, "column %s holds no value of its kind",
                   f->name);
}
