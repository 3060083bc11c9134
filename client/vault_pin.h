/* vault_pin.h - a key from a PIN: Argon2id (RFC 9106), by libargon2.  Slow and
 * hungry on purpose: each guess costs as much. */
#pragma once

#include "sync/base/buf.h"

enum { PIN_SALT_BYTES = 16, PIN_KEY_BYTES = 32 };

struct pin_cost {
    uint32_t passes, kib, lanes;
};

/* About 0.3 s on one core of 2020, in 64 MiB. */
static const struct pin_cost pin_cost_now = {3, 64 * 1024, 1};

/* False if the cost is none that we would ever have chosen. */
MUST_USE bool pin_stretch(const char *pin, const uint8_t salt[PIN_SALT_BYTES],
                          struct pin_cost cost, uint8_t out[PIN_KEY_BYTES]);
