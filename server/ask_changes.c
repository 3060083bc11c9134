/*
 * What is new and what grew: one period against the one before, and against
 * the same a year earlier.
 *
 * "grew" and "fell" are said only where the whole interval (range_ratio(),
 * 95 %) lies on one side of no change; "new" only where it was below the
 * threshold before, and is told now.  Of what was withheld nothing is said: a
 * quarter of what is small is withheld too (disclosure.h).  Of forty lines in
 * which nothing changed one may still say that it grew or fell.
 */
#include "server/ask.h"

enum { TYPE, FIELD, LAYER, PERIOD };

static const struct question_param params[] = {
    [TYPE] = ASK_PARAM_TYPE,
    [FIELD] = ASK_PARAM_FIELD,
    [LAYER] = ASK_PARAM_LAYER("district"),
    [PERIOD] = ASK_PARAM_PERIOD("2026Q3"),
};

static const struct dataset_column columns[] = {
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    ASK_COLUMNS_WHERE,
    {"comparedWith", {"vergeleken met", "compared with"}, COLUMN_PERIOD, true},
    {"field", {"veld", "field"}, COLUMN_CODE, true},
    {"label", {"code", "code"}, COLUMN_CODE, true},
    {"labelName", {"keuze", "choice"}, COLUMN_TEXT, false},
    ASK_COLUMNS_FIGURE,
    {"before", {"eerder", "before"}, COLUMN_FIGURE, false},
    {"beforeBelow", {"eerder onder", "before below"}, COLUMN_BELOW, false},
    {"beforeStatus", {"status eerder", "status before"}, COLUMN_STATUS, false},
    {"differenceLow",
     {"verschil minstens", "difference at least"},
     COLUMN_INTEGER,
     false},
    {"differenceHigh",
     {"verschil hoogstens", "difference at most"},
     COLUMN_INTEGER,
     false},
    {"growth", {"groei (%)", "growth (%)"}, COLUMN_DECIMAL, false},
    {"growthLow",
     {"groei vanaf (%)", "growth from (%)"},
     COLUMN_DECIMAL,
     false},
    {"growthHigh",
     {"groei tot (%)", "growth up to (%)"},
     COLUMN_DECIMAL,
     false},
    {"change", {"code verandering", "change code"}, COLUMN_CODE, false},
    {"changeName", {"verandering", "change"}, COLUMN_TEXT, false},
};

/* -- one line ----------------------------------------------------------- */

enum change { UNCLEAR, NEW, GREW, FELL };

static const struct {
    const char *code;
    struct label name;
} changes[] = {
    [UNCLEAR] = {"unclear", {"niet te zeggen", "cannot be said"}},
    [NEW] = {"new", {"nieuw", "new"}},
    [GREW] = {"grew", {"gegroeid", "grew"}},
    [FELL] = {"fell", {"gedaald", "fell"}},
};

static enum change change_of(const struct counts_row *now,
                             const struct counts_row *before,
                             const struct between *ratio)
{
    if (before->cell.status == CELL_SMALL && now->cell.status == CELL_FREE)
        return NEW;
    if (ratio->lo > 1)
        return GREW;
    return ratio->hi < 1 ? FELL : UNCLEAR;
}

static void put_whole(double v, struct dataset *out)
{
    if (isfinite(v))
        dataset_printf(out, "%.0f", v);
    else
        dataset_put(out, NULL);
}

static void put_change(const struct counts_row *now,
                       const struct counts_row *before, enum lang lang,
                       struct dataset *out)
{
    struct range n = ask_range(now), b = ask_range(before);
    struct between difference = range_difference(n, b);
    struct between ratio = range_ratio(n, b);
    enum change c = change_of(now, before, &ratio);
    double growth = (double)NAN;

