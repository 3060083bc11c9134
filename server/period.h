/*
 * period.h - whole months, quarters and years: what figures are told of.
 *
 * They are written 2026-07, 2026Q3 and 2026.
 */
#pragma once

#include "sync/base/mem.h"
#include "sync/shape.h"

enum { MONTHS_A_YEAR = 12, MONTHS_A_QUARTER = 3 };

struct period {
    unsigned year, first, months; /* first: 0 is January */
};

/* False: it is not written like one. */
bool period_read(const char *text, struct period *out);
const char *period_text(const struct period *p, struct arena *mem);
/* For people: "derde kwartaal van 2026". */
const char *period_words(const struct period *p, enum lang lang,
                         struct arena *mem);

/* The one just before it, as long; the same one a year earlier. */
struct period period_before(const struct period *p);
struct period period_year_earlier(const struct period *p);
