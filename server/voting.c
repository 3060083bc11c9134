#include "server/voting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 10, ROUNDS_MAX = 10000 };

static const char *text_in(struct arena *mem, struct db_query *q,
                           const char *column)
{
    const char *text = db_text(q, column);

    return arena_text(mem, text, strlen(text));
}

/* -- counts -------------------------------------------------------------- */

/* What was counted at one station, over one channel. */
struct station {
    const char *channel, *name; /* own, of the arena */
    bool known[2];              /* the first count; the second */
    uint64_t n[2];
};

struct counting { /* of one figure */
    struct bytes about;
    const char *what;
    struct station *stations;
    size_t n, cap;
    bool differ;
};

static struct station *station_of(struct counting *c, struct arena *mem,
                                  const char *channel, const char *name)
{
    struct station *more;
    size_t i;

    for (i = 0; i < c->n; i++)
        if (strcmp(c->stations[i].channel, channel) == 0 &&
            strcmp(c->stations[i].name, name) == 0)
            return &c->stations[i];
    if (c->n == c->cap) {
        c->cap = 2 * c->cap + 8;
        more = arena_new(mem, c->cap * sizeof *more);
        if (c->n > 0)
            memcpy(more, c->stations, c->n * sizeof *more);
        c->stations = more;
    }
    c->stations[c->n] =
        (struct station){.channel = arena_text(mem, channel, strlen(channel)),
                         .name = arena_text(mem, name, strlen(name))};
    return &c->stations[c->n++];
}

static struct voting_figure sum_of(const struct counting *c)
{
    struct voting_figure f = {c->n > 0 ? VOTING_TWICE : VOTING_NEVER, 0};
    uint64_t sum = 0;
    bool differ = c->differ;
    size_t i;

    for (i = 0; i < c->n; i++) {
        const struct station *s = &c->stations[i];

        if (!s->known[0] || !s->known[1])
            f.counted = VOTING_ONCE;
        else if (s->n[0] != s->n[1])
            differ = true;
        sum += s->n[s->known[0] ? 0 : 1];
    }
    if (differ)
        f.counted = VOTING_DIFFER;
    else
        f.n = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    return f;
}

/* One with a conflict that nobody has looked at yet is no count. */
static enum rc count(struct store *s, uint32_t area, struct bytes about,
                     const char *what, struct arena *mem,
                     struct voting_figure *out, struct err *err)
{
    struct counting c = {0};
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT channel, station, turn, \"count\" AS n, review FROM tally"
            " WHERE area = :area AND about = :about AND what = :what"
            " AND deleted = 0"));
    enum rc rc;

    db_bind_i64(q, "area", area);
    db_bind_blob(q, "about", about);
    db_bind_text(q, "what", what);
    while (db_row(q)) {
        struct station *at =
            station_of(&c, mem, db_text(q, "channel"), db_text(q, "station"));
        bool second = strcmp(db_text(q, "turn"), "tweede") == 0;

        at->known[second] = true;
        at->n[second] += (uint64_t)db_i64(q, "n");
        c.differ |= db_i64(q, "review") != 0;
    }
    rc = db_done(q, err);
    if (rc == RC_OK)
        *out = sum_of(&c);
    return rc;
}

/* -- ideas --------------------------------------------------------------- */

static bool has_result(const struct voting_figure *f)
{
    return f->counted == VOTING_ONCE || f->counted == VOTING_TWICE;
}

static int by_votes(const void *a, const void *b)
{
    const struct voting_idea *x = a, *y = b;
    int xn = has_result(&x->votes), yn = has_result(&y->votes);

    if (xn != yn)
        return yn - xn;
    if (x->votes.n != y->votes.n)
        return x->votes.n > y->votes.n ? -1 : 1;
    return bytes_cmp(x->id, y->id);
}

/* While one is in doubt nobody has a place: it might be above them. */
static void give_places(struct voting_round *r)
{
    size_t i;

    if (r->ideas_n > 0)
        qsort(r->ideas, r->ideas_n, sizeof *r->ideas, by_votes);
    for (i = 0; i < r->ideas_n; i++)
        if (r->ideas[i].votes.counted == VOTING_DIFFER)
            return;
    for (i = 0; i < r->ideas_n && has_result(&r->ideas[i].votes); i++) {
        struct voting_idea *x = &r->ideas[i], *before = i > 0 ? x - 1 : NULL;

        x->place = (unsigned)i + 1;
        if (before != NULL && before->votes.n == x->votes.n) {
            x->place = before->place;
            x->tied = before->tied = true;
        }
    }
}

static void add_votes(struct voting_figure *sum, const struct voting_figure *f)
{
    if (f->counted == VOTING_NEVER)
        return;
    if (sum->counted == VOTING_NEVER || f->counted == VOTING_DIFFER)
        sum->counted = f->counted;
    else if (sum->counted == VOTING_TWICE)
        sum->counted = f->counted;
    sum->n = sum->counted == VOTING_DIFFER ? 0 : sum->n + f->n;
}

