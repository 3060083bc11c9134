/* geojson.h - outlines out of GeoJSON (RFC 7946). */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

/* Called for each feature that has an area: its code and packed outline. */
typedef enum rc geojson_visit(void *ctx, const char *code, struct bytes outline,
                              struct err *err);

/* A FeatureCollection of Polygon and MultiPolygon features; the code is the
 * first of the properties buurtcode, statcode, code.  RC_INVALID names the
 * feature. */
MUST_USE enum rc geojson_outlines(struct bytes text, geojson_visit *visit,
                                  void *ctx, struct err *err);
