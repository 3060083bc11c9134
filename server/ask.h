/*
 * ask.h - between the files of questions (ask_*.c) alone: what they share.
 *
 * All they get is counts_ask(): figures that are told.
 */
#pragma once

#include <math.h>

#include "server/counts.h"
#include "server/estimate.h"
#include "server/period.h"
#include "server/question.h"

/* Parameters of many questions, alike in each but for the example. */
#define ASK_PARAM_TYPE                                           \
    {                                                            \
        "type", {"soort gegeven", "record type"}, "signal", true \
    }
#define ASK_PARAM_FIELD                                               \
    {                                                                 \
        "field", {"veld waarnaar", "field by which"}, "themes", false \
    }
#define ASK_PARAM_LAYER(example)                                           \
    {                                                                      \
        "layer", {"laag van gebieden", "layer of areas"}, (example), false \
    }
#define ASK_PARAM_PERIOD(example)                         \
    {                                                     \
        "period", {"periode", "period"}, (example), false \
    }

/* Columns of many questions, alike in each. */
#define ASK_COLUMNS_WHERE                                   \
    {"period", {"periode", "period"}, COLUMN_PERIOD, true}, \
        {"layer", {"laag", "layer"}, COLUMN_CODE, true},    \
        {"area", {"gebied", "area"}, COLUMN_CODE, true},    \
    {                                                       \
        "areaName", {"naam", "name"}, COLUMN_TEXT, false    \
    }
#define ASK_COLUMNS_FIGURE                                   \
    {"count", {"aantal", "count"}, COLUMN_FIGURE, false},    \
        {"below", {"onder", "below"}, COLUMN_BELOW, false},  \
    {                                                        \
        "status", {"status", "status"}, COLUMN_STATUS, false \
    }
/* A part of a whole: how many that is, and what of it. */
#define ASK_COLUMNS_SHARE                                                      \
    {"of", {"van", "of"}, COLUMN_FIGURE, false},                               \
        {"ofBelow", {"van onder", "of below"}, COLUMN_BELOW, false},           \
        {"ofStatus", {"status van", "status of"}, COLUMN_STATUS, false},       \
        {"share", {"deel (%)", "share (%)"}, COLUMN_DECIMAL, false},           \
        {"shareLow", {"minstens (%)", "at least (%)"}, COLUMN_DECIMAL, false}, \
    {                                                                          \
        "shareHigh", {"hoogstens (%)", "at most (%)"}, COLUMN_DECIMAL, false   \
    }

/* Ask; of what nothing is told yet *any is false, and that is no failure. */
MUST_USE enum rc ask_told(const struct question_asked *a,
                          const struct counts_query *q, struct arena *mem,
                          struct counts_table *t, bool *any, struct err *err);
/* The row of an area ("" is the town) and a label; `all`: of all its records.
 * NULL: there is none. */
const struct counts_row *ask_row(const struct counts_table *t, const char *area,
                                 const char *label, bool all);
struct range ask_range(const struct counts_row *r);
/* What is known of an answer as a whole; the last of several is the one of the
 * latest decision, and it is final if all are. */
void ask_about(const struct counts_table *t, struct dataset *out);

/* The cells of ASK_COLUMNS_WHERE. */
void ask_put_where(const struct counts_table *t, const struct counts_row *r,
                   struct dataset *out);
/* How a label is called: its choice, "all", "not filled in". */
const char *ask_label_name(const struct counts_row *r, enum lang lang);
/* The three cells of a figure; NULL: there is none. */
void ask_put_figure(const struct counts_row *r, struct dataset *out);
/* The cells of ASK_COLUMNS_SHARE. */
void ask_put_share(const struct counts_row *part,
                   const struct counts_row *whole, struct dataset *out);
/* With one decimal; what is not finite has no value. */
void ask_put_number(double v, struct dataset *out);
