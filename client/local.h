/*
 * local.h - the device's own store.
 *
 *   tables of the record types   every record as shown: what was pulled, with
 *                                this device's own work laid over it
 *   journal                      this device's changesets, numbered 1, 2, 3 …
 *   pulled                       of records with own work that the server has
 *                                not given back yet: as they were pulled
 *   withheld                     writes that wait for consent, on this device
 *   area, kv, attachment …       the rest
 *
 * A save is one transaction and on the disk when the call returns.  Two
 * programs may use one store at once.
 */
#pragma once

#include "schema/rows.h"
#include "sync/session.h"

enum { LOCAL_KEY_BYTES = 32 };

struct local {
    char *dir;                   /* own */
    uint8_t *key;                /* own, wiped; NULL: not encrypted */
    struct db *db;               /* own */
    struct rows *rows;           /* own */
    const struct shape *shape;   /* in `mem` */
    struct arena mem;            /* own; with `shape` in it */
    struct local_before *before; /* own; record types that went before */
};

/* Open the store in `dir`, made if need be (mode 0700), encrypted with a key
 * of LOCAL_KEY_BYTES; NULL: in plain files, for tests. */
MUST_USE enum rc local_open(const char *dir, const uint8_t *key,
                            struct local *out, struct err *err);
void local_close(struct local *l);
/* Go over to other record types: kept, compiled, tables grown; all of it or
 * nothing.  RC_INVALID: they do not compile.  After any fault this program and
 * the store are both with those that they had. */
MUST_USE enum rc local_types_set(struct local *l, struct bytes bundle,
                                 struct err *err);
/* Are the record types here those of the store?  Another program that has it
 * open may have gone over to newer ones: then open it anew. */
MUST_USE enum rc local_types_hold(struct local *l, bool *hold, struct err *err);

/* -- small things ------------------------------------------------------- */

/* A word kept under a name; "" and 0 if there is none. */
MUST_USE enum rc local_get(struct local *l, const char *key, struct arena *mem,
                           const char **out, struct err *err);
MUST_USE enum rc local_put(struct local *l, const char *key, const char *value,
                           struct err *err);
MUST_USE enum rc local_get_u64(struct local *l, const char *key, uint64_t *out,
                               struct err *err);
MUST_USE enum rc local_put_u64(struct local *l, const char *key, uint64_t v,
                               struct err *err);

struct local_area {
    struct area_info info; /* texts in the arena given; version: the cursor */
    bool granted;
    bool withdrawn; /* its records are to go */
};
MUST_USE enum rc local_areas(struct local *l, struct arena *mem,
                             struct local_area **out, size_t *n,
                             struct err *err);

/* -- recording ---------------------------------------------------------- */

/* What is shown of a record, and what was pulled of it. */
struct local_record {
    struct record shown;
    struct record pulled;
};
MUST_USE enum rc local_load(struct local *l, const struct shape_type *type,
                            uint32_t area, const struct id *id,
                            struct arena *mem, struct local_record *out,
                            struct err *err);

/* Save the writes of a new changeset: number, clock, base_version and the
 * bases of the writes are filled in here, but for those of fill_write().
 * RC_AUTH: not enrolled yet. */
MUST_USE enum rc local_save(struct local *l, struct changeset *c,
                            uint64_t now_ms, struct arena *mem,
                            struct err *err);

/* The same, of what its writer saw when the record was at `seen` (an area
 * version): what came in since stays beside it. */
MUST_USE enum rc local_save_seen(struct local *l, struct changeset *c,
                                 uint64_t seen, uint64_t now_ms,
                                 struct arena *mem, struct err *err);

/* A write to a field under consent (shape.h) is kept out of the journal, and
 * shown all the same, until what it names has consented; RC_DENIED: that was
 * refused.  When a consent comes in, or changes, what waits for it goes into
 * the journal or is dropped.  Does anything of this record wait so? */
MUST_USE enum rc local_withheld(struct local *l, const struct id *record,
                                bool *any, struct err *err);

/* -- handing in and taking in (client/agent.c) -------------------------- */

MUST_USE enum rc local_self(struct local *l, struct session_self *out,
                            struct err *err);
/* Changesets from a number on, of one area, until they hold so many bytes; one
 * at least, if there is any. */
MUST_USE enum rc local_batch(struct local *l, uint64_t from, size_t bytes,
                             struct arena *mem, struct batch *out,
                             struct err *err);
MUST_USE enum rc local_welcome(struct local *l, const struct welcome *w,
                               bool restart, struct err *err);
/* `now_ms` is by the server's clock: what is old enough to be forgotten does
 * not hang on ours. */
MUST_USE enum rc local_ack(struct local *l, const struct ack *ack,
                           uint64_t now_ms, struct arena *mem, struct err *err);
MUST_USE enum rc local_cursor(struct local *l, uint32_t area, uint64_t *out,
                              struct err *err);
MUST_USE enum rc local_apply(struct local *l, const struct states *st,
                             uint64_t now_ms, struct arena *mem,
                             struct err *err);

/* A new device number for this store; what was not acknowledged is numbered
 * anew, from 1. */
MUST_USE enum rc local_enrolled(struct local *l, uint32_t device,
                                struct err *err);

struct local_counts {
    uint64_t waiting;  /* changesets not handed in yet */
    uint64_t parked;   /* kept aside by the server, and why is told */
    uint64_t unkept;   /* not kept by the server at all, and why is told */
    uint64_t reviews;  /* records that a person must look at */
    uint64_t withheld; /* writes that wait for consent */
};
/* Does this reason mean that the server keeps it nowhere? */
bool local_unkept(const char *reason);
MUST_USE enum rc local_count(struct local *l, struct local_counts *out,
                             struct err *err);
