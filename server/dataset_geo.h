/*
 * dataset_geo.h - rows of a dataset on the map: GeoJSON (RFC 7946) in CRS84.
 *
 * The outline of an area is that of its neighbourhoods side by side, so borders
 * between them stay; what an area is, is not changed by drawing it.
 */
#pragma once

#include "server/dataset.h"
#include "server/regions.h"

/* A FeatureCollection of all rows, with `beside` (members with a comma after
 * each, or "") after its type.  Returns how many rows have an outline; of the
 * others `geometry` is null. */
size_t dataset_geojson(const struct dataset *d, const struct regions *r,
                       const char *beside, struct buf *out);
