/* A device changes its key (server.h, device_key.h). */
#include <stdlib.h>

#include "server/device_key.h"
#include "server/server.h"
#include "sync/sys/key_claim.h"
#include "sync/sys/log.h"

struct key_job {
    struct merge_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct sign_public key;
    struct visit visit;
    uint32_t device;
    bool use; /* else it is announced */
};

static enum rc key_run(struct merge_job *job, struct store *s, struct err *err)
{
    struct key_job *k = (struct key_job *)job;
    struct bytes key = {k->key.der, k->key.n};

    enum rc rc;

    if (!k->use) {
        rc = device_key_announce(s, k->device, key, err);
        job->wrote = rc != RC_CONFLICT; /* which it sees before it writes */
        return rc;
    }
    job->wrote = true;
    return device_key_use(s, k->device, key, err);
}

static void note_key(const struct key_job *k, struct httpd_request *r)
{
    struct access_line line = visit_line(&k->visit, r);

    line.on = k->use ? "in force" : "announced";
    access_try(k->server->access, &line);
}

static void key_answer(void *arg, struct httpd_request *r)
{
    struct key_job *k = arg;

    if (k->job.rc != RC_OK) {
        visit_refuse(k->server, r, &k->visit, &k->job.err);
    } else {
        note_key(k, r);
        log_info(k->use ? "device.key_changed" : "device.key_announced",
                 "device=%u", (unsigned)k->device);
        httpd_reply(r, 204, NULL, (struct bytes){0});
    }
    free(k);
}

static void key_done(struct merge_job *job)
{
    struct key_job *k = (struct key_job *)job;

    httpd_resume(k->r, key_answer, k);
}

/* The body: the claim signed with the new key, then the key. */
static enum rc key_read(struct key_job *k, const struct device *d,
                        struct err *err)
{
    struct bytes body = httpd_body(k->r), proof = {body.p, SIGN_BYTES};
    struct digest claim;
    enum rc rc;

    k->device = d->caller.device;
    if (body.n <= SIGN_BYTES)
        return err_set(err, RC_INVALID, "this is no signature and a key");
    rc = sign_public_read(
        (struct bytes){body.p + SIGN_BYTES, body.n - SIGN_BYTES}, &k->key, err);
    if (rc != RC_OK)
        return rc;
    claim = key_claim(k->device, &k->key);
    return sign_verify(&k->key, &claim, proof, err);
}

/* *done: it is in force already. */
static enum rc key_place(struct key_job *k, const struct visit *v, bool *done,
                         struct err *err)
{
    struct bytes key = {k->key.der, k->key.n};

    k->use = v->by_next;
    *done = !v->by_next && bytes_eq(key, v->device.key);
    if (v->by_next && !bytes_eq(key, v->device.next_key))
        return err_set(err, RC_CONFLICT,
                       "a key is announced with the one in force");
    return RC_OK;
}

void api_key(void *ctx, struct httpd_request *r)
{
    struct key_job *k = mem_new(sizeof *k);
    struct visit *v = &k->visit;
    bool done = false;
    struct err err;
    enum rc rc;

    k->server = ctx;
    k->r = r;
    k->job.run = key_run;
    k->job.done = key_done;
    k->job.bytes = sizeof *k;
    rc = endpoint_enter(ctx, r, ENDPOINT_KEY, v, &err);
    if (rc == RC_OK)
        rc = key_read(k, &v->device, &err);
    if (rc == RC_OK)
        rc = key_place(k, v, &done, &err);
    if (rc == RC_OK && !done) {
        httpd_defer(r);
        rc = merger_submit(k->server->merger, &k->job, &err);
        if (rc == RC_OK)
            return;
        k->job.rc = rc;
        k->job.err = err;
        httpd_resume(r, key_answer, k);
        return;
    }
    if (rc == RC_OK) {
        note_key(k, r);
        httpd_reply(r, 204, NULL, (struct bytes){0});
    } else {
        visit_refuse(k->server, r, v, &err);
    }
    free(k);
}
