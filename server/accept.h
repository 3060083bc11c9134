/* accept.h - which of the ways in which an answer can be given a client wants
 * (RFC 9110, 12.5.1).  Pure. */
#pragma once

#include "sync/base/buf.h"

/* Index of the type in `offered` (the first is what we would rather give) that
 * `header` likes best; n: none of them.  NULL: no wish, so the first. */
size_t accept_choose(const char *header, const char *const *offered, size_t n);
