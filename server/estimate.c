#include "server/estimate.h"

#include <math.h>

static const double z_95 = 1.959963984540054; /* of the normal distribution */

struct range range_of(const struct cell *c, unsigned threshold)
{
    struct range r;

    disclosure_range(c, threshold, &r.lo, &r.hi);
    return r;
}

static uint32_t add(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

struct range range_add(struct range a, struct range b)
{
    return (struct range){add(a.lo, b.lo), add(a.hi, b.hi)};
}

static double bound(uint32_t hi)
{
    return hi == UINT32_MAX ? (double)INFINITY : (double)hi;
}

struct between range_difference(struct range now, struct range before)
{
    return (struct between){(double)now.lo - bound(before.hi),
                            bound(now.hi) - (double)before.lo};
}

struct between range_share(struct range part, struct range whole)
{
    double lo = 0, hi = 1;

    if (whole.hi != UINT32_MAX && whole.hi > 0)
        lo = fmin(1, (double)part.lo / (double)whole.hi);
    if (part.hi < whole.lo)
        hi = (double)part.hi / (double)whole.lo;
    return (struct between){lo, hi};
}

/* One end of Wilson's interval for x of x + y, as odds: of x against y. */
static double odds(double x, double y, double z)
{
    double n = x + y, p, middle, half;

    if (z < 0 && x <= 0)
        return 0;
    if (z > 0 && y <= 0)
        return (double)INFINITY;
    p = x / n;
    middle = p + z * z / (2 * n);
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
    p = (middle + half) / (1 + z * z / n);
    return p / (1 - p);
}

struct between range_ratio(struct range now, struct range before)
{
    struct between out = {0, (double)INFINITY};

    if (before.hi != UINT32_MAX)
        out.lo = odds((double)now.lo, (double)before.hi, -z_95);
    if (now.hi != UINT32_MAX)
        out.hi = odds((double)now.hi, (double)before.lo, z_95);
    return out;
}
