/*
 * msg.h - what people read, in Dutch and in English.
 *
 * The English text in the source is the key; its Dutch stands in
 * sync/base/msg_nl.inc, one entry a line, in the order of strcmp().  Both
 * hold the same printf conversions in the same order.  tests/unit/t_msg.c
 * holds every msg(..., "...") in sync/ and client/ against that table;
 * `tests/msg-sort` puts the table in order.
 */
#pragma once

#include "sync/base/def.h"

enum lang { LANG_NL, LANG_EN };

/* The text in the language asked for, or `english` itself if there is no
 * other.  Lives as long as `english` does. */
const char *msg(enum lang lang, const char *english)
    __attribute__((format_arg(2)));

/* Marks a text that is found later, by msg(lang, err.text): faults that are set
 * where nobody knows the language, also at the server.  For whole texts without
 * conversions. */
#define MSG(text) text

/* The table itself, for the test that guards it. */
struct msg_entry {
    const char *en, *nl;
};
const struct msg_entry *msg_table(size_t *n);
