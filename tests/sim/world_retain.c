/* Time goes by in the pretend world, and what is kept too long goes. */
#include <inttypes.h>
#include <string.h>

#include "server/retention.h"
#include "tests/sim/world_int.h"

static void ok(struct world *w, enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        broken(w, "the administrator could not: %s", err->text);
}

void admin_emptied(struct world *w, struct store *store, struct model_record *r)
{
    struct db_query *q =
        db_query(store->db, SQL("SELECT version, fields, seen FROM emptying"
                                " WHERE record = :record ORDER BY version"));
    struct model_emptied now[MODEL_EMPTIED_MAX];
    size_t n = 0, i, k;
    struct err err;

    db_bind_blob(q, "record", id_bytes(&r->id));
    while (n < MODEL_EMPTIED_MAX && db_row(q))
        now[n++] =
            (struct model_emptied){.fields = (uint64_t)db_i64(q, "fields"),
                                   .seen = (uint64_t)db_i64(q, "seen"),
                                   .version = (uint64_t)db_i64(q, "version")};
    ok(w, db_done(q, &err), &err);
    for (i = 0; r->erased == 0 && i < r->emptied_n; i++) {
        uint64_t left = r->emptied[i].fields;

        for (k = 0; k < n; k++)
            if (now[k].seen >= r->emptied[i].seen)
                left &= ~now[k].fields;
        if (left != 0)
            broken(w, "the backup brought fields back that were emptied");
    }
    memcpy(r->emptied, now, n * sizeof *now);
    r->emptied_n = n;
}

void admin_versions(struct world *w, struct store *store)
{
    struct area_info *areas;
    struct err err;
    size_t n, i;

    ok(w, store_areas(store, &w->scratch, &areas, &n, &err), &err);
    for (i = 0; i < n; i++)
        w->model.version[areas[i].number] = areas[i].version;
}

/* -- what is over ------------------------------------------------------- */

enum fate { STAYS, LOSES_FIELDS, GOES };

/* By the classes of world_types.c: a body stays a month, all else a year. */
static enum fate fate_of(struct world *w, const struct model_record *r,
                         uint64_t *fields)
{
    static const uint64_t day = 86400000;
    struct record state;
    uint64_t written;
    size_t f;

    *fields = 0;
    if (r->erased != 0)
        return STAYS;
    model_state(&w->model, r, UINT64_MAX, NULL, 0, &w->scratch, &state);
    written = model_written(&w->model, &state);
    if (written == 0)
        return STAYS;
    if (written + 365 * day <= w->now_ms)
        return GOES;
    for (f = 1; written + 30 * day <= w->now_ms && f < r->type->fields_n; f++)
        if (state.fields[f].n > 0 && r->type->fields[f].retention->days == 30)
            *fields |= UINT64_C(1) << f;
    return *fields != 0 ? LOSES_FIELDS : STAYS;
}

static void check_fate(struct world *w, struct store *store, size_t index,
                       enum fate fate, uint64_t fields)
{
    struct model_record *r = w->model.records[index];
    size_t before = r->emptied_n;
    struct record real;
    struct err err;

    ok(w,
       rows_load(store->rows, type_in(w, store->shape, r->type), r->area,
                 &r->id, &w->scratch, &real, &err),
       &err);
    if (fate == GOES) {
        if (!real.erased)
            broken(w, "r%zu is kept too long", index);
        r->erased = real.version;
        return;
    }
    admin_emptied(w, store, r);
    if (fate == STAYS && r->erased == 0 && r->emptied_n != before)
        broken(w, "r%zu lost fields whose term is not over", index);
    apart_emptied(w, r);
    if (fate == LOSES_FIELDS &&
        (r->emptied_n != before + 1 || r->emptied[before].fields != fields))
        broken(w, "r%zu did not lose what is over", index);
    check_server_record(w, r);
}

void server_retain(struct world *w)
{
    static const uint64_t day = 86400000;
    struct server_sim *s = &w->server;
    enum fate fates[RECORDS_MAX];
    uint64_t fields[RECORDS_MAX];
    struct retained done;
    struct err err;
    size_t i;

    w->now_ms += day * (chance(w, 40) ? 380 : 20 + roll(&w->dice, 20));
    pretend_now_ms = w->now_ms;
    for (i = 0; i < w->model.records_n; i++) {
        if (w->model.records[i]->emptied_n == MODEL_EMPTIED_MAX)
            return;
        fates[i] = fate_of(w, w->model.records[i], &fields[i]);
    }
    ok(w, retention_run("/0", &s->writer, w->now_ms, &done, &err), &err);
    note(w,
         "administrator: time goes by; %" PRIu64 " records and %" PRIu64
         " fields are over",
         done.records, done.fields);
    admin_versions(w, &s->writer);
    for (i = 0; i < w->model.records_n; i++)
        check_fate(w, &s->writer, i, fates[i], fields[i]);
}
