#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/sys/log.h"
#include "tests/sim/world_int.h"

static struct buf trace;
static char fault_text[600];

static const uint64_t begin_ms = UINT64_C(1790000000000);

/* -- chance, time, trace ------------------------------------------------ */

bool chance(struct world *w, unsigned percent)
{
    return roll(&w->dice, 100) < percent;
}

void random_fill(struct world *w, void *out, size_t n)
{
    uint8_t *p = out;
    size_t i;

    for (i = 0; i < n; i++)
        p[i] = (uint8_t)roll(&w->dice, 256);
}

/* May it happen in this run, and does it now? */
bool happens(struct world *w, enum world_event e, unsigned permille)
{
    if (w->settling || !(w->plan->events >> e & 1U) ||
        roll(&w->dice, 1000) >= permille)
        return false;
    w->tally->events[e]++;
    return true;
}

struct moment moment_of(struct world *w, const struct device_sim *d)
{
    struct moment at = {.now_ms = (uint64_t)((int64_t)w->now_ms + d->skew_ms),
                        .random = (uint32_t)roll(&w->dice, UINT32_MAX)};

    return at;
}

void note(struct world *w, const char *fmt, ...)
{
    char line[600];
    uint64_t s = (w->now_ms - begin_ms) / 1000;
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    buf_printf(&trace, "%5u  day %" PRIu64 " %02u:%02u:%02u  %s\n", w->step,
               s / 86400, (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60),
               (unsigned)(s % 60), line);
}

NORETURN void broken(struct world *w, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(fault_text, sizeof fault_text, fmt, args);
    va_end(args);
    note(w, "BROKEN: %s", fault_text);
    longjmp(w->broken, 1);
}

const char *world_trace(void)
{
    return buf_text(&trace);
}

/* -- faults ------------------------------------------------------------- */

/* Soon a disk call of a host will be its last, or some will fail. */
void break_disk(struct world *w, struct disk *disk, bool server,
                unsigned within)
{
    uint64_t soon = disk->calls + 1 + roll(&w->dice, within);

    if (disk->dies_at != 0 || disk->fails_n > 0)
        return;
    if (happens(w, server ? EVENT_SERVER_KILL : EVENT_DEVICE_KILL, 500)) {
        disk->dies_at = soon;
        disk->power = false;
    } else if (happens(w, server ? EVENT_SERVER_POWER : EVENT_DEVICE_POWER,
                       500)) {
        disk->dies_at = soon;
        disk->power = true;
    } else if (happens(w, EVENT_DISK_ERROR, 500)) {
        disk->fails_at = soon;
        disk->fails_n = 1 + roll(&w->dice, 3);
    }
}

static void fill_disk(struct world *w, unsigned host)
{
    struct disk *disk = disk_of(host);

    if (disk->room != 0)
        disk->room = 0; /* somebody made room */
    else if (happens(w, EVENT_DISK_FULL, 300))
        disk->room = disk_used(host) + (size_t)roll(&w->dice, 60000);
}

static void set_clock(struct world *w, struct device_sim *d)
{
    static const int64_t year_ms = INT64_C(365) * 86400 * 1000;
    static const int64_t times[] = {60 * 1000, 3600 * 1000, 86400 * 1000,
                                    INT64_C(40) * 86400 * 1000};

    if (!happens(w, EVENT_CLOCK, 200))
        return;
    if (chance(w, 30))
        d->skew_ms = chance(w, 50) ? 3 * year_ms : -(int64_t)w->now_ms + 1000;
    else
        d->skew_ms = chance(w, 30) ? 0
                                   : times[roll(&w->dice, countof(times))] *
                                         (chance(w, 50) ? 1 : -1);
    note(w, "%s has its clock off by %" PRId64 " s", d->user,
         d->skew_ms / 1000);
}

