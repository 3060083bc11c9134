/* The devices of the pretend world: saving, syncing, dying, coming back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/local_tables.h"
#include "sync/sys/file.h"
#include "tests/sim/world_int.h"

/* Of devices whose stores are in plain files, and encrypted. */
static struct disk_image *template_image[2];

static const uint8_t device_key[LOCAL_KEY_BYTES] = {1, 2, 3};

/* A store that starts with the pretend record types, not with those that ship
 * with the product. */
static void make_template(const uint8_t *key)
{
    struct arena mem = {0};
    struct bytes bundle = types_bundle(1, &mem);
    struct db_options o = {.create = true, .durable = true, .key = key};
    struct local l;
    struct db *db;
    struct db_query *q;
    struct err err;

    if (db_open("/1/stoep.db", o, &db, &err) != RC_OK ||
        migrate(db, local_migrations, local_migrations_n, &err) != RC_OK)
        abort();
    q = db_query(db, SQL("INSERT INTO bundle(version, body)"
                         " VALUES ('first', :body)"));
    db_bind_blob(q, "body", bundle);
    if (db_done(db_run_at(q), &err) != RC_OK ||
        db_run(db, SQL("INSERT INTO kv(key, value) VALUES ('types', 'first')"),
               &err) != RC_OK)
        abort();
    db_close(db);
    if (local_open("/1", key, &l, &err) != RC_OK)
        abort();
    local_close(&l);
    if (file_replace("/1/vault", bytes_of("the key of this store"), 0600,
                     &err) != RC_OK)
        abort();
    template_image[key != NULL] = disk_image_take(1);
    arena_free(&mem);
    disks_reset();
}

void device_template(void)
{
    wipe_template();
    make_template(NULL);
    make_template(device_key);
}

static const uint8_t *key_of(const struct world *w)
{
    return world_encrypted(w->seed) ? device_key : NULL;
}

/* -- up and down -------------------------------------------------------- */

void device_start(struct world *w, struct device_sim *d)
{
    const struct disk *disk = disk_of(d->host);
    uint64_t faults = disk->faults;
    struct err err;

    if (wipe_under_way(w, d)) {
        wipe_go_on(w, d);
        return;
    }
    pretend_now_ms = moment_of(w, d).now_ms;
    if (local_open(device_dir(w, d), key_of(w), &d->l, &err) != RC_OK) {
        note(w, "%s does not start: %s", d->user, err.text);
        if (disk->dead)
            disk_restart(d->host, true, &w->dice);
        else if (disk->faults == faults)
            broken(w, "%s does not start: %s", d->user, err.text);
        return;
    }
    d->up = true;
    note(w, "%s starts", d->user);
    if (d->restored)
        read_areas(w, d);
    check_journal(w, d);
    check_device(w, d);
}

void device_stop(struct world *w, struct device_sim *d)
{
    (void)w;
    net_forget(d);
    if (d->talking)
        conversation_close(&d->talk);
    d->talking = false;
    if (d->up)
        local_close(&d->l);
    d->up = false;
}

void device_crashed(struct world *w, struct device_sim *d, bool power)
{
    device_stop(w, d);
    disk_restart(d->host, power, &w->dice);
    note(w, "%s is down", d->user);
}

void device_end(struct device_sim *d)
{
    if (d->talking)
        conversation_close(&d->talk);
    if (d->up)
        local_close(&d->l);
    device_copy_free(d);
    free(d->own);
    *d = (struct device_sim){0};
}

/* -- numbers ------------------------------------------------------------ */

/* Whoever named a changeset so, it was saved. */
void archive(struct world *w, const struct changeset *c)
{
    struct changeset *copy = arena_new(&w->model.mem, sizeof *copy);

    *copy = *c;
    if (w->saved_n == w->saved_cap) {
        w->saved_cap = 2 * w->saved_cap + 256;
        w->saved = mem_resize(w->saved, w->saved_cap * sizeof(void *));
    }
    w->saved[w->saved_n++] = copy;
}

struct own *own_add(struct world *w, struct device_sim *d,
                    const struct changeset *c)
{
    if (d->own_n == d->own_cap) {
        d->own_cap = 2 * d->own_cap + 64;
        d->own = mem_resize(d->own, d->own_cap * sizeof *d->own);
    }
    d->own[d->own_n] = (struct own){.c = model_copy(&w->model, c)};
    archive(w, &d->own[d->own_n].c);
    return &d->own[d->own_n++];
}

/* What waits becomes 1, 2, 3 … of the number that server_enrol() gave. */
static void renumber(struct world *w, struct device_sim *d)
{
    size_t i, n = 0;

    for (i = 0; i < d->own_n; i++) {
        if (d->own[i].acked || d->own[i].forgotten)
            continue;
        d->own[n] = d->own[i];
        d->own[n].c.device = d->number;
        d->own[n].c.number = n + 1;
        archive(w, &d->own[n].c);
        n++;
    }
    d->own_n = n;
}

