#include "server/dataset_geo.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/pack.h"

/* -- one outline --------------------------------------------------------- */

struct ring {
    struct geo_point *corners; /* own */
    size_t n;
};

static void read_ring(struct unpack *u, struct ring *out)
{
    int64_t lat = 0, lon = 0;
    size_t i;

    out->n = (size_t)unpack_u64(u, GEO_CORNERS_MAX);
    out->corners = mem_new((out->n + 1) * sizeof *out->corners);
    for (i = 0; i < out->n && !u->bad; i++) {
        lat += unpack_i64(u);
        lon += unpack_i64(u);
        out->corners[i] = (struct geo_point){(int32_t)lat, (int32_t)lon};
    }
}

/* Twice its area: above 0 if it runs against the clock, as the outside of a
 * polygon does. */
static double turn(const struct ring *g)
{
    double sum = 0;
    size_t i;

    for (i = 0; i < g->n; i++) {
        const struct geo_point *a = &g->corners[i];
        const struct geo_point *b = &g->corners[(i + 1) % g->n];

        sum +=
            (double)a->lon * (double)b->lat - (double)b->lon * (double)a->lat;
    }
    return sum;
}

static void put_ring(const struct ring *g, bool hole, struct buf *out)
{
    bool backward = (turn(g) > 0) == hole;
    char degrees[GEO_DEGREES_BYTES];
    size_t i;

    buf_puts(out, "[");
    for (i = 0; i <= g->n; i++) { /* the first one again as the last */
        size_t at = backward ? g->n - 1 - i % g->n : i % g->n;

        buf_puts(out, i > 0 ? ",[" : "[");
        buf_puts(out, geo_degrees(g->corners[at].lon, degrees));
        buf_puts(out, ",");
        buf_puts(out, geo_degrees(g->corners[at].lat, degrees));
        buf_puts(out, "]");
    }
    buf_puts(out, "]");
}

/* Rings come as they were taken in: each polygon and then its holes. */
static bool is_hole_of(const struct ring *outside, const struct ring *g)
{
    struct buf one = buf_make(SIZE_MAX);
    bool inside;

    if (outside->n == 0)
        return false;
    pack_u64(&one, 1);
    geo_put_ring(&one, outside->corners, outside->n);
    inside = geo_holds(buf_view(&one), g->corners[0]);
    buf_free(&one);
    return inside;
}

/* The polygons of an outline, with `*any` to put commas between. */
static void put_polygons(struct bytes outline, bool *any, struct buf *out)
{
    struct unpack u = {.in = outline};
    uint64_t n = unpack_u64(&u, GEO_RINGS_MAX), i;
    struct ring outside = {0}, g;

    for (i = 0; i < n && !u.bad; i++) {
        bool hole;

        read_ring(&u, &g);
        if (u.bad || g.n < 3) {
            free(g.corners);
            continue;
        }
        hole = is_hole_of(&outside, &g);
        if (!hole)
            buf_puts(out, outside.n > 0 ? "],[" : *any ? ",[" : "[");
        else
            buf_puts(out, ",");
        put_ring(&g, hole, out);
        *any = true;
        if (hole) {
            free(g.corners);
        } else {
            free(outside.corners);
            outside = g;
        }
    }
    buf_puts(out, outside.n > 0 ? "]" : "");
    free(outside.corners);
}

/* -- a row --------------------------------------------------------------- */

static bool has_outline(const struct regions *r, const struct region *a)
{
    size_t i;

    for (i = 0; a != NULL && i < a->places_n; i++)
        if (r->places[a->places[i]].outline.n > 0)
            return true;
    return false;
}

static void put_geometry(const struct regions *r, const struct region *a,
                         struct buf *out)
{
    bool any = false;
    size_t i;

    buf_puts(out, "{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (i = 0; i < a->places_n; i++)
        put_polygons(r->places[a->places[i]].outline, &any, out);
    buf_puts(out, "]}");
}

/* One row as dataset_json() writes it, without the list around it. */
static void put_properties(const struct dataset *d, size_t row, struct buf *out)
{
    struct dataset one = *d;
    struct buf b = buf_make(SIZE_MAX);

    one.cells = d->cells + row * d->columns_n;
    one.cells_n = d->columns_n;
    dataset_json(&one, &b);
    buf_put(out, b.p + 1, b.n - 3); /* "[" and "]\n" */
    buf_free(&b);
}

size_t dataset_geojson(const struct dataset *d, const struct regions *r,
                       const char *beside, struct buf *out)
{
    size_t at = dataset_column_named(d, "area"), row, drawn = 0;

    buf_printf(out, "{\"type\":\"FeatureCollection\",%s\"features\":[", beside);
    for (row = 0; row < dataset_rows(d); row++) {
        const struct region *a =
            at == d->columns_n
                ? NULL
                : regions_area(r, d->layer, dataset_cell(d, row, at));

        buf_printf(out, "%s{\"type\":\"Feature\",\"geometry\":",
                   row > 0 ? ",\n " : "");
        if (has_outline(r, a)) {
            put_geometry(r, a, out);
            drawn++;
        } else {
            buf_puts(out, "null");
        }
        buf_puts(out, ",\"properties\":");
        put_properties(d, row, out);
        buf_puts(out, "}");
    }
    buf_puts(out, "]}\n");
    return drawn;
}
