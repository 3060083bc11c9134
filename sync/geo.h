/*
 * geo.h - which area holds this point?
 *
 * Coordinates are WGS84 in whole millionths of a degree (0.1 m), so every
 * answer is exact and the same on every machine.  On a map this small the
 * sides of an area are straight in degrees.
 *
 * THE BORDER.  A point on a side that two areas share belongs to exactly one of
 * them: to the eastern one; on a side that runs due east to the northern one.
 * Areas that cover a town without gaps thus hold each point in it once, corners
 * too, if neighbours share their corners.
 *
 * PACKED.  An outline is kept as varints (base/pack.h): the number of rings,
 * then for each ring the number of its corners, and latitude and longitude of
 * each as the difference to the corner before it (the first: to 0, 0).  Holes
 * and parts of their own are rings like any other: inside is what an odd number
 * of rings holds.
 */
#pragma once

#include "sync/base/err.h"
#include "sync/base/pack.h"

enum { GEO_DEGREE = 1000000, GEO_RINGS_MAX = 4096, GEO_CORNERS_MAX = 65536 };

struct geo_point {
    int32_t lat, lon; /* millionths of a degree */
};

/* "53.219,6.567": latitude, longitude, up to six decimals (more are cut off).
 */
bool geo_read(struct bytes text, struct geo_point *out);

/* "-53.219000": no digit is made up, none is lost. */
enum { GEO_DEGREES_BYTES = 13 };
const char *geo_degrees(int32_t v, char out[GEO_DEGREES_BYTES]);

/* Append one ring to an outline; its first corner may come again as its last.
 * The caller has put the number of rings with pack_u64(). */
void geo_put_ring(struct buf *out, const struct geo_point *corners, size_t n);

/* Is it an outline, with nothing left over? */
bool geo_valid(struct bytes outline);
/* False also for an outline that is not valid. */
bool geo_holds(struct bytes outline, struct geo_point p);
