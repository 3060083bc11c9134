/* kinds_shown.h - laws about what is shown, one policy at a time, said in other
 * words than those of the merge. */
#pragma once

#include "tests/unit/kinds_prove.h"

struct seen_field { /* as somebody looks at it */
    const struct shape_field *f;
    const struct heads *h;
    struct value shown;
    bool review;
};

typedef const char *field_law(const struct seen_field *s, struct arena *mem);

static const char *each_field(const struct record *r, field_law *holds,
                              struct arena *mem)
{
    struct shown shown;
    const char *why = NULL;
    size_t f;

    merge_show_record(r, mem, &shown);
    for (f = 1; f < r->type->fields_n && why == NULL && !shown.deleted; f++) {
        struct seen_field s = {&r->type->fields[f], &r->fields[f],
                               shown.values[f], shown.review >> f & 1};

        why = holds(&s, mem);
    }
    return why;
}

/* Whatever the step changed: at the server or on its device. */
static const char *each_touched(struct world *w, const struct step *s,
                                field_law *holds)
{
    const struct record *r =
        s->act == HAND_IN ? w->server : w->devices[s->device].view;
    const char *why = NULL;
    size_t i;

    for (i = 0; i < RECORDS_N && why == NULL; i++)
        why = each_field(&r[i], holds, w->mem);
    return why;
}

