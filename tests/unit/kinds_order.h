/* kinds_order.h - laws about arrival: order and repetition.
 *
 * What is handed in between two fetches is concurrent: nobody has seen any of
 * it before all of it is in.  So each such stretch may come in any order that
 * keeps to the order of each device. */
#pragma once

#include "tests/unit/kinds_prove.h"

enum { STRETCH_ALL_ORDERS = 4, WHOLE_ORDERS = 3 };

struct stretch {
    const struct world *w;
    size_t from, n; /* of w->in */
    struct record after[RECORDS_N];
    size_t order[STEPS_MAX]; /* as tried, places in the stretch */
    /* What a version of a record, as it was fetched after a stretch, is called
     * where the stretches before came in another order. */
    uint64_t now[STEPS_MAX + 1];
    struct arena *mem;
};

/* The same heads and the same shown, whatever their versions. */
static bool same_records(const struct record *a, const struct record *b,
                         struct arena *mem)
{
    struct shown x, y;
    size_t f, i;

    merge_show_record(a, mem, &x);
    merge_show_record(b, mem, &y);
    if (x.deleted != y.deleted || x.review != y.review)
        return false;
    for (f = 0; f < a->type->fields_n; f++) {
        if (!value_eq(&x.values[f], &y.values[f]) ||
            a->fields[f].n != b->fields[f].n)
            return false;
        for (i = 0; i < a->fields[f].n; i++)
            if (origin_cmp(a->fields[f].p[i].by, b->fields[f].p[i].by) != 0)
                return false;
    }
    return true;
}

static void copy_all(const struct record *from, struct record *to,
                     struct arena *mem)
{
    size_t i;

    for (i = 0; i < RECORDS_N; i++)
        to[i] = record_copy(&from[i], mem);
}

static void arrive(const struct stretch *s, struct record *r, size_t which,
                   size_t place)
{
    const struct saved *in = &s->w->in[s->from + which];
    struct changeset c = in->c;

    if (r != s->after)
        c.base_version = s->now[c.base_version];
    merge_apply(&r[in->record], &c, s->from + place + 1, s->mem);
}

/* Is it the turn of this one: is all that its device did before it in? */
static bool may_come(const struct stretch *s, uint64_t in, size_t which)
{
    const struct saved *p = &s->w->in[s->from];
    size_t i;

    for (i = 0; i < which; i++)
        if (p[i].c.device == p[which].c.device && !(in >> i & 1))
            return false;
    return !(in >> which & 1);
}

static const char *order_differs(const struct stretch *s,
                                 const struct record *r)
{
    const char *why = "";
    size_t i, k;

    for (i = 0; i < RECORDS_N; i++)
        if (!same_records(&r[i], &s->after[i], s->mem))
            break;
    if (i == RECORDS_N)
        return NULL;
    for (k = 0; k < s->n; k++) {
        const struct changeset *c = &s->w->in[s->from + s->order[k]].c;

        why = arena_printf(s->mem, "%s %u:%" PRIu64, why, (unsigned)c->device,
                           c->number);
    }
    return arena_printf(s->mem, "record %zu is another if they come as%s",
                        i + 1, why);
}

static const char *go_on(struct stretch *s, const struct record *r, uint64_t in,
                         size_t place)
{
    const char *why = NULL;
    size_t i;

    if (place == s->n)
        return order_differs(s, r);
    for (i = 0; i < s->n && why == NULL; i++) {
        struct record next[RECORDS_N];

        if (!may_come(s, in, i))
            continue;
        copy_all(r, next, s->mem);
        s->order[place] = i;
        arrive(s, next, i, place);
        why = go_on(s, next, in | UINT64_C(1) << i, place + 1);
    }
    return why;
}

static void any_order(struct stretch *s, struct dice *d, struct record *r)
{
    uint64_t in = 0;
    size_t place;

    for (place = 0; place < s->n; place++) {
        size_t i = roll(d, s->n);

        while (!may_come(s, in, i))
            i = (i + 1) % s->n;
        in |= UINT64_C(1) << i;
        s->order[place] = i;
        arrive(s, r, i, place);
    }
}

