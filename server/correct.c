#include "server/correct.h"

#include <stdio.h>
#include <string.h>

#include "server/deletion.h"
#include "server/erasure.h"
#include "server/own_device.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/shape_text.h"

/* -- the device of the server ------------------------------------------- */

/* The first time, or in a store that was put back from before that, it is
 * made. */
static enum rc find_device(const char *dir, struct store *s, uint64_t now_ms,
                           struct own_device *out, struct err *err)
{
    char path[1024];
    int64_t account = 0;
    enum rc rc;

    snprintf(path, sizeof path, "%s/correct.key", dir);
    rc = own_device_open(path, s, out, err);
    if (rc != RC_OK || out->number != 0)
        return rc;
    rc = store_account_put(s, "stoepd", ROLE_ADMIN, NULL, 0, 0, &account, err);
    return rc == RC_OK
               ? own_device_make(out, s, account, "rectification", now_ms, err)
               : rc;
}

/* -- the changeset ------------------------------------------------------ */

struct correcting {
    const struct correction *c;
    struct own_device by;
    uint64_t now_ms;
    struct arena mem;
};

static enum rc take_pair(struct correcting *t, const char *pair,
                         const struct shown *seen, struct write *out,
                         struct err *err)
{
    const struct shape_type *type = t->c->name.type;
    const char *equals = strchr(pair, '=');
    const struct shape_field *f;
    enum rc rc;

    if (equals == NULL)
        return err_set(err, RC_INVALID, "\"%s\": write field=value", pair);
    f = shape_field_named(
        type, (struct bytes){(const uint8_t *)pair, (size_t)(equals - pair)});
    if (f == NULL || f == &type->fields[FIELD_DELETED])
        return err_set(err, RC_INVALID, "%s has no field \"%.*s\"", type->name,
                       (int)(equals - pair), pair);
    rc = shape_read(f, bytes_of(equals + 1), t->now_ms, LANG_EN, &t->mem,
                    &out->value, err);
    if (rc != RC_OK)
        return rc;
    out->field = (uint16_t)shape_field_index(type, f);
    out->base = value_null();
    if (f->policy == POLICY_UNION || f->policy == POLICY_TEXT)
        out->base = seen->values[out->field];
    return RC_OK;
}

/* What is to be written over what is there now. */
static enum rc make_changeset(struct correcting *t, struct store *s,
                              struct changeset *out, struct err *err)
{
    const struct correction *c = t->c;
    struct write *w = arena_new(&t->mem, c->pairs_n * sizeof *w);
    struct hlc clock = {0};
    struct record r;
    struct shown seen;
    size_t i;
    enum rc rc = rows_load(s->rows, c->name.type, c->name.area, &c->name.id,
                           &t->mem, &r, err);

    if (rc == RC_OK && r.unreadable)
        return err_set(err, RC_NOTFOUND, "the key to this record is missing");
    if (rc == RC_OK &&
        (r.erased || (!record_exists(&r) && record_emptied(&r) == 0)))
        rc = err_set(err, RC_NOTFOUND, "this record was erased");
    if (rc != RC_OK)
        return rc;
    merge_show_record(&r, &t->mem, &seen);
    for (i = 0; rc == RC_OK && i < c->pairs_n; i++)
        rc = take_pair(t, c->pairs[i], &seen, &w[i], err);
    *out = (struct changeset){.device = t->by.number,
                              .clock = hlc_tick(&clock, t->now_ms),
                              .area = c->name.area,
                              .type = c->name.type,
                              .record = c->name.id,
                              .base_version = r.version,
                              .writes = w,
                              .writes_n = c->pairs_n};
    return rc == RC_OK ? changeset_check(out, err) : rc;
}

/* -- handed in ---------------------------------------------------------- */

static enum rc hand_in(struct correcting *t, struct store *s,
                       struct changeset *c, struct err *err)
{
    static const char *const fine[1];
    struct batch_job job = {
        .mem = &t->mem, .verdicts = fine, .now_ms = t->now_ms, .officer = true};
    struct own_batch b;
    enum rc rc = own_device_sign(&t->by, s, c, t->now_ms, &t->mem, &b, err);

    if (rc == RC_OK) {
        job.batch = &b.batch;
        job.body = b.body;
        job.proof = b.proof;
        rc = batch_job_run(&job.job, s, err);
    }
    if (rc == RC_OK && job.ack.parked_n > 0)
        rc = err_set(err, RC_DENIED, "%.*s", (int)job.ack.parked[0].reason.n,
                     (const char *)job.ack.parked[0].reason.p);
    else if (rc == RC_OK && job.ack.ranges[0].version == 0)
        rc = err_set(err, RC_NOTFOUND, "this record was erased");
    return rc;
}

static enum rc forget(struct correcting *t, struct store *s,
                      const struct changeset *c, struct err *err)
{
    uint64_t fields = 0;
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        fields |= UINT64_C(1) << c->writes[i].field;
    return erase_fields_next(s, &t->c->name, fields, t->now_ms, err);
}

static enum rc run(struct correcting *t, struct store *s, struct err *err)
{
    struct deletion d = {.why = DELETION_CORRECTION,
                         .type = t->c->name.type,
                         .class = t->c->name.type->retention,
                         .note = t->c->note};
    struct changeset c;
    enum rc rc;

    rc = make_changeset(t, s, &c, err);
    if (rc == RC_OK && t->c->forget) {
        rc = forget(t, s, &c, err);
        if (rc == RC_OK) /* over what is left */
            rc = make_changeset(t, s, &c, err);
    }
    if (rc == RC_OK)
        rc = hand_in(t, s, &c, err);
    return rc == RC_OK ? deletion_add(s, &d, t->now_ms, err) : rc;
}

enum rc correct_next(const char *dir, struct store *s,
                     const struct correction *c, uint64_t now_ms,
                     struct err *err)
{
    struct correcting t = {.c = c, .now_ms = now_ms};
    enum rc rc = find_device(dir, s, now_ms, &t.by, err);

    if (rc == RC_OK)
        rc = run(&t, s, err);
    arena_free(&t.mem);
    own_device_close(&t.by);
    return rc;
}

enum rc correct(const char *dir, struct store *s, const struct correction *c,
                uint64_t now_ms, struct err *err)
{
    enum rc rc = db_begin(s->db, err);

    if (rc == RC_OK)
        rc = db_end(s->db, correct_next(dir, s, c, now_ms, err), err);
    return rc == RC_OK && s->unsettled ? erase_settle(dir, s, NULL, err) : rc;
}
