#include "sync/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"

struct buf buf_make(size_t max)
{
    return (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.max = b->max};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->full = false;
}

static bool buf_room(struct buf *b, size_t n)
{
    size_t cap;

    if (b->full || n > b->max - b->n) {
        b->full = true;
        return false;
    }
    if (n <= b->cap - b->n)
        return true;
    cap = b->cap < 64 ? 64 : b->cap;
    while (cap - b->n < n)
        cap = cap > b->max / 2 ? b->max : cap * 2;
    b->p = mem_resize(b->p, cap);
    b->cap = cap;
    return true;
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    if (n == 0 || !buf_room(b, n))
        return;
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, ap2;
    int n;

    va_start(ap, fmt);
    va_copy(ap2, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    if (buf_room(b, (size_t)n + 1)) {
        vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap2);
        b->n += (size_t)n;
    }
    va_end(ap2);
}

struct bytes buf_view(const struct buf *b)
{
    return (struct bytes){b->p, b->n};
}

bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

const char *buf_text(struct buf *b)
{
    if (b->n == b->cap) {
        b->cap = b->cap < 64 ? 64 : b->cap + 1;
        b->p = mem_resize(b->p, b->cap);
    }
    b->p[b->n] = '\0';
    return (const char *)b->p;
}

struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

int bytes_cmp(struct bytes a, struct bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n == 0 ? 0 : memcmp(a.p, b.p, n);

    if (d != 0)
        return d;
    return a.n < b.n ? -1 : a.n > b.n;
}
