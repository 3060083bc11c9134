/* All that is decided on together of one type in one year (counts.h): its
 * areas, what is left of them, its periods and columns, and the counts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/counts_int.h"
#include "sync/sys/digest.h"

enum { AREAS_MAX = 4096, PERIODS_MAX = 64, CELLS_MAX = 16 * 1000 * 1000 };

/* -- sets of neighbourhoods ---------------------------------------------- */

struct sets {
    struct arena *mem;
    const struct regions *r;
    size_t places, words; /* one place more than there are: not known where */
    uint64_t *bits;       /* own; of each area, `words` of them */
    struct grouping *areas;
    size_t n;
    bool full;
};

static uint64_t *set_at(const struct sets *s, size_t area)
{
    return &s->bits[area * s->words];
}

static bool has(const uint64_t *set, size_t place)
{
    return set[place / 64] >> place % 64 & 1;
}

static void include(uint64_t *set, size_t place)
{
    set[place / 64] |= UINT64_C(1) << place % 64;
}

/* The same places have the same name, whatever the layer. */
static const char *name_of(const struct sets *s, const struct grouping *g)
{
    struct digest_run *run = digest_begin();
    char hex[DIGEST_HEX_CHARS + 1];
    struct digest d;
    size_t i;

    for (i = 0; i < g->n; i++) {
        digest_add(run, bytes_of(g->members[i] == s->r->places_n
                                     ? "-"
                                     : s->r->places[g->members[i]].code));
        digest_add(run, bytes_of(";"));
    }
    d = digest_end(run);
    return arena_text(s->mem, digest_hex(&d, hex), DIGEST_HEX_CHARS);
}

/* The area of a set, new if there was none; SIZE_MAX: it is empty. */
static size_t add_set(struct sets *s, const uint64_t *set, bool hidden)
{
    struct grouping *g;
    uint32_t *members;
    size_t i;

    for (i = 0; i < s->n; i++)
        if (memcmp(set_at(s, i), set, s->words * sizeof *set) == 0)
            return i;
    for (i = 0; i < s->words && set[i] == 0; i++)
        ;
    if (i == s->words)
        return SIZE_MAX;
    if (s->n == AREAS_MAX) {
        s->full = true;
        return SIZE_MAX;
    }
    memcpy(set_at(s, s->n), set, s->words * sizeof *set);
    g = &s->areas[s->n];
    members = arena_new(s->mem, s->places * sizeof *members);
    for (i = 0; i < s->places; i++)
        if (has(set, i))
            members[g->n++] = (uint32_t)i;
    g->members = members;
    g->hidden = hidden;
    g->name = name_of(s, g);
    return s->n++;
}

static bool within(const struct sets *s, const uint64_t *part,
                   const uint64_t *whole)
{
    size_t i;

    for (i = 0; i < s->words; i++)
        if (part[i] & ~whole[i])
            return false;
    return true;
}

/* What is left of an area without those of one layer that lie in it. */
static void add_rest(struct sets *s, size_t area, const size_t *layer, size_t n,
                     uint64_t *scratch)
{
    size_t i, w;

    memcpy(scratch, set_at(s, area), s->words * sizeof *scratch);
    for (i = 0; i < n; i++)
        if (layer[i] != area && layer[i] != SIZE_MAX &&
            within(s, set_at(s, layer[i]), set_at(s, area)))
            for (w = 0; w < s->words; w++)
                scratch[w] &= ~set_at(s, layer[i])[w];
    add_set(s, scratch, true);
}

/* What two areas that overlap have in common, and each alone. */
static void add_overlap(struct sets *s, size_t a, size_t b, uint64_t *scratch)
{
    const uint64_t *x = set_at(s, a), *y = set_at(s, b);
    bool common = false;
    size_t w;

    for (w = 0; w < s->words; w++)
        common |= (x[w] & y[w]) != 0;
    if (!common || within(s, x, y) || within(s, y, x))
        return;
    for (w = 0; w < s->words; w++)
        scratch[w] = x[w] & y[w];
    add_set(s, scratch, true);
    for (w = 0; w < s->words; w++)
        scratch[w] = x[w] & ~y[w];
    add_set(s, scratch, true);
    for (w = 0; w < s->words; w++)
        scratch[w] = y[w] & ~x[w];
    add_set(s, scratch, true);
}

