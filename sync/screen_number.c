/* Numbers that lead to one person: of a phone, a citizen, a bank account. */
#include "sync/base/utf8.h"
#include "sync/screen_int.h"

/* -- digits in groups --------------------------------------------------- */

enum { GROUPS_MAX = 16, DIGITS_MAX = 40, GAP_MAX = 3 };

struct number { /* digits with at most a few marks between them */
    size_t from[GROUPS_MAX], to[GROUPS_MAX]; /* in the text */
    size_t first[GROUPS_MAX + 1];            /* in `d` */
    uint8_t d[DIGITS_MAX];
    size_t groups;
    bool plus; /* before it all */
};

static bool is_gap(uint32_t c)
{
    return c == ' ' || c == '.' || c == '-' || c == '/' || c == '(' || c == ')';
}

/* 19-11-2026, 19/11/26, 2026-11-19: the end of it; i if it is no date. */
static size_t date_end(const struct screen_text *t, size_t i)
{
    unsigned part[3] = {0};
    size_t len[3] = {0}, k, at = i;
    uint32_t mark = 0;

    for (k = 0; k < 3; k++) {
        for (; screen_digit(screen_at(t, at)) && len[k] < 5; at++, len[k]++)
            part[k] = 10 * part[k] + t->c[at] - '0';
        if (k == 0)
            mark = screen_at(t, at);
        if (k < 2 && (screen_at(t, at++) != mark ||
                      (mark != '-' && mark != '/' && mark != '.')))
            return i;
    }
    if (screen_digit(screen_at(t, at)) ||
        (screen_at(t, at) == mark && screen_digit(screen_at(t, at + 1))))
        return i;
    if (len[0] == 4) { /* the year first */
        unsigned year = part[0];

        part[0] = part[2];
        part[2] = year;
        len[0] = len[2];
        len[2] = 4;
    }
    return len[0] >= 1 && len[0] <= 2 && part[0] >= 1 && part[0] <= 31 &&
                   len[1] >= 1 && len[1] <= 2 && part[1] >= 1 &&
                   part[1] <= 12 &&
                   (len[2] == 2 ||
                    (len[2] == 4 && part[2] >= 1900 && part[2] <= 2099))
               ? at
               : i;
}

/* The number that begins at `i` with a digit; where it ends. */
static size_t take_number(const struct screen_text *t, size_t i,
                          struct number *n)
{
    size_t at = i, count = 0, gap;

    *n = (struct number){.plus = i > 0 && t->c[i - 1] == '+'};
    while (n->groups < GROUPS_MAX) {
        if (date_end(t, at) > at && n->groups > 0)
            break;
        n->from[n->groups] = at;
        n->first[n->groups] = count;
        for (; screen_digit(screen_at(t, at)) && count < DIGITS_MAX; at++)
            n->d[count++] = (uint8_t)(t->c[at] - '0');
        n->to[n->groups++] = at;
        n->first[n->groups] = count;
        for (gap = 0; gap < GAP_MAX && is_gap(screen_at(t, at + gap)); gap++)
            ;
        if (gap == 0 || !screen_digit(screen_at(t, at + gap)))
            break;
        at += gap;
    }
    while (screen_digit(screen_at(t, at)))
        at++; /* of a number longer than any that matters */
    return at;
}

static size_t digits_of(const struct number *n, size_t g, size_t h)
{
    return n->first[h + 1] - n->first[g];
}

static size_t group_digits(const struct number *n, size_t g)
{
    return n->first[g + 1] - n->first[g];
}

/* Thousands with full stops between: 12.500.000. */
static bool in_thousands(const struct screen_text *t, const struct number *n,
                         size_t g, size_t h)
{
    size_t i;

    for (i = g + 1; i <= h; i++)
        if (group_digits(n, i) != 3 || n->from[i] - n->to[i - 1] != 1 ||
            t->c[n->to[i - 1]] != '.')
            return false;
    return h > g;
}

/* Is it said what the number is, some words before it? */
static bool announced(const struct screen_text *t, size_t i,
                      const char *const *by, size_t by_n)
{
    static const char *const between[] = {
        "op",  "me",   "mij",    "is",   "was", "nummer", "nr",
        "van", "mijn", "zijn",   "haar", "hem", "at",     "on",
        "her", "him",  "number", "my",   "via",
    };
    size_t from, to, words = 0;

    while (words++ < 4 && screen_word_before(t, i, &from, &to)) {
        if (screen_among(t, from, to, by, by_n))
            return true;
        if (!screen_among(t, from, to, between, countof(between)))
            return false;
        i = from;
    }
    return false;
}

/* -- phones ------------------------------------------------------------- */

