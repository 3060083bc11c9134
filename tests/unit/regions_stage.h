/* regions_stage.h - a town of four neighbourhoods in two districts, with layers
 * of its own that overlap. */
#pragma once

#include "tests/unit/erasure_stage.h"

#include "server/regions.h"

static const char town_codes[] =
    "code,name,district,district_name,municipality,municipality_name\n"
    "BU00010000,North,WK000100,\"Old, and loved\",GM0001,Town\n"
    "BU00010001,South,WK000100,\"Old, and loved\",GM0001,Town\r\n"
    "BU00010100,East,WK000101,New,GM0001,Town\n"
    "\n"
    "BU00010101,West,WK000101,New,GM0001,Town\n";
static const char town_layers[] = "layer,code,name,places\n"
                                  "team,a,Team A,BU00010001; BU00010100\n"
                                  "team,b,Team B,BU00010101\n"
                                  "half,x,Half,WK000100;BU00010101\n";
/* Two squares beside each other, a tenth of a degree. */
static const char town_outlines[] =
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"type\":\"Feature\",\"properties\":{\"statcode\":\"BU00010000\"},"
    "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":"
    "[[[6.0,53.0],[6.1,53.0],[6.1,53.1],[6.0,53.1],[6.0,53.0]]]}},"
    "{\"type\":\"Feature\",\"properties\":{\"buurtcode\":\"BU00010001\"},"
    "\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":"
    "[[[[6.1,53.0],[6.2,53.0],[6.2,53.1],[6.1,53.1],[6.1,53.0]]]]}}]}";

static inline void import_town(struct stage *s, unsigned year)
{
    struct err err;
    size_t n;

    ok(regions_import_codes(&s->s, year, town_codes, &n, &err), &err);
    assert_int_equal(n, 4);
    ok(regions_import_outlines(&s->s, year, bytes_of(town_outlines), &n, &err),
       &err);
    assert_int_equal(n, 2);
}
