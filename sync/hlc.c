#include "sync/hlc.h"

#include "sync/limits.h"

enum { COUNTER_BITS = 16, MS_BITS = 48 };

static hlc_stamp stamp_at(uint64_t ms)
{
    uint64_t ms_max = (UINT64_C(1) << MS_BITS) - 1;

    return (ms < ms_max ? ms : ms_max) << COUNTER_BITS;
}

uint64_t hlc_ms(hlc_stamp s)
{
    return s >> COUNTER_BITS;
}

hlc_stamp hlc_tick(struct hlc *c, uint64_t now_ms)
{
    hlc_stamp wall = stamp_at(now_ms);

    /* If the counter overflows it carries into the ms: still greater. */
    c->last = wall > c->last ? wall : c->last + 1;
    return c->last;
}

void hlc_see(struct hlc *c, hlc_stamp remote, uint64_t now_ms)
{
    if (remote > c->last && remote <= stamp_at(now_ms + clock_drift_ms_max))
        c->last = remote;
}
