/* Parts and states brought up to date (counts.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/counts_int.h"
#include "sync/civil.h"

static const int64_t day_s = 24 * 3600;

struct renewal {
    struct store *s;
    const struct counts_writer *to;
    const struct disclosure_stop *stop;
    int64_t now_s;
    struct counts_basis basis;
    struct regions regions;
    struct arena mem;
    struct counts_renewed *out;
};

/* -- parts -------------------------------------------------------------- */

struct one_area {
    const struct counts_basis *basis;
    uint32_t number;
};

static enum rc write_area(struct store *s, void *arg, struct err *err)
{
    const struct one_area *a = arg;

    return counts_refresh(s, a->basis, a->number, err);
}

static enum rc begin(struct renewal *r, struct err *err)
{
    struct count_kind *kinds;
    int64_t version;
    enum rc rc = regions_load(r->s, 0, &r->mem, &r->regions, err);

    if (rc == RC_OK)
        rc = regions_version(r->s, &version, err);
    if (rc != RC_OK)
        return rc;
    counts_kinds(r->s->shape, &r->mem, &kinds, &r->basis.kinds_n);
    r->basis.kinds = kinds;
    r->basis.regions = &r->regions;
    r->basis.name =
        arena_printf(&r->mem, "%s %" PRId64, r->s->shape->version, version);
    return RC_OK;
}

static bool stopped(const struct renewal *r)
{
    return r->stop->asked != NULL && r->stop->asked(r->stop->ctx);
}

static enum rc renew_parts(struct renewal *r, struct err *err)
{
    struct area_info *stale;
    size_t n, i;
    enum rc rc = counts_stale(r->s, &r->basis, &r->mem, &stale, &n, err);

    for (i = 0; rc == RC_OK && i < n && !stopped(r); i++) {
        struct one_area a = {&r->basis, stale[i].number};

        rc = r->to->write(r->to->ctx, write_area, &a, err);
        r->out->areas += rc == RC_OK;
    }
    return rc;
}

/* -- what a state is made of --------------------------------------------- */

struct state {
    const struct renewal *r;
    const struct count_kind *kind;
    unsigned year, months;
    bool final;
    struct counts_family family;
    struct cell *cells; /* own */
    struct bytes key;
};

static enum rc forget(struct db *db, const struct state *t, struct db_query *q,
                      struct err *err)
{
    (void)db;
    db_bind_text(q, "type", t->kind->type->name);
    db_bind_i64(q, "year", t->year);
    return db_done(db_run_at(q), err);
}

static enum rc forget_state(struct db *db, const struct state *t,
                            struct err *err)
{
    enum rc rc = forget(db, t,
                        db_query(db, SQL("DELETE FROM count_cell WHERE type ="
                                         " :type AND year = :year")),
                        err);

    if (rc == RC_OK)
        rc = forget(db, t,
                    db_query(db, SQL("DELETE FROM count_region WHERE type ="
                                     " :type AND year = :year")),
                    err);
    if (rc == RC_OK)
        rc = forget(db, t,
                    db_query(db, SQL("DELETE FROM count_column WHERE type ="
                                     " :type AND year = :year")),
                    err);
    return rc;
}

static enum rc put_region(struct db *db, const struct state *t,
                          const char *layer, const char *code, const char *name,
                          size_t area, struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("INSERT INTO count_region(type, year, layer, code, name, area,"
                " cell) VALUES (:type, :year, :layer, :code, :name, :area,"
                " :cell)"));

    db_bind_text(q, "type", t->kind->type->name);
    db_bind_i64(q, "year", t->year);
    db_bind_text(q, "layer", layer);
    db_bind_text(q, "code", code);
    db_bind_text(q, "name", name);
    db_bind_i64(q, "area", (int64_t)area);
    db_bind_text(q, "cell", t->family.f.areas[area].name);
    return db_done(db_run_at(q), err);
}

static enum rc put_regions(struct db *db, const struct state *t,
                           struct err *err)
{
    const struct regions *r = &t->r->regions;
    enum rc rc = put_region(db, t, "", "", "", 0, err);
    size_t i;

    for (i = 0; rc == RC_OK && i < r->areas_n; i++)
        if (t->family.area_of[i] != SIZE_MAX)
            rc = put_region(db, t, r->areas[i].layer, r->areas[i].code,
                            r->areas[i].name, t->family.area_of[i], err);
    return rc;
}

