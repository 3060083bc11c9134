/* wire_parts.h - the large messages, for wire.c alone: what comes after
 * [version, kind, …]. */
#pragma once

#include "sync/wire.h"
#include "sync/wire_pack.h"

enum {
    WIRE_BATCH_ELEMENTS = 8,
    WIRE_STATES_ELEMENTS = 7,
    WIRE_REGIONS_ELEMENTS = 4
};

void wire_put_regions(struct buf *out, const struct regions_told *told);
void wire_get_regions(struct wire_reader *r, struct arena *mem,
                      struct regions_told *out);

void wire_put_batch(struct buf *out, const struct batch *b);
void wire_get_batch(struct wire_reader *r, const struct shape *shape,
                    struct arena *mem, struct batch *out);

void wire_put_record(struct buf *out, const struct shape *shape,
                     const struct record *rec, struct arena *scratch);
MUST_USE enum rc wire_get_states(struct wire_reader *r,
                                 const struct shape *shape, struct arena *mem,
                                 struct states *out, struct err *err);
