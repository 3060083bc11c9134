/* dice.h - a small generator of numbers (xorshift64*), so that a failing case
 * can be made again from its seed. */
#pragma once

#include <stdint.h>

struct dice {
    uint64_t state; /* not 0 */
};

/* Neighbouring seeds give dice that have nothing in common. */
static inline struct dice dice_of(uint64_t seed)
{
    seed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    seed = (seed ^ seed >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (struct dice){(seed ^ seed >> 32) | 1};
}

static inline uint64_t roll(struct dice *d, uint64_t sides)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * UINT64_C(2685821657736338717) % sides;
}
