#include "server/disclosure.h"

#include <stdlib.h>
#include <string.h>

#include "server/disclosure_audit.h"
#include "sync/sys/digest.h"

const struct disclosure_rules disclosure_rules = {.threshold = 5,
                                                  .threshold_two = 10,
                                                  .protect = 4,
                                                  .collectors = 3,
                                                  .one_in = 4};

void who_add(struct who *w, uint32_t collector)
{
    size_t i;

    if (collector == 0)
        w->unknown = true;
    for (i = 0; collector != 0 && i < DISCLOSURE_WHO; i++) {
        if (w->p[i] == collector)
            return;
        if (w->p[i] == 0) {
            w->p[i] = collector;
            return;
        }
    }
}

void who_join(struct who *w, const struct who *other)
{
    size_t i;

    w->unknown |= other->unknown;
    for (i = 0; i < DISCLOSURE_WHO && other->p[i] != 0; i++)
        who_add(w, other->p[i]);
}

size_t family_atom(const struct family *f, size_t place, size_t month,
                   size_t column)
{
    return (place * f->months_n + month) * f->columns_n + column;
}

size_t family_cell(const struct family *f, size_t area, size_t period,
                   size_t column)
{
    return (area * f->periods_n + period) * f->columns_n + column;
}

size_t family_cells(const struct family *f)
{
    return f->areas_n * f->periods_n * f->columns_n;
}

char cell_status_letter(enum cell_status s)
{
    switch (s) {
    case CELL_SMALL: return 'C';
    case CELL_WITHHELD: return 'D';
    case CELL_FREE: return 'F';
    }
    return '?';
}

unsigned disclosure_threshold(const struct family *f,
                              const struct disclosure_rules *r, size_t area,
                              size_t column)
{
    bool two = area != 0 && column != 0;

    return two || f->columns[column].sensitive ? r->threshold_two
                                               : r->threshold;
}

void disclosure_range(const struct cell *c, unsigned threshold, uint32_t *lo,
                      uint32_t *hi)
{
    *lo = 0;
    *hi = UINT32_MAX;
    if (c->status == CELL_SMALL)
        *hi = threshold - 1;
    if (c->status != CELL_FREE)
        return;
    if (c->figure >= DISCLOSURE_BASE)
        *lo = c->figure - (DISCLOSURE_BASE - 1);
    if (*lo < threshold)
        *lo = threshold;
    *hi = c->figure + (DISCLOSURE_BASE - 1);
}

/* What the key draws for a cell: the same for ever. */
static uint64_t drawn(struct bytes key, const char *what, const char *area,
                      const char *period, const char *column)
{
    struct buf b = buf_make(SIZE_MAX);
    struct digest d;
    uint64_t out;

    buf_printf(&b, "%s\n%s\n%s\n%s", what, area, period, column);
    d = digest_hmac(key, buf_view(&b));
    buf_free(&b);
    memcpy(&out, d.b, sizeof out);
    return out;
}

enum cell_status disclosure_small(const struct disclosure_rules *r,
                                  struct bytes key, const char *area,
                                  const char *period, const char *column)
{
    uint64_t v = drawn(key, "mark", area, period, column);

    return r->one_in > 0 && v % r->one_in == 0 ? CELL_WITHHELD : CELL_SMALL;
}

static uint32_t rounded(uint32_t n, uint64_t draw)
{
    uint32_t r = (uint32_t)(draw % DISCLOSURE_BASE);

    return (n + r) / DISCLOSURE_BASE * DISCLOSURE_BASE;
}

struct deciding {
    const struct family *f;
    const struct disclosure_rules *r;
    struct bytes key;
    uint32_t *n; /* own; by cell */
};

static uint32_t count_cell(const struct family *f, const struct grouping *area,
                           const struct grouping *period, size_t column,
                           struct who *who)
{
    uint32_t n = 0;
    size_t i, k;

    for (i = 0; i < area->n; i++)
        for (k = 0; k < period->n; k++) {
            size_t at =
                family_atom(f, area->members[i], period->members[k], column);

            n += f->counts[at];
            if (f->who != NULL && f->counts[at] > 0)
                who_join(who, &f->who[at]);
        }
    return n;
}

