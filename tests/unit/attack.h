/* attack.h - what somebody does who wants to know more than he was told.
 *
 * Shares no code with the audit.  He has unknowns with bounds, and sums of them
 * with bounds; narrowing one narrows the others, until nothing changes any
 * more.  For a tiny town he also tries every possibility. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"

enum { UNBOUND = 1000000 };

struct unknown {
    int lo, hi;
};

struct sum { /* lo <= sum of sign * unknown <= hi */
    int lo, hi;
    int *of, *sign;
    int n, cap;
};

struct attack {
    struct unknown *x;
    int n, cap;
    struct sum *sums;
    int sums_n, sums_cap;
    long steps; /* of trying, so far */
};

static inline int attack_unknown(struct attack *a, int lo, int hi)
{
    if (a->n == a->cap) {
        a->cap = 2 * a->cap + 64;
        a->x = mem_resize(a->x, (size_t)a->cap * sizeof *a->x);
    }
    a->x[a->n] = (struct unknown){lo, hi};
    return a->n++;
}

static inline int attack_sum(struct attack *a, int lo, int hi)
{
    if (a->sums_n == a->sums_cap) {
        a->sums_cap = 2 * a->sums_cap + 64;
        a->sums = mem_resize(a->sums, (size_t)a->sums_cap * sizeof *a->sums);
    }
    a->sums[a->sums_n] = (struct sum){.lo = lo, .hi = hi};
    return a->sums_n++;
}

static inline void attack_term(struct attack *a, int sum, int unknown, int sign)
{
    struct sum *s = &a->sums[sum];

    if (s->n == s->cap) {
        s->cap = 2 * s->cap + 8;
        s->of = mem_resize(s->of, (size_t)s->cap * sizeof *s->of);
        s->sign = mem_resize(s->sign, (size_t)s->cap * sizeof *s->sign);
    }
    s->of[s->n] = unknown;
    s->sign[s->n++] = sign;
}

static inline void attack_free(struct attack *a)
{
    int i;

    for (i = 0; i < a->sums_n; i++) {
        free(a->sums[i].of);
        free(a->sums[i].sign);
    }
    free(a->sums);
    free(a->x);
    *a = (struct attack){0};
}

/* One sum narrows its unknowns.  False: that cannot be. */
static inline bool narrow_sum(struct attack *a, const struct sum *s,
                              bool *changed)
{
    long lo = 0, hi = 0;
    int i;

    for (i = 0; i < s->n; i++) {
        const struct unknown *x = &a->x[s->of[i]];

        lo += s->sign[i] > 0 ? x->lo : -(long)x->hi;
        hi += s->sign[i] > 0 ? x->hi : -(long)x->lo;
    }
    if (lo > s->hi || hi < s->lo)
        return false;
    for (i = 0; i < s->n; i++) {
        struct unknown *x = &a->x[s->of[i]];
        long mine_lo = s->sign[i] > 0 ? x->lo : -(long)x->hi;
        long mine_hi = s->sign[i] > 0 ? x->hi : -(long)x->lo;
        long to_lo = s->lo - (hi - mine_hi), to_hi = s->hi - (lo - mine_lo);
        long new_lo = s->sign[i] > 0 ? to_lo : -to_hi;
        long new_hi = s->sign[i] > 0 ? to_hi : -to_lo;

        if (new_lo > x->lo) {
            x->lo = (int)new_lo;
            *changed = true;
        }
        if (new_hi < x->hi) {
            x->hi = (int)new_hi;
            *changed = true;
        }
        if (x->lo > x->hi)
            return false;
        lo += (s->sign[i] > 0 ? x->lo : -(long)x->hi) - mine_lo;
        hi += (s->sign[i] > 0 ? x->hi : -(long)x->lo) - mine_hi;
    }
    return true;
}

/* To a fixed point.  False: no world agrees. */
static inline bool attack_narrow(struct attack *a)
{
    bool changed = true;
    int i, rounds;

    for (rounds = 0; changed && rounds < 1000; rounds++) {
        changed = false;
        for (i = 0; i < a->sums_n; i++)
            if (!narrow_sum(a, &a->sums[i], &changed))
                return false;
    }
    return true;
}

/* Is there any world at all?  Tries everything, the narrowest unknown first;
 * gives up (and says yes) after `steps_max`. */
static inline bool attack_world(struct attack *a, long steps_max)
{
    struct unknown *kept;
    int i, pick = -1, v;
    bool found = false;

    if (++a->steps > steps_max)
        return true;
    if (!attack_narrow(a))
        return false;
    for (i = 0; i < a->n; i++)
        if (a->x[i].lo < a->x[i].hi &&
            (pick < 0 ||
             a->x[i].hi - a->x[i].lo < a->x[pick].hi - a->x[pick].lo))
            pick = i;
    if (pick < 0)
        return true;
    kept = mem_new((size_t)a->n * sizeof *kept);
    memcpy(kept, a->x, (size_t)a->n * sizeof *kept);
    for (v = kept[pick].lo; !found && v <= kept[pick].hi; v++) {
        memcpy(a->x, kept, (size_t)a->n * sizeof *kept);
        a->x[pick] = (struct unknown){v, v};
        found = attack_world(a, steps_max);
    }
    free(kept);
    return found;
}
