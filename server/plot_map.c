/* Areas on a map (plot.h). */
#include <math.h>
#include <stdlib.h>

#include "server/plot.h"
#include "sync/geo.h"

enum { WIDTH = 400, HEIGHT = 270, CLASSES = 4 };

static const char *const shades[CLASSES] = {"#deebf7", "#9ecae1", "#4292c6",
                                            "#08519c"};

struct view { /* from degrees to pixels */
    double west, north, x, y;
};

static void put_point(const struct view *v, double lat, double lon, double *x,
                      double *y)
{
    *x = (lon - v->west) * v->x;
    *y = (v->north - lat) * v->y;
}

/* Called for each corner; `first`: of a ring. */
typedef void corner(void *ctx, double lat, double lon, bool first);

static void each_corner(struct bytes outline, corner *visit, void *ctx)
{
    struct unpack u = {.in = outline};
    uint64_t rings = unpack_u64(&u, GEO_RINGS_MAX), n, i;

    for (; rings > 0 && !u.bad; rings--) {
        int64_t lat = 0, lon = 0;

        n = unpack_u64(&u, GEO_CORNERS_MAX);
        for (i = 0; i < n && !u.bad; i++) {
            lat += unpack_i64(&u);
            lon += unpack_i64(&u);
            visit(ctx, (double)lat / GEO_DEGREE, (double)lon / GEO_DEGREE,
                  i == 0);
        }
    }
}

/* -- where it all lies -------------------------------------------------- */

struct box {
    double south, north, west, east;
};

static void grow(void *ctx, double lat, double lon, bool first)
{
    struct box *b = ctx;

    (void)first;
    b->south = fmin(b->south, lat);
    b->north = fmax(b->north, lat);
    b->west = fmin(b->west, lon);
    b->east = fmax(b->east, lon);
}

static bool view_of(const struct plot_area *areas, size_t n, struct view *v,
                    double *height)
{
    struct box b = {90, -90, 180, -180};
    double narrow, scale;
    size_t i;

    for (i = 0; i < n; i++)
        each_corner(areas[i].outline, grow, &b);
    if (b.south >= b.north || b.west >= b.east)
        return false;
    narrow = cos((b.south + b.north) / 2 * 3.14159265358979 / 180);
    scale = fmin((WIDTH - 4) / ((b.east - b.west) * narrow),
                 (HEIGHT - 4) / (b.north - b.south));
    v->x = scale * narrow;
    v->y = scale;
    v->west = b.west - 2 / v->x;
    v->north = b.north + 2 / v->y;
    *height = (b.north - b.south) * scale + 4;
    return true;
}

/* -- one area ----------------------------------------------------------- */

struct drawing {
    const struct view *v;
    struct buf *out;
    double x, y;         /* of the corner that was drawn last */
    double a, ax, ay;    /* of this ring: twice its size, and its middle */
    double x0, y0;       /* its first corner */
    double px, py;       /* the corner before */
    double best, bx, by; /* the largest ring, and its middle */
    bool begun;
};

static void end_ring(struct drawing *d)
{
    double w = d->px * d->y0 - d->x0 * d->py;

    d->a += w;
    d->ax += (d->px + d->x0) * w;
    d->ay += (d->py + d->y0) * w;
    if (fabs(d->a) > d->best) {
        d->best = fabs(d->a);
        d->bx = d->ax / (3 * d->a);
        d->by = d->ay / (3 * d->a);
    }
    d->a = d->ax = d->ay = 0;
}

static void draw(void *ctx, double lat, double lon, bool first)
{
    struct drawing *d = ctx;
    double x, y, w;

    put_point(d->v, lat, lon, &x, &y);
    if (first) {
        if (d->begun)
            end_ring(d);
        buf_printf(d->out, "%sM%.1f %.1f", d->begun ? "Z" : "", x, y);
        d->begun = true;
        d->x0 = d->x = d->px = x;
        d->y0 = d->y = d->py = y;
        return;
    }
    w = d->px * y - x * d->py;
    d->a += w;
    d->ax += (d->px + x) * w;
    d->ay += (d->py + y) * w;
    d->px = x;
    d->py = y;
    if (hypot(x - d->x, y - d->y) < 0.7)
        return;
    buf_printf(d->out, "L%.1f %.1f", x, y);
    d->x = x;
    d->y = y;
}

static unsigned class_of(double v, double most)
{
    double c = most > 0 ? floor(v / most * CLASSES) : 0;

    return c < CLASSES ? (unsigned)c : CLASSES - 1;
}

static void draw_area(const struct plot *p, const struct plot_area *a,
                      size_t number, const struct view *v, double most,
                      struct buf *out, struct buf *words)
{
    struct drawing d = {.v = v, .out = out};
    bool told = a->mark.kind == PLOT_TOLD;
    unsigned c = told ? class_of(a->mark.v, most) : 0;
    struct arena mem = {0};

    if (a->outline.n == 0)
        return;
    buf_puts(out, "<path fill-rule=\"evenodd\" stroke=\"#333\""
                  " stroke-width=\"1\" fill=\"");
    if (told)
        buf_puts(out, shades[c]);
    else
        buf_printf(out, "url(#%s-%s)", p->id,
                   a->mark.kind == PLOT_SMALL ? "small" : "withheld");
    buf_puts(out, "\" d=\"");
    each_corner(a->outline, draw, &d);
    end_ring(&d);
    buf_puts(out, "Z\"/>\n");
    plot_text(d.bx, d.by + 4, "middle",
              told && c >= CLASSES / 2
                  ? " font-weight=\"bold\" fill=\"#fff\""
                  : " font-weight=\"bold\" paint-order=\"stroke\""
                    " stroke=\"#fff\" stroke-width=\"3\"",
              arena_printf(&mem, "%zu", number), words);
    arena_free(&mem);
}

static void draw_shades(double most, double y, struct buf *out)
{
    struct arena mem = {0};
    unsigned c;

    for (c = 0; c < CLASSES; c++) {
        double from = ceil(most * c / CLASSES / 5) * 5;
        double to = c + 1 == CLASSES
                        ? most
                        : ceil(most * (c + 1) / CLASSES / 5) * 5 - 5;

        if (to < from)
            continue;
        buf_printf(out,
                   "<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"10\""
                   " fill=\"%s\" stroke=\"#767676\"/>\n",
                   c * 98.0, y - 9, shades[c]);
        plot_text(c * 98.0 + 21, y, "start", "",
                  arena_printf(&mem, "%.0f–%.0f", from, to), out);
    }
    arena_free(&mem);
}

bool plot_map(const struct plot *p, const struct plot_area *areas, size_t n,
              struct buf *out)
{
    bool seen[PLOT_WITHHELD + 1] = {false};
    struct buf words = buf_make(SIZE_MAX);
    struct view v;
    double height, most = 0;
    size_t i;

    if (!view_of(areas, n, &v, &height))
        return false;
    for (i = 0; i < n; i++) {
        seen[areas[i].mark.kind] = true;
        if (areas[i].mark.kind == PLOT_TOLD)
            most = fmax(most, areas[i].mark.v);
    }
    plot_open(p, WIDTH, height + 44, out);
    for (i = 0; i < n; i++)
        draw_area(p, &areas[i], i + 1, &v, most, out, &words);
    buf_put(out, words.p, words.n);
    buf_free(&words);
    if (seen[PLOT_TOLD])
        draw_shades(most, height + 18, out);
    plot_keys(p, seen, 0, height + 38, out);
    plot_close(out);
    return true;
}