static enum rc put_columns(struct db *db, const struct state *t,
                           struct err *err)
{
    enum rc rc = RC_OK;
    size_t i;

    for (i = 0; rc == RC_OK && i < t->kind->columns_n; i++) {
        const struct count_field *f = counts_field_of(t->kind, i);
        const struct shape_choice *c = counts_choice_of(t->kind, i);
        struct db_query *q = db_query(
            db, SQL("INSERT INTO count_column(type, year, number, field, label,"
                    " sensitive) VALUES (:type, :year, :number, :field, :label,"
                    " :sensitive)"));

        db_bind_text(q, "type", t->kind->type->name);
        db_bind_i64(q, "year", t->year);
        db_bind_i64(q, "number", (int64_t)i);
        db_bind_text(q, "field", f == NULL ? "" : f->field->name);
        db_bind_text(q, "label", c == NULL ? "" : c->code);
        db_bind_i64(q, "sensitive", t->family.f.columns[i].sensitive);
        rc = db_done(db_run_at(q), err);
    }
    return rc;
}

/* -- its cells ----------------------------------------------------------- */

static enum rc put_cell(struct db *db, const struct state *t, size_t area,
                        size_t period, size_t column, struct err *err)
{
    const struct family *f = &t->family.f;
    const struct cell *c = &t->cells[family_cell(f, area, period, column)];
    struct db_query *q;

    if (c->status == CELL_SMALL ||
        (c->status == CELL_WITHHELD &&
         disclosure_small(&disclosure_rules, t->key, f->areas[area].name,
                          f->periods[period].name,
                          f->columns[column].name) == CELL_WITHHELD))
        return RC_OK;
    q = db_query(db, SQL("INSERT INTO count_cell(type, year, period, area,"
                         " number, told, figure) VALUES (:type, :year, :period,"
                         " :area, :number, :told, :figure)"));
    db_bind_text(q, "type", t->kind->type->name);
    db_bind_i64(q, "year", t->year);
    db_bind_text(q, "period", t->family.period_names[period]);
    db_bind_i64(q, "area", (int64_t)area);
    db_bind_i64(q, "number", (int64_t)column);
    db_bind_i64(q, "told", c->status == CELL_FREE);
    db_bind_i64(q, "figure", c->figure);
    return db_done(db_run_at(q), err);
}

static enum rc put_cells(struct db *db, const struct state *t, struct err *err)
{
    const struct family *f = &t->family.f;
    size_t a, p, c;
    enum rc rc = RC_OK;

    for (a = 0; a < f->areas_n; a++)
        for (p = 0; !f->areas[a].hidden && p < f->periods_n; p++)
            for (c = 0;
                 rc == RC_OK && !f->periods[p].hidden && c < f->columns_n; c++)
                rc = put_cell(db, t, a, p, c, err);
    return rc;
}

static enum rc write_state(struct store *s, void *arg, struct err *err)
{
    const struct state *t = arg;
    struct db_query *q;
    enum rc rc = forget_state(s->db, t, err);

    if (rc == RC_OK)
        rc = put_regions(s->db, t, err);
    if (rc == RC_OK)
        rc = put_columns(s->db, t, err);
    if (rc == RC_OK)
        rc = put_cells(s->db, t, err);
    if (rc != RC_OK)
        return rc;
    q = db_query(s->db, SQL("INSERT INTO count_state(type, year, months, final,"
                            " regions, at_ms) VALUES (:type, :year, :months,"
                            " :final, :regions, :at)"
                            " ON CONFLICT (type, year) DO UPDATE SET"
                            " months = excluded.months, final = excluded.final,"
                            " regions = excluded.regions,"
                            " at_ms = excluded.at_ms"));
    db_bind_text(q, "type", t->kind->type->name);
    db_bind_i64(q, "year", t->year);
    db_bind_i64(q, "months", t->months);
    db_bind_i64(q, "final", t->final);
    db_bind_i64(q, "regions", t->r->regions.year);
    db_bind_i64(q, "at", t->r->now_s * 1000);
    return db_done(db_run_at(q), err);
}

static void add_stats(struct disclosure_stats *to,
                      const struct disclosure_stats *s)
{
    to->free += s->free;
    to->small += s->small;
    to->withheld += s->withheld;
    to->audited += s->audited;
    to->searches += s->searches;
}

