/* Layers on the map, with the last figures of each record type (publish.h). */
#include <ctype.h>
#include <string.h>

#include "server/counts.h"
#include "server/dataset_geo.h"
#include "server/publish_int.h"

enum { AREA, NAME, PERIOD, FIRST };

struct map {
    struct publication *p;
    struct arena mem;
    struct regions regions;
    struct count_kind *kinds;
    size_t kinds_n;
    struct dataset_column *columns;
    size_t columns_n, folder;
};

/* door-visit, Status: doorVisitStatus. */
static const char *column_name(struct map *m, const char *type, const char *end)
{
    char *name = arena_printf(&m->mem, "%s%s", type, end), *to = name;
    const char *from;

    for (from = name; *from != '\0'; from++)
        *to++ = *from != '-' ? *from : (char)toupper((unsigned char)*++from);
    *to = '\0';
    return name;
}

static void make_columns(struct map *m)
{
    static const struct dataset_column first[] = {
        [AREA] = {"area", {"gebied", "area"}, COLUMN_CODE, true},
        [NAME] = {"areaName", {"naam", "name"}, COLUMN_TEXT, false},
        [PERIOD] = {"period", {"periode", "period"}, COLUMN_PERIOD, false},
    };
    size_t i;

    m->columns_n = FIRST + 3 * m->kinds_n;
    m->columns = arena_new(&m->mem, m->columns_n * sizeof *m->columns);
    memcpy(m->columns, first, sizeof first);
    for (i = 0; i < m->kinds_n; i++) {
        const struct shape_type *t = m->kinds[i].type;
        struct dataset_column *c = &m->columns[FIRST + 3 * i];

        c[0] = (struct dataset_column){column_name(m, t->name, ""), t->label,
                                       COLUMN_FIGURE, false};
        c[1] = (struct dataset_column){column_name(m, t->name, "Below"),
                                       t->label, COLUMN_BELOW, false};
        c[2] = (struct dataset_column){column_name(m, t->name, "Status"),
                                       t->label, COLUMN_STATUS, false};
    }
}

/* Of each record type what is told of this layer last; on these borders. */
static enum rc ask_layer(struct map *m, const char *layer,
                         struct counts_table *t, struct err *err)
{
    enum rc rc = RC_OK;
    size_t i;

    for (i = 0; rc == RC_OK && i < m->kinds_n; i++) {
        struct counts_query q = {.type = m->kinds[i].type->name,
                                 .layer = layer};

        rc = counts_ask(m->p->s, &q, &m->mem, &t[i], err);
        if (rc == RC_NOTFOUND || rc == RC_INVALID) {
            t[i] = (struct counts_table){0}; /* no layer then, or no figures */
            rc = RC_OK;
        }
        if (t[i].regions != m->regions.year)
            t[i].rows_n = 0;
    }
    return rc;
}

static const struct counts_row *row_of(const struct counts_table *t,
                                       const char *area)
{
    size_t i;

    for (i = 0; i < t->rows_n; i++)
        if (strcmp(t->rows[i].area, area) == 0)
            return &t->rows[i];
    return NULL;
}

static void put_figure(const struct counts_row *r, struct dataset *out)
{
    size_t i;

    if (r != NULL)
        dataset_figure(out, &r->cell, r->threshold);
    for (i = 0; r == NULL && i < 3; i++)
        dataset_put(out, NULL);
}

static void put_area(struct map *m, const struct region *a,
                     const struct counts_table *t, struct dataset *out)
{
    const char *period = NULL;
    size_t i;

    /* Types may have figures of different years. */
    for (i = 0; i < m->kinds_n; i++)
        if (t[i].rows_n > 0 &&
            (period == NULL || strcmp(t[i].period, period) > 0))
            period = t[i].period;
    dataset_put(out, a->code);
    dataset_put(out, a->name);
    dataset_put(out, period);
    for (i = 0; i < m->kinds_n; i++)
        put_figure(t[i].rows_n > 0 && strcmp(t[i].period, period) == 0
                       ? row_of(&t[i], a->code)
                       : NULL,
                   out);
}

static enum rc put_layer(struct map *m, size_t first, size_t n, struct err *err)
{
    const char *layer = m->regions.areas[first].layer;
    struct counts_table *t = arena_new(&m->mem, m->kinds_n * sizeof *t);
    struct buf text = buf_make(SIZE_MAX);
    struct dataset d;
    enum rc rc = ask_layer(m, layer, t, err);
    size_t i;

    dataset_begin(&d, m->columns, m->columns_n, &m->mem);
    d.layer = layer;
    d.regions = m->regions.year;
    for (i = 0; rc == RC_OK && i < n; i++)
        put_area(m, &m->regions.areas[first + i], t, &d);
    if (rc == RC_OK && dataset_geojson(&d, &m->regions, "", &text) > 0)
        publish_put(m->p, m->folder,
                    arena_printf(&m->mem, "maps/%s.geojson", layer),
                    "application/geo+json", buf_view(&text));
    buf_free(&text);
    return rc;
}

enum rc publish_maps(struct publication *p, struct err *err)
{
    static const struct label title = {"Kaarten", "Maps"};
    static const struct label about = {
        "De gebieden van elke laag met hun omtrek (WGS84) en de laatste"
        " aantallen per soort gegeven.",
        "The areas of each layer with their outlines (WGS84) and the last"
        " counts of each record type."};
    struct map m = {.p = p};
    size_t i, n;
    enum rc rc = regions_load(p->s, 0, &m.mem, &m.regions, err);

    counts_kinds(p->s->shape, &m.mem, &m.kinds, &m.kinds_n);
    make_columns(&m);
    if (rc == RC_OK)
        m.folder = publish_folder(p, "maps", &title, &about);
    for (i = 0; rc == RC_OK && i < m.regions.areas_n; i += n) {
        const struct region *a = &m.regions.areas[i];

        for (n = 1;
             i + n < m.regions.areas_n && strcmp(a[n].layer, a->layer) == 0;)
            n++;
        rc = put_layer(&m, i, n, err);
    }
    arena_free(&m.mem);
    return rc;
}
