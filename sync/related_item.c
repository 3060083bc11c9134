/* What of a record counts for being near another (related.h). */
#include "sync/related.h"

#include <stdlib.h>

#include "sync/base/utf8.h"
#include "sync/civil.h"
#include "sync/seek.h"

enum { TEXT_BYTES_MAX = 1024 * 1024, WORD_CHARS_MIN = 4, THEMES_MAX = 64 };

static bool is_closed(const struct shape_type *t, const struct shown *s)
{
    const struct shape_closed *c = t->closed;
    size_t i;

    if (s->deleted)
        return true;
    for (i = 0; c != NULL && i < c->codes_n; i++)
        if (s->values[c->field].kind == VALUE_TEXT &&
            bytes_eq(s->values[c->field].as.text, bytes_of(c->codes[i])))
            return true;
    return false;
}

static uint64_t themes_of(const struct shape_field *f, const struct value *v)
{
    uint64_t out = 0;
    size_t i;

    for (i = 0; v->kind == VALUE_SET && i < v->as.set.n; i++) {
        const struct shape_choice *c =
            shape_choice_coded(f->list, v->as.set.p[i]);

        if (c != NULL && c - f->list->choices < THEMES_MAX)
            out |= UINT64_C(1) << (c - f->list->choices);
    }
    return out;
}

static bool day_of(struct bytes t, int64_t *out)
{
    unsigned n[3] = {0}, k = 0;
    size_t i;

    for (i = 0; i < t.n; i++)
        if (t.p[i] == '-')
            k += k < 2;
        else
            n[k] = 10 * n[k] + (unsigned)(t.p[i] - '0');
    if (t.n != 10 || k != 2)
        return false;
    *out = civil_days((int)n[0], n[1], n[2]);
    return true;
}

/* Of letters that have no capitals too. */
static bool is_letter(uint32_t c)
{
    return (c >= '0' && c <= '9') || utf8_is_lower(c) ||
           (c >= 0x590 && c < 0x2000) || (c >= 0x3040 && c < UTF8_BAD);
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void words_of(struct bytes text, struct arena *mem,
                     struct related_item *out)
{
    uint32_t *words = arena_new(mem, RELATED_WORDS_MAX * sizeof *words);
    size_t n = 0, at = 0, i, chars = 0, kept = 0;
    uint32_t digest = 2166136261U, c = 0; /* FNV-1a */
    bool ends = false;

    while (!ends && n < RELATED_WORDS_MAX) {
        ends = at == text.n;
        c = ends ? 0 : utf8_lower(utf8_next(text, &at));
        if (is_letter(c)) {
            digest = (digest ^ c) * 16777619U;
            chars++;
            continue;
        }
        if (chars >= WORD_CHARS_MIN)
            words[n++] = digest;
        digest = 2166136261U;
        chars = 0;
    }
    if (n > 0)
        qsort(words, n, sizeof *words, by_number);
    for (i = 0; i < n; i++)
        if (i == 0 || words[i] != words[i - 1])
            words[kept++] = words[i];
    out->words = words;
    out->words_n = kept;
}

/* The first of each kind is the one that counts. */
static void take_field(struct related_item *out, const struct shape_field *f,
                       const struct value *v, unsigned *taken)
{
    if (*taken >> f->kind & 1U)
        return;
    if (f->kind == FIELD_CHOICE && f->set)
        out->themes = themes_of(f, v);
    else if (v->kind != VALUE_TEXT && f->kind != FIELD_CHOICE)
        ; /* nothing filled in, but no other in its place */
    else if (f->kind == FIELD_POINT)
        out->has_point = geo_read(v->as.text, &out->point);
    else if (f->kind == FIELD_CODE)
        out->place = v->as.text;
    else if (f->kind == FIELD_DATE)
        day_of(v->as.text, &out->day);
    else
        return;
    *taken |= 1U << f->kind;
}

bool related_item_of(const struct record *r, const struct shown *s,
                     enum role role, struct arena *mem,
                     struct related_item *out)
{
    struct buf text;
    unsigned taken = 0;
    size_t f;

    if (is_closed(r->type, s))
        return false;
    *out = (struct related_item){.area = r->area,
                                 .day = (int64_t)(id_ms(&r->id) / 86400000)};
    for (f = FIELD_DELETED + 1; f < r->type->fields_n; f++)
        if (r->type->fields[f].see >> role & 1U)
            take_field(out, &r->type->fields[f], &s->values[f], &taken);
    out->place = arena_bytes(mem, out->place);
    text = buf_make(TEXT_BYTES_MAX);
    seek_text(r->type, s, role, &text);
    words_of(buf_view(&text), mem, out);
    buf_free(&text);
    return true;
}
