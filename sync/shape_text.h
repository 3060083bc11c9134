/*
 * shape_text.h - values as people type and read them, and whether a value
 * from outside is lawful.
 *
 * Forms of value (sync/value.h) per kind:
 *   INT, MONEY (cents)  VALUE_INT
 *   REF                 VALUE_ID
 *   all others          VALUE_TEXT: a choice by its code, a date as
 *                       2026-11-23, a time as 2026-11-23T14:05:00Z, a point
 *                       as 53.219,6.567, an attachment as 64 hex digits
 *   a set               VALUE_SET of such texts, references as 36 characters;
 *                       of numbers there are none (schema/check_rules.c)
 * A field whose min and max are both 0 has no range of its own; a text then
 * has text_chars_max.  Nothing filled in is VALUE_NULL and always lawful;
 * whether a field must be filled in is not asked here.
 */
#pragma once

#include "sync/shape.h"
#include "sync/value.h"

/* Read what somebody typed.  Space around it is dropped; nothing typed is
 * VALUE_NULL.  Choices go by code or by label in either language, upper or
 * lower case.  Members of a set are separated by ',' or ';' (points: ';'
 * only) and may stand in double quotes, doubled inside.  Dates
 * also as 23-11-2026, vandaag, gisteren, today, yesterday (that is what
 * `now_ms` is for); a time without a zone is Dutch civil time.  RC_INVALID
 * with a text for field workers that names the field and what is allowed.
 * `*out` is in `mem`. */
MUST_USE enum rc shape_read(const struct shape_field *f, struct bytes typed,
                            uint64_t now_ms, enum lang lang, struct arena *mem,
                            struct value *out, struct err *err);

/* Is a value from outside lawful here, and in the one form we keep it in?
 * Retired choices and codes from older versions are. */
MUST_USE enum rc shape_check(const struct shape_field *f, const struct value *v,
                             enum lang lang, struct err *err);

/* Could a field of codes hold it?  "2022BU00141001": a year and a CBS code. */
bool shape_is_code(struct bytes b);

/* The same value in the words of today's definitions: former codes become
 * those of today, points lose decimals the field does not keep.  Call it
 * before shape_check().  What it does not know it leaves as it is. */
struct value shape_canonical(const struct shape_field *f, struct value v,
                             struct arena *mem);

/* For people: labels, 23-11-2026, Dutch civil time, euros. */
void shape_write(const struct shape_field *f, const struct value *v,
                 enum lang lang, struct buf *out);

/* For machines and files: codes and canonical forms.  shape_read() gives the
 * same value back. */
void shape_write_plain(const struct shape_field *f, const struct value *v,
                       struct buf *out);
