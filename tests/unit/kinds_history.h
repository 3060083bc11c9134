/* kinds_history.h - histories: devices that save, hand in and fetch.
 *
 * A history is a script, made from a seed.  What a step writes follows from
 * its own seed and from what its device sees at that moment, so a history from
 * which steps, devices or fields were taken is a lawful history again.
 *
 * play() runs one with the real merge, as client and server use it. */
#pragma once

#include "sync/merge.h"
#include "tests/sim/model.h"
#include "tests/unit/kinds_value.h"

enum { DEVICES_MAX = 5, RECORDS_N = 2, STEPS_MAX = 28, AREA = 7 };

enum act { SAVE, HAND_IN, FETCH };

struct step {
    enum act act;
    unsigned device; /* from 0 */
    unsigned record;
    uint64_t fields; /* a bit for each that it writes */
    uint64_t seed;
};

struct history {
    uint64_t seed;
    const struct shape_type *types[RECORDS_N];
    struct step steps[STEPS_MAX];
    size_t n;
};

struct saved {
    struct changeset c;
    unsigned record;
    uint64_t version; /* 0: not handed in */
    size_t stretch;   /* what is handed in between two fetches */
};

struct device {
    struct record pulled[RECORDS_N], view[RECORDS_N];
    struct saved own[STEPS_MAX];
    size_t own_n, handed_in;
    uint64_t cursor;
    hlc_stamp clock;
};

struct world {
    struct arena *mem; /* foreign */
    const struct history *h;
    struct device devices[DEVICES_MAX];
    struct record server[RECORDS_N];
    struct saved in[STEPS_MAX];      /* in the order of arrival */
    size_t in_n, stretch, in_before; /* in_n as the step began */
    bool fetched;                    /* since something was handed in */
};

/* Called after each step; says in words what is wrong, or NULL. */
typedef const char *watch(struct world *w, const struct step *s);

/* -- making one --------------------------------------------------------- */

static uint64_t some_fields(struct dice *d, const struct shape_type *t)
{
    uint64_t fields = 0;
    size_t i, n = 3 + roll(d, 4);

    for (i = 0; i < n; i++)
        fields |= UINT64_C(1) << (1 + roll(d, t->fields_n - 1));
    return fields;
}

static struct history history_of(uint64_t seed)
{
    struct history h = {.seed = seed};
    struct dice d = dice_of(seed);
    size_t devices = 2 + roll(&d, DEVICES_MAX - 1), i;
    size_t records = 1 + roll(&d, RECORDS_N);
    uint64_t fetches = 1 + roll(&d, 4), live[RECORDS_N];

    for (i = 0; i < RECORDS_N; i++) {
        h.types[i] = &kinds.shape->types[roll(&d, kinds.shape->types_n)];
        live[i] = some_fields(&d, h.types[i]);
    }
    h.n = 4 + roll(&d, STEPS_MAX - 3);
    for (i = 0; i < h.n; i++) {
        struct step *s = &h.steps[i];
        uint64_t what = roll(&d, 10 + fetches);

        s->act = what < 6 ? SAVE : what < 10 ? HAND_IN : FETCH;
        s->device = (unsigned)roll(&d, devices);
        s->record = (unsigned)roll(&d, records);
        s->seed = roll(&d, UINT32_MAX);
        s->fields = s->act == SAVE ? live[s->record] & roll(&d, UINT64_MAX) : 0;
        if (s->act == SAVE && (s->fields == 0 || roll(&d, 10) == 0))
            s->fields = 1 | (roll(&d, 4) == 0 ? s->fields : 0);
    }
    return h;
}

/* -- playing it --------------------------------------------------------- */

/* merge_apply() drops heads in place. */
static struct record record_copy(const struct record *r, struct arena *mem)
{
    struct record copy = record_new(r->type, &r->id, r->area, mem);
    size_t f;

    copy.version = r->version;
    for (f = 0; f < r->type->fields_n; f++) {
        const struct heads *h = &r->fields[f];

        if (h->n == 0)
            continue;
        copy.fields[f].n = h->n;
        copy.fields[f].p = arena_new(mem, h->n * sizeof *h->p);
        memcpy(copy.fields[f].p, h->p, h->n * sizeof *h->p);
    }
    return copy;
}

/* What others can have seen of it (changeset.h, on `base`). */
static struct record seen_by(struct world *w, const struct device *d,
                             unsigned record)
{
    struct record r = record_copy(&d->pulled[record], w->mem);
    size_t i;

    for (i = 0; r.version == 0 && i < d->handed_in; i++)
        if (d->own[i].record == record)
            merge_apply(&r, &d->own[i].c, 0, w->mem);
    return r;
}

static struct value value_for(struct world *w, const struct step *s, size_t f,
                              const struct shown *seen)
{
    struct dice d = dice_of(s->seed ^ w->h->seed);

    if (f > FIELD_DELETED)
        return some_value(w->h->types[s->record], f, s->seed, w->h->seed % 97,
                          &seen->values[f], w->mem);
    /* Mostly what makes sense. */
    return seen->deleted == (roll(&d, 5) > 0) ? value_null() : value_int(1);
}

