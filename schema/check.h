/*
 * check.h - from trees to a shape: what the definitions say, checked.
 *
 * check_lists() first, then check_types(): a field names lists, purposes and
 * retention classes.
 */
#pragma once

#include "schema/read.h"
#include "sync/base/err.h"

/* Is this tree a record type (or code lists, purposes, retention)? */
bool tree_is_type(const struct tree *t);

/* Fill in lists, purposes and retentions from all trees that are no types. */
void check_lists(struct reader *r, const struct tree *trees, size_t n,
                 struct shape *s);

/* Fill in the types. */
void check_types(struct reader *r, const struct tree *trees, size_t n,
                 struct shape *s);

/* The retention class that `n` names; NULL after a complaint. */
const struct shape_retention *check_retention_named(struct reader *r,
                                                    const struct node *n,
                                                    const struct shape *s);

/* One field; `f->name` is set.  `types` are all there will be: their names
 * are set, their fields may not be yet. */
void check_field(struct reader *r, const struct node *key,
                 const struct node *settings, const struct shape *s,
                 const struct shape_type *type, struct shape_field *f);

/* Where to complain about a field: at the setting, or at the name of the
 * field where the setting is not there. */
struct places {
    const struct node *policy, *privacy, *see, *set, *format, *retired, *to;
};

/* Do the settings of a field go together? */
void check_rules(struct reader *r, const struct places *at,
                 const struct shape_type *type, const struct shape_field *f);

/* Is this the number of a citizen, which only who the law names may hold?
 * Complains of the name, the labels and the format of a field. */
void check_number(struct reader *r, const struct node *key,
                  const struct node *settings);

/* A field of `type` that holds one value of this kind, by its name; 0 after a
 * complaint. */
size_t check_field_of(struct reader *r, const struct node *n,
                      const struct shape_type *type, enum field_kind kind);
/* A code of a list; NULL after a complaint. */
const char *check_code_of(struct reader *r, const struct node *n,
                          const struct shape_list *l);

/* When a record of a type is closed: its setting `closed`. */
void check_closed(struct reader *r, const struct node *n,
                  struct shape_type *type);
/* Which of its records are not counted: its setting `uncounted`. */
void check_uncounted(struct reader *r, const struct node *n,
                     struct shape_type *type);
/* Which of them are the same matter: its setting `duplicates`. */
void check_duplicates(struct reader *r, const struct node *n,
                      struct shape_type *type);
/* What is closed with another record names one that can be; after
 * check_types(). */
void check_closed_with(struct reader *r, const struct node *n,
                       const struct shape_type *type);

/* Which records of a type are consents: its setting `consents`. */
void check_consents(struct reader *r, const struct node *n,
                    struct shape_type *type);

/* What types say about one another, after check_types(): purposes of consent,
 * and what keeps free text apart from addresses. */
void check_between(struct reader *r, const struct tree *trees, size_t n,
                   const struct shape *s);

/* The value of a key of a mapping, NULL if it is not there. */
const struct node *node_value(const struct node *map, const char *key);

/* schema_compile_bundle() with the folder that complaints put before names. */
MUST_USE enum rc compile_bundle(struct bytes bundle, const char *dir,
                                struct arena *mem, struct diags *diags,
                                const struct shape **out, struct err *err);
