/* picture_int.h - the two kinds of picture; private to client/picture*.c. */
#pragma once

#include "client/picture.h"

/* RC_INVALID with a fault in the words of the library; RC_LIMIT. */
MUST_USE enum rc picture_jpeg(struct bytes body, struct buf *out,
                              struct err *err);
MUST_USE enum rc picture_png(struct bytes body, struct buf *out,
                             struct err *err);

/* More than picture_pixels_max?  Then RC_LIMIT. */
MUST_USE enum rc picture_size(uint64_t width, uint64_t height, struct err *err);
