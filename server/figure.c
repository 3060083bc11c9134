#include "server/figure.h"

#include <stdlib.h>
#include <string.h>

#include "server/page.h"

/* -- rows --------------------------------------------------------------- */

void figure_rows(const struct dataset *all, const char *column,
                 const char *value, struct dataset *out)
{
    size_t at = column == NULL ? 0 : dataset_column_named(all, column), row, i;

    *out = *all;
    out->cells = arena_new(all->mem, (all->cells_n + 1) * sizeof *out->cells);
    out->cells_n = 0;
    out->cap = all->cells_n;
    for (row = 0; row < dataset_rows(all); row++) {
        const char *text = dataset_cell(all, row, at);

        if (column != NULL && (text == NULL || strcmp(text, value) != 0))
            continue;
        for (i = 0; i < all->columns_n; i++)
            out->cells[out->cells_n++] = dataset_cell(all, row, i);
    }
}

/* Larger comes first; "not filled in" last. */
static long weight(const struct dataset *d, size_t row, size_t column)
{
    size_t label = dataset_column_named(d, "label");
    const char *text = dataset_cell(d, row, label);

    if (text != NULL && text[0] == '\0')
        return -3;
    text = dataset_cell(d, row, column);
    if (text != NULL)
        return strtol(text, NULL, 10);
    return dataset_cell(d, row, column + 1) != NULL ? -1 : -2;
}

void figure_sort(struct dataset *d, const char *column)
{
    size_t at = dataset_column_named(d, column), n = d->columns_n, row, i;
    const char **one = arena_new(d->mem, n * sizeof *one);

    for (row = 1; row < dataset_rows(d); row++) {
        long w = weight(d, row, at);

        memcpy(one, &d->cells[row * n], n * sizeof *one);
        for (i = row; i > 0 && weight(d, i - 1, at) < w; i--)
            memcpy(&d->cells[i * n], &d->cells[(i - 1) * n], n * sizeof *one);
        memcpy(&d->cells[i * n], one, n * sizeof *one);
    }
}

/* -- the element -------------------------------------------------------- */

void figure_begin(const struct figure *f, struct buf *out)
{
    static const char *const classes[] = {[FIGURE_BESIDE] = "",
                                          [FIGURE_HALF] = " class=\"half\"",
                                          [FIGURE_BELOW] = " class=\"below\""};

    buf_printf(out, "<figure%s>\n<figcaption>", classes[f->table]);
    page_put_escaped(out, f->caption);
    buf_puts(out, "</figcaption>\n<div class=\"plot\">\n");
}

void figure_table(const struct figure *f, const char *const *heads,
                  struct buf *out)
{
    size_t i;

    buf_puts(out, "</div>\n<table>\n<caption>");
    page_put_escaped(out, f->caption);
    buf_puts(out, "</caption>\n<thead><tr>");
    for (i = 0; heads[i] != NULL; i++) {
        bool number = heads[i][0] == '#';

        buf_puts(out, number ? "<th scope=\"col\" class=\"n\">"
                             : "<th scope=\"col\">");
        page_put_escaped(out, heads[i] + number);
        buf_puts(out, "</th>");
    }
    buf_puts(out, "</tr></thead>\n<tbody>\n");
}

void figure_row(const char *const *heads, const char *const *cells,
                struct buf *out)
{
    size_t i;

    buf_puts(out, "<tr>");
    for (i = 0; heads[i] != NULL; i++) {
        buf_puts(out, i == 0               ? "<th scope=\"row\">"
                      : heads[i][0] == '#' ? "<td class=\"n\">"
                                           : "<td>");
        page_put_escaped(out, cells[i]);
        buf_puts(out, i == 0 ? "</th>" : "</td>");
    }
    buf_puts(out, "</tr>\n");
}

void figure_end(struct buf *out)
{
    buf_puts(out, "</tbody>\n</table>\n</figure>\n");
}

/* -- of an answer ------------------------------------------------------- */

static const char *cell_of(const struct dataset *d, size_t row, size_t column,
                           enum lang lang, struct arena *mem)
{
    const char *text = dataset_cell(d, row, column), *below;
    struct plot_mark m = {.kind = PLOT_WITHHELD};

    if (d->columns[column].kind == COLUMN_DECIMAL && text != NULL)
        return plot_decimal(strtod(text, NULL), lang, mem);
    if (text != NULL || d->columns[column].kind != COLUMN_FIGURE)
        return text == NULL ? "–" : text;
    below = dataset_cell(d, row, column + 1);
    if (below != NULL)
        m = (struct plot_mark){.kind = PLOT_SMALL,
                               .below = (unsigned)strtoul(below, NULL, 10)};
    else if (dataset_cell(d, row, column + 2) == NULL)
        m.kind = PLOT_ABSENT;
    return plot_words(&m, false, lang, mem);
}

enum rc figure_put(const struct figure *f, const struct dataset *d,
                   enum lang lang, struct buf *out, struct err *err)
{
    const char *heads[FIGURE_COLUMNS_MAX + 1] = {0};
    const char *cells[FIGURE_COLUMNS_MAX];
    size_t at[FIGURE_COLUMNS_MAX], n, row, i;
    struct arena mem = {0};
    enum rc rc;

    figure_begin(f, out);
    rc = question_draw(f->question, d, f->id, lang, out, err);
    for (n = 0; n < FIGURE_COLUMNS_MAX && f->columns[n] != NULL; n++) {
        at[n] = dataset_column_named(d, f->columns[n]);
        heads[n] = arena_printf(
            &mem, "%s%s", column_is_number(d->columns[at[n]].kind) ? "#" : "",
            label_in(&d->columns[at[n]].title, lang));
    }
    figure_table(f, heads, out);
    for (row = 0; row < dataset_rows(d); row++) {
        for (i = 0; i < n; i++)
            cells[i] = cell_of(d, row, at[i], lang, &mem);
        figure_row(heads, cells, out);
    }
    figure_end(out);
    arena_free(&mem);
    return rc;
}