static bool dutch_phone(const struct number *n, size_t g, size_t h)
{
    const uint8_t *d = n->d + n->first[g];
    size_t len = digits_of(n, g, h), first = group_digits(n, g);

    if (d[0] != 0)
        return false;
    if (d[1] == 0) /* 0031 … */
        return len >= 10 && len <= 15 && d[2] != 0;
    if (len != 10 && (len != 11 || d[1] != 7))
        return false;
    return first != 2 || d[1] == 6; /* 06, 050, 0598: never 01 */
}

static bool announced_phone(const struct screen_text *t, const struct number *n,
                            size_t g, size_t h)
{
    static const char *const by[] = {
        "tel",       "telefoon", "telefoonnummer", "mobiel",
        "mobieltje", "bel",      "bellen",         "gebeld",
        "phone",     "call",     "mobile",         "gsm",
        "whatsapp",  "appen",    "telephone",      "bereikbaar",
    };
    const uint8_t *d = n->d + n->first[g];
    size_t len = digits_of(n, g, h);
    bool service = d[0] == 0 && (d[1] == 8 || d[1] == 9) && d[2] == 0 &&
                   d[3] == 0; /* 0800, 0900 */

    return g == 0 && h + 1 == n->groups && len >= 6 && len <= 11 && !service &&
           announced(t, n->from[g], by, countof(by));
}

static bool is_phone(const struct screen_text *t, const struct number *n,
                     size_t g, size_t h)
{
    size_t len = digits_of(n, g, h);

    if (g == 0 && n->plus && len >= 8 && len <= 15 && !in_thousands(t, n, g, h))
        return true;
    return len >= 6 && (dutch_phone(n, g, h) || announced_phone(t, n, g, h));
}

/* -- the number of a citizen -------------------------------------------- */

static bool test_of_eleven(const uint8_t *d, size_t n)
{
    int sum = 0, i, any = 0;

    for (i = 0; i < (int)n; i++) {
        int weight = (int)n - i;

        sum += d[i] * (weight == 1 ? -1 : weight);
        any |= d[i];
    }
    return any != 0 && sum % 11 == 0;
}

/* How it is written: at a stretch, or in groups that are usual. */
static bool usual_groups(const struct number *n, size_t g, size_t h)
{
    static const uint8_t usual[][5] = {
        {3, 3, 3}, {4, 2, 3}, {2, 3, 3}, {2, 2, 2, 2}, {2, 2, 2, 2, 1},
        {4, 3, 2}, {1, 4, 4}, {5, 4},    {4, 5},
    };
    size_t i, k, groups = h - g + 1;

    if (groups == 1)
        return true;
    for (i = 0; i < countof(usual); i++) {
        for (k = 0; k < groups && k < 5; k++)
            if (usual[i][k] != group_digits(n, g + k))
                break;
        if (k == groups && (k == 5 || usual[i][k] == 0))
            return true;
    }
    return false;
}

/* 20261119 or 19112026. */
static bool is_day(const uint8_t *d, size_t n)
{
    unsigned first = 10U * d[0] + d[1], second = 10U * d[2] + d[3],
             third = 10U * d[4] + d[5], last = 10U * d[6] + d[7];

    if (n != 8)
        return false;
    return ((first == 19 || first == 20) && third >= 1 && third <= 12 &&
            last >= 1 && last <= 31) ||
           (first >= 1 && first <= 31 && second >= 1 && second <= 12 &&
            (third == 19 || third == 20));
}

static bool is_amount(const struct screen_text *t, size_t from, size_t to)
{
    static const char *const money[] = {"euro", "eur", "euros", "gulden"};
    size_t a, b;

    if (screen_at(t, to) == ',' &&
        (screen_digit(screen_at(t, to + 1)) || screen_at(t, to + 1) == '-'))
        return true;
    a = screen_spaces(t, to);
    b = screen_word_end(t, a);
    if (screen_among(t, a, b, money, countof(money)) ||
        screen_at(t, a) == 0x20ac)
        return true;
    if (screen_word_before(t, from, &a, &b) &&
        screen_among(t, a, b, money, countof(money)))
        return true;
    while (from > 0 && t->c[from - 1] == ' ')
        from--;
    return from > 0 && t->c[from - 1] == 0x20ac;
}

static bool is_bsn(const struct screen_text *t, const struct number *n,
                   size_t g, size_t h)
{
    static const char *const by[] = {"bsn", "sofi", "sofinummer", "bsnnummer",
                                     "burgerservicenummer"};
    const uint8_t *d = n->d + n->first[g];
    size_t len = digits_of(n, g, h);

    if (len != 8 && len != 9)
        return false;
    if (screen_letter(screen_at(t, n->to[h])))
        return false;
    if (announced(t, n->from[g], by, countof(by)))
        return true;
    return test_of_eleven(d, len) && usual_groups(n, g, h) && !is_day(d, len) &&
           !is_amount(t, n->from[g], n->to[h]);
}

/* -- all numbers -------------------------------------------------------- */

