#include "sync/geo.h"

#include <stdio.h>

/* -- points as text ----------------------------------------------------- */

static bool read_degrees(const uint8_t **p, const uint8_t *end, int32_t most,
                         int32_t *out)
{
    bool minus = *p < end && **p == '-';
    int64_t v = 0;
    int32_t unit = GEO_DEGREE;
    const uint8_t *at = *p + minus, *from = at;

    for (; at < end && *at >= '0' && *at <= '9' && v <= most; at++)
        v = 10 * v + (*at - '0');
    if (at == from || v > most)
        return false;
    v *= GEO_DEGREE;
    if (at < end && *at == '.')
        for (at++; at < end && *at >= '0' && *at <= '9'; at++) {
            unit /= 10;
            v += (int64_t)unit * (*at - '0');
        }
    if (v > (int64_t)most * GEO_DEGREE)
        return false;
    *out = (int32_t)(minus ? -v : v);
    *p = at;
    return true;
}

bool geo_read(struct bytes text, struct geo_point *out)
{
    const uint8_t *p = text.p, *end = text.p + text.n;
    struct geo_point g;

    if (text.n == 0 || !read_degrees(&p, end, 90, &g.lat) || p == end ||
        *p++ != ',' || !read_degrees(&p, end, 180, &g.lon) || p != end)
        return false;
    *out = g;
    return true;
}

const char *geo_degrees(int32_t v, char out[GEO_DEGREES_BYTES])
{
    uint32_t most = v < 0 ? 0 - (uint32_t)v : (uint32_t)v;

    snprintf(out, GEO_DEGREES_BYTES, "%s%u.%06u", v < 0 ? "-" : "",
             (unsigned)(most / GEO_DEGREE), (unsigned)(most % GEO_DEGREE));
    return out;
}

/* -- outlines ----------------------------------------------------------- */

void geo_put_ring(struct buf *out, const struct geo_point *corners, size_t n)
{
    int32_t lat = 0, lon = 0;
    size_t i;

    if (n > 1 && corners[0].lat == corners[n - 1].lat &&
        corners[0].lon == corners[n - 1].lon)
        n--;
    pack_u64(out, n);
    for (i = 0; i < n; i++) {
        pack_i64(out, (int64_t)corners[i].lat - lat);
        pack_i64(out, (int64_t)corners[i].lon - lon);
        lat = corners[i].lat;
        lon = corners[i].lon;
    }
}

static int32_t take_next(struct unpack *u, int32_t before, int32_t most)
{
    int64_t v = unpack_i64(u);

    if (v < -2 * (int64_t)most || v > 2 * (int64_t)most || v + before > most ||
        v + before < -most) {
        u->bad = true;
        return 0;
    }
    return (int32_t)(v + before);
}

static struct geo_point take_corner(struct unpack *u, struct geo_point before)
{
    struct geo_point g;

    g.lat = take_next(u, before.lat, 90 * GEO_DEGREE);
    g.lon = take_next(u, before.lon, 180 * GEO_DEGREE);
    return g;
}

/* Does a line from `p` due east meet the side from `a` to `b`?  A side holds
 * its lower end and not its upper one, so a corner is met once. */
static bool meets(struct geo_point a, struct geo_point b, struct geo_point p)
{
    struct geo_point low = a.lat < b.lat ? a : b, high = a.lat < b.lat ? b : a;
    int64_t side;

    if (p.lat < low.lat || p.lat >= high.lat)
        return false;
    side = ((int64_t)p.lon - low.lon) * ((int64_t)high.lat - low.lat) -
           ((int64_t)p.lat - low.lat) * ((int64_t)high.lon - low.lon);
    return side < 0; /* strictly west of it */
}

/* Walks all rings; `odd` is told whether an odd number of sides was met. */
static bool walk(struct bytes outline, struct geo_point p, bool *odd)
{
    struct unpack u = {.in = outline};
    uint64_t rings = unpack_u64(&u, GEO_RINGS_MAX), corners, i;

    *odd = false;
    for (; rings > 0 && !u.bad; rings--) {
        struct geo_point first, last;

        corners = unpack_u64(&u, GEO_CORNERS_MAX);
        if (corners < 3)
            return false;
        first = last = take_corner(&u, (struct geo_point){0, 0});
        for (i = 1; i < corners && !u.bad; i++) {
            struct geo_point next = take_corner(&u, last);

            *odd ^= meets(last, next, p);
            last = next;
        }
        *odd ^= meets(last, first, p);
    }
    return !u.bad && u.in.n == 0;
}

bool geo_valid(struct bytes outline)
{
    bool odd;

    return walk(outline, (struct geo_point){0, 0}, &odd);
}

bool geo_holds(struct bytes outline, struct geo_point p)
{
    bool odd;

    return walk(outline, p, &odd) && odd;
}
