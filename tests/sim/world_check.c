/* What is demanded of the pretend world, step by step and at the end. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/witness.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"
#include "tests/sim/world_int.h"

static bool disk_is_well(const struct device_sim *d)
{
    return !disk_of(d->host)->dead;
}

/* -- records by number -------------------------------------------------- */

size_t record_index_of(struct world *w, const char *type, const struct id *id,
                       uint32_t area)
{
    const struct model_record *r = model_record(&w->model, type, id, area);
    size_t i;

    for (i = 0; w->model.records[i] != r; i++)
        ;
    assert(i < RECORDS_MAX);
    return i;
}

static bool is_of(const struct changeset *c, const struct model_record *r)
{
    return c->area == r->area && id_eq(&c->record, &r->id);
}

bool record_incomplete(struct world *w, const struct model_record *r)
{
    size_t i;

    if (r->erased != 0) /* whatever is gone of it */
        return false;
    for (i = 0; i < w->model.entries_n; i++) {
        const struct model_entry *e = w->model.entries[i];

        const struct model_entry *now;

        if (!e->lost || e->version == 0 || !is_of(&e->c, r) ||
            model_rest(&w->model, &e->c, UINT64_MAX).writes_n == 0)
            continue;
        now = model_find(&w->model, e->c.device, e->c.number);
        if (now == NULL || now->version == 0 ||
            !model_same(&w->model, &now->c, &e->c))
            return true;
    }
    return false;
}

/* -- the server --------------------------------------------------------- */

void check_server_record(struct world *w, const struct model_record *r)
{
    struct store *s = &w->server.reader;
    struct record real, model;
    const char *differs;
    struct err err;

    disk_of(SERVER_HOST)->calm = true;
    if (rows_load(s->rows, type_in(w, s->shape, r->type), r->area, &r->id,
                  &w->scratch, &real, &err) != RC_OK)
        broken(w, "the server cannot load a record: %s", err.text);
    model_state(&w->model, r, UINT64_MAX, NULL, 0, &w->scratch, &model);
    differs = model_differs(&model, &real, &w->scratch);
    if (differs == NULL && record_exists(&real) &&
        real.version != model.version)
        differs = "its version";
    if (real.unreadable)
        differs = err.text;
    if (differs != NULL)
        broken(w, "on the server, a %s in area %u: %s", r->type->name,
               (unsigned)r->area, differs);
    disk_of(SERVER_HOST)->calm = false;
    w->tally->compared++;
}

void server_check_all(struct world *w)
{
    size_t i;
    struct err err;

    for (i = 0; i < w->model.records_n; i++)
        check_server_record(w, w->model.records[i]);
    if (db_quick_check(w->server.reader.db, &err) != RC_OK)
        broken(w, "the server's store is damaged: %s", err.text);
}

/* -- pieces of a pull --------------------------------------------------- */

static const struct states *read_piece(struct world *w,
                                       const struct shape *shape,
                                       struct bytes piece, struct bytes *plain)
{
    struct message *m = arena_new(&w->scratch, sizeof *m);
    struct buf b;
    struct err err;

    if (pack_expand(piece, message_bytes_max, &b, &err) != RC_OK)
        broken(w, "a piece of a pull: %s", err.text);
    *plain = arena_bytes(&w->scratch, buf_view(&b));
    buf_free(&b);
    if (wire_get(*plain, shape, &w->scratch, m, &err) != RC_OK ||
        m->kind != MESSAGE_STATES)
        broken(w, "a piece of a pull: %s", err.text);
    return &m->as.states;
}

static bool holds(struct bytes b, const char *text)
{
    size_t n = strlen(text), i;

    for (i = 0; i + n <= b.n; i++)
        if (memcmp(b.p + i, text, n) == 0)
            return true;
    return false;
}

