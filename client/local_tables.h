/* local_tables.h - the client's own tables; private to client/local*.c. */
#pragma once

#include "client/local.h"
#include "sync/sys/migrate.h"

extern const struct migration local_migrations[];
extern const size_t local_migrations_n;

/* Returns `rc`.  But if something failed, and the store has gone over to newer
 * record types in another program, that is why: RC_OUTDATED, which says so. */
MUST_USE enum rc local_blame(struct local *l, enum rc rc, struct err *err);

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

/* Show the record of a changeset anew: it may no longer count. */
MUST_USE enum rc local_reshow(struct local *l, uint64_t number,
                              struct arena *mem, struct err *err);
/* What was kept aside at the server does not count, a consent neither. */
MUST_USE enum rc local_set_aside(struct local *l, uint64_t number,
                                 uint64_t now_ms, struct arena *mem,
                                 struct err *err);

/* Own work is shown anew, all of it. */
MUST_USE enum rc local_replay_all(struct local *l, struct err *err);

/* -- what is no longer ours (local_drop.c) ------------------------------- */

/* Take everything of areas that were withdrawn off the device, of each once
 * nothing of it waits to be handed in. */
MUST_USE enum rc local_drop_withdrawn(struct local *l, struct err *err);
/* Another role sees other fields: what was pulled goes and everything is pulled
 * anew.  What waits stays: to be handed in, and judged by the server; or for
 * consent, if this role may write it at all. */
MUST_USE enum rc local_drop_for_role(struct local *l, enum role role,
                                     struct err *err);

/* -- consent (local_consent.c) ------------------------------------------- */

/* Take out of `c` what must not leave the device yet, and keep it there;
 * *any: there is something of this record now, or was before.  `shown`: the
 * record before `c`.  RC_DENIED: it was refused. */
MUST_USE enum rc local_keep_back(struct local *l, struct changeset *c,
                                 const struct record *shown, bool *any,
                                 struct arena *mem, struct err *err);
/* Lay what is kept back over a record; *own becomes true if there is any. */
MUST_USE enum rc local_lay_withheld(struct local *l, struct record *r,
                                    uint32_t device, bool *own,
                                    struct arena *mem, struct err *err);
/* Of a record and about it. */
MUST_USE enum rc local_withheld_erase(struct local *l, const struct id *id,
                                      struct err *err);

struct subjects { /* in an arena */
    struct id *p;
    size_t n, cap;
};
/* Add whom a consent in the store is about; of other types nobody. */
MUST_USE enum rc local_subjects(struct local *l, const struct shape_type *type,
                                uint32_t area, const struct id *id,
                                struct arena *mem, struct subjects *of,
                                struct err *err);
/* What somebody consented to may have changed: hand in what may go, drop what
 * may not stay.  `ours`: it was decided on this device, so it also tells the
 * others; otherwise they know. */
MUST_USE enum rc local_settle(struct local *l, uint32_t area,
                              const struct subjects *of, bool ours,
                              uint64_t now_ms, struct arena *mem,
                              struct err *err);

/* Take every write of this device to `field` that names `subject` out of its
 * journal; the numbers stay, the server knows that a save may come again with
 * less in it.  *last: the last of these that was not handed in; number 0: all
 * were. */
MUST_USE enum rc local_strip(struct local *l, const struct rows_name *name,
                             size_t field, const struct id *subject,
                             struct changeset *last, struct arena *mem,
                             struct err *err);
/* The records of which the journal says something with this id; in `mem`. */
MUST_USE enum rc local_journal_mentions(struct local *l, uint32_t area,
                                        const struct id *subject,
                                        struct arena *mem,
                                        struct rows_name **out, size_t *n,
                                        struct err *err);

/* local_save() inside a transaction, of what its writer saw at another version;
 * NULL: at that which was pulled. */
MUST_USE enum rc local_save_over(struct local *l, struct changeset *c,
                                 const uint64_t *base_version, uint64_t now_ms,
                                 struct arena *mem, struct err *err);

/* Take everything of an erased record off the device but its name and its
 * numbers; `erased` is the tombstone that was pulled. */
MUST_USE enum rc local_erase(struct local *l, const struct record *erased,
                             struct arena *mem, struct err *err);

/* Fields of a record were emptied: take what was written to them unseen out of
 * the journal.  `emptied` is the record as it was pulled. */
MUST_USE enum rc local_empty(struct local *l, const struct record *emptied,
                             struct arena *mem, struct err *err);
/* And, once the row is saved, the attachments that they named and no record
 * names any more; `was`: the row before. */
MUST_USE enum rc local_empty_files(struct local *l, const struct record *was,
                                   const struct record *now, struct err *err);
/* Take a record off the device that is not given to it any more: all of it but
 * what still waits to be handed in. */
MUST_USE enum rc local_recall(struct local *l, const struct record *recalled,
                              struct arena *mem, struct err *err);
