#include "schema/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/err.h"

void diags_add(struct diags *d, const char *file, size_t line, size_t column,
               const char *remedy, const char *what, ...)
{
    char text[ERR_TEXT_BYTES];
    va_list ap;

    if (d->n == DIAGS_MAX)
        return;
    if (d->n == d->cap) {
        d->cap = d->cap ? 2 * d->cap : 8;
        d->p = mem_resize(d->p, d->cap * sizeof *d->p);
    }
    va_start(ap, what);
    vsnprintf(text, sizeof text, what, ap);
    va_end(ap);
    d->p[d->n++] = (struct diag){
        .file = arena_text(&d->mem, file, strlen(file)),
        .line = line,
        .column = column,
        .what = arena_text(&d->mem, text, strlen(text)),
        .remedy = arena_text(&d->mem, remedy, strlen(remedy)),
    };
}

static int order(const void *a, const void *b)
{
    const struct diag *x = a, *y = b;
    int by = strcmp(x->file, y->file);

    if (by != 0)
        return by;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return strcmp(x->what, y->what);
}

void diags_sort(struct diags *d)
{
    if (d->n > 1)
        qsort(d->p, d->n, sizeof *d->p, order);
}

void diags_print(const struct diags *d, struct buf *out)
{
    size_t i;

    for (i = 0; i < d->n; i++) {
        const struct diag *g = &d->p[i];

        if (g->line == 0)
            buf_printf(out, "%s: %s: %s\n", g->file, g->what, g->remedy);
        else
            buf_printf(out, "%s:%zu:%zu: %s: %s\n", g->file, g->line, g->column,
                       g->what, g->remedy);
    }
}

void diags_free(struct diags *d)
{
    free(d->p);
    arena_free(&d->mem);
    *d = (struct diags){0};
}
