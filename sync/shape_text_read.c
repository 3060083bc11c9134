/* What people type, as values (shape_text.h). */
#include <inttypes.h>
#include <string.h>

#include "sync/base/text.h"
#include "sync/base/utf8.h"
#include "sync/civil.h"
#include "sync/limits.h"
#include "sync/reach.h"
#include "sync/shape_text.h"

struct reading {
    const struct shape_field *f;
    uint64_t now_ms;
    enum lang lang;
    struct arena *mem;
    struct err *err;
};

static struct bytes trim(struct bytes b)
{
    while (b.n > 0 && strchr(" \t\r\n", b.p[0]) != NULL) {
        b.p++;
        b.n--;
    }
    while (b.n > 0 && strchr(" \t\r\n", b.p[b.n - 1]) != NULL)
        b.n--;
    return b;
}

static enum rc refuse(const struct reading *r, struct bytes typed,
                      const char *want)
{
    size_t n = typed.n < 80 ? typed.n : 80;

    while (n < typed.n && (typed.p[n] & 0xc0) == 0x80)
        n--;
    return err_set(r->err, RC_INVALID, "%s: \"%.*s\" %s",
                   label_in(&r->f->label, r->lang), (int)n,
                   (const char *)typed.p, want);
}

/* -- numbers ------------------------------------------------------------ */

static enum rc read_int(const struct reading *r, struct bytes typed,
                        struct bytes *out)
{
    int64_t v;

    if (!text_take_i64(typed, &v))
        return refuse(r, typed, msg(r->lang, "is not a whole number"));
    *out = typed;
    return RC_OK;
}

/* 12 | 12,5 | 12.50 | € 12,50, as cents. */
static enum rc read_money(const struct reading *r, struct bytes typed,
                          struct bytes *out)
{
    static const char euro[] = "\xe2\x82\xac";
    struct bytes b = typed, whole;
    uint64_t euros = 0, cents = 0;
    bool minus = false;
    size_t i, dot;

    if (b.n >= 3 && memcmp(b.p, euro, 3) == 0)
        b = trim((struct bytes){b.p + 3, b.n - 3});
    if (b.n > 0 && b.p[0] == '-') {
        minus = true;
        b = (struct bytes){b.p + 1, b.n - 1};
    }
    for (dot = 0; dot < b.n && b.p[dot] != ',' && b.p[dot] != '.'; dot++)
        ;
    whole = (struct bytes){b.p, dot};
    if (!text_take_u64(whole, INT64_MAX / 1000, &euros) || b.n > dot + 3 ||
        b.n == dot + 1)
        return refuse(r, typed, msg(r->lang, "is no sum; write 12,50"));
    for (i = dot + 1; i < dot + 3; i++) {
        unsigned digit = i < b.n ? b.p[i] - (unsigned)'0' : 0;

        if (digit > 9)
            return refuse(r, typed, msg(r->lang, "is no sum; write 12,50"));
        cents = cents * 10 + digit;
    }
    *out = bytes_of(arena_printf(r->mem, "%s%" PRIu64,
                                 minus && euros + cents > 0 ? "-" : "",
                                 euros * 100 + cents));
    return RC_OK;
}

/* -- days and hours ----------------------------------------------------- */

static bool word(struct bytes b, const char *nl, const char *en)
{
    return utf8_same(b, bytes_of(nl)) || utf8_same(b, bytes_of(en));
}

/* Up to three numbers with one kind of separator between. */
static size_t split_numbers(struct bytes b, const char *separators,
                            unsigned *out, size_t max)
{
    size_t n = 0, i = 0;

    while (i < b.n && n < max) {
        size_t from = i;

        for (out[n] = 0; i < b.n && b.p[i] >= '0' && b.p[i] <= '9'; i++)
            out[n] = out[n] * 10 + b.p[i] - '0';
        if (i == from || i - from > 4)
            return 0;
        n++;
        if (i < b.n && (strchr(separators, b.p[i]) == NULL || i + 1 == b.n))
            return 0;
        i += i < b.n;
    }
    return i == b.n ? n : 0;
}

static bool take_date(const struct reading *r, struct bytes b,
                      struct civil *out)
{
    int64_t today;
    struct civil c = civil_of((int64_t)(r->now_ms / 1000));
    unsigned n[3];

    today = civil_days(c.year, c.month, c.day);
    if (word(b, "vandaag", "today")) {
        *out = civil_date(today);
        return true;
    }
    if (word(b, "gisteren", "yesterday")) {
        *out = civil_date(today - 1);
        return true;
    }
    if (split_numbers(b, "-/", n, 3) != 3)
        return false;
    c = n[0] > 31
            ? (struct civil){.year = (int)n[0], .month = n[1], .day = n[2]}
            : (struct civil){.year = (int)n[2], .month = n[1], .day = n[0]};
    *out = c;
    return c.year >= 1000 && civil_valid(&c);
}

static enum rc read_date(const struct reading *r, struct bytes typed,
                         struct bytes *out)
{
    struct civil c;

