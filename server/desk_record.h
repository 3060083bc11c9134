/*
 * desk_record.h - records as the pages of the desk read and write them.
 *
 * A record is seen as its role sees it (record_for), types that are kept apart
 * (sync/shape.h) not at all: those stay on the devices of who has them.
 */
#pragma once

#include "server/desk.h"
#include "sync/merge.h"

/* The record that `in` names by "area", "type" and "id", as they see it.
 * RC_NOTFOUND: there is none, or it was erased. */
MUST_USE enum rc desk_load(struct desk *d, const json_t *in, struct record *out,
                           struct err *err);

/* {type, area, id, version, made, changed, title, deleted, review} */
json_t *desk_line(struct desk *d, const struct record *r,
                  const struct shown *s);
/* A value as people read it, and as forms hold it. */
json_t *desk_value_text(struct desk *d, const struct shape_field *f,
                        const struct value *v);
json_t *desk_value_plain(struct desk *d, const struct shape_field *f,
                         const struct value *v);
/* Whose device it is: {user, device}. */
json_t *desk_writer(struct desk *d, const struct origin *by);

/* Hand in what `in` says of record `r`, or of a new one (`r` exists not), as
 * its user: {"values": {field: text}, "take": {field: {device, number}},
 * "deleted": "keep"|"delete", "version": what was on the screen}.
 * RC_CONFLICT: it has changed since. */
MUST_USE enum rc desk_hand_in(struct desk *d, const struct record *r,
                              const json_t *in, struct err *err);
