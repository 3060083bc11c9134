/* settle.h - what a person decides about a field that is in conflict. */
#pragma once

#include "client/edit.h"

/* The value of the n-th head, counted from 1.  RC_INVALID: no such. */
MUST_USE enum rc settle_take(struct edit *e, const struct record *r,
                             size_t field, uint64_t n, struct err *err);
/* A record that was deleted by one and changed by another: "keep" says that it
 * is to stay, "delete" deletes with all seen. */
MUST_USE enum rc settle_deleted(struct edit *e, const char *choice,
                                struct err *err);