static void administrate(struct world *w, struct device_sim *d)
{
    struct disk *disk = disk_of(SERVER_HOST);

    if (!w->server.up || disk->dead)
        return;
    /* Nothing fails under the administrator's hands. */
    disk->dies_at = disk->fails_n = disk->room = 0;
    if (happens(w, EVENT_GRANT, 300))
        server_grant(w, d, d->granted ^ 2U << roll(&w->dice, w->areas_n));
    else if (happens(w, EVENT_REVOKE, 80) && !d->revoked)
        server_revoke(w, d);
    else if (happens(w, EVENT_ERASE, 400))
        server_erase(w);
    else if (happens(w, EVENT_EMPTY, 400))
        server_empty(w);
    else if (happens(w, EVENT_TIME, 250))
        server_retain(w);
    else if (happens(w, EVENT_TYPES, 40))
        server_new_types(w);
    else if (happens(w, EVENT_REGIONS, 150))
        server_new_regions(w);
    else if (w->server.backup == NULL && chance(w, 20) &&
             w->plan->events >> EVENT_SERVER_RESTORE & 1U)
        server_backup(w);
    else if (w->server.backup != NULL &&
             w->now_ms - w->server.backup_ms < UINT64_C(20) * 86400000 &&
             happens(w, EVENT_SERVER_RESTORE, 150))
        server_restore(w);
}

static void copies(struct world *w, struct device_sim *d)
{
    if (d->revoked || d->stopped == RC_CONFLICT)
        return;
    if (d->copy == NULL && d->up && !disk_of(d->host)->dead &&
        w->plan->events >> EVENT_DEVICE_RESTORE & 1U && chance(w, 10)) {
        device_copy(w, d);
    } else if (d->copy != NULL && happens(w, EVENT_DEVICE_RESTORE, 100)) {
        device_restore(w, d);
    } else if (w->devices_n < DEVICES_MAX && w->devices_n < DISKS_MAX - 2 &&
               d->up && happens(w, EVENT_DEVICE_CLONE, 10)) {
        device_clone(w, d);
    }
}

/* -- steps -------------------------------------------------------------- */

static void device_step(struct world *w, struct device_sim *d)
{
    if (!d->up) {
        if (chance(w, 50))
            device_start(w, d);
        return;
    }
    if (d->talking && d->next == CONVERSATION_WAIT && chance(w, 60)) {
        device_next(w, d, conversation_waited(&d->talk, moment_of(w, d)));
        return;
    }
    if (!d->talking && d->stopped == RC_CONFLICT && chance(w, 30)) {
        if (w->server.up && !disk_of(SERVER_HOST)->dead) {
            device_enrol_anew(w, d);
            return;
        }
    }
    if (!d->talking && chance(w, 30))
        device_sync(w, d);
    else
        device_save(w, d);
}

static void deaths(struct world *w)
{
    struct disk *disk = disk_of(SERVER_HOST);
    size_t i;

    if (disk->dead)
        server_crashed(w, disk->power);
    for (i = 0; i < w->devices_n; i++) {
        disk = disk_of(w->devices[i].host);
        if (disk->dead)
            device_crashed(w, &w->devices[i], disk->power);
    }
}

static bool call_step(struct world *w)
{
    size_t from = (size_t)roll(&w->dice, CALLS_MAX), i;

    for (i = 0; i < CALLS_MAX; i++) {
        struct call *c = &w->calls[(from + i) % CALLS_MAX];

        if (c->used) {
            net_step(w, c);
            return true;
        }
    }
    return false;
}

static void something(struct world *w)
{
    struct device_sim *d = &w->devices[roll(&w->dice, w->devices_n)];
    unsigned what = (unsigned)roll(&w->dice, 100);

    if (!w->server.up && chance(w, 30))
        server_start(w);
    else if (what < 50 && call_step(w))
        return;
    else if (what < 90)
        device_step(w, d);
    else if (what < 92)
        break_disk(w, disk_of(SERVER_HOST), true, 60);
    else if (what < 93)
        break_disk(w, disk_of(d->host), false, 60);
    else if (what < 94)
        fill_disk(w, chance(w, 30) ? SERVER_HOST : d->host);
    else if (what < 95)
        set_clock(w, d);
    else if (what < 98)
        administrate(w, d);
    else
        copies(w, d);
}

static void play(struct world *w)
{
    for (w->step = 1; w->step <= w->steps; w->step++) {
        w->now_ms += roll(&w->dice, 4) == 0
                         ? roll(&w->dice, UINT64_C(4) * 3600 * 1000)
                         : roll(&w->dice, 20000);
        something(w);
        deaths(w);
        arena_reset(&w->scratch);
    }
    w->tally->steps += w->steps;
}

