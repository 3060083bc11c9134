#include "server/odata_doc.h"

#include <jansson.h>
#include <stdlib.h>

#include "server/xml.h"

void odata_service(const struct odata_set *sets, size_t n, const char *root,
                   enum lang lang, struct buf *out)
{
    json_t *list = json_array(), *j;
    size_t i;
    char *text;

    for (i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s}", "name", sets[i].name,
                            "title", label_in(&sets[i].title, lang), "kind",
                            "EntitySet", "url", sets[i].name));
    j = json_pack("{s:s+, s:o}", "@odata.context", root, "$metadata", "value",
                  list);
    text = json_dumps(j, JSON_COMPACT);
    buf_puts(out, text);
    free(text);
    json_decref(j);
}

/* -- metadata ------------------------------------------------------------ */

static const char *edm_type(enum column_kind kind)
{
    switch (kind) {
    case COLUMN_INTEGER:
    case COLUMN_FIGURE:
    case COLUMN_BELOW: return "Edm.Int64";
    case COLUMN_DECIMAL: return "Edm.Double";
    case COLUMN_TEXT:
    case COLUMN_CODE:
    case COLUMN_PERIOD:
    case COLUMN_STATUS: break;
    }
    return "Edm.String";
}

static void put_type(struct xml *x, const struct odata_type *t,
                     struct arena *mem)
{
    size_t i;

    xml_open(x, "EntityType");
    xml_attribute(x, "Name", odata_name(mem, t->question->name));
    xml_open(x, "Key");
    xml_open(x, "PropertyRef");
    xml_attribute(x, "Name", t->columns[0].name);
    xml_close(x);
    xml_close(x);
    for (i = 0; i < t->columns_n; i++) {
        xml_open(x, "Property");
        xml_attribute(x, "Name", t->columns[i].name);
        xml_attribute(x, "Type", edm_type(t->columns[i].kind));
        if (i == 0)
            xml_attribute(x, "Nullable", "false");
        xml_close(x);
    }
    xml_close(x);
}

void odata_metadata(const struct odata_set *sets, size_t n, struct buf *out)
{
    struct arena mem = {0};
    struct xml *x = xml_begin();
    size_t i;

    xml_open(x, "edmx:Edmx");
    xml_attribute(x, "xmlns:edmx", "http://docs.oasis-open.org/odata/ns/edmx");
    xml_attribute(x, "Version", "4.0");
    xml_open(x, "edmx:DataServices");
    xml_open(x, "Schema");
    xml_attribute(x, "xmlns", "http://docs.oasis-open.org/odata/ns/edm");
    xml_attribute(x, "Namespace", ODATA_NAMESPACE);
    for (i = 0; i < n; i++) /* those of one type are next to each other */
        if (i == 0 || sets[i].type != sets[i - 1].type)
            put_type(x, sets[i].type, &mem);
    xml_open(x, "EntityContainer");
    xml_attribute(x, "Name", "figures");
    for (i = 0; i < n; i++) {
        xml_open(x, "EntitySet");
        xml_attribute(x, "Name", sets[i].name);
        xml_attribute(
            x, "EntityType",
            arena_printf(&mem, ODATA_NAMESPACE ".%s",
                         odata_name(&mem, sets[i].type->question->name)));
        xml_close(x);
    }
    xml_end(x, out);
    arena_free(&mem);
}
