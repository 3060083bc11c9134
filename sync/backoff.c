#include "sync/backoff.h"

#include "sync/limits.h"

uint32_t backoff_ms(unsigned tries, uint32_t random)
{
    uint32_t most = retry_ms_min;

    while (tries-- > 1 && most < retry_ms_max)
        most *= 2;
    if (most > retry_ms_max)
        most = retry_ms_max;
    return 1 + random % most;
}
