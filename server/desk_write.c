/* Records written from a page: as any device writes, under the name of who is
 * signed in. */
#include <stdio.h>
#include <string.h>

#include "server/conversation.h"
#include "server/desk_record.h"
#include "server/own_device.h"
#include "server/passkey_store.h"
#include "sync/base/msg.h"
#include "sync/limits.h"
#include "sync/shape_text.h"
#include "sync/sys/random.h"

static const char changed_text[] =
    MSG("this was changed meanwhile: look again");

/* -- what is to be written
 * ------------------------------------------------------ */

struct writing {
    struct desk *d;
    const struct record *r;
    struct shown seen;
    struct write writes[fields_per_type_max];
    size_t n;
};

static enum rc put(struct writing *w, const char *name, struct value v,
                   struct err *err)
{
    const struct shape_type *t = w->r->type;
    const struct shape_field *f = shape_field_named(t, bytes_of(name));
    size_t i = f == NULL ? 0 : shape_field_index(t, f);

    if (i == 0 || w->n == fields_per_type_max)
        return err_set(err, RC_INVALID, "%s has no field \"%s\"", t->name,
                       name);
    w->writes[w->n] = (struct write){.field = (uint16_t)i, .value = v};
    if (f->policy == POLICY_UNION || f->policy == POLICY_TEXT)
        w->writes[w->n].base = w->seen.values[i];
    w->n++;
    return RC_OK;
}

static enum rc put_typed(struct writing *w, const char *name,
                         const json_t *typed, struct err *err)
{
    const struct shape_type *t = w->r->type;
    const struct shape_field *f = shape_field_named(t, bytes_of(name));
    const char *text = json_string_value(typed);
    struct value v;
    enum rc rc;

    if (f == NULL || text == NULL)
        return err_set(err, RC_INVALID, "%s has no field \"%s\"", t->name,
                       name);
    rc = shape_read(f, bytes_of(text), w->d->now_ms, w->d->lang, w->d->mem, &v,
                    err);
    return rc == RC_OK ? put(w, name, v, err) : rc;
}

/* One of the versions that were on the screen. */
static enum rc put_taken(struct writing *w, const char *name,
                         const json_t *take, struct err *err)
{
    const struct shape_field *f = shape_field_named(w->r->type, bytes_of(name));
    json_int_t device = json_integer_value(json_object_get(take, "device"));
    json_int_t number = json_integer_value(json_object_get(take, "number"));
    const struct heads *h =
        f == NULL ? NULL : &w->r->fields[shape_field_index(w->r->type, f)];
    size_t i;

    for (i = 0; h != NULL && i < h->n; i++)
        if (h->p[i].by->device == device &&
            (json_int_t)h->p[i].by->number == number)
            return put(w, name, h->p[i].value, err);
    return err_set(err, RC_CONFLICT, "%s", changed_text);
}

static enum rc put_deleted(struct writing *w, const char *choice,
                           struct err *err)
{
    bool deletes = strcmp(choice, "delete") == 0;

    if (choice[0] == '\0')
        return RC_OK;
    if (!deletes && strcmp(choice, "keep") != 0)
        return err_set(err, RC_INVALID, "say `keep` or `delete`");
    w->writes[w->n++] = (struct write){
        .field = FIELD_DELETED, .value = deletes ? value_int(1) : value_null()};
    return RC_OK;
}

static enum rc collect(struct writing *w, const json_t *in, struct err *err)
{
    json_t *values = json_object_get(in, "values"),
           *takes = json_object_get(in, "take"), *one;
    const char *name;
    enum rc rc = put_deleted(w, desk_text_or(in, "deleted", ""), err);

    json_object_foreach(values, name, one)
    {
        if (rc == RC_OK)
            rc = put_typed(w, name, one, err);
    }
    json_object_foreach(takes, name, one)
    {
        if (rc == RC_OK)
            rc = put_taken(w, name, one, err);
    }
    if (rc == RC_OK && w->n == 0)
        rc = err_set(err, RC_INVALID, MSG("nothing was changed"));
    return rc;
}

/* -- handed in
 * ------------------------------------------------------------------ */

