/* where_stage.h - the neighbourhoods of a town as a server tells them: squares
 * of a tenth of a degree in a row from west to east. */
#pragma once

#include <stdlib.h>

#include "sync/geo.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"
#include "sync/wire.h"

enum { SQUARE = 100000, SQUARES_MAX = 10 };

/* In millionths: the first begins at 53.0 north and 6.0 east. */
static inline struct bytes square(unsigned n, struct arena *mem)
{
    int32_t south = 53000000, west = 6000000 + (int32_t)n * SQUARE;
    struct geo_point corners[4] = {{south, west},
                                   {south, west + SQUARE},
                                   {south + SQUARE, west + SQUARE},
                                   {south + SQUARE, west}};
    struct buf b = buf_make(200);
    struct bytes out;

    pack_u64(&b, 1);
    geo_put_ring(&b, corners, 4);
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static inline struct message told_squares(const char *version, unsigned year,
                                          unsigned n, struct arena *mem)
{
    struct region_told *p = arena_new(mem, SQUARES_MAX * sizeof *p);
    unsigned i;

    for (i = 0; i < n; i++)
        p[i] = (struct region_told){
            bytes_of(arena_printf(mem, "%04uBU0001000%u", year, i)),
            bytes_of(arena_printf(mem, "Square %u", i)), square(i, mem)};
    return (struct message){.kind = MESSAGE_REGIONS,
                            .as.regions = {bytes_of(version), p, n}};
}

/* As the answer of a server. */
static inline struct bytes squares_packed(const struct message *m,
                                          struct arena *mem)
{
    struct buf plain = buf_make(message_bytes_max);
    struct buf packed = buf_make(message_bytes_max);
    struct bytes out;
    struct err err;

    wire_put(&plain, m);
    if (pack_compress(buf_view(&plain), 1, &packed, &err) != RC_OK)
        abort();
    out = arena_bytes(mem, buf_view(&packed));
    buf_free(&plain);
    buf_free(&packed);
    return out;
}
