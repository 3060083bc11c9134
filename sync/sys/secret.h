/*
 * secret.h - memory that holds keys and PINs, and a process that does not spill
 * it.
 *
 * What is taken here is not written to swap and not part of a core dump, as far
 * as the system allows; whether it does is not told, for there is nothing else
 * to be done.  Copies that libraries make while they compute are theirs.
 */
#pragma once

#include <stddef.h>

/* No core dump of this process, and nobody but root looks into it. */
void secret_process(void);

/* Zeroed, on pages of its own; ends in secret_free(). */
void *secret_new(size_t n);
void secret_free(void *p, size_t n); /* wipes it; NULL is fine */

/* What lies elsewhere, on the stack say, until secret_drop(). */
void secret_hold(void *p, size_t n);
void secret_drop(void *p, size_t n); /* wipes it */
