/*
 * given.h - to whom a record of a type that is apart is given (shape.h).
 *
 * It is for the account that made it and for those whom it names, as its field
 * `given_to` is shown: who was taken off is off, whatever else is written at
 * the same time.  For everybody else there is no such record.
 */
#pragma once

#include "sync/merge.h"

/* The short names of the accounts that it names: a set, or nothing. */
struct value given_names(const struct record *r, struct arena *mem);

/* What a device gets in place of a record that is not given to it any more:
 * its name and version, and the word to forget it. */
struct record given_recalled(const struct record *r, struct arena *mem);
