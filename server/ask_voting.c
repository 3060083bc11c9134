/*
 * What a vote chose: the top of each round that is confirmed, with how many
 * took part, how many voted and how many votes there were, which are three
 * different things.
 *
 * The one question that reads records (voting.h), and why it gives nobody away:
 * a confirmed result was read out and published as it was counted, so telling
 * it exactly tells nothing new; a vote is on a paper without a name.  Only what
 * is published of a vote is shown: the chosen ideas.  Where a round itself is
 * so small that its result would tell what nearly every neighbour wanted, the
 * thresholds hold as everywhere: below 10 voters nothing is told of the votes
 * (C, and D for each idea, and no order), a figure below 5 is C.  Titles of
 * ideas and rounds are shown to whom the declarations let see them, and
 * analysts are not among those unless they say so; else an idea goes by its
 * themes.  Its figures are of nothing that is counted elsewhere, so they take
 * nothing away from the protection of what is: ideas and tallies are things on
 * a ballot, not people.
 */
#include <string.h>

#include "server/ask.h"
#include "server/voting.h"
#include "sync/civil.h"

enum { AREA, PERIOD };

static const struct question_param params[] = {
    [AREA] = {"workArea", {"werkgebied", "area of work"}, "selwerd", false},
    [PERIOD] = {"period",
                {"periode waarin het stemmen eindigde",
                 "period in which voting ended"},
                "2026",
                false},
};

static const struct dataset_column columns[] = {
    {"round", {"ronde", "round"}, COLUMN_CODE, true},
    {"roundName", {"stemronde", "voting round"}, COLUMN_TEXT, false},
    {"workArea", {"werkgebied", "area of work"}, COLUMN_CODE, false},
    {"endsOn", {"gestemd tot en met", "voted up to"}, COLUMN_TEXT, false},
    {"line", {"regel", "line"}, COLUMN_INTEGER, true},
    {"place", {"plaats", "place"}, COLUMN_INTEGER, false},
    {"tied", {"gedeeld", "shared"}, COLUMN_TEXT, false},
    {"idea", {"idee", "idea"}, COLUMN_TEXT, false},
    {"decision", {"besluit", "decision"}, COLUMN_CODE, false},
    {"votes", {"stemmen", "votes"}, COLUMN_FIGURE, false},
    {"votesBelow", {"stemmen onder", "votes below"}, COLUMN_BELOW, false},
    {"votesStatus", {"status stemmen", "status votes"}, COLUMN_STATUS, false},
    {"counted", {"geteld", "counted"}, COLUMN_CODE, false},
    {"participants",
     {"deelnemers van de ronde", "participants of the round"},
     COLUMN_FIGURE,
     false},
    {"participantsBelow",
     {"deelnemers onder", "participants below"},
     COLUMN_BELOW,
     false},
    {"participantsStatus",
     {"status deelnemers", "status participants"},
     COLUMN_STATUS,
     false},
    {"voters",
     {"stemmers van de ronde", "voters of the round"},
     COLUMN_FIGURE,
     false},
    {"votersBelow", {"stemmers onder", "voters below"}, COLUMN_BELOW, false},
    {"votersStatus",
     {"status stemmers", "status voters"},
     COLUMN_STATUS,
     false},
    {"allVotes",
     {"stemmen van de ronde", "votes of the round"},
     COLUMN_FIGURE,
     false},
    {"allVotesBelow",
     {"alle stemmen onder", "all votes below"},
     COLUMN_BELOW,
     false},
    {"allVotesStatus",
     {"status alle stemmen", "status all votes"},
     COLUMN_STATUS,
     false},
};

/* -- figures -------------------------------------------------------------- */

static void put_figure(const struct voting_figure *f, unsigned threshold,
                       bool told, struct dataset *out)
{
    struct cell c = {CELL_WITHHELD, 0};

    if (told)
        c = voting_cell(f, threshold);
    dataset_figure(out, &c, threshold);
}

static const char *const counted[] = {[VOTING_NEVER] = "never",
                                      [VOTING_ONCE] = "once",
                                      [VOTING_TWICE] = "twice",
                                      [VOTING_DIFFER] = "differ"};

/* -- words ---------------------------------------------------------------- */

static bool for_analysts(const struct shape *shape, const char *type,
                         const char *field)
{
    const struct shape_type *t = shape_type_named(shape, bytes_of(type));
    const struct shape_field *f =
        t == NULL ? NULL : shape_field_named(t, bytes_of(field));

    return f != NULL && (f->see & 1U << ROLE_ANALYST) != 0;
}

/* The themes of an idea, in words. */
static const char *themes_of(const struct question_asked *a,
                             const struct voting_idea *x, struct arena *mem)
{
    const struct shape_type *t =
        shape_type_named(a->store->shape, bytes_of("idea"));
    const struct shape_field *f = shape_field_named(t, bytes_of("themes"));
    struct buf b = buf_make(4096);
    const char *out, *p = x->themes, *end;

    while (f->list != NULL && (p = strchr(p, '"')) != NULL &&
           (end = strchr(++p, '"')) != NULL) {
        struct bytes code = {(const uint8_t *)p, (size_t)(end - p)};
        const struct shape_choice *c = shape_choice_coded(f->list, code);

        if (c != NULL)
            buf_printf(&b, "%s%s", b.n > 0 ? "; " : "",
                       label_in(&c->label, a->lang));
        p = end + 1;
    }
    out = b.n == 0 ? NULL : arena_text(mem, buf_text(&b), b.n);
    buf_free(&b);
    return out;
}

