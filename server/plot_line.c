/* A line through months (plot.h). */
#include <math.h>

#include "server/plot.h"

enum { WIDTH = 500, HEIGHT = 220, LEFT = 36, TOP = 14, BOTTOM = 170 };

static double highest(const struct plot *p)
{
    double hi = 10;
    size_t i;

    for (i = 0; i < p->bars_n; i++)
        if (p->bars[i].marks[0].kind == PLOT_TOLD)
            hi = fmax(hi, p->bars[i].marks[0].v);
    return hi;
}

static double down(double v, double hi)
{
    return BOTTOM - v / hi * (BOTTOM - TOP);
}

static void draw_axis(const struct plot *p, double hi, double step,
                      struct buf *out)
{
    struct arena mem = {0};
    double v;

    for (v = 0; v <= hi + step / 2; v += step) {
        buf_printf(out,
                   "<path d=\"M%d %.1fH%d\" stroke=\"%s\" fill=\"none\"/>\n",
                   LEFT, down(v, hi), WIDTH, v < step / 2 ? "#111" : "#ddd");
        plot_text(LEFT - 6, down(v, hi) + 4, "end",
                  " font-size=\"11\" fill=\"#444\"",
                  plot_number(v, false, p->lang, &mem), out);
    }
    arena_free(&mem);
}

static void draw_mark(const struct plot *p, const struct plot_mark *m, double x,
                      double wide, double hi, struct buf *out)
{
    struct arena mem = {0};
    double top = m->kind == PLOT_SMALL ? down(m->below - 1, hi) : TOP;

    if (m->kind == PLOT_SMALL || m->kind == PLOT_WITHHELD)
        buf_printf(out,
                   "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\""
                   " fill=\"url(#%s-%s)\" stroke=\"#767676\"/>\n",
                   x - wide / 4, top, wide / 2, BOTTOM - top, p->id,
                   m->kind == PLOT_SMALL ? "small" : "withheld");
    if (m->kind == PLOT_TOLD) {
        buf_printf(out,
                   "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\""
                   " fill=\"#0072b2\"/>\n",
                   x, down(m->v, hi));
        plot_text(x, fmax(down(m->v, hi) - 8, 10), "middle", "",
                  plot_words(m, false, p->lang, &mem), out);
    }
    if (m->kind == PLOT_SMALL)
        plot_text(x, top - 5, "middle", " font-size=\"11\" fill=\"#444\"",
                  plot_words(m, false, p->lang, &mem), out);
    arena_free(&mem);
}

void plot_line(const struct plot *p, struct buf *out)
{
    double step = plot_step(highest(p), 5);
    double hi = ceil(highest(p) / step) * step;
    double wide =
        (double)(WIDTH - LEFT) / (double)(p->bars_n > 0 ? p->bars_n : 1);
    bool seen[PLOT_WITHHELD + 1] = {false}, on = false;
    size_t i;

    plot_open(p, WIDTH, HEIGHT, out);
    draw_axis(p, hi, step, out);
    buf_puts(out, "<path fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\""
                  " d=\"");
    for (i = 0; i < p->bars_n; i++) {
        const struct plot_mark *m = &p->bars[i].marks[0];

        if (m->kind == PLOT_TOLD)
            buf_printf(out, "%s%.1f %.1f", on ? "L" : "M",
                       LEFT + wide * ((double)i + 0.5), down(m->v, hi));
        on = m->kind == PLOT_TOLD;
    }
    buf_puts(out, "\"/>\n");
    for (i = 0; i < p->bars_n; i++) {
        double x = LEFT + wide * ((double)i + 0.5);

        draw_mark(p, &p->bars[i].marks[0], x, wide, hi, out);
        plot_text(x, BOTTOM + 16, "middle", " font-size=\"11\"",
                  p->bars[i].label, out);
        seen[p->bars[i].marks[0].kind] = true;
    }
    plot_keys(p, seen, LEFT, HEIGHT - 8, out);
    plot_close(out);
}
