#include "client/screened.h"

enum { SHOWN_MAX = 3, SHOWN_BYTES_MAX = 40 };

const char *screened_advice(enum lang lang, enum screen_kind kind)
{
    switch (kind) {
    case SCREEN_IBAN: return msg(lang, "a bank account: leave it out");
    case SCREEN_EMAIL: return msg(lang, "an e-mail address: leave it out");
    case SCREEN_PHONE: return msg(lang, "a phone number: leave it out");
    case SCREEN_BSN:
        return msg(lang, "perhaps the number of a citizen (BSN): never write"
                         " it down");
    case SCREEN_POSTCODE:
        return msg(lang, "a postcode: name the street or the neighbourhood");
    case SCREEN_ADDRESS:
        return msg(lang, "an address: name the street without the number");
    case SCREEN_NAME:
        return msg(lang, "a name: write \"a resident\" or \"a neighbour\"");
    case SCREEN_KINDS_N: break;
    }
    return "";
}

/* A whole number of characters of what was found. */
static int shown_bytes(struct bytes text, const struct screen_finding *f)
{
    size_t n = f->n < SHOWN_BYTES_MAX ? f->n : SHOWN_BYTES_MAX;

    while (n < f->n && (text.p[f->start + n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

static enum rc refuse(struct app *a, const struct shape_field *f,
                      struct bytes text, const struct screening *s,
                      struct err *err)
{
    struct buf b = buf_make(ERR_TEXT_BYTES);
    bool names_alone = true;
    size_t i, n = 0;

    for (i = 0; i < s->n; i++) {
        const struct screen_finding *it = &s->p[i];

        if (a->keep_words && screen_may_stay(it->kind))
            continue;
        names_alone &= screen_may_stay(it->kind);
        if (n++ < SHOWN_MAX)
            buf_printf(&b, "%s\"%.*s\" (%s)", n > 1 ? ", " : "",
                       shown_bytes(text, it), (const char *)text.p + it->start,
                       screened_advice(a->lang, it->kind));
    }
    if (n > SHOWN_MAX)
        buf_puts(&b, ", ...");
    if (n > 0 && names_alone)
        err_set(err, RC_INVALID,
                msg(a->lang, "%s leads to one person: %s; if it is nobody's"
                             " name, add --keep-words"),
                label_in(&f->label, a->lang), buf_text(&b));
    else if (n > 0)
        err_set(err, RC_INVALID, msg(a->lang, "%s leads to one person: %s"),
                label_in(&f->label, a->lang), buf_text(&b));
    buf_free(&b);
    return n > 0 ? RC_INVALID : RC_OK;
}

static enum rc look(struct app *a, const struct shape_field *f,
                    struct bytes text, struct err *err)
{
    struct arena mem = {0};
    struct screening s = screen_text(text, &mem);
    enum rc rc = s.n > 0 ? refuse(a, f, text, &s, err) : RC_OK;

    arena_free(&mem);
    return rc;
}

enum rc screened(struct app *a, const struct shape_field *f,
                 const struct value *v, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    if (f->privacy != PRIVACY_FREE ||
        (f->kind != FIELD_TEXT && f->kind != FIELD_PROSE))
        return RC_OK;
    if (v->kind == VALUE_TEXT)
        return look(a, f, v->as.text, err);
    for (i = 0; v->kind == VALUE_SET && rc == RC_OK && i < v->as.set.n; i++)
        rc = look(a, f, v->as.set.p[i], err);
    return rc;
}