void check_piece(struct world *w, const struct call *c, struct bytes piece)
{
    const struct device_sim *d = c->from;
    struct bytes plain;
    const struct states *st =
        read_piece(w, w->server.reader.shape, piece, &plain);
    uint32_t area;
    size_t i;

    if (d->revoked || !(d->granted >> st->area & 1U))
        broken(w, "%s was sent area %u, which it has no right to", d->user,
               (unsigned)st->area);
    for (area = 1; area <= w->areas_n; area++)
        if (area != st->area &&
            holds(plain, arena_printf(&w->scratch, "area-%u ", (unsigned)area)))
            broken(w, "%s was sent words of area %u", d->user, (unsigned)area);
    apart_check_bytes(w, d, plain);
    for (i = 0; i < st->records_n; i++) {
        const struct record *r = &st->records[i];
        const struct model_record *m =
            model_record(&w->model, r->type->name, &r->id, st->area);
        struct record want;
        const char *differs;

        if (!(m->type->see >> d->role & 1U))
            broken(w, "%s was sent a %s", d->user, m->type->name);
        if (r->recalled && apart_of(w, m, d->user) != APART_ONCE)
            broken(w, "%s is to forget a %s", d->user, m->type->name);
        if (r->recalled)
            continue;
        model_state(&w->model, m, r->version, NULL, 0, &w->scratch, &want);
        differs = model_differs(&want, r, &w->scratch);
        if (differs != NULL)
            broken(w, "%s was sent another state of a %s: %s", d->user,
                   m->type->name, differs);
    }
}

void note_pulled(struct world *w, struct device_sim *d, struct bytes piece)
{
    struct bytes plain;
    const struct states *st = read_piece(w, d->l.shape, piece, &plain);
    size_t i;

    for (i = 0; i < st->records_n; i++) {
        const struct record *r = &st->records[i];
        size_t index = record_index_of(w, r->type->name, &r->id, st->area);

        d->pulled[index] = r->recalled ? 0 : r->version;
        if (r->recalled)
            check_recalled(w, d, index);
        d->epoch[index] = w->server.epochs;
        if (r->erased)
            check_erased(w, d, &r->id);
        check_emptied(w, d, index);
        if (disk_is_well(d))
            check_device_record(w, d, index);
    }
    d->cursor[st->area] = st->upto;
    note(w, "%s takes in %zu records of area %u, up to %" PRIu64, d->user,
         st->records_n, (unsigned)st->area, st->upto);
}

/* Does the model know what a device has pulled of a record?  Not after the
 * server was put back, until the device has pulled it again. */
static bool record_known(struct world *w, const struct device_sim *d,
                         size_t index)
{
    return !d->stale && !record_incomplete(w, w->model.records[index]) &&
           (d->pulled[index] == 0 || d->epoch[index] == w->server.epochs);
}

/* -- a device: what it shows -------------------------------------------- */

static void own_of(struct world *w, const struct device_sim *d,
                   const struct model_record *r, uint64_t pulled,
                   const struct changeset ***out, size_t *n)
{
    size_t i;

    *out = arena_new(&w->scratch, d->own_n * sizeof **out);
    *n = 0;
    for (i = 0; i < d->own_n; i++) {
        const struct own *o = &d->own[i];

        if (is_of(&o->c, r) && !o->dropped &&
            (!o->acked || o->version > pulled))
            (*out)[(*n)++] = &o->c;
    }
}

void check_device_record(struct world *w, struct device_sim *d, size_t index)
{
    const struct model_record *r = w->model.records[index];
    const struct changeset **own;
    struct local_record real;
    struct record model;
    const char *differs;
    size_t n;
    struct err err;

    if (!record_known(w, d, index))
        return;
    disk_of(d->host)->calm = true;
    if (local_load(&d->l, type_in(w, d->l.shape, r->type), r->area, &r->id,
                   &w->scratch, &real, &err) != RC_OK)
        broken(w, "%s cannot load r%zu: %s", d->user, index, err.text);
    own_of(w, d, r, d->pulled[index], &own, &n);
    model_state(&w->model, r, d->pulled[index], own, n, &w->scratch, &model);
    differs = model_differs(&model, &real.shown, &w->scratch);
    if (differs != NULL)
        broken(w, "on %s, r%zu pulled at %" PRIu64 ": %s", d->user, index,
               d->pulled[index], differs);
    w->tally->compared++;
    disk_of(d->host)->calm = false;
}

/* Of a record it never pulled: what it has handed in. */
static void handed_in(struct world *w, const struct device_sim *d,
                      const struct model_record *r,
                      const struct changeset ***out, size_t *n)
{
    size_t i;

    *out = arena_new(&w->scratch, d->own_n * sizeof **out);
    *n = 0;
    for (i = 0; i < d->own_n; i++)
        if (is_of(&d->own[i].c, r) && !d->own[i].forgotten && d->own[i].acked &&
            d->own[i].version != 0)
            (*out)[(*n)++] = &d->own[i].c;
}

