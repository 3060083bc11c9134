#include "sync/screen.h"

#include <string.h>

#include "sync/base/utf8.h"
#include "sync/screen_int.h"

/* -- characters --------------------------------------------------------- */

static bool within(uint32_t c, uint32_t from, uint32_t to)
{
    return c >= from && c <= to;
}

static bool shows_nothing(uint32_t c)
{
    return c == 0xad || within(c, 0x200b, 0x200f) || c == 0x2060 || c == 0xfeff;
}

static uint32_t plain(uint32_t c)
{
    static const uint32_t zeros[] = {0x660, 0x6f0, 0x966, 0xff10};
    size_t i;

    for (i = 0; i < countof(zeros); i++)
        if (within(c, zeros[i], zeros[i] + 9))
            return '0' + c - zeros[i];
    if (c == '\t' || c == 0xa0 || within(c, 0x2000, 0x200a) || c == 0x202f)
        return ' ';
    if (within(c, 0x2010, 0x2015) || c == 0x2212)
        return '-';
    return c == 0xff20 || c == 0xfe6b ? '@' : c;
}

uint32_t screen_at(const struct screen_text *t, size_t i)
{
    return i < t->n ? t->c[i] : 0;
}

bool screen_digit(uint32_t c)
{
    return within(c, '0', '9');
}

bool screen_upper(uint32_t c)
{
    return utf8_is_upper(c);
}

bool screen_letter(uint32_t c)
{
    return utf8_is_lower(c) || utf8_is_upper(c) ||
           (c >= 0x100 && c < UTF8_BAD && !within(c, 0x2000, 0x206f) &&
            !within(c, 0x20a0, 0x20cf) && !within(c, 0x3000, 0x303f));
}

/* -- words -------------------------------------------------------------- */

size_t screen_word_end(const struct screen_text *t, size_t i)
{
    while (screen_letter(screen_at(t, i)))
        i++;
    return i;
}

bool screen_is(const struct screen_text *t, size_t from, size_t to,
               const char *word)
{
    size_t i;

    for (i = from; i < to && word[i - from] != '\0'; i++)
        if (utf8_lower(t->c[i]) != (uint32_t)word[i - from])
            return false;
    return i == to && word[i - from] == '\0';
}

bool screen_among(const struct screen_text *t, size_t from, size_t to,
                  const char *const *words, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (screen_is(t, from, to, words[i]))
            return true;
    return false;
}

bool screen_word_before(const struct screen_text *t, size_t i, size_t *from,
                        size_t *to)
{
    while (i > 0 && (t->c[i - 1] == ' ' || t->c[i - 1] == ':' ||
                     t->c[i - 1] == '.' || t->c[i - 1] == ','))
        i--;
    *to = i;
    while (i > 0 && screen_letter(t->c[i - 1]))
        i--;
    *from = i;
    return *from < *to;
}

size_t screen_spaces(const struct screen_text *t, size_t i)
{
    while (screen_at(t, i) == ' ')
        i++;
    return i;
}

void screen_add(struct screen_text *t, enum screen_kind kind, size_t from,
                size_t to)
{
    struct screening *s = t->found;
    struct screen_finding f = {kind, t->at[from], t->at[to] - t->at[from]}, *p;
    size_t i, at = 0;

    for (i = 0; i < s->n; i++) {
        if (f.start < s->p[i].start + s->p[i].n &&
            s->p[i].start < f.start + f.n)
            return;
        at += s->p[i].start < f.start;
    }
    if (s->n == t->cap) {
        t->cap = 2 * t->cap + 8;
        p = arena_new(t->mem, t->cap * sizeof *p);
        if (s->n > 0)
            memcpy(p, s->p, s->n * sizeof *p);
        s->p = p;
    }
    memmove(s->p + at + 1, s->p + at, (s->n - at) * sizeof *p);
    s->p[at] = f;
    s->n++;
}

/* -- e-mail ------------------------------------------------------------- */

static bool mail_char(uint32_t c)
{
    return screen_digit(c) || screen_letter(c) || c == '.' || c == '_' ||
           c == '-' || c == '+' || c == '%';
}

static void screen_emails(struct screen_text *t)
{
    size_t i, from, to;

    for (i = 0; i < t->n; i++) {
        bool letters = false, dot = false, apart;

        if (t->c[i] != '@')
            continue;
        from = i;
        to = i + 1;
        apart = from > 1 && t->c[from - 1] == ' ' && screen_at(t, to) == ' ';
        if (apart) {
            from--; /* name @ provider.nl */
            to++;
        }
        while (from > 0 && mail_char(t->c[from - 1]))
            from--;
        for (; mail_char(screen_at(t, to)); to++) {
            letters |= screen_letter(t->c[to]);
            dot |= t->c[to] == '.' && mail_char(screen_at(t, to + 1));
        }
        while (t->c[to - 1] == '.' || t->c[to - 1] == '-')
            to--; /* of the sentence */
        if (from < i && t->c[from] != ' ' && letters && to > i + 2 &&
            (dot || !apart))
            screen_add(t, SCREEN_EMAIL, from, to);
    }
}

/* -- names -------------------------------------------------------------- */

struct title {
    const char *word;
    bool is_short;    /* a full stop may follow it */
    bool capitalised; /* "Ms", not "ms" */
};

static const struct title titles[] = {
    {"mevrouw", false, false},    {"mevr", true, false},
    {"mw", true, false},          {"mej", true, false},
    {"mejuffrouw", false, false}, {"juffrouw", false, false},
    {"meneer", false, false},     {"mijnheer", false, false},
    {"heer", false, false},       {"dhr", true, false},
    {"hr", true, false},          {"familie", false, false},
    {"fam", true, false},         {"mr", true, true},
    {"mrs", true, true},          {"ms", true, true},
    {"miss", false, true},        {"mister", false, true},
};

