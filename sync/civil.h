/*
 * civil.h - days and hours as people in the Netherlands count them.
 *
 * Central European Time, an hour ahead of UTC; two between the last Sundays of
 * March and October, 01:00 UTC (directive 2000/84/EC).  No table of zones, no
 * environment: every device and the server agree.
 */
#pragma once

#include "sync/base/def.h"

struct civil {
    int year;
    unsigned month, day, hour, minute, second;
};

/* Days since 1970-01-01 in the proleptic Gregorian calendar, and back. */
int64_t civil_days(int year, unsigned month, unsigned day);
struct civil civil_date(int64_t days);

/* Is there such a day and hour? */
bool civil_valid(const struct civil *c);

/* Dutch wall time of a moment (s since 1970, UTC), and the moment of a wall
 * time; of an hour that comes twice the first, of one that is skipped the hour
 * after it. */
struct civil civil_of(int64_t utc_s);
int64_t civil_utc(const struct civil *c);
