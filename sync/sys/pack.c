#include "sync/sys/pack.h"

#include <zstd.h>

#include "sync/base/mem.h"

#include <stdlib.h>

enum { WINDOW_LOG_MAX = 23 }; /* 8 MiB */

enum rc pack_compress(struct bytes in, int level, struct buf *out,
                      struct err *err)
{
    size_t bound = ZSTD_compressBound(in.n), n;
    uint8_t *p;

    if (ZSTD_isError(bound))
        return err_set(err, RC_LIMIT, "too much to compress");
    p = mem_new(bound);
    n = ZSTD_compress(p, bound, in.n > 0 ? (const void *)in.p : "", in.n,
                      level);
    if (ZSTD_isError(n)) {
        free(p);
        return err_set(err, RC_LIMIT, "compress: %s", ZSTD_getErrorName(n));
    }
    if (n > out->max - out->n) {
        free(p);
        return err_set(err, RC_LIMIT, "%zu bytes do not fit what is left", n);
    }
    buf_put(out, p, n);
    free(p);
    return RC_OK;
}

/* One frame, piece by piece: what a header claims is not believed. */
static enum rc expand(ZSTD_DCtx *ctx, struct bytes in, struct buf *out,
                      struct err *err)
{
    uint8_t piece[8192];
    ZSTD_inBuffer from = {in.p, in.n, 0};
    size_t left = 1;

    while (left != 0) {
        ZSTD_outBuffer to = {piece, sizeof piece, 0};
        size_t before = from.pos;

        left = ZSTD_decompressStream(ctx, &to, &from);
        if (ZSTD_isError(left))
            return err_set(err, RC_CORRUPT, "damaged zstd frame: %s",
                           ZSTD_getErrorName(left));
        buf_put(out, piece, to.pos);
        if (out->full)
            return err_set(err, RC_LIMIT, "expands to more than %zu bytes",
                           out->max);
        if (left != 0 && to.pos == 0 && from.pos == before)
            return err_set(err, RC_CORRUPT, "zstd frame is cut off");
    }
    if (from.pos != in.n)
        return err_set(err, RC_CORRUPT, "bytes behind the zstd frame");
    return RC_OK;
}

enum rc pack_expand(struct bytes in, size_t max, struct buf *out,
                    struct err *err)
{
    struct buf b = buf_make(max);
    ZSTD_DCtx *ctx = ZSTD_createDCtx();
    enum rc rc;

    if (ctx == NULL)
        abort(); /* out of memory, see base/mem.h */
    ZSTD_DCtx_setParameter(ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    rc = expand(ctx, in, &b, err);
    ZSTD_freeDCtx(ctx);
    if (rc == RC_OK)
        *out = b;
    else
        buf_free(&b);
    return rc;
}
