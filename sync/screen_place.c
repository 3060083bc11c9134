/* Where one person lives: postcodes, and streets with a house number. */
#include "sync/base/utf8.h"
#include "sync/screen_int.h"

/* Up to `most` digits from `i`, not part of a longer number. */
static size_t few_digits(const struct screen_text *t, size_t i, size_t most)
{
    size_t end = i;

    while (screen_digit(screen_at(t, end)))
        end++;
    return end - i <= most ? end : i;
}

static unsigned number_at(const struct screen_text *t, size_t from, size_t to)
{
    unsigned n = 0;

    for (; from < to; from++)
        n = 10 * n + t->c[from] - '0';
    return n;
}

static bool is_year(const struct screen_text *t, size_t from, size_t to)
{
    unsigned n = to - from == 4 ? number_at(t, from, to) : 0;

    return n >= 1900 && n <= 2099;
}

/* 12, 12a, 12-3, 12 B: the end; i if there is none. */
static size_t house_number(const struct screen_text *t, size_t i)
{
    size_t end = few_digits(t, i, 5), more;

    if (end == i || screen_at(t, i) == '0')
        return i;
    if ((screen_at(t, end) == '-' || screen_at(t, end) == '/') &&
        (more = few_digits(t, end + 1, 5)) > end + 1)
        return more;
    more = end + (screen_at(t, end) == ' ' || screen_at(t, end) == '-');
    if (screen_letter(screen_at(t, more)) &&
        screen_word_end(t, more) == more + 1 &&
        (more == end || screen_upper(t->c[more])))
        return more + 1;
    return end;
}

/* -- postcodes ---------------------------------------------------------- */

static bool is_unit(const struct screen_text *t, size_t i)
{
    static const char *const units[] = {
        "kg", "km", "ml", "cl", "dl", "cm", "mm", "st", "nd", "rd",
        "th", "mb", "gb", "kb", "kw", "hz", "er", "ha", "pk", "tb",
    };

    return screen_among(t, i, i + 2, units, countof(units));
}

/* Two letters that often follow a year. */
static bool follows_years(const struct screen_text *t, size_t i)
{
    static const char *const words[] = {"eu", "nl", "tv", "ok", "uk", "us",
                                        "vn", "pc", "de", "en", "in", "is"};

    return screen_among(t, i, i + 2, words, countof(words));
}

/* 9712AB, 9712 AB, 9712ab: where the letters begin; 0: it is none. */
static size_t postcode_letters(const struct screen_text *t, size_t i)
{
    size_t letters = screen_spaces(t, i + 4);
    bool apart = letters > i + 4;
    uint32_t a = screen_at(t, letters), b = screen_at(t, letters + 1);

    if (few_digits(t, i, 4) != i + 4 || t->c[i] == '0' ||
        (i > 0 && (screen_letter(t->c[i - 1]) || screen_digit(t->c[i - 1]) ||
                   t->c[i - 1] == '.')))
        return 0;
    if (screen_word_end(t, letters) != letters + 2 || a > 'z' || b > 'z' ||
        screen_digit(screen_at(t, letters + 2)) || is_unit(t, letters))
        return 0;
    if (apart && (!screen_upper(a) || !screen_upper(b)))
        return 0;
    if (apart && is_year(t, i, i + 4) && follows_years(t, letters))
        return 0;
    return letters;
}

void screen_postcodes(struct screen_text *t)
{
    size_t i, letters, end, house;

    for (i = 0; i + 6 <= t->n; i++) {
        if (!screen_digit(t->c[i]))
            continue;
        letters = postcode_letters(t, i);
        if (letters > 0) {
            end = letters + 2;
            house = end + (screen_at(t, end) == ',');
            house = screen_spaces(t, house);
            if (house > end && house_number(t, house) > house)
                end = house_number(t, house);
            screen_add(t, SCREEN_POSTCODE, i, end);
        }
        i = few_digits(t, i, t->n) - 1;
    }
}