/* -- the end ------------------------------------------------------------ */

static void sync_now(struct world *w, struct device_sim *d, bool last)
{
    unsigned turns = 0;

    if (!d->up)
        device_start(w, d);
    if (!d->up && !d->revoked)
        broken(w, "%s does not come up any more", d->user);
    if (!d->up)
        return;
    if (!d->talking)
        device_sync(w, d);
    while (d->talking) {
        if (++turns > 5000)
            broken(w, "%s never comes to an end", d->user);
        w->now_ms += 10;
        if (d->next == CONVERSATION_WAIT)
            device_next(w, d, conversation_waited(&d->talk, moment_of(w, d)));
        else
            net_step(w, d->call);
        arena_reset(&w->scratch);
    }
    if (w->settling && !last && d->stopped != RC_CONFLICT)
        return; /* a fault from before may have ended it */
    if (d->stopped == RC_CONFLICT || d->stopped == RC_NOTFOUND) {
        if (!d->forked)
            broken(w, "%s was taken for a copy: %s", d->user, d->talk.err.text);
        device_enrol_anew(w, d);
        sync_now(w, d, last);
    } else if (d->stopped != RC_OK && !d->revoked) {
        broken(w, "%s cannot sync: %s", d->user, d->talk.err.text);
    }
}

static void settle(struct world *w)
{
    size_t i;
    unsigned round;

    note(w, "all faults end");
    w->settling = true;
    for (i = 0; i <= w->devices_n; i++) {
        struct disk *disk = disk_of((unsigned)i);

        disk->dies_at = disk->fails_n = disk->room = 0;
    }
    if (!w->server.up)
        server_start(w);
    for (i = 0; i < w->devices_n; i++)
        if (!w->devices[i].up)
            device_start(w, &w->devices[i]);
    for (round = 0; round < 3; round++)
        for (i = 0; i < w->devices_n; i++)
            sync_now(w, &w->devices[i], round > 0);
    check_convergence(w);
}

static void begin(struct world *w)
{
    const struct plan *p = w->plan;
    unsigned n = 2 + (unsigned)roll(&w->dice, p->devices - 1), i;

    w->areas_n = 1 + (unsigned)roll(&w->dice, p->areas);
    w->steps = p->steps / 2 + (unsigned)roll(&w->dice, p->steps / 2 + 1);
    w->settling = true;
    server_begin(w);
    for (i = 0; i < n; i++)
        device_add(w, i % 3 == 0 ? ROLE_LEAD : ROLE_WORKER);
    for (i = 0; i < n; i++)
        sync_now(w, &w->devices[i], true);
    w->settling = false;
}

static void end(struct world *w)
{
    size_t i;

    net_end(w);
    for (i = 0; i < w->devices_n; i++)
        device_end(&w->devices[i]);
    server_end(w);
    model_free(&w->model);
    arena_free(&w->scratch);
    arena_free(&w->types);
    free(w->saved);
    for (i = 0; i < DISKS_MAX; i++)
        w->tally->disk_calls += disk_of((unsigned)i)->calls;
    disks_reset();
}

void world_set_up(void)
{
    static struct dice dice = {1};

    log_level_set(LOG_ERROR + 1);
    pretend_chance = &dice;
    pretend_now_ms = begin_ms;
    disks_install();
    server_template();
    device_template();
    disks_reset();
    trace = buf_make(64 * 1024 * 1024);
}

const char *world_run(uint64_t seed, const struct plan *plan, struct tally *t)
{
    struct world *w = mem_new(sizeof *w);
    struct diags diags = {0};
    const char *fault = NULL;
    struct err err;

    w->seed = seed;
    w->plan = plan;
    w->tally = t;
    w->dice.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    w->now_ms = begin_ms;
    pretend_chance = &w->dice;
    buf_clear(&trace);
    pretend_list_clear();
    disks_reset();
    if (schema_compile_bundle(types_bundle(2, &w->types), &w->types, &diags,
                              &w->model.shape, &err) != RC_OK)
        abort();
    diags_free(&diags);
    t->runs++;
    t->encrypted += world_encrypted(seed);
    if (setjmp(w->broken) != 0)
        return fault_text; /* the world is left as it is */
    begin(w);
    play(w);
    settle(w);
    end(w);
    free(w);
    return fault;
}
