/* Neighbourhoods in a grid of hexagons, somewhere in the North Sea. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sync/sys/file.h"
#include "tests/town/town.h"

/* Corners lie on a grid of these steps (millionths of a degree), so that
 * neighbours share them to the last digit. */
enum {
    LAT = 54000000,
    LON = 4000000,
    UP = 1500,     /* half a side: 167 m */
    ACROSS = 4400, /* half a width: 287 m */
    DISTRICT = 3,  /* hexagons each way */
    FILE_MAX = 64 * 1024 * 1024
};

static const char *const birds[] = {
    "Aalscholver", "Blauwborst", "Dodaars",  "Eider",    "Fuut",
    "Grutto",      "Huiszwaluw", "Kievit",   "Lepelaar", "Meerkoet",
    "Nachtegaal",  "Ooievaar",   "Putter",   "Roerdomp", "Spreeuw",
    "Tureluur",    "Velduil",    "Waterral", "Wulp",     "Zeearend"};
static const char *const ends[] = {"hof",   "kade", "dijk", "werf", "gaarde",
                                   "brink", "hoek", "zoom", "kamp"};

struct cell_at {
    size_t row, column;
};

struct grid {
    size_t n, wide;
    struct cell_at *cells; /* by neighbourhood: district by district */
    unsigned *district;
    unsigned districts;
};

static void make_grid(struct grid *g, size_t n, struct arena *mem)
{
    size_t across, high, b, i, k = 0, row, column;

    for (g->wide = 1; g->wide * g->wide < n; g->wide++)
        ;
    high = (n + g->wide - 1) / g->wide;
    across = (g->wide + DISTRICT - 1) / DISTRICT;
    g->n = n;
    g->cells = arena_new(mem, n * sizeof *g->cells);
    g->district = arena_new(mem, n * sizeof *g->district);
    for (b = 0; b < across * ((high + DISTRICT - 1) / DISTRICT); b++) {
        size_t before = k;

        for (i = 0; i < DISTRICT * DISTRICT; i++) {
            row = b / across * DISTRICT + i / DISTRICT;
            column = b % across * DISTRICT + i % DISTRICT;
            if (column >= g->wide || row * g->wide + column >= n)
                continue;
            g->cells[k] = (struct cell_at){row, column};
            g->district[k++] = g->districts;
        }
        g->districts += k > before;
    }
}

/* No municipality has this number. */
static const char *code_of(const struct grid *g, size_t i, struct arena *mem)
{
    size_t first = i;

    while (first > 0 && g->district[first - 1] == g->district[i])
        first--;
    return arena_printf(mem, "BU9901%02u%02zu", g->district[i], i - first);
}

static void put_codes(const struct grid *g, struct buf *out, struct arena *mem)
{
    size_t i;

    buf_puts(out, "code,name,district,district_name,municipality,"
                  "municipality_name\n");
    for (i = 0; i < g->n; i++) {
        unsigned d = g->district[i];
        const char *bird = birds[d % countof(birds)];
        const char *code = code_of(g, i, mem);

        buf_printf(out, "%s,%s%s%s,WK9901%02u,%s%s,GM9901,Drijfstad\n", code,
                   bird, ends[(size_t)(code[9] - '0') % countof(ends)],
                   d < countof(birds) ? "" : " Buiten", d, bird,
                   d < countof(birds) ? "" : " Buiten");
    }
}

/* One layer by a number for each neighbourhood. */
static void put_layer(const struct grid *g, const char *layer, const char *name,
                      const unsigned *of, unsigned n, struct buf *out,
                      struct arena *mem)
{
    unsigned one, k = 0;
    size_t i;

    for (one = 0; one < n; one++) {
        bool any = false;

        for (i = 0; i < g->n; i++)
            if (of[i] == one) {
                if (!any)
                    buf_printf(out, "%s,%s%u,%s %u,", layer, layer, k + 1, name,
                               k + 1);
                buf_printf(out, "%s%s", any ? ";" : "", code_of(g, i, mem));
                any = true;
            }
        k += any;
        if (any)
            buf_puts(out, "\n");
    }
}

/* Some made of districts, one that cuts through them. */
static void put_layers(const struct grid *g, struct buf *out, struct arena *mem)
{
    unsigned *of = arena_new(mem, g->n * sizeof *of);
    unsigned wide = (unsigned)g->wide;
    size_t i;

    buf_puts(out, "layer,code,name,places\n");
    for (i = 0; i < g->n; i++)
        of[i] = g->district[i] * 5 / g->districts;
    put_layer(g, "work", "Werkgebied", of, 5, out, mem);
    for (i = 0; i < g->n; i++)
        of[i] = (unsigned)g->cells[i].column * 7 / wide;
    put_layer(g, "team", "Team", of, 7, out, mem);
    for (i = 0; i < g->n; i++)
        of[i] = (unsigned)((g->cells[i].row + 1) / 2) * (wide + 1) +
                (unsigned)(g->cells[i].column + 1) / 2;
    put_layer(g, "compass", "Kompas", of, (wide + 1) * (wide + 1), out, mem);
}