/* -- streets ------------------------------------------------------------ */

/* What the names of streets end in, in the towns of the north too. */
static const char *const endings[] = {
    "straat",    "laan",   "weg",   "plein", "kade",   "singel",  "dreef",
    "hof",       "gracht", "steeg", "pad",   "dijk",   "park",    "plantsoen",
    "wal",       "markt",  "haven", "diep",  "heerd",  "borg",    "baan",
    "boulevard", "brink",  "hoek",  "veld",  "tuin",   "zoom",    "gaarde",
    "hoeve",     "akkers", "akker", "weide", "allee",  "laantje", "straatje",
    "str",       "street", "road",  "lane",  "avenue",
};

/* Kinds of street and place, not one that has a name. */
static const char *const kinds[] = {
    "winkelstraat", "schoolplein",  "speelplein",   "fietspad",    "voetpad",
    "zandpad",      "snelweg",      "hoofdweg",     "hoofdstraat", "rondweg",
    "zijstraat",    "dwarsstraat",  "achterpad",    "bospad",      "stadspark",
    "volkstuin",    "moestuin",     "achtertuin",   "voortuin",    "buurttuin",
    "omweg",        "onderweg",     "halverwege",   "woonstraat",  "speelveld",
    "voetbalveld",  "sportveld",    "werkveld",     "sportpark",   "marktplein",
    "dorpsplein",   "rijbaan",      "autoweg",      "autosnelweg", "buurtweg",
    "speeltuin",    "wandelpad",    "grasveld",     "geveltuin",   "binnentuin",
    "binnenhof",    "parkeerhaven", "skatebaan",    "busbaan",     "ijsbaan",
    "bijbaan",      "vrijmarkt",    "rommelmarkt",  "kerstmarkt",  "weekmarkt",
    "huizenmarkt",  "woningmarkt",  "arbeidsmarkt", "supermarkt",  "spoorweg",
    "jaarmarkt",    "skatepark",    "speelpark",    "waarborg",    "invalshoek",
    "straathoek",   "leefstraat",   "stapelweg",    "buurtpark",   "wijkpark",
    "jongerenhoek", "kinderhoek",   "leeshoek",     "motorway",    "railroad",
};

/* Of what a number counts, when it is no house number. */
static const char *const counted[] = {
    "keer",
    "uur",
    "minuten",
    "euro",
    "eur",
    "km",
    "m",
    "meter",
    "jaar",
    "dagen",
    "weken",
    "maanden",
    "procent",
    "x",
    "auto",
    "kinderen",
    "mensen",
    "bewoners",
    "huizen",
    "woningen",
    "fietsen",
    "bomen",
    "banken",
    "bankjes",
    "huishoudens",
    "portieken",
    "graden",
    "times",
    "cars",
    "people",
    "children",
    "residents",
    "houses",
    "hours",
    "years",
    "days",
    "weeks",
    "months",
    "percent",
    "metres",
    "meters",
    "kilometer",
    "kilometre",
    "jongeren",
    "ouderen",
    "gezinnen",
    "families",
    "winkels",
    "lantaarns",
    "lantaarnpalen",
    "scooters",
    "drempels",
    "buren",
    "flats",
    "parkeerplaatsen",
    "containers",
    "speeltoestellen",
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
    "january",
    "february",
    "march",
    "may",
    "june",
    "july",
    "august",
    "october",
};

static size_t length(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0')
        n++;
    return n;
}

