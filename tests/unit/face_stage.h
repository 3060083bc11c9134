/* face_stage.h - a device's store, and a page that asks it. */
#pragma once

#include <jansson.h>

#include "client/face.h"
#include "tests/unit/local_stage.h"

static struct app app;
static uint64_t app_ms = 1795593600000; /* 25 November 2026, 09:00 */

static inline json_t *ask_rc(struct stage *s, const char *call, json_t *in,
                             enum rc want)
{
    struct face_request q = {call, in};
    struct face_response out;

    app.l = s->l;
    app.lang = LANG_EN;
    app.now_ms = app_ms++;
    app.area = NULL;
    app.keep_words = false;
    face_answer(&app, &q, &out);
    json_decref(in);
    if (out.rc != want)
        fail_msg("%s: %s", call, json_dumps(out.out, JSON_COMPACT));
    arena_reset(&app.mem);
    app.areas = NULL;
    return out.out;
}

static inline json_t *ask(struct stage *s, const char *call, json_t *in)
{
    return ask_rc(s, call, in, RC_OK);
}

static inline json_t *get(json_t *j, const char *path)
{
    char *copy = strdup(path), *rest = copy, *word;

    while (j != NULL && (word = strtok_r(rest, ".", &rest)) != NULL)
        j = word[0] >= '0' && word[0] <= '9'
                ? json_array_get(j, (size_t)atoi(word))
                : json_object_get(j, word);
    free(copy);
    return j;
}

static inline void says(json_t *j, const char *path, const char *want)
{
    const char *have = json_string_value(get(j, path));

    if (have == NULL || strcmp(have, want) != 0)
        fail_msg("%s is %s in %s", path, have == NULL ? "no text" : have,
                 json_dumps(j, JSON_COMPACT));
}

static inline void has(json_t *j, const char *path, size_t n)
{
    if (json_array_size(get(j, path)) != n)
        fail_msg("%s of %s has not %zu", path, json_dumps(j, JSON_COMPACT), n);
}

/* Saved in one go; the id of it. */
static inline char *saved(struct stage *s, const char *type, json_t *fields)
{
    json_t *out =
        ask(s, "save", json_pack("{s:s, s:o}", "type", type, "fields", fields));
    char *id = strdup(json_string_value(get(out, "id")));

    json_decref(out);
    return id;
}

static inline json_t *put(struct stage *s, const char *field, json_t *value,
                          enum rc want)
{
    return ask_rc(s, "draft-put",
                  json_pack("{s:s, s:s, s:o}", "type", "signal", "field", field,
                            "value", value),
                  want);
}

static inline json_t *draft(struct stage *s)
{
    return ask(s, "draft", json_pack("{s:s}", "type", "signal"));
}

static inline int open_face(void **state)
{
    int rc = set_up(state);
    struct stage *s = *state;
    struct err err;

    ok(local_put(&s->l, "user", "w", &err), &err);
    ok(local_put(&s->l, "role", "worker", &err), &err);
    return rc;
}

static inline int close_face(void **state)
{
    arena_free(&app.mem);
    return tear_down(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_face, close_face)
