#include "server/odata_sets.h"

#include <string.h>

const char *odata_name(struct arena *mem, const char *text)
{
    char *out = arena_text(mem, text, strlen(text)), *c;

    for (c = out; *c != '\0'; c++)
        if (*c == '-' || *c == '/')
            *c = '_';
    return out;
}

/* -- types --------------------------------------------------------------- */

const struct odata_type *odata_types(struct arena *mem)
{
    struct odata_type *all = arena_new(mem, questions_n * sizeof *all);
    size_t i, k;

    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];
        struct odata_type *t = &all[i];

        t->question = q;
        t->columns[t->columns_n++] = (struct dataset_column){
            "id", {"sleutel", "key"}, COLUMN_TEXT, true};
        for (k = 0; k < q->columns_n && k + 1 < ODATA_COLUMNS_MAX; k++)
            t->columns[t->columns_n++] = q->columns[k];
    }
    return all;
}

/* -- sets ---------------------------------------------------------------- */

/* How much of it the answers of one table have alike: "signal" of
 * "signal/district-2026". */
static size_t folder_length(const struct question_set *s)
{
    const char *slash = strchr(s->file, '/');

    return slash == NULL ? 0 : (size_t)(slash - s->file);
}

static bool same_table(const struct question_set *a,
                       const struct question_set *b)
{
    size_t n = folder_length(a);

    return n == folder_length(b) && memcmp(a->file, b->file, n) == 0;
}

/* Where the answers of one file end. */
static void find_parts(struct odata_set *set, size_t n, struct arena *mem)
{
    size_t i;

    set->parts = arena_new(mem, (n + 1) * sizeof *set->parts);
    for (i = 1; i <= n; i++)
        if (i == n ||
            strcmp(set->answers[i - 1].file, set->answers[i].file) != 0)
            set->parts[set->parts_n++] = i;
}

static struct odata_set make_set(const struct odata_type *t,
                                 const struct question_set *first, size_t n,
                                 struct arena *mem)
{
    const struct label *title = &t->question->title;
    struct odata_set set = {.title = *title, .type = t, .answers = first};
    size_t folder = folder_length(first);

    set.name = odata_name(
        mem, folder == 0 ? t->question->name
                         : arena_printf(mem, "%s_%.*s", t->question->name,
                                        (int)folder, first->file));
    if (first->of != NULL)
        set.title = (struct label){
            arena_printf(mem, "%s: %s", title->nl, first->of->nl),
            arena_printf(mem, "%s: %s", title->en, first->of->en)};
    find_parts(&set, n, mem);
    return set;
}

static size_t tables_in(const struct question_sets *all)
{
    size_t n = 0, i;

    for (i = 0; i < all->n; i++)
        n += i == 0 || !same_table(&all->p[i - 1], &all->p[i]);
    return n;
}

enum rc odata_sets(struct store *s, uint64_t now_ms, struct arena *mem,
                   struct odata_set **out, size_t *n, struct err *err)
{
    const struct odata_type *types = odata_types(mem);
    struct question_asked a = {.store = s, .now_ms = now_ms};
    struct odata_set *list = NULL, *old;
    size_t q, i, k, total = 0;
    enum rc rc = RC_OK;

    for (q = 0; rc == RC_OK && q < questions_n; q++) {
        struct question_sets all = {.mem = mem};

        rc = question_published(questions[q], &a, &all, err);
        if (rc != RC_OK)
            break;
        old = list;
        list = arena_new(mem, (total + tables_in(&all) + 1) * sizeof *list);
        if (total > 0)
            memcpy(list, old, total * sizeof *list);
        for (i = 0; i < all.n; i += k) {
            for (k = 1; i + k < all.n && same_table(&all.p[i], &all.p[i + k]);)
                k++;
            list[total++] = make_set(&types[q], &all.p[i], k, mem);
        }
    }
    if (rc != RC_OK)
        return rc;
    *out = list;
    *n = total;
    return RC_OK;
}

/* -- rows ---------------------------------------------------------------- */

/* Could this answer hold a row that is kept?  What it is asked for stands in
 * all its rows, under the name of the parameter. */
static bool may_hold(const struct odata_type *t, const struct question_set *s,
                     const struct odata_filter *filter)
{
    const struct question *q = t->question;
    size_t p, c;

    for (p = 0; filter != NULL && p < q->params_n; p++)
        for (c = 0; s->values[p] != NULL && c < t->columns_n; c++) {
            const char *must =
                strcmp(t->columns[c].name, q->params[p].name) != 0
                    ? NULL
                    : odata_filter_demands(filter, c);

            if (must != NULL && strcmp(must, s->values[p]) != 0)
                return false;
        }
    return true;
}

static const char *id_of(const struct dataset *d, size_t row)
{
    struct buf b = buf_make(4096);
    const char *out;
    size_t i, n = 0;

    for (i = 0; i < d->columns_n; i++) {
        const char *cell = dataset_cell(d, row, i);

        if (d->columns[i].key)
            buf_printf(&b, "%s%s", n++ > 0 ? ";" : "",
                       cell == NULL ? "" : cell);
    }
    out = arena_text(d->mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

/* The same rows with their key in front. */
static void put_ids(const struct odata_type *t, const struct dataset *d,
                    struct dataset *out)
{
    size_t row, i;

    dataset_begin(out, t->columns, t->columns_n, d->mem);
    for (row = 0; row < dataset_rows(d); row++) {
        dataset_put(out, id_of(d, row));
        for (i = 0; i + 1 < t->columns_n; i++)
            dataset_put(out, dataset_cell(d, row, i));
    }
}

enum rc odata_part(const struct odata_set *set, size_t part,
                   const struct odata_filter *filter,
                   const struct question_asked *like, struct arena *mem,
                   struct dataset *rows, struct err *err)
{
    const struct question *q = set->type->question;
    size_t i = part == 0 ? 0 : set->parts[part - 1];
    struct question_asked a = *like;
    struct dataset all, one;
    enum rc rc = RC_OK;

    dataset_begin(&all, q->columns, q->columns_n, mem);
    for (; rc == RC_OK && i < set->parts[part]; i++) {
        if (!may_hold(set->type, &set->answers[i], filter))
            continue;
        memcpy(a.values, set->answers[i].values, sizeof a.values);
        rc = question_answer(q, &a, mem, &one, err);
        if (rc == RC_NOTFOUND)
            rc = RC_OK; /* nothing is told of that */
        else if (rc == RC_OK)
            dataset_join(&all, &one, set->answers[i].keep);
    }
    if (rc != RC_OK)
        return rc;
    dataset_sort(&all);
    put_ids(set->type, &all, rows);
    return RC_OK;
}
