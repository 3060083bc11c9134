#include "tests/sim/pretend.h"

#include "sync/sys/clock.h"
#include "sync/sys/random.h"

uint64_t pretend_now_ms;
struct dice *pretend_chance;

uint64_t clock_wall_ms(void)
{
    return pretend_now_ms;
}

uint64_t clock_mono_ms(void)
{
    return pretend_now_ms;
}

void random_bytes(void *out, size_t n)
{
    uint8_t *p = out;
    size_t i;

    for (i = 0; i < n; i++)
        p[i] = (uint8_t)roll(pretend_chance, 256);
}
