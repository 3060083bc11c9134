/*
 * seek.h - looking for words in records: which text of a record may be looked
 * through, and what somebody typed as a question to FTS5.
 *
 * Both the server's index (server/search.h) and a look through a device's own
 * records (client/verbs_search.c) are an FTS5 table with the columns `scope`
 * and `text`; this file says what goes in and how it is asked.
 */
#pragma once

#include "sync/merge.h"

/* For CREATE VIRTUAL TABLE: letters and digits make words, without regard to
 * capitals and accents. */
#define SEEK_TOKENS "tokenize = 'unicode61 remove_diacritics 2'"

enum { SEEK_BYTES_MAX = 400 }; /* of a question */

/* May `role` look for words in this field?  Free text of types and fields that
 * are for the role; never in what is kept apart, names or reaches somebody, or
 * is written in a form of its own (a postcode). */
bool seek_field(const struct shape_type *t, const struct shape_field *f,
                enum role role);
/* Append the text of a record that `role` may look through, a line per field;
 * of a deleted one nothing. */
void seek_text(const struct shape_type *t, const struct shown *s,
               enum role role, struct buf *out);

/* Append the question in FTS5's own language: all words, the last one as the
 * beginning of one, and what is between " " as it stands there; within one
 * scope (a word of letters and digits; NULL: any).  Whatever is typed makes a
 * lawful question.  False: there is no word in it, and nothing was appended. */
bool seek_question(struct bytes typed, const char *scope, struct buf *out);
