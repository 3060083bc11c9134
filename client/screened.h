/*
 * screened.h - free text is looked through before it is saved (sync/screen.h).
 *
 * What was found is said to who typed it and kept nowhere.
 */
#pragma once

#include "client/app.h"
#include "sync/screen.h"

/* RC_INVALID: there is something in the value of this field that leads to one
 * person; `err` shows it and says what to write in its place.  With
 * a->keep_words names may stay, and nothing else. */
MUST_USE enum rc screened(struct app *a, const struct shape_field *f,
                          const struct value *v, struct err *err);

/* What a finding is, and what to write in its place. */
const char *screened_advice(enum lang lang, enum screen_kind kind);
