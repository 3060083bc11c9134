/*
 * How far street rounds came: what came of visits to doors, without saying
 * which door.  A visit is one attempt; a door may be visited again.
 */

#include "server/ask.h"

enum { LAYER, PERIOD };

static const struct question_param params[] = {
    [LAYER] = ASK_PARAM_LAYER("neighbourhood"),
    [PERIOD] = ASK_PARAM_PERIOD("2026Q3"),
};

static const struct dataset_column columns[] = {
    ASK_COLUMNS_WHERE,
    {"result", {"code", "code"}, COLUMN_CODE, true},
    {"resultName", {"resultaat", "result"}, COLUMN_TEXT, false},
    ASK_COLUMNS_FIGURE,
    ASK_COLUMNS_SHARE,
};

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    struct counts_query q = {"door-visit", "result", a->values[LAYER],
                             a->values[PERIOD]};
    struct counts_table t;
    enum rc rc = counts_ask(a->store, &q, out->mem, &t, err);
    size_t i;

    if (rc != RC_OK)
        return rc;
    ask_about(&t, out);
    for (i = 0; i < t.rows_n; i++) {
        const struct counts_row *r = &t.rows[i];

        if (r->all)
            continue;
        ask_put_where(&t, r, out);
        dataset_put(out, r->label);
        dataset_put(out, ask_label_name(r, a->lang));
        dataset_figure(out, &r->cell, r->threshold);
        ask_put_share(r, ask_row(&t, r->area, "", true), out);
    }
    return RC_OK;
}

static const struct question_plot plot = {
    .label = "resultName",
    .groups = {"areaName"},
    .values = {"count"},
};

const struct question question_coverages = {
    .name = "coverages",
    .title = {"Bereik van straatrondes", "Coverage of street rounds"},
    .about = {"Hoe deurbezoeken afliepen: gesprek, niet thuis, wil niet, en de"
              " rest. Een bezoek is één poging; wie vaker niet thuis was, telt"
              " vaker.",
              "How door visits went: conversation, no one home, refused, and"
              " the rest. A visit is one attempt; who was out several times"
              " counts several times."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = PUBLISHED_ALL,
};
