#include "server/conversation.h"

#include <string.h>

#include "server/apart.h"
#include "server/ledger.h"
#include "server/regions.h"
#include "sync/given.h"
#include "sync/limits.h"
#include "sync/sys/log.h"
#include "sync/sys/pack.h"

enum { LEVEL = 3, LEVEL_ONCE = 9 }; /* of what goes out once a year */

static enum rc put_message(struct buf *out, const struct message *m,
                           struct err *err)
{
    wire_put(out, m);
    return out->full ? err_set(err, RC_LIMIT, "the answer is too long") : RC_OK;
}

/* What serve_step() made of it; anything but `want` is a refusal. */
static enum rc expect(const struct serve_action *a, enum serve_action_kind want,
                      struct err *err)
{
    if (a->kind == want)
        return RC_OK;
    if (a->kind != SERVE_REFUSE)
        return err_set(err, RC_INVALID,
                       "a message of this kind belongs to another call");
    *err = a->err;
    return err->code;
}

/* -- hello -------------------------------------------------------------- */

/* Those of the caller, in `mem`. */
static enum rc open_areas(struct store *s, const struct caller *c,
                          struct arena *mem, struct welcome *w, struct err *err)
{
    struct area_info *all, *mine;
    size_t n, i;
    enum rc rc = store_areas(s, mem, &all, &n, err);

    if (rc != RC_OK)
        return rc;
    mine = arena_new(mem, c->areas_n * sizeof *mine);
    /* Who may read no records has nothing to pull. */
    for (i = 0; i < n && serve_reads(c->role); i++)
        if (caller_has_area(c, all[i].number))
            mine[w->areas_n++] = all[i];
    w->areas = mine;
    return RC_OK;
}

static enum rc tell_wipe(const struct device *d, struct buf *out,
                         struct err *err)
{
    struct message m = {.kind = MESSAGE_WIPE,
                        .as.wipe = {.device = d->caller.device}};

    return put_message(out, &m, err);
}

enum rc converse_hello(struct store *s, const struct device *d,
                       struct bytes body, const struct greeting *g,
                       uint64_t now_ms, struct arena *mem, struct hello *said,
                       struct buf *out, struct err *err)
{
    struct welcome w = {.epoch = s->epoch,
                        .last = d->last,
                        .now_ms = now_ms,
                        .types = bytes_of(s->shape->version),
                        .token = g->token,
                        .user = d->user,
                        .role = d->caller.role,
                        .lease_s = g->lease_s,
                        .pin = g->pin,
                        .next = g->next};
    struct serve_event e = {.kind = SERVE_OPENED, .welcome = &w};
    struct serve_action a;
    struct message m;
    struct serve serve;
    enum rc rc = wire_get(body, NULL, mem, &m, err);

    if (rc != RC_OK)
        return rc;
    serve_init(&serve, s->shape, &d->caller);
    a = serve_step(&serve,
                   &(struct serve_event){.kind = SERVE_CALLED, .message = &m},
                   mem);
    rc = expect(&a, SERVE_OPEN, err);
    if (rc != RC_OK)
        return rc;
    *said = m.as.hello;
    if (d->revoked_ms != 0)
        return tell_wipe(d, out, err);
    rc = open_areas(s, &d->caller, mem, &w, err);
    if (rc == RC_OK && serve_reads(d->caller.role))
        rc = regions_told_version(s, mem, &w.regions, err);
    if (rc != RC_OK)
        return rc;
    a = serve_step(&serve, &e, mem);
    rc = expect(&a, SERVE_SEND, err);
    return rc == RC_OK ? put_message(out, &a.answer, err) : rc;
}

enum rc converse_wiped(const struct device *d, struct bytes body,
                       struct arena *mem, struct wiped *out, struct err *err)
{
    struct message m;
    enum rc rc = wire_get(body, NULL, mem, &m, err);

    if (rc == RC_OK && m.kind != MESSAGE_WIPED)
        rc = err_set(err, RC_INVALID,
                     "a message of this kind belongs to another call");
    if (rc == RC_OK &&
        (d->revoked_ms == 0 || m.as.wiped.device != d->caller.device))
        rc = err_set(err, RC_DENIED, "device %u was not told to wipe itself",
                     (unsigned)m.as.wiped.device);
    if (rc == RC_OK)
        *out = m.as.wiped;
    return rc;
}

