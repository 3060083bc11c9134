#include "sync/sys/chain.h"

#include <string.h>

void chain_add(struct chain *c, const struct digest *entry)
{
    uint8_t both[2 * DIGEST_BYTES];

    memcpy(both, c->head.b, DIGEST_BYTES);
    memcpy(both + DIGEST_BYTES, entry->b, DIGEST_BYTES);
    c->head = digest_of((struct bytes){both, sizeof both});
    c->links++;
}

bool chain_eq(const struct chain *a, const struct chain *b)
{
    return a->links == b->links && digest_eq(&a->head, &b->head);
}

bool chain_read(struct bytes head, uint64_t links, struct chain *out)
{
    if (head.n != DIGEST_BYTES)
        return false;
    out->links = links;
    memcpy(out->head.b, head.p, DIGEST_BYTES);
    return true;
}
