#include "sync/text_merge.h"

#include <git2.h>
#include <stdlib.h>
#include <string.h>

#include "sync/sentence.h"

/* Each sentence of the base on one side: as it stands there (`is`), and what
 * that side added before it; `at[n]` has what was added at the end. */
enum { GONE = -1 };
struct place {
    ptrdiff_t is;
    size_t added, added_n;
};
struct side {
    struct sentences s;
    struct place *at;
    size_t base_n, done, shift_to; /* the walk over the hunks */
};

struct merge {
    struct sentences base;
    struct side ours, theirs;
    struct buf out;
    struct bytes last; /* the sentence written last */
    bool overlap;
    struct arena *mem; /* foreign */
};

static void same_up_to(struct side *s, size_t base)
{
    for (; s->done < base; s->done++)
        s->at[s->done].is = (ptrdiff_t)s->shift_to++;
}

/* Sentences [a, a + k) became [b, b + m): the first ones are taken to be
 * rewritten one by one, the others are gone or new. */
static void change(struct side *s, size_t a, size_t k, size_t b, size_t m)
{
    size_t i;

    same_up_to(s, a);
    for (i = 0; i < k; i++)
        s->at[a + i].is = i < m ? (ptrdiff_t)(b + i) : GONE;
    if (m > k) {
        s->at[a + k].added = b + k;
        s->at[a + k].added_n = m - k;
    }
    s->done = a + k;
    s->shift_to = b + m;
}

static int on_hunk(const git_diff_delta *delta, const git_diff_hunk *h,
                   void *arg)
{
    /* A range without lines is named by the line before it. */
    int a = h->old_lines ? h->old_start - 1 : h->old_start;
    int b = h->new_lines ? h->new_start - 1 : h->new_start;

    (void)delta;
    change(arg, (size_t)a, (size_t)h->old_lines, (size_t)b,
           (size_t)h->new_lines);
    return 0;
}

static struct buf lines_of(const struct sentences *s)
{
    struct buf b = buf_make(SIZE_MAX);
    size_t i;

    for (i = 0; i < s->n; i++) {
        buf_put(&b, s->p[i].text.p, s->p[i].text.n);
        buf_puts(&b, "\n");
    }
    buf_puts(&b, ""); /* never NULL */
    return b;
}

static struct side compare(const struct sentences *base, struct bytes text,
                           struct arena *mem)
{
    struct side s = {.s = sentence_split(text, mem), .base_n = base->n};
    struct buf a = lines_of(base), b = lines_of(&s.s);
    git_diff_options how;

    s.at = arena_new(mem, (base->n + 1) * sizeof *s.at);
    if (git_diff_options_init(&how, GIT_DIFF_OPTIONS_VERSION) != 0)
        abort(); /* another libgit2 than it was built with */
    how.context_lines = 0;
    how.interhunk_lines = 0;
    how.flags |= GIT_DIFF_FORCE_TEXT;
    /* not covered: it fails for want of memory alone; take all for rewritten */
    if (git_diff_buffers(a.n ? a.p : NULL, a.n, NULL, b.n ? b.p : NULL, b.n,
                         NULL, &how, NULL, NULL, on_hunk, NULL, &s) != 0) {
        memset(s.at, 0, (base->n + 1) * sizeof *s.at);
        s.done = s.shift_to = 0;
        change(&s, 0, base->n, 0, s.s.n);
    }
    same_up_to(&s, base->n);
    buf_free(&a);
    buf_free(&b);
    return s;
}

static bool has_line_end(struct bytes b)
{
    return b.n && (memchr(b.p, '\n', b.n) || memchr(b.p, '\r', b.n));
}

/* Would the two be read as two without anything between them? */
static bool part_unaided(struct merge *m, struct bytes text)
{
    uint8_t *both = arena_new(m->mem, m->last.n + text.n);
    struct sentences s;

    memcpy(both, m->last.p, m->last.n);
    memcpy(both + m->last.n, text.p, text.n);
    s = sentence_split((struct bytes){both, m->last.n + text.n}, m->mem);
    return s.n == 2 && s.p[0].text.n == m->last.n;
}

/* Keep two sentences two: what stood before this one may not part it from
 * the one that stands before it now. */
static void put(struct merge *m, const struct sentence *s)
{
    if (m->out.n == 0)
        ;
    else if (!sentence_closed(m->last) && !has_line_end(s->before))
        buf_puts(&m->out, "\n");
    else if (s->before.n == 0 && !part_unaided(m, s->text))
        buf_puts(&m->out, " ");
    else
        buf_put(&m->out, s->before.p, s->before.n);
    buf_put(&m->out, s->text.p, s->text.n);
    m->last = s->text;
}

static bool among(const struct side *s, const struct place *p,
                  struct bytes text)
{
    size_t i;

    for (i = 0; i < p->added_n; i++)
        if (bytes_eq(s->s.p[p->added + i].text, text))
            return true;
    return false;
}

static void put_added(struct merge *m, size_t at)
{
    const struct place *o = &m->ours.at[at], *t = &m->theirs.at[at];
    size_t i;

    for (i = 0; i < o->added_n; i++)
        put(m, &m->ours.s.p[o->added + i]);
    for (i = 0; i < t->added_n; i++) {
        const struct sentence *s = &m->theirs.s.p[t->added + i];

        if (!among(&m->ours, o, s->text))
            put(m, s);
    }
}

static const struct sentence *now(const struct side *s, size_t at)
{
    return s->at[at].is == GONE ? NULL : &s->s.p[s->at[at].is];
}

static void put_one(struct merge *m, size_t at)
{
    const struct sentence *b = &m->base.p[at];
    const struct sentence *o = now(&m->ours, at), *t = now(&m->theirs, at);
    bool o_same = o && bytes_eq(o->text, b->text);
    bool t_same = t && bytes_eq(t->text, b->text);

    if (o_same && t_same) {
        put(m, bytes_eq(o->before, b->before) ? t : o);
    } else if (o_same) {
        if (t)
            put(m, t);
    } else if (t_same) {
        if (o)
            put(m, o);
    } else if (o && t && bytes_eq(o->text, t->text)) {
        put(m, o);
    } else if (o || t) {
        m->overlap = true;
        if (o)
            put(m, o);
        if (t)
            put(m, t);
    }
}

/* libgit2 counts who opened it: the first call opens it for the life of the
 * process, the others leave the count as it was. */
static void library_open(void)
{
    if (git_libgit2_init() > 1)
        git_libgit2_shutdown();
}

void text_merge(struct bytes base, struct bytes ours, struct bytes theirs,
                struct arena *mem, struct bytes *out, bool *overlap)
{
    struct merge m = {.out = buf_make(SIZE_MAX), .mem = mem};
    struct bytes tail;
    size_t i;

    *overlap = false;
    if (bytes_eq(ours, theirs) || bytes_eq(base, theirs)) {
        *out = ours;
        return;
    }
    if (bytes_eq(base, ours)) {
        *out = theirs;
        return;
    }
    library_open();
    m.base = sentence_split(base, mem);
    m.ours = compare(&m.base, ours, mem);
    m.theirs = compare(&m.base, theirs, mem);
    for (i = 0; i < m.base.n; i++) {
        put_added(&m, i);
        put_one(&m, i);
    }
    put_added(&m, m.base.n);
    tail = m.ours.s.tail;
    if (bytes_eq(tail, m.base.tail))
        tail = m.theirs.s.tail;
    buf_put(&m.out, tail.p, tail.n);
    *out = arena_bytes(mem, buf_view(&m.out));
    *overlap = m.overlap;
    buf_free(&m.out);
}
