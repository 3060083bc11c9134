/*
 * What an organisation accounts for once a year: how many there were of all it
 * does, by area, beside the year before.
 *
 * Participants, voters and votes are those of confirmed results (voting.h, and
 * ask_voting.c says why those may be told): of rounds of the areas of work that
 * lie in the area.  Everything else is told by counts.h.
 */
#include <string.h>

#include "server/ask.h"
#include "server/voting.h"
#include "sync/civil.h"

enum { LAYER, PERIOD };

static const struct question_param params[] = {
    [LAYER] = ASK_PARAM_LAYER("district"),
    [PERIOD] = ASK_PARAM_PERIOD("2026"),
};

static const struct dataset_column columns[] = {
    ASK_COLUMNS_WHERE,
    {"measure", {"code", "code"}, COLUMN_CODE, true},
    {"measureName", {"wat", "what"}, COLUMN_TEXT, false},
    ASK_COLUMNS_FIGURE,
    {"before", {"periode ervoor", "period before"}, COLUMN_FIGURE, false},
    {"beforeBelow", {"ervoor onder", "before below"}, COLUMN_BELOW, false},
    {"beforeStatus", {"status ervoor", "status before"}, COLUMN_STATUS, false},
};

enum { MEASURE_COLUMN = 4 };

/* In the order of an account: reached, heard, done, decided. */
static const struct measure {
    const char *type, *field, *label; /* field NULL: all records */
    struct label name;
} measures[] = {
    {"door-visit", NULL, NULL, {"Deurbezoeken", "Door visits"}},
    {"door-visit",
     "result",
     "gesprek",
     {"Deurbezoeken met een gesprek", "Door visits with a conversation"}},
    {"conversation", NULL, NULL, {"Gesprekken", "Conversations"}},
    {"signal", NULL, NULL, {"Signalen", "Signals"}},
    {"signal",
     "status",
     "afgehandeld",
     {"Signalen, afgehandeld", "Signals, closed"}},
    {"follow-up", NULL, NULL, {"Vervolgacties", "Follow-ups"}},
    {"follow-up",
     "status",
     "gedaan",
     {"Vervolgacties, gedaan", "Follow-ups, done"}},
    {"initiative", NULL, NULL, {"Nieuwe initiatieven", "New initiatives"}},
    {"initiative",
     "phase",
     "loopt",
     {"Nieuwe initiatieven, lopen", "New initiatives, running"}},
    {"initiative",
     "phase",
     "zelfstandig",
     {"Nieuwe initiatieven, zelfstandig", "New initiatives, independent"}},
    {"support",
     NULL,
     NULL,
     {"Keren initiatieven ondersteund", "Times initiatives were supported"}},
    {"activity", NULL, NULL, {"Nieuwe activiteiten", "New activities"}},
    {"session",
     NULL,
     NULL,
     {"Keren activiteiten gehouden", "Times activities were held"}},
    {"meeting", NULL, NULL, {"Bijeenkomsten", "Meetings"}},
    {"idea", NULL, NULL, {"Ideeën", "Ideas"}},
    {"voting-round", NULL, NULL, {"Stemrondes", "Voting rounds"}},
};

struct yearly {
    const struct question_asked *a;
    const char *period, *before;
    struct period span, span_before;
    struct voting_round *rounds;
    size_t rounds_n;
    struct regions regions;
    struct {
        struct counts_table t, was;
        bool any, was_any;
    } m[countof(measures)];
};

/* What is asked for; else the last whole year that is told of; else the last
 * quarter or month. */
static enum rc choose_period(struct yearly *c, struct arena *mem,
                             struct err *err)
{
    struct counts_query q = {"conversation", NULL, NULL, c->a->values[PERIOD]};
    struct counts_table t;
    struct period p, year;
    bool any = false;
    unsigned back;
    enum rc rc = counts_ask(c->a->store, &q, mem, &t, err);