static enum rc decide(struct renewal *r, struct state *t, struct err *err)
{
    struct disclosure_stats stats;
    struct arena mem = {0};
    bool done = false;
    enum rc rc = counts_key(r->s->db, &mem, &t->key, err);

    if (rc == RC_OK)
        rc = counts_family(r->s, &r->regions, t->kind, t->year, t->months, &mem,
                           &t->family, err);
    if (rc == RC_OK) {
        t->cells = mem_new(family_cells(&t->family.f) * sizeof *t->cells);
        done = disclosure_decide(&t->family.f, &disclosure_rules, t->key,
                                 r->stop, t->cells, &stats);
        if (done)
            rc = r->to->write(r->to->ctx, write_state, t, err);
        free(t->cells);
    }
    if (rc == RC_OK && done) {
        r->out->states++;
        add_stats(&r->out->stats, &stats);
    }
    arena_free(&mem);
    return rc;
}

/* -- which are due ------------------------------------------------------- */

/* How many months of a year are over. */
static unsigned months_over(unsigned year, int64_t now_s)
{
    struct civil now = civil_of(now_s);

    if (now.year > (int)year)
        return MONTHS_A_YEAR;
    return now.year < (int)year ? 0 : now.month - 1;
}

static bool is_final(unsigned year, int64_t now_s)
{
    struct civil end = {.year = (int)year + 1, .month = 1, .day = 1};

    return now_s >= civil_utc(&end) + COUNTS_FINAL_DAYS * day_s;
}

static enum rc is_due(struct renewal *r, struct state *t, bool *due,
                      struct err *err)
{
    struct db_query *q =
        db_query(r->s->db, SQL("SELECT months, final FROM count_state"
                               " WHERE type = :type AND year = :year"));

    t->months = months_over(t->year, r->now_s);
    t->final = is_final(t->year, r->now_s);
    *due = t->months > 0;
    db_bind_text(q, "type", t->kind->type->name);
    db_bind_i64(q, "year", t->year);
    if (db_row(q))
        *due = db_i64(q, "months") < (int64_t)t->months ||
               (t->final && db_i64(q, "final") == 0);
    return db_done(q, err);
}

/* The year of the oldest record, but not before there were any. */
static enum rc first_year(struct db *db, int64_t now_s, unsigned *out,
                          struct err *err)
{
    int64_t least = month_number(2000, 1);
    struct db_query *q =
        db_query(db, SQL("SELECT min(month) AS month FROM count_part"
                         " WHERE month >= :least"));

    *out = (unsigned)civil_of(now_s).year;
    db_bind_i64(q, "least", least);
    if (db_row(q) && !db_is_null(q, "month") &&
        db_i64(q, "month") / MONTHS_A_YEAR < (int64_t)*out)
        *out = (unsigned)(db_i64(q, "month") / MONTHS_A_YEAR);
    return db_done(q, err);
}

static enum rc renew_states(struct renewal *r, struct err *err)
{
    unsigned last = (unsigned)civil_of(r->now_s).year, year;
    size_t i;
    enum rc rc = first_year(r->s->db, r->now_s, &year, err);

    for (; rc == RC_OK && year <= last; year++)
        for (i = 0; rc == RC_OK && i < r->basis.kinds_n; i++) {
            struct state t = {.r = r, .kind = &r->basis.kinds[i], .year = year};
            bool due;

            if (stopped(r))
                return RC_OK;
            rc = is_due(r, &t, &due, err);
            if (rc == RC_OK && due)
                rc = decide(r, &t, err);
        }
    return rc;
}

enum rc counts_renew(struct store *s, const struct counts_writer *to,
                     uint64_t now_ms, const struct disclosure_stop *stop,
                     struct counts_renewed *out, struct err *err)
{
    struct renewal r = {.s = s,
                        .to = to,
                        .stop = stop,
                        .now_s = (int64_t)(now_ms / 1000),
                        .out = out};
    enum rc rc;

    *out = (struct counts_renewed){0};
    rc = begin(&r, err);
    if (rc == RC_OK)
        rc = renew_parts(&r, err);
    if (rc == RC_OK && !stopped(&r))
        rc = renew_states(&r, err);
    arena_free(&r.mem);
    return rc;
}
