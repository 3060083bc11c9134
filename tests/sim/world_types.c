/* Record types of the pretend world: every policy, two versions, one type that
 * leads alone may see, one that is kept apart. */
#include <string.h>

#include "tests/sim/world_int.h"

static void field(struct buf *b, const char *name, const char *kind,
                  const char *policy)
{
    buf_printf(b,
               "  %s:\n"
               "    label: {nl: F, en: F}\n"
               "    kind: %s\n"
               "    policy: %s\n"
               "    privacy: %s\n"
               "    purpose: work\n"
               "    retention: %s\n",
               name, kind, policy,
               strncmp(kind, "prose", 5) == 0    ? "free"
               : strncmp(kind, "worker", 6) == 0 ? "indirect"
                                                 : "none",
               strncmp(kind, "prose", 5) == 0 ? "R2" : "R1");
}

static void type(struct buf *b, const char *name, const char *roles,
                 unsigned version)
{
    buf_printf(b,
               "--- # %s.yaml\n"
               "type: %s\n"
               "label: {nl: S, en: T}\n"
               "about: {nl: A., en: A.}\n"
               "retention: R1\n"
               "write: [%s]\n"
               "see: [%s]\n"
               "title: %s\n"
               "%s"
               "fields:\n",
               name, name, roles, roles, version == 1 ? "title" : "heading",
               strcmp(name, "hidden") == 0 ? "was: [secret]\n" : "");
    field(b, version == 1 ? "title" : "heading",
          version == 1 ? "text\n    max: 200"
                       : "text\n    max: 200\n    was: [title]",
          "latest");
    field(b, "status", "choice\n    list: level", "review");
    field(b, "themes", "choice\n    list: theme\n    set: true", "union");
    field(b, "body", "prose\n    max: 4000", "text");
    field(b, "severity", "choice\n    list: level", "highest");
    field(b, "consent", "int\n    min: 0\n    max: 9", "lowest");
    field(b, "made_by", "text\n    max: 100", "first");
    field(b, "about", "ref\n    to: thing", "latest");
    if (version == 2)
        field(b, "amount", "money", "highest");
}

static void person(struct buf *b, unsigned version)
{
    buf_puts(b, "--- # zz-person.yaml\n"
                "type: zz-person\n"
                "label: {nl: S, en: T}\n"
                "about: {nl: A., en: A.}\n"
                "retention: R1\n"
                "apart: true\n"
                "given_to: given_to\n"
                "write: [worker, lead]\n"
                "see: [worker, lead]\n"
                "fields:\n");
    field(b, "name", "text\n    max: 200", "latest");
    field(b, "phone", "text\n    max: 200", "review");
    field(b, "given_to", "worker\n    set: true", "union");
    if (version == 2)
        field(b, "email", "text\n    max: 200", "first");
}

struct bytes types_bundle(unsigned version, struct arena *mem)
{
    struct buf b = buf_make(65536);
    struct bytes out;

    buf_printf(&b,
               "--- # lists.yaml\n"
               "lists:\n"
               "  level:\n"
               "    label: {nl: L, en: L}\n"
               "    choices:\n"
               "      low: {nl: L, en: L}\n"
               "      %s\n"
               "      high: {nl: H, en: H}\n"
               "  theme:\n"
               "    label: {nl: T, en: T}\n"
               "    choices:\n"
               "      green: {nl: G, en: G}\n"
               "      lonely: {nl: E, en: L}\n"
               "      safety: {nl: V, en: S}\n"
               "      traffic: {nl: V, en: T}\n"
               "      youth: {nl: J, en: Y}\n"
               "purposes:\n"
               "  work: {nl: Werk, en: Work, basis: GDPR}\n"
               "retention_classes:\n"
               "  R1: {nl: Jaar, en: Year, days: 365}\n"
               "  R2: {nl: Maand, en: Month, days: 30}\n",
               version == 1 ? "middle: {nl: M, en: M}"
                            : "medium: {nl: M, en: M, was: [middle]}");
    type(&b, version == 1 ? "secret" : "hidden", "lead", version);
    type(&b, "thing", "worker, lead", version);
    person(&b, version);
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

const struct shape_type *type_in(const struct world *w,
                                 const struct shape *shape,
                                 const struct shape_type *model)
{
    return &shape->types[shape_type_index(w->model.shape, model)];
}

/* -- values ------------------------------------------------------------- */

static struct value some_set(struct world *w, struct arena *mem)
{
    static const char *const all[] = {"green", "lonely", "safety", "traffic",
                                      "youth"};
    struct bytes *p = arena_new(mem, countof(all) * sizeof *p);
    size_t i, n = 0;

    for (i = 0; i < countof(all); i++)
        if (roll(&w->dice, 2))
            p[n++] = bytes_of(all[i]);
    return value_set(p, n);
}

static struct value some_text(struct world *w, uint32_t area, struct arena *mem)
{
    unsigned n = 1 + (unsigned)roll(&w->dice, 4), i;
    const char *out = "";

    for (i = 0; i < n; i++)
        out = arena_printf(mem, "%sIn area-%u there is matter %u. ", out,
                           (unsigned)area, (unsigned)roll(&w->dice, 8));
    return value_text(out);
}

static struct id some_thing(struct world *w)
{
    uint8_t random[ID_RANDOM_BYTES] = {(uint8_t)roll(&w->dice, 5)};

    return id_make(1, random);
}

struct value types_value(struct world *w, const struct shape_field *f,
                         uint32_t area, struct arena *mem)
{
    struct id id;

    if (roll(&w->dice, 10) == 0)
        return value_null();
    if (f->set)
        return some_set(w, mem);
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_MONEY: return value_int((int64_t)roll(&w->dice, 10));
    case FIELD_CHOICE:
        return value_text(f->list->choices[roll(&w->dice, 3)].code);
    case FIELD_REF: id = some_thing(w); return value_id(&id);
    case FIELD_PROSE: return some_text(w, area, mem);
    case FIELD_TEXT:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_POINT:
    case FIELD_CODE:
    case FIELD_WORKER:
    case FIELD_ATTACHMENT:
    case FIELD_KINDS_N: break;
    }
    return value_text(arena_printf(mem, "area-%u word %u", (unsigned)area,
                                   (unsigned)roll(&w->dice, 6)));
}
