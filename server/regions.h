/*
 * regions.h - the neighbourhoods of a town and what they make up together.
 *
 * All is data: the neighbourhoods of a boundary year (CBS codes, names,
 * outlines), layers of areas, each a named set of neighbourhoods of that year,
 * and what a code of another year is called now.  Every layer is made of whole
 * neighbourhoods; that is what makes figures of different layers comparable,
 * and safe together (disclosure.h).
 */
#pragma once

#include "server/store.h"
#include "sync/geo.h"
#include "sync/wire.h"

#define LAYER_NEIGHBOURHOOD "neighbourhood"
#define LAYER_DISTRICT      "district"
#define LAYER_MUNICIPALITY  "municipality"

/* -- importing; each in one transaction, each may be repeated ------------ */

/* CSV: code,name[,district,district_name[,municipality,municipality_name]], or
 * the Dutch heads buurtcode,buurtnaam,wijkcode,wijknaam,gemeentecode,
 * gemeentenaam.  Makes the layers neighbourhood, district and municipality.  A
 * neighbourhood that the file lacks is gone with it. */
MUST_USE enum rc regions_import_codes(struct store *s, unsigned year,
                                      const char *text, size_t *n,
                                      struct err *err);
/* GeoJSON in WGS84: outlines of neighbourhoods that the year has; the code is
 * the property buurtcode, statcode or code. */
MUST_USE enum rc regions_import_outlines(struct store *s, unsigned year,
                                         struct bytes text, size_t *n,
                                         struct err *err);
/* CSV: layer,code,name,places; places are neighbourhoods (BU) or districts (WK)
 * with ';' between them.  Replaces the layers it names. */
MUST_USE enum rc regions_import_layers(struct store *s, unsigned year,
                                       const char *text, size_t *n,
                                       struct err *err);
/* CSV: from,to; codes with their year, 2016BU00090000,2022BU00141500.  A code
 * that went to several is not followed. */
MUST_USE enum rc regions_import_crosswalk(struct store *s, const char *text,
                                          size_t *n, struct err *err);

/* -- asking -------------------------------------------------------------- */

struct place { /* a neighbourhood */
    const char *code, *name;
    struct bytes outline; /* packed (geo.h), or empty */
};

struct region { /* an area of a layer */
    const char *layer, *code, *name;
    uint32_t *places; /* indices, rising */
    size_t places_n;
};

struct regions {
    unsigned year;
    struct place *places; /* by code */
    size_t places_n;
    struct region *areas; /* by layer and code; neighbourhoods too */
    size_t areas_n;
    struct crossing {     /* by code */
        const char *code; /* with its year */
        uint32_t place;
    } * crossings;
    size_t crossings_n;
};

/* The latest year in the store, or this one; all in `mem`.  RC_NOTFOUND: there
 * is none, with what to do. */
MUST_USE enum rc regions_load(struct store *s, unsigned year, struct arena *mem,
                              struct regions *out, struct err *err);
/* Grows with every import: what was worked out from regions is old then. */
MUST_USE enum rc regions_version(struct store *s, int64_t *out,
                                 struct err *err);

/* As devices are told of them (sync/wire.h): those of the latest year that have
 * an outline, and the name of that state of affairs, in `mem`.  The name is
 * empty if nothing was ever imported. */
MUST_USE enum rc regions_told_version(struct store *s, struct arena *mem,
                                      struct bytes *out, struct err *err);
MUST_USE enum rc regions_told(struct store *s, struct arena *mem,
                              struct regions_told *out, struct err *err);

/* Index of a neighbourhood; places_n: none.  By its code with its year; by a
 * point. */
size_t regions_coded(const struct regions *r, struct bytes code);
size_t regions_at(const struct regions *r, struct geo_point p);
/* An area by its code; NULL: there is none, or one of the names is NULL. */
const struct region *regions_area(const struct regions *r, const char *layer,
                                  const char *code);
/* Is there such a layer? */
bool regions_has_layer(const struct regions *r, const char *layer);
