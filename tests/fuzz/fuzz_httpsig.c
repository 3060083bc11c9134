/* fuzz_httpsig.c - whatever is read is written again as it was. */
#include <stdlib.h>

#include "sync/httpsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void same(struct buf *b, struct bytes in)
{
    if (!bytes_eq(buf_view(b), in))
        abort();
    buf_clear(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct bytes in = {p, n};
    struct buf b = buf_make(HTTPSIG_HEADER_CHARS_MAX);
    struct httpsig_params params;
    uint8_t out[HTTPSIG_BYTES];
    struct err err;

    if (httpsig_take_input(in, &params, &err) == RC_OK) {
        httpsig_put_input(&b, &params);
        same(&b, in);
    }
    if (httpsig_take_signature(in, out, &err) == RC_OK) {
        httpsig_put_signature(&b, out);
        same(&b, in);
    }
    if (httpsig_take_digest(in, out, &err) == RC_OK) {
        httpsig_put_digest(&b, out);
        same(&b, in);
    }
    buf_free(&b);
    return 0;
}
