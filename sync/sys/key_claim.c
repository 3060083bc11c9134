#include "sync/sys/key_claim.h"

#include "sync/base/buf.h"

struct digest key_claim(uint32_t device, const struct sign_public *key)
{
    uint8_t number[4] = {(uint8_t)(device >> 24), (uint8_t)(device >> 16),
                         (uint8_t)(device >> 8), (uint8_t)device};
    struct buf b = buf_make(64 + SIGN_PUBLIC_BYTES_MAX);
    struct digest d;

    buf_puts(&b, "stoep key 1\n");
    buf_put(&b, number, sizeof number);
    buf_put(&b, key->der, key->n);
    d = digest_of(buf_view(&b));
    buf_free(&b);
    return d;
}
