/*
 * fill.h - the neighbourhood of a record follows from its point.
 *
 * Where a record type has a field of codes and a field of points (the first of
 * each), recording a point fills in the code, unless a person gave one.  A
 * write that was filled in says so, wherever it travels: its base is its own
 * value, as if its writer had found it there.  So a code that a person wrote is
 * told from one that was filled in, on every device, and only the latter
 * follows when the point moves.
 */
#pragma once

#include "sync/record.h"

/* The two fields; false: this type has not both. */
bool fill_fields(const struct shape_type *t, size_t *code, size_t *point);

/* A write that is filled in. */
struct write fill_write(size_t field, struct bytes code);
bool fill_made(const struct value *value, const struct value *base);
/* Is what these heads show filled in?  It is the last one that counts. */
bool fill_stands(const struct heads *h);

/* May the code be filled in, or taken out again?  `stands`: what the record
 * shows, `filled`: fill_stands(); `given`: the write of this save to it, NULL
 * if there is none. */
bool fill_may(const struct value *stands, bool filled,
              const struct write *given);