/* They stand before a name, and are none. */
static const char *const particles[] = {
    "van", "de",  "der", "den", "ter", "ten", "te",  "t",  "von", "du",
    "da",  "dos", "el",  "al",  "ben", "bin", "abu", "la", "le",
};

/* With these a new sentence begins after a title that ends in a full stop. */
static const char *const beginnings[] = {
    "de",  "het",  "een",  "ze",   "zij", "hij",  "er",    "dat",  "dit",
    "die", "deze", "wij",  "we",   "ik",  "in",   "op",    "maar", "en",
    "ook", "nu",   "als",  "toen", "dus", "wil",  "heeft", "is",   "the",
    "she", "he",   "they", "it",   "i",   "this", "that",  "but",  "and",
    "you", "u",    "je",   "na",   "met", "voor", "om",    "daar", "hier",
};

static const struct title *title_at(const struct screen_text *t, size_t i,
                                    size_t end)
{
    size_t k;

    for (k = 0; k < countof(titles); k++)
        if (screen_is(t, i, end, titles[k].word) &&
            (!titles[k].capitalised ||
             (screen_upper(t->c[i]) && !screen_upper(t->c[end - 1]))))
            return &titles[k];
    return NULL;
}

/* A part of a name: Jansen, El-Amrani, d'Hondt, J. */
static size_t name_part(const struct screen_text *t, size_t i)
{
    size_t end = screen_word_end(t, i);

    while (end > i &&
           (screen_at(t, end) == '-' || screen_at(t, end) == '\'' ||
            screen_at(t, end) == 0x2019) &&
           screen_letter(screen_at(t, end + 1)))
        end = screen_word_end(t, end + 1);
    return end;
}

static bool has_capital(const struct screen_text *t, size_t from, size_t to)
{
    size_t i;

    for (i = from; i < to; i++)
        if (screen_upper(t->c[i]) && (i == from || !screen_letter(t->c[i - 1])))
            return true;
    return false;
}

static bool is_particle(const struct screen_text *t, size_t from, size_t to)
{
    size_t next = screen_spaces(t, to);

    if (screen_is(t, from, to, "in") || screen_is(t, from, to, "op"))
        return screen_at(t, next) == '\'' || screen_at(t, next) == 0x2019 ||
               screen_is(t, next, screen_word_end(t, next), "den");
    return screen_among(t, from, to, particles, countof(particles));
}

/* The end of the name that begins at `i`; 0: there is none. */
static size_t name_end(const struct screen_text *t, size_t i, bool may_begin)
{
    size_t end = 0, parts = 0, at = i;

    while (parts++ < 6) {
        size_t to;
        bool quote = screen_at(t, at) == '\'' || screen_at(t, at) == 0x2019;

        at += quote; /* 't */
        to = name_part(t, at);
        if (to == at)
            break;
        if (is_particle(t, at, to)) {
            at = screen_spaces(t, to);
            continue;
        }
        if (!has_capital(t, at, to) ||
            (may_begin && at == i &&
             screen_among(t, at, to, beginnings, countof(beginnings))))
            break;
        end = to;
        if (screen_at(t, to) == '.' && to - at == 1)
            to++; /* an initial */
        at = screen_spaces(t, to);
    }
    return end;
}

static void screen_names(struct screen_text *t)
{
    size_t i, end;

    for (i = 0; i<t->n; i = end> i ? end : i + 1) {
        const struct title *title;
        size_t at, to;
        bool stop;

        end = screen_word_end(t, i);
        title = end > i ? title_at(t, i, end) : NULL;
        if (title == NULL)
            continue;
        stop = screen_at(t, end) == '.';
        if (stop && !title->is_short)
            continue;
        at = screen_spaces(t, end + stop);
        to = at > end ? name_end(t, at, stop) : 0;
        if (to > 0)
            screen_add(t, SCREEN_NAME, i, to);
    }
}

/* -- all of it ---------------------------------------------------------- */

struct screening screen_text(struct bytes text, struct arena *mem)
{
    struct screening found = {0};
    struct screen_text t = {.found = &found, .mem = mem};
    size_t at = 0;

    t.c = arena_new(mem, text.n * sizeof *t.c);
    t.at = arena_new(mem, (text.n + 1) * sizeof *t.at);
    while (at < text.n) {
        uint32_t c;

        t.at[t.n] = at;
        c = utf8_next(text, &at);
        if (!shows_nothing(c))
            t.c[t.n++] = plain(c);
    }
    t.at[t.n] = text.n;
    screen_ibans(&t);
    screen_emails(&t);
    screen_numbers(&t);
    screen_postcodes(&t);
    screen_addresses(&t);
    screen_names(&t);
    return found;
}

bool screen_may_stay(enum screen_kind kind)
{
    return kind == SCREEN_NAME;
}

const char *screen_word(enum screen_kind kind)
{
    static const char *const words[SCREEN_KINDS_N] = {
        [SCREEN_IBAN] = "iban",         [SCREEN_EMAIL] = "email",
        [SCREEN_PHONE] = "phone",       [SCREEN_BSN] = "bsn",
        [SCREEN_POSTCODE] = "postcode", [SCREEN_ADDRESS] = "address",
        [SCREEN_NAME] = "name",
    };

    assert(kind < SCREEN_KINDS_N);
    return words[kind];
}
