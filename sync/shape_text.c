#include "sync/shape_text.h"

#include <inttypes.h>
#include <string.h>

#include "sync/base/text.h"
#include "sync/base/utf8.h"
#include "sync/limits.h"
#include "sync/reach.h"

/* `b` holds at + n bytes at least. */
static bool digits(struct bytes b, size_t at, size_t n, unsigned *out)
{
    size_t i;

    *out = 0;
    for (i = at; i < at + n; i++) {
        if (b.p[i] < '0' || b.p[i] > '9')
            return false;
        *out = *out * 10 + b.p[i] - '0';
    }
    return true;
}

static bool is_date(struct bytes b)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31};
    unsigned y, m, d;
    bool leap;

    if (b.n != 10 || !digits(b, 0, 4, &y) || b.p[4] != '-' ||
        !digits(b, 5, 2, &m) || b.p[7] != '-' || !digits(b, 8, 2, &d) ||
        m < 1 || m > 12 || d < 1)
        return false;
    leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= days[m - 1] + (m == 2 && leap ? 1 : 0);
}

static bool is_time(struct bytes b)
{
    unsigned h, m, s;

    return b.n == 20 && is_date((struct bytes){b.p, 10}) && b.p[10] == 'T' &&
           digits(b, 11, 2, &h) && h < 24 && b.p[13] == ':' &&
           digits(b, 14, 2, &m) && m < 60 && b.p[16] == ':' &&
           digits(b, 17, 2, &s) && s < 60 && b.p[19] == 'Z';
}

/* One coordinate: at most 9 decimals, between -most and most degrees. */
static bool is_degrees(struct bytes b, uint64_t most)
{
    size_t at = b.n && b.p[0] == '-', dot = at, i;
    uint64_t whole;

    while (dot < b.n && b.p[dot] != '.')
        dot++;
    if (!text_take_u64((struct bytes){b.p + at, dot - at}, most, &whole))
        return false;
    if (dot == b.n)
        return true;
    if (b.n - dot < 2 || b.n - dot > 10)
        return false;
    for (i = dot + 1; i < b.n; i++)
        if (b.p[i] < '0' || b.p[i] > '9' || (whole == most && b.p[i] != '0'))
            return false;
    return true;
}

static bool is_point(struct bytes b)
{
    const uint8_t *comma = b.n ? memchr(b.p, ',', b.n) : NULL;
    size_t n = comma ? (size_t)(comma - b.p) : 0;

    return comma && is_degrees((struct bytes){b.p, n}, 90) &&
           is_degrees((struct bytes){comma + 1, b.n - n - 1}, 180);
}

bool shape_is_code(struct bytes b)
{
    unsigned year, number;

    return b.n == 14 && digits(b, 0, 4, &year) &&
           (memcmp(b.p + 4, "BU", 2) == 0 || memcmp(b.p + 4, "WK", 2) == 0 ||
            memcmp(b.p + 4, "GM", 2) == 0) &&
           digits(b, 6, 8, &number);
}

static bool is_sha256(struct bytes b)
{
    size_t i;

    for (i = 0; i < b.n; i++)
        if (!((b.p[i] >= '0' && b.p[i] <= '9') ||
              (b.p[i] >= 'a' && b.p[i] <= 'f')))
            return false;
    return b.n == 64;
}

static bool in_range(const struct shape_field *f, int64_t i)
{
    return (f->min == 0 && f->max == 0) || (i >= f->min && i <= f->max);
}

static bool text_fits(const struct shape_field *f, struct bytes b)
{
    size_t n = utf8_chars(b);
    size_t most = f->max > 0 ? (size_t)f->max : text_chars_max;

    if (f->format == FORMAT_PHONE && !reach_is_phone(b))
        return false;
    if (f->format == FORMAT_EMAIL && !reach_is_email(b))
        return false;
    return utf8_valid(b) && n <= most && (f->min <= 0 || n >= (size_t)f->min);
}

