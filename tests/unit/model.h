/* model.h - a small model of record types for tests of the core: one field
 * for each policy, and every kind of value. */
#pragma once

#include <string.h>

#include "sync/shape.h"
#include "sync/value.h"
#include "tests/unit/dice.h"

static const struct shape_choice model_severities[] = {
    {.code = "low"},
    {.code = "middle"},
    {.code = "high"},
};
static const char *const model_was_night[] = {"dark"};
static const struct shape_choice model_themes[] = {
    {.code = "safety"},
    {.code = "green"},
    {.code = "night", .was = model_was_night, .was_n = 1},
};
static const struct shape_list model_lists[] = {
    {.name = "severity", .choices = model_severities, .choices_n = 3},
    {.name = "theme", .choices = model_themes, .choices_n = 3, .renamed = true},
};

enum {
    F_STATUS = 1, /* review */
    F_TITLE,      /* latest */
    F_THEMES,     /* union */
    F_NOTE,       /* text */
    F_SEVERITY,   /* highest */
    F_CONSENT,    /* lowest */
    F_MADE_BY,    /* first */
    F_AMOUNT,     /* latest, money */
    F_ABOUT,      /* latest, a reference */
    F_COUNT
};

enum { MODEL_EVERYONE = (1 << ROLES_N) - 1 };
static const char *const model_was_title[] = {"name"};
static const struct shape_field model_fields[F_COUNT] = {
    {.name = "deleted",
     .kind = FIELD_INT,
     .policy = POLICY_REVIEW,
     .see = MODEL_EVERYONE},
    {.name = "status",
     .kind = FIELD_TEXT,
     .policy = POLICY_REVIEW,
     .see = MODEL_EVERYONE},
    {.name = "title",
     .kind = FIELD_TEXT,
     .policy = POLICY_LATEST,
     .see = MODEL_EVERYONE,
     .was = model_was_title,
     .was_n = 1},
    {.name = "themes",
     .kind = FIELD_CHOICE,
     .set = true,
     .list = &model_lists[1],
     .policy = POLICY_UNION,
     .see = MODEL_EVERYONE},
    {.name = "note",
     .kind = FIELD_PROSE,
     .policy = POLICY_TEXT,
     .see = MODEL_EVERYONE},
    {.name = "severity",
     .kind = FIELD_CHOICE,
     .list = &model_lists[0],
     .policy = POLICY_HIGHEST,
     .see = MODEL_EVERYONE},
    {.name = "consent",
     .kind = FIELD_INT,
     .policy = POLICY_LOWEST,
     .see = MODEL_EVERYONE},
    {.name = "made_by",
     .kind = FIELD_WORKER,
     .policy = POLICY_FIRST,
     .see = MODEL_EVERYONE},
    {.name = "amount",
     .kind = FIELD_MONEY,
     .policy = POLICY_LATEST,
     .see = MODEL_EVERYONE},
    {.name = "about",
     .kind = FIELD_REF,
     .policy = POLICY_LATEST,
     .see = MODEL_EVERYONE},
};
static const struct shape_type model_types[] = {
    {.name = "signal",
     .table = "signal",
     .write = MODEL_EVERYONE & ~(1 << ROLE_ANALYST),
     .see = MODEL_EVERYONE,
     .fields = model_fields,
     .fields_n = F_COUNT},
    {.name = "idea",
     .table = "idea",
     .write = MODEL_EVERYONE,
     .see = MODEL_EVERYONE,
     .fields = model_fields,
     .fields_n = F_AMOUNT},
};
static const struct shape model = {.version = "model-1",
                                   .types = model_types,
                                   .types_n = 2,
                                   .lists = model_lists,
                                   .lists_n = 2};

static inline struct value text_value(const char *s)
{
    return value_text(s);
}

/* "a b c" as a set, in `mem`. */
static inline struct value words(struct arena *mem, const char *s)
{
    struct bytes *p = arena_new(mem, 64 * sizeof *p);
    size_t n = 0;

    while (*s != '\0') {
        size_t len = strcspn(s, " ");

        p[n++] = (struct bytes){(const uint8_t *)s, len};
        s += len;
        s += *s == ' ';
    }
    return value_set(p, n);
}

static inline struct id some_id(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[9] = (uint8_t)n;
    random[8] = (uint8_t)(n >> 8);
    return id_make(UINT64_C(1700000000000) + n, random);
}
