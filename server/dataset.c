#include "server/dataset.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/table.h"

bool column_is_number(enum column_kind k)
{
    return k == COLUMN_INTEGER || k == COLUMN_DECIMAL || k == COLUMN_FIGURE ||
           k == COLUMN_BELOW;
}

void dataset_begin(struct dataset *d, const struct dataset_column *columns,
                   size_t columns_n, struct arena *mem)
{
    *d = (struct dataset){
        .columns = columns, .columns_n = columns_n, .mem = mem};
}

static void grow(struct dataset *d, size_t n)
{
    const char **old = d->cells;

    if (d->cells_n + n <= d->cap)
        return;
    d->cap = 2 * d->cap + n + 64;
    d->cells = arena_new(d->mem, d->cap * sizeof *d->cells);
    if (d->cells_n > 0)
        memcpy(d->cells, old, d->cells_n * sizeof *old);
}

void dataset_put(struct dataset *d, const char *text)
{
    grow(d, 1);
    d->cells[d->cells_n++] =
        text == NULL ? NULL : arena_text(d->mem, text, strlen(text));
}

void dataset_printf(struct dataset *d, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    dataset_put(d, text);
}

void dataset_figure(struct dataset *d, const struct cell *c, unsigned threshold)
{
    if (c->status == CELL_FREE)
        dataset_printf(d, "%" PRIu32, c->figure);
    else
        dataset_put(d, NULL);
    if (c->status == CELL_SMALL)
        dataset_printf(d, "%u", threshold);
    else
        dataset_put(d, NULL);
    dataset_printf(d, "%c", cell_status_letter(c->status));
}

size_t dataset_rows(const struct dataset *d)
{
    return d->cells_n / d->columns_n;
}

const char *dataset_cell(const struct dataset *d, size_t row, size_t column)
{
    return d->cells[row * d->columns_n + column];
}

size_t dataset_column_named(const struct dataset *d, const char *name)
{
    size_t i;

    for (i = 0; i < d->columns_n; i++)
        if (strcmp(d->columns[i].name, name) == 0)
            break;
    return i;
}

/* -- several as one ------------------------------------------------------ */

void dataset_join(struct dataset *d, const struct dataset *more,
                  bool (*keep)(const struct dataset *d, size_t row))
{
    size_t row, n = d->columns_n;

    grow(d, more->cells_n);
    for (row = 0; row < dataset_rows(more); row++) {
        if (keep != NULL && !keep(more, row))
            continue;
        memcpy(d->cells + d->cells_n, more->cells + row * n,
               n * sizeof *more->cells);
        d->cells_n += n;
    }
}

struct keyed { /* a row, for qsort() */
    const struct dataset *d;
    const char **cells;
};

static int compare_cells(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_keys(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    size_t i;
    int c = 0;

    for (i = 0; c == 0 && i < x->d->columns_n; i++)
        if (x->d->columns[i].key)
            c = compare_cells(x->cells[i], y->cells[i]);
    return c;
}

void dataset_sort(struct dataset *d)
{
    size_t n = dataset_rows(d), i, kept = 0;
    struct keyed *rows = mem_new((n + 1) * sizeof *rows);
    const char **sorted = arena_new(d->mem, (d->cells_n + 1) * sizeof *sorted);

    for (i = 0; i < n; i++)
        rows[i] = (struct keyed){d, d->cells + i * d->columns_n};
    qsort(rows, n, sizeof *rows, compare_keys);
    for (i = 0; i < n; i++)
        if (i == 0 || compare_keys(&rows[i - 1], &rows[i]) != 0)
            memcpy(sorted + d->columns_n * kept++, rows[i].cells,
                   d->columns_n * sizeof *sorted);
    d->cells = sorted;
    d->cells_n = d->cap = kept * d->columns_n;
    free(rows);
}

/* -- for people --------------------------------------------------------- */

static bool says_something(const struct dataset *d, size_t column)
{
    size_t i, n = dataset_rows(d);

    if (d->columns[column].kind == COLUMN_BELOW)
        return false; /* with its figure */
    for (i = 0; i < n; i++) {
        const char *text = dataset_cell(d, i, column);

        if (text != NULL && text[0] != '\0')
            return true;
    }
    return n == 0 || d->columns[column].kind == COLUMN_FIGURE;
}

static void print_cell(const struct dataset *d, size_t row, size_t column,
                       struct table *t)
{
    const char *text = dataset_cell(d, row, column);
    const char *below;

    if (text != NULL || d->columns[column].kind != COLUMN_FIGURE) {
        table_put(t, text == NULL ? "" : text);
        return;
    }
    below = dataset_cell(d, row, column + 1);
    if (below == NULL)
        table_put(t, ".");
    else
        table_printf(t, "0-%ld", strtol(below, NULL, 10) - 1);
}

void dataset_print(const struct dataset *d, enum lang lang)
{
    const char *heads[TABLE_COLUMNS_MAX + 1];
    bool shown[TABLE_COLUMNS_MAX];
    struct arena mem = {0};
    struct table t;
    size_t i, n = 0, row;

    for (i = 0; i < d->columns_n; i++) {
        const struct dataset_column *c = &d->columns[i];

        shown[i] = says_something(d, i);
        if (shown[i])
            heads[n++] =
                arena_printf(&mem, "%s%s", column_is_number(c->kind) ? "#" : "",
                             label_in(&c->title, lang));
    }
    heads[n] = NULL;
    table_init(&t, heads);
    for (row = 0; row < dataset_rows(d); row++)
        for (i = 0; i < d->columns_n; i++)
            if (shown[i])
                print_cell(d, row, i, &t);
    table_print(&t, false);
    table_free(&t);
    arena_free(&mem);
}
