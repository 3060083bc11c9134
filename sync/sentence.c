#include "sync/sentence.h"

#include <string.h>

#include "sync/base/utf8.h"

/* What ends in a full stop without ending a sentence, in lower case. */
static const char *const abbreviations[] = {
    "a.d.",     "afd.",   "bijv.", "blz.",   "bv.",  "ca.",    "dd.",
    "dhr.",     "d.w.z.", "dr.",   "drs.",   "e.a.", "e.d.",   "e.g.",
    "enz.",     "etc.",   "evt.",  "excl.",  "fam.", "gem.",   "i.e.",
    "i.p.v.",   "i.v.m.", "incl.", "ing.",   "ir.",  "jl.",    "m.b.t.",
    "max.",     "mevr.",  "min.",  "mr.",    "mrs.", "ms.",    "mw.",
    "n.a.v.",   "no.",    "nr.",   "nrs.",   "o.a.", "o.b.v.", "p.",
    "pag.",     "plm.",   "prof.", "resp.",  "st.",  "str.",   "t.a.v.",
    "t.b.v.",   "t/m.",   "tel.",  "t.o.v.", "tst.", "v.a.",   "vs.",
    "z.g.a.n.", "z.o.z.", "zgn.",
};

enum { WORD_MAX = 16 };

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0 || c == 0x3000;
}

/* Marks that end a sentence wherever they stand. */
static bool is_strong(uint32_t c)
{
    return c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xff01 ||
           c == 0xff1f || c == 0x61f || c == 0x6d4;
}

/* What may follow the mark and still belongs to the sentence. */
static bool is_closing(uint32_t c)
{
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0xbb ||
           c == 0x2019 || c == 0x201d || c == 0x300d;
}

/* Marks after which no space is written. */
static bool is_wide(uint32_t c)
{
    return c == 0x3002 || c == 0xff01 || c == 0xff1f;
}

static uint32_t peek(struct bytes text, size_t at)
{
    return at < text.n ? utf8_next(text, &at) : '\n';
}

/* Does the word whose full stop stands at `stop` go on after it? */
static bool abbreviated(struct bytes text, size_t from, size_t stop)
{
    char word[WORD_MAX + 1];
    size_t start = stop, n, i;

    while (start > from && text.p[start - 1] != '(' &&
           !is_space(text.p[start - 1]))
        start--;
    n = stop + 1 - start;
    if (n > WORD_MAX)
        return false;
    for (i = 0; i < n; i++) {
        uint8_t c = text.p[start + i];

        word[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    word[n] = '\0';
    if (n == 2 && text.p[start] >= 'A' && text.p[start] <= 'Z')
        return true; /* an initial */
    for (i = 0; i < countof(abbreviations); i++)
        if (strcmp(word, abbreviations[i]) == 0)
            return true;
    return false;
}

/* The text goes on in lower case or with a digit after "12.". */
static bool goes_on(struct bytes text, size_t from, size_t stop)
{
    size_t at = stop + 1;
    uint32_t c = peek(text, at);
    bool number =
        stop > from && text.p[stop - 1] >= '0' && text.p[stop - 1] <= '9';

    while (c == ' ' && at < text.n)
        c = peek(text, ++at);
    if (utf8_is_lower(c))
        return true;
    /* "3. Bankje" at the start of a line is one item of a list. */
    while (number && stop > from && text.p[stop - 1] >= '0' &&
           text.p[stop - 1] <= '9')
        stop--;
    return number && stop == from;
}

/* Where the sentence that begins at `from` ends. */
static size_t sentence_end(struct bytes text, size_t from)
{
    size_t at = from, last = from;

    while (at < text.n) {
        size_t mark = at;
        uint32_t c = utf8_next(text, &at), next;
        bool ends;

        if (c == '\n')
            return last;
        if (!is_space(c))
            last = at;
        ends = is_strong(c) || c == '.';
        if (!ends)
            continue;
        while (at < text.n &&
               (peek(text, at) == '.' || is_strong(peek(text, at)) ||
                is_closing(peek(text, at)))) {
            c = utf8_next(text, &at);
            last = at;
        }
        next = peek(text, at);
        if (!is_space(next) && !is_wide(c))
            continue; /* "12.30", "wij.nl" */
        if (at == mark + 1 && text.p[mark] == '.' &&
            (abbreviated(text, from, mark) || goes_on(text, from, mark)) &&
            next != '\n' && at < text.n)
            continue;
        return last;
    }
    return last;
}

struct sentences sentence_split(struct bytes text, struct arena *mem)
{
    struct sentences s = {0};
    size_t at = 0, cap = 0;

    for (;;) {
        size_t before = at, from, next = at;

        while (next < text.n && is_space(utf8_next(text, &next)))
            at = next;
        if (at == text.n || at >= text.n) {
            s.tail = (struct bytes){text.p + before, text.n - before};
            return s;
        }
        from = at;
        at = sentence_end(text, from);
        if (s.n == cap) {
            struct sentence *more =
                arena_new(mem, (2 * cap + 8) * sizeof *more);

            if (s.n > 0)
                memcpy(more, s.p, s.n * sizeof *more);
            s.p = more;
            cap = 2 * cap + 8;
        }
        s.p[s.n++] = (struct sentence){{text.p + before, from - before},
                                       {text.p + from, at - from}};
    }
}

bool sentence_closed(struct bytes sentence)
{
    size_t at = 0;
    uint32_t c = 0, mark = 0;

    while (at < sentence.n) {
        c = utf8_next(sentence, &at);
        if (!is_closing(c))
            mark = c;
    }
    return mark == '.' || mark == ':' || is_strong(mark);
}
