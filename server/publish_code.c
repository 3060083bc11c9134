/* What codes mean: lists, record types, fields, areas (publish.h). */
#include <string.h>

#include "server/counts.h"
#include "server/publish_int.h"

/* -- lists of codes ------------------------------------------------------ */

static const struct dataset_column code_columns[] = {
    {"list", {"lijst", "list"}, COLUMN_CODE, true},
    {"code", {"code", "code"}, COLUMN_CODE, true},
    {"nl", {"Nederlands", "Dutch"}, COLUMN_TEXT, false},
    {"en", {"Engels", "English"}, COLUMN_TEXT, false},
    {"group", {"groep", "group"}, COLUMN_CODE, false},
    {"sensitivity", {"gevoeligheid", "sensitivity"}, COLUMN_INTEGER, false},
    {"retired", {"vervallen", "retired"}, COLUMN_INTEGER, false},
};

static void put_list(const struct shape_list *l, struct dataset *out)
{
    size_t i;

    for (i = 0; i < l->choices_n; i++) {
        const struct shape_choice *c = &l->choices[i];

        dataset_put(out, l->name);
        dataset_put(out, c->code);
        dataset_put(out, c->label.nl);
        dataset_put(out, c->label.en);
        dataset_put(out, c->group);
        dataset_printf(out, "%u", c->sensitivity);
        dataset_printf(out, "%d", c->retired);
    }
}

/* -- record types and fields --------------------------------------------- */

static const struct dataset_column type_columns[] = {
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    {"nl", {"Nederlands", "Dutch"}, COLUMN_TEXT, false},
    {"en", {"Engels", "English"}, COLUMN_TEXT, false},
    {"aboutNl", {"wat het is", "what it is, in Dutch"}, COLUMN_TEXT, false},
    {"aboutEn",
     {"wat het is, in het Engels", "what it is"},
     COLUMN_TEXT,
     false},
};

static const struct dataset_column field_columns[] = {
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    {"field", {"veld", "field"}, COLUMN_CODE, true},
    {"list", {"lijst", "list"}, COLUMN_CODE, false},
    {"several", {"meer dan een", "more than one"}, COLUMN_INTEGER, false},
    {"nl", {"Nederlands", "Dutch"}, COLUMN_TEXT, false},
    {"en", {"Engels", "English"}, COLUMN_TEXT, false},
};

static void put_type(const struct count_kind *k, struct dataset *types,
                     struct dataset *fields)
{
    size_t i;

    dataset_put(types, k->type->name);
    dataset_put(types, k->type->label.nl);
    dataset_put(types, k->type->label.en);
    dataset_put(types, k->type->about.nl);
    dataset_put(types, k->type->about.en);
    for (i = 0; i < k->fields_n; i++) {
        const struct shape_field *f = k->fields[i].field;

        dataset_put(fields, k->type->name);
        dataset_put(fields, f->name);
        dataset_put(fields, f->list->name);
        dataset_printf(fields, "%d", f->set);
        dataset_put(fields, f->label.nl);
        dataset_put(fields, f->label.en);
    }
}

/* -- areas --------------------------------------------------------------- */

static const struct dataset_column area_columns[] = {
    {"layer", {"laag", "layer"}, COLUMN_CODE, true},
    {"area", {"gebied", "area"}, COLUMN_CODE, true},
    {"areaName", {"naam", "name"}, COLUMN_TEXT, false},
    {"year", {"grenzen van", "boundaries of"}, COLUMN_PERIOD, false},
    {"neighbourhoods",
     {"buurten, met een ; ertussen", "neighbourhoods, with ; between"},
     COLUMN_TEXT,
     false},
};

static void put_area(const struct regions *r, const struct region *a,
                     struct dataset *out)
{
    struct buf places = buf_make(SIZE_MAX);
    size_t i;

    for (i = 0; i < a->places_n; i++)
        buf_printf(&places, "%s%s", i > 0 ? ";" : "",
                   r->places[a->places[i]].code);
    dataset_put(out, a->layer);
    dataset_put(out, a->code);
    dataset_put(out, a->name);
    dataset_printf(out, "%u", r->year);
    dataset_put(out, buf_text(&places));
    buf_free(&places);
}

/* -- all ----------------------------------------------------------------- */

/* Is something counted by this list? */
static bool is_used(const struct count_kind *kinds, size_t n,
                    const struct shape_list *l)
{
    size_t i, k;

    for (i = 0; i < n; i++)
        for (k = 0; k < kinds[i].fields_n; k++)
            if (kinds[i].fields[k].field->list == l)
                return true;
    return false;
}

static enum rc put_codes(struct publication *p, struct arena *mem,
                         struct err *err)
{
    static const struct label title = {"Codes", "Codes"};
    static const struct label about = {
        "Wat de codes in de tabellen betekenen: keuzelijsten, soorten"
        " gegevens en hun velden.",
        "What the codes in the tables mean: lists of choices, record types and"
        " their fields."};
    const struct shape *shape = p->s->shape;
    struct dataset codes, types, fields;
    struct count_kind *kinds;
    size_t n, i, at = publish_folder(p, "codes", &title, &about);
    enum rc rc;

    dataset_begin(&codes, code_columns, countof(code_columns), mem);
    dataset_begin(&types, type_columns, countof(type_columns), mem);
    dataset_begin(&fields, field_columns, countof(field_columns), mem);
    counts_kinds(shape, mem, &kinds, &n);
    for (i = 0; i < shape->lists_n; i++)
        if (is_used(kinds, n, &shape->lists[i]))
            put_list(&shape->lists[i], &codes);
    for (i = 0; i < n; i++)
        put_type(&kinds[i], &types, &fields);
    rc = publish_table(p, at, "codes/codes.csv", "codes", &codes, err);
    if (rc == RC_OK)
        rc = publish_table(p, at, "codes/types.csv", "types", &types, err);
    if (rc == RC_OK)
        rc = publish_table(p, at, "codes/fields.csv", "fields", &fields, err);
    return rc;
}

static enum rc put_areas(struct publication *p, struct arena *mem,
                         struct err *err)
{
    static const struct label title = {"Gebieden", "Areas"};
    static const struct label about = {
        "De gebieden waarnaar is geteld, per laag, en uit welke buurten ze"
        " bestaan.",
        "The areas by which was counted, per layer, and the neighbourhoods"
        " they are made of."};
    struct dataset areas;
    struct regions r;
    size_t i, at = publish_folder(p, "areas", &title, &about);
    enum rc rc = regions_load(p->s, 0, mem, &r, err);

    if (rc != RC_OK)
        return rc;
    dataset_begin(&areas, area_columns, countof(area_columns), mem);
    for (i = 0; i < r.areas_n; i++)
        put_area(&r, &r.areas[i], &areas);
    return publish_table(p, at, "areas/areas.csv", "areas", &areas, err);
}

enum rc publish_codes(struct publication *p, struct err *err)
{
    struct arena mem = {0};
    enum rc rc = put_codes(p, &mem, err);

    if (rc == RC_OK)
        rc = put_areas(p, &mem, err);
    arena_free(&mem);
    return rc;
}
