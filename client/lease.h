/*
 * lease.h - until when a store may be read without its server: a pure clock.
 *
 * Our own clock can be set by whoever holds the device, so what counts is the
 * highest time ever seen: put back, a clock does not make a lease longer, and
 * one that has run out stays so.  The server's word alone sets it right: a
 * welcome (its time, over a line that proved who it is) starts both anew, also
 * after our clock was years ahead.
 *
 * What it does not hold off: who knows the PIN and keeps the clock standing
 * still gets no further than the time last seen, but has that for ever; who
 * writes another program needs no lease (client/README.md).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { LEASE_SEEN_STEP_MS = 5 * 60 * 1000 };

struct lease {
    uint64_t until_ms; /* by the server's clock; 0: there is none */
    uint64_t seen_ms;  /* the highest time seen since the server told it */
};

bool lease_runs(const struct lease *l, uint64_t now_ms);

/* Take note of the time.  True: it went on so far, or past the end of the
 * lease, that it is to be kept on the disk. */
bool lease_see(struct lease *l, uint64_t now_ms);

/* The server said welcome at `server_ms`, by its clock, for so long. */
void lease_renew(struct lease *l, uint64_t server_ms, uint64_t lease_s);
