#include "server/regions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CROSSINGS_DEEP = 40 }; /* boundary years in a row */

static char *copy_text(struct arena *mem, const char *text)
{
    return arena_text(mem, text, strlen(text));
}

/* Room for one more at the end of an array in an arena. */
static void *grown(struct arena *mem, void *p, size_t n, size_t *cap,
                   size_t size)
{
    void *more;

    if (n < *cap)
        return p;
    *cap = 2 * *cap + 64;
    more = arena_new(mem, *cap * size);
    if (n > 0)
        memcpy(more, p, n * size);
    return more;
}

static enum rc latest_year(struct db *db, unsigned *year, struct err *err)
{
    struct db_query *q = db_query(db, SQL("SELECT max(year) AS year FROM region"
                                          " WHERE layer = 'neighbourhood'"));

    if (db_row(q))
        *year = (unsigned)db_i64(q, "year");
    return db_done(q, err);
}

static enum rc load_places(struct db *db, struct arena *mem,
                           struct regions *out, struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("SELECT r.code AS code, r.name AS name, o.outline AS outline"
                " FROM region r LEFT JOIN region_outline o"
                " ON o.year = r.year AND o.code = r.code"
                " WHERE r.year = :year AND r.layer = 'neighbourhood'"
                " ORDER BY r.code"));
    size_t cap = 0;

    db_bind_i64(q, "year", out->year);
    while (db_row(q)) {
        out->places =
            grown(mem, out->places, out->places_n, &cap, sizeof *out->places);
        out->places[out->places_n++] =
            (struct place){copy_text(mem, db_text(q, "code")),
                           copy_text(mem, db_text(q, "name")),
                           arena_bytes(mem, db_blob(q, "outline"))};
    }
    return db_done(q, err);
}

static size_t place_index(const struct regions *r, const char *code, size_t n)
{
    size_t low = 0, high = r->places_n;

    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = bytes_cmp(bytes_of(r->places[mid].code),
                          (struct bytes){(const uint8_t *)code, n});

        if (c == 0)
            return mid;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return r->places_n;
}

static enum rc load_areas(struct db *db, struct arena *mem, struct regions *out,
                          struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("SELECT r.layer AS layer, r.code AS code, r.name AS name,"
                " p.place AS place FROM region r JOIN region_place p"
                " ON p.year = r.year AND p.layer = r.layer AND p.code = r.code"
                " WHERE r.year = :year ORDER BY r.layer, r.code, p.place"));
    struct region *a = NULL;
    size_t cap = 0, at;

    db_bind_i64(q, "year", out->year);
    while (db_row(q)) {
        const char *layer = db_text(q, "layer"), *code = db_text(q, "code");
        const char *place = db_text(q, "place");

        if (a == NULL || strcmp(a->layer, layer) != 0 ||
            strcmp(a->code, code) != 0) {
            out->areas =
                grown(mem, out->areas, out->areas_n, &cap, sizeof *out->areas);
            a = &out->areas[out->areas_n++];
            *a = (struct region){
                .layer = copy_text(mem, layer),
                .code = copy_text(mem, code),
                .name = copy_text(mem, db_text(q, "name")),
                .places =
                    arena_new(mem, (out->places_n + 1) * sizeof *a->places)};
        }
        at = place_index(out, place, strlen(place));
        if (at < out->places_n && a->places_n < out->places_n)
            a->places[a->places_n++] = (uint32_t)at;
    }
    return db_done(q, err);
}

/* -- codes of other years ------------------------------------------------ */

struct pair {
    const char *old, *new;
    bool several; /* it went to several */
};

static int by_old(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    return strcmp(x->old, y->old);
}

/* Where a code is in the year of `r`, followed year by year. */
static size_t follow(const struct regions *r, struct pair *pairs, size_t n,
                     const char *code)
{
    size_t deep;

    for (deep = 0; deep < CROSSINGS_DEEP; deep++) {
        struct pair key = {code, NULL, false}, *next;

        if ((unsigned)strtoul((char[]){code[0], code[1], code[2], code[3], 0},
                              NULL, 10) == r->year)
            return place_index(r, code + 4, strlen(code + 4));
        next = bsearch(&key, pairs, n, sizeof *pairs, by_old);
        if (next == NULL || next->several)
            break;
        code = next->new;
    }
    return r->places_n;
}

