/* Regions from files (regions.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/csv.h"
#include "server/geojson.h"
#include "server/regions.h"

enum { YEAR_MIN = 1995, YEAR_MAX = 2100 };

/* BU00140000: two letters, the municipality, and letters too after that. */
static bool is_code(const char *code, const char *kind, size_t more)
{
    static const char digits[] = "0123456789";
    static const char tail[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return code != NULL && strncmp(code, kind, 2) == 0 &&
           strlen(code) == 6 + more && strspn(code + 2, digits) >= 4 &&
           strspn(code + 6, tail) == more;
}

static bool is_layer(const char *name)
{
    return name != NULL && name[0] != '\0' && strlen(name) <= 40 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
               strlen(name);
}

static enum rc check_year(unsigned year, struct err *err)
{
    return year >= YEAR_MIN && year <= YEAR_MAX
               ? RC_OK
               : err_set(err, RC_INVALID, "%u is no boundary year", year);
}

/* -- writing ------------------------------------------------------------ */

static enum rc put_region(struct db *db, unsigned year, const char *layer,
                          const char *code, const char *name, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO region(year, layer, code, name)"
                         " VALUES (:year, :layer, :code, :name)"
                         " ON CONFLICT (year, layer, code) DO UPDATE"
                         " SET name = excluded.name"));

    db_bind_i64(q, "year", year);
    db_bind_text(q, "layer", layer);
    db_bind_text(q, "code", code);
    db_bind_text(q, "name", name);
    return db_done(db_run_at(q), err);
}

static enum rc twice(enum rc rc, const char *layer, const char *place,
                     struct err *err)
{
    return rc != RC_CONFLICT
               ? rc
               : err_set(err, RC_INVALID,
                         "%s is in two areas of the layer %s: a neighbourhood"
                         " is in one of each layer at most",
                         place, layer);
}

static enum rc put_place(struct db *db, unsigned year, const char *layer,
                         const char *code, const char *place, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO region_place(year, layer, code, place)"
                         " VALUES (:year, :layer, :code, :place)"));

    db_bind_i64(q, "year", year);
    db_bind_text(q, "layer", layer);
    db_bind_text(q, "code", code);
    db_bind_text(q, "place", place);
    return twice(db_done(db_run_at(q), err), layer, place, err);
}

static enum rc drop_layer(struct db *db, unsigned year, const char *layer,
                          struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("DELETE FROM region"
                         " WHERE year = :year AND layer = :layer"));
    enum rc rc;

    db_bind_i64(q, "year", year);
    db_bind_text(q, "layer", layer);
    rc = db_done(db_run_at(q), err);
    if (rc != RC_OK)
        return rc;
    q = db_query(db, SQL("DELETE FROM region_place"
                         " WHERE year = :year AND layer = :layer"));
    db_bind_i64(q, "year", year);
    db_bind_text(q, "layer", layer);
    return db_done(db_run_at(q), err);
}

/* What was worked out from the old ones is to be worked out anew. */
static enum rc note_change(struct db *db, struct err *err)
{
    return db_run(db,
                  SQL("INSERT INTO state(key, value) VALUES ('regions', 1)"
                      " ON CONFLICT (key) DO UPDATE SET value = value + 1"),
                  err);
}

static enum rc end_import(struct store *s, enum rc rc, struct err *err)
{
    if (rc == RC_OK)
        rc = note_change(s->db, err);
    return db_end(s->db, rc, err);
}

/* -- codes -------------------------------------------------------------- */

static enum rc code_row(struct db *db, unsigned year, const struct csv *c,
                        struct err *err)
{
    const char *code = csv_cell(c, "code", "buurtcode");
    const char *name = csv_cell(c, "name", "buurtnaam");
    const char *up[2] = {csv_cell(c, "district", "wijkcode"),
                         csv_cell(c, "municipality", "gemeentecode")};
    const char *up_name[2] = {csv_cell(c, "district_name", "wijknaam"),
                              csv_cell(c, "municipality_name", "gemeentenaam")};
    static const char *const layers[2] = {LAYER_DISTRICT, LAYER_MUNICIPALITY};
    static const char *const kinds[2] = {"WK", "GM"};
    size_t i;
    enum rc rc;

