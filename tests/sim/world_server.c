/* The server of the pretend world: its store, its commits, its backups. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"
#include "tests/sim/world_int.h"

static const char dir[] = "/0";
static struct disk_image *template_image;

static void must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "sim: %s\n", err->text);
    abort();
}

void server_template(void)
{
    struct arena mem = {0};
    struct store s = {0};
    struct err err;
    uint32_t number;
    unsigned i;

    must(store_create(dir, types_bundle(1, &mem), &err), &err);
    must(store_open(dir, STORE_WRITE, NULL, &s, &err), &err);
    for (i = 1; i <= AREAS_MAX; i++)
        must(store_area_put(&s, arena_printf(&mem, "area-%u", i),
                            arena_printf(&mem, "Area %u", i), "", &number,
                            &err),
             &err);
    store_close(&s);
    template_image = disk_image_take(SERVER_HOST);
    arena_free(&mem);
}

/* -- up and down -------------------------------------------------------- */

static void close_stores(struct world *w)
{
    settling_free(&w->server.settling);
    w->server.settling = (struct settling){0};
    store_close(&w->server.reader);
    store_close(&w->server.writer);
    w->server.up = false;
}

static bool open_stores(struct world *w, struct err *err)
{
    struct server_sim *s = &w->server;
    enum rc rc = store_open(dir, STORE_WRITE, NULL, &s->writer, err);

    if (rc == RC_OK)
        rc = store_open(dir, STORE_READ, s->writer.shape, &s->reader, err);
    if (rc != RC_OK)
        close_stores(w);
    settling_begin(&s->settling, dir, &s->writer);
    s->unsettled = true;
    return rc == RC_OK;
}

static void reconcile(struct world *w);

void server_start(struct world *w)
{
    const struct disk *disk = disk_of(SERVER_HOST);
    uint64_t faults = disk->faults;
    struct err err;

    pretend_now_ms = w->now_ms;
    if (!open_stores(w, &err)) {
        note(w, "server does not start: %s", err.text);
        if (disk->dead)
            server_crashed(w, true);
        else if (disk->faults == faults)
            broken(w, "the server does not start: %s", err.text);
        return;
    }
    w->server.up = true;
    note(w, "server starts");
    disk_of(SERVER_HOST)->calm = true;
    reconcile(w);
    disk_of(SERVER_HOST)->calm = false;
}

void server_crashed(struct world *w, bool power)
{
    net_server_died(w);
    close_stores(w);
    disk_restart(SERVER_HOST, power, &w->dice);
    note(w, "server is down");
}

void server_begin(struct world *w)
{
    struct err err;

    disk_image_put(SERVER_HOST, template_image);
    if (!open_stores(w, &err))
        broken(w, "the server does not start: %s", err.text);
    w->server.up = true;
    if (chance(w, 50))
        server_new_types(w);
    if (chance(w, 80))
        server_new_regions(w);
}

void server_end(struct world *w)
{
    close_stores(w);
    disk_image_free(w->server.backup);
    w->server.backup = NULL;
}

/* -- what a batch must come to ------------------------------------------ */

static struct device_sim *device_numbered(struct world *w, uint32_t number)
{
    size_t i;

    for (i = 0; i < w->devices_n; i++)
        if (w->devices[i].number == number)
            return &w->devices[i];
    return NULL;
}

/* Did some device save this changeset, so? */
static bool was_saved(struct world *w, const struct changeset *c)
{
    struct changeset m = model_copy(&w->model, c);
    size_t i;

    for (i = w->saved_n; i > 0; i--) {
        const struct changeset *was = w->saved[i - 1];

        if (was->device != c->device || was->number != c->number)
            continue;
        if (model_same(&w->model, was, &m) ||
            (m.writes_n == 0 && id_eq(&was->record, &m.record) &&
             model_erased(&w->model, &m.record))) /* the server took it out */
            return true;
    }
    return false;
}

static uint64_t last_of(const struct world *w, uint32_t device)
{
    uint64_t last = 0;
    size_t i;

    for (i = 0; i < w->model.entries_n; i++) {
        const struct model_entry *e = w->model.entries[i];

        if (!e->lost && e->c.device == device && e->c.number > last)
            last = e->c.number;
    }
    return last;
}

/* Is the repeated part of a batch what came in before? */
static bool repeats_well(struct world *w, const struct batch *b)
{
    uint64_t last = last_of(w, b->device);
    size_t i;

    for (i = 0; i < b->changesets_n && b->first + i <= last; i++) {
        const struct model_entry *e =
            model_find(&w->model, b->device, b->first + i);
        struct changeset c = model_copy(&w->model, &b->changesets[i]);

        if (e != NULL && id_eq(&e->c.record, &c.record) &&
            model_erased(&w->model, &c.record))
            continue; /* nobody can tell any more */
        if (e == NULL || (c.writes_n > 0 && !model_same(&w->model, &e->c, &c)))
            return false;
    }
    return true;
}

