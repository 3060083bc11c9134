/* What must be gone in the pretend world: of records that were erased, and of
 * fields that were emptied. */
#include "sync/limits.h"
#include "sync/sys/pack.h"
#include "tests/sim/world_int.h"

static bool of_record(const struct changeset *c, const struct model_record *r)
{
    return c->area == r->area && id_eq(&c->record, &r->id);
}

/* Its number stays, its writes do not. */
void own_drop(struct world *w, struct own *o)
{
    o->dropped = true;
    if (!o->stripped)
        o->whole = o->c;
    o->c.writes_n = 0;
    archive(w, &o->c);
}

void check_erased(struct world *w, struct device_sim *d,
                  const struct id *record)
{
    size_t i;

    for (i = 0; i < d->own_n; i++)
        if (id_eq(&d->own[i].c.record, record) && !d->own[i].dropped)
            own_drop(w, &d->own[i]);
}

void check_emptied(struct world *w, struct device_sim *d, size_t index)
{
    const struct model_record *r = w->model.records[index];
    size_t i;

    for (i = 0; i < d->own_n; i++) {
        struct own *o = &d->own[i];

        if (!of_record(&o->c, r) || o->dropped ||
            model_lost(&w->model, &o->c, d->pulled[index]) == 0)
            continue;
        if (!o->stripped)
            o->whole = o->c;
        o->stripped = true;
        o->c = model_rest(&w->model, &o->c, d->pulled[index]);
        o->dropped = o->c.writes_n == 0;
        archive(w, &o->c);
    }
}

void check_recalled(struct world *w, struct device_sim *d, size_t index)
{
    const struct model_record *r = w->model.records[index];
    size_t i;

    for (i = 0; i < d->own_n; i++)
        if (of_record(&d->own[i].c, r) && d->own[i].acked && !d->own[i].dropped)
            own_drop(w, &d->own[i]);
    w->tally->recalled++;
}

/* -- at the end: nothing of it in any journal --------------------------- */

static void check_changesets(struct world *w, const char *whose,
                             const struct batch *b)
{
    size_t i;

    for (i = 0; i < b->changesets_n; i++) {
        const struct changeset *c = &b->changesets[i];

        if (model_lost(&w->model, c, UINT64_MAX) != 0)
            broken(w, "%s still holds what stood in a field that was emptied",
                   whose);
        if (c->writes_n > 0 && model_erased(&w->model, &c->record))
            broken(w, "%s still holds what stood in a record that was erased",
                   whose);
    }
}

static void check_body(struct world *w, struct bytes body)
{
    struct message m;
    struct buf plain = {0};
    struct err err;

    if (pack_expand(body, message_bytes_max, &plain, &err) != RC_OK ||
        wire_get(arena_bytes(&w->scratch, buf_view(&plain)),
                 w->server.reader.shape, &w->scratch, &m, &err) != RC_OK)
        broken(w, "the server's journal cannot be read: %s", err.text);
    buf_free(&plain);
    check_changesets(w, "the server's journal", &m.as.batch);
}

static void check_own_journal(struct world *w, struct device_sim *d)
{
    struct batch b = {.changesets_n = 1};
    uint64_t from = 1;
    struct err err;

    while (b.changesets_n > 0) {
        if (local_batch(&d->l, from, batch_bytes_target, &w->scratch, &b,
                        &err) != RC_OK)
            broken(w, "%s cannot read its journal: %s", d->user, err.text);
        /* What it may not pull it keeps until it may, or loses the area. */
        if (d->granted >> b.area & 1U)
            check_changesets(w, d->user, &b);
        from = b.first + b.changesets_n;
    }
}

void check_gone(struct world *w)
{
    struct db_query *q;
    size_t i;
    struct err err;

    while (w->server.unsettled || w->server.writer.unsettled)
        server_settle(w);
    q = db_query(w->server.reader.db,
                 SQL("SELECT device, first, area, body, sealed FROM batch"));
    while (db_row(q)) {
        struct buf body = buf_make(message_bytes_max);
        enum rc rc = journal_body(&w->server.reader, q, &body, &err);

        if (rc == RC_OK)
            check_body(w, buf_view(&body));
        else if (rc != RC_NOTFOUND) /* its key is destroyed */
            broken(w, "the server's journal cannot be read: %s", err.text);
        buf_free(&body);
    }
    if (db_done(q, &err) != RC_OK)
        broken(w, "the server's journal cannot be read: %s", err.text);
    for (i = 0; i < w->devices_n; i++)
        if (!w->devices[i].revoked)
            check_own_journal(w, &w->devices[i]);
}
