/* desk_stage.h - calls of the pages of the desk, on a real server. */
#pragma once

#include "tests/unit/web_stage.h"

#include <jansson.h>

#include "server/desk.h"

/* -- calls --------------------------------------------------------------------
 */

static inline json_t *answer(struct stage *s, const char *cookie,
                             const char *call, long status, const char *body)
{
    struct answered got =
        posted(s, arena_printf(&s->mem, "/web/do/%s", call), body, cookie);
    json_t *j = json_loadb((const char *)got.body.p, got.body.n, 0, NULL);

    if (got.status != status)
        fail_msg("%s %s: %ld: %s", call, body, got.status, buf_text(&got.body));
    buf_free(&got.body);
    return j;
}

static inline void ask(struct stage *s, const char *cookie, const char *call,
                       long status, const char *body)
{
    json_decref(answer(s, cookie, call, status, body));
}

static inline const char *text_of(struct stage *s, const json_t *j,
                                  const char *key)
{
    const char *text = json_string_value(json_object_get(j, key));

    assert_non_null(text);
    return arena_text(&s->mem, text, strlen(text));
}

/* A signal of a lead, in their area; its id. */
static inline const char *a_signal(struct stage *s, const char *lead)
{
    json_t *j = answer(
        s, lead, "save", 200,
        "{\"type\":\"signal\",\"area\":1,\"version\":0,\"values\":{\"title\":"
        "\"Donkere steeg\",\"description\":\"Er brandt geen lamp. Het is er"
        " glad.\",\"severity\":\"hoog\",\"themes\":\"veiligheid\",\"note\":"
        "\"alleen voor het team\"}}");
    const char *id = text_of(s, j, "id");

    json_decref(j);
    return id;
}

static inline const char *named(struct stage *s, const char *id, int area,
                                const char *more)
{
    return arena_printf(&s->mem,
                        "{\"type\":\"signal\",\"area\":%d,\"id\":\"%s\"%s}",
                        area, id, more);
}

static inline json_t *field_of(json_t *record, const char *name)
{
    json_t *f;
    size_t i;

    json_array_foreach(json_object_get(record, "fields"), i, f)
    {
        if (strcmp(json_string_value(json_object_get(f, "name")), name) == 0)
            return f;
    }
    return NULL;
}