/* Does it tell of a whole group? */
static bool one_sided(const struct deciding *d, size_t area, size_t period,
                      size_t column)
{
    const struct family *f = d->f;
    uint64_t n = d->n[family_cell(f, area, period, column)];

    if (!f->columns[column].sensitive)
        return false;
    if (10 * n > 9 * (uint64_t)d->n[family_cell(f, area, period, 0)])
        return true;
    return area != 0 &&
           10 * n > 9 * (uint64_t)d->n[family_cell(f, 0, period, column)];
}

static bool was_withheld(const struct deciding *d, size_t area, size_t period,
                         size_t column)
{
    const struct family *f = d->f;
    size_t at = family_cell(f, area, period, column);

    if (f->before == NULL)
        return false;
    return f->before[at] == BEFORE_WITHHELD ||
           (f->before[at] == BEFORE_SMALL &&
            disclosure_small(d->r, d->key, f->areas[area].name,
                             f->periods[period].name,
                             f->columns[column].name) == CELL_WITHHELD);
}

static struct cell decide_cell(const struct deciding *d, size_t area,
                               size_t period, size_t column,
                               const struct who *who)
{
    const struct family *f = d->f;
    const char *a = f->areas[area].name, *p = f->periods[period].name;
    const char *c = f->columns[column].name;
    uint32_t n = d->n[family_cell(f, area, period, column)];
    bool few = f->who != NULL && !who->unknown && d->r->collectors > 0 &&
               d->r->collectors <= DISCLOSURE_WHO &&
               who->p[d->r->collectors - 1] == 0;

    if (f->areas[area].hidden || f->periods[period].hidden)
        return (struct cell){.status = CELL_WITHHELD};
    if (was_withheld(d, area, period, column))
        return (struct cell){.status = CELL_WITHHELD};
    if (n < disclosure_threshold(f, d->r, area, column))
        return (struct cell){.status = disclosure_small(d->r, d->key, a, p, c)};
    if (few || one_sided(d, area, period, column))
        return (struct cell){.status = CELL_WITHHELD};
    return (struct cell){.status = CELL_FREE,
                         .figure = rounded(n, drawn(d->key, "round", a, p, c))};
}

static void count_stats(const struct family *f, const struct cell *cells,
                        struct disclosure_stats *stats)
{
    size_t a, p, c;

    for (a = 0; a < f->areas_n; a++)
        for (p = 0; p < f->periods_n; p++)
            for (c = 0; c < f->columns_n; c++) {
                const struct cell *one = &cells[family_cell(f, a, p, c)];

                if (f->areas[a].hidden || f->periods[p].hidden)
                    continue;
                stats->free += one->status == CELL_FREE;
                stats->small += one->status == CELL_SMALL;
                stats->withheld += one->status == CELL_WITHHELD;
            }
}

bool disclosure_decide(const struct family *f, const struct disclosure_rules *r,
                       struct bytes key, const struct disclosure_stop *stop,
                       struct cell *cells, struct disclosure_stats *stats)
{
    struct deciding d = {f, r, key, NULL};
    struct who *who;
    bool done;
    size_t a, p, c, at;

    memset(stats, 0, sizeof *stats);
    d.n = mem_new(family_cells(f) * sizeof *d.n);
    who = mem_new(family_cells(f) * sizeof *who);
    for (a = 0; a < f->areas_n; a++)
        for (p = 0; p < f->periods_n; p++)
            for (c = 0; c < f->columns_n; c++) {
                at = family_cell(f, a, p, c);
                d.n[at] =
                    count_cell(f, &f->areas[a], &f->periods[p], c, &who[at]);
            }
    for (a = 0; a < f->areas_n; a++)
        for (p = 0; p < f->periods_n; p++)
            for (c = 0; c < f->columns_n; c++) {
                at = family_cell(f, a, p, c);
                cells[at] = decide_cell(&d, a, p, c, &who[at]);
            }
    done = disclosure_audit(f, r, stop, cells, stats);
    count_stats(f, cells, stats);
    mem_wipe(d.n, family_cells(f) * sizeof *d.n);
    free(d.n);
    free(who);
    return done;
}
