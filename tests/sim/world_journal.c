/* What a device of the pretend world must have kept in its journal. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/world_int.h"

struct kept { /* a row of its journal */
    uint64_t number, version;
    bool acked, found;
};

static struct kept *read_rows(struct world *w, struct device_sim *d, size_t *n)
{
    struct kept *out = arena_new(&w->scratch, 4096 * sizeof *out);
    struct db_query *q =
        db_query(d->l.db, SQL("SELECT number, acked, version FROM journal"
                              " ORDER BY number"));
    struct err err;

    *n = 0;
    while (db_row(q) && *n < 4096)
        out[(*n)++] = (struct kept){.number = (uint64_t)db_i64(q, "number"),
                                    .acked = db_i64(q, "acked") != 0,
                                    .version = (uint64_t)db_i64(q, "version")};
    if (db_done(q, &err) != RC_OK)
        broken(w, "%s cannot read its journal: %s", d->user, err.text);
    return out;
}

/* Would this device be told if its record were erased? */
static bool is_told(const struct device_sim *d, const struct changeset *c)
{
    return !c->type->apart && c->type->see >> d->role & 1U;
}

static void check_acked(struct world *w, struct device_sim *d, struct own *o,
                        const struct kept *k)
{
    const struct model_entry *e =
        model_find(&w->model, o->c.device, o->c.number);

    if (!k->acked) {
        if (o->acked && !d->stale && !d->restored)
            broken(w, "%s no longer knows that %" PRIu64 " is handed in",
                   d->user, o->c.number);
        o->acked = false;
        return;
    }
    if (e == NULL && !d->stale)
        broken(w, "%s was told that %" PRIu64 " is handed in; it is not",
               d->user, o->c.number);
    if (e != NULL && !d->stale && !o->dropped &&
        !model_erased(&w->model, &o->c.record) &&
        !model_same(&w->model, &e->c, &o->c))
        broken(w, "%s was told that %" PRIu64 " is handed in; another is",
               d->user, o->c.number);
    /* What it was told before the server was put back still counts. */
    if (e != NULL && !d->stale && !o->acked && e->version != k->version)
        broken(w,
               "%s was told that %" PRIu64 " is handed in as %" PRIu64
               "; another is, as %" PRIu64,
               d->user, o->c.number, k->version, e->version);
    o->acked = true;
    o->version = k->version;
    if (o->version == 0 && !is_told(d, &o->c) && !o->dropped)
        own_drop(w, o); /* what was not taken in does not stay */
}

/* Its record was erased, and the device knows it; or it is not told of it, and
 * what the server did not take in of it went by itself. */
static void drop_erased(struct world *w, struct device_sim *d, struct own *o)
{
    if (is_told(d, &o->c))
        check_erased(w, d, &o->c.record);
    else if (!o->dropped)
        own_drop(w, o);
}

/* What is not handed in must be there, as it was saved. */
static void check_waiting(struct world *w, struct device_sim *d)
{
    struct batch b;
    uint64_t from = 0;
    size_t i, k;
    struct err err;

    for (i = 0; i < d->own_n; i++) {
        if (d->own[i].acked || d->own[i].forgotten)
            continue;
        if (d->own[i].c.number < from)
            continue;
        if (local_batch(&d->l, d->own[i].c.number, batch_bytes_target,
                        &w->scratch, &b, &err) != RC_OK)
            broken(w, "%s cannot read its journal: %s", d->user, err.text);
        for (k = 0; k < b.changesets_n && i + k < d->own_n; k++) {
            struct changeset c = model_copy(&w->model, &b.changesets[k]);

            if (c.writes_n == 0 && model_erased(&w->model, &c.record))
                drop_erased(w, d, &d->own[i + k]);
            if (!model_same(&w->model, &c, &d->own[i + k].c))
                broken(w, "%s has %" PRIu64 " otherwise than it was saved",
                       d->user, c.number);
        }
        from = b.first + b.changesets_n;
        if (b.changesets_n == 0)
            broken(w, "%s has lost %" PRIu64, d->user, d->own[i].c.number);
    }
}

/* A save that failed is in the store all the same: nothing is wrong with that,
 * if it is whole. */
static void take_unsure(struct world *w, struct device_sim *d, uint64_t number)
{
    struct batch b;
    struct changeset c;
    struct err err;

    if (!d->unsure ||
        local_batch(&d->l, number, batch_bytes_target, &w->scratch, &b, &err) !=
            RC_OK ||
        b.changesets_n == 0)
        broken(w, "%s has a changeset %" PRIu64 " that it did not save",
               d->user, number);
    c = model_copy(&w->model, &b.changesets[0]);
    d->unsure = false;
    if (c.writes_n != d->maybe.writes_n || !id_eq(&c.record, &d->maybe.record))
        broken(w, "%s has half of a save", d->user);
    own_add(w, d, &c);
}

static void forget_after(struct device_sim *d, uint64_t last)
{
    size_t n = 0;

    while (n < d->own_n && d->own[n].c.number <= last)
        n++;
    d->own_n = n;
}

void check_journal(struct world *w, struct device_sim *d)
{
    struct kept *rows;
    uint64_t last = 0, mine;
    size_t n, i, k = 0;
    struct err err;

    if (disk_of(d->host)->dead)
        return;
    disk_of(d->host)->calm = true;
    rows = read_rows(w, d, &n);
    if (local_get_u64(&d->l, "last", &last, &err) != RC_OK)
        broken(w, "%s: %s", d->user, err.text);
    if (d->restored)
        forget_after(d, last);
    mine = d->own_n > 0 ? d->own[d->own_n - 1].c.number : 0;
    if (last == mine + 1)
        take_unsure(w, d, last);
    else if (last != mine)
        broken(w, "%s has numbers up to %" PRIu64 ", but saved %" PRIu64,
               d->user, last, mine);
    for (i = 0; i < d->own_n; i++) {
        struct own *o = &d->own[i];

        while (k < n && rows[k].number < o->c.number)
            k++;
        if (k < n && rows[k].number == o->c.number) {
            check_acked(w, d, o, &rows[k]);
            continue;
        }
        if (!o->acked && !o->forgotten)
            broken(w, "%s has lost %" PRIu64, d->user, o->c.number);
        o->forgotten = true;
    }
    check_waiting(w, d);
    d->restored = false;
    disk_of(d->host)->calm = false;
}