static bool same_base(const struct shape_field *f, struct value a,
                      struct value b, struct arena *mem)
{
    shape_modernise(f, &b, mem);
    return value_eq(&a, &b);
}

void check_save(struct world *w, struct device_sim *d,
                const struct changeset *c, size_t index)
{
    const struct own *before = d->own_n > 0 ? &d->own[d->own_n - 1] : NULL;
    struct record pulled;
    const struct changeset **own = NULL;
    struct shown seen;
    size_t n = 0, i;

    if (before != NULL && c->clock <= before->c.clock)
        broken(w, "%s: the clock of %" PRIu64 " runs backwards", d->user,
               c->number);
    if (c->device != d->number)
        broken(w, "%s saved as device %u", d->user, (unsigned)c->device);
    if (!record_known(w, d, index))
        return;
    if (c->base_version != d->pulled[index])
        broken(w, "%s saved over version %" PRIu64 ", but had %" PRIu64,
               d->user, c->base_version, d->pulled[index]);
    if (d->pulled[index] == 0)
        handed_in(w, d, w->model.records[index], &own, &n);
    model_state(&w->model, w->model.records[index], d->pulled[index], own, n,
                &w->scratch, &pulled);
    model_show(&pulled, &w->scratch, &seen);
    for (i = 0; i < c->writes_n; i++) {
        const struct write *x = &c->writes[i];
        enum policy p = c->type->fields[x->field].policy;
        struct value base = value_null();

        if (p == POLICY_UNION || p == POLICY_TEXT)
            base = seen.values[x->field];
        if (!same_base(&w->model.records[index]->type->fields[x->field], base,
                       x->base, &w->scratch))
            broken(w,
                   "%s saved %s of r%zu over another base than it had pulled",
                   d->user, c->type->fields[x->field].name, index);
    }
}

/* It was withdrawn, and taken off the device. */
static void forget_area(struct world *w, struct device_sim *d, uint32_t area)
{
    size_t i;

    for (i = 0; i < w->model.records_n; i++)
        if (w->model.records[i]->area == area)
            d->pulled[i] = 0;
    for (i = 0; i < d->own_n; i++)
        if (d->own[i].c.area == area && d->own[i].acked && !d->own[i].dropped)
            own_drop(w, &d->own[i]);
}

void read_areas(struct world *w, struct device_sim *d)
{
    struct local_area *areas;
    size_t n, i;
    struct err err;

    disk_of(d->host)->calm = true;
    if (local_areas(&d->l, &w->scratch, &areas, &n, &err) != RC_OK)
        broken(w, "%s cannot list its areas: %s", d->user, err.text);
    d->areas = 0;
    for (i = 0; i < n; i++) {
        uint32_t a = areas[i].info.number;

        if (areas[i].granted)
            d->areas |= 1U << a;
        if (!d->stale && areas[i].granted &&
            areas[i].info.version < d->cursor[a])
            broken(w, "%s has lost its place in area %u", d->user, (unsigned)a);
        d->cursor[a] = areas[i].info.version;
        if (!areas[i].granted && !areas[i].withdrawn)
            forget_area(w, d, a);
    }
    disk_of(d->host)->calm = false;
}

/* The version a device has pulled, from its store: a crash may have come
 * before or after the last piece. */
static uint64_t read_pulled(struct world *w, struct device_sim *d,
                            const struct model_record *r)
{
    struct local_record real;
    struct err err;

    disk_of(d->host)->calm = true;
    if (local_load(&d->l, type_in(w, d->l.shape, r->type), r->area, &r->id,
                   &w->scratch, &real, &err) != RC_OK)
        broken(w, "%s cannot load a record: %s", d->user, err.text);
    disk_of(d->host)->calm = false;
    return real.pulled.version;
}

