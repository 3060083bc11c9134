/* Values as people read them, and as files hold them (shape_text.h). */
#include <inttypes.h>
#include <string.h>

#include "sync/civil.h"
#include "sync/shape_text.h"

static void put(struct buf *out, struct bytes b)
{
    buf_put(out, b.p, b.n);
}

/* `b` holds at + n bytes at least. */
static unsigned number(struct bytes b, size_t at, size_t n)
{
    unsigned v = 0;
    size_t i;

    for (i = at; i < at + n; i++)
        v = v * 10 + (unsigned)(b.p[i] - '0');
    return v;
}

static void put_money(struct buf *out, int64_t cents, char comma)
{
    uint64_t v = cents < 0 ? UINT64_C(0) - (uint64_t)cents : (uint64_t)cents;

    buf_printf(out, "%s%" PRIu64 "%c%02" PRIu64, cents < 0 ? "-" : "", v / 100,
               comma, v % 100);
}

static void put_date(struct buf *out, struct bytes b)
{
    buf_printf(out, "%02u-%02u-%04u", number(b, 8, 2), number(b, 5, 2),
               number(b, 0, 4));
}

static void put_time(struct buf *out, struct bytes b)
{
    struct civil c = civil_of(
        civil_days((int)number(b, 0, 4), number(b, 5, 2), number(b, 8, 2)) *
            86400 +
        (int64_t)(number(b, 11, 2) * 3600 + number(b, 14, 2) * 60 +
                  number(b, 17, 2)));

    buf_printf(out, "%02u-%02u-%04d %02u:%02u", c.day, c.month, c.year, c.hour,
               c.minute);
}

static void put_text(const struct shape_field *f, struct bytes b,
                     enum lang lang, struct buf *out)
{
    const struct shape_choice *c;

    if (f->kind == FIELD_CHOICE && (c = shape_choice_coded(f->list, b)) != NULL)
        buf_puts(out, label_in(&c->label, lang));
    else if (f->kind == FIELD_DATE && b.n == 10)
        put_date(out, b);
    else if (f->kind == FIELD_TIME && b.n == 20)
        put_time(out, b);
    else
        put(out, b);
}

void shape_write(const struct shape_field *f, const struct value *v,
                 enum lang lang, struct buf *out)
{
    char text[ID_TEXT_CHARS + 1];
    size_t i;

    switch (v->kind) {
    case VALUE_NULL: return;
    case VALUE_INT:
        if (f->kind == FIELD_MONEY) {
            buf_puts(out, "\xe2\x82\xac ");
            put_money(out, v->as.i, lang == LANG_NL ? ',' : '.');
        } else {
            buf_printf(out, "%" PRId64, v->as.i);
        }
        return;
    case VALUE_TEXT: put_text(f, v->as.text, lang, out); return;
    case VALUE_ID: buf_puts(out, id_text(&v->as.id, text)); return;
    case VALUE_SET:
        for (i = 0; i < v->as.set.n; i++) {
            buf_puts(out, i > 0 ? ", " : "");
            put_text(f, v->as.set.p[i], lang, out);
        }
        return;
    }
}

/* In quotes where it would be read as several. */
static void put_member(struct buf *out, struct bytes b)
{
    size_t i;
    bool bare = b.n > 0;

    for (i = 0; i < b.n; i++)
        bare = bare && strchr(",;\"", b.p[i]) == NULL;
    bare = bare && b.p[0] != ' ' && b.p[b.n - 1] != ' ';
    if (bare) {
        put(out, b);
        return;
    }
    buf_puts(out, "\"");
    for (i = 0; i < b.n; i++) {
        if (b.p[i] == '"')
            buf_puts(out, "\"");
        buf_put(out, &b.p[i], 1);
    }
    buf_puts(out, "\"");
}

void shape_write_plain(const struct shape_field *f, const struct value *v,
                       struct buf *out)
{
    char text[ID_TEXT_CHARS + 1];
    size_t i;

    switch (v->kind) {
    case VALUE_NULL: return;
    case VALUE_INT:
        if (f->kind == FIELD_MONEY)
            put_money(out, v->as.i, '.');
        else
            buf_printf(out, "%" PRId64, v->as.i);
        return;
    case VALUE_TEXT: put(out, v->as.text); return;
    case VALUE_ID: buf_puts(out, id_text(&v->as.id, text)); return;
    case VALUE_SET:
        for (i = 0; i < v->as.set.n; i++) {
            buf_puts(out, i > 0 ? "; " : "");
            put_member(out, v->as.set.p[i]);
        }
        return;
    }
}
