/*
 * where.h - the neighbourhoods of the town, as this device's server last told
 * them: which one holds a point, without a network.
 *
 * A welcome says which version of them is in force.  Another one than is here
 * is asked for once all is handed in and pulled; until it has come, whole, the
 * one before answers.
 */
#pragma once

#include "client/local.h"
#include "sync/geo.h"

/* What a welcome says, inside the transaction that saves it.  If the town has
 * none (any more), those that are here go. */
MUST_USE enum rc where_welcome(struct local *l, struct bytes version,
                               struct err *err);
/* The version to be asked for, in `mem`; "": none. */
MUST_USE enum rc where_due(struct local *l, struct arena *mem, const char **out,
                           struct err *err);
/* What came back, compressed, in place of those that are here.  RC_CORRUPT: cut
 * or damaged; RC_OUTDATED: of another version.  Nothing changed then, and they
 * may be asked for again. */
MUST_USE enum rc where_take(struct local *l, struct bytes answer,
                            struct err *err);

struct where {               /* in the arena given; code.n 0: in none */
    struct bytes code, name; /* "2022BU00141001" */
};
/* Each of them, by code; what it is given lives for the call. */
typedef void where_visit(void *ctx, const struct where *is,
                         struct bytes outline);
MUST_USE enum rc where_each(struct local *l, where_visit *visit, void *ctx,
                            struct err *err);
/* *known: does this device know neighbourhoods at all? */
MUST_USE enum rc where_at(struct local *l, struct geo_point p,
                          struct arena *mem, bool *known, struct where *out,
                          struct err *err);