/* What could be worked out by subtracting one area from another. */
static void add_hidden(struct sets *s, const size_t *area_of, uint64_t *scratch)
{
    const struct regions *r = s->r;
    size_t told = s->n, i, k, from, to;

    for (from = 0; from < r->areas_n; from = to) {
        for (to = from; to < r->areas_n &&
                        strcmp(r->areas[to].layer, r->areas[from].layer) == 0;
             to++)
            ;
        for (i = 0; i < told; i++)
            add_rest(s, i, &area_of[from], to - from, scratch);
    }
    for (i = 0; i < told; i++)
        for (k = i + 1; k < told; k++)
            add_overlap(s, i, k, scratch);
}

static enum rc make_areas(const struct regions *r, struct arena *mem,
                          struct counts_family *out, struct err *err)
{
    struct sets s = {.mem = mem, .r = r, .places = r->places_n + 1};
    uint64_t *scratch;
    size_t i, k;

    s.words = (s.places + 63) / 64;
    s.bits = mem_new(AREAS_MAX * s.words * sizeof *s.bits);
    scratch = mem_new(s.words * sizeof *scratch);
    s.areas = arena_new(mem, AREAS_MAX * sizeof *s.areas);
    out->area_of = arena_new(mem, (r->areas_n + 1) * sizeof *out->area_of);
    for (i = 0; i < s.places; i++)
        include(scratch, i);
    add_set(&s, scratch, false);
    for (i = 0; i < r->areas_n; i++) {
        memset(scratch, 0, s.words * sizeof *scratch);
        for (k = 0; k < r->areas[i].places_n; k++)
            include(scratch, r->areas[i].places[k]);
        out->area_of[i] = add_set(&s, scratch, false);
    }
    add_hidden(&s, out->area_of, scratch);
    free(s.bits);
    free(scratch);
    out->f.places_n = s.places;
    out->f.areas = s.areas;
    out->f.areas_n = s.n;
    return s.full ? err_set(err, RC_LIMIT,
                            "more than %d areas with what is left where they"
                            " overlap: use fewer layers",
                            AREAS_MAX)
                  : RC_OK;
}

/* -- periods ------------------------------------------------------------- */

struct periods {
    struct arena *mem;
    struct counts_family *out;
    struct grouping *p;
};

/* Months `from` to `from + n - 1`, without some of them (hidden then). */
static void add_period(struct periods *p, unsigned from, unsigned n,
                       unsigned without, unsigned without_n, const char *name)
{
    size_t at = p->out->f.periods_n++;
    struct grouping *g = &p->p[at];
    uint32_t *members = arena_new(p->mem, n * sizeof *members);
    unsigned m;

    for (m = from; m < from + n; m++)
        if (m < without || m >= without + without_n)
            members[g->n++] = m;
    g->members = members;
    g->hidden = without_n > 0;
    g->name = name;
    p->out->period_names[at] = g->hidden ? NULL : name;
}

static void make_periods(unsigned year, unsigned months, struct arena *mem,
                         struct counts_family *out)
{
    struct periods p = {mem, out,
                        arena_new(mem, PERIODS_MAX * sizeof(struct grouping))};
    unsigned q, m;

    out->period_names = arena_new(mem, PERIODS_MAX * sizeof *out->period_names);
    if (months == MONTHS_A_YEAR)
        add_period(&p, 0, months, 0, 0, arena_printf(mem, "%u", year));
    for (q = 0; q < months / 3; q++)
        add_period(&p, 3 * q, 3, 0, 0, arena_printf(mem, "%uQ%u", year, q + 1));
    for (m = 0; m < months; m++)
        add_period(&p, m, 1, 0, 0, arena_printf(mem, "%u-%02u", year, m + 1));
    for (q = 0; q < months / 3; q++) {
        if (months == MONTHS_A_YEAR)
            add_period(&p, 0, months, 3 * q, 3,
                       arena_printf(mem, "%u but Q%u", year, q + 1));
        for (m = 3 * q; m < 3 * q + 3; m++)
            add_period(&p, 3 * q, 3, m, 1,
                       arena_printf(mem, "%uQ%u but %02u", year, q + 1, m + 1));
    }
    out->f.months_n = months;
    out->f.periods = p.p;
}

