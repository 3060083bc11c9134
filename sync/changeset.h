/*
 * changeset.h - the writes of one save.
 *
 * A changeset touches exactly one record, and therefore one area: it is
 * atomic by itself and takes one version of its area.  It is immutable once
 * pushed; (device, number) names it for ever.
 *
 * Nothing here owns: values and arrays live in an arena, a message or a row.
 */
#pragma once

#include "sync/hlc.h"
#include "sync/shape.h"
#include "sync/value.h"

struct write {
    uint16_t field;     /* index into the type's fields */
    struct value value; /* what the field is to hold */
    /* What the writer saw in the field, of what others can have seen too: in
     * the state it had pulled; in a record that it never pulled, as its own
     * acknowledged writes left it.  Never its writes that wait: whoever has not
     * seen those would seem to have removed what they added.  Carried for the
     * policies union and text, VALUE_NULL otherwise. */
    struct value base;
};

struct changeset {
    uint32_t device;
    uint64_t number; /* 1, 2, 3 … per device, without gaps */
    hlc_stamp clock;
    uint32_t area;
    const struct shape_type *type;
    struct id record;
    /* The version of the record that its writer had on screen; 0 if it had
     * none (it made the record, or has never pulled it). */
    uint64_t base_version;
    const struct write *writes; /* each field at most once */
    size_t writes_n;
};

/* Does it delete its record? */
bool changeset_deletes(const struct changeset *c);

/* Is it lawful for its type: fields in range, none twice, values of the kind
 * that the field's policy can merge, within limits?  RC_INVALID names the
 * field.  What a value may be (choices, lengths) is shape_check()'s affair. */
MUST_USE enum rc changeset_check(const struct changeset *c, struct err *err);

/* Same name and same content: the repeated changeset of an honest device. */
bool changeset_eq(const struct changeset *a, const struct changeset *b);

/* A deep copy into `mem`; the type is shared. */
struct changeset changeset_copy(const struct changeset *c, struct arena *mem);

/* The writes of a changeset as bytes, for the client's journal: n x { field,
 * value, base }.  Fields keep their numbers for ever (a type only grows), so
 * these can be read with every later version of the type. */
void writes_pack(const struct changeset *c, struct buf *out);
/* Sets c->writes and c->writes_n; c->type is set.  RC_CORRUPT: damaged. */
MUST_USE enum rc writes_unpack(struct changeset *c, struct bytes packed,
                               struct arena *mem, struct err *err);
