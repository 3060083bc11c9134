/* Which answers of a question are published (question.h). */
#include <inttypes.h>
#include <string.h>

#include "server/ask.h"

struct publishing {
    const struct question *q;
    size_t type, field, layer, period; /* parameters; params_n: it has none */
    struct question_sets *sets;
    const struct count_kind *kinds;
    size_t kinds_n;
};

struct year {                      /* of what something is told */
    const struct count_kind *kind; /* NULL: of any type */
    const char *number, *layer;
    unsigned months;
};

/* One more; the caller sets its values. */
static struct question_set *add_set(struct question_sets *sets,
                                    const char *file, const struct label *of)
{
    struct question_set *s;

    if (sets->n == sets->cap) {
        struct question_set *old = sets->p;

        sets->cap = 2 * sets->cap + 16;
        sets->p = arena_new(sets->mem, sets->cap * sizeof *sets->p);
        if (sets->n > 0)
            memcpy(sets->p, old, sets->n * sizeof *old);
    }
    s = &sets->p[sets->n++];
    *s = (struct question_set){
        .file = arena_text(sets->mem, file, strlen(file)), .of = of};
    return s;
}

static bool is_small(const struct year *y, const char *period)
{
    return strchr(period, '-') != NULL ||
           (y->layer != NULL && strcmp(y->layer, LAYER_NEIGHBOURHOOD) == 0);
}

static void add_one(const struct publishing *p, const struct year *y,
                    const char *file, const char *period, const char *field)
{
    struct question_set *s =
        add_set(p->sets, file, y->kind == NULL ? NULL : &y->kind->type->label);

    if (y->kind != NULL)
        s->values[p->type] = y->kind->type->name;
    if (p->field < p->q->params_n)
        s->values[p->field] = field;
    s->values[p->layer] = y->layer;
    s->values[p->period] = period;
    s->keep = is_small(y, period) && p->q->keep_small != NULL ? p->q->keep_small
                                                              : p->q->keep;
}

/* All records, then by each field. */
static void add_period(const struct publishing *p, const struct year *y,
                       const char *file, const char *period)
{
    size_t i;

    if (is_small(y, period) && p->q->published != PUBLISHED_ALL)
        return;
    add_one(p, y, file, period, NULL);
    for (i = 0; p->field < p->q->params_n && i < y->kind->fields_n; i++)
        add_one(p, y, file, period, y->kind->fields[i].field->name);
}

/* Months in a file of their own: they are many. */
static void add_year(const struct publishing *p, const struct year *y)
{
    struct arena *mem = p->sets->mem;
    const char *file = arena_printf(
        mem, "%s%s%s-%s", y->kind == NULL ? "" : y->kind->type->name,
        y->kind == NULL ? "" : "/", y->layer == NULL ? "town" : y->layer,
        y->number);
    unsigned i;

    if (y->months == MONTHS_A_YEAR)
        add_period(p, y, file, y->number);
    for (i = 1; i <= y->months / MONTHS_A_QUARTER; i++)
        add_period(p, y, file, arena_printf(mem, "%sQ%u", y->number, i));
    file = arena_printf(mem, "%s-months", file);
    for (i = 1; i <= y->months; i++)
        add_period(p, y, file, arena_printf(mem, "%s-%02u", y->number, i));
}

static const struct count_kind *kind_named(const struct publishing *p,
                                           const char *name)
{
    size_t i;

    for (i = 0; i < p->kinds_n; i++)
        if (strcmp(p->kinds[i].type->name, name) == 0)
            return &p->kinds[i];
    return NULL; /* no longer for analysts */
}

static enum rc add_years(const struct publishing *p, struct db_query *q,
                         struct err *err)
{
    struct arena *mem = p->sets->mem;
    bool typed = p->type < p->q->params_n;

    db_bind_i64(q, "typed", typed);
    while (db_row(q)) {
        const char *layer = db_text(q, "layer");
        struct year y = {
            .kind = typed ? kind_named(p, db_text(q, "type")) : NULL,
            .number = arena_printf(mem, "%" PRId64, db_i64(q, "year")),
            .layer =
                layer[0] == '\0' ? NULL : arena_text(mem, layer, strlen(layer)),
            .months = (unsigned)db_i64(q, "months")};

        if (!typed || y.kind != NULL)
            add_year(p, &y);
    }
    return db_done(q, err);
}

static enum rc publish_by_layer(const struct question *q,
                                const struct question_asked *a,
                                struct question_sets *sets, struct err *err)
{
    struct publishing p = {.q = q,
                           .type = question_param_named(q, "type"),
                           .field = question_param_named(q, "field"),
                           .layer = question_param_named(q, "layer"),
                           .period = question_param_named(q, "period"),
                           .sets = sets};
    struct count_kind *kinds;

    counts_kinds(a->store->shape, sets->mem, &kinds, &p.kinds_n);
    p.kinds = kinds;
    return add_years(
        &p,
        db_query(a->store->db,
                 SQL("SELECT CASE WHEN :typed THEN s.type ELSE '' END AS kind,"
                     " min(s.type) AS type, s.year AS year,"
                     " max(s.months) AS months, r.layer AS layer"
                     " FROM count_state s JOIN count_region r"
                     " ON r.type = s.type AND r.year = s.year"
                     " GROUP BY kind, s.year, r.layer"
                     " ORDER BY kind, s.year, r.layer")),
        err);
}

enum rc question_published(const struct question *q,
                           const struct question_asked *a,
                           struct question_sets *sets, struct err *err)
{
    switch (q->published) {
    case PUBLISHED_ONCE: (void)add_set(sets, q->name, NULL); break;
    case PUBLISHED_NEVER: break;
    case PUBLISHED_LARGE:
    case PUBLISHED_ALL: return publish_by_layer(q, a, sets, err);
    }
    return RC_OK;
}
