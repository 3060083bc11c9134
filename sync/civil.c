#include "sync/civil.h"

enum { DAY_S = 86400, HOUR_S = 3600 };

int64_t civil_days(int year, unsigned month, unsigned day)
{
    /* The year begins in March, so that the day that varies is its last. */
    int64_t y = (int64_t)year - (month <= 2), era, yoe, doy;

    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 +
          (int64_t)day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

struct civil civil_date(int64_t days)
{
    int64_t z = days + 719468, era, doe, yoe, doy, mp;
    struct civil c = {0};

    era = (z >= 0 ? z : z - 146096) / 146097;
    doe = z - era * 146097;
    yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    mp = (5 * doy + 2) / 153;
    c.day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    c.month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    c.year = (int)(yoe + era * 400 + (c.month <= 2));
    return c;
}

bool civil_valid(const struct civil *c)
{
    struct civil back;

    if (c->month < 1 || c->month > 12 || c->day < 1 || c->day > 31 ||
        c->hour > 23 || c->minute > 59 || c->second > 59)
        return false;
    back = civil_date(civil_days(c->year, c->month, c->day));
    return back.month == c->month; /* and not some days into the next */
}

/* 01:00 UTC on the last Sunday of a month of 31 days. */
static int64_t last_sunday(int year, unsigned month)
{
    int64_t last = civil_days(year, month, 31);

    /* 1970-01-01 was a Thursday: (days + 4) mod 7 is 0 on a Sunday. */
    return (last - ((last + 4) % 7 + 7) % 7) * DAY_S + HOUR_S;
}

static int64_t ahead_s(int64_t utc_s)
{
    int64_t days = (utc_s >= 0 ? utc_s : utc_s - DAY_S + 1) / DAY_S;
    int year = civil_date(days).year;
    bool summer =
        utc_s >= last_sunday(year, 3) && utc_s < last_sunday(year, 10);

    return summer ? 2 * HOUR_S : HOUR_S;
}

struct civil civil_of(int64_t utc_s)
{
    int64_t s = utc_s + ahead_s(utc_s);
    int64_t days = (s >= 0 ? s : s - DAY_S + 1) / DAY_S;
    struct civil c = civil_date(days);

    s -= days * DAY_S;
    c.hour = (unsigned)(s / HOUR_S);
    c.minute = (unsigned)(s / 60 % 60);
    c.second = (unsigned)(s % 60);
    return c;
}

int64_t civil_utc(const struct civil *c)
{
    int64_t wall = civil_days(c->year, c->month, c->day) * DAY_S +
                   (int64_t)c->hour * HOUR_S + (int64_t)c->minute * 60 +
                   (int64_t)c->second;
    int64_t summer = wall - 2 * HOUR_S;

    return ahead_s(summer) == 2 * HOUR_S ? summer : wall - HOUR_S;
}
