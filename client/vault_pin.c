#include "client/vault_pin.h"

#include <argon2.h>
#include <stdlib.h>
#include <string.h>

enum { PASSES_MAX = 64, KIB_MIN = 1024, KIB_MAX = 1024 * 1024, LANES_MAX = 16 };

bool pin_stretch(const char *pin, const uint8_t salt[PIN_SALT_BYTES],
                 struct pin_cost cost, uint8_t out[PIN_KEY_BYTES])
{
    if (cost.passes < 1 || cost.passes > PASSES_MAX || cost.kib < KIB_MIN ||
        cost.kib > KIB_MAX || cost.lanes < 1 || cost.lanes > LANES_MAX)
        return false;
    /* What is left to fail is memory, and that is the end (base/mem.h). */
    if (argon2id_hash_raw(cost.passes, cost.kib, cost.lanes, pin, strlen(pin),
                          salt, PIN_SALT_BYTES, out,
                          PIN_KEY_BYTES) != ARGON2_OK)
        abort();
    return true;
}