    if (!is_code(code, "BU", 4) || name == NULL || name[0] == '\0')
        return err_set(err, RC_INVALID,
                       "line %u: a neighbourhood has a code like BU00140000"
                       " and a name",
                       c->line);
    rc = put_region(db, year, LAYER_NEIGHBOURHOOD, code, name, err);
    if (rc == RC_OK)
        rc = put_place(db, year, LAYER_NEIGHBOURHOOD, code, code, err);
    for (i = 0; rc == RC_OK && i < 2; i++) {
        if (up[i] == NULL || up[i][0] == '\0')
            continue;
        if (!is_code(up[i], kinds[i], i == 0 ? 2 : 0))
            return err_set(err, RC_INVALID,
                           "line %u: \"%s\" is no code of a %s", c->line, up[i],
                           layers[i]);
        rc = put_region(db, year, layers[i], up[i],
                        up_name[i] == NULL ? up[i] : up_name[i], err);
        if (rc == RC_OK)
            rc = put_place(db, year, layers[i], up[i], code, err);
    }
    return rc;
}

enum rc regions_import_codes(struct store *s, unsigned year, const char *text,
                             size_t *n, struct err *err)
{
    char *copy = mem_text(text);
    struct csv c;
    size_t rows = 0;
    enum rc rc = check_year(year, err);

    if (rc == RC_OK)
        rc = csv_open(copy, &c, err);
    if (rc == RC_OK)
        rc = db_begin(s->db, err);
    if (rc == RC_OK) {
        rc = drop_layer(s->db, year, LAYER_NEIGHBOURHOOD, err);
        if (rc == RC_OK)
            rc = drop_layer(s->db, year, LAYER_DISTRICT, err);
        if (rc == RC_OK)
            rc = drop_layer(s->db, year, LAYER_MUNICIPALITY, err);
        for (; rc == RC_OK && csv_row(&c); rows++)
            rc = code_row(s->db, year, &c, err);
        if (rc == RC_OK)
            rc = csv_end(&c, err);
        if (rc == RC_OK && rows == 0)
            rc = err_set(err, RC_INVALID, "there is no neighbourhood in it");
        rc = end_import(s, rc, err);
    }
    free(copy);
    if (rc == RC_OK)
        *n = rows;
    return rc;
}

/* -- outlines ----------------------------------------------------------- */

struct outlines {
    struct store *s;
    unsigned year;
    size_t n;
};

static enum rc known_place(struct db *db, unsigned year, const char *code,
                           struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("SELECT 1 AS one FROM region WHERE year = :year"
                         " AND layer = 'neighbourhood' AND code = :code"));
    bool found;
    enum rc rc;

    db_bind_i64(q, "year", year);
    db_bind_text(q, "code", code);
    found = db_row(q);
    rc = db_done(q, err);
    if (rc == RC_OK && !found)
        rc = err_set(err, RC_INVALID,
                     "%s is no neighbourhood of %u: import the codes and names"
                     " of that year first",
                     code, year);
    return rc;
}

static enum rc on_outline(void *ctx, const char *code, struct bytes outline,
                          struct err *err)
{
    struct outlines *o = ctx;
    struct db_query *q;
    enum rc rc = known_place(o->s->db, o->year, code, err);

    if (rc != RC_OK)
        return rc;
    o->n++;
    q = db_query(o->s->db, SQL("INSERT INTO region_outline(year, code, outline)"
                               " VALUES (:year, :code, :outline)"
                               " ON CONFLICT (year, code) DO UPDATE"
                               " SET outline = excluded.outline"));
    db_bind_i64(q, "year", o->year);
    db_bind_text(q, "code", code);
    db_bind_blob(q, "outline", outline);
    return db_done(db_run_at(q), err);
}

enum rc regions_import_outlines(struct store *s, unsigned year,
                                struct bytes text, size_t *n, struct err *err)
{
    struct outlines o = {s, year, 0};
    enum rc rc = db_begin(s->db, err);

    if (rc != RC_OK)
        return rc;
    rc = end_import(s, geojson_outlines(text, on_outline, &o, err), err);
    if (rc == RC_OK)
        *n = o.n;
    return rc;
}

/* -- layers ------------------------------------------------------------- */

/* A district stands for its neighbourhoods. */
static enum rc put_district(struct db *db, unsigned year, const char *layer,
                            const char *code, const char *district,
                            struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO region_place(year, layer, code, place)"
                         " SELECT year, :layer, :code, place FROM region_place"
                         " WHERE year = :year AND layer = 'district'"
                         " AND code = :district"));
    enum rc rc;

    db_bind_i64(q, "year", year);
    db_bind_text(q, "layer", layer);
    db_bind_text(q, "code", code);
    db_bind_text(q, "district", district);
    rc = twice(db_done(db_run_at(q), err), layer, district, err);
    if (rc == RC_OK && db_changes(db) == 0)
        rc =
            err_set(err, RC_INVALID, "%s is no district of %u", district, year);
    return rc;
}