static void enrolled(struct world *w, struct device_sim *d)
{
    struct err err;

    if (local_enrolled(&d->l, d->number, &err) != RC_OK)
        broken(w, "%s could not enrol: %s", d->user, err.text);
    renumber(w, d);
    d->stale = true; /* it learns everything anew */
    d->stopped = RC_OK;
    d->forked = false;
    note(w, "%s is device %u now", d->user, (unsigned)d->number);
    check_journal(w, d);
}

void device_enrol_anew(struct world *w, struct device_sim *d)
{
    struct disk *ours = disk_of(d->host), *theirs = disk_of(SERVER_HOST);

    ours->dies_at = ours->fails_n = ours->room = 0;
    theirs->dies_at = theirs->fails_n = theirs->room = 0;
    device_copy_free(d);
    server_enrol(w, d);
    enrolled(w, d);
    w->tally->reenrolled++;
}

struct device_sim *device_add(struct world *w, enum role role)
{
    struct device_sim *d = &w->devices[w->devices_n];

    *d = (struct device_sim){.host = 1 + (unsigned)w->devices_n, .role = role};
    snprintf(d->user, sizeof d->user, "%s-%zu", role_word(role),
             w->devices_n + 1);
    w->devices_n++;
    d->granted = 2U + 2U * (unsigned)roll(&w->dice, 1U << (w->areas_n - 1));
    if (chance(w, 60))
        d->granted = (2U << w->areas_n) - 2U;
    disk_image_put(d->host, template_image[key_of(w) != NULL]);
    server_enrol(w, d);
    device_start(w, d);
    enrolled(w, d);
    return d;
}

/* -- saving ------------------------------------------------------------- */

static const struct shape_type *some_type(struct world *w,
                                          const struct device_sim *d)
{
    const struct shape_type *hidden =
        shape_type_named(d->l.shape, bytes_of("hidden"));

    if (hidden == NULL)
        hidden = shape_type_named(d->l.shape, bytes_of("secret"));
    if (w->seed % 3 != 0 && chance(w, 20)) /* not in all worlds */
        return shape_type_named(d->l.shape, bytes_of("zz-person"));
    return chance(w, d->role == ROLE_LEAD ? 20 : 1)
               ? hidden
               : shape_type_named(d->l.shape, bytes_of("thing"));
}

static bool has_record(struct world *w, const struct device_sim *d, size_t at)
{
    const struct model_record *r = w->model.records[at];
    size_t i;

    if (!(d->areas >> r->area & 1U))
        return false;
    if (d->pulled[at] > 0)
        return true;
    for (i = 0; i < d->own_n; i++)
        if (id_eq(&d->own[i].c.record, &r->id) && d->own[i].c.area == r->area)
            return true;
    return false;
}

/* A record it has on screen, or a new one. */
static bool some_record(struct world *w, const struct device_sim *d,
                        struct changeset *c)
{
    unsigned tries;
    uint8_t random[ID_RANDOM_BYTES];

    for (tries = 0; tries < 6 && chance(w, 85); tries++) {
        size_t at;

        if (w->model.records_n == 0)
            break;
        at = (size_t)roll(&w->dice, w->model.records_n);
        if (has_record(w, d, at)) {
            c->type = type_in(w, d->l.shape, w->model.records[at]->type);
            c->area = w->model.records[at]->area;
            c->record = w->model.records[at]->id;
            return true;
        }
    }
    c->type = some_type(w, d);
    do
        c->area = 1 + (uint32_t)roll(&w->dice, w->areas_n);
    while (!(d->areas >> c->area & 1U));
    random_fill(w, random, sizeof random);
    c->record = id_make(w->now_ms, random);
    return w->model.records_n < RECORDS_MAX - 1;
}

static struct value some_value(struct world *w, const struct changeset *c,
                               size_t f)
{
    if (c->type->apart)
        return apart_value(w, &c->type->fields[f], c->area, &c->record);
    return types_value(w, &c->type->fields[f], c->area, &w->scratch);
}

static struct write *some_writes(struct world *w, const struct device_sim *d,
                                 const struct changeset *c,
                                 const struct shown *seen, size_t *n)
{
    struct write *out = arena_new(&w->scratch, c->type->fields_n * sizeof *out);
    uint16_t f;

    (void)d;
    *n = 0;
    if (chance(w, seen->deleted ? 50 : 5)) {
        out[(*n)++] = (struct write){.field = FIELD_DELETED,
                                     .value = seen->deleted ? value_null()
                                                            : value_int(1)};
        return out;
    }
    if (seen->review != 0 && chance(w, 60)) { /* settle it */
        for (f = 1; f < c->type->fields_n; f++)
            if (seen->review >> f & 1U)
                out[(*n)++] =
                    (struct write){.field = f, .value = seen->values[f]};
        if (*n > 0)
            return out;
    }
    for (f = 1; f < c->type->fields_n; f++)
        if (chance(w, c->type->apart && f == c->type->given_to ? 60 : 25))
            out[(*n)++] =
                (struct write){.field = f, .value = some_value(w, c, f)};
    if (*n == 0)
        out[(*n)++] = (struct write){.field = 1, .value = some_value(w, c, 1)};
    return out;
}