/* The longest of the groups from `g` on that is such a number; 0: none. */
static size_t longest(const struct screen_text *t, const struct number *n,
                      size_t g,
                      bool (*is)(const struct screen_text *,
                                 const struct number *, size_t, size_t))
{
    size_t h;

    for (h = n->groups; h > g; h--)
        if (is(t, n, g, h - 1))
            return h;
    return 0;
}

static void look_into(struct screen_text *t, const struct number *n)
{
    size_t g, h;

    for (g = 0; g<n->groups; g = h> 0 ? h : g + 1) {
        bool opens = n->from[g] > 0 && t->c[n->from[g] - 1] == '(';
        size_t from = n->from[g] - (opens || (g == 0 && n->plus) ? 1 : 0);

        h = longest(t, n, g, is_phone);
        if (h > 0) {
            screen_add(t, SCREEN_PHONE, from, n->to[h - 1]);
            continue;
        }
        h = longest(t, n, g, is_bsn);
        if (h > 0)
            screen_add(t, SCREEN_BSN, n->from[g], n->to[h - 1]);
    }
}

void screen_numbers(struct screen_text *t)
{
    size_t i = 0, end;
    struct number n;

    while (i < t->n) {
        if (!screen_digit(t->c[i])) {
            i++;
            continue;
        }
        end = date_end(t, i);
        if (end == i) {
            end = take_number(t, i, &n);
            /* What hangs on a word is a code: 2022BU00141001. */
            if (i == 0 || !screen_letter(t->c[i - 1]))
                look_into(t, &n);
        }
        i = end;
    }
}

/* -- bank accounts ------------------------------------------------------ */

enum { IBAN_MIN = 15, IBAN_MAX = 34 };

/* ISO 7064, MOD 97-10, of what comes after the first four and then those. */
static bool checks_out(const uint32_t *c, size_t n)
{
    unsigned rest = 0;
    size_t i;

    for (i = 0; i < n; i++) {
        uint32_t x = utf8_lower(c[(i + 4) % n]);

        rest = screen_digit(x) ? (rest * 10 + (unsigned)(x - '0')) % 97
                               : (rest * 100 + (unsigned)(x - 'a') + 10) % 97;
    }
    return rest == 1;
}

static bool ascii_word(uint32_t c)
{
    return screen_digit(c) || (utf8_lower(c) >= 'a' && utf8_lower(c) <= 'z');
}

/* NL91 ABNA 0417 1643 00, mistyped. */
static bool dutch_form(const uint32_t *c, size_t n)
{
    size_t i;

    if (n != 18 || utf8_lower(c[0]) != 'n' || utf8_lower(c[1]) != 'l')
        return false;
    for (i = 2; i < n; i++)
        if (screen_digit(c[i]) != (i < 4 || i > 7))
            return false;
    return true;
}

/* The registry of SWIFT knows these, two letters each. */
static bool of_a_country(const struct screen_text *t, size_t i)
{
    static const char countries[] =
        "adaealatazbabebgbhbrbychcrcyczdedkdoeeegesfifofrgbgegiglgrgthrhuieiliq"
        "isitjokwkzlblcliltlulvlymcmdmemkmrmtmunlnopkplpsptqarorssascsdsesiskst"
        "smsvtltntruavavgxk";
    uint32_t a = utf8_lower(t->c[i]), b = utf8_lower(t->c[i + 1]);
    size_t k;

    for (k = 0; k + 2 < sizeof countries; k += 2)
        if (a == (uint32_t)countries[k] && b == (uint32_t)countries[k + 1])
            return true;
    return false;
}

/* All letters large or all small: nobody types them mixed. */
static bool one_case(const uint32_t *c, size_t n)
{
    size_t i;

    for (i = 1; i < n; i++)
        if (!screen_digit(c[i]) && screen_upper(c[i]) != screen_upper(c[0]))
            return false;
    return true;
}

/* The end of the account that begins at `i`; i if there is none. */
static size_t iban_end(const struct screen_text *t, size_t i)
{
    uint32_t c[IBAN_MAX];
    size_t n = 0, at = i, end = i;

    while (n < IBAN_MAX) {
        if (n > 0 && screen_at(t, at) == ' ')
            at++;
        if (!ascii_word(screen_at(t, at)))
            break;
        c[n++] = t->c[at++];
        if (n >= IBAN_MIN && !ascii_word(screen_at(t, at)) && one_case(c, n) &&
            (checks_out(c, n) || dutch_form(c, n)))
            end = at;
    }
    return end;
}

void screen_ibans(struct screen_text *t)
{
    size_t i, end;

    for (i = 0; i + IBAN_MIN <= t->n; i++) {
        if (!of_a_country(t, i) || (i > 0 && ascii_word(t->c[i - 1])))
            continue;
        end = screen_spaces(t, i + 2);
        if (!screen_digit(screen_at(t, end)) ||
            !screen_digit(screen_at(t, end + 1)))
            continue;
        end = iban_end(t, i);
        if (end > i)
            screen_add(t, SCREEN_IBAN, i, end);
    }
}
