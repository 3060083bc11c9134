/* kinds_fate.h - laws about what becomes of what was handed in: told from the
 * changesets alone, over all pairs of them. */
#pragma once

#include "tests/unit/kinds_shown.h"

static bool same_device(const struct saved *a, const struct saved *b)
{
    return a->c.device == b->c.device;
}

/* Had the writer of `later` seen `w`? */
static bool saw(const struct saved *later, const struct saved *w)
{
    if (same_device(later, w))
        return later->c.number > w->c.number;
    return later->c.base_version >= w->version;
}

static const struct write *write_to(const struct changeset *c, size_t field)
{
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        if (c->writes[i].field == field)
            return &c->writes[i];
    return NULL;
}

/* Who goes on writing in a record wants it: that is a word on its deletion. */
static bool speaks_to(const struct changeset *c, size_t field)
{
    return write_to(c, field) != NULL ||
           (field == FIELD_DELETED && !changeset_deletes(c));
}

/* Has a later write to this field seen it? */
static bool is_replaced(const struct world *w, const struct saved *in,
                        size_t field)
{
    const struct saved *k;

    for (k = in + 1; k < w->in + w->in_n; k++)
        if (k->record == in->record && speaks_to(&k->c, field) && saw(k, in))
            return true;
    return false;
}

static const struct head *head_of(const struct record *r, size_t field,
                                  const struct changeset *c)
{
    size_t i;

    for (i = 0; i < r->fields[field].n; i++) {
        const struct head *h = &r->fields[field].p[i];

        if (h->by->device == c->device && h->by->number == c->number)
            return h;
    }
    return NULL;
}

static const char *about(const struct changeset *c, size_t field,
                         const char *what, struct arena *mem)
{
    return arena_printf(mem, "%u:%" PRIu64 " to %s %s", (unsigned)c->device,
                        c->number, c->type->fields[field].name, what);
}

static const char *keeps(const struct history *h, struct arena *mem)
{
    struct world *w;
    size_t i, k;

    play(h, NULL, mem, &w);
    for (i = 0; i < w->in_n; i++)
        for (k = 0; k < w->in[i].c.writes_n; k++) {
            const struct saved *in = &w->in[i];
            const struct write *one = &in->c.writes[k];
            const struct head *head =
                head_of(&w->server[in->record], one->field, &in->c);

            if (is_replaced(w, in, one->field)) {
                if (head != NULL)
                    return about(&in->c, one->field,
                                 "stands though a later writer saw it", mem);
                continue;
            }
            if (head == NULL)
                return about(&in->c, one->field, "is gone, seen by nobody",
                             mem);
            if (!value_eq(&head->value, &one->value) ||
                !value_eq(&head->base, &one->base))
                return about(&in->c, one->field, "holds something else", mem);
        }
    return NULL;
}

/* What waits is a head in the eyes of its own device, unless overtaken by
 * itself. */
static const char *waits_watch(struct world *w, const struct step *s)
{
    const struct device *d = &w->devices[s->device];
    size_t i, k, f;

    for (i = d->handed_in; i < d->own_n; i++)
        for (f = 1; f < d->own[i].c.type->fields_n; f++) {
            bool last = write_to(&d->own[i].c, f) != NULL;

            for (k = i + 1; k < d->own_n; k++)
                last &= d->own[k].record != d->own[i].record ||
                        write_to(&d->own[k].c, f) == NULL;
            if (last &&
                head_of(&d->view[d->own[i].record], f, &d->own[i].c) == NULL)
                return about(&d->own[i].c, f, "waits and is not there", w->mem);
        }
    return NULL;
}

static const char *waits(const struct history *h, struct arena *mem)
{
    struct world *w;

    return play(h, waits_watch, mem, &w);
}

/* -- who saw everything ------------------------------------------------- */

/* A changeset of one who fetched everything a moment ago, with a slow clock. */
static struct changeset of_one_who_saw_all(const struct record *r,
                                           uint64_t number)
{
    return (struct changeset){.device = 99,
                              .number = number,
                              .clock = number,
                              .area = AREA,
                              .type = r->type,
                              .record = r->id,
                              .base_version = r->version};
}

/* It writes to all fields. */
static struct changeset all_written_anew(const struct record *r, uint64_t seed,
                                         struct arena *mem)
{
    struct changeset c = of_one_who_saw_all(r, 1);
    struct write *writes = arena_new(mem, r->type->fields_n * sizeof *writes);
    struct shown seen;
    size_t f;

    merge_show_record(r, mem, &seen);
    for (f = 1; f < r->type->fields_n; f++) {
        struct write *one = &writes[c.writes_n++];

        one->field = (uint16_t)f;
        one->value = some_value(r->type, f, seed, seed, &seen.values[f], mem);
        one->base = seen.values[f];
        shape_modernise(&r->type->fields[f], &one->value, mem);
    }
    c.writes = writes;
    return c;
}

