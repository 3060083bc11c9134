/* kinds_prove.h - a law over many histories; one that fails is cut down to the
 * smallest that still does, and told step by step. */
#pragma once

#include <inttypes.h>

#include "tests/unit/kinds_history.h"

/* What is wrong with it, in words (in `mem`); NULL: the law holds. */
typedef const char *law(const struct history *h, struct arena *mem);

static struct {
    uint64_t from, histories;
} range = {1, 3000};

/* -- telling ------------------------------------------------------------ */

static void tell_text(struct buf *out, struct bytes text)
{
    size_t i, most = text.n < 60 ? text.n : 60;

    buf_puts(out, "\"");
    for (i = 0; i < most; i++)
        if (text.p[i] < ' ')
            buf_printf(out, "\\x%02x", text.p[i]);
        else
            buf_put(out, &text.p[i], 1);
    buf_puts(out, most < text.n ? "...\"" : "\"");
}

static void tell_value(struct buf *out, const struct value *v)
{
    char id[ID_TEXT_CHARS + 1];
    size_t i;

    switch (v->kind) {
    case VALUE_NULL: buf_puts(out, "nothing"); break;
    case VALUE_INT: buf_printf(out, "%" PRId64, v->as.i); break;
    case VALUE_TEXT: tell_text(out, v->as.text); break;
    case VALUE_ID: buf_puts(out, id_text(&v->as.id, id)); break;
    case VALUE_SET:
        for (i = 0; i < v->as.set.n; i++) {
            buf_puts(out, i > 0 ? " + " : "");
            tell_text(out, v->as.set.p[i]);
        }
        break;
    }
}

static void tell_save(struct buf *out, const struct saved *own)
{
    const struct changeset *c = &own->c;
    size_t i;

    buf_printf(out,
               "saves number %" PRIu64 " in record %u (%s), clock %" PRIu64
               ", having seen version %" PRIu64 "\n",
               c->number, own->record + 1, c->type->name, c->clock,
               c->base_version);
    for (i = 0; i < c->writes_n; i++) {
        const struct write *w = &c->writes[i];

        buf_printf(out, "        %s = ", c->type->fields[w->field].name);
        tell_value(out, &w->value);
        if (w->base.kind != VALUE_NULL) {
            buf_puts(out, ", over ");
            tell_value(out, &w->base);
        }
        buf_puts(out, "\n");
    }
}

/* Where the watcher below writes. */
static struct buf *telling;

static const char *tell_step(struct world *w, const struct step *s)
{
    const struct device *d = &w->devices[s->device];
    size_t i;

    buf_printf(telling, "    device %u ", s->device + 1);
    switch (s->act) {
    case SAVE: tell_save(telling, &d->own[d->own_n - 1]); return NULL;
    case FETCH:
        buf_printf(telling, "fetches version %" PRIu64 "\n", d->cursor);
        return NULL;
    case HAND_IN: break;
    }
    buf_puts(telling, "hands in");
    for (i = w->in_before; i < w->in_n; i++)
        buf_printf(telling, " number %" PRIu64 " (version %" PRIu64 ")",
                   w->in[i].c.number, w->in[i].version);
    buf_puts(telling, w->in_before == w->in_n ? " nothing\n" : "\n");
    return NULL;
}

static void tell(const struct history *h, const char *why, struct buf *out)
{
    struct arena mem = {0};
    struct world *w;

    buf_printf(out, "seed %" PRIu64 ", %zu steps: %s\n", h->seed, h->n, why);
    telling = out;
    play(h, tell_step, &mem, &w);
    arena_free(&mem);
}

/* -- making it smaller -------------------------------------------------- */

struct shrinking {
    law *holds;
    struct history h; /* the smallest so far */
    bool smaller;
};

static void attempt(struct shrinking *s, const struct history *h)
{
    struct arena mem = {0};

    if (s->holds(h, &mem) != NULL) {
        s->h = *h;
        s->smaller = true;
    }
    arena_free(&mem);
}

static void drop_device(struct shrinking *s, unsigned device)
{
    struct history h = s->h;
    size_t i;

    for (h.n = i = 0; i < s->h.n; i++)
        if (s->h.steps[i].device != device)
            h.steps[h.n++] = s->h.steps[i];
    if (h.n < s->h.n)
        attempt(s, &h);
}

static void drop_steps(struct shrinking *s, size_t from, size_t n)
{
    struct history h = s->h;

    if (from + n > h.n)
        return;
    memmove(&h.steps[from], &h.steps[from + n],
            (h.n - from - n) * sizeof h.steps[0]);
    h.n -= n;
    attempt(s, &h);
}

static void drop_field(struct shrinking *s, size_t step, unsigned field)
{
    struct history h = s->h;
    uint64_t bit = UINT64_C(1) << field;

    if (!(h.steps[step].fields & bit) || h.steps[step].fields == bit)
        return;
    h.steps[step].fields &= ~bit;
    attempt(s, &h);
}

static void shrink(struct shrinking *s)
{
    size_t i, n;
    unsigned k;

    do {
        s->smaller = false;
        for (k = 0; k < DEVICES_MAX; k++)
            drop_device(s, k);
        for (n = s->h.n / 2; n > 0; n /= 2)
            for (i = s->h.n; i > 0; i--)
                drop_steps(s, i - 1, n);
        for (i = 0; i < s->h.n; i++)
            for (k = 0; k < fields_per_type_max; k++)
                drop_field(s, i, k);
    } while (s->smaller);
}

/* The smallest history found in which `holds` fails, told in `out`; false: it
 * held in all. */
static bool find_failure(law *holds, struct shrinking *s, struct buf *out)
{
    struct arena mem = {0};
    const char *why = NULL;
    uint64_t i;

    *s = (struct shrinking){.holds = holds};
    for (i = 0; i < range.histories && why == NULL; i++) {
        arena_reset(&mem);
        s->h = history_of(range.from + i);
        why = holds(&s->h, &mem);
    }
    if (why != NULL) {
        shrink(s);
        arena_reset(&mem);
        tell(&s->h, holds(&s->h, &mem), out);
    }
    arena_free(&mem);
    return why != NULL;
}

static void prove(law *holds)
{
    struct buf out = buf_make(1 << 20);
    struct shrinking s;
    bool failed = find_failure(holds, &s, &out);

    if (failed)
        print_error("%s", buf_text(&out));
    buf_free(&out);
    if (failed)
        fail();
}
