/* kinds_shape.h - record types with a field for every kind, policy and `set`
 * that go together.
 *
 * Which do is asked of the compiler of record types, one small bundle for each
 * combination; what a field may hold is asked of shape_check().  So a kind or
 * a policy that is added later comes along by itself, or the first test case
 * says what is missing. */
#pragma once

#include <string.h>

#include "schema/schema.h"
#include "sync/limits.h"
#include "sync/shape_text.h"
#include "tests/unit/dice.h"

enum { KINDS_FIELDS_PER_TYPE = 14, KINDS_LONG = 4000 };

struct palette { /* values of a field; of a set: the texts it may hold */
    struct value *p;
    size_t n;
};

static struct kinds {
    struct arena mem;
    const struct shape *shape;
    struct palette *palettes; /* by type, then by field */
    size_t fields_n;          /* of all types */
} kinds;

/* -- asking the compiler ------------------------------------------------ */

/* The order of the choices is neither that of their codes nor that of the
 * codes they once had. */
static const char kinds_lists[] =
    "--- # lists.yaml\n"
    "lists:\n"
    "  answer:\n"
    "    label: {nl: Antwoord, en: Answer}\n"
    "    choices:\n"
    "      given: {nl: Gegeven, en: Given, was: [yes]}\n"
    "      asked: {nl: Gevraagd, en: Asked}\n"
    "      later: {nl: Later, en: Later, was: [zero, soon]}\n"
    "      denied: {nl: Geweigerd, en: Denied, retired: true}\n"
    "      away: {nl: Weg, en: Away, was: [absent]}\n"
    "purposes:\n"
    "  test: {nl: Proef, en: Test, basis: none}\n"
    "retention_classes:\n"
    "  R1: {nl: Kort, en: Short, days: 1}\n";

/* What a kind may need beside what every field needs. */
static const char *const kinds_extras[] = {
    "", "    list: answer\n", "    decimals: 3\n", "    to: [kinds-a]\n"};

static void put_type(struct buf *out, char letter)
{
    buf_printf(out,
               "--- # kinds-%c.yaml\n"
               "type: kinds-%c\n"
               "label: {nl: Proef, en: Test}\n"
               "about: {nl: Proef., en: Test.}\n"
               "retention: R1\n"
               "write: [worker]\n"
               "see: [worker]\n"
               "fields:\n",
               letter, letter);
}

static void put_field(struct buf *out, unsigned kind, unsigned policy, bool set,
                      const char *extra)
{
    const char *kind_is = field_kind_word((enum field_kind)kind);
    const char *policy_is = policy_word((enum policy)policy);

    buf_printf(out,
               "  %s_%s%s:\n"
               "    label: {nl: Proef, en: Test}\n"
               "    kind: %s\n"
               "    policy: %s\n"
               "    privacy: free\n"
               "    purpose: test\n"
               "    retention: R1\n%s%s",
               kind_is, policy_is, set ? "_set" : "", kind_is, policy_is,
               set ? "    set: true\n" : "", extra);
}

static const struct shape *compiled(struct buf *bundle, struct arena *mem)
{
    const struct shape *shape = NULL;
    struct diags diags = {0};
    enum rc rc =
        schema_compile_bundle(buf_view(bundle), mem, &diags, &shape, NULL);

    diags_free(&diags);
    return rc == RC_OK ? shape : NULL;
}

/* With what does this field compile?  NULL: with nothing. */
static const char *extra_for(unsigned kind, unsigned policy, bool set)
{
    struct arena mem = {0};
    size_t i;
    bool ok = false;

    for (i = 0; i < countof(kinds_extras) && !ok; i++) {
        struct buf b = buf_make(types_bundle_bytes_max);

        buf_puts(&b, kinds_lists);
        put_type(&b, 'a');
        put_field(&b, kind, policy, set, kinds_extras[i]);
        ok = compiled(&b, &mem) != NULL;
        buf_free(&b);
        arena_reset(&mem);
    }
    arena_free(&mem);
    return ok ? kinds_extras[i - 1] : NULL;
}

/* All that compile, dealt out over types of a modest size. */
static void put_types(struct buf *out)
{
    struct combination {
        unsigned kind, policy, set;
        const char *extra;
    } all[FIELD_KINDS_N * POLICIES_N * 2], c;
    size_t types_n, t, i, n = 0;

    for (c.policy = 0; c.policy < POLICIES_N; c.policy++)
        for (c.kind = 0; c.kind < FIELD_KINDS_N; c.kind++)
            for (c.set = 0; c.set < 2; c.set++) {
                c.extra = extra_for(c.kind, c.policy, c.set);
                if (c.extra != NULL)
                    all[n++] = c;
            }
    types_n = (n + KINDS_FIELDS_PER_TYPE - 1) / KINDS_FIELDS_PER_TYPE;
    for (t = 0; t < types_n; t++) {
        put_type(out, (char)('a' + t));
        for (i = t; i < n; i += types_n)
            put_field(out, all[i].kind, all[i].policy, all[i].set,
                      all[i].extra);
    }
    kinds.fields_n = n;
}

