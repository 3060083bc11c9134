/* sheet_words.h - the words of the neighbourhood sheet (sheet.h). */
#pragma once

#include "sync/shape.h"

enum sheet_word {
    SHEET_TITLE,
    SHEET_PERIOD,
    SHEET_AREA,
    SHEET_DECIDED,
    SHEET_FINAL,
    SHEET_NOT_FINAL,
    SHEET_FIGURE,
    SHEET_NOTHING,
    SHEET_NO_CHANGE,
    SHEET_NO_MAP,
    SHEET_PLACE,
    SHEET_SIGNALS,
    SHEET_MONTH,
    SHEET_GLANCE,
    SHEET_GLANCE_ABOUT,
    SHEET_MAP,
    SHEET_MAP_ABOUT,
    SHEET_MAP_ALT,
    SHEET_MONTHS,
    SHEET_MONTHS_ABOUT,
    SHEET_THEMES,
    SHEET_THEMES_ABOUT,
    SHEET_CHANGES,
    SHEET_CHANGES_ABOUT,
    SHEET_MOOD,
    SHEET_MOOD_ABOUT,
    SHEET_NEEDS,
    SHEET_NEEDS_ABOUT,
    SHEET_MISSED,
    SHEET_MISSED_ABOUT,
    SHEET_RESULTS,
    SHEET_RESULTS_ABOUT,
    SHEET_COVERAGE,
    SHEET_COVERAGE_ABOUT,
    SHEET_MEANING,
    SHEET_SOURCES,
    SHEET_SOURCES_ABOUT,
};
extern const struct label sheet_words[], sheet_months[];

/* What the figures mean. */
struct sheet_meaning {
    struct label what, means;
};
extern const struct sheet_meaning sheet_meanings[];
extern const size_t sheet_meanings_n;
