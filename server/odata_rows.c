#include "server/odata_rows.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    const struct odata_set *set;
    const struct odata_query *q;
    struct odata_page *page;
    size_t most;
    uint64_t skip;      /* that are still to be left out */
    struct dataset all; /* in an order: all that are kept, whole */
    bool full;
};

static void select_columns(const struct odata_set *set,
                           const struct odata_query *q, struct arena *mem,
                           struct dataset *out)
{
    struct dataset_column *columns =
        arena_new(mem, ODATA_COLUMNS_MAX * sizeof *columns);
    size_t i;

    for (i = 0; i < q->select_n; i++)
        columns[i] = set->type->columns[q->select[i]];
    dataset_begin(out, q->select_n > 0 ? columns : set->type->columns,
                  q->select_n > 0 ? q->select_n : set->type->columns_n, mem);
}

static void give(struct reading *r, const char *const *cells)
{
    struct dataset *out = &r->page->rows;
    size_t i;

    for (i = 0; i < out->columns_n; i++)
        dataset_put(out, cells[r->q->select_n > 0 ? r->q->select[i] : i]);
}

/* -- as it comes --------------------------------------------------------- */

/* Row `row` of those that are kept of a part. */
static void take_row(struct reading *r, size_t part, size_t row,
                     const char *const *cells)
{
    const struct odata_token *from = &r->q->token;

    r->page->count++;
    if (part < from->part || (part == from->part && row < from->row) || r->full)
        return;
    if (r->skip > 0) {
        r->skip--;
    } else if (dataset_rows(&r->page->rows) < r->most) {
        give(r, cells);
    } else {
        r->full = true;
        r->page->more = dataset_rows(&r->page->rows) < r->q->top;
        r->page->next = (struct odata_token){part, row};
    }
}

/* -- in an order --------------------------------------------------------- */

struct ordered { /* a row, for qsort() */
    const struct reading *r;
    const char *const *cells;
};

/* No value comes before any (OData, Part 1, 11.2.5.2). */
static int compare_cells(enum column_kind kind, const char *a, const char *b)
{
    double x, y;

    if (a == NULL || b == NULL)
        return (a != NULL) - (b != NULL);
    if (!column_is_number(kind))
        return strcmp(a, b);
    x = strtod(a, NULL);
    y = strtod(b, NULL);
    return (x > y) - (x < y);
}

static int compare_rows(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    const struct odata_query *q = x->r->q;
    size_t i;
    int c;

    for (i = 0; i < q->order_n; i++) {
        size_t at = q->order[i].column;

        c = compare_cells(x->r->set->type->columns[at].kind, x->cells[at],
                          y->cells[at]);
        if (c != 0)
            return q->order[i].down ? -c : c;
    }
    return strcmp(x->cells[0], y->cells[0]); /* the same each time */
}

static void give_in_order(struct reading *r)
{
    size_t n = dataset_rows(&r->all), i, from = r->q->token.row;
    struct ordered *rows = mem_new((n + 1) * sizeof *rows);

    for (i = 0; i < n; i++)
        rows[i] = (struct ordered){
            r, (const char *const *)(r->all.cells + i * r->all.columns_n)};
    qsort(rows, n, sizeof *rows, compare_rows);
    if (from > n || r->skip > n - from)
        from = n;
    else
        from += (size_t)r->skip;
    for (i = from; i < n && i - from < r->most; i++)
        give(r, rows[i].cells);
    r->page->more = i < n && i - from < r->q->top;
    r->page->next = (struct odata_token){0, i};
    free(rows);
}

static void keep_row(struct reading *r, const char *const *cells)
{
    size_t i;

    r->page->count++;
    for (i = 0; i < r->all.columns_n; i++)
        dataset_put(&r->all, cells[i]);
}

/* -- both ---------------------------------------------------------------- */

static enum rc read_part(struct reading *r, size_t part,
                         const struct question_asked *like, struct err *err)
{
    const struct odata_query *q = r->q;
    struct arena mem = {0};
    struct dataset d;
    size_t i, kept = 0;
    enum rc rc = odata_part(r->set, part, q->filter, like, &mem, &d, err);

    for (i = 0; rc == RC_OK && i < dataset_rows(&d); i++) {
        const char *const *cells =
            (const char *const *)(d.cells + i * d.columns_n);

        if (q->filter != NULL && !odata_filter_keeps(q->filter, cells))
            continue;
        if (q->order_n == 0)
            take_row(r, part, kept++, cells);
        else if (dataset_rows(&r->all) < ODATA_ORDERED_ROWS_MAX)
            keep_row(r, cells);
        else
            rc = err_set(err, RC_LIMIT,
                         "more than %d rows cannot be put in an order: name"
                         " fewer with $filter",
                         ODATA_ORDERED_ROWS_MAX);
    }
    arena_free(&mem);
    return rc;
}

enum rc odata_rows(const struct odata_set *set, const struct odata_query *q,
                   const struct question_asked *like, size_t most,
                   struct arena *mem, struct odata_page *out, struct err *err)
{
    struct reading r = {
        .set = set, .q = q, .page = out, .most = most, .skip = q->skip};
    bool all = q->count || q->order_n > 0;
    size_t part = all ? 0 : q->token.part;
    enum rc rc = RC_OK;

    *out = (struct odata_page){.count = 0};
    select_columns(set, q, mem, &out->rows);
    dataset_begin(&r.all, set->type->columns, set->type->columns_n, mem);
    if (r.most > q->top)
        r.most = (size_t)q->top;
    for (; rc == RC_OK && part < set->parts_n && (all || !r.full); part++)
        rc = read_part(&r, part, like, err);
    if (rc == RC_OK && q->order_n > 0)
        give_in_order(&r);
    return rc;
}
