/* screen_int.h - text as characters with their places; private to screen*.c. */
#pragma once

#include "sync/screen.h"

/* Digits of every script are 0-9 here, all kinds of space and dash one, and
 * what shows nothing is left out. */
struct screen_text {
    uint32_t *c;
    size_t *at; /* n + 1: the byte where each begins, and the end */
    size_t n;
    struct screening *found;
    size_t cap; /* of its array */
    struct arena *mem;
};

uint32_t screen_at(const struct screen_text *t, size_t i); /* 0 outside */
bool screen_digit(uint32_t c);
bool screen_letter(uint32_t c);
bool screen_upper(uint32_t c);

/* The end of the word that begins at `i`; i if there is none. */
size_t screen_word_end(const struct screen_text *t, size_t i);
/* Is [from, to) this word, in small ASCII letters, in upper or lower case? */
bool screen_is(const struct screen_text *t, size_t from, size_t to,
               const char *word);
bool screen_among(const struct screen_text *t, size_t from, size_t to,
                  const char *const *words, size_t n);
/* The word before `i`, over spaces and : . , between: false if there is none.
 */
bool screen_word_before(const struct screen_text *t, size_t i, size_t *from,
                        size_t *to);
/* Spaces from `i` on. */
size_t screen_spaces(const struct screen_text *t, size_t i);

/* Unless something was found there before. */
void screen_add(struct screen_text *t, enum screen_kind kind, size_t from,
                size_t to);

void screen_ibans(struct screen_text *t);
void screen_numbers(struct screen_text *t); /* phones, BSN */
void screen_postcodes(struct screen_text *t);
void screen_addresses(struct screen_text *t);