static void put_outlines(const struct grid *g, struct buf *out,
                         struct arena *mem)
{
    static const int lats[] = {2, 1, -1, -2, -1, 1, 2};
    static const int lons[] = {0, -1, -1, 0, 1, 1, 0};
    size_t i, k;

    buf_puts(out, "{\"type\":\"FeatureCollection\",\"features\":[\n");
    for (i = 0; i < g->n; i++) {
        int row = (int)g->cells[i].row, column = (int)g->cells[i].column;

        buf_printf(out,
                   "%s{\"type\":\"Feature\",\"properties\":{\"code\":\"%s\"},"
                   "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[",
                   i > 0 ? ",\n" : "", code_of(g, i, mem));
        for (k = 0; k < countof(lats); k++)
            buf_printf(out, "%s[%.6f,%.6f]", k > 0 ? "," : "",
                       (LON + ACROSS * (2 * column + row % 2 + lons[k])) / 1e6,
                       (LAT + UP * (3 * row + lats[k])) / 1e6);
        buf_puts(out, "]]}}");
    }
    buf_puts(out, "\n]}\n");
}

static void write_file(const char *dir, const char *name,
                       const struct buf *text)
{
    char path[512];
    FILE *f;

    mkdir(dir, 0777);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    f = fopen(path, "w");
    if (f == NULL || fwrite(text->p, 1, text->n, f) != text->n ||
        fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static void make_up(struct town *t)
{
    struct buf codes = buf_make(FILE_MAX), layers = buf_make(FILE_MAX),
               outlines = buf_make(FILE_MAX);
    struct grid g = {0};
    struct err err;
    size_t n;

    make_grid(&g, t->o.neighbourhoods, &t->mem);
    put_codes(&g, &codes, &t->mem);
    put_layers(&g, &layers, &t->mem);
    put_outlines(&g, &outlines, &t->mem);
    town_must(
        regions_import_codes(&t->s, t->o.year, buf_text(&codes), &n, &err),
        &err);
    town_must(
        regions_import_layers(&t->s, t->o.year, buf_text(&layers), &n, &err),
        &err);
    town_must(regions_import_outlines(&t->s, t->o.year, buf_view(&outlines), &n,
                                      &err),
              &err);
    if (t->o.map != NULL) {
        write_file(t->o.map, "codes.csv", &codes);
        write_file(t->o.map, "layers.csv", &layers);
        write_file(t->o.map, "outlines.geojson", &outlines);
    }
    buf_free(&codes);
    buf_free(&layers);
    buf_free(&outlines);
}

static void import(struct town *t)
{
    struct buf file;
    struct err err;
    size_t n;

    town_must(file_read(t->o.codes, FILE_MAX, &file, &err), &err);
    town_must(regions_import_codes(&t->s, t->o.year, buf_text(&file), &n, &err),
              &err);
    buf_free(&file);
    if (t->o.layers != NULL) {
        town_must(file_read(t->o.layers, FILE_MAX, &file, &err), &err);
        town_must(
            regions_import_layers(&t->s, t->o.year, buf_text(&file), &n, &err),
            &err);
        buf_free(&file);
    }
    if (t->o.outlines != NULL) {
        town_must(file_read(t->o.outlines, FILE_MAX, &file, &err), &err);
        town_must(regions_import_outlines(&t->s, t->o.year, buf_view(&file), &n,
                                          &err),
                  &err);
        buf_free(&file);
    }
}

/* The corners of a box around an outline. */
static void bound(struct bytes outline, struct town_place *p)
{
    struct unpack u = {.in = outline};
    uint64_t rings = unpack_u64(&u, GEO_RINGS_MAX), corners;

    p->low = (struct geo_point){INT32_MAX, INT32_MAX};
    p->high = (struct geo_point){INT32_MIN, INT32_MIN};
    for (; rings > 0 && !u.bad; rings--) {
        int32_t lat = 0, lon = 0;

        for (corners = unpack_u64(&u, GEO_CORNERS_MAX); corners > 0;
             corners--) {
            lat += (int32_t)unpack_i64(&u);
            lon += (int32_t)unpack_i64(&u);
            p->low.lat = lat < p->low.lat ? lat : p->low.lat;
            p->low.lon = lon < p->low.lon ? lon : p->low.lon;
            p->high.lat = lat > p->high.lat ? lat : p->high.lat;
            p->high.lon = lon > p->high.lon ? lon : p->high.lon;
        }
    }
}

void town_map(struct town *t)
{
    static const uint32_t sizes[] = {300, 220, 160, 120, 90, 60, 35, 15};
    struct err err;
    size_t i;

    if (t->o.codes == NULL)
        make_up(t);
    else
        import(t);
    town_must(regions_load(&t->s, t->o.year, &t->mem, &t->regions, &err), &err);
    t->places = arena_new(&t->mem, t->regions.places_n * sizeof *t->places);
    for (i = 0; i < t->regions.places_n; i++) {
        t->places[i].weight =
            sizes[town_hash(t, "size", t->regions.places[i].code) %
                  countof(sizes)];
        if (t->regions.places[i].outline.n > 0)
            bound(t->regions.places[i].outline, &t->places[i]);
    }
}