static uint64_t ack_version(const struct ack *a, uint64_t number)
{
    size_t i;

    for (i = 0; i < a->ranges_n; i++)
        if (number >= a->ranges[i].first && number <= a->ranges[i].last)
            return a->ranges[i].version == 0
                       ? 0
                       : a->ranges[i].version + number - a->ranges[i].first;
    return UINT64_MAX;
}

/* May `role` write it in an area it was granted when it called? */
static bool lawful(struct world *w, const struct changeset *c, enum role role,
                   unsigned granted)
{
    const struct shape_type *t =
        shape_type_named(w->model.shape, bytes_of(c->type->name));

    return granted >> c->area & 1U && t->write >> role & 1U &&
           !model_erased(&w->model, &c->record) && apart_lawful(w, c) &&
           model_rest(&w->model, c, UINT64_MAX).writes_n > 0;
}

static void take_in(struct world *w, const struct changeset *c,
                    uint64_t version, uint64_t received_ms)
{
    if (!was_saved(w, c))
        broken(w, "the server took in %u:%" PRIu64 ", which nobody saved so",
               (unsigned)c->device, c->number);
    if (version != 0 && version != w->model.version[c->area] + 1)
        broken(w,
               "%u:%" PRIu64 " became version %" PRIu64 " of area %u, which"
               " is at %" PRIu64,
               (unsigned)c->device, c->number, version, (unsigned)c->area,
               w->model.version[c->area]);
    model_accept(&w->model, c, version, received_ms);
    apart_took(w, c, version);
    w->tally->changesets++;
    w->tally->parked += version == 0;
}

/* A batch was answered: as the model says? */
static void check_ack(struct world *w, const struct call *call)
{
    const struct batch *b = call->push.job.batch;
    uint64_t last = last_of(w, b->device);
    size_t i;

    if (b->first > last + 1)
        broken(w, "a batch from number %" PRIu64 " was taken, after %" PRIu64,
               b->first, last);
    if (!repeats_well(w, b))
        broken(w, "device %u repeated other content and was not refused",
               (unsigned)b->device);
    for (i = 0; i < b->changesets_n; i++) {
        const struct changeset *c = &b->changesets[i];
        uint64_t version = ack_version(&call->push.job.ack, c->number);
        const struct model_entry *e =
            model_find(&w->model, c->device, c->number);
        bool well = lawful(w, c, call->caller.caller.role, call->granted);

        if (e != NULL && e->version != version)
            broken(w,
                   "%u:%" PRIu64 " was answered as %" PRIu64
                   ", before as %" PRIu64,
                   (unsigned)c->device, c->number, version, e->version);
        if (e != NULL)
            continue;
        if (well != (version != 0))
            broken(w, "%u:%" PRIu64 " was %s", (unsigned)c->device, c->number,
                   well ? "parked" : "merged without rights");
        take_in(w, c, version, call->push.job.now_ms);
    }
    w->tally->batches++;
}

static void check_refusal(struct world *w, const struct call *call,
                          uint64_t faults)
{
    const struct batch *b = call->push.job.batch;
    const struct err *err = &call->push.job.job.err;
    struct device_sim *d = device_numbered(w, b->device);
    uint64_t last = last_of(w, b->device);

    if (err->code == RC_CONFLICT && !repeats_well(w, b))
        return;
    if (err->code == RC_OUTDATED && b->first > last + 1)
        return;
    if (err->code == RC_AUTH && (d == NULL || d->revoked))
        return;
    if (disk_of(SERVER_HOST)->faults == faults)
        broken(w, "a batch of device %u was refused: %s", (unsigned)b->device,
               err->text);
}

static void done(struct merge_job *job)
{
    (void)job; /* looked at after the commit */
}

static void check_records(struct world *w, const struct batch *b)
{
    size_t i;

    for (i = 0; i < b->changesets_n; i++)
        check_server_record(w,
                            model_record(&w->model, b->changesets[i].type->name,
                                         &b->changesets[i].record, b->area));
}

/* All that waits, as one group. */
void server_commit(struct world *w)
{
    struct merge_job *first = NULL, **last = &first;
    uint64_t faults = disk_of(SERVER_HOST)->faults;
    bool now[CALLS_MAX] = {false};
    size_t i;

    for (i = 0; i < CALLS_MAX; i++)
        if (w->calls[i].used && w->calls[i].at == CALL_QUEUED) {
            now[i] = true;
            w->calls[i].push.job.job.done = done;
            w->calls[i].push.job.job.rc = RC_OK;
            w->calls[i].push.job.job.next = NULL;
            *last = &w->calls[i].push.job.job;
            last = &w->calls[i].push.job.job.next;
        }
    pretend_now_ms = w->now_ms;
    merge_jobs_do(&w->server.writer, first);
    if (disk_of(SERVER_HOST)->dead)
        return; /* no answer leaves it */
    for (i = 0; i < CALLS_MAX; i++) {
        struct call *c = &w->calls[i];

        if (!c->used || c->at != CALL_QUEUED)
            continue;
        if (c->push.job.job.rc == RC_OK)
            check_ack(w, c);
        else
            check_refusal(w, c, faults);
        c->at = CALL_ANSWERED;
        if (push_answer(&c->push, &c->answer, &c->err) == RC_OK)
            c->err.code = RC_OK;
        note(w, "server answers push of %u: %s", (unsigned)c->device,
             c->push.job.job.rc == RC_OK ? "on disk"
                                         : c->push.job.job.err.text);
    }
    if (disk_of(SERVER_HOST)->faults == faults)
        for (i = 0; i < CALLS_MAX; i++)
            if (now[i] && w->calls[i].push.job.job.rc == RC_OK)
                check_records(w, w->calls[i].push.job.batch);
    server_settle(w);
}