void check_device(struct world *w, struct device_sim *d)
{
    size_t i;

    if (!disk_is_well(d))
        return;
    read_areas(w, d);
    for (i = 0; i < w->model.records_n; i++) {
        const struct model_record *r = w->model.records[i];
        uint64_t pulled = read_pulled(w, d, r);

        if (pulled == 0 && d->pulled[i] != 0 && r->type->apart &&
            apart_of(w, r, d->user) != APART_READS) {
            check_recalled(w, d, i);
            d->pulled[i] = 0;
        }
        if (!d->stale && d->areas >> r->area & 1U && pulled < d->pulled[i])
            broken(w, "%s has lost version %" PRIu64 " of r%zu", d->user,
                   d->pulled[i], i);
        if (d->pulled[i] != pulled)
            d->epoch[i] = w->server.epochs;
        d->pulled[i] = pulled;
        if (r->erased != 0 && pulled >= r->erased &&
            d->epoch[i] == w->server.epochs)
            check_erased(w, d, &r->id);
        if (d->epoch[i] == w->server.epochs)
            check_emptied(w, d, i);
        if (d->areas >> r->area & 1U)
            check_device_record(w, d, i);
    }
}

/* -- the end ------------------------------------------------------------ */

static void same_as_server(struct world *w, struct device_sim *d, size_t index)
{
    const struct model_record *r = w->model.records[index];
    struct store *s = &w->server.reader;
    struct record theirs;
    struct local_record ours;
    const char *differs;
    struct err err;

    if (rows_load(s->rows, type_in(w, s->shape, r->type), r->area, &r->id,
                  &w->scratch, &theirs, &err) != RC_OK ||
        local_load(&d->l, type_in(w, d->l.shape, r->type), r->area, &r->id,
                   &w->scratch, &ours, &err) != RC_OK)
        broken(w, "a record cannot be loaded: %s", err.text);
    differs = model_differs(&theirs, &ours.shown, &w->scratch);
    if (differs != NULL)
        broken(w, "%s and the server disagree on r%zu: %s", d->user, index,
               differs);
}

static void nothing_of(struct world *w, struct device_sim *d, size_t index)
{
    const struct model_record *r = w->model.records[index];
    struct local_record ours;
    struct err err;

    if (local_load(&d->l, type_in(w, d->l.shape, r->type), r->area, &r->id,
                   &w->scratch, &ours, &err) != RC_OK)
        broken(w, "a record cannot be loaded: %s", err.text);
    if (record_exists(&ours.shown))
        broken(w, "%s still has r%zu of area %u, not given to it", d->user,
               index, (unsigned)r->area);
}

/* Nobody rewrote anything, and that is what each device found. */
static void no_doubt(struct world *w, struct device_sim *d)
{
    const char *doubt;
    struct err err;

    if (witness_doubt(&d->l, &w->scratch, &doubt, &err) != RC_OK)
        broken(w, "%s cannot say what it doubts: %s", d->user, err.text);
    if (doubt[0] != '\0')
        broken(w, "%s doubts the journal: %s", d->user, doubt);
}

void check_convergence(struct world *w)
{
    size_t i, k;
    struct err err;

    server_check_all(w);
    check_gone(w);
    for (i = 0; i < w->devices_n; i++) {
        struct device_sim *d = &w->devices[i];

        if (d->revoked) {
            check_wiped(w, d);
            continue;
        }
        check_journal(w, d);
        check_device(w, d);
        check_regions(w, d, true);
        no_doubt(w, d);
        for (k = 0; k < d->own_n; k++)
            if (!d->own[k].acked && !d->own[k].forgotten)
                broken(w, "%s could not hand in %" PRIu64, d->user,
                       d->own[k].c.number);
        for (k = 1; k <= w->areas_n; k++)
            if (!(d->granted >> k & 1U))
                search_device(w, d,
                              arena_printf(&w->scratch, "area-%zu word", k));
        for (k = 0; k < w->model.records_n; k++) {
            const struct model_record *r = w->model.records[k];
            bool mine = r->type->see >> d->role & 1U;
            bool given = apart_of(w, r, d->user) == APART_READS;

            if (!(d->granted >> r->area & 1U))
                nothing_of(w, d, k);
            else if (!given && !record_incomplete(w, r) && r->erased == 0) {
                nothing_of(w, d, k);
                search_device(w, d, apart_words(&r->id, &w->scratch));
            } else if (!given)
                continue;
            else if (mine && !record_incomplete(w, r))
                same_as_server(w, d, k);
        }
        if (i % 4 == 0 && db_quick_check(d->l.db, &err) != RC_OK)
            broken(w, "the store of %s is damaged: %s", d->user, err.text);
    }
}
