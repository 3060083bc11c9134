/*
 * chain.h - a hash chain: what was once shown can be added to and not changed.
 *
 *     head 0 is 32 zero bytes
 *     head n is SHA-256(head n-1, entry n)
 *
 * An entry is itself a SHA-256, of whatever was written down.  Who knows a head
 * and is given the entries that came after it can work out any later head, and
 * need not believe anybody.
 */
#pragma once

#include "sync/sys/digest.h"

struct chain {
    uint64_t links; /* entries so far */
    struct digest head;
};

void chain_add(struct chain *c, const struct digest *entry);
bool chain_eq(const struct chain *a, const struct chain *b);

/* A head as it is kept and sent: 32 bytes.  False: it has another length. */
bool chain_read(struct bytes head, uint64_t links, struct chain *out);