/* As the merger does between groups of jobs. */
void server_settle(struct world *w)
{
    struct server_sim *s = &w->server;
    uint64_t faults = disk_of(SERVER_HOST)->faults;
    struct err err;

    if (!s->unsettled && !s->writer.unsettled)
        return;
    s->writer.unsettled = false;
    if (settling_step(&s->settling, &s->unsettled, &err) == RC_OK)
        return;
    s->unsettled = true;
    if (disk_of(SERVER_HOST)->faults == faults && !disk_of(SERVER_HOST)->dead)
        broken(w, "the server cannot do what an emptying left: %s", err.text);
}

/* -- after a start: what is in the journal that the model lacks? -------- */

struct found { /* a batch in the journal */
    struct batch batch;
    struct ack ack;
    uint64_t first;   /* new with it */
    uint64_t version; /* lowest */
    uint64_t received_ms;
    bool done;
};

static uint64_t lowest_version(const struct found *f)
{
    uint64_t low = UINT64_MAX, n;

    for (n = f->first; n < f->batch.first + f->batch.changesets_n; n++) {
        uint64_t v = ack_version(&f->ack, n);

        if (v != 0 && v < low)
            low = v;
    }
    return low;
}

static void decode_row(struct world *w, struct db_query *q, struct found *f)
{
    struct message m;
    struct buf plain = {0}, body = buf_make(message_bytes_max);
    struct err err;
    struct arena *mem = &w->scratch;
    enum rc rc = journal_body(&w->server.reader, q, &body, &err);

    if (rc == RC_OK)
        rc = pack_expand(buf_view(&body), message_bytes_max, &plain, &err);
    buf_free(&body);
    if (rc == RC_OK)
        rc = wire_get(arena_bytes(mem, buf_view(&plain)),
                      w->server.reader.shape, mem, &m, &err);
    if (rc != RC_OK)
        broken(w, "the server's journal cannot be read: %s", err.text);
    *f = (struct found){.batch = m.as.batch};
    buf_free(&plain);
    rc = wire_get(arena_bytes(mem, db_blob(q, "ack")), NULL, mem, &m, &err);
    if (rc != RC_OK)
        broken(w, "the server's journal cannot be read: %s", err.text);
    f->ack = m.as.ack;
    f->first = (uint64_t)db_i64(q, "first");
    f->received_ms = (uint64_t)db_i64(q, "received_ms");
    f->version = lowest_version(f);
}

static void take_found(struct world *w, const struct found *f)
{
    size_t i;

    for (i = (size_t)(f->first - f->batch.first); i < f->batch.changesets_n;
         i++)
        take_in(w, &f->batch.changesets[i],
                ack_version(&f->ack, f->batch.changesets[i].number),
                f->received_ms);
    note(w, "  in the journal, never answered: %u:%" PRIu64 "-%" PRIu64,
         (unsigned)f->batch.device, f->first,
         f->batch.first + f->batch.changesets_n - 1);
}

static void reconcile(struct world *w)
{
    struct db_query *q =
        db_query(w->server.reader.db,
                 SQL("SELECT device, first, last, area, body, ack, sealed,"
                     " received_ms FROM batch ORDER BY device, first"));
    struct found list[CALLS_MAX];
    uint64_t held = 0, known = 0;
    size_t n = 0, i, round;
    struct err err;

    while (db_row(q)) {
        uint64_t first = (uint64_t)db_i64(q, "first");
        uint64_t last = (uint64_t)db_i64(q, "last");

        held += last - first + 1;
        if (model_find(&w->model, (uint32_t)db_i64(q, "device"), last) ==
                NULL &&
            n < CALLS_MAX)
            decode_row(w, q, &list[n++]);
    }
    if (db_done(q, &err) != RC_OK)
        broken(w, "the server's journal cannot be read: %s", err.text);
    for (round = 0; round < n; round++) {
        struct found *next = NULL;

        for (i = 0; i < n; i++)
            if (!list[i].done &&
                (next == NULL || list[i].version < next->version))
                next = &list[i];
        next->done = true;
        take_found(w, next);
    }
    for (i = 0; i < w->model.entries_n; i++)
        known += !w->model.entries[i]->lost;
    if (held != known)
        broken(w,
               "the server's journal holds %" PRIu64 " changesets of %" PRIu64
               " that were acknowledged",
               held, known);
}
