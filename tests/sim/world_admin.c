/* What the administrator of the pretend world does; nothing fails meanwhile. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "schema/schema.h"
#include "tests/sim/world_int.h"

static void ok(struct world *w, enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        broken(w, "the administrator could not: %s", err->text);
}

static void put_account(struct world *w, struct device_sim *d, unsigned areas)
{
    uint32_t list[MODEL_AREAS];
    int64_t account;
    size_t n = 0;
    unsigned i;
    struct err err;

    for (i = 1; i <= w->areas_n; i++)
        if (areas >> i & 1U)
            list[n++] = i;
    ok(w,
       store_account_put(&w->server.writer, d->user, d->role, list, n, 0,
                         &account, &err),
       &err);
}

void server_grant(struct world *w, struct device_sim *d, unsigned areas)
{
    size_t i;

    for (i = 0; i < w->devices_n; i++) /* it may have a twin */
        if (strcmp(w->devices[i].user, d->user) == 0)
            w->devices[i].granted = areas;
    put_account(w, d, areas);
    note(w, "administrator: %s may work in areas %x", d->user, areas);
}

void server_enrol(struct world *w, struct device_sim *d)
{
    struct digest secret = {0};
    struct sign_public key = {.n = 64};
    struct enrolled enrolled;
    int64_t account = 0;
    uint32_t list[MODEL_AREAS];
    size_t n = 0;
    unsigned i;
    struct err err;

    random_fill(w, &secret, sizeof secret);
    random_fill(w, key.der, key.n);
    for (i = 1; i <= w->areas_n; i++)
        if (d->granted >> i & 1U)
            list[n++] = i;
    ok(w,
       store_account_put(&w->server.writer, d->user, d->role, list, n, 0,
                         &account, &err),
       &err);
    ok(w,
       store_code_put(&w->server.writer, &secret, account, w->now_ms + 100000,
                      &err),
       &err);
    ok(w,
       store_enrol(&w->server.writer, &secret, &key, d->user, w->now_ms,
                   &w->scratch, &enrolled, &err),
       &err);
    d->number = enrolled.device;
    apart_enrolled(w, d->number, d->user);
    d->revoked = false;
    /* Numbers are never given out twice but by a server that forgot. */
    disk_image_free(w->server.backup);
    w->server.backup = NULL;
}

void server_revoke(struct world *w, struct device_sim *d)
{
    size_t i;
    struct err err;

    ok(w, store_device_revoke(&w->server.writer, d->number, w->now_ms, &err),
       &err);
    for (i = 0; i < w->devices_n; i++)
        if (w->devices[i].number == d->number)
            w->devices[i].revoked = true;
    note(w, "administrator: device %u is revoked", (unsigned)d->number);
}

void server_new_types(struct world *w)
{
    struct arena mem = {0};
    struct diags diags = {0};
    const struct shape *shape;
    struct bytes bundle;
    struct err err;

    if (w->newer_types)
        return;
    bundle = types_bundle(2, &mem);
    w->newer_types = true;
    w->now_ms += 1000; /* later than the ones before */
    pretend_now_ms = w->now_ms;
    ok(w, schema_compile_bundle(bundle, &mem, &diags, &shape, &err), &err);
    ok(w, store_types_set(&w->server.writer, shape, bundle, &err), &err);
    diags_free(&diags);
    arena_free(&mem);
    note(w, "administrator: newer record types");
    net_server_died(w);
    settling_free(&w->server.settling);
    store_close(&w->server.reader);
    store_close(&w->server.writer);
    w->server.up = false;
    disk_image_free(w->server.backup);
    w->server.backup = NULL;
    server_start(w);
}

/* -- erasures ----------------------------------------------------------- */

void server_erase(struct world *w)
{
    struct server_sim *s = &w->server;
    struct rows_name name;
    struct model_record *r;
    struct erased done;
    struct err err;
    size_t index;

    if (w->model.records_n == 0)
        return;
    index = (size_t)roll(&w->dice, w->model.records_n);
    r = w->model.records[index];
    if (r->erased != 0)
        return;
    name = (struct rows_name){type_in(w, s->writer.shape, r->type), r->area,
                              r->id};
    pretend_now_ms = w->now_ms;
    ok(w, erase_records("/0", &s->writer, &name, 1, w->now_ms, &done, &err),
       &err);
    r->erased = ++w->model.version[r->area];
    note(w, "administrator: r%zu of area %u is erased", index,
         (unsigned)r->area);
    check_server_record(w, r);
}

