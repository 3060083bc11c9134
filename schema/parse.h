/*
 * parse.h - a bundle of YAML files as trees that know where they stand.
 *
 * Only the plain part of YAML is taken: mappings, lists and texts.  Every
 * scalar is a text: `no` is the word no.  Anchors, aliases and tags are
 * refused, so a tree is never larger than its text.
 */
#pragma once

#include "schema/diag.h"

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    const char *file;
    size_t line, column;       /* from 1 */
    const char *text;          /* TEXT */
    const struct node **items; /* LIST: n; MAP: 2 n, key and value by turns */
    size_t n;
};

struct tree {
    const char *name; /* of the file, without its folder */
    const struct node *root;
};

enum { PARSE_DEPTH_MAX = 8 };

/* All files of the bundle, in their order, in `mem`; files that do not parse
 * are left out and reported.  `dir` is put before the names of files in the
 * reports; "" for none. */
void parse_bundle(struct bytes bundle, const char *dir, struct arena *mem,
                  struct diags *diags, struct tree **out, size_t *n);
