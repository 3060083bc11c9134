/* local_tables.h - the client's own tables; private to client/local*.c. */
#pragma once

#include "client/local.h"
#include "sync/sys/migrate.h"

extern const struct migration local_migrations[];
extern const size_t local_migrations_n;

/* A record as bytes and back: meta, then the values of its sole fields. */
void local_freeze(const struct record *r, struct arena *mem, struct buf *out);
MUST_USE enum rc local_thaw(struct record *r, struct bytes frozen,
                            struct arena *mem, struct err *err);

/* Lay own work over what was pulled (`base`; version 0: nothing was) and save
 * the row; forget `pulled` if there is no own work left. */
MUST_USE enum rc local_replay(struct local *l, const struct record *base,
                              struct arena *mem, struct err *err);
/* The same for a record whose base is in the store. */
MUST_USE enum rc local_replay_stored(struct local *l,
                                     const struct shape_type *type,
                                     uint32_t area, const struct id *id,
                                     struct arena *mem, struct err *err);
MUST_USE enum rc local_pulled_load(struct local *l, struct record *r,
                                   bool *found, struct arena *mem,
                                   struct err *err);
MUST_USE enum rc local_pulled_save(struct local *l, const struct record *r,
                                   struct arena *mem, struct err *err);

/* Take everything of an erased record off the device but its name and its
 * numbers; `erased` is the tombstone that was pulled. */
MUST_USE enum rc local_erase(struct local *l, const struct record *erased,
                             struct arena *mem, struct err *err);