void server_empty(struct world *w)
{
    struct server_sim *s = &w->server;
    struct model_emptied e = {0};
    struct rows_name name;
    struct model_record *r;
    struct err err;
    size_t index, f;

    if (w->model.records_n == 0)
        return;
    index = (size_t)roll(&w->dice, w->model.records_n);
    r = w->model.records[index];
    if (r->erased != 0 || r->emptied_n == MODEL_EMPTIED_MAX)
        return;
    name = (struct rows_name){type_in(w, s->writer.shape, r->type), r->area,
                              r->id};
    for (f = 1; f < name.type->fields_n; f++)
        if (chance(w, 40))
            e.fields |= UINT64_C(1) << f;
    if (e.fields == 0)
        return;
    pretend_now_ms = w->now_ms;
    ok(w, erase_fields_next(&s->writer, &name, e.fields, w->now_ms, &err),
       &err);
    e.seen = e.version = ++w->model.version[r->area];
    r->emptied[r->emptied_n++] = e;
    apart_emptied(w, r);
    note(w, "administrator: fields %" PRIx64 " of r%zu of area %u are emptied",
         e.fields, index, (unsigned)r->area);
    check_server_record(w, r);
    server_settle(w); /* the list beside the store; the rest comes later */
}

/* As what they stand in the store that was put back. */
static void read_erasures(struct world *w, struct store *store)
{
    size_t i;

    for (i = 0; i < w->model.records_n; i++) {
        struct model_record *r = w->model.records[i];
        struct record real;
        struct err err;

        if (r->erased == 0)
            continue;
        ok(w,
           rows_load(store->rows, type_in(w, store->shape, r->type), r->area,
                     &r->id, &w->scratch, &real, &err),
           &err);
        if (!real.erased)
            broken(w, "the backup brought r%zu back, which was erased", i);
        r->erased = real.version;
    }
    for (i = 0; i < w->model.records_n; i++)
        admin_emptied(w, store, w->model.records[i]);
    for (i = 0; i < w->model.records_n; i++)
        if (w->model.records[i]->emptied_n > 0)
            apart_emptied(w, w->model.records[i]);
}

/* -- backups ------------------------------------------------------------ */

void server_backup(struct world *w)
{
    struct server_sim *s = &w->server;

    disk_image_free(s->backup);
    s->backup = disk_image_take(SERVER_HOST);
    s->backup_entries = w->model.entries_n;
    memcpy(s->backup_version, w->model.version, sizeof s->backup_version);
    s->backup_ms = w->now_ms;
    note(w, "administrator: backup");
}

/* As of the backup, with an epoch of its own. */
static void model_goes_back(struct world *w)
{
    size_t i;
    unsigned a;

    w->server.epochs++;
    for (i = w->server.backup_entries; i < w->model.entries_n; i++)
        w->model.entries[i]->lost = true;
    for (a = 1; a <= AREAS_MAX; a++)
        w->model.version[a] =
            w->server.backup_version[a] + UINT64_C(1000000000);
    for (i = 0; i < w->devices_n; i++)
        w->devices[i].stale = true;
    apart_goes_back(w);
}

void server_restore(struct world *w)
{
    struct server_sim *s = &w->server;
    struct store store = {0};
    struct erased done;
    struct err err;
    size_t i;

    net_server_died(w);
    settling_free(&s->settling);
    store_close(&s->reader);
    store_close(&s->writer);
    disk_restart(SERVER_HOST, false, &w->dice);
    disk_image_put(SERVER_HOST, s->backup);
    ok(w, store_open("/0", STORE_WRITE, NULL, &store, &err), &err);
    ok(w, erase_again("/0", &store, w->now_ms, &done, &err), &err);
    ok(w, store_new_epoch(&store, &err), &err);
    model_goes_back(w);
    read_erasures(w, &store);
    admin_versions(w, &store);
    store_close(&store);
    note(w, "administrator: the server is put back from its backup");
    server_start(w);
    /* Rights as they are today. */
    for (i = 0; i < w->devices_n; i++) {
        struct device_sim *d = &w->devices[i];

        put_account(w, d, d->granted);
        if (d->revoked && store_device_revoke(&s->writer, d->number, w->now_ms,
                                              &err) != RC_OK)
            note(w, "%s was revoked before", d->user);
    }
    disk_image_free(s->backup);
    s->backup = NULL;
}