    if (!take_date(r, typed, &c))
        return refuse(r, typed,
                      msg(r->lang, "is no day; write 23-11-2026 or today"));
    *out = bytes_of(
        arena_printf(r->mem, "%04d-%02u-%02u", c.year, c.month, c.day));
    return RC_OK;
}

/* "23-11-2026 14:05", "14:05" (today), "now", 2026-11-23T14:05:00Z. */
static enum rc read_time(const struct reading *r, struct bytes typed,
                         struct bytes *out)
{
    struct civil c = civil_of((int64_t)(r->now_ms / 1000));
    struct bytes day = typed, hour = typed;
    unsigned n[3] = {0, 0, 0};
    bool utc = false, ok = true;
    int64_t s = (int64_t)(r->now_ms / 1000);
    size_t i;

    if (!word(typed, "nu", "now")) {
        for (i = 0; i < typed.n && typed.p[i] != ' ' && typed.p[i] != 'T'; i++)
            ;
        if (i < typed.n) {
            day.n = i;
            hour = (struct bytes){typed.p + i + 1, typed.n - i - 1};
            ok = take_date(r, day, &c);
        }
        utc = hour.n > 0 && hour.p[hour.n - 1] == 'Z';
        hour.n -= utc;
        ok = ok && split_numbers(hour, ":", n, 3) >= 2;
        c.hour = n[0];
        c.minute = n[1];
        c.second = n[2];
        if (!ok || !civil_valid(&c))
            return refuse(
                r, typed,
                msg(r->lang, "is no time; write 23-11-2026 14:05 or now"));
        s = utc ? civil_days(c.year, c.month, c.day) * 86400 +
                      (int64_t)(c.hour * 3600 + c.minute * 60 + c.second)
                : civil_utc(&c);
    }
    c = civil_date((s >= 0 ? s : s - 86399) / 86400);
    s -= civil_days(c.year, c.month, c.day) * 86400;
    *out = bytes_of(arena_printf(r->mem, "%04d-%02u-%02uT%02u:%02u:%02uZ",
                                 c.year, c.month, c.day, (unsigned)(s / 3600),
                                 (unsigned)(s / 60 % 60), (unsigned)(s % 60)));
    return RC_OK;
}

/* -- choices ------------------------------------------------------------ */

static bool begins(struct bytes text, struct bytes with)
{
    return text.n >= with.n && utf8_same((struct bytes){text.p, with.n}, with);
}

/* The choices a person may have meant, or else all that are offered. */
static const char *offered(const struct reading *r, struct bytes typed)
{
    const struct shape_list *l = r->f->list;
    struct buf b = buf_make(240);
    struct bytes start = {typed.p, typed.n < 3 ? typed.n : 3};
    size_t i, n = 0;
    int pass;
    const char *out;

    for (pass = 0; pass < 2 && n == 0; pass++)
        for (i = 0; i < l->choices_n; i++) {
            const struct shape_choice *c = &l->choices[i];
            const char *label = label_in(&c->label, r->lang);

            if (c->retired || (pass == 0 && !begins(bytes_of(label), start) &&
                               !begins(bytes_of(c->code), start)))
                continue;
            if (b.n + strlen(label) + 8 > b.max) {
                buf_puts(&b, ", ...");
                break;
            }
            buf_printf(&b, "%s%s", n++ > 0 ? ", " : "", label);
        }
    out = arena_printf(r->mem,
                       pass == 1 ? msg(r->lang, "is no choice; is it: %s?")
                                 : msg(r->lang, "is not one of: %s"),
                       buf_text(&b));
    buf_free(&b);
    return out;
}

static enum rc read_choice(const struct reading *r, struct bytes typed,
                           struct bytes *out)
{
    const struct shape_list *l = r->f->list;
    const struct shape_choice *c = shape_choice_coded(l, typed);
    size_t i;

    for (i = 0; c == NULL && i < l->choices_n; i++)
        if (utf8_same(typed, bytes_of(l->choices[i].code)) ||
            utf8_same(typed, bytes_of(l->choices[i].label.nl)) ||
            utf8_same(typed, bytes_of(l->choices[i].label.en)))
            c = &l->choices[i];
    if (c == NULL)
        return refuse(r, typed, offered(r, typed));
    *out = bytes_of(c->code);
    return RC_OK;
}

/* -- one value ---------------------------------------------------------- */

/* "BU00141001" without a year is of the boundaries that are ours. */
static enum rc read_code(const struct reading *r, struct bytes typed,
                         struct bytes *out)
{
    *out = typed.n == 10 ? bytes_of(arena_printf(r->mem, "2022%.*s", 10,
                                                 (const char *)typed.p))
                         : typed;
    return RC_OK;
}

/* "53.2194, 6.5665" */
static enum rc read_point(const struct reading *r, struct bytes typed,
                          struct bytes *out)
{
    uint8_t *p = arena_new(r->mem, typed.n + 1);
    size_t i, n = 0;

