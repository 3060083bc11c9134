#include "server/period.h"

static bool read_digits(const char **p, size_t n, unsigned *out)
{
    *out = 0;
    for (; n > 0; n--, ++*p) {
        if (**p < '0' || **p > '9')
            return false;
        *out = 10 * *out + (unsigned)(**p - '0');
    }
    return true;
}

bool period_read(const char *text, struct period *out)
{
    struct period p = {.months = MONTHS_A_YEAR};
    unsigned n;

    if (!read_digits(&text, 4, &p.year))
        return false;
    if (*text == 'Q') {
        text++;
        if (!read_digits(&text, 1, &n) || n < 1 || n > 4)
            return false;
        p.first = MONTHS_A_QUARTER * (n - 1);
        p.months = MONTHS_A_QUARTER;
    } else if (*text == '-') {
        text++;
        if (!read_digits(&text, 2, &n) || n < 1 || n > MONTHS_A_YEAR)
            return false;
        p.first = n - 1;
        p.months = 1;
    }
    if (*text != '\0')
        return false;
    *out = p;
    return true;
}

const char *period_text(const struct period *p, struct arena *mem)
{
    if (p->months == MONTHS_A_YEAR)
        return arena_printf(mem, "%04u", p->year);
    if (p->months == MONTHS_A_QUARTER)
        return arena_printf(mem, "%04uQ%u", p->year,
                            p->first / MONTHS_A_QUARTER + 1);
    return arena_printf(mem, "%04u-%02u", p->year, p->first + 1);
}

const char *period_words(const struct period *p, enum lang lang,
                         struct arena *mem)
{
    static const struct label quarters[] = {
        {"eerste kwartaal van", "first quarter of"},
        {"tweede kwartaal van", "second quarter of"},
        {"derde kwartaal van", "third quarter of"},
        {"vierde kwartaal van", "fourth quarter of"}};
    static const struct label months[] = {{"januari", "January"},
                                          {"februari", "February"},
                                          {"maart", "March"},
                                          {"april", "April"},
                                          {"mei", "May"},
                                          {"juni", "June"},
                                          {"juli", "July"},
                                          {"augustus", "August"},
                                          {"september", "September"},
                                          {"oktober", "October"},
                                          {"november", "November"},
                                          {"december", "December"}};

    if (p->months == MONTHS_A_YEAR)
        return period_text(p, mem);
    return arena_printf(mem, "%s %u",
                        label_in(p->months == MONTHS_A_QUARTER
                                     ? &quarters[p->first / MONTHS_A_QUARTER]
                                     : &months[p->first],
                                 lang),
                        p->year);
}

struct period period_before(const struct period *p)
{
    struct period out = *p;

    if (p->first >= p->months) {
        out.first -= p->months;
        return out;
    }
    out.year--;
    out.first = MONTHS_A_YEAR - p->months;
    return out;
}

struct period period_year_earlier(const struct period *p)
{
    struct period out = *p;

    out.year--;
    return out;
}
