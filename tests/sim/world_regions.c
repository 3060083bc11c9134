/* The neighbourhoods of the pretend world: two squares beside each other, each
 * year with other codes; devices know those of one year, whole, and in the end
 * those of the server's. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/where.h"
#include "server/regions.h"
#include "tests/sim/world_int.h"

static const char codes[] = "code,name\nBU00010000,West\nBU00010001,East\n";
static const char outlines[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"BU00010000\"},"
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
    "[[[6.0,53.0],[6.1,53.0],[6.1,53.1],[6.0,53.1],[6.0,53.0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"BU00010001\"},"
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
    "[[[6.1,53.0],[6.2,53.0],[6.2,53.1],[6.1,53.1],[6.1,53.0]]]}}]}";

/* Of the latest year; 0: none. */
static unsigned year_of(struct world *w)
{
    struct regions r = {0};
    struct err err;
    enum rc rc = regions_load(&w->server.reader, 0, &w->scratch, &r, &err);

    if (rc != RC_OK && rc != RC_NOTFOUND)
        broken(w, "the server's neighbourhoods: %s", err.text);
    return r.year;
}

void server_new_regions(struct world *w)
{
    struct store *s = &w->server.writer;
    unsigned year = year_of(w);
    size_t n;
    struct err err;

    year = year == 0 ? 2022 : year + 1;
    if (regions_import_codes(s, year, codes, &n, &err) != RC_OK ||
        regions_import_outlines(s, year, bytes_of(outlines), &n, &err) != RC_OK)
        broken(w, "the administrator could not: %s", err.text);
    note(w, "administrator: neighbourhoods of %u", year);
}

/* The code of a square on a device; "": it knows none. */
static const char *square(struct world *w, struct device_sim *d, int32_t lon)
{
    struct where at;
    bool known;
    struct err err;

    if (where_at(&d->l, (struct geo_point){53050000, lon}, &w->scratch, &known,
                 &at, &err) != RC_OK)
        broken(w, "%s cannot read its neighbourhoods: %s", d->user, err.text);
    return arena_text(&w->scratch, (const char *)at.code.p, at.code.n);
}

void check_regions(struct world *w, struct device_sim *d, bool settled)
{
    struct disk *disk = disk_of(d->host);
    unsigned year = settled ? year_of(w) : 0;
    const char *west, *east, *want = "";
    bool calm = disk->calm;

    disk->calm = true;
    west = square(w, d, 6050000);
    east = square(w, d, 6150000);
    disk->calm = calm;
    if (west[0] != '\0' || east[0] != '\0')
        if (strlen(west) != 14 || strlen(east) != 14 ||
            memcmp(west, east, 13) != 0 || west[13] != '0' || east[13] != '1')
            broken(w, "%s has neighbourhoods in part: %s, %s", d->user, west,
                   east);
    if (year != 0)
        want = arena_printf(&w->scratch, "%uBU00010000", year);
    if (settled && strcmp(west, want) != 0)
        broken(w, "%s knows other neighbourhoods than the server: %s, not %s",
               d->user, west, want);
}