/* A device of the server for this account. */
static enum rc own_device(struct desk *d, struct own_device *out,
                          struct err *err)
{
    char path[1024];
    struct passkey p;
    enum rc rc = passkey_load(d->store, d->passkey, d->mem, &p, err);

    if (rc != RC_OK)
        return rc;
    snprintf(path, sizeof path, "%s/browser-%lld.key", d->dir,
             (long long)p.account);
    rc = own_device_open(path, d->store, out, err);
    if (rc == RC_OK && out->number == 0)
        rc = own_device_make(out, d->store, p.account, "browser", d->now_ms,
                             err);
    return rc;
}

static enum rc judge(const struct push *p, struct err *err)
{
    const struct ack *a = &p->job.ack;

    if (a->parked_n > 0)
        return err_set(err, RC_DENIED, "%.*s", (int)a->parked[0].reason.n,
                       (const char *)a->parked[0].reason.p);
    if (a->ranges[0].version == 0)
        return err_set(err, RC_NOTFOUND, MSG("this record is not there"));
    return RC_OK;
}

/* Through the same door as what a device brings. */
static enum rc push(struct desk *d, const struct own_device *own,
                    struct changeset *c, struct err *err)
{
    struct own_batch b;
    struct push p = {0};
    struct device by;
    enum rc rc = own_device_sign(own, d->store, c, d->now_ms, d->mem, &b, err);

    if (rc == RC_OK)
        rc = store_device(d->store, own->number, d->mem, &by, err);
    if (rc != RC_OK)
        return rc;
    rc = push_open(&p, d->store, &by, b.body, &b.proof, d->now_ms, err);
    if (rc == RC_OK && p.job.verdicts[0] != NULL)
        rc = err_set(err, RC_DENIED, "%s", p.job.verdicts[0]);
    if (rc == RC_OK)
        rc = batch_job_run(&p.job.job, d->store, err);
    if (rc == RC_OK)
        rc = judge(&p, err);
    push_free(&p);
    return rc;
}

enum rc desk_hand_in(struct desk *d, const struct record *r, const json_t *in,
                     struct err *err)
{
    json_int_t seen = json_integer_value(json_object_get(in, "version"));
    struct writing w = {.d = d, .r = r};
    struct own_device own = {0};
    struct hlc clock = {0};
    struct changeset c;
    enum rc rc;

    if ((uint64_t)seen != r->version)
        return err_set(err, RC_CONFLICT, "%s", changed_text);
    merge_show_record(r, d->mem, &w.seen);
    rc = collect(&w, in, err);
    if (rc != RC_OK)
        return rc;
    c = (struct changeset){.clock = hlc_tick(&clock, d->now_ms),
                           .area = r->area,
                           .type = r->type,
                           .record = r->id,
                           .base_version = r->version,
                           .writes = w.writes,
                           .writes_n = w.n};
    rc = changeset_check(&c, err);
    if (rc == RC_OK) {
        desk_writes(d);
        rc = own_device(d, &own, err);
    }
    if (rc == RC_OK)
        rc = push(d, &own, &c, err);
    own_device_close(&own);
    return rc;
}

/* -- calls
 * ------------------------------------------------------------------------ */

static enum rc new_record(struct desk *d, const json_t *in, struct record *out,
                          struct err *err)
{
    const struct shape_type *t = NULL;
    uint8_t random[16];
    uint32_t area = 0;
    struct id id;
    enum rc rc = desk_type(d, in, &t, err);

    if (rc == RC_OK)
        rc = desk_area(d, in, &area, err);
    if (rc != RC_OK)
        return rc;
    random_bytes(random, sizeof random);
    id = id_make(d->now_ms, random);
    desk_names(d, &(struct rows_name){t, area, id});
    *out = record_new(t, &id, area, d->mem);
    return RC_OK;
}

enum rc desk_save(struct desk *d, const json_t *in, json_t *out,
                  struct err *err)
{
    bool makes = json_object_get(in, "id") == NULL;
    char id[ID_TEXT_CHARS + 1];
    struct record r;
    enum rc rc = makes ? new_record(d, in, &r, err) : desk_load(d, in, &r, err);

    if (rc != RC_OK)
        return rc;
    rc = desk_hand_in(d, &r, in, err);
    json_object_set_new(out, "id", json_string(id_text(&r.id, id)));
    return rc;
}
