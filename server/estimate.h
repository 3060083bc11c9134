/*
 * estimate.h - what numbers allow to be said, and no more.
 *
 * Pure arithmetic on what is told: a figure that was rounded stands for every
 * number that rounds to it, a small one for every number below the threshold
 * (disclosure_range).  What follows from such a range holds for all of it.
 */
#pragma once

#include "server/disclosure.h"

struct range { /* every number from lo to hi; UINT32_MAX: no bound */
    uint32_t lo, hi;
};

struct range range_of(const struct cell *c, unsigned threshold);
struct range range_add(struct range a, struct range b);

/* From `lo` to `hi`; what is not known is not finite. */
struct between {
    double lo, hi;
};

/* How much larger one number may be than another, whatever both were. */
struct between range_difference(struct range now, struct range before);
/* What part of a whole it may be, 0..1: numbers in it are in the whole too. */
struct between range_share(struct range part, struct range whole);

/*
 * How the rate behind `now` compares to the one behind `before`, as a ratio,
 * with 95 % confidence, for every pair of numbers in the ranges.
 *
 * Counts of things that happen apart from each other are Poisson; given their
 * sum, the first of two is binomial with p = ratio / (1 + ratio) (Przyborowski
 * & Wilenski 1940, Biometrika 31), and for p the score interval is taken
 * (E. B. Wilson 1927, JASA 22), which keeps what it promises for small numbers
 * and for 0.  Of all pairs the widest: so it is never too narrow for what was
 * rounded.  Things that come in clusters vary more than that.
 */
struct between range_ratio(struct range now, struct range before);
