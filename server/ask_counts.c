/* How many: counts by one field and one layer. */
#include "server/ask.h"

enum { TYPE, FIELD, LAYER, PERIOD };

static const struct question_param params[] = {
    [TYPE] = ASK_PARAM_TYPE,
    [FIELD] = ASK_PARAM_FIELD,
    [LAYER] = ASK_PARAM_LAYER("district"),
    [PERIOD] = ASK_PARAM_PERIOD("2026Q3"),
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

/* Of single neighbourhoods and single months few figures are told, and there
 * are a hundred times as many that are not: only what is told, and the total
 * of each area. */
static bool told_or_total(const struct dataset *d, size_t row)
{
    return dataset_cell(d, row, FIELD_COLUMN) == NULL ||
           dataset_cell(d, row, STATUS_COLUMN)[0] ==
               cell_status_letter(CELL_FREE);
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
    .published = PUBLISHED_ALL,
    .keep_small = told_or_total,
};
