/*
 * pace.h - how much to send at once over a line of unknown quality.
 *
 * What was under way when a line broke is sent again, so it should be little
 * where lines break: begin small, twice as much after what went quickly, half
 * after what went slowly or not at all.  Time is an argument.
 */
#pragma once

#include "sync/base/def.h"

struct pace {
    size_t bytes; /* to send now */
    size_t most;
};

/* `most`: at least pace_bytes_first. */
struct pace pace_begin(size_t most);
void pace_took(struct pace *p, uint64_t ms); /* it arrived, in so long */
void pace_failed(struct pace *p);            /* it did not */