    for (i = 0; i < typed.n; i++)
        if (typed.p[i] != ' ')
            p[n++] = typed.p[i];
    *out = (struct bytes){p, n};
    return RC_OK;
}

/* In the one form that is kept, if there is a format. */
static enum rc read_text(const struct reading *r, struct bytes typed,
                         struct bytes *out)
{
    *out = typed;
    if (r->f->format == FORMAT_PHONE) {
        *out = reach_phone(typed, r->mem);
        if (!reach_is_phone(*out))
            return refuse(r, typed,
                          msg(r->lang, "is no phone number; write it like"
                                       " 06 12345678 or +31 6 12345678"));
    }
    if (r->f->format == FORMAT_EMAIL && !reach_is_email(typed))
        return refuse(r, typed, msg(r->lang, "is no e-mail address"));
    return RC_OK;
}

static enum rc read_one(const struct reading *r, struct bytes typed,
                        struct bytes *out)
{
    switch (r->f->kind) {
    case FIELD_INT: return read_int(r, typed, out);
    case FIELD_MONEY: return read_money(r, typed, out);
    case FIELD_CHOICE: return read_choice(r, typed, out);
    case FIELD_DATE: return read_date(r, typed, out);
    case FIELD_TIME: return read_time(r, typed, out);
    case FIELD_POINT: return read_point(r, typed, out);
    case FIELD_CODE: return read_code(r, typed, out);
    case FIELD_TEXT: return read_text(r, typed, out);
    case FIELD_PROSE:
    case FIELD_REF:
    case FIELD_WORKER:
    case FIELD_ATTACHMENT:
    case FIELD_KINDS_N: break;
    }
    *out = typed;
    return RC_OK;
}

static enum rc value_of(const struct reading *r, struct bytes typed,
                        struct value *out)
{
    struct bytes text;
    int64_t i = 0;
    struct id id;
    enum rc rc = read_one(r, typed, &text);

    if (rc != RC_OK)
        return rc;
    if (r->f->kind == FIELD_INT || r->f->kind == FIELD_MONEY) {
        (void)text_take_i64(text, &i);
        *out = value_int(i);
    } else if (r->f->kind == FIELD_REF) {
        if (id_parse(text, &id, NULL) != RC_OK)
            return refuse(r, typed, msg(r->lang, "is no record"));
        *out = value_id(&id);
    } else {
        *out = value_bytes(arena_bytes(r->mem, text));
    }
    return RC_OK;
}

/* -- sets --------------------------------------------------------------- */

/* The next member: bare, or in double quotes, doubled inside. */
static bool next_member(struct bytes *in, const char *separators,
                        struct arena *mem, struct bytes *out)
{
    uint8_t *p;
    size_t i, n = 0;

    *in = trim(*in);
    if (in->n == 0)
        return false;
    p = arena_new(mem, in->n);
    if (in->p[0] == '"') {
        for (i = 1; i < in->n; i++) {
            if (in->p[i] == '"' && (i + 1 == in->n || in->p[++i] != '"'))
                break;
            p[n++] = in->p[i];
        }
        i += i < in->n && in->p[i] == '"';
    } else {
        for (i = 0; i < in->n && strchr(separators, in->p[i]) == NULL; i++)
            p[n++] = in->p[i];
    }
    while (i < in->n && strchr(separators, in->p[i]) == NULL)
        i++;
    i += i < in->n;
    in->p += i;
    in->n -= i;
    *out = trim((struct bytes){p, n});
    return true;
}

static enum rc read_set(const struct reading *r, struct bytes typed,
                        struct value *out)
{
    const char *separators = r->f->kind == FIELD_POINT ? ";" : ",;";
    struct bytes *members =
        arena_new(r->mem, (set_members_max + 1) * sizeof *members);
    struct bytes one;
    size_t n = 0;
    enum rc rc = RC_OK;

    while (rc == RC_OK && next_member(&typed, separators, r->mem, &one)) {
        if (one.n == 0)
            continue;
        if (n == set_members_max)
            return err_set(r->err, RC_INVALID,
                           msg(r->lang, "%s: at most %d of them"),
                           label_in(&r->f->label, r->lang), set_members_max);
        rc = read_one(r, one, &members[n++]);
    }
    *out = value_set(members, n);
    return rc;
}

enum rc shape_read(const struct shape_field *f, struct bytes typed,
                   uint64_t now_ms, enum lang lang, struct arena *mem,
                   struct value *out, struct err *err)
{
    struct reading r = {f, now_ms, lang, mem, err};
    struct value v = value_null();
    enum rc rc = RC_OK;

    if (!utf8_valid(typed))
        return err_set(err, RC_INVALID, msg(lang, "%s: this is not UTF-8"),
                       label_in(&f->label, lang));
    typed = trim(typed);
    if (typed.n > 0)
        rc = f->set ? read_set(&r, typed, &v) : value_of(&r, typed, &v);
    if (rc != RC_OK)
        return rc;
    v = shape_canonical(f, v, mem);
    rc = shape_check(f, &v, lang, err);
    if (rc == RC_OK)
        *out = v;
    return rc;
}
