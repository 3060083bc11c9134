/*
 * edit.h - from fields typed to a changeset.
 *
 * Every value is checked against its record type when it is entered; what is
 * wrong is said in the words of who typed it.
 */
#pragma once

#include "client/app.h"
#include "sync/limits.h"
#include "sync/merge.h"

struct edit {
    struct app *app;
    const struct shape_type *type;
    uint32_t area;
    struct id id;
    bool fresh;         /* a record that is new */
    struct shown shown; /* as it stands; of a new one nothing */
    bool filled;        /* its neighbourhood is (sync/fill.h) */
    struct write writes[fields_per_type_max];
    size_t n;
    const uint64_t *seen; /* at which version its writer saw it (local.h);
                             NULL: as it stands */
};

void edit_new(struct edit *e, struct app *a, const struct shape_type *type,
              uint32_t area, const struct id *id); /* NULL: takes one */
MUST_USE enum rc edit_open(struct edit *e, struct app *a,
                           const struct rows_name *name, struct err *err);

enum edit_op { EDIT_SET, EDIT_ADD, EDIT_REMOVE };

/* `typed` as a person types it; EDIT_ADD and EDIT_REMOVE for sets. */
MUST_USE enum rc edit_field(struct edit *e, struct bytes field, enum edit_op op,
                            struct bytes typed, struct err *err);
/* "field=value", "field+=value" or "field-=value". */
MUST_USE enum rc edit_word(struct edit *e, const char *word, struct err *err);
/* A value of any kind that JSON can hold. */
MUST_USE enum rc edit_json(struct edit *e, const char *field, enum edit_op op,
                           const json_t *value, struct err *err);
void edit_delete(struct edit *e);

/* Fill in the neighbourhood of a point that was entered, or take out what was
 * filled in for the point before it (sync/fill.h).  edit_save() does so too. */
MUST_USE enum rc edit_fill(struct edit *e, struct err *err);

/* RC_INVALID if nothing was changed. */
MUST_USE enum rc edit_save(struct edit *e, struct err *err);

/* The labels of required fields that would still be empty, ", " between;
 * NULL: none. */
const char *edit_missing(const struct edit *e);
