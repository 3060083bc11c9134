/* fuzz_text.c - three versions of a note, apart by NUL: the merge holds its
 * promises for any bytes (tests/unit/t_text_merge.c has them in words). */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "sync/sentence.h"
#include "sync/text_merge.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char seed[] = "Een. Twee. Drie.\0Een. Twee!\0Nul. Een. Drie.";

    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds())
        return 0;
    fuzz_seed("three", (struct bytes){(const uint8_t *)seed, sizeof seed - 1});
    exit(0);
}

static struct bytes part(struct bytes *in)
{
    const uint8_t *end = in->n == 0 ? NULL : memchr(in->p, 0, in->n);
    struct bytes out = *in;

    if (end != NULL) {
        out.n = (size_t)(end - in->p);
        *in = (struct bytes){end + 1, in->n - out.n - 1};
    } else {
        in->n = 0;
    }
    return out;
}

static size_t count(const struct sentences *s, struct bytes text)
{
    size_t i, n = 0;

    for (i = 0; i < s->n; i++)
        n += bytes_eq(s->p[i].text, text);
    return n;
}

static void kept(const struct sentences *base, const struct sentences *side,
                 const struct sentences *merged)
{
    size_t i;

    for (i = 0; i < side->n; i++)
        if (count(base, side->p[i].text) == 0)
            PROMISE(count(merged, side->p[i].text) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena mem = {0};
    struct bytes in = {p, n}, b = part(&in), o = part(&in), t = part(&in), ot;
    struct bytes to;
    struct sentences sb, so, st, sm;
    bool over, swapped;
    size_t i;

    text_merge(b, o, t, &mem, &ot, &over);
    text_merge(b, t, o, &mem, &to, &swapped);
    PROMISE(over == swapped);
    sb = sentence_split(b, &mem);
    so = sentence_split(o, &mem);
    st = sentence_split(t, &mem);
    sm = sentence_split(ot, &mem);
    if (!bytes_eq(b, o) && !bytes_eq(b, t) && !bytes_eq(o, t)) {
        kept(&sb, &so, &sm);
        kept(&sb, &st, &sm);
        for (i = 0; i < sb.n; i++)
            if (count(&so, sb.p[i].text) >= count(&sb, sb.p[i].text) &&
                count(&st, sb.p[i].text) >= count(&sb, sb.p[i].text))
                PROMISE(count(&sm, sb.p[i].text) > 0);
    }
    text_merge(b, o, b, &mem, &ot, &over);
    PROMISE(bytes_eq(ot, o) && !over);
    text_merge(b, t, t, &mem, &ot, &over);
    PROMISE(bytes_eq(ot, t) && !over);
    arena_free(&mem);
    return 0;
}
