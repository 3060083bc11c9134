/*
 * id.h - the 128-bit name of a record: a UUID version 7 (RFC 9562, 5.7).
 *
 * Names made later sort later, so new rows are added at the end of a table.
 * Time and randomness are arguments: this file asks nobody.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

enum { ID_BYTES = 16, ID_TEXT_CHARS = 36, ID_RANDOM_BYTES = 10 };

struct id {
    uint8_t b[ID_BYTES];
};

/* `random` is ID_RANDOM_BYTES of it; the first 4 bits and 2 bits that the
 * version and the variant take are ignored. */
struct id id_make(uint64_t now_ms, const uint8_t *random);

/* Write "0190f3c2-…" and a NUL: ID_TEXT_CHARS + 1 bytes.  Returns `out`. */
const char *id_text(const struct id *id, char *out);

/* Read the 36 characters of id_text(), upper or lower case; RC_INVALID names
 * the text. */
MUST_USE enum rc id_parse(struct bytes text, struct id *out, struct err *err);

uint64_t id_ms(const struct id *id); /* when it was made, ms since 1970 */
bool id_eq(const struct id *a, const struct id *b);
bool id_is_null(const struct id *id);       /* all zero: names nothing */
struct bytes id_bytes(const struct id *id); /* a view */
