/*
 * rows.h - records as rows: one table per record type, with typed columns.
 *
 *     "signal"(id, area, version, created_ms, deleted, review, meta, fields…)
 *
 * The columns hold what is shown (merge_show_record), so that SQL people feel
 * at home; `meta` holds what the merge needs beside it (record_pack).  Forms
 * in the columns: numbers, money (cents) INTEGER; a reference BLOB of 16; a
 * set TEXT with a JSON array of strings in byte order; all others TEXT.
 *
 * A struct rows belongs to one connection and is used by one thread, and by
 * one call at a time.  All SQL here is in the subset that SQLite and
 * PostgreSQL share.
 */
#pragma once

#include "sync/record.h"
#include "sync/sys/db.h"

struct rows;

/* Make the tables of a shape.  Where a newer shape has new fields, add their
 * columns; where it has new names for old ones (`was`), rename.  Nothing is
 * ever dropped, so this may be repeated. */
MUST_USE enum rc rows_create_tables(struct db *db, const struct shape *shape,
                                    struct err *err);

/* Prepare to use tables that exist; `shape` must outlive *out.  The connection
 * keeps statements by the address of their text, and the texts belong to
 * *out: close it after the connection, not before. */
MUST_USE enum rc rows_open(struct db *db, const struct shape *shape,
                           struct rows **out, struct err *err);
void rows_close(struct rows *r); /* NULL is fine */

/* Keep records of types that are apart (sync/shape.h) sealed: their columns
 * then hold nothing, and their meta is a byte 5 and what seal() appended; one
 * without heads (erased, or emptied) has nothing to seal.  `what` is the record
 * as bytes (sync/frozen.h).  open() returns RC_NOTFOUND where the key is gone:
 * such a record is visited and loaded as `unreadable`, without heads, and
 * cannot be saved. */
struct rows_sealer {
    void *ctx; /* foreign */
    enum rc (*seal)(void *ctx, uint32_t area, const struct id *id,
                    struct bytes what, struct buf *out, struct err *err);
    enum rc (*open)(void *ctx, uint32_t area, const struct id *id,
                    struct bytes sealed, struct buf *out, struct err *err);
};
void rows_seal_with(struct rows *r, const struct rows_sealer *how);

/* The record as it stands, or a record_new() if there is none: that is no
 * error, and record_exists() tells.  *out lives in `mem`.  RC_CORRUPT: the row
 * is damaged. */
MUST_USE enum rc rows_load(struct rows *r, const struct shape_type *type,
                           uint32_t area, const struct id *id,
                           struct arena *mem, struct record *out,
                           struct err *err);

/* Insert or replace the row of `rec`.  `scratch` is used and not emptied. */
MUST_USE enum rc rows_save(struct rows *r, const struct record *rec,
                           struct arena *scratch, struct err *err);

/* Drop the row altogether: for the client's own tables, erasure and
 * retention.  (A deletion by a worker is a write, see merge.h.)  No row is
 * no error. */
MUST_USE enum rc rows_remove(struct rows *r, const struct shape_type *type,
                             uint32_t area, const struct id *id,
                             struct err *err);

/* Which type and area has this record?  RC_NOTFOUND: none.  A few look-ups
 * per type and area; with both known, use rows_load(). */
MUST_USE enum rc rows_find(struct rows *r, const struct id *id,
                           const struct shape_type **type, uint32_t *area,
                           struct err *err);

/* Called for each record; `rec` lives until it returns.  Return false to stop;
 * it must not call any function of this file on the same struct rows. */
typedef bool rows_visit(void *ctx, const struct record *rec);

/* The records of all types of `area` with version > after, in the order of
 * their versions.  Streams: one record in memory at a time, costs as much as
 * is visited.  All is read from one state of the store. */
MUST_USE enum rc rows_changed(struct rows *r, uint32_t area, uint64_t after,
                              rows_visit *visit, void *ctx, struct err *err);

/* The same of some types: a bit each, by their place in the shape. */
MUST_USE enum rc rows_changed_among(struct rows *r, uint64_t types,
                                    uint32_t area, uint64_t after,
                                    rows_visit *visit, void *ctx,
                                    struct err *err);

/* All records of one type, deleted ones too, by area and id; `visit` as
 * above. */
MUST_USE enum rc rows_all(struct rows *r, const struct shape_type *type,
                          rows_visit *visit, void *ctx, struct err *err);

/* Those of one area, the last changed first: for who looks at some and stops.
 */
MUST_USE enum rc rows_latest(struct rows *r, const struct shape_type *type,
                             uint32_t area, rows_visit *visit, void *ctx,
                             struct err *err);

/* Those of them that a person must look at. */
MUST_USE enum rc rows_reviews(struct rows *r, const struct shape_type *type,
                              rows_visit *visit, void *ctx, struct err *err);

/* The records whose id ends in these hex digits (of either case): for people,
 * who do not type 36 characters.  For the client alone: reads every table,
 * and its SQL is SQLite's.  At most `max` are put into `out`; *n is how many
 * there are. */
struct rows_name {
    const struct shape_type *type;
    uint32_t area;
    struct id id;
};
MUST_USE enum rc rows_ending(struct rows *r, struct bytes hex,
                             struct rows_name *out, size_t max, size_t *n,
                             struct err *err);