static const char *settles(const struct history *h, struct arena *mem)
{
    struct world *w;
    size_t i, f;

    play(h, NULL, mem, &w);
    for (i = 0; i < RECORDS_N; i++) {
        struct record *r = &w->server[i];
        struct changeset c = all_written_anew(r, h->seed, mem);
        struct shown after;

        merge_apply(r, &c, w->in_n + 1, mem);
        merge_show_record(r, mem, &after);
        for (f = 1; f < r->type->fields_n; f++)
            if (r->fields[f].n != 1 ||
                !value_eq(&after.values[f], &c.writes[f - 1].value))
                return about(&c, f, "does not stand alone", mem);
        if (after.review != 0 || after.deleted || r->fields[0].n > 0)
            return "something is left to be settled";
    }
    return NULL;
}

/* Not even one who saw all versions there are has seen what has none yet. */
static const char *unseen_watch(struct world *w, const struct step *s)
{
    const struct record *view = &w->devices[s->device].view[s->record];
    struct record after = record_copy(view, w->mem);
    struct changeset c;
    size_t f, i;

    if (s->act != SAVE)
        return NULL;
    c = all_written_anew(view, w->h->seed, w->mem);
    c.base_version = w->in_n;
    merge_apply(&after, &c, w->in_n + 1, w->mem);
    for (f = 1; f < view->type->fields_n; f++) {
        size_t stay = 1;

        for (i = 0; i < view->fields[f].n; i++)
            stay += view->fields[f].p[i].by->version == 0;
        if (after.fields[f].n != stay)
            return about(&c, f, "replaces what was not handed in", w->mem);
    }
    return NULL;
}

static const char *unseen(const struct history *h, struct arena *mem)
{
    struct world *w;

    return play(h, unseen_watch, mem, &w);
}

/* -- highest, lowest ---------------------------------------------------- */

static const char *withdrawals_watch(struct world *w, const struct step *s)
{
    struct shown shown[RECORDS_N];
    size_t i, k;

    if (s->act != HAND_IN)
        return NULL;
    for (i = 0; i < RECORDS_N; i++)
        merge_show_record(&w->server[i], w->mem, &shown[i]);
    for (i = 0; i < w->in_n; i++) {
        const struct changeset *c = &w->in[i].c;

        for (k = 0; k < c->writes_n; k++) {
            const struct write *one = &c->writes[k];
            const struct shape_field *f = &c->type->fields[one->field];

            if (f->policy != POLICY_HIGHEST && f->policy != POLICY_LOWEST)
                continue;
            if (more_extreme(f, &one->value,
                             &shown[w->in[i].record].values[one->field]) &&
                !is_replaced(w, &w->in[i], one->field))
                return about(c, one->field, "is more extreme, and not shown",
                             w->mem);
        }
    }
    return NULL;
}

static const char *withdrawals(const struct history *h, struct arena *mem)
{
    struct world *w;

    return play(h, withdrawals_watch, mem, &w);
}

/* -- deletions ---------------------------------------------------------- */

static struct shown after_word(struct record *r, uint64_t number,
                               struct value word, uint64_t version,
                               struct arena *mem)
{
    struct changeset c = of_one_who_saw_all(r, number);
    struct write *one = arena_new(mem, sizeof *one);
    struct shown shown;

    *one = (struct write){.field = FIELD_DELETED, .value = word};
    c.writes = one;
    c.writes_n = 1;
    merge_apply(r, &c, version, mem);
    merge_show_record(r, mem, &shown);
    return shown;
}

static const char *deletions(const struct history *h, struct arena *mem)
{
    struct world *w;
    struct shown shown;
    size_t i;

    play(h, NULL, mem, &w);
    for (i = 0; i < RECORDS_N; i++) {
        struct record *r = &w->server[i];
        uint64_t version = w->in_n + 1;

        shown = after_word(r, 1, value_int(1), version, mem);
        if (!shown.deleted || shown.review != 0)
            return "it is not deleted";
        if (shown.values[FIELD_DELETED].kind != VALUE_INT)
            return "it does not say that it is deleted";
        shown = after_word(r, 2, value_null(), version + 1, mem);
        if (shown.deleted || shown.review & 1)
            return "it does not come back";
    }
    return NULL;
}

static bool stands(const struct world *w, const struct saved *in)
{
    return changeset_deletes(&in->c) && !is_replaced(w, in, FIELD_DELETED);
}

/* Work that no deletion had seen keeps the record, and a person looks at it. */
static const char *swallows_watch(struct world *w, const struct step *s)
{
    const struct saved *c, *d, *end = w->in + w->in_n;
    struct shown shown;

    for (c = w->in; s->act == HAND_IN && c < end; c++) {
        bool seen = changeset_deletes(&c->c) && c->c.writes_n == 1;
        bool in_doubt = false;

        for (d = w->in; d < end; d++) {
            if (d->record != c->record || !changeset_deletes(&d->c))
                continue;
            seen |= d == c || saw(d, c);
            in_doubt |= stands(w, d);
        }
        if (seen)
            continue;
        merge_show_record(&w->server[c->record], w->mem, &shown);
        if (shown.deleted)
            return about(&c->c, c->c.writes[0].field,
                         "is swallowed by a deletion", w->mem);
        if (in_doubt != (shown.review & 1))
            return "a deletion in doubt is not shown";
    }
    return NULL;
}

static const char *swallows(const struct history *h, struct arena *mem)
{
    struct world *w;

    return play(h, swallows_watch, mem, &w);
}