static enum rc load_ideas(struct store *s, struct voting_round *r,
                          struct arena *mem, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT id, title, themes, decision FROM idea"
                            " WHERE area = :area AND voting_round = :round"
                            " AND deleted = 0 ORDER BY id"));
    size_t cap = 0, i;
    enum rc rc;

    db_bind_i64(q, "area", r->area);
    db_bind_blob(q, "round", r->id);
    while (db_row(q)) {
        if (r->ideas_n == cap) {
            struct voting_idea *more;

            cap = 2 * cap + 16;
            more = arena_new(mem, cap * sizeof *more);
            if (r->ideas_n > 0)
                memcpy(more, r->ideas, r->ideas_n * sizeof *more);
            r->ideas = more;
        }
        r->ideas[r->ideas_n++] =
            (struct voting_idea){.id = arena_bytes(mem, db_blob(q, "id")),
                                 .title = text_in(mem, q, "title"),
                                 .themes = text_in(mem, q, "themes"),
                                 .decision = text_in(mem, q, "decision")};
    }
    rc = db_done(q, err);
    for (i = 0; rc == RC_OK && i < r->ideas_n; i++) {
        rc = count(s, r->area, r->ideas[i].id, "stemmen", mem,
                   &r->ideas[i].votes, err);
        add_votes(&r->votes, &r->ideas[i].votes);
    }
    if (rc == RC_OK)
        give_places(r);
    return rc;
}

/* -- rounds -------------------------------------------------------------- */

static enum rc load_rounds(struct store *s, const char *today,
                           struct arena *mem, struct voting_round *out,
                           size_t *n, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT r.id AS id, r.area AS area, a.slug AS slug,"
                   " a.name AS name, a.code AS code, r.title AS title,"
                   " r.ends_on AS ends_on, r.top_n AS top_n"
                   " FROM voting_round r JOIN area a ON a.number = r.area"
                   " WHERE r.deleted = 0 AND r.status = 'vastgesteld'"
                   " AND (r.ends_on IS NULL OR r.ends_on < :today)"
                   " ORDER BY r.ends_on, r.id LIMIT 10000"));

    *n = 0;
    db_bind_text(q, "today", today);
    while (db_row(q)) {
        int64_t top = db_i64(q, "top_n");

        out[(*n)++] =
            (struct voting_round){.id = arena_bytes(mem, db_blob(q, "id")),
                                  .area = (uint32_t)db_i64(q, "area"),
                                  .area_name = text_in(mem, q, "slug"),
                                  .area_title = text_in(mem, q, "name"),
                                  .area_code = text_in(mem, q, "code"),
                                  .title = text_in(mem, q, "title"),
                                  .ends_on = text_in(mem, q, "ends_on"),
                                  .top = top > 0 ? (unsigned)top : TOP};
    }
    return db_done(q, err);
}

/* Record types are data: a town may have done without votes. */
static bool has_votes(const struct shape *shape)
{
    static const struct {
        const char *type, *field;
    } needed[] = {{"voting-round", "title"}, {"voting-round", "ends_on"},
                  {"voting-round", "top_n"}, {"voting-round", "status"},
                  {"idea", "voting_round"},  {"idea", "title"},
                  {"idea", "themes"},        {"idea", "decision"},
                  {"tally", "about"},        {"tally", "what"},
                  {"tally", "count"},        {"tally", "channel"},
                  {"tally", "station"},      {"tally", "turn"}};
    size_t i;

    for (i = 0; i < countof(needed); i++) {
        const struct shape_type *t =
            shape_type_named(shape, bytes_of(needed[i].type));

        if (t == NULL ||
            shape_field_named(t, bytes_of(needed[i].field)) == NULL)
            return false;
    }
    return true;
}

static enum rc load(struct store *s, const char *today, struct arena *mem,
                    struct voting_round *out, size_t *n, struct err *err)
{
    enum rc rc = load_rounds(s, today, mem, out, n, err);
    size_t i;

    for (i = 0; rc == RC_OK && i < *n; i++) {
        rc = count(s, out[i].area, out[i].id, "deelnemers", mem,
                   &out[i].participants, err);
        if (rc == RC_OK)
            rc = count(s, out[i].area, out[i].id, "stemmers", mem,
                       &out[i].voters, err);
        if (rc == RC_OK)
            rc = load_ideas(s, &out[i], mem, err);
    }
    return rc;
}

enum rc voting_rounds(struct store *s, const char *today, struct arena *mem,
                      struct voting_round **out, size_t *n, struct err *err)
{
    struct voting_round *rounds;
    size_t found = 0;
    enum rc rc = RC_OK;

    if (!has_votes(s->shape)) {
        *n = 0;
        return RC_OK;
    }
    rounds = arena_new(mem, ROUNDS_MAX * sizeof *rounds);
    rc = db_begin_read(s->db, err);
    if (rc == RC_OK)
        rc = db_end(s->db, load(s, today, mem, rounds, &found, err), err);
    if (rc != RC_OK)
        return rc;
    *out = rounds;
    *n = found;
    return RC_OK;
}

/* -- what may be told ------------------------------------------------------ */

struct cell voting_cell(const struct voting_figure *f, unsigned threshold)
{
    if (!has_result(f))
        return (struct cell){CELL_WITHHELD, 0};
    return (struct cell){f->n < threshold ? CELL_SMALL : CELL_FREE, f->n};
}

bool voting_is_told(const struct voting_round *r)
{
    return r->votes.counted != VOTING_DIFFER &&
           voting_cell(&r->voters, disclosure_rules.threshold_two).status ==
               CELL_FREE;
}

bool voting_ended_in(const struct voting_round *r, const struct period *p)
{
    unsigned year = 0, month = 0;

    return sscanf(r->ends_on, "%4u-%2u-", &year, &month) == 2 &&
           year == p->year && month > p->first && month <= p->first + p->months;
}
