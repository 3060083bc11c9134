/*
 * ledger.h - the journal as a chain: per area, every batch that came in is a
 * link (sync/sys/chain.h).
 *
 * An entry covers who handed in which numbers, when, what was signed and how
 * it was answered, so also which changeset became which version.  Of the
 * batch itself it covers the SHA-256, which stays when an erasure empties the
 * batch: what is gone leaves no gap.
 */
#pragma once

#include "server/journal.h"
#include "sync/sys/chain.h"

/* What an entry is made of; `body` is the SHA-256 of the batch as it came. */
struct digest ledger_entry(const struct journal_entry *e, uint64_t link,
                           const struct digest *body);

/* The chain of an area as it stands.  RC_NOTFOUND: no such area. */
MUST_USE enum rc ledger_head(struct store *s, uint32_t area, struct chain *out,
                             struct err *err);
/* Link a batch to its area: *link is its place and *entry what was linked.  0:
 * there is no such area, and nothing is linked. */
MUST_USE enum rc ledger_add(struct store *s, const struct journal_entry *e,
                            const struct digest *body, uint64_t *link,
                            struct digest *entry, struct err *err);

enum { LEDGER_PIECE = 4096 };

/* Append the entries after `after`, at most LEDGER_PIECE of them: the epoch (8
 * bytes, big-endian), how many (4 bytes), then 32 bytes each. */
MUST_USE enum rc ledger_entries(struct store *s, uint32_t area, uint64_t after,
                                struct buf *out, struct err *err);