/* -- values ------------------------------------------------------------- */

/* Things people type, of every kind; a field takes those that are lawful. */
static const char *const kinds_texts[] = {
    "open",
    "Open",
    "a line with  two spaces ",
    "één ✓",
    "e\xcc\x81\xcc\x81n",
    "\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
    "\t",
    "'\"; --",
    "The lamp is broken. It is dark there. Children play.",
    "The lamp is broken. It is light there. Children play.",
    "0001-01-01",
    "2024-02-29",
    "2026-11-23",
    "9999-12-31",
    "0001-01-01T00:00:00Z",
    "2026-11-23T14:05:00Z",
    "2026-11-23T14:05:01Z",
    "9999-12-31T23:59:59Z",
    "53.219,6.567",
    "53.219,6.568",
    "-90,-180",
    "0,0",
    "2022BU00141001",
    "2023BU00141001",
    "2022WK00141000",
    "2022GM00140000",
    "0190f3c2-0000-7000-8000-000000000001",
    "0190f3c2-0000-7000-8000-000000000002",
    "0190f3c2-0000-7000-8000-00000000000a",
    "ffffffff-ffff-7fff-bfff-ffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "00000000000000000000000000000000000000000000000000000000000000ff",
    "0f00000000000000000000000000000000000000000000000000000000000000",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};
static const int64_t kinds_numbers[] = {
    0, 1, -1, 2, 250, -250, INT64_C(1) << 52, INT64_MAX, INT64_MIN};

struct pool {
    const struct shape_field *f;
    struct palette out;
};

static void offer(struct pool *p, struct value v)
{
    struct value asked = v;

    if (p->f->set && v.kind == VALUE_TEXT)
        asked = value_set(&v.as.text, 1);
    if (shape_check(p->f, &asked, LANG_EN, NULL) == RC_OK)
        p->out.p[p->out.n++] = v;
}

static struct palette palette_of(const struct shape_field *f)
{
    struct pool p = {.f = f};
    char *longest = arena_new(&kinds.mem, KINDS_LONG + 1);
    struct id id;
    size_t i, k;

    memset(longest, 'x', KINDS_LONG);
    p.out.p = arena_new(&kinds.mem, 256 * sizeof *p.out.p);
    for (i = 0; i < countof(kinds_texts); i++) {
        offer(&p, value_text(kinds_texts[i]));
        if (id_parse(bytes_of(kinds_texts[i]), &id, NULL) == RC_OK)
            offer(&p, value_id(&id));
    }
    for (i = 0; i < countof(kinds_numbers); i++)
        offer(&p, value_int(kinds_numbers[i]));
    for (i = 0; f->list != NULL && i < f->list->choices_n; i++) {
        offer(&p, value_text(f->list->choices[i].code));
        for (k = 0; k < f->list->choices[i].was_n; k++)
            offer(&p, value_text(f->list->choices[i].was[k]));
    }
    offer(&p, value_text(longest));
    for (i = 0; f->list != NULL && !f->set && i < 2; i++) /* of newer types */
        p.out.p[p.out.n++] = value_text(i == 0 ? "a-newer" : "z-newer");
    return p.out;
}

static size_t type_at(const struct shape_type *t)
{
    return shape_type_index(kinds.shape, t) * fields_per_type_max;
}

static const struct palette *palette(const struct shape_type *t, size_t field)
{
    return &kinds.palettes[type_at(t) + field];
}

/* Or a choice of newer record types? */
static bool is_known(const struct shape_field *f, const struct value *v)
{
    return f->kind != FIELD_CHOICE || v->kind != VALUE_TEXT ||
           shape_choice_coded(f->list, v->as.text) != NULL;
}

static bool kinds_make(void)
{
    struct buf b = buf_make(types_bundle_bytes_max);
    size_t t, f;

    buf_puts(&b, kinds_lists);
    put_types(&b);
    kinds.shape = compiled(&b, &kinds.mem);
    buf_free(&b);
    if (kinds.shape == NULL)
        return false;
    kinds.palettes =
        arena_new(&kinds.mem, kinds.shape->types_n * fields_per_type_max *
                                  sizeof *kinds.palettes);
    for (t = 0; t < kinds.shape->types_n; t++)
        for (f = 0; f < kinds.shape->types[t].fields_n; f++)
            kinds.palettes[t * fields_per_type_max + f] =
                palette_of(&kinds.shape->types[t].fields[f]);
    return true;
}
