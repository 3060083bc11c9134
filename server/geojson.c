#include "server/geojson.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"
#include "sync/geo.h"

enum { OUTLINE_BYTES_MAX = 1024 * 1024 };

static int32_t millionths(double degrees)
{
    return (int32_t)(degrees * GEO_DEGREE + (degrees < 0 ? -0.5 : 0.5));
}

static bool take_corner(const json_t *pair, struct geo_point *out)
{
    double lon = json_number_value(json_array_get(pair, 0));
    double lat = json_number_value(json_array_get(pair, 1));

    if (json_array_size(pair) < 2 || !(lat >= -90 && lat <= 90) ||
        !(lon >= -180 && lon <= 180))
        return false;
    out->lat = millionths(lat);
    out->lon = millionths(lon);
    return true;
}

static bool put_ring(const json_t *ring, struct buf *out)
{
    size_t n = json_array_size(ring), i;
    struct geo_point *p;
    bool ok = n >= 4 && n <= GEO_CORNERS_MAX;

    if (!ok)
        return false;
    p = mem_new(n * sizeof *p);
    for (i = 0; ok && i < n; i++)
        ok = take_corner(json_array_get(ring, i), &p[i]);
    if (ok)
        geo_put_ring(out, p, n);
    free(p);
    return ok;
}

static size_t rings_in(const json_t *polygons)
{
    const json_t *polygon;
    size_t i, n = 0;

    json_array_foreach(polygons, i, polygon) n += json_array_size(polygon);
    return n;
}

static bool put_outline(const json_t *geometry, struct buf *out)
{
    const char *type = json_string_value(json_object_get(geometry, "type"));
    json_t *coordinates = json_object_get(geometry, "coordinates");
    json_t *all = NULL;
    const json_t *polygon, *ring;
    bool ok = true;
    size_t i, k;

    if (type == NULL || coordinates == NULL)
        return false;
    if (strcmp(type, "MultiPolygon") == 0)
        all = json_incref(coordinates);
    else if (strcmp(type, "Polygon") == 0)
        all = json_pack("[O]", coordinates);
    else
        return false;
    pack_u64(out, rings_in(all));
    json_array_foreach(all, i, polygon)
    {
        json_array_foreach(polygon, k, ring) ok = ok && put_ring(ring, out);
    }
    json_decref(all);
    return ok && geo_valid(buf_view(out));
}

static const char *code_of(const json_t *feature)
{
    static const char *const names[] = {"buurtcode", "statcode", "code"};
    const json_t *properties = json_object_get(feature, "properties");
    const char *code = NULL;
    size_t i;

    for (i = 0; code == NULL && i < countof(names); i++)
        code = json_string_value(json_object_get(properties, names[i]));
    return code;
}

enum rc geojson_outlines(struct bytes text, geojson_visit *visit, void *ctx,
                         struct err *err)
{
    json_error_t fault;
    json_t *root = json_loadb((const char *)text.p, text.n, 0, &fault);
    json_t *features = json_object_get(root, "features"), *feature;
    struct buf outline = buf_make(OUTLINE_BYTES_MAX);
    enum rc rc = RC_OK;
    size_t i;

    if (root == NULL)
        rc = err_set(err, RC_INVALID, "line %d: %s", fault.line, fault.text);
    else if (!json_is_array(features))
        rc = err_set(err, RC_INVALID, "this is no GeoJSON FeatureCollection");
    json_array_foreach(features, i, feature)
    {
        const char *code = code_of(feature);

        if (rc != RC_OK)
            break;
        buf_clear(&outline);
        if (code == NULL)
            rc = err_set(err, RC_INVALID,
                         "feature %zu has no property buurtcode, statcode or"
                         " code",
                         i + 1);
        else if (!put_outline(json_object_get(feature, "geometry"), &outline))
            rc = err_set(err, RC_INVALID,
                         "%s: no area of rings in WGS84 (longitude, latitude)",
                         code);
        else
            rc = visit(ctx, code, buf_view(&outline), err);
    }
    buf_free(&outline);
    json_decref(root);
    return rc;
}
