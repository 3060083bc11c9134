/*
 * access_check.h - does the access log follow, and what of it has run out.
 */
#pragma once

#include "sync/shape.h"
#include "sync/sys/chain.h"

struct access_checked {
    uint64_t lines, noted, torn, expired;
};

/* Every line again: its number, its place in the chain; that what is missing
 * before the first one ran out and a line says so; and that it goes through the
 * heads that were noted elsewhere (`noted`, in any order; put in order here).
 * RC_CORRUPT names the first line that does not follow. */
MUST_USE enum rc access_check(const char *dir, struct chain *noted, size_t n,
                              struct access_checked *out, struct err *err);

/* How long lines are kept: the days of the retention class R5, logs without
 * content; five years if the record types in force know none. */
unsigned access_days(const struct shape *shape);

/* Take months off that ended more than `days` ago.  A line that says so comes
 * first.  *months: so many went. */
MUST_USE enum rc access_expire(const char *dir, uint64_t now_ms, unsigned days,
                               unsigned *months, struct err *err);