/* Is the word [from, to) the name of a street? */
static bool is_street(const struct screen_text *t, size_t from, size_t to)
{
    bool capital = screen_upper(t->c[from]);
    size_t i;

    if (screen_among(t, from, to, kinds, countof(kinds)))
        return false;
    for (i = 0; i < countof(endings); i++) {
        size_t n = length(endings[i]);

        if (to - from < n || !screen_is(t, to - n, to, endings[i]))
            continue;
        if (to - from >= n + 3)
            return true; /* Zonnelaan, zonnelaan */
        /* Grote Markt, A-weg, High Street: a name is before it. */
        if (to - from == n && from >= 2 &&
            (t->c[from - 1] == '-' || (capital && t->c[from - 1] == ' '))) {
            size_t a = from - 1;

            while (a > 0 && screen_letter(t->c[a - 1]))
                a--;
            return a < from - 1 && screen_upper(t->c[a]);
        }
    }
    return false;
}

/* Something is counted: 3 keer, 20 kinderen, 30 km/u, 5%. */
static bool counts(const struct screen_text *t, size_t end)
{
    size_t a = screen_spaces(t, end);
    size_t b = screen_word_end(t, a);
    uint32_t c = screen_at(t, a);

    return c == '%' || c == 0x20ac ||
           (b > a && screen_among(t, a, b, counted, countof(counted))) ||
           (screen_at(t, end) == ':' && screen_digit(screen_at(t, end + 1))) ||
           (screen_at(t, end) == '.' && screen_digit(screen_at(t, end + 1))) ||
           (screen_at(t, end) == ',' && screen_digit(screen_at(t, end + 1)));
}

/* A house number after the street that ends at `to`. */
static size_t number_after(const struct screen_text *t, size_t to)
{
    static const char *const words[] = {"nr", "nummer", "no", "number",
                                        "huisnummer"};
    size_t at = to, a, end;

    if (screen_at(t, at) == '.')
        at++;
    if (screen_at(t, at) == ',')
        at++;
    at = screen_spaces(t, at);
    a = screen_word_end(t, at);
    if (a > at && screen_among(t, at, a, words, countof(words)))
        at = screen_spaces(t, a + (screen_at(t, a) == '.'));
    end = house_number(t, at);
    if (at == to || end == at || is_year(t, at, few_digits(t, at, 5)) ||
        counts(t, end))
        return 0;
    return end;
}

/* "12 High Street": where the number begins; `from` if there is none. */
static size_t number_before(const struct screen_text *t, size_t from, size_t to)
{
    static const char *const english[] = {"street", "road",  "lane", "avenue",
                                          "square", "drive", "court"};
    size_t at = from, words = 0, digits;

    if (!screen_among(t, from, to, english, countof(english)) ||
        !screen_upper(t->c[from]))
        return from;
    while (words++ < 3) {
        if (at == 0 || t->c[at - 1] != ' ')
            return from;
        at--;
        digits = at;
        while (digits > 0 && screen_digit(t->c[digits - 1]))
            digits--;
        if (digits < at)
            return words > 1 && at - digits <= 5 && !is_year(t, digits, at)
                       ? digits
                       : from;
        while (at > 0 && screen_letter(t->c[at - 1]))
            at--;
        if (!screen_upper(screen_at(t, at)))
            return from;
    }
    return from;
}

/* huisnummer 12, house number 12: the end; 0: it is none. */
static size_t said_so(const struct screen_text *t, size_t from, size_t to)
{
    size_t at = screen_spaces(t, to), a, b;
    bool house = screen_is(t, from, to, "huisnummer");

    if (screen_is(t, from, to, "number") && screen_word_before(t, from, &a, &b))
        house = screen_is(t, a, b, "house");
    return house && house_number(t, at) > at ? house_number(t, at) : 0;
}

void screen_addresses(struct screen_text *t)
{
    size_t i, to, end, from;

    for (i = 0; i<t->n; i = to> i ? to : i + 1) {
        to = screen_word_end(t, i);
        if (to == i)
            continue;
        end = is_street(t, i, to) ? number_after(t, to) : said_so(t, i, to);
        from = number_before(t, i, to);
        if (end > 0)
            screen_add(t, SCREEN_ADDRESS, i, end);
        else if (from < i)
            screen_add(t, SCREEN_ADDRESS, from, to);
    }
}
