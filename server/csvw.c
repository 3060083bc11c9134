#include "server/csvw.h"

#include <jansson.h>

static const char *const periods = "[0-9]{4}(Q[1-4]|-(0[1-9]|1[0-2]))?";

/* In both languages; and the head of the CSV, without which a reader would not
 * take this for its metadata. */
static json_t *titles(const struct dataset_column *c)
{
    return json_pack("{s:s, s:s, s:s}", "nl", c->title.nl, "en", c->title.en,
                     "und", c->name);
}

static json_t *datatype(enum column_kind kind)
{
    switch (kind) {
    case COLUMN_TEXT:
    case COLUMN_CODE: return json_string("string");
    case COLUMN_PERIOD:
        return json_pack("{s:s, s:s}", "base", "string", "format", periods);
    case COLUMN_INTEGER: return json_string("integer");
    case COLUMN_DECIMAL: return json_string("decimal");
    case COLUMN_FIGURE:
    case COLUMN_BELOW: return json_string("nonNegativeInteger");
    case COLUMN_STATUS: break;
    }
    return json_pack("{s:s, s:s}", "base", "string", "format", "[FCD]");
}

/* What a figure is, where only its neighbours say so. */
static const struct label *about_kind(enum column_kind kind)
{
    static const struct label figure = {
        "afgerond op een veelvoud van 5; leeg: niet bekendgemaakt, zie de"
        " status",
        "rounded to a multiple of 5; empty: not told, see the status"};
    static const struct label below = {
        "leeg, of: het aantal is kleiner dan dit, en mogelijk 0",
        "empty, or: the count is less than this, and may be 0"};
    static const struct label status = {
        "F: bekendgemaakt; C: kleiner dan de drempel; D: achtergehouden, en"
        " dat zegt niets over het aantal",
        "F: told; C: below the threshold; D: withheld, which says nothing of"
        " the count"};

    switch (kind) {
    case COLUMN_FIGURE: return &figure;
    case COLUMN_BELOW: return &below;
    case COLUMN_STATUS: return &status;
    case COLUMN_TEXT:
    case COLUMN_CODE:
    case COLUMN_PERIOD:
    case COLUMN_INTEGER:
    case COLUMN_DECIMAL: break;
    }
    return NULL;
}

static json_t *column(const struct dataset_column *c, enum lang lang)
{
    const struct label *about = about_kind(c->kind);
    json_t *j = json_pack("{s:s, s:o, s:o, s:s}", "name", c->name, "titles",
                          titles(c), "datatype", datatype(c->kind), "null", "");

    if (about != NULL)
        json_object_set_new(j, "dc:description",
                            json_string(label_in(about, lang)));
    if (c->kind == COLUMN_TEXT)
        json_object_set_new(j, "lang",
                            json_string(lang == LANG_EN ? "en" : "nl"));
    return j;
}

/* A template of RFC 6570: #type={type}&area={area}. */
static void put_keys(const struct dataset *d, json_t *schema)
{
    struct buf about = buf_make(4096);
    json_t *keys = json_array();
    size_t i;

    for (i = 0; i < d->columns_n; i++) {
        const char *name = d->columns[i].name;

        if (!d->columns[i].key)
            continue;
        buf_printf(&about, "%s%s={%s}", about.n == 0 ? "#" : "&", name, name);
        json_array_append_new(keys, json_string(name));
    }
    if (json_array_size(keys) > 0) {
        json_object_set(schema, "primaryKey", keys);
        json_object_set_new(schema, "aboutUrl", json_string(buf_text(&about)));
    }
    json_decref(keys);
    buf_free(&about);
}

static json_t *table_schema(const struct dataset *d, enum lang lang)
{
    json_t *schema = json_object(), *columns = json_array();
    size_t i;

    for (i = 0; i < d->columns_n; i++)
        json_array_append_new(columns, column(&d->columns[i], lang));
    json_object_set_new(schema, "columns", columns);
    put_keys(d, schema);
    return schema;
}

static int take(const char *p, size_t n, void *arg)
{
    buf_put(arg, p, n);
    return 0;
}

void csvw_metadata(const struct dataset *d, const struct csvw *about,
                   struct buf *out)
{
    const char *lang = about->lang == LANG_EN ? "en" : "nl";
    json_t *j = json_object();

    json_object_set_new(j, "@context",
                        json_pack("[s, {s:s}]", "http://www.w3.org/ns/csvw",
                                  "@language", lang));
    json_object_set_new(j, "url", json_string(about->url));
    json_object_set_new(j, "dc:title",
                        json_string(label_in(&about->title, about->lang)));
    json_object_set_new(j, "dc:description",
                        json_string(label_in(&about->about, about->lang)));
    if (about->licence != NULL)
        json_object_set_new(j, "dc:license",
                            json_pack("{s:s}", "@id", about->licence));
    json_object_set_new(j, "dialect",
                        json_pack("{s:s, s:b, s:s, s:s}", "encoding", "utf-8",
                                  "header", 1, "delimiter", ",",
                                  "lineTerminators", "\r\n"));
    json_object_set_new(j, "tableSchema", table_schema(d, about->lang));
    json_dump_callback(j, take, out, JSON_INDENT(2));
    buf_puts(out, "\n");
    json_decref(j);
}