    if (rc != RC_OK)
        return rc;
    if (!period_read(t.period, &p))
        return err_set(err, RC_CORRUPT, "\"%s\" is not a period", t.period);
    year = (struct period){.year = p.year, .months = MONTHS_A_YEAR};
    for (back = 0;
         rc == RC_OK && !any && c->a->values[PERIOD] == NULL && back < 2;
         back++, year.year--) {
        q.period = period_text(&year, mem);
        rc = ask_told(c->a, &q, mem, &t, &any, err);
        if (any)
            p = year;
    }
    c->span = p;
    c->span_before = period_before(&p);
    c->period = period_text(&c->span, mem);
    c->before = period_text(&c->span_before, mem);
    return rc;
}

static enum rc ask_measure(struct yearly *c, size_t i, struct arena *mem,
                           struct err *err)
{
    struct counts_query q = {measures[i].type, measures[i].field,
                             c->a->values[LAYER], c->period};
    enum rc rc = ask_told(c->a, &q, mem, &c->m[i].t, &c->m[i].any, err);

    q.period = c->before;
    if (rc == RC_OK && c->m[i].any)
        rc = ask_told(c->a, &q, mem, &c->m[i].was, &c->m[i].was_any, err);
    if (rc == RC_OK && c->m[i].was_any && q.layer != NULL &&
        c->m[i].was.regions != c->m[i].t.regions)
        c->m[i].was_any = false; /* other boundaries */
    return rc;
}

static const struct counts_row *measured(const struct counts_table *t,
                                         const char *area, size_t i)
{
    const char *label = measures[i].label;

    return ask_row(t, area, label == NULL ? "" : label, label == NULL);
}

static void put_row(const struct yearly *c, const struct counts_row *r,
                    size_t i, struct dataset *out)
{
    const struct measure *m = &measures[i];
    const struct counts_table *t = &c->m[i].t;
    const struct counts_row *was =
        c->m[i].was_any ? measured(&c->m[i].was, r->area, i) : NULL;

    ask_put_where(t, r, out);
    if (m->label == NULL)
        dataset_put(out, m->type);
    else
        dataset_printf(out, "%s/%s/%s", m->type, m->field, m->label);
    dataset_put(out, label_in(&m->name, c->a->lang));
    dataset_figure(out, &r->cell, r->threshold);
    ask_put_figure(was, out);
}

/* -- votes ---------------------------------------------------------------- */

enum { PARTICIPANTS, VOTERS, VOTES, VOTE_MEASURES };

static const struct {
    const char *code;
    struct label name;
} vote_measures[] = {
    [PARTICIPANTS] = {"participants",
                      {"Deelnemers van stemrondes",
                       "Participants of voting rounds"}},
    [VOTERS] = {"voters", {"Stemmers", "Voters"}},
    [VOTES] = {"votes", {"Stemmen", "Votes"}},
};

/* Is the area of work of a round in this area? */
static bool lies_in(const struct yearly *c, const struct voting_round *r,
                    const char *layer, const char *area)
{
    size_t place, i, k;

    if (layer == NULL)
        return true;
    place = regions_coded(&c->regions, bytes_of(r->area_code));
    for (i = 0; i < c->regions.areas_n; i++) {
        const struct region *one = &c->regions.areas[i];

        if (strcmp(one->layer, layer) != 0 || strcmp(one->code, area) != 0)
            continue;
        for (k = 0; k < one->places_n; k++)
            if (one->places[k] == place)
                return true;
    }
    return false;
}

/* All rounds together; one that is not told leaves the sum untold. */
static struct voting_figure sum_of(const struct yearly *c, size_t measure,
                                   const struct period *p, const char *layer,
                                   const char *area)
{
    struct voting_figure sum = {VOTING_NEVER, 0};
    size_t i;

    for (i = 0; i < c->rounds_n; i++) {
        const struct voting_round *r = &c->rounds[i];
        const struct voting_figure *f = measure == PARTICIPANTS
                                            ? &r->participants
                                        : measure == VOTERS ? &r->voters
                                                            : &r->votes;

        if (!voting_ended_in(r, p) || !lies_in(c, r, layer, area))
            continue;
        if (!voting_is_told(r) || f->counted == VOTING_DIFFER)
            return (struct voting_figure){VOTING_DIFFER, 0};
        if (f->counted == VOTING_NEVER)
            continue;
        sum.counted = VOTING_ONCE;
        sum.n += f->n;
    }
    return sum;
}

