#include "sync/pace.h"

#include "sync/limits.h"

struct pace pace_begin(size_t most)
{
    return (struct pace){.bytes = pace_bytes_first, .most = most};
}

void pace_took(struct pace *p, uint64_t ms)
{
    if (ms > pace_slow_ms)
        pace_failed(p);
    else if (ms <= pace_quick_ms)
        p->bytes = 2 * p->bytes < p->most ? 2 * p->bytes : p->most;
}

void pace_failed(struct pace *p)
{
    p->bytes /= 2;
    if (p->bytes < pace_bytes_min)
        p->bytes = pace_bytes_min;
}
