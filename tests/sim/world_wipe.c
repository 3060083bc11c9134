/* Leases, and the end of a device: what client/agent.c and client/app_open.c do
 * around the real client/wipe.c and client/lease.c. */
#include <inttypes.h>
#include <string.h>

#include "client/wipe.h"
#include "server/contact.h"
#include "sync/limits.h"
#include "sync/sys/file.h"
#include "tests/sim/world_int.h"

static struct sign_key *sign_key; /* one for all devices */

void wipe_template(void)
{
    sign_key = sign_key_new();
}

/* -- leases ------------------------------------------------------------- */

void lease_hear(struct device_sim *d)
{
    if (!d->talk.leased)
        return;
    d->talk.leased = false;
    lease_renew(&d->lease, d->talk.server_ms, d->talk.lease_s);
    d->welcomed_ms = d->highest_ms = d->talk.server_ms;
}

/* May its store be read now?  Said once by the real code, and once by the rule:
 * not past the end of what its last welcome gave, by the highest time that its
 * clock ever showed since. */
bool lease_open(struct world *w, struct device_sim *d)
{
    uint64_t now_ms = moment_of(w, d).now_ms;
    bool open, want;

    if (!world_leases(w->seed) || d->welcomed_ms == 0)
        return true;
    (void)lease_see(&d->lease, now_ms);
    if (now_ms > d->highest_ms)
        d->highest_ms = now_ms;
    open = lease_runs(&d->lease, now_ms);
    want = d->highest_ms < d->welcomed_ms + UINT64_C(1000) * world_lease_s;
    if (open != want)
        broken(w, "the store of %s is %s %" PRIu64 " s after its welcome",
               d->user, open ? "open" : "closed",
               (d->highest_ms - d->welcomed_ms) / 1000);
    w->tally->closed += !open;
    return open;
}

/* -- telling the server ------------------------------------------------- */

struct wiping {
    struct world *w;
    struct device_sim *d;
};

struct wiped_job {
    struct merge_job job; /* first */
    struct wiped said;
    uint64_t now_ms;
};

static enum rc wiped_run(struct merge_job *job, struct store *s,
                         struct err *err)
{
    struct wiped_job *j = (struct wiped_job *)job;

    job->wrote = true;
    return contact_wiped(s, &j->said, j->now_ms, err);
}

static void done(struct merge_job *job)
{
    (void)job;
}

static enum rc nobody(struct err *err)
{
    return err_set(err, RC_NETWORK, "nobody answers");
}

static struct bytes encode(struct world *w, const struct wipe_order *o)
{
    struct message m = {.kind = MESSAGE_WIPED,
                        .as.wiped = {o->device, o->lost}};
    struct buf b = buf_make(64);
    struct bytes out;

    wire_put(&b, &m);
    out = arena_bytes(&w->scratch, buf_view(&b));
    buf_free(&b);
    return out;
}

/* As client/agent_wipe.c and server/api_sync.c do over the network. */
static enum rc say(void *ctx, const struct wipe_order *o, struct err *err)
{
    struct wiping *x = ctx;
    struct world *w = x->w;
    uint64_t faults = disk_of(SERVER_HOST)->faults;
    struct wiped_job j = {.job = {.run = wiped_run, .done = done},
                          .now_ms = w->now_ms};
    struct device d;
    enum rc rc;

    if (!w->server.up || disk_of(SERVER_HOST)->dead ||
        (!w->settling && chance(w, 30)))
        return nobody(err);
    rc = store_device(&w->server.reader, o->device, &w->scratch, &d, err);
    if (rc == RC_OK)
        rc = converse_wiped(&d, encode(w, o), &w->scratch, &j.said, err);
    if (rc == RC_OK) {
        merge_jobs_do(&w->server.writer, &j.job);
        rc = j.job.rc;
    }
    if (disk_of(SERVER_HOST)->dead || disk_of(SERVER_HOST)->faults != faults)
        return nobody(err);
    if (rc != RC_OK)
        broken(w, "%s cannot confirm its wipe: %s", x->d->user, err->text);
    x->d->wiped_epoch = w->server.epochs;
    x->d->confirmed = true;
    note(w, "%s has confirmed its wipe", x->d->user);
    if (!w->settling && chance(w, 20))
        return nobody(err); /* the answer was lost */
    return RC_OK;
}

const char *device_dir(struct world *w, const struct device_sim *d)
{
    return arena_printf(&w->scratch, "/%u", d->host);
}

/* -- wiping ------------------------------------------------------------- */

/* A store without its vault opens to nobody. */
bool wipe_under_way(struct world *w, const struct device_sim *d)
{
    const char *dir = device_dir(w, d);

    return disk_has(arena_printf(&w->scratch, "%s/wipe", dir)) ||
           !disk_has(arena_printf(&w->scratch, "%s/vault", dir));
}

void wipe_go_on(struct world *w, struct device_sim *d)
{
    struct wiping x = {w, d};
    const char *dir = device_dir(w, d);
    struct err err;

    pretend_now_ms = moment_of(w, d).now_ms;
    if (wipe_state(dir) != WIPE_BEGUN)
        return;
    note(w, "%s goes on wiping itself", d->user);
    if (wipe_destroy(dir, &err) == RC_OK &&
        wipe_confirm(dir, say, &x, &err) == RC_OK)
        w->tally->wiped++;
    else
        note(w, "%s: %s", d->user, err.text);
}

/* The conversation has ended in the order to. */
void wipe_now(struct world *w, struct device_sim *d)
{
    struct local_counts counts = {0};
    struct wipe_order o = {.url = "https://server",
                           .pin = {1},
                           .device = d->number,
                           .key = sign_key};
    struct err err;

    if (!d->revoked)
        broken(w, "%s is told to wipe itself, and was not revoked", d->user);
    if (local_count(&d->l, &counts, &err) == RC_OK)
        o.lost = counts.waiting;
    note(w, "%s is told to wipe itself, with %" PRIu64 " not handed in",
         d->user, o.lost);
    device_stop(w, d);
    if (!w->settling)
        break_disk(w, disk_of(d->host), false, 25);
    if (wipe_begin(device_dir(w, d), &o, &err) == RC_OK)
        wipe_go_on(w, d);
    else
        note(w, "%s: %s", d->user, err.text);
}

/* All lines and disks work again, and it was asked once more. */
void check_wiped(struct world *w, struct device_sim *d)
{
    const char *dir = device_dir(w, d);
    struct device row;
    char **files;
    size_t n, i;
    struct err err;

    if (d->up)
        broken(w, "%s was revoked and works", d->user);
    if (file_list(dir, "", &w->scratch, &files, &n, &err) != RC_OK)
        broken(w, "%s: %s", d->user, err.text);
    /* Its note could not be written, and then it died: the keys are gone. */
    if (wipe_state(dir) == WIPE_NONE && wipe_under_way(w, d))
        return;
    for (i = 0; i < n; i++)
        if (strcmp(files[i], arena_printf(&w->scratch, "%s/wiped", dir)) != 0)
            broken(w, "%s was revoked and still has %s", d->user, files[i]);
    if (!d->confirmed)
        broken(w, "%s has not confirmed its wipe", d->user);
    if (store_device(&w->server.reader, d->number, &w->scratch, &row, &err) !=
        RC_OK)
        broken(w, "the server: %s", err.text);
    if (row.wiped_ms == 0 && d->wiped_epoch == w->server.epochs)
        broken(w, "the server has forgotten that %s is wiped", d->user);
}