static void put_votes(const struct yearly *c, const struct counts_table *t,
                      const struct counts_row *r, struct dataset *out)
{
    unsigned threshold = disclosure_rules.threshold_two;
    size_t k;

    for (k = 0; k < VOTE_MEASURES; k++) {
        struct voting_figure now = sum_of(c, k, &c->span, t->layer, r->area);
        struct voting_figure before =
            sum_of(c, k, &c->span_before, t->layer, r->area);
        struct cell cell = voting_cell(&now, threshold);

        if (now.counted == VOTING_NEVER)
            continue;
        ask_put_where(t, r, out);
        dataset_put(out, vote_measures[k].code);
        dataset_put(out, label_in(&vote_measures[k].name, c->a->lang));
        dataset_figure(out, &cell, threshold);
        cell = voting_cell(&before, threshold);
        if (before.counted != VOTING_NEVER)
            dataset_figure(out, &cell, threshold);
        else
            ask_put_figure(NULL, out);
    }
}

static enum rc load_votes(struct yearly *c, const struct counts_table *t,
                          struct arena *mem, struct err *err)
{
    struct civil day = civil_of((int64_t)(c->a->now_ms / 1000));
    enum rc rc = voting_rounds(
        c->a->store,
        arena_printf(mem, "%04d-%02u-%02u", day.year, day.month, day.day), mem,
        &c->rounds, &c->rounds_n, err);

    if (rc == RC_OK && t->layer != NULL && c->rounds_n > 0)
        rc = regions_load(c->a->store, t->regions, mem, &c->regions, err);
    return rc;
}

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    struct yearly *c = arena_new(out->mem, sizeof *c);
    const struct counts_table *areas = NULL;
    size_t i, k;
    enum rc rc;

    c->a = a;
    rc = choose_period(c, out->mem, err);
    for (i = 0; rc == RC_OK && i < countof(measures); i++) {
        rc = ask_measure(c, i, out->mem, err);
        if (rc == RC_OK && c->m[i].any && areas == NULL)
            areas = &c->m[i].t;
    }
    if (rc != RC_OK)
        return rc;
    if (areas == NULL)
        return err_set(err, RC_NOTFOUND,
                       "nothing is told of %s: only of whole months, quarters"
                       " and years that are over",
                       c->period);
    rc = load_votes(c, areas, out->mem, err);
    if (rc != RC_OK)
        return rc;
    ask_about(areas, out);
    for (i = 0; i < areas->rows_n; i++) {
        for (k = 0; areas->rows[i].all && k < countof(measures); k++) {
            const struct counts_row *r =
                c->m[k].any ? measured(&c->m[k].t, areas->rows[i].area, k)
                            : NULL;

            if (r != NULL && c->m[k].t.regions == areas->regions)
                put_row(c, r, k, out);
        }
        if (areas->rows[i].all)
            put_votes(c, areas, &areas->rows[i], out);
    }
    return RC_OK;
}

/* Votes are read from records, and what is published can never be taken back.
 */
static bool is_no_vote(const struct dataset *d, size_t row)
{
    const char *measure = dataset_cell(d, row, MEASURE_COLUMN);
    size_t k;

    for (k = 0; k < VOTE_MEASURES; k++)
        if (strcmp(measure, vote_measures[k].code) == 0)
            return false;
    return true;
}

static const struct question_plot plot = {
    .label = "measureName",
    .groups = {"areaName"},
    .values = {"count", "before"},
};

const struct question question_year_accounts = {
    .name = "year-accounts",
    .title = {"Jaarverantwoording", "Yearly account"},
    .about = {"Wat er in een jaar is gedaan, per gebied en naast het jaar"
              " ervoor: deurbezoeken, gesprekken, signalen, vervolgacties,"
              " initiatieven, activiteiten, bijeenkomsten, ideeën en"
              " stemrondes. Zonder periode: het"
              " laatste hele jaar dat er is.",
              "What was done in a year, by area and beside the year before:"
              " door visits, conversations, signals, follow-ups, initiatives,"
              " activities, meetings, ideas and voting rounds. Without a"
              " period: the last whole year that there is."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = PUBLISHED_LARGE,
    .keep = is_no_vote,
};