/* The save failed.  It may be in the store all the same, if the fault came
 * after its last byte: the next start tells. */
static void save_failed(struct world *w, struct device_sim *d,
                        const struct changeset *c, const struct err *err,
                        uint64_t faults)
{
    const struct disk *disk = disk_of(d->host);

    note(w, "%s could not save: %s", d->user, err->text);
    if (!disk->dead && disk->faults == faults)
        broken(w, "%s could not save: %s", d->user, err->text);
    d->unsure = true;
    d->maybe = model_copy(&w->model, c);
}

static enum rc save_elsewhere(struct world *w, struct device_sim *d,
                              struct changeset *c, struct moment at,
                              struct err *err)
{
    struct local other;
    enum rc rc = local_open(device_dir(w, d), key_of(w), &other, err);

    if (rc != RC_OK)
        return rc;
    c->type = shape_type_named(other.shape, bytes_of(c->type->name));
    rc = local_save(&other, c, at.now_ms, &w->scratch, err);
    c->type = shape_type_named(d->l.shape, bytes_of(c->type->name));
    local_close(&other);
    return rc;
}

void device_save(struct world *w, struct device_sim *d)
{
    struct changeset c = {0};
    uint64_t faults = disk_of(d->host)->faults;
    struct moment at = moment_of(w, d);
    struct local_record r;
    struct shown seen;
    struct err err;
    size_t index;
    enum rc rc;

    if (!lease_open(w, d) || d->areas == 0 || !some_record(w, d, &c))
        return;
    pretend_now_ms = at.now_ms;
    rc = local_load(&d->l, c.type, c.area, &c.record, &w->scratch, &r, &err);
    if (rc != RC_OK) {
        if (disk_of(d->host)->faults == faults && !disk_of(d->host)->dead)
            broken(w, "%s could not look at a record: %s", d->user, err.text);
        return;
    }
    if (r.shown.erased)
        return; /* as it says to the worker */
    merge_show_record(&r.shown, &w->scratch, &seen);
    c.writes = some_writes(w, d, &c, &seen, &c.writes_n);
    if (happens(w, EVENT_TWO_PROGRAMS, 60))
        rc = save_elsewhere(w, d, &c, at, &err);
    else
        rc = local_save(&d->l, &c, at.now_ms, &w->scratch, &err);
    if (rc != RC_OK) {
        save_failed(w, d, &c, &err, faults);
        return;
    }
    d->unsure = false;
    index = record_index_of(w, c.type->name, &c.record, c.area);
    check_save(w, d, &c, index);
    if (d->own_n > 0 && c.number != d->own[d->own_n - 1].c.number + 1)
        broken(w, "%s: number %" PRIu64 " after %" PRIu64, d->user, c.number,
               d->own[d->own_n - 1].c.number);
    own_add(w, d, &c);
    w->tally->saves++;
    note(w,
         "%s saves %u:%" PRIu64 ", %zu fields of r%zu in area %u over %" PRIu64,
         d->user, (unsigned)c.device, c.number, c.writes_n, index,
         (unsigned)c.area, c.base_version);
    if (disk_of(d->host)->faults == faults && !disk_of(d->host)->dead)
        check_device_record(w, d, index);
}

/* -- syncing ------------------------------------------------------------ */

void device_next(struct world *w, struct device_sim *d,
                 enum conversation_next next)
{
    d->next = next;
    lease_hear(d);
    if (disk_of(d->host)->dead)
        return; /* the scheduler sees to it */
    switch (next) {
    case CONVERSATION_ASK: net_send(w, d); return;
    case CONVERSATION_WAIT:
        note(w, "%s waits %u ms: %s", d->user, (unsigned)d->talk.wait_ms,
             d->talk.err.text);
        return;
    case CONVERSATION_DONE:
        if (d->talk.session.self.epoch == w->server.reader.epoch)
            d->stale = false;
        w->tally->syncs++;
        note(w, "%s is in sync", d->user);
        break;
    case CONVERSATION_STOP:
        d->stopped = d->talk.err.code;
        note(w, "%s gives up: %s", d->user, d->talk.err.text);
        break;
    case CONVERSATION_WIPE: wipe_now(w, d); return;
    }
    conversation_close(&d->talk);
    d->talking = false;
    check_journal(w, d);
    if (next == CONVERSATION_DONE && (d->areas == 0 || chance(w, 25)))
        check_device(w, d);
    else
        read_areas(w, d);
}

void device_sync(struct world *w, struct device_sim *d)
{
    uint64_t faults = disk_of(d->host)->faults;
    struct err err;

    d->stopped = RC_OK;
    pretend_now_ms = moment_of(w, d).now_ms;
    if (conversation_open(&d->talk, &d->l, 8, &err) != RC_OK) {
        conversation_close(&d->talk);
        if (disk_of(d->host)->faults == faults && !disk_of(d->host)->dead)
            broken(w, "%s could not begin: %s", d->user, err.text);
        return;
    }
    d->talking = true;
    note(w, "%s begins to sync", d->user);
    device_next(w, d, conversation_start(&d->talk, moment_of(w, d)));
}
