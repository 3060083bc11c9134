/*
 * record.h - one record as the merge sees it: for every field its heads.
 *
 * A head is a write that no later write has replaced.  Every head says which
 * changeset wrote it (its origin); one origin usually wrote many fields, so
 * origins are shared.  A record never owns: everything lives in an arena.
 *
 * META FORMAT.  record_pack() writes what a table row needs beside its typed
 * columns; record_unpack() puts both together again.  Integers are varints
 * (base/pack.h).
 *
 *   format      1; or 3, if fields were emptied: then first
 *               emptied_n x { field, version }
 *   origins_n
 *   origins_n x { device, number, clock, version, base_version }
 *   fields_n    fields of the type when this was packed; later ones have no
 *               heads
 *   per field   0                           no head: never written
 *               1 + 2 * origin              one head, its base is NULL; its
 *                                           value stands in the column
 *               2 + 4 * heads_n             otherwise, followed by heads_n x
 *                                           { origin, value, base }; so too
 *                                           one head of field 0 that does not
 *                                           delete
 *               4 + 4 * origin              one head, value in the column,
 *                                           followed by { base }
 *   value       0 null | 1 zigzag int | 2 n bytes | 3 16 bytes |
 *               4 n x { n bytes }
 *
 * An erased record has the format 2 and nothing else; one that is withheld,
 * on the wire, the format 3 and nothing else.
 *
 * So a record without conflicts packs into a few bytes, and a conflict carries
 * its own values.
 */
#pragma once

#include "sync/changeset.h"

/* Which changeset wrote a head, and what its writer had seen. */
struct origin {
    uint32_t device;
    uint64_t number;
    hlc_stamp clock;
    uint64_t version;      /* of the area, when it was accepted */
    uint64_t base_version; /* changeset.base_version */
};

struct head {
    const struct origin *by;
    struct value value, base;
};

struct heads {
    struct head *p; /* in the order of (clock, device, number) */
    size_t n;
    /* Emptied for good as this version of the area: what is written by one who
     * has not seen that leaves no trace.  0: never. */
    uint64_t emptied;
};

struct record {
    const struct shape_type *type;
    struct id id;
    uint32_t area;
    uint64_t version;     /* of its last changeset; 0: not accepted yet */
    struct heads *fields; /* type->fields_n of them */
    bool erased;          /* for ever, and without any head */
    bool recalled;        /* not for this device any more (given.h) */
    bool unreadable;      /* it is there, but the key to it is not */
};

/* A record that nobody has written to. */
struct record record_new(const struct shape_type *type, const struct id *id,
                         uint32_t area, struct arena *mem);

/* Take everything out of it but its name, as version `version` of the area.
 * Nothing that is merged into it later leaves a trace (merge.h). */
void record_erase(struct record *r, uint64_t version);

/* Take what stands in these fields (a bit each, never field 0) out of it, as
 * version `version` of the area.  What is merged into them later leaves no
 * trace if its writer had not seen this version. */
void record_empty(struct record *r, uint64_t fields, uint64_t version);

/* The fields that were ever emptied, as a bit each. */
uint64_t record_emptied(const struct record *r);

/* A record with no head at all does not exist. */
bool record_exists(const struct record *r);

/* <0, 0, >0 in the order in which heads are shown: clock, device, number. */
int origin_cmp(const struct origin *a, const struct origin *b);

/* What a role may see of it, in `mem`: fields that are not for it have no
 * heads, and no trace of who wrote them. */
struct record record_for(const struct record *r, enum role role,
                         struct arena *mem);

/* Append the meta of `r`; `mem` is scratch. */
void record_pack(const struct record *r, struct arena *mem, struct buf *out);

/* Rebuild the heads of `r` (type, id, area and version set by the caller) from
 * its meta and the values of its columns, one per field of the type; a column
 * whose field has several heads, or none, is not looked at.  RC_CORRUPT if the
 * meta is damaged; `r` then has no heads. */
MUST_USE enum rc record_unpack(struct record *r, struct bytes meta,
                               const struct value *columns, struct arena *mem,
                               struct err *err);

/* All choices in it by the codes of today (shape_modernise); record_unpack()
 * has done so. */
void record_modernise(struct record *r, struct arena *mem);

/* The fields whose value a row's or a message's column carries, that is: those
 * with exactly one head.  As a bit per field. */
uint64_t record_sole(const struct record *r);

bool record_eq(const struct record *a, const struct record *b);
