#include "client/lease.h"

bool lease_runs(const struct lease *l, uint64_t now_ms)
{
    uint64_t now = now_ms > l->seen_ms ? now_ms : l->seen_ms;

    return l->until_ms == 0 || now < l->until_ms;
}

bool lease_see(struct lease *l, uint64_t now_ms)
{
    uint64_t before = l->seen_ms;
    bool ran = lease_runs(l, before);

    if (now_ms <= before)
        return false;
    l->seen_ms = now_ms;
    return now_ms - before >= LEASE_SEEN_STEP_MS ||
           (ran && !lease_runs(l, now_ms));
}

void lease_renew(struct lease *l, uint64_t server_ms, uint64_t lease_s)
{
    *l = (struct lease){server_ms + 1000 * lease_s, server_ms};
}
