/*
 * value.h - one value of a field.
 *
 * Four kinds and nothing; what they mean (a choice, a date, a sum of money) is
 * the field's affair, see shape.h.  A value never owns: texts and sets point
 * into an arena, a message or a row.
 */
#pragma once

#include "sync/base/mem.h"
#include "sync/base/pack.h"
#include "sync/id.h"

enum value_kind {
    VALUE_NULL, /* nothing filled in */
    VALUE_INT,
    VALUE_TEXT, /* UTF-8, no NUL inside */
    VALUE_ID,   /* a reference */
    VALUE_SET,  /* distinct texts in byte order; the empty set is VALUE_NULL */
};

struct value {
    enum value_kind kind;
    union {
        int64_t i;
        struct bytes text;
        struct id id;
        struct {
            const struct bytes *p;
            size_t n;
        } set;
    } as;
};

struct value value_null(void);
struct value value_int(int64_t i);
struct value value_text(const char *text);   /* foreign; NULL for "" */
struct value value_bytes(struct bytes text); /* foreign; NULL if empty */
struct value value_id(const struct id *id);
/* Sorts and thins `members` in place; an empty set becomes VALUE_NULL. */
struct value value_set(struct bytes *members, size_t n);

bool value_eq(const struct value *a, const struct value *b);
/* A total order over all values: by kind, then by content. */
int value_cmp(const struct value *a, const struct value *b);
bool value_has(const struct value *set, struct bytes member);

/* A deep copy into `mem`. */
struct value value_copy(const struct value *v, struct arena *mem);

/* Bytes that value_copy() would take, roughly; for limits. */
size_t value_bytes_n(const struct value *v);

/* As bytes, in rows and journals: 0 null | 1 zigzag int | 2 n bytes |
 * 3 16 bytes | 4 n x { n bytes }, numbers as varints.  Read values point into
 * the input and into `mem`; what is damaged makes `u` bad. */
void value_pack(const struct value *v, struct buf *out);
struct value value_unpack(struct unpack *u, struct arena *mem);
