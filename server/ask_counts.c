/* How many: counts by one field and one layer. */
#include <inttypes.h>
#include <string.h>

#include "server/ask.h"

enum { TYPE, FIELD, LAYER, PERIOD };

static const struct question_param params[] = {
    [TYPE] = {"type", {"soort gegeven", "record type"}, "signal", true},
    [FIELD] = {"field", {"veld waarnaar", "field by which"}, "themes", false},
    [LAYER] = {"layer",
               {"laag van gebieden", "layer of areas"},
               "district",
               false},
    [PERIOD] = {"period", {"periode", "period"}, "2026Q3", false},
};

enum { FIELD_COLUMN = 5, STATUS_COLUMN = 10 };

static const struct dataset_column columns[] = {
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    ASK_COLUMNS_WHERE,
    [FIELD_COLUMN] = {"field", {"veld", "field"}, COLUMN_CODE, true},
    {"label", {"code", "code"}, COLUMN_CODE, true},
    {"labelName", {"keuze", "choice"}, COLUMN_TEXT, false},
    ASK_COLUMNS_FIGURE,
};

static void put_row(const struct counts_table *t, const struct counts_row *r,
                    enum lang lang, struct dataset *out)
{
    dataset_put(out, t->type->name);
    ask_put_where(t, r, out);
    dataset_put(out, r->all ? NULL : t->field->name);
    dataset_put(out, r->all ? NULL : r->label);
    dataset_put(out, t->field == NULL ? NULL : ask_label_name(r, lang));
    dataset_figure(out, &r->cell, r->threshold);
}

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    struct counts_query q = {a->values[TYPE], a->values[FIELD],
                             a->values[LAYER], a->values[PERIOD]};
    struct counts_table t;
    enum rc rc = counts_ask(a->store, &q, out->mem, &t, err);
    size_t i;

    if (rc != RC_OK)
        return rc;
    ask_about(&t, out);
    for (i = 0; i < t.rows_n; i++)
        put_row(&t, &t.rows[i], a->lang, out);
    return RC_OK;
}

static const struct question_plot plot = {
    .label = "labelName",
    .part = "field",
    .groups = {"areaName"},
    .values = {"count"},
};

/* -- what is published --------------------------------------------------- */

enum { MONTHS = 12 };

struct year { /* of what a type is told */
    const struct count_kind *kind;
    const char *number;
    unsigned months;
};

struct publishing {
    struct question_sets *sets;
    const struct count_kind *kinds;
    size_t kinds_n;
};

/* Of single neighbourhoods and single months few figures are told, and there
 * are a hundred times as many that are not: only what is told, and the total
 * of each area. */
static bool told_or_total(const struct dataset *d, size_t row)
{
    return dataset_cell(d, row, FIELD_COLUMN) == NULL ||
           dataset_cell(d, row, STATUS_COLUMN)[0] ==
               cell_status_letter(CELL_FREE);
}

/* All records, then by each field: of one period and one layer. */
static void add_period(const struct publishing *p, const struct year *y,
                       const char *layer, const char *file, const char *period)
{
    bool few = strchr(period, '-') != NULL ||
               (layer != NULL && strcmp(layer, LAYER_NEIGHBOURHOOD) == 0);
    size_t i;

    for (i = 0; i <= y->kind->fields_n; i++) {
        struct question_set *s =
            question_sets_add(p->sets, file, &y->kind->type->label);

        s->values[TYPE] = y->kind->type->name;
        s->values[FIELD] = i == 0 ? NULL : y->kind->fields[i - 1].field->name;
        s->values[LAYER] = layer;
        s->values[PERIOD] = period;
        s->keep = few ? told_or_total : NULL;
    }
}

/* Months in a file of their own: they are many. */
static void add_layer(const struct publishing *p, const struct year *y,
                      const char *layer)
{
    struct arena *mem = p->sets->mem;
    const char *file = arena_printf(mem, "%s/%s-%s", y->kind->type->name,
                                    layer == NULL ? "town" : layer, y->number);
    unsigned i;

    if (y->months == MONTHS)
        add_period(p, y, layer, file, y->number);
    for (i = 1; i <= y->months / 3; i++)
        add_period(p, y, layer, file, arena_printf(mem, "%sQ%u", y->number, i));
    file = arena_printf(mem, "%s-months", file);
    for (i = 1; i <= y->months; i++)
        add_period(p, y, layer, file,
                   arena_printf(mem, "%s-%02u", y->number, i));
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

static enum rc published(const struct question_asked *a,
                         struct question_sets *sets, struct err *err)
{
    struct publishing p = {.sets = sets};
    struct count_kind *kinds;
    struct db_query *q = db_query(
        a->store->db, SQL("SELECT DISTINCT s.type AS type, s.year AS year,"
                          " s.months AS months, r.layer AS layer"
                          " FROM count_state s JOIN count_region r"
                          " ON r.type = s.type AND r.year = s.year"
                          " ORDER BY s.type, s.year, r.layer"));

    counts_kinds(a->store->shape, sets->mem, &kinds, &p.kinds_n);
    p.kinds = kinds;
    while (db_row(q)) {
        struct year y = {
            .kind = kind_named(&p, db_text(q, "type")),
            .number = arena_printf(sets->mem, "%" PRId64, db_i64(q, "year")),
            .months = (unsigned)db_i64(q, "months")};
        const char *layer = db_text(q, "layer");

        if (y.kind != NULL)
            add_layer(&p, &y,
                      layer[0] == '\0'
                          ? NULL
                          : arena_text(sets->mem, layer, strlen(layer)));
    }
    return db_done(q, err);
}

const struct question question_counts = {
    .name = "counts",
    .title = {"Aantallen", "Counts"},
    .about = {"Hoeveel er van een soort is vastgelegd, naar een veld en een"
              " laag van gebieden; telt gegevens, geen vermeldingen.",
              "How many of a type were recorded, by a field and a layer of"
              " areas; counts records, not mentions."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = published,
};
