/* How many: counts by one field and one layer. */
#include "server/counts.h"
#include "server/question.h"

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

static const struct dataset_column columns[] = {
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    {"period", {"periode", "period"}, COLUMN_PERIOD, true},
    {"layer", {"laag", "layer"}, COLUMN_CODE, true},
    {"area", {"gebied", "area"}, COLUMN_CODE, true},
    {"areaName", {"naam", "name"}, COLUMN_TEXT, false},
    {"field", {"veld", "field"}, COLUMN_CODE, true},
    {"label", {"code", "code"}, COLUMN_CODE, true},
    {"labelName", {"keuze", "choice"}, COLUMN_TEXT, false},
    {"count", {"aantal", "count"}, COLUMN_FIGURE, false},
    {"below", {"onder", "below"}, COLUMN_BELOW, false},
    {"status", {"status", "status"}, COLUMN_STATUS, false},
};

static void put_row(const struct counts_table *t, const struct counts_row *r,
                    enum lang lang, struct dataset *out)
{
    static const struct label all = {"alles", "all"};
    static const struct label none = {"niet ingevuld", "not filled in"};
    const struct label *name = r->all                ? &all
                               : r->label[0] == '\0' ? &none
                                                     : r->label_name;

    dataset_put(out, t->type->name);
    dataset_put(out, t->period);
    dataset_put(out, t->layer);
    dataset_put(out, t->layer == NULL ? NULL : r->area);
    dataset_put(out, t->layer == NULL ? NULL : r->area_name);
    dataset_put(out, r->all ? NULL : t->field->name);
    dataset_put(out, r->all ? NULL : r->label);
    dataset_put(out, t->field == NULL ? NULL
                     : name == NULL   ? r->label
                                      : label_in(name, lang));
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
    out->layer = t.layer;
    out->regions = t.layer == NULL ? 0 : t.regions;
    out->at_ms = t.at_ms;
    out->final = t.final;
    for (i = 0; i < t.rows_n; i++)
        put_row(&t, &t.rows[i], a->lang, out);
    return RC_OK;
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
    .answer = answer,
};
