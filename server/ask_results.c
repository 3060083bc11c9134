/* What was done with signals: their status, where they were forwarded, and
 * what was arranged and came of it. */
#include "server/ask.h"

enum { LAYER, PERIOD };

static const struct question_param params[] = {
    [LAYER] = ASK_PARAM_LAYER("district"),
    [PERIOD] = ASK_PARAM_PERIOD("2026Q3"),
};

static const struct dataset_column columns[] = {
    ASK_COLUMNS_WHERE,
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    {"field", {"veld", "field"}, COLUMN_CODE, true},
    {"fieldName", {"wat", "what"}, COLUMN_TEXT, false},
    {"label", {"code", "code"}, COLUMN_CODE, true},
    {"labelName", {"keuze", "choice"}, COLUMN_TEXT, false},
    ASK_COLUMNS_FIGURE,
    ASK_COLUMNS_SHARE,
};

/* A signal may be forwarded to several: shares of those add up to more. */
static const struct part {
    const char *type, *field;
} parts[] = {
    {"signal", "status"},
    {"signal", "destinations"},
    {"follow-up", "kind"},
    {"follow-up", "status"},
    {"follow-up", "resident_informed"},
};

static void put_row(const struct counts_table *t, const struct counts_row *r,
                    const struct counts_row *whole, enum lang lang,
                    struct dataset *out)
{
    ask_put_where(t, r, out);
    dataset_put(out, t->type->name);
    dataset_put(out, t->field->name);
    dataset_put(out, arena_printf(out->mem, "%s: %s",
                                  label_in(&t->type->label, lang),
                                  label_in(&t->field->label, lang)));
    dataset_put(out, r->label);
    dataset_put(out, ask_label_name(r, lang));
    dataset_figure(out, &r->cell, r->threshold);
    ask_put_share(r, whole, out);
}

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    const char *period = a->values[PERIOD];
    size_t i, k;

    for (i = 0; i < countof(parts); i++) {
        struct counts_query q = {parts[i].type, parts[i].field,
                                 a->values[LAYER], period};
        struct counts_table t;
        bool any = true;
        /* The first says which period it is about. */
        enum rc rc = i == 0 ? counts_ask(a->store, &q, out->mem, &t, err)
                            : ask_told(a, &q, out->mem, &t, &any, err);

        if (rc != RC_OK)
            return rc;
        if (!any || (out->regions != 0 && t.regions != out->regions))
            continue;
        period = t.period;
        ask_about(&t, out);
        for (k = 0; k < t.rows_n; k++)
            if (!t.rows[k].all)
                put_row(&t, &t.rows[k], ask_row(&t, t.rows[k].area, "", true),
                        a->lang, out);
    }
    return RC_OK;
}

static const struct question_plot plot = {
    .label = "labelName",
    .groups = {"areaName", "fieldName"},
    .values = {"count"},
};

const struct question question_results = {
    .name = "results",
    .title = {"Wat er met signalen is gedaan", "What was done with signals"},
    .about = {"Van de signalen van een periode: hun status, waarheen ze zijn"
              " doorgezet, welke vervolgacties er waren en of de bewoner de"
              " uitkomst weet. Deel: van alle signalen of vervolgacties van het"
              " gebied.",
              "Of the signals of a period: their status, where they were"
              " forwarded, which follow-ups there were and whether the resident"
              " knows the outcome. Share: of all signals or follow-ups of the"
              " area."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = PUBLISHED_LARGE,
};
