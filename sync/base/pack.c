#include "sync/base/pack.h"

void pack_u64(struct buf *out, uint64_t v)
{
    uint8_t b[PACK_U64_BYTES_MAX];
    size_t n = 0;

    while (v >= 0x80) {
        b[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    b[n++] = (uint8_t)v;
    buf_put(out, b, n);
}

void pack_i64(struct buf *out, int64_t v)
{
    pack_u64(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

void pack_bytes(struct buf *out, struct bytes b)
{
    pack_u64(out, b.n);
    buf_put(out, b.p, b.n);
}

uint64_t unpack_u64(struct unpack *u, uint64_t max)
{
    uint64_t v = 0;
    size_t i;

    for (i = 0; !u->bad && i < u->in.n; i++) {
        uint8_t b = u->in.p[i];

        if (i == PACK_U64_BYTES_MAX - 1 && b > 1)
            break; /* more than 64 bits, or no end */
        v |= (uint64_t)(b & 0x7f) << (7 * i);
        if (b >= 0x80)
            continue;
        if (v > max)
            break;
        u->in.p += i + 1;
        u->in.n -= i + 1;
        return v;
    }
    u->bad = true;
    return 0;
}

int64_t unpack_i64(struct unpack *u)
{
    uint64_t v = unpack_u64(u, UINT64_MAX);

    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

struct bytes unpack_raw(struct unpack *u, size_t n)
{
    struct bytes b = {u->in.p, n};

    if (u->bad || n > u->in.n) {
        u->bad = true;
        return (struct bytes){0};
    }
    u->in.p += n;
    u->in.n -= n;
    return b;
}

struct bytes unpack_bytes(struct unpack *u)
{
    return unpack_raw(u, (size_t)unpack_u64(u, u->in.n));
}