/* -- push --------------------------------------------------------------- */

enum rc push_open(struct push *p, struct store *s, const struct device *d,
                  struct bytes body, const struct proof *proof, uint64_t now_ms,
                  struct err *err)
{
    struct serve_event e = {.kind = SERVE_CALLED, .message = &p->message};
    struct serve_action a;
    enum rc rc = pack_expand(body, message_bytes_max, &p->plain, err);

    if (rc == RC_OK)
        rc = wire_get(buf_view(&p->plain), s->shape, &p->mem, &p->message, err);
    if (rc != RC_OK)
        return rc;
    serve_init(&p->serve, s->shape, &d->caller);
    a = serve_step(&p->serve, &e, &p->mem);
    rc = expect(&a, SERVE_MERGE, err);
    if (rc != RC_OK)
        return rc;
    p->job.job.run = batch_job_run;
    p->job.job.bytes = sizeof *p + body.n + 4 * p->plain.n;
    p->job.mem = &p->mem;
    p->job.batch = a.batch;
    p->job.verdicts = a.verdicts;
    p->job.body = body;
    p->job.key = d->key;
    p->job.proof = *proof;
    p->job.now_ms = now_ms;
    return RC_OK;
}

enum rc push_answer(struct push *p, struct buf *out, struct err *err)
{
    struct serve_event e = {.kind = SERVE_MERGED, .ack = &p->job.ack};
    struct serve_action a;
    enum rc rc;

    if (p->job.job.rc != RC_OK)
        e = (struct serve_event){.kind = SERVE_FAILED, .err = &p->job.job.err};
    a = serve_step(&p->serve, &e, &p->mem);
    rc = expect(&a, SERVE_SEND, err);
    return rc == RC_OK ? put_message(out, &a.answer, err) : rc;
}

void push_free(struct push *p)
{
    buf_free(&p->plain);
    arena_free(&p->mem);
}

/* -- pull --------------------------------------------------------------- */

enum rc pulling_open(struct pulling *p, struct store *s, const struct device *d,
                     const struct pull *pull, uint64_t now_ms, struct err *err)
{
    struct message m = {.kind = MESSAGE_PULL, .as.pull = *pull};
    struct caller caller = d->caller;
    uint32_t *areas;

    *p = (struct pulling){.store = s, .now_ms = now_ms};
    areas = arena_new(&p->mem, caller.areas_n * sizeof *areas);
    if (caller.areas_n > 0)
        memcpy(areas, caller.areas, caller.areas_n * sizeof *areas);
    caller.areas = areas;
    p->user = arena_bytes(&p->mem, d->user);
    serve_init(&p->serve, s->shape, &caller);
    p->next = serve_step(
        &p->serve, &(struct serve_event){.kind = SERVE_CALLED, .message = &m},
        &p->mem);
    return expect(&p->next, SERVE_READ, err);
}

struct reading {
    struct wire_states states;
    struct arena scratch;
    struct store *store;
    enum role role;
    size_t records;
    struct bytes user;
    uint64_t seen; /* version of the last record looked at */
    bool more;
    enum rc rc;
    struct err *err;
};

/* What the caller gets of a record of a type that it may see; false: nothing,
 * not even that it is there. */
static bool visible(struct reading *r, const struct record *rec,
                    struct record *out)
{
    enum apart_standing standing = APART_READS;
    char id[ID_TEXT_CHARS + 1];

    if (rec->type->apart)
        r->rc = apart_standing(r->store, &rec->id, r->user, &standing, r->err);
    if (r->rc != RC_OK || standing == APART_NOBODY)
        return false;
    if (standing == APART_ONCE && !rec->erased) {
        *out = given_recalled(rec, &r->scratch);
        return true;
    }
    if (rec->unreadable) {
        log_warn("record.unreadable", "id=%s", id_text(&rec->id, id));
        return false;
    }
    *out = record_for(rec, r->role, &r->scratch);
    return true;
}

static bool on_record(void *ctx, const struct record *rec)
{
    struct reading *r = ctx;
    struct record out;

    if (r->states.body.n >= states_bytes_target) {
        r->more = true;
        return false;
    }
    r->seen = rec->version;
    if (rec->type->see & 1U << r->role && visible(r, rec, &out)) {
        wire_states_add(&r->states, &out, &r->scratch);
        r->records += !out.recalled;
    }
    arena_reset(&r->scratch);
    return r->rc == RC_OK;
}