/* One value as a text, or one member of a set. */
static bool lawful(const struct shape_field *f, struct bytes b)
{
    struct id id;

    switch (f->kind) {
    case FIELD_INT:
    case FIELD_MONEY: return false; /* numbers, and no sets of them */
    case FIELD_REF: return id_parse(b, &id, NULL) == RC_OK;
    case FIELD_CHOICE: return shape_choice_coded(f->list, b) != NULL;
    case FIELD_DATE: return is_date(b);
    case FIELD_TIME: return is_time(b);
    case FIELD_POINT: return is_point(b);
    case FIELD_CODE: return shape_is_code(b);
    case FIELD_ATTACHMENT: return is_sha256(b);
    case FIELD_WORKER: return b.n > 0 && b.n <= name_bytes_max && utf8_valid(b);
    case FIELD_TEXT:
    case FIELD_PROSE:
    case FIELD_KINDS_N: break;
    }
    return text_fits(f, b);
}

static bool lawful_one(const struct shape_field *f, const struct value *v)
{
    if (f->kind == FIELD_INT || f->kind == FIELD_MONEY)
        return v->kind == VALUE_INT && in_range(f, v->as.i);
    if (f->kind == FIELD_REF)
        return v->kind == VALUE_ID;
    return v->kind == VALUE_TEXT && lawful(f, v->as.text);
}

enum rc shape_check(const struct shape_field *f, const struct value *v,
                    enum lang lang, struct err *err)
{
    const char *label = label_in(&f->label, lang);
    size_t i;

    if (v->kind == VALUE_NULL)
        return RC_OK;
    if (!f->set) {
        if (lawful_one(f, v))
            return RC_OK;
        return err_set(err, RC_INVALID,
                       msg(lang, "%s: this value is not allowed"), label);
    }
    if (v->kind != VALUE_SET || v->as.set.n > set_members_max)
        return err_set(err, RC_INVALID,
                       msg(lang, "%s: this value is not allowed"), label);
    for (i = 0; i < v->as.set.n; i++) {
        struct bytes b = v->as.set.p[i];

        if (!lawful(f, b))
            return err_set(err, RC_INVALID,
                           msg(lang, "%s: \"%.*s\" is not allowed"), label,
                           b.n < 80 ? (int)b.n : 80, (const char *)b.p);
    }
    return RC_OK;
}

static struct bytes choice_today(const struct shape_field *f, struct bytes b)
{
    const struct shape_choice *c = shape_choice_coded(f->list, b);

    return c != NULL ? bytes_of(c->code) : b;
}

/* Cut, not rounded: a place never moves to where nobody was. */
static struct bytes point_cut(const struct shape_field *f, struct bytes b,
                              struct arena *mem)
{
    uint8_t *p = arena_new(mem, b.n);
    size_t i, n = 0, decimals = 0;
    bool after_dot = false;

    if (!is_point(b))
        return b;
    for (i = 0; i < b.n; i++) {
        if (b.p[i] == ',')
            after_dot = false;
        else if (b.p[i] == '.' && f->decimals == 0)
            after_dot = true;
        if (after_dot && decimals++ >= f->decimals)
            continue;
        if (b.p[i] == '.') {
            after_dot = true;
            decimals = 0;
        }
        p[n++] = b.p[i];
    }
    return (struct bytes){p, n};
}

struct value shape_canonical(const struct shape_field *f, struct value v,
                             struct arena *mem)
{
    struct bytes *p;
    size_t i;

    if (f->kind != FIELD_CHOICE && f->kind != FIELD_POINT)
        return v;
    if (v.kind == VALUE_TEXT)
        return value_bytes(f->kind == FIELD_POINT ? point_cut(f, v.as.text, mem)
                                                  : choice_today(f, v.as.text));
    if (v.kind != VALUE_SET)
        return v;
    p = arena_new(mem, v.as.set.n * sizeof *p);
    for (i = 0; i < v.as.set.n; i++)
        p[i] = f->kind == FIELD_POINT ? point_cut(f, v.as.set.p[i], mem)
                                      : choice_today(f, v.as.set.p[i]);
    return value_set(p, v.as.set.n);
}
