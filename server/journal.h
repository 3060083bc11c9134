/*
 * journal.h - what every device handed in, as it came in.
 *
 * A batch is kept byte for byte, with what was signed, so that it can be
 * proven later what came from whom; and with its acknowledgement, so that a
 * batch that comes again is answered as before.
 */
#pragma once

#include "server/store.h"
#include "sync/wire_strip.h"

/* What was signed, besides the method and the path (httpsig.h). */
struct proof {
    struct bytes authority, input, signature;
};

struct journal_entry {
    uint32_t device, area;
    uint64_t first, last; /* the numbers that were new with it */
    uint64_t version;     /* of the last one that was merged; 0: none was */
    uint64_t received_ms;
    struct proof proof;
    struct bytes body; /* zstd of a batch message; sealed if `apart` */
    bool apart;        /* it holds `record` alone, which is kept apart */
    struct id record;
    bool stripped;      /* not as it came in: something was erased */
    struct digest came; /* SHA-256 of it as it came in */
    struct bytes ack;   /* an ack message */
};

/* Does the batch in the current row of `q` (its column sealed) hold one record
 * alone, which is kept apart?  *record is that one. */
bool journal_sealed(struct db_query *q, struct id *record);

/* Append the body of the current row of `q`, over the table batch with the
 * columns device, first, area, body and sealed.  RC_NOTFOUND: it is sealed and
 * nobody can read it: its key is gone. */
MUST_USE enum rc journal_body(struct store *s, struct db_query *q,
                              struct buf *out, struct err *err);

MUST_USE enum rc journal_add(struct store *s, const struct journal_entry *e,
                             struct err *err);

/* The first `n` changesets of `b` came in before.  Compare them with what is
 * there, and append to `ack` what was answered then: one range per changeset,
 * and the parked ones.  RC_CONFLICT: other content (serve_forked()). */
MUST_USE enum rc journal_repeat(struct store *s, const struct batch *b,
                                size_t n, struct arena *mem,
                                struct ack_range *ranges,
                                struct ack_parked *parked, size_t *parked_n,
                                struct err *err);

/* As which version of the area a number was acknowledged; 0: kept aside. */
uint64_t journal_version(const struct ack *a, uint64_t number);

/* When was what became `version` of an area taken in, by the clock of this
 * server?  0: the journal does not say. */
MUST_USE enum rc journal_received(struct store *s, uint32_t area,
                                  uint64_t version, uint64_t *out_ms,
                                  struct err *err);

/* Taking something out of the batches of an area, some at a time. */
struct journal_strip {
    uint32_t area;
    struct wire_strip which;
    uint64_t link; /* of the batch under way, for `which` */
    bool done;     /* every batch was looked at */
    uint64_t n;    /* changesets that lost writes */
    int64_t device, first;
};
struct journal_strip journal_strip_begin(uint32_t area,
                                         const struct wire_strip *which);
/* The next batches, at most `most` of them. */
MUST_USE enum rc journal_strip_next(struct journal_strip *t, struct store *s,
                                    size_t most, struct err *err);

/* Keep a changeset aside; its bytes are in the journal. */
MUST_USE enum rc journal_park(struct store *s, uint32_t device, uint64_t number,
                              uint32_t area, const char *reason,
                              uint64_t now_ms, struct err *err);