/* -- columns and counts -------------------------------------------------- */

static void make_columns(const struct count_kind *k, struct arena *mem,
                         struct family *f)
{
    struct column *columns = arena_new(mem, k->columns_n * sizeof *columns);
    struct label_field *fields =
        arena_new(mem, (k->fields_n + 1) * sizeof *fields);
    size_t i;

    for (i = 0; i < k->columns_n; i++) {
        const struct count_field *field = counts_field_of(k, i);
        const struct shape_choice *choice = counts_choice_of(k, i);

        columns[i].sensitive = choice != NULL && choice->sensitivity > 0;
        columns[i].name =
            field == NULL ? k->type->name
                          : arena_printf(mem, "%s/%s/%s", k->type->name,
                                         field->field->name,
                                         choice == NULL ? "" : choice->code);
    }
    for (i = 0; i < k->fields_n; i++)
        fields[i] = k->fields[i].labels;
    f->columns = columns;
    f->columns_n = k->columns_n;
    f->fields = fields;
    f->fields_n = k->fields_n;
}

/* The column of a label; columns_n: it is not counted by any more. */
static size_t column_of(const struct count_kind *k, const char *field,
                        const char *label)
{
    const struct count_field *f;
    const struct shape_choice *c;
    size_t i;

    if (field[0] == '\0')
        return 0;
    for (i = 0; i < k->fields_n && strcmp(k->fields[i].field->name, field) != 0;
         i++)
        ;
    if (i == k->fields_n)
        return k->columns_n;
    f = &k->fields[i];
    if (label[0] == '\0')
        return f->labels.first + f->labels.n - 1;
    c = shape_choice_coded(f->field->list, bytes_of(label));
    return c == NULL ? k->columns_n
                     : f->labels.first + (size_t)(c - f->field->list->choices);
}

static size_t place_named(const struct regions *r, const char *code)
{
    char yearly[64];
    int n = snprintf(yearly, sizeof yearly, "%u%s", r->year, code);

    return code[0] == '\0' || n >= (int)sizeof yearly
               ? r->places_n
               : regions_coded(r, bytes_of(yearly));
}

static enum rc load_counts(struct store *s, const struct regions *r,
                           const struct count_kind *k, struct counts_family *c,
                           struct arena *mem, struct err *err)
{
    struct family *f = &c->f;
    int64_t first = month_number((int)c->year, 1);
    size_t n = f->places_n * f->months_n * f->columns_n;
    uint32_t *counts = arena_new(mem, n * sizeof *counts);
    struct who *who = arena_new(mem, n * sizeof *who);
    struct db_query *q = db_query(
        s->db, SQL("SELECT month, place, field, label, n, who FROM count_part"
                   " WHERE type = :type AND month >= :first"
                   " AND month < :first + :months"));

    db_bind_text(q, "type", k->type->name);
    db_bind_i64(q, "first", first);
    db_bind_i64(q, "months", (int64_t)f->months_n);
    while (db_row(q)) {
        size_t column = column_of(k, db_text(q, "field"), db_text(q, "label"));
        size_t place = place_named(r, db_text(q, "place")), at;
        struct who some = counts_who(db_blob(q, "who"));

        if (column == f->columns_n)
            continue;
        at =
            family_atom(f, place, (size_t)(db_i64(q, "month") - first), column);
        counts[at] += (uint32_t)db_i64(q, "n");
        who_join(&who[at], &some);
    }
    f->counts = counts;
    f->who = who;
    return db_done(q, err);
}

/* -- what was said before ------------------------------------------------ */

