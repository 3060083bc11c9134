/* Who works where, and how what they wrote comes in. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/hlc.h"
#include "sync/httpsig.h"
#include "sync/shape_text.h"
#include "sync/sys/pack.h"
#include "tests/town/town.h"

#define TOWN_AUTHORITY "town.invalid"

/* -- areas and workers --------------------------------------------------- */

static void enrol(struct town *t, uint32_t area, size_t nth,
                  struct town_worker *w)
{
    static const char *const types[TOWN_WORKERS] = {
        "beroepskracht", "beroepskracht", "vrijwilliger", "stagiair",
        "bewonersorganisatie"};
    struct digest secret = {{0}};
    struct sign_public public;
    struct enrolled e;
    int64_t account;
    enum role role;
    struct err err;

    *w = (struct town_worker){.key = sign_key_new(),
                              .user =
                                  arena_printf(&t->mem, "w%u-%zu", area, nth),
                              .type = types[nth],
                              .external = nth + 1 == TOWN_WORKERS,
                              .mem = mem_new(sizeof *w->mem)};
    role = nth == 0 ? ROLE_LEAD : w->external ? ROLE_EXTERNAL : ROLE_WORKER;
    public = sign_key_public(w->key);
    memcpy(secret.b, &area, sizeof area);
    memcpy(secret.b + sizeof area, &nth, sizeof nth);
    town_must(
        store_account_put(&t->s, w->user, role, &area, 1, 0, &account, &err),
        &err);
    town_must(store_account_rules(&t->s, account, w->type, 1, &err), &err);
    town_must(store_code_put(&t->s, &secret, account, UINT64_C(1) << 50, &err),
              &err);
    town_must(store_enrol(&t->s, &secret, &public, "", 1, &t->mem, &e, &err),
              &err);
    w->device = e.device;
}

/* An area of work for every district; its first neighbourhood is where what
 * has no place of its own belongs. */
static void add_area(struct town *t, const struct region *r)
{
    struct town_area *a = &t->areas[t->areas_n];
    const char *slug = arena_printf(&t->mem, "team-%zu", t->areas_n + 1);
    const char *code = arena_printf(&t->mem, "%u%s", t->regions.year,
                                    t->regions.places[r->places[0]].code);
    struct err err;
    size_t i;

    town_must(store_area_put(&t->s, slug, r->name, code, &a->number, &err),
              &err);
    for (i = 0; i < r->places_n; i++)
        t->places[r->places[i]].area = t->areas_n;
    for (i = 0; i < TOWN_WORKERS; i++)
        enrol(t, a->number, i, &a->workers[i]);
    t->areas_n++;
}

void town_people(struct town *t)
{
    const char *layer = regions_has_layer(&t->regions, LAYER_DISTRICT)
                            ? LAYER_DISTRICT
                            : LAYER_NEIGHBOURHOOD;
    size_t i;

    t->areas = mem_new(t->regions.places_n * sizeof *t->areas);
    for (i = 0; i < t->regions.areas_n; i++)
        if (strcmp(t->regions.areas[i].layer, layer) == 0 &&
            t->regions.areas[i].places_n > 0)
            add_area(t, &t->regions.areas[i]);
}

/* -- handing in ---------------------------------------------------------- */

static void judge(const struct changeset *c)
{
    struct err err;
    size_t i;

    town_must(changeset_check(c, &err), &err);
    for (i = 0; i < c->writes_n; i++)
        town_must(shape_check(&c->type->fields[c->writes[i].field],
                              &c->writes[i].value, LANG_EN, &err),
                  &err);
}

static struct bytes kept(struct arena *mem, struct buf *b)
{
    struct bytes out = arena_bytes(mem, buf_view(b));

    buf_free(b);
    return out;
}