/* Through the journal: the codes of today, and nothing that is foreign. */
static void through_journal(struct changeset *c, struct arena *mem)
{
    struct buf b = buf_make(changeset_bytes_max);
    struct err err;

    writes_pack(c, &b);
    if (b.full ||
        writes_unpack(c, arena_bytes(mem, buf_view(&b)), mem, &err) != RC_OK)
        fail_msg("a changeset did not come out of the journal");
    buf_free(&b);
}

static void save(struct world *w, const struct step *s)
{
    struct device *d = &w->devices[s->device];
    struct record from = seen_by(w, d, s->record);
    const struct shape_type *t = from.type;
    struct write *writes = arena_new(w->mem, t->fields_n * sizeof *writes);
    struct saved *own = &d->own[d->own_n];
    struct changeset *c = &own->c;
    struct shown seen, base;
    struct err err;
    size_t f;

    merge_show_record(&d->view[s->record], w->mem, &seen);
    merge_show_record(&from, w->mem, &base);
    /* Clocks that run, jump and meet. */
    d->clock += 1 + (s->seed % 5 == 0 ? s->seed % 1000 : 0);
    *own = (struct saved){.record = s->record};
    *c = (struct changeset){.device = s->device + 1,
                            .number = ++d->own_n,
                            .clock = d->clock,
                            .area = AREA,
                            .type = t,
                            .record = from.id,
                            .base_version = d->pulled[s->record].version,
                            .writes = writes};
    for (f = 0; f < t->fields_n; f++) {
        struct write *one = &writes[c->writes_n];
        enum policy p = t->fields[f].policy;

        if (!(s->fields >> f & 1))
            continue;
        c->writes_n++;
        one->field = (uint16_t)f;
        one->value = value_for(w, s, f, &seen);
        if (p == POLICY_UNION || p == POLICY_TEXT)
            one->base = base.values[f];
        if (is_known(&t->fields[f], &one->value) &&
            shape_check(&t->fields[f], &one->value, LANG_EN, &err) != RC_OK)
            fail_msg("%s", err.text);
    }
    if (changeset_check(c, &err) != RC_OK)
        fail_msg("%s", err.text);
    through_journal(c, w->mem);
    merge_apply(&d->view[s->record], c, 0, w->mem);
}

/* The first of what waits, or all of it. */
static void hand_in(struct world *w, const struct step *s)
{
    struct device *d = &w->devices[s->device];
    size_t waits = d->own_n - d->handed_in, i;
    size_t n = waits > 0 && s->seed % 3 == 0 ? 1 + s->seed % waits : waits;

    if (n > 0 && w->fetched) {
        w->fetched = false;
        w->stretch++;
    }
    for (i = 0; i < n; i++) {
        struct saved *own = &d->own[d->handed_in++];

        own->version = w->in_n + 1;
        own->stretch = w->stretch;
        merge_apply(&w->server[own->record], &own->c, own->version, w->mem);
        w->in[w->in_n++] = *own;
    }
}

/* Own work that is not in what was pulled, laid over it. */
static struct record laid_over(struct world *w, const struct device *d,
                               unsigned record)
{
    struct record r = record_copy(&d->pulled[record], w->mem);
    size_t i;

    for (i = 0; i < d->own_n; i++)
        if (d->own[i].record == record &&
            (d->own[i].version == 0 ||
             d->own[i].version > d->pulled[record].version))
            merge_apply(&r, &d->own[i].c, 0, w->mem);
    return r;
}

static void fetch(struct world *w, const struct step *s)
{
    struct device *d = &w->devices[s->device];
    unsigned i;

    w->fetched = true;
    d->cursor = w->in_n;
    for (i = 0; i < RECORDS_N; i++) {
        d->pulled[i] = record_copy(&w->server[i], w->mem);
        d->view[i] = laid_over(w, d, i);
    }
}

static struct id id_of_record(unsigned i)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    return id_make(UINT64_C(1700000000000) + i, random);
}

static struct world *world_new(const struct history *h, struct arena *mem)
{
    struct world *w = arena_new(mem, sizeof *w);
    struct dice d = dice_of(h->seed + 1);
    unsigned i, k;

    w->mem = mem;
    w->h = h;
    for (i = 0; i < RECORDS_N; i++) {
        struct id id = id_of_record(i);

        w->server[i] = record_new(h->types[i], &id, AREA, mem);
        for (k = 0; k < DEVICES_MAX; k++) {
            w->devices[k].pulled[i] = record_new(h->types[i], &id, AREA, mem);
            w->devices[k].view[i] = record_new(h->types[i], &id, AREA, mem);
        }
    }
    for (k = 0; k < DEVICES_MAX; k++)
        w->devices[k].clock =
            roll(&d, 6) == 0 ? UINT64_C(1) << 60 : roll(&d, 8);
    return w;
}

/* *out is the world at the end, or where a watcher stopped it. */
static const char *play(const struct history *h, watch *watch_it,
                        struct arena *mem, struct world **out)
{
    struct world *w = world_new(h, mem);
    const char *why = NULL;
    size_t i;

    *out = w;
    for (i = 0; i < h->n && why == NULL; i++) {
        const struct step *s = &h->steps[i];

        w->in_before = w->in_n;
        switch (s->act) {
        case SAVE: save(w, s); break;
        case HAND_IN: hand_in(w, s); break;
        case FETCH: fetch(w, s); break;
        }
        if (watch_it != NULL)
            why = watch_it(w, s);
    }
    return why;
}
