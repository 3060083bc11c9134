#include "server/ask.h"

#include <string.h>

enum rc ask_told(const struct question_asked *a, const struct counts_query *q,
                 struct arena *mem, struct counts_table *t, bool *any,
                 struct err *err)
{
    enum rc rc = counts_ask(a->store, q, mem, t, err);

    *any = rc == RC_OK;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

const struct counts_row *ask_row(const struct counts_table *t, const char *area,
                                 const char *label, bool all)
{
    size_t i;

    for (i = 0; i < t->rows_n; i++)
        if (t->rows[i].all == all && strcmp(t->rows[i].area, area) == 0 &&
            strcmp(t->rows[i].label, label) == 0)
            return &t->rows[i];
    return NULL;
}

struct range ask_range(const struct counts_row *r)
{
    return range_of(&r->cell, r->threshold);
}

void ask_about(const struct counts_table *t, struct dataset *out)
{
    out->final = t->final && (out->final || out->at_ms == 0);
    out->layer = t->layer;
    out->regions = t->layer == NULL ? 0 : t->regions;
    if (t->at_ms > out->at_ms)
        out->at_ms = t->at_ms;
}

void ask_put_where(const struct counts_table *t, const struct counts_row *r,
                   struct dataset *out)
{
    dataset_put(out, t->period);
    dataset_put(out, t->layer);
    dataset_put(out, t->layer == NULL ? NULL : r->area);
    dataset_put(out, t->layer == NULL ? NULL : r->area_name);
}

const char *ask_label_name(const struct counts_row *r, enum lang lang)
{
    static const struct label all = {"alles", "all"};
    static const struct label none = {"niet ingevuld", "not filled in"};

    if (r->all)
        return label_in(&all, lang);
    if (r->label[0] == '\0')
        return label_in(&none, lang);
    return r->label_name == NULL ? r->label : label_in(r->label_name, lang);
}

void ask_put_figure(const struct counts_row *r, struct dataset *out)
{
    size_t i;

    if (r != NULL)
        dataset_figure(out, &r->cell, r->threshold);
    for (i = 0; r == NULL && i < 3; i++)
        dataset_put(out, NULL);
}

void ask_put_share(const struct counts_row *part,
                   const struct counts_row *whole, struct dataset *out)
{
    struct between b = range_share(ask_range(part), ask_range(whole));

    bool known = b.lo > 0 || b.hi < 1;
    double share = (double)NAN;

    if (part->cell.status == CELL_FREE && whole->cell.status == CELL_FREE)
        share = fmin(100, 100.0 * part->cell.figure / whole->cell.figure);
    ask_put_figure(whole, out);
    ask_put_number(share, out);
    ask_put_number(known ? 100 * b.lo : (double)NAN, out);
    ask_put_number(known ? 100 * b.hi : (double)NAN, out);
}

void ask_put_number(double v, struct dataset *out)
{
    if (isfinite(v))
        dataset_printf(out, "%.1f", v);
    else
        dataset_put(out, NULL);
}
