#include "sync/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024, ALIGN_BYTES = 16 };

struct arena_block {
    struct arena_block *next;
    size_t used, cap;
    _Alignas(ALIGN_BYTES) unsigned char data[];
};

void *mem_new(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    if (p == NULL)
        abort();
    return p;
}

void *mem_resize(void *p, size_t n)
{
    assert(n > 0);
    p = realloc(p, n);
    if (p == NULL)
        abort();
    return p;
}

char *mem_text(const char *s)
{
    size_t n = strlen(s) + 1;

    return memcpy(mem_new(n), s, n);
}

void mem_wipe(void *p, size_t n)
{
    volatile unsigned char *byte = p;

    while (n-- > 0)
        *byte++ = 0;
}

void *arena_new(struct arena *a, size_t n)
{
    struct arena_block *b = a->head;
    size_t cap;
    void *p;

    n = (n + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    if (b == NULL || b->cap - b->used < n) {
        cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;
        b = malloc(sizeof *b + cap);
        if (b == NULL)
            abort();
        b->used = 0;
        b->cap = cap;
        b->next = a->head;
        a->head = b;
    }
    p = b->data + b->used;
    b->used += n;
    return memset(p, 0, n);
}

char *arena_text(struct arena *a, const char *s, size_t n)
{
    char *p = arena_new(a, n + 1);

    if (n > 0)
        memcpy(p, s, n);
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, ap2;
    char *p;
    int n;

    va_start(ap, fmt);
    va_copy(ap2, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(n >= 0);
    p = arena_new(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, ap2);
    va_end(ap2);
    return p;
}

struct bytes arena_bytes(struct arena *a, struct bytes b)
{
    return (struct bytes){
        (const uint8_t *)arena_text(a, (const char *)b.p, b.n), b.n};
}

void arena_free(struct arena *a)
{
    while (a->head != NULL) {
        struct arena_block *b = a->head;

        a->head = b->next;
        free(b);
    }
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->head;

    if (keep == NULL)
        return;
    while (keep->next != NULL) {
        struct arena_block *b = keep->next;

        keep->next = b->next;
        free(b);
    }
    if (keep->cap > BLOCK_BYTES) {
        arena_free(a);
        return;
    }
    keep->used = 0;
}
