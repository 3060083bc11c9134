/*
 * wire_pack.h - MessagePack, element by element; the only door to msgpack-c.
 *
 * Writing appends to a buf.  Reading walks an array: the first element that is
 * not what was asked for makes the reader bad, later reads give nothing, and
 * one look at the end tells.  Views point into the message.
 */
#pragma once

#include "sync/value.h"

void wire_pack_array(struct buf *out, size_t n); /* n elements follow */
void wire_pack_u64(struct buf *out, uint64_t v);
void wire_pack_i64(struct buf *out, int64_t v);
void wire_pack_bool(struct buf *out, bool v);
void wire_pack_text(struct buf *out, struct bytes text);
void wire_pack_bin(struct buf *out, struct bytes b);
/* nil | integer | text | bin of 16: an id | array of texts: a set */
void wire_pack_value(struct buf *out, const struct value *v);

struct wire_reader;
/* The next element as it is, which there must be; `in` goes on behind it. */
void wire_pack_next(struct buf *out, struct wire_reader *in);

struct wire_reader {
    const void *next; /* elements of msgpack-c, n of them left */
    size_t n;
    bool bad; /* sticky */
};

/* Scan and open a message, which is one array.  Close it in any case; what was
 * read stays valid as long as `in`.  False: not lawful MessagePack, or no
 * array. */
struct wire_message {
    struct wire_reader r;
    void *zone; /* own */
};

bool wire_message_open(struct wire_message *m, struct bytes in);
void wire_message_close(struct wire_message *m);

uint64_t wire_take_u64(struct wire_reader *r, uint64_t max);
int64_t wire_take_i64(struct wire_reader *r);
bool wire_take_bool(struct wire_reader *r);
/* UTF-8 without NUL, of at most `max` bytes. */
struct bytes wire_take_text(struct wire_reader *r, size_t max);
struct bytes wire_take_bin(struct wire_reader *r);
struct id wire_take_id(struct wire_reader *r);
/* In its one canonical form: no empty text, no empty set, members in order. */
struct value wire_take_value(struct wire_reader *r, struct arena *mem);
/* An array of at most `max` elements; a bad reader of none if it is none. */
struct wire_reader wire_take_array(struct wire_reader *r, size_t max);
/* Nothing bad and nothing left over?  Marks `parent` bad otherwise. */
bool wire_reader_end(const struct wire_reader *r, struct wire_reader *parent);