/* As the device signs what it hands in. */
static struct proof prove(const struct town_worker *w, struct bytes body,
                          uint64_t now_ms)
{
    struct digest d = digest_of(body);
    struct buf digest = buf_make(256), base = buf_make(8192),
               input = buf_make(1024), signature = buf_make(1024);
    struct httpsig_params p = {
        now_ms / 1000,
        bytes_of(arena_printf(w->mem, "n%u-%llu", w->device,
                              (unsigned long long)w->number)),
        bytes_of(arena_printf(w->mem, "%u", w->device))};
    struct httpsig_request what = {.method = bytes_of("POST"),
                                   .authority = bytes_of(TOWN_AUTHORITY),
                                   .path = bytes_of("/v1/push")};
    uint8_t sig[SIGN_BYTES];

    httpsig_put_digest(&digest, d.b);
    what.digest = buf_view(&digest);
    httpsig_base(&base, &what, &p);
    d = digest_of(buf_view(&base));
    sign_make(w->key, &d, sig);
    httpsig_put_input(&input, &p);
    httpsig_put_signature(&signature, sig);
    buf_free(&digest);
    buf_free(&base);
    return (struct proof){bytes_of(TOWN_AUTHORITY), kept(w->mem, &input),
                          kept(w->mem, &signature)};
}

static void nothing(struct merge_job *job)
{
    (void)job;
}

/* All batches that wait, in one transaction. */
static void merge(struct town *t)
{
    size_t i;

    for (i = 0; i + 1 < t->jobs_n; i++)
        t->jobs[i].job.next = &t->jobs[i + 1].job;
    if (t->jobs_n > 0)
        merge_jobs_do(&t->s, &t->jobs[0].job);
    for (i = 0; i < t->jobs_n; i++) {
        town_must(t->jobs[i].job.rc, &t->jobs[i].job.err);
        t->handed_in += t->batches[i].changesets_n;
        t->kept_aside += t->jobs[i].ack.parked_n;
        buf_free(&t->bodies[i]);
        arena_free(t->jobs[i].mem);
        free(t->jobs[i].mem);
    }
    t->jobs_n = 0;
}

static void send(struct town *t, uint32_t area, struct town_worker *w,
                 uint64_t now_ms)
{
    struct changeset *c = arena_new(w->mem, w->waiting_n * sizeof *c);
    struct message m = {.kind = MESSAGE_BATCH};
    struct buf plain = buf_make(message_bytes_max);
    size_t at = t->jobs_n++;
    struct err err;

    memcpy(c, w->waiting, w->waiting_n * sizeof *c);
    m.as.batch = t->batches[at] =
        (struct batch){.device = w->device,
                       .area = area,
                       .first = w->number - w->waiting_n + 1,
                       .types = bytes_of(t->s.shape->version),
                       .changesets = c,
                       .changesets_n = w->waiting_n};
    wire_put(&plain, &m);
    t->bodies[at] = buf_make(message_bytes_max);
    town_must(pack_compress(buf_view(&plain), 1, &t->bodies[at], &err), &err);
    buf_free(&plain);
    t->jobs[at] = (struct batch_job){
        .job = {.run = batch_job_run, .done = nothing},
        .mem = w->mem,
        .batch = &t->batches[at],
        .verdicts = arena_new(w->mem, w->waiting_n * sizeof(const char *)),
        .body = buf_view(&t->bodies[at]),
        .proof = prove(w, buf_view(&t->bodies[at]), now_ms),
        .now_ms = now_ms};
    w->mem = mem_new(sizeof *w->mem);
    w->waiting_n = 0;
    if (t->jobs_n == TOWN_GROUP)
        merge(t);
}

void town_hand_in(struct town *t, struct town_area *a, struct town_worker *w,
                  struct changeset c, uint64_t now_ms)
{
    struct hlc clock = {w->clock};

    c.device = w->device;
    c.area = a->number;
    c.number = ++w->number;
    c.clock = w->clock = hlc_tick(&clock, now_ms);
    judge(&c);
    w->waiting[w->waiting_n++] = c;
    if (w->waiting_n == TOWN_BATCH)
        send(t, a->number, w, now_ms);
}

void town_all_in(struct town *t, uint64_t now_ms)
{
    size_t i, k;

    for (i = 0; i < t->areas_n; i++)
        for (k = 0; k < TOWN_WORKERS; k++)
            if (t->areas[i].workers[k].waiting_n > 0)
                send(t, t->areas[i].number, &t->areas[i].workers[k], now_ms);
    merge(t);
}