static enum rc load_crossings(struct db *db, struct arena *mem,
                              struct regions *out, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("SELECT old, new FROM crosswalk ORDER BY old, new"));
    struct pair *pairs = NULL;
    size_t n = 0, cap = 0, i, at;
    enum rc rc;

    while (db_row(q)) {
        const char *old = db_text(q, "old");

        if (n > 0 && strcmp(pairs[n - 1].old, old) == 0) {
            pairs[n - 1].several = true;
            continue;
        }
        pairs = grown(mem, pairs, n, &cap, sizeof *pairs);
        pairs[n++] = (struct pair){copy_text(mem, old),
                                   copy_text(mem, db_text(q, "new")), false};
    }
    rc = db_done(q, err);
    out->crossings = arena_new(mem, (n + 1) * sizeof *out->crossings);
    for (i = 0; i < n; i++) {
        at = follow(out, pairs, n, pairs[i].old);
        if (at < out->places_n)
            out->crossings[out->crossings_n++] =
                (struct crossing){pairs[i].old, (uint32_t)at};
    }
    return rc;
}

/* -- asking -------------------------------------------------------------- */

enum rc regions_load(struct store *s, unsigned year, struct arena *mem,
                     struct regions *out, struct err *err)
{
    struct regions r = {.year = year};
    enum rc rc = year == 0 ? latest_year(s->db, &r.year, err) : RC_OK;

    if (rc == RC_OK)
        rc = load_places(s->db, mem, &r, err);
    if (rc == RC_OK && r.places_n == 0)
        rc = year == 0
                 ? err_set(err, RC_NOTFOUND,
                           "there are no neighbourhoods yet: `stoepd regions"
                           " DIR import YEAR FILE.csv`")
                 : err_set(err, RC_NOTFOUND,
                           "there are no neighbourhoods of %u", year);
    if (rc == RC_OK)
        rc = load_areas(s->db, mem, &r, err);
    if (rc == RC_OK)
        rc = load_crossings(s->db, mem, &r, err);
    if (rc == RC_OK)
        *out = r;
    return rc;
}

enum rc regions_version(struct store *s, int64_t *out, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT value FROM state WHERE key = 'regions'"));

    *out = db_row(q) ? db_i64(q, "value") : 0;
    return db_done(q, err);
}

size_t regions_coded(const struct regions *r, struct bytes code)
{
    char year[8];
    size_t low = 0, high = r->crossings_n;

    snprintf(year, sizeof year, "%u", r->year);
    if (code.n > 4 && memcmp(code.p, year, 4) == 0)
        return place_index(r, (const char *)code.p + 4, code.n - 4);
    while (low < high) {
        size_t mid = (low + high) / 2;
        int c = bytes_cmp(bytes_of(r->crossings[mid].code), code);

        if (c == 0)
            return r->crossings[mid].place;
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return r->places_n;
}

size_t regions_at(const struct regions *r, struct geo_point p)
{
    size_t i;

    for (i = 0; i < r->places_n; i++)
        if (geo_holds(r->places[i].outline, p))
            return i;
    return r->places_n;
}

const struct region *regions_area(const struct regions *r, const char *layer,
                                  const char *code)
{
    size_t i;

    for (i = 0; layer != NULL && code != NULL && i < r->areas_n; i++)
        if (strcmp(r->areas[i].layer, layer) == 0 &&
            strcmp(r->areas[i].code, code) == 0)
            return &r->areas[i];
    return NULL;
}

bool regions_has_layer(const struct regions *r, const char *layer)
{
    size_t i;

    for (i = 0; i < r->areas_n; i++)
        if (strcmp(r->areas[i].layer, layer) == 0)
            return true;
    return false;
}