static const char *idea_name(const struct question_asked *a,
                             const struct voting_idea *x, struct arena *mem)
{
    static const struct label nameless = {"idee", "idea"};
    const char *themes;

    if (for_analysts(a->store->shape, "idea", "title") && x->title[0] != '\0')
        return x->title;
    themes = themes_of(a, x, mem);
    return themes == NULL ? label_in(&nameless, a->lang) : themes;
}

/* -- rows ------------------------------------------------------------------ */

struct voting_row {
    const struct question_asked *a;
    const struct voting_round *round;
    const struct voting_idea *idea; /* NULL: nothing is told of them */
    size_t line;
};

static void put_row(const struct voting_row *w, struct dataset *out)
{
    static const struct label yes = {"ja", "yes"}, no = {"nee", "no"};
    const struct voting_round *r = w->round;
    const struct voting_idea *x = w->idea;
    const struct disclosure_rules *rules = &disclosure_rules;
    bool titled = for_analysts(w->a->store->shape, "voting-round", "title");
    char id[ID_TEXT_CHARS + 1];
    struct id round;

    memcpy(round.b, r->id.p, sizeof round.b);
    dataset_put(out, id_text(&round, id));
    dataset_put(out, titled ? r->title : r->area_title);
    dataset_put(out, r->area_name);
    dataset_put(out, r->ends_on[0] == '\0' ? NULL : r->ends_on);
    dataset_printf(out, "%zu", w->line);
    if (x != NULL && x->place > 0)
        dataset_printf(out, "%u", x->place);
    else
        dataset_put(out, NULL);
    dataset_put(out,
                x == NULL ? NULL : label_in(x->tied ? &yes : &no, w->a->lang));
    dataset_put(out, x == NULL ? NULL : idea_name(w->a, x, out->mem));
    dataset_put(out, x == NULL || x->decision[0] == '\0' ? NULL : x->decision);
    put_figure(x == NULL ? &r->votes : &x->votes, rules->threshold, x != NULL,
               out);
    dataset_put(out, counted[(x == NULL ? &r->votes : &x->votes)->counted]);
    put_figure(&r->participants, rules->threshold, true, out);
    put_figure(&r->voters, rules->threshold_two, true, out);
    put_figure(&r->votes, rules->threshold_two, voting_is_told(r), out);
}

/* The chosen ones; where the last place is shared, all that share it. */
static void put_round(const struct question_asked *a,
                      const struct voting_round *r, struct dataset *out)
{
    struct voting_row w = {.a = a, .round = r, .line = 1};
    size_t i;

    if (!voting_is_told(r)) {
        put_row(&w, out);
        return;
    }
    for (i = 0; i < r->ideas_n; i++) {
        w.idea = &r->ideas[i];
        if (w.idea->votes.counted == VOTING_NEVER || w.idea->place > r->top)
            continue;
        put_row(&w, out);
        w.line++;
    }
}

static bool is_asked(const struct question_asked *a, const struct period *p,
                     const struct voting_round *r)
{
    if (a->values[AREA] != NULL && strcmp(a->values[AREA], r->area_name) != 0)
        return false;
    return a->values[PERIOD] == NULL || voting_ended_in(r, p);
}

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    struct civil day = civil_of((int64_t)(a->now_ms / 1000));
    struct voting_round *rounds;
    struct period p = {0};
    size_t n, i;
    enum rc rc;

    if (a->values[PERIOD] != NULL && !period_read(a->values[PERIOD], &p))
        return err_set(err, RC_INVALID,
                       "\"%s\": a period is a month (2026-07), a quarter"
                       " (2026Q3) or a year (2026)",
                       a->values[PERIOD]);
    rc = voting_rounds(
        a->store,
        arena_printf(out->mem, "%04d-%02u-%02u", day.year, day.month, day.day),
        out->mem, &rounds, &n, err);
    for (i = 0; rc == RC_OK && i < n; i++)
        if (is_asked(a, &p, &rounds[i]))
            put_round(a, &rounds[i], out);
    return rc;
}

static const struct question_plot plot = {
    .label = "idea",
    .groups = {"roundName", "endsOn"},
    .values = {"votes"},
};

const struct question question_voting_results = {
    .name = "voting-results",
    .title = {"Uitslagen van stemrondes", "Results of voting rounds"},
    .about = {"De gekozen ideeën van stemrondes waarvan de uitslag is"
              " vastgesteld, met deelnemers, stemmers en stemmen apart; gelijke"
              " stemmen delen een plaats. Zolang twee tellingen verschillen is"
              " er geen uitslag.",
              "The chosen ideas of voting rounds whose result is confirmed,"
              " with participants, voters and votes apart; equal votes share a"
              " place. While two counts differ there is no result."},
    .params = params,
    .params_n = countof(params),
    .columns = columns,
    .columns_n = countof(columns),
    .plot = &plot,
    .answer = answer,
    .published = PUBLISHED_NEVER,
};
