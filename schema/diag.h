/*
 * diag.h - what is wrong in a set of definitions, where, and what to do.
 *
 * Everything that is wrong is reported at once, not just the first fault.
 */
#pragma once

#include "sync/base/mem.h"

struct diag {
    const char *file;    /* as the person named it */
    size_t line, column; /* from 1; 0: about the file as a whole */
    const char *what;    /* "unknown kind `txt`" */
    const char *remedy;  /* "use one of text, prose ..." */
};

struct diags {
    struct arena mem;
    struct diag *p; /* own, with all texts in it */
    size_t n, cap;
};

enum { DIAGS_MAX = 200 }; /* what comes after is not kept */

/* Add one; `remedy` is a whole phrase, never NULL. */
void diags_add(struct diags *d, const char *file, size_t line, size_t column,
               const char *remedy, const char *what, ...) PRINTF(6, 7);

/* In the order of file, line, column. */
void diags_sort(struct diags *d);

/* One line each: "signal.yaml:12:5: unknown kind `txt`: use one of ...". */
void diags_print(const struct diags *d, struct buf *out);

void diags_free(struct diags *d); /* empty again, ready for reuse */
