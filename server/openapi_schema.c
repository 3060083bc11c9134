#include "server/openapi_schema.h"

#include <ctype.h>
#include <string.h>

const char *schema_name(struct arena *mem, const char *name)
{
    struct buf b = buf_make(256);
    const char *out;
    bool up = true;

    for (; *name != '\0'; name++) {
        char c = up ? (char)toupper((unsigned char)*name) : *name;

        up = *name == '-';
        if (!up)
            buf_put(&b, &c, 1);
    }
    out = arena_text(mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

json_t *schema_ref(struct arena *mem, const char *kind, const char *name)
{
    return json_pack("{s:s}", "$ref",
                     arena_printf(mem, "#/components/%s/%s", kind, name));
}

/* -- fixed ones ---------------------------------------------------------- */

static json_t *text(void)
{
    return json_pack("{s:s}", "type", "string");
}

static json_t *whole(int least)
{
    return json_pack("{s:s, s:i}", "type", "integer", "minimum", least);
}

/* All of the members are there, and no others. */
static json_t *object(json_t *members)
{
    json_t *required = json_array();
    const char *name;
    json_t *of;

    json_object_foreach(members, name, of)
        json_array_append_new(required, json_string(name));
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties",
                     members, "required", required, "additionalProperties", 0);
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *problem(void)
{
    json_t *j = object(json_pack("{s:o, s:o, s:o}", "title", text(), "status",
                                 whole(400), "detail", text()));

    json_object_set_new(json_object_get(j, "properties"), "code", text());
    return j;
}

static json_t *label(void)
{
    return object(json_pack("{s:o, s:o}", "nl", text(), "en", text()));
}

static json_t *href(void)
{
    return object(json_pack("{s:o}", "href", text()));
}

static json_t *questions_schema(struct arena *mem)
{
    json_t *param =
        object(json_pack("{s:o, s:o, s:o, s:{s:s}}", "name", text(), "title",
                         schema_ref(mem, "schemas", "Label"), "example", text(),
                         "required", "type", "boolean"));
    json_t *links = object(
        json_pack("{s:o, s:o}", "self", schema_ref(mem, "schemas", "Link"),
                  "describedby", schema_ref(mem, "schemas", "Link")));
    json_t *one =
        object(json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", text(), "title",
                         schema_ref(mem, "schemas", "Label"), "about",
                         schema_ref(mem, "schemas", "Label"), "parameters",
                         list_of(param), "_links", links));

    return object(json_pack("{s:o}", "questions", list_of(one)));
}

static json_t *geometry(void)
{
    json_t *numbers = list_of(json_pack("{s:s}", "type", "number"));
    json_t *j = object(json_pack(
        "{s:{s:s, s:[s]}, s:o}", "type", "type", "string", "enum",
        "MultiPolygon", "coordinates", list_of(list_of(list_of(numbers)))));

    json_object_set_new(j, "nullable", json_true());
    return j;
}

/* -- of a question ------------------------------------------------------- */

static json_t *of_kind(enum column_kind kind)
{
    switch (kind) {
    case COLUMN_TEXT:
    case COLUMN_CODE: break;
    case COLUMN_PERIOD:
        return json_pack("{s:s, s:s}", "type", "string", "pattern",
                         "^[0-9]{4}(Q[1-4]|-[0-9]{2})?$");
    case COLUMN_INTEGER: return json_pack("{s:s}", "type", "integer");
    case COLUMN_DECIMAL: return json_pack("{s:s}", "type", "number");
    case COLUMN_FIGURE:
    case COLUMN_BELOW: return whole(0);
    case COLUMN_STATUS:
        return json_pack("{s:s, s:[s, s, s, n]}", "type", "string", "enum", "F",
                         "C", "D");
    }
    return text();
}

static json_t *row_schema(const struct question *q)
{
    json_t *members = json_object();
    size_t i;

    for (i = 0; i < q->columns_n; i++) {
        const struct dataset_column *c = &q->columns[i];
        json_t *j = of_kind(c->kind);

        json_object_set_new(j, "nullable", json_true());
        json_object_set_new(j, "description",
                            json_sprintf("%s / %s", c->title.nl, c->title.en));
        json_object_set_new(members, c->name, j);
    }
    return object(members);
}

/* What stands beside the rows; `next` is there unless it is the last page. */
static json_t *head_members(struct arena *mem)
{
    json_t *links = object(
        json_pack("{s:o, s:o}", "self", schema_ref(mem, "schemas", "Link"),
                  "describedby", schema_ref(mem, "schemas", "Link")));

    json_object_set_new(json_object_get(links, "properties"), "next",
                        schema_ref(mem, "schemas", "Link"));
    return json_pack(
        "{s:o, s:o, s:{s:s, s:b}, s:{s:s, s:b}, s:{s:s, s:s, s:b}, s:{s:s},"
        " s:o, s:o, s:o, s:o}",
        "question", text(), "title", text(), "layer", "type", "string",
        "nullable", 1, "boundaryYear", "type", "integer", "nullable", 1,
        "decidedAt", "type", "string", "format", "date-time", "nullable", 1,
        "final", "type", "boolean", "total", whole(0), "page", whole(1),
        "pages", whole(1), "_links", links);
}

static json_t *page_schema(struct arena *mem, json_t *row)
{
    json_t *members = head_members(mem);

    json_object_set_new(members, "rows", list_of(row));
    return object(members);
}

static json_t *map_schema(struct arena *mem, json_t *row)
{
    json_t *members = head_members(mem);
    json_t *feature = object(
        json_pack("{s:{s:s, s:[s]}, s:o, s:o}", "type", "type", "string",
                  "enum", "Feature", "geometry",
                  schema_ref(mem, "schemas", "Geometry"), "properties", row));

    json_object_set_new(members, "type",
                        json_pack("{s:s, s:[s]}", "type", "string", "enum",
                                  "FeatureCollection"));
    json_object_set_new(members, "features", list_of(feature));
    return object(members);
}

/* `next` is there unless that was all. */
static json_t *found_schema(void)
{
    json_t *hit = object(json_pack("{s:o, s:o, s:o}", "type", text(), "record",
                                   text(), "around", text()));
    json_t *j = object(json_pack("{s:o}", "hits", list_of(hit)));

    json_object_set_new(json_object_get(j, "properties"), "next", whole(1));
    return j;
}

json_t *schema_all(struct arena *mem)
{
    json_t *all = json_object();
    size_t i;

    json_object_set_new(all, "Problem", problem());
    json_object_set_new(all, "Label", label());
    json_object_set_new(all, "Link", href());
    json_object_set_new(all, "Geometry", geometry());
    json_object_set_new(all, "Questions", questions_schema(mem));
    json_object_set_new(all, "Pin", object(json_pack("{s:o}", "pin", text())));
    json_object_set_new(
        all, "Enrolled",
        object(json_pack("{s:o, s:o, s:o, s:o}", "device", whole(1), "user",
                         text(), "role", text(), "lease_s", whole(0))));
    json_object_set_new(all, "Found", found_schema());
    for (i = 0; i < questions_n; i++) {
        const char *name = schema_name(mem, questions[i]->name);
        const char *row = arena_printf(mem, "%sRow", name);

        json_object_set_new(all, row, row_schema(questions[i]));
        json_object_set_new(all, arena_printf(mem, "%sPage", name),
                            page_schema(mem, schema_ref(mem, "schemas", row)));
        json_object_set_new(all, arena_printf(mem, "%sMap", name),
                            map_schema(mem, schema_ref(mem, "schemas", row)));
    }
    return all;
}
