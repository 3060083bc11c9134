/*
 * mem.h - allocation that cannot fail, and arenas.
 *
 * Every input we accept is bounded (sync/limits.h), so running out of memory
 * means the machine is in trouble: we stop, and the journal is intact.
 */
#pragma once

#include "sync/base/buf.h"

void *mem_new(size_t n);             /* zeroed; free() it */
void *mem_resize(void *p, size_t n); /* n > 0 */
char *mem_text(const char *s);       /* a copy; free() it */
/* Zeroes that no compiler leaves out, over what held a secret. */
void mem_wipe(void *p, size_t n);

/* An arena lives as long as one request, one sync round or one compile.
 * Nothing taken from it is freed singly. */
struct arena {
    struct arena_block *head;
};

void *arena_new(struct arena *a, size_t n); /* zeroed, 16-byte aligned */
/* A copy of n bytes with a NUL after them. */
char *arena_text(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);
struct bytes arena_bytes(struct arena *a, struct bytes b); /* a copy */
void arena_free(struct arena *a); /* everything; the arena is reusable */
/* As arena_free(), but keeps one block for the next round of work. */
void arena_reset(struct arena *a);
