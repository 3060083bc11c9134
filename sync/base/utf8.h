/* utf8.h - UTF-8 (RFC 3629) without tables of characters. */
#pragma once

#include "sync/base/buf.h"

enum { UTF8_BAD = 0x110000 }; /* past the last character */

/* The character at `*at` < text.n, moving `*at` past it.  Bytes that are not
 * UTF-8 give UTF8_BAD and move by one. */
uint32_t utf8_next(struct bytes text, size_t *at);

bool utf8_valid(struct bytes text);
size_t utf8_chars(struct bytes text); /* bytes that are bad count as one */

/* Lower case for Latin, Greek and Cyrillic letters; others unchanged. */
uint32_t utf8_lower(uint32_t c);
bool utf8_is_lower(uint32_t c); /* of these alphabets */
bool utf8_is_upper(uint32_t c);

/* Equal but for upper and lower case? */
bool utf8_same(struct bytes a, struct bytes b);
