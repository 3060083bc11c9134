/* What there is to draw on maps: the neighbourhoods of the town. */
#include "client/face_int.h"
#include "client/where.h"
#include "sync/base/pack.h"

static json_t *degrees(int64_t millionths)
{
    return json_real((double)millionths / GEO_DEGREE);
}

/* A ring as a line of GeoJSON, longitude first; the first corner comes again
 * as the last. */
static json_t *line(struct unpack *u)
{
    uint64_t n = unpack_u64(u, GEO_CORNERS_MAX), i;
    json_t *corners = json_array();
    int64_t lat = 0, lon = 0;

    for (i = 0; i < n && !u->bad; i++) {
        json_t *at = json_array();

        lat += unpack_i64(u);
        lon += unpack_i64(u);
        json_array_append_new(at, degrees(lon));
        json_array_append_new(at, degrees(lat));
        json_array_append_new(corners, at);
    }
    if (n > 0)
        json_array_append(corners, json_array_get(corners, 0));
    return corners;
}

/* Lines, not areas: nothing is filled in, so nobody asks what is a hole. */
static void put_shape(void *ctx, const struct where *is, struct bytes outline)
{
    json_t *feature = json_object(), *properties = json_object();
    json_t *geometry = json_object(), *lines = json_array();
    struct unpack u = {.in = outline};
    uint64_t n = unpack_u64(&u, GEO_RINGS_MAX), i;

    for (i = 0; i < n && !u.bad; i++)
        json_array_append_new(lines, line(&u));
    face_set(properties, "code",
             json_stringn((const char *)is->code.p, is->code.n));
    face_set(properties, "name",
             json_stringn((const char *)is->name.p, is->name.n));
    face_set(geometry, "type", json_string("MultiLineString"));
    face_set(geometry, "coordinates", lines);
    face_set(feature, "type", json_string("Feature"));
    face_set(feature, "properties", properties);
    face_set(feature, "geometry", geometry);
    face_add(ctx, feature);
}

enum rc face_outlines(struct app *a, const json_t *in, json_t *out,
                      struct err *err)
{
    json_t *shapes = json_object(), *features = json_array();
    enum rc rc = where_each(&a->l, put_shape, features, err);

    (void)in;
    face_set(shapes, "type", json_string("FeatureCollection"));
    face_set(out, "shapes",
             json_array_size(features) > 0 ? json_incref(shapes) : json_null());
    face_set(shapes, "features", features);
    json_decref(shapes);
    return rc;
}
