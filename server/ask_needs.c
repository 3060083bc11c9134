/*
 * What is asked for beside what there is: themes of signals and conversations
 * beside those of initiatives and ideas, what residents miss beside the
 * activities of that kind.
 *
 * Asked and there are two kinds of numbers (one initiative may serve a
 * hundred), so there is no ratio of them; "unmet" is said where it is asked
 * often enough to be told, and what there is stays below the threshold.
 */
#include <string.h>

#include "server/ask.h"

enum { BY, LAYER, PERIOD };

static const struct question_param params[] = {
    [BY] = {"by",
            {"thema of soort activiteit", "theme or activity-category"},
            "theme",
            false},
    [LAYER] = ASK_PARAM_LAYER("district"),
    [PERIOD] = ASK_PARAM_PERIOD("2026"),
};

static const struct dataset_column columns[] = {
    ASK_COLUMNS_WHERE,
    {"label", {"code", "code"}, COLUMN_CODE, true},
    {"labelName", {"keuze", "choice"}, COLUMN_TEXT, false},
    {"conversations", {"gesprekken", "conversations"}, COLUMN_FIGURE, false},
    {"conversationsBelow",
     {"gesprekken onder", "conversations below"},
     COLUMN_BELOW,
     false},
    {"conversationsStatus",
     {"status gesprekken", "status conversations"},
     COLUMN_STATUS,
     false},
    {"signals", {"signalen", "signals"}, COLUMN_FIGURE, false},
    {"signalsBelow", {"signalen onder", "signals below"}, COLUMN_BELOW, false},
    {"signalsStatus",
     {"status signalen", "status signals"},
     COLUMN_STATUS,
     false},
    {"initiatives", {"initiatieven", "initiatives"}, COLUMN_FIGURE, false},
    {"initiativesBelow",
     {"initiatieven onder", "initiatives below"},
     COLUMN_BELOW,
     false},
    {"initiativesStatus",
     {"status initiatieven", "status initiatives"},
     COLUMN_STATUS,
     false},
    {"activities", {"activiteiten", "activities"}, COLUMN_FIGURE, false},
    {"activitiesBelow",
     {"activiteiten onder", "activities below"},
     COLUMN_BELOW,
     false},
    {"activitiesStatus",
     {"status activiteiten", "status activities"},
     COLUMN_STATUS,
     false},
    {"match", {"code aanbod", "there is, code"}, COLUMN_CODE, false},
    {"matchName", {"aanbod", "there is"}, COLUMN_TEXT, false},
};

enum { CONVERSATIONS, SIGNALS, INITIATIVES, ACTIVITIES, KINDS };

/* By which list; of each kind of record the field, NULL: it has none. */
static const struct ways {
    const char *by, *fields[KINDS];
} ways[] = {
    {"theme", {"themes", "themes", "themes", NULL}},
    {"activity-category", {"needs_facility", NULL, NULL, "categories"}},
};
static const char *const types[KINDS] = {"conversation", "signal", "initiative",
                                         "activity"};

/* -- one line ----------------------------------------------------------- */

enum match { UNCLEAR, MET, UNMET };

static const struct {
    const char *code;
    struct label name;
} matches[] = {
    [UNCLEAR] = {"unclear", {"niet te zeggen", "cannot be said"}},
    [MET] = {"met", {"ja", "yes"}},
    [UNMET] = {"unmet", {"weinig of geen", "little or none"}},
};

static bool is(const struct counts_row *r, enum cell_status s)
{
    return r != NULL && r->cell.status == s;
}

static enum match match_of(const struct counts_row *const *r)
{
    bool asked = is(r[CONVERSATIONS], CELL_FREE) || is(r[SIGNALS], CELL_FREE);

    if (!asked)
        return UNCLEAR;
    if (is(r[INITIATIVES], CELL_FREE) || is(r[ACTIVITIES], CELL_FREE))
        return MET;
    return is(r[INITIATIVES], CELL_SMALL) || is(r[ACTIVITIES], CELL_SMALL)
               ? UNMET
               : UNCLEAR;
}

/* -- all of them -------------------------------------------------------- */

struct needs {
    const struct question_asked *a;
    const struct ways *way;
    struct counts_table t[KINDS];
    bool any[KINDS];
};

static enum rc choose(struct needs *n, struct err *err)
{
    const char *by = n->a->values[BY];
    size_t i;

    for (i = 0; i < countof(ways); i++)
        if (strcmp(ways[i].by, by == NULL ? ways[0].by : by) == 0) {
            n->way = &ways[i];
            return RC_OK;
        }
    return err_set(err, RC_INVALID,
                   "needs are told by %s or by %s, not by"
                   " \"%s\"",
                   ways[0].by, ways[1].by, by);
}

/* The first kind is asked for by people: it says which period this is. */
static enum rc ask_all(struct needs *n, struct dataset *out, struct err *err)
{
    const char *period = n->a->values[PERIOD];
    size_t i;

    for (i = 0; i < KINDS; i++) {
        struct counts_query q = {types[i], n->way->fields[i],
                                 n->a->values[LAYER], period};
        enum rc rc;

        if (q.field == NULL)
            continue;
        rc = i == 0 ? counts_ask(n->a->store, &q, out->mem, &n->t[i], err)
                    : ask_told(n->a, &q, out->mem, &n->t[i], &n->any[i], err);
        if (rc != RC_OK)
            return rc;
        n->any[i] |= i == 0;
        if (n->any[i] && n->t[i].regions != n->t[0].regions)
            n->any[i] = false; /* other boundaries */
        if (!n->any[i])
            continue;
        period = n->t[i].period;
        ask_about(&n->t[i], out);
    }
    return RC_OK;
}

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    struct needs n = {.a = a};
    enum rc rc = choose(&n, err);
    size_t i, k;

    if (rc == RC_OK)
        rc = ask_all(&n, out, err);
    if (rc != RC_OK)
        return rc;
    for (i = 0; i < n.t[0].rows_n; i++) {
        const struct counts_row *r = &n.t[0].rows[i], *of[KINDS] = {r};
        enum match m;

        if (r->all || r->label[0] == '\0')
            continue;
        for (k = 1; k < KINDS; k++)
            if (n.any[k])
                of[k] = ask_row(&n.t[k], r->area, r->label, false);
        ask_put_where(&n.t[0], r, out);
        dataset_put(out, r->label);
        dataset_put(out, ask_label_name(r, a->lang));
        for (k = 0; k < KINDS; k++)
            ask_put_figure(of[k], out);
        m = match_of(of);
        dataset_put(out, matches[m].code);
        dataset_put(out, label_in(&matches[m].name, a->lang));
    }
    return RC_OK;
}

static const struct question_plot plot = {
    .label = "labelName",
    .groups = {"areaName"},
    .values = {"conversations", "signals", "initiatives", "activities"},
};

const struct question question_needs = {
    .name = "needs",
    .title = {"Vraag en aanbod", "Needs and what there is"},
    .about = {"Waar bewoners om vragen naast wat er is: thema's van gesprekken"
              " en signalen naast die van initiatieven, of wat bewoners missen"
              " naast de activiteiten van die soort. Initiatieven en"
              " activiteiten tellen in de periode waarin ze begonnen.",
              "What residents ask for beside what there is: themes of"
              " conversations and signals beside those of initiatives, or what"
              " residents miss beside the activities of that kind. Initiatives"
              " and activities count in the period in which they began."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = PUBLISHED_LARGE,
};
