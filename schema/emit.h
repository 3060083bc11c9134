/*
 * emit.h - what follows from a shape: tables, forms, the register.
 *
 * Each appends text to `out`; the same shape always gives the same bytes.
 */
#pragma once

#include "sync/shape.h"

/* -- SQL: the one place where identifiers are quoted ---------------------- */

/* "signal", with the quotes; inner quotes doubled. */
void emit_sql_name(struct buf *out, const char *name);

/* INTEGER columns are BIGINT, a reference BLOB, everything else TEXT. */
const char *emit_sql_kind(const struct shape_field *f);

/* CREATE TABLE and its indexes, IF NOT EXISTS. */
void emit_sql_table(struct buf *out, const struct shape_type *t);
void emit_sql(struct buf *out, const struct shape *s);

/* -- JSON: one form, with questions, choices and limits ------------------- */

/* Two-space indented, keys in a fixed order, a newline at the end. */
void emit_form(struct buf *out, const struct shape *s,
               const struct shape_type *t);

/* -- Markdown: the register, for people ----------------------------------- */

void emit_doc(struct buf *out, const struct shape *s, enum lang lang);
/* The same without its title, as a part of a larger text: its headings begin
 * with `level` times '#'. */
void emit_doc_parts(struct buf *out, const struct shape *s, enum lang lang,
                    unsigned level);
/* Roles as people read them, with commas between. */
void emit_doc_roles(struct buf *out, role_set roles, enum lang lang);
/* A class of personal data, likewise. */
const char *emit_doc_privacy(enum privacy p, enum lang lang);
