/* random.h - the only place that asks the kernel for chance. */
#pragma once

#include <stddef.h>

/* Fit for keys.  Cannot fail: without it the process stops. */
void random_bytes(void *out, size_t n);