static enum rc put_places(struct db *db, unsigned year, const char *layer,
                          const char *code, const char *places, struct err *err)
{
    char *copy = mem_text(places), *rest, *place;
    enum rc rc = RC_OK;

    for (place = strtok_r(copy, "; ", &rest); rc == RC_OK && place != NULL;
         place = strtok_r(NULL, "; ", &rest)) {
        if (is_code(place, "WK", 2)) {
            rc = put_district(db, year, layer, code, place, err);
            continue;
        }
        rc = known_place(db, year, place, err);
        if (rc == RC_OK)
            rc = put_place(db, year, layer, code, place, err);
    }
    free(copy);
    return rc;
}

static bool standard(const char *layer)
{
    return strcmp(layer, LAYER_NEIGHBOURHOOD) == 0 ||
           strcmp(layer, LAYER_DISTRICT) == 0 ||
           strcmp(layer, LAYER_MUNICIPALITY) == 0;
}

static enum rc layer_row(struct db *db, unsigned year, const struct csv *c,
                         bool dropping, struct err *err)
{
    const char *layer = csv_cell(c, "layer", NULL);
    const char *code = csv_cell(c, "code", NULL);
    const char *name = csv_cell(c, "name", NULL);
    const char *places = csv_cell(c, "places", NULL);
    enum rc rc;

    if (!is_layer(layer) || code == NULL || code[0] == '\0' || name == NULL ||
        places == NULL)
        return err_set(err, RC_INVALID,
                       "line %u: an area has a layer (a-z, 0-9 and -), a code,"
                       " a name and places",
                       c->line);
    if (standard(layer))
        return err_set(err, RC_INVALID,
                       "line %u: the layer %s follows from the codes of CBS",
                       c->line, layer);
    if (dropping)
        return drop_layer(db, year, layer, err);
    rc = put_region(db, year, layer, code, name, err);
    return rc == RC_OK ? put_places(db, year, layer, code, places, err) : rc;
}

static enum rc layer_rows(struct store *s, unsigned year, const char *text,
                          bool dropping, size_t *rows, struct err *err)
{
    char *copy = mem_text(text);
    struct csv c;
    enum rc rc = csv_open(copy, &c, err);

    for (*rows = 0; rc == RC_OK && csv_row(&c); ++*rows) {
        rc = layer_row(s->db, year, &c, dropping, err);
        if (rc != RC_OK)
            err_wrap(err, rc, "line %u", c.line);
    }
    if (rc == RC_OK)
        rc = csv_end(&c, err);
    free(copy);
    return rc;
}

enum rc regions_import_layers(struct store *s, unsigned year, const char *text,
                              size_t *n, struct err *err)
{
    size_t rows = 0;
    enum rc rc = check_year(year, err);

    if (rc == RC_OK)
        rc = db_begin(s->db, err);
    if (rc != RC_OK)
        return rc;
    rc = layer_rows(s, year, text, true, &rows, err);
    if (rc == RC_OK)
        rc = layer_rows(s, year, text, false, &rows, err);
    rc = end_import(s, rc, err);
    if (rc == RC_OK)
        *n = rows;
    return rc;
}

/* -- crosswalk ---------------------------------------------------------- */

static bool is_yearly(const char *code)
{
    return code != NULL && strspn(code, "0123456789") == 4 &&
           is_code(code + 4, "BU", 4);
}

static enum rc crossing_row(struct db *db, const struct csv *c, struct err *err)
{
    const char *from = csv_cell(c, "from", NULL), *to = csv_cell(c, "to", NULL);
    struct db_query *q;

    if (!is_yearly(from) || !is_yearly(to) || strcmp(from, to) >= 0)
        return err_set(err, RC_INVALID,
                       "line %u: from an older neighbourhood to a newer one,"
                       " like 2016BU00090000,2022BU00141500",
                       c->line);
    q = db_query(db, SQL("INSERT INTO crosswalk(old, new) VALUES (:old, :new)"
                         " ON CONFLICT (old, new) DO NOTHING"));
    db_bind_text(q, "old", from);
    db_bind_text(q, "new", to);
    return db_done(db_run_at(q), err);
}

enum rc regions_import_crosswalk(struct store *s, const char *text, size_t *n,
                                 struct err *err)
{
    char *copy = mem_text(text);
    struct csv c;
    size_t rows = 0;
    enum rc rc = csv_open(copy, &c, err);

    if (rc == RC_OK)
        rc = db_begin(s->db, err);
    if (rc == RC_OK) {
        for (; rc == RC_OK && csv_row(&c); rows++)
            rc = crossing_row(s->db, &c, err);
        if (rc == RC_OK)
            rc = csv_end(&c, err);
        rc = end_import(s, rc, err);
    }
    free(copy);
    if (rc == RC_OK)
        *n = rows;
    return rc;
}