#define LAW_OF_FIELDS(law, holds)                                         \
    static const char *law##_watch(struct world *w, const struct step *s) \
    {                                                                     \
        return each_touched(w, s, holds);                                 \
    }                                                                     \
    static const char *law(const struct history *h, struct arena *mem)    \
    {                                                                     \
        struct world *w;                                                  \
                                                                          \
        return play(h, law##_watch, mem, &w);                             \
    }

static const char *not_so(const struct seen_field *s, const char *what,
                          struct arena *mem)
{
    struct buf b = buf_make(1 << 16);
    const char *why;

    tell_value(&b, &s->shown);
    why = arena_printf(mem, "%s: %s; shown is %s", s->f->name, what,
                       buf_text(&b));
    buf_free(&b);
    return why;
}

/* -- latest, review, first ---------------------------------------------- */

static bool is_before(const struct origin *a, const struct origin *b)
{
    return a->clock < b->clock ||
           (a->clock == b->clock && a->device < b->device);
}

static const char *clock_decides(const struct seen_field *s, struct arena *mem)
{
    const struct head *early, *late;
    size_t i;

    if (s->h->n == 0)
        return s->shown.kind == VALUE_NULL ? NULL
                                           : not_so(s, "nobody wrote it", mem);
    early = late = &s->h->p[0];
    for (i = 1; i < s->h->n; i++) {
        if (is_before(s->h->p[i].by, early->by))
            early = &s->h->p[i];
        if (is_before(late->by, s->h->p[i].by))
            late = &s->h->p[i];
    }
    if (s->f->policy == POLICY_FIRST && !value_eq(&early->value, &s->shown))
        return not_so(s, "the earliest is not shown", mem);
    if ((s->f->policy == POLICY_LATEST || s->f->policy == POLICY_REVIEW) &&
        !value_eq(&late->value, &s->shown))
        return not_so(s, "the latest is not shown", mem);
    return NULL;
}
LAW_OF_FIELDS(clocks, clock_decides)

static const char *asks_if_needed(const struct seen_field *s, struct arena *mem)
{
    bool differ = false,
         asks = s->f->policy == POLICY_REVIEW || s->f->policy == POLICY_FIRST;
    size_t i;

    for (i = 1; i < s->h->n; i++)
        differ |= !value_eq(&s->h->p[i].value, &s->h->p[0].value);
    if (s->review && !differ)
        return not_so(s, "a person is asked though all agree", mem);
    if (s->review && !asks && s->f->policy != POLICY_TEXT)
        return not_so(s, "a person is asked about a policy that decides", mem);
    if (!s->review && asks && differ)
        return not_so(s, "nobody is asked though they differ", mem);
    return NULL;
}
LAW_OF_FIELDS(reviews, asks_if_needed)

/* -- union -------------------------------------------------------------- */

static const char *member_is_right(const struct seen_field *s, struct bytes m,
                                   struct arena *mem)
{
    bool held = false, added = false, removed = false;
    bool shown = value_has(&s->shown, m);
    size_t i;

    for (i = 0; i < s->h->n; i++) {
        bool now = value_has(&s->h->p[i].value, m);
        bool was = value_has(&s->h->p[i].base, m);

        held |= now;
        added |= now && !was;
        removed |= was && !now;
    }
    if (!shown && added)
        return not_so(s, "a member that someone added is not shown", mem);
    if (!shown && held && !removed)
        return not_so(s, "a member is gone that nobody removed", mem);
    if (shown && !held)
        return not_so(s, "a member is shown that nobody holds", mem);
    if (shown && removed && !added && s->h->n > 1)
        return not_so(s, "a member that someone removed is shown", mem);
    return NULL;
}

static const char *members_are_right(const struct seen_field *s,
                                     struct arena *mem)
{
    const struct value *v = &s->shown;
    const char *why = NULL;
    size_t i = 0, k;

    if (s->f->policy != POLICY_UNION)
        return NULL;
    for (;; v = &s->h->p[i++].value) {
        for (k = 0; v->kind == VALUE_SET && k < v->as.set.n && !why; k++)
            why = member_is_right(s, v->as.set.p[k], mem);
        if (i == s->h->n)
            return why;
    }
}
LAW_OF_FIELDS(unions, members_are_right)

/* -- text --------------------------------------------------------------- */

static struct sentences sentences_of(const struct value *v, struct arena *mem)
{
    return sentence_split(
        v->kind == VALUE_TEXT ? v->as.text : (struct bytes){0}, mem);
}

static bool stands_in(const struct sentences *all, struct bytes sentence)
{
    size_t i;

    for (i = 0; i < all->n; i++)
        if (bytes_eq(all->p[i].text, sentence))
            return true;
    return false;
}

static const struct head *oldest_of(const struct heads *h)
{
    const struct head *oldest = &h->p[0];
    size_t i;

    for (i = 1; i < h->n; i++)
        if (h->p[i].by->base_version < oldest->by->base_version)
            oldest = &h->p[i];
    return oldest;
}

static const char *texts_are_whole(const struct seen_field *s,
                                   struct arena *mem)
{
    struct sentences base, shown, *heads;
    size_t i, k, j;

    if (s->f->policy != POLICY_TEXT || s->h->n == 0)
        return NULL;
    heads = arena_new(mem, s->h->n * sizeof *heads);
    base = sentences_of(&oldest_of(s->h)->base, mem);
    shown = sentences_of(&s->shown, mem);
    for (i = 0; i < s->h->n; i++) {
        heads[i] = sentences_of(&s->h->p[i].value, mem);
        for (k = 0; k < heads[i].n; k++)
            if (!stands_in(&base, heads[i].p[k].text) &&
                !stands_in(&shown, heads[i].p[k].text))
                return not_so(s, "a sentence that someone wrote is gone", mem);
    }
    for (k = 0; k < base.n; k++) {
        for (i = 0; i < s->h->n; i++)
            if (!stands_in(&heads[i], base.p[k].text))
                break;
        if (i == s->h->n && !stands_in(&shown, base.p[k].text))
            return not_so(s, "a sentence is gone that nobody removed", mem);
    }
    for (k = 0; k < shown.n; k++) {
        bool held = false;

        for (j = 0; j < s->h->n; j++)
            held |= stands_in(&heads[j], shown.p[k].text);
        if (!held)
            return not_so(s, "a sentence stands there that nobody wrote", mem);
    }
    return NULL;
}
LAW_OF_FIELDS(texts, texts_are_whole)

/* -- highest, lowest ---------------------------------------------------- */

/* -1, 0, 1: in the order of the choices, of numbers, of dates. */
static int in_order(const struct shape_field *f, const struct value *a,
                    const struct value *b)
{
    size_t i;

    if (a->kind == VALUE_INT)
        return a->as.i < b->as.i ? -1 : a->as.i > b->as.i;
    if (f->kind != FIELD_CHOICE) /* 2026-11-23: in the order of letters */
        return bytes_cmp(a->as.text, b->as.text);
    for (i = 0; i < f->list->choices_n; i++) {
        bool is_a = bytes_eq(bytes_of(f->list->choices[i].code), a->as.text);
        bool is_b = bytes_eq(bytes_of(f->list->choices[i].code), b->as.text);

        if (is_a || is_b)
            return is_a ? (is_b ? 0 : -1) : 1;
    }
    return bytes_cmp(a->as.text, b->as.text);
}

static bool more_extreme(const struct shape_field *f, const struct value *a,
                         const struct value *b)
{
    int order;

    if (a->kind == VALUE_NULL || b->kind == VALUE_NULL)
        return a->kind != VALUE_NULL && b->kind == VALUE_NULL;
    if (is_known(f, a) != is_known(f, b))
        return !is_known(f, a); /* it may be a newer refusal */
    order = in_order(f, a, b);
    return f->policy == POLICY_HIGHEST ? order > 0 : order < 0;
}
