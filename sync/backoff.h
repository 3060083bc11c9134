/*
 * backoff.h - how long to wait before the next try.
 *
 * Doubles from retry_ms_min to retry_ms_max, then takes a random part of it
 * ("full jitter": a thousand devices that lost the same server must not come
 * back in the same second).  Randomness is an argument.
 */
#pragma once

#include "sync/base/def.h"

/* `tries` faults so far (at least 1); any `random`. */
uint32_t backoff_ms(unsigned tries, uint32_t random);
