/* kinds_value.h - what a writer who saw a value makes of it, from a seed. */
#pragma once

#include "sync/sentence.h"
#include "tests/unit/kinds_shape.h"

static const char *const kinds_sentences[] = {
    "It is dark. ",
    "The lamp is broken.",
    " Children play here! ",
    "- a bench\n",
    "- a tree, e.g. an oak\n",
    "Call mr. A. Bakker at 9.30 h. ",
    "Zo'n 3.5 m² is weg… ",
    "\xd9\x87\xd9\x84 \xd8\xaa\xd8\xb3\xd9\x85\xd8\xb9\xd8\x9f ",
    "\xe4\xbd\xa0\xe5\xa5\xbd\xe3\x80\x82",
    "Green 🌳. ",
    "no stop",
    "\n\n",
};

static const char *some_sentence(struct dice *d)
{
    return kinds_sentences[roll(d, countof(kinds_sentences))];
}

/* The text as seen with some sentences dropped, rewritten and added. */
static struct value edited_text(struct dice *d, const struct value *seen,
                                struct arena *mem)
{
    struct bytes text =
        seen->kind == VALUE_TEXT ? seen->as.text : (struct bytes){0};
    struct sentences s = sentence_split(text, mem);
    struct buf b = buf_make(KINDS_LONG / 2);
    size_t i;

    for (i = 0; i < s.n; i++) {
        uint64_t what = roll(d, 8);

        if (what == 0)
            continue;
        if (what == 1 || s.n < 2)
            buf_puts(&b, some_sentence(d));
        if (what == 2) {
            buf_puts(&b, some_sentence(d));
            continue;
        }
        buf_put(&b, s.p[i].before.p, s.p[i].before.n);
        buf_put(&b, s.p[i].text.p, s.p[i].text.n);
    }
    if (b.n == 0 || roll(d, 3) == 0)
        buf_puts(&b, some_sentence(d));
    text = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return value_bytes(text);
}

/* `few` picks the corner of the palette that this history stays in, so that
 * writers meet. */
static const struct value *one_of(struct dice *d, const struct palette *p,
                                  uint64_t few)
{
    return &p->p[(few + roll(d, 4)) % p->n];
}

static struct value edited_set(struct dice *d, const struct value *seen,
                               const struct palette *p, uint64_t few,
                               struct arena *mem)
{
    struct bytes *m = arena_new(mem, (set_members_max + 4) * sizeof *m);
    size_t i, n = 0, most = roll(d, 3);

    for (i = 0; seen->kind == VALUE_SET && i < seen->as.set.n; i++)
        if (n < set_members_max - 4 && roll(d, 3) > 0)
            m[n++] = seen->as.set.p[i];
    for (i = 0; i < most; i++)
        m[n++] = one_of(d, p, few)->as.text;
    return value_set(m, n);
}

static struct value some_value(const struct shape_type *t, size_t field,
                               uint64_t seed, uint64_t few,
                               const struct value *seen, struct arena *mem)
{
    const struct shape_field *f = &t->fields[field];
    const struct palette *p = palette(t, field);
    struct dice d = dice_of(seed + field);

    if (f->set)
        return edited_set(&d, seen, p, few, mem);
    if (roll(&d, 8) == 0)
        return value_null();
    if (f->policy == POLICY_TEXT && roll(&d, 8) > 0)
        return edited_text(&d, seen, mem);
    return *one_of(&d, p, few);
}