    if (now->cell.status == CELL_FREE && before->cell.status == CELL_FREE &&
        before->cell.figure > 0)
        growth = 100.0 * now->cell.figure / before->cell.figure - 100;
    dataset_figure(out, &now->cell, now->threshold);
    dataset_figure(out, &before->cell, before->threshold);
    put_whole(difference.lo, out);
    put_whole(difference.hi, out);
    ask_put_number(growth, out);
    ask_put_number(ratio.lo > 0 || isfinite(ratio.hi) ? 100 * ratio.lo - 100
                                                      : (double)NAN,
                   out);
    ask_put_number(100 * ratio.hi - 100, out);
    dataset_put(out, changes[c].code);
    dataset_put(out, label_in(&changes[c].name, lang));
}

/* -- all of them -------------------------------------------------------- */

struct comparing {
    const struct question_asked *a;
    struct counts_table now, before[2];
    size_t n; /* of `before` */
};

/* What is told of an earlier period; not of areas with other boundaries. */
static enum rc compare_with(struct comparing *c, const struct period *p,
                            struct arena *mem, struct err *err)
{
    struct counts_table *t = &c->before[c->n];
    struct counts_query q = {c->a->values[TYPE], c->a->values[FIELD],
                             c->a->values[LAYER], NULL};
    bool any;
    enum rc rc;

    q.period = period_text(p, mem);
    rc = ask_told(c->a, &q, mem, t, &any, err);
    if (rc == RC_OK && any &&
        (t->layer == NULL || t->regions == c->now.regions))
        c->n++;
    return rc;
}

static void put_rows(const struct comparing *c, struct dataset *out)
{
    const struct counts_table *t = &c->now;
    size_t i, k;

    for (i = 0; i < t->rows_n; i++)
        for (k = 0; k < c->n; k++) {
            const struct counts_row *r = &t->rows[i];
            const struct counts_row *before =
                ask_row(&c->before[k], r->area, r->label, r->all);

            if (before == NULL)
                continue;
            dataset_put(out, t->type->name);
            ask_put_where(t, r, out);
            dataset_put(out, c->before[k].period);
            dataset_put(out, r->all ? NULL : t->field->name);
            dataset_put(out, r->all ? NULL : r->label);
            dataset_put(out, ask_label_name(r, c->a->lang));
            put_change(r, before, c->a->lang, out);
        }
}

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    struct comparing c = {.a = a};
    struct counts_query q = {a->values[TYPE], a->values[FIELD],
                             a->values[LAYER], a->values[PERIOD]};
    struct period now, before, earlier;
    enum rc rc = counts_ask(a->store, &q, out->mem, &c.now, err);

    if (rc != RC_OK)
        return rc;
    if (!period_read(c.now.period, &now))
        return err_set(err, RC_CORRUPT, "\"%s\" is not a period", c.now.period);
    before = period_before(&now);
    earlier = period_year_earlier(&now);
    rc = compare_with(&c, &before, out->mem, err);
    if (rc == RC_OK && now.months < MONTHS_A_YEAR)
        rc = compare_with(&c, &earlier, out->mem, err);
    if (rc != RC_OK)
        return rc;
    if (c.n == 0)
        return err_set(err, RC_NOTFOUND,
                       "%s has nothing to be compared with: of %s and %s"
                       " nothing is told, or the boundaries were others",
                       c.now.period, period_text(&before, out->mem),
                       period_text(&earlier, out->mem));
    ask_about(&c.now, out);
    put_rows(&c, out);
    return RC_OK;
}

static const struct question_plot plot = {
    .label = "labelName",
    .part = "field",
    .groups = {"areaName", "comparedWith"},
    .values = {"growth"},
    .low = "growthLow",
    .high = "growthHigh",
    .percent = true,
};

const struct question question_changes = {
    .name = "changes",
    .title = {"Veranderingen", "Changes"},
    .about = {"Wat er nieuw is en wat er groeide: een periode naast de vorige"
              " en naast dezelfde een jaar eerder. De groei heeft een marge van"
              " 95 % waarin ook het afronden zit; gegroeid of gedaald staat er"
              " alleen als de hele marge aan één kant van nul ligt.",
              "What is new and what grew: a period beside the one before, and"
              " beside the same a year earlier. Growth has a margin of 95 %"
              " that includes the rounding; grew or fell is said only where the"
              " whole margin is on one side of zero."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = PUBLISHED_LARGE,
};
