#include "sync/sentence.h"

#include <string.h>

#include "sync/base/utf8.h"

static const char *const abbreviations[] = {
    "a.d.h.v.", "a.u.b.", "afd.",   "b.v.",   "bijv.",  "blz.",   "bv.",
    "ca.",      "d.d.",   "d.m.v.", "d.w.z.", "dhr.",   "div.",   "dr.",
    "drs.",     "e.a.",   "e.d.",   "e.g.",   "evt.",   "excl.",  "fam.",
    "gem.",     "i.e.",   "i.p.v.", "i.v.m.", "incl.",  "ing.",   "ir.",
    "jl.",      "m.b.t.", "m.b.v.", "m.i.v.", "m.n.",   "m.u.v.", "max.",
    "mej.",     "mevr.",  "min.",   "mr.",    "mrs.",   "ms.",    "mw.",
    "n.a.v.",   "nl.",    "no.",    "nr.",    "nrs.",   "o.a.",   "o.b.v.",
    "o.i.d.",   "o.l.v.", "p.p.",   "pag.",   "par.",   "pers.",  "plm.",
    "prof.",    "resp.",  "st.",    "str.",   "t.a.v.", "t.b.v.", "t.g.v.",
    "t.n.v.",   "t.o.v.", "t/m.",   "tel.",   "v.a.",   "vgl.",   "vs.",
    "z.g.",     "z.s.m.", "zgn.",
};

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x85 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
           c == 0x202f || c == 0x3000;
}

static bool is_line_end(uint32_t c)
{
    return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* Marks that end a sentence wherever they stand: no space need follow. */
static bool is_wide_mark(uint32_t c)
{
    return c == 0x3002 || c == 0xff01 || c == 0xff1f || c == 0xff61;
}

/* Marks that end one if white space follows; '.' has more to say. */
static bool is_mark(uint32_t c)
{
    return c == '!' || c == '?' || c == 0x2026 || c == 0x61f || c == 0x6d4 ||
           c == 0x964;
}

static bool is_emoji(uint32_t c)
{
    return (c >= 0x1f000 && c <= 0x1faff) || (c >= 0x2600 && c <= 0x27bf) ||
           c == 0xfe0f || c == 0x200d; /* and what joins them */
}

/* Quotes, brackets and emoji that may follow the mark and belong to the
 * sentence. */
static bool is_closer(uint32_t c)
{
    return is_emoji(c) || c == '"' || c == '\'' || c == ')' || c == ']' ||
           c == 0xbb || c == 0x2019 || c == 0x201d || c == 0x300d ||
           c == 0x300f || c == 0xff09;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* `s` ends in a full stop: does it belong to its last word? */
static bool stop_belongs_to_word(struct bytes s)
{
    size_t from = s.n, i, at;
    struct bytes word;

    while (from > 0 && s.p[from - 1] > ' ')
        from--;
    while (s.p[from] == '(' || s.p[from] == '"' || s.p[from] == '\'' ||
           s.p[from] == '[')
        from++;
    word = (struct bytes){s.p + from, s.n - from};
    for (i = 0; i < countof(abbreviations); i++)
        if (utf8_same(word, bytes_of(abbreviations[i])))
            return true;
    if (word.n < 2)
        return false;
    at = 0; /* an initial: one capital, or more with stops between */
    while (utf8_is_upper(utf8_next(word, &at)) && word.p[at] == '.')
        if (++at == word.n)
            return true;
    for (i = 0; i + 1 < word.n && is_digit(word.p[i]); i++)
        ;
    return from == 0 && i + 1 == word.n; /* "1." numbers an item */
}

/* How a text that has been read so far stands: would space end it here? */
struct ending {
    bool closed, wide;
};

static struct ending ending_step(struct ending e, struct bytes text,
                                 size_t from, size_t at, uint32_t c)
{
    if (is_wide_mark(c))
        return (struct ending){true, true};
    if (is_mark(c))
        return (struct ending){true, e.wide};
    if (c == '.')
        return (struct ending){e.closed || !stop_belongs_to_word((struct bytes){
                                               text.p + from, at - from}),
                               e.wide};
    if (is_closer(c))
        return e;
    return (struct ending){false, false};
}

static bool goes_on(uint32_t c)
{
    return is_closer(c) || is_wide_mark(c) || is_mark(c) || c == '.';
}

/* One sentence from `at`, where no white space stands; returns its end. */
static size_t sentence_end(struct bytes text, size_t at)
{
    size_t from = at, end = at;
    struct ending e = {0};

    while (at < text.n) {
        size_t next = at;
        uint32_t c = utf8_next(text, &next);

        if (is_line_end(c) || (is_space(c) && e.closed))
            break;
        if (e.wide && !goes_on(c))
            break;
        if (!is_space(c)) {
            e = ending_step(e, text, from, next, c);
            end = next;
        }
        at = next;
    }
    return end;
}

static size_t space_end(struct bytes text, size_t at)
{
    while (at < text.n) {
        size_t next = at;

        if (!is_space(utf8_next(text, &next)))
            break;
        at = next;
    }
    return at;
}

struct sentences sentence_split(struct bytes text, struct arena *mem)
{
    struct sentences s = {0};
    size_t at = 0, cap = 0;

    for (;;) {
        size_t start = space_end(text, at), end;

        if (start == text.n) {
            s.tail = (struct bytes){text.n ? text.p + at : NULL, text.n - at};
            return s;
        }
        end = sentence_end(text, start);
        if (s.n == cap) {
            struct sentence *p;

            cap = cap ? 2 * cap : 16;
            p = arena_new(mem, cap * sizeof *p);
            if (s.n)
                memcpy(p, s.p, s.n * sizeof *p);
            s.p = p;
        }
        s.p[s.n++] = (struct sentence){
            .before = {text.p + at, start - at},
            .text = {text.p + start, end - start},
        };
        at = end;
    }
}

bool sentence_closed(struct bytes sentence)
{
    struct ending e = {0};
    size_t at = 0;

    while (at < sentence.n) {
        uint32_t c = utf8_next(sentence, &at);

        e = ending_step(e, sentence, 0, at, c);
    }
    return e.closed;
}
