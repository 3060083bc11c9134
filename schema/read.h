/*
 * read.h - reading a tree by the keys it may have, with a complaint for
 * everything that is not as it should be.
 *
 * Readers never fail: they complain and return something harmless, so that
 * one pass finds everything that is wrong.
 */
#pragma once

#include "schema/parse.h"
#include "sync/shape.h"

struct reader {
    struct arena *mem;
    struct diags *diags;
};

#define complain(r, node, remedy, ...)                                        \
    diags_add((r)->diags, (node)->file, (node)->line, (node)->column, remedy, \
              __VA_ARGS__)

struct key {
    const char *name;
    const char *need; /* NULL: optional; else how to add it if missing */
};

/* Put the value of keys[i] into values[i], NULL if it is not there.  `whose`
 * ("field `title`") and `at` say in complaints what this is about.  False if
 * `map` is no mapping. */
bool read_keys(struct reader *r, const struct node *map, const struct node *at,
               const char *whose, const struct key *keys, size_t n,
               const struct node **values);

/* A text on one line that is not empty; "" otherwise.  NULL gives "". */
const char *read_text(struct reader *r, const struct node *n);

/* {nl: …, en: …}; NULL gives the empty label {NULL, NULL}. */
struct label read_label(struct reader *r, const struct node *n);

/* The index of a word in words[n]; `fallback` after a complaint, or if the
 * node is NULL.  `what` is "policy". */
size_t read_word(struct reader *r, const struct node *n, const char *what,
                 const char *const *words, size_t words_n, size_t fallback);

bool read_flag(struct reader *r, const struct node *n); /* NULL: false */

/* A whole number within a range; `fallback` for NULL and after a complaint. */
int64_t read_number(struct reader *r, const struct node *n, int64_t min,
                    int64_t max, int64_t fallback);

/* A list of names; a single one may stand without brackets.  NULL: none. */
const char *const *read_names(struct reader *r, const struct node *n,
                              size_t *names_n);

/* The same, each a role. */
role_set read_roles(struct reader *r, const struct node *n);

/* What stands in a list, or the one thing that stands in its place. */
size_t node_items_n(const struct node *n);
const struct node *node_item(const struct node *n, size_t i);

/* What may name a type ('-'), a field ('_') or a choice (either). */
enum name_kind { NAME_KEBAB, NAME_SNAKE, NAME_CODE };
bool name_ok(const char *name, enum name_kind kind);

/* "did you mean `text`? use one of text, prose …", in the arena. */
const char *suggest(struct reader *r, const char *wrong,
                    const char *const *words, size_t n);