/* One message of states; the cursor and whether there is more go into `st`
 * for serve.h. */
static enum rc read_states(struct pulling *p, struct buf *out,
                           struct states *st, struct err *err)
{
    const struct pull *pull = &p->next.pull;
    struct reading r = {.store = p->store,
                        .role = p->serve.caller.role,
                        .user = p->user,
                        .seen = pull->after,
                        .err = err};
    enum rc rc;

    wire_states_begin(&r.states, p->store->shape);
    rc = rows_changed(p->store->rows, pull->area, pull->after, on_record, &r,
                      err);
    if (rc == RC_OK)
        rc = r.rc;
    if (rc == RC_OK) {
        wire_states_end(&r.states, pull->area, r.seen, r.more, out);
        if (out->full)
            rc = err_set(err, RC_LIMIT, "a record is too large to send");
    }
    wire_states_free(&r.states);
    arena_free(&r.scratch);
    p->records = r.records;
    *st = (struct states){.area = pull->area, .upto = r.seen, .more = r.more};
    return rc;
}

/* A pull may take long, and rights may be withdrawn meanwhile. */
static enum rc still_may(struct pulling *p, struct err *err)
{
    struct arena mem = {0};
    struct device d;
    enum rc rc = store_device(p->store, p->serve.caller.device, &mem, &d, err);

    if (rc == RC_OK)
        rc = device_may(&d, p->now_ms, err);
    if (rc == RC_OK && (d.caller.role != p->serve.caller.role ||
                        !caller_has_area(&d.caller, p->next.pull.area)))
        rc = err_set(err, RC_DENIED, "the rights of device %u have changed",
                     (unsigned)d.caller.device);
    arena_free(&mem);
    return rc;
}

enum rc pulling_next(struct pulling *p, struct buf *out, bool *more,
                     struct err *err)
{
    struct buf message = buf_make(message_bytes_max);
    struct states st = {0};
    enum rc rc = still_may(p, err);

    if (rc == RC_OK)
        rc = read_states(p, &message, &st, err);
    if (rc == RC_OK)
        rc = pack_compress(buf_view(&message), LEVEL, out, err);
    buf_free(&message);
    if (rc != RC_OK)
        return rc;
    (void)serve_step(&p->serve,
                     &(struct serve_event){.kind = SERVE_STATES, .states = &st},
                     &p->mem);
    p->next = serve_step(&p->serve, &(struct serve_event){.kind = SERVE_SENT},
                         &p->mem);
    *more = p->next.kind == SERVE_READ;
    return RC_OK;
}

void pulling_free(struct pulling *p)
{
    arena_free(&p->mem);
}

/* -- the journal as a chain --------------------------------------------- */

enum rc converse_chain(struct store *s, const struct device *d, uint32_t area,
                       uint64_t after, struct buf *out, struct err *err)
{
    if (!caller_has_area(&d->caller, area))
        return err_set(err, RC_DENIED, "this device has no rights in area %u",
                       (unsigned)area);
    return ledger_entries(s, area, after, out, err);
}

/* -- record types ------------------------------------------------------- */

enum rc converse_types(struct store *s, struct bytes version, struct arena *mem,
                       struct buf *out, struct err *err)
{
    struct bytes bundle;
    enum rc rc = store_types(s, version, mem, &bundle, err);

    return rc == RC_OK ? pack_compress(bundle, LEVEL, out, err) : rc;
}

/* -- neighbourhoods ------------------------------------------------------ */

enum rc converse_regions(struct store *s, struct bytes version,
                         struct arena *mem, struct buf *out, struct err *err)
{
    struct message m = {.kind = MESSAGE_REGIONS};
    struct buf plain = buf_make(regions_bytes_max);
    enum rc rc = regions_told(s, mem, &m.as.regions, err);

    if (rc == RC_OK && !bytes_eq(m.as.regions.version, version))
        rc = err_set(err, RC_OUTDATED,
                     "there are other neighbourhoods by now: say hello again");
    if (rc == RC_OK)
        rc = put_message(&plain, &m, err);
    if (rc == RC_OK)
        rc = pack_compress(buf_view(&plain), LEVEL_ONCE, out, err);
    buf_free(&plain);
    return rc;
}
