/*
 * schema.h - from the definitions in YAML to a shape.
 *
 * The definitions travel as one text, the bundle: the files of a folder one
 * after another in the order of their names, each after a line
 *     --- # signal.yaml
 * Both programs compile the same bundle with this code, so both agree on
 * every type.  The version of a shape is the first 32 hex digits of the
 * SHA-256 of its bundle.
 *
 * The YAML is described in schema/README.md.
 */
#pragma once

#include "schema/diag.h"
#include "sync/shape.h"

/* Compile a bundle.  RC_INVALID: `diags` says what is wrong, and `err` the
 * first of it; RC_LIMIT: larger than types_bundle_bytes_max.  The shape and
 * all its texts are in `mem`. */
MUST_USE enum rc schema_compile_bundle(struct bytes bundle, struct arena *mem,
                                       struct diags *diags,
                                       const struct shape **out,
                                       struct err *err);

/* The bundle of the *.yaml files in a folder, in `mem`.  RC_NOTFOUND: no such
 * folder, or no definitions in it. */
MUST_USE enum rc schema_read_bundle(const char *dir, struct arena *mem,
                                    struct bytes *out, struct err *err);

/* Both; files are named with their folder in `diags`. */
MUST_USE enum rc schema_compile(const char *dir, struct arena *mem,
                                struct diags *diags, const struct shape **out,
                                struct err *err);

/* The definitions that ship with the product; they always compile. */
struct bytes schema_builtin_bundle(void);
