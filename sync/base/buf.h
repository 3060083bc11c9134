/*
 * buf.h - byte views and a growable buffer.
 *
 * struct bytes never owns.  struct buf owns; a write past `max` marks it full
 * and later writes do nothing, so a run of appends needs one check at the end.
 */
#pragma once

#include "sync/base/def.h"

struct bytes {
    const uint8_t *p;
    size_t n;
};

struct buf {
    uint8_t *p;
    size_t n, cap;
    size_t max; /* refuse to grow past this many bytes */
    bool full;  /* sticky: a write was refused */
};

struct buf buf_make(size_t max);
void buf_free(struct buf *b);
void buf_clear(struct buf *b);
void buf_put(struct buf *b, const void *p, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
struct bytes buf_view(const struct buf *b); /* valid until the next write */
/* The same, with a NUL after it that is not counted. */
const char *buf_text(struct buf *b);

struct bytes bytes_of(const char *text);       /* without its NUL */
int bytes_cmp(struct bytes a, struct bytes b); /* as memcmp, shorter first */
bool bytes_eq(struct bytes a, struct bytes b);