/* The stretch after that, or false; `r` becomes what it was after the last. */
static bool next_stretch(struct stretch *s, struct record *r)
{
    size_t i;

    s->from += s->n;
    if (s->from == s->w->in_n)
        return false;
    copy_all(s->after, r, s->mem);
    for (s->n = 0; s->from + s->n < s->w->in_n; s->n++)
        if (s->w->in[s->from + s->n].stretch != s->w->in[s->from].stretch)
            break;
    for (i = 0; i < s->n; i++)
        arrive(s, s->after, i, i);
    return true;
}

static struct stretch before_all(const struct world *w, struct arena *mem)
{
    struct stretch s = {.w = w, .mem = mem};
    size_t i;

    for (i = 0; i <= STEPS_MAX; i++)
        s.now[i] = i;
    for (i = 0; i < RECORDS_N; i++)
        s.after[i] = record_new(w->server[i].type, &w->server[i].id, AREA, mem);
    return s;
}

static const char *all_orders(const struct history *h, struct arena *mem)
{
    struct dice d = dice_of(h->seed + 2);
    struct record before[RECORDS_N], r[RECORDS_N];
    const char *why = NULL;
    struct stretch s;
    struct world *w;

    play(h, NULL, mem, &w);
    s = before_all(w, mem);
    while (why == NULL && next_stretch(&s, before)) {
        if (s.n <= STRETCH_ALL_ORDERS) {
            why = go_on(&s, before, 0, 0);
            continue;
        }
        copy_all(before, r, mem);
        any_order(&s, &d, r);
        why = order_differs(&s, r);
    }
    return why;
}

static const char *random_orders(const struct history *h, struct arena *mem)
{
    struct dice d = dice_of(h->seed + 3);
    struct record before[RECORDS_N], r[RECORDS_N];
    const char *why = NULL;
    struct stretch s;
    struct world *w;
    size_t i, k;

    play(h, NULL, mem, &w);
    for (i = 0; i < WHOLE_ORDERS && why == NULL; i++) {
        s = before_all(w, mem);
        copy_all(s.after, r, mem);
        while (why == NULL && next_stretch(&s, before)) {
            any_order(&s, &d, r); /* on what the other orders left */
            why = order_differs(&s, r);
            for (k = 0; k < RECORDS_N; k++)
                s.now[s.after[k].version] = r[k].version;
        }
    }
    return why;
}

/* -- repetition --------------------------------------------------------- */

static const char *repeats_watch(struct world *w, const struct step *s)
{
    const struct saved *last;
    struct record r;

    if (s->act != HAND_IN || w->in_n == w->in_before)
        return NULL;
    last = &w->in[w->in_n - 1];
    r = record_copy(&w->server[last->record], w->mem);
    merge_apply(&r, &last->c, last->version, w->mem);
    return record_eq(&r, &w->server[last->record])
               ? NULL
               : "the last changeset comes twice and changes something";
}

static const char *repeats(const struct history *h, struct arena *mem)
{
    struct world *w;

    return play(h, repeats_watch, mem, &w);
}

/* Do later writes of its own device stand in all its fields? */
static bool is_overtaken(const struct changeset *c, const struct record *r)
{
    size_t i, k;

    for (i = 0; i < c->writes_n; i++) {
        const struct heads *h = &r->fields[c->writes[i].field];

        if (c->writes[i].field == FIELD_DELETED)
            return false;
        for (k = 0; k < h->n; k++)
            if (h->p[k].by->device == c->device &&
                h->p[k].by->number > c->number)
                break;
        if (k == h->n)
            return false;
    }
    return true;
}

static const char *overtaken(const struct history *h, struct arena *mem)
{
    struct world *w;
    size_t i;

    play(h, NULL, mem, &w);
    for (i = 0; i < w->in_n; i++) {
        const struct saved *in = &w->in[i];
        struct record r = record_copy(&w->server[in->record], mem);

        if (!is_overtaken(&in->c, &r))
            continue;
        merge_apply(&r, &in->c, 0, mem);
        if (!record_eq(&r, &w->server[in->record]))
            return arena_printf(mem, "%u:%" PRIu64 " comes back",
                                (unsigned)in->c.device, in->c.number);
    }
    return NULL;
}