static size_t named(const struct grouping *g, size_t n, const char *name)
{
    size_t i;

    for (i = 0; i < n && (g[i].hidden || strcmp(g[i].name, name) != 0); i++)
        ;
    return i;
}

/* All of the months that the last state knew: told, if only that it is small.
 */
static enum rc mark_small(struct store *s, const struct count_kind *k,
                          const struct counts_family *c, uint8_t *before,
                          struct err *err)
{
    const struct family *f = &c->f;
    size_t months = 0, area, period, last;
    struct db_query *q =
        db_query(s->db, SQL("SELECT months FROM count_state"
                            " WHERE type = :type AND year = :year"));

    db_bind_text(q, "type", k->type->name);
    db_bind_i64(q, "year", c->year);
    if (db_row(q))
        months = (size_t)db_i64(q, "months");
    for (area = 0; area < f->areas_n; area++)
        for (period = 0; period < f->periods_n; period++) {
            const struct grouping *p = &f->periods[period];

            last = p->members[p->n - 1];
            if (!f->areas[area].hidden && !p->hidden && last < months)
                memset(&before[family_cell(f, area, period, 0)], BEFORE_SMALL,
                       f->columns_n);
        }
    return db_done(q, err);
}

static enum rc mark_cells(struct store *s, const struct count_kind *k,
                          const struct counts_family *c, uint8_t *before,
                          struct arena *mem, struct err *err)
{
    const struct family *f = &c->f;
    const char *last = "";
    size_t area = f->areas_n;
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT r.cell AS cell, c.period AS period, l.field AS field,"
            " l.label AS label, c.told AS told FROM count_cell c"
            " JOIN count_region r ON r.type = c.type AND r.year = c.year"
            " AND r.area = c.area"
            " JOIN count_column l ON l.type = c.type AND l.year = c.year"
            " AND l.number = c.number"
            " WHERE c.type = :type AND c.year = :year ORDER BY r.cell"));

    db_bind_text(q, "type", k->type->name);
    db_bind_i64(q, "year", c->year);
    while (db_row(q)) {
        size_t column = column_of(k, db_text(q, "field"), db_text(q, "label"));
        size_t period = named(f->periods, f->periods_n, db_text(q, "period"));
        const char *cell = db_text(q, "cell");

        if (strcmp(cell, last) != 0) {
            last = arena_text(mem, cell, strlen(cell));
            area = named(f->areas, f->areas_n, last);
        }
        if (area < f->areas_n && period < f->periods_n && column < f->columns_n)
            before[family_cell(f, area, period, column)] =
                db_i64(q, "told") != 0 ? BEFORE_FREE : BEFORE_WITHHELD;
    }
    return db_done(q, err);
}

static enum rc load_before(struct store *s, const struct count_kind *k,
                           struct counts_family *c, struct arena *mem,
                           struct err *err)
{
    uint8_t *before = arena_new(mem, family_cells(&c->f) + 1);
    enum rc rc = mark_small(s, k, c, before, err);

    if (rc == RC_OK)
        rc = mark_cells(s, k, c, before, mem, err);
    c->f.before = before;
    return rc;
}

enum rc counts_family(struct store *s, const struct regions *r,
                      const struct count_kind *k, unsigned year,
                      unsigned months, struct arena *mem,
                      struct counts_family *out, struct err *err)
{
    struct counts_family c = {.year = year};
    enum rc rc = make_areas(r, mem, &c, err);

    if (rc != RC_OK)
        return rc;
    make_periods(year, months, mem, &c);
    make_columns(k, mem, &c.f);
    if (family_cells(&c.f) > CELLS_MAX)
        return err_set(err, RC_LIMIT,
                       "%zu cells of %s in %u are too many to decide on: use"
                       " fewer layers",
                       family_cells(&c.f), k->type->name, year);
    rc = load_counts(s, r, k, &c, mem, err);
    if (rc == RC_OK)
        rc = load_before(s, k, &c, mem, err);
    if (rc == RC_OK)
        *out = c;
    return rc;
}
