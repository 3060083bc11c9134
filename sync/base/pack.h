/*
 * pack.h - small numbers in few bytes: LEB128 varints, and a reader that
 * never reads past its end.
 *
 * The first bad read sticks; later reads return zero, so a whole structure is
 * read straight through and checked once.
 */
#pragma once

#include "sync/base/buf.h"

enum { PACK_U64_BYTES_MAX = 10 };

void pack_u64(struct buf *out, uint64_t v);
void pack_i64(struct buf *out, int64_t v);        /* zigzag: -1 is 1, 1 is 2 */
void pack_bytes(struct buf *out, struct bytes b); /* length, then the bytes */

struct unpack {
    struct bytes in; /* what is left */
    bool bad;        /* sticky */
};

uint64_t unpack_u64(struct unpack *u, uint64_t max); /* over max is bad */
int64_t unpack_i64(struct unpack *u);
struct bytes unpack_bytes(struct unpack *u); /* a view into the input */
struct bytes unpack_raw(struct unpack *u, size_t n);
