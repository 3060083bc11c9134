/*
 * text.h - bytes as text and numbers as text, the same in every locale.
 *
 * Writers append to a buf.  Readers are strict: one way to write a thing, and
 * everything else is refused.
 */
#pragma once

#include "sync/base/buf.h"

/* RFC 4648: base64 with padding, base64url without. */
void text_put_base64(struct buf *out, struct bytes b);
void text_put_base64url(struct buf *out, struct bytes b);
/* False: not lawful, or more than fits out->max; *out may have grown. */
bool text_take_base64(struct bytes text, struct buf *out);
bool text_take_base64url(struct bytes text, struct buf *out);

void text_put_hex(struct buf *out, struct bytes b); /* lower case */
/* Exactly 2 * n digits of either case. */
bool text_take_hex(struct bytes text, uint8_t *out, size_t n);

bool text_ends_in(const char *text, const char *end);

/* Whole numbers in decimal digits, no sign (but '-' for i64), no space, no
 * leading zeros. */
bool text_take_u64(struct bytes text, uint64_t max, uint64_t *out);
bool text_take_i64(struct bytes text, int64_t *out);

/* Is this word in a list with commas between? */
bool text_lists(const char *list, const char *word);
