/* Bars from left to right (plot.h). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "server/plot.h"

enum { WIDTH = 500, RIGHT = 74, BAR = 13, GAP = 5 };

static const double labels_max = 236;

/* Blue, vermillion, green and purple of Okabe and Ito's palette, the last two
 * darker: 3 to 1 against white, and apart for every kind of eyes. */
static const char *const colours[PLOT_SERIES_MAX] = {"#0072b2", "#d55e00",
                                                     "#00785a", "#8f4a78"};

struct scale {
    double left, right;  /* pixels */
    double lo, hi, step; /* of what is told */
};

static double at(const struct scale *s, double v)
{
    double part = (v - s->lo) / (s->hi - s->lo);

    return s->left + fmin(1, fmax(0, part)) * (s->right - s->left);
}

/* Characters, not bytes. */
static size_t length(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static double wide(const char *text)
{
    return 6.7 * (double)length(text);
}

static void widen(struct scale *s, double v)
{
    s->lo = fmin(s->lo, v);
    s->hi = fmax(s->hi, v);
}

/* Margins are drawn as far as three times the largest value. */
static struct scale scale_of(const struct plot *p)
{
    struct scale s = {.right = WIDTH - RIGHT};
    double far;
    double longest = 0;
    size_t i, k;

    for (i = 0; i < p->bars_n; i++) {
        longest = fmax(longest, wide(p->bars[i].label));
        for (k = 0; k < p->series_n; k++) {
            const struct plot_mark *m = &p->bars[i].marks[k];

            if (m->kind == PLOT_TOLD)
                widen(&s, m->v);
            if (m->kind == PLOT_SMALL)
                widen(&s, m->below - 1);
        }
    }
    far = 3 * fmax(fabs(s.lo), fabs(s.hi));
    for (i = 0; i < p->bars_n; i++)
        for (k = 0; k < p->series_n; k++) {
            const struct plot_mark *m = &p->bars[i].marks[k];

            if (m->kind == PLOT_TOLD && !isnan(m->lo)) {
                widen(&s, fmax(m->lo, -far));
                widen(&s, fmin(m->hi, far));
            }
        }
    if (s.hi - s.lo < 5)
        s.hi = s.lo + 5;
    s.left = fmin(labels_max, longest) + 10;
    s.step = plot_step(s.hi - s.lo,
                       (unsigned)((s.right - s.left) / (p->percent ? 48 : 36)));
    s.lo = floor(s.lo / s.step) * s.step;
    s.hi = ceil(s.hi / s.step) * s.step;
    return s;
}

static bool new_group(const struct plot *p, size_t i)
{
    const char *g = p->bars[i].group;

    return g != NULL && (i == 0 || p->bars[i - 1].group == NULL ||
                         strcmp(p->bars[i - 1].group, g) != 0);
}

static double height_of(const struct plot *p)
{
    double h = (p->series_n > 1 ? 26 : 6) + 48;
    size_t i;

    for (i = 0; i < p->bars_n; i++)
        h += (double)p->series_n * BAR + GAP + (new_group(p, i) ? 26 : 0);
    return h;
}

static void draw_series(const struct plot *p, struct buf *out)
{
    double x = 0;
    size_t k;

    for (k = 0; p->series_n > 1 && k < p->series_n; k++) {
        buf_printf(out,
                   "<rect x=\"%.1f\" y=\"4\" width=\"12\" height=\"12\""
                   " fill=\"%s\"/>\n",
                   x, colours[k]);
        plot_text(x + 17, 14, "start", "", p->series[k], out);
        x += 17 + wide(p->series[k]) + 20;
    }
}

/* One that goes on beyond the picture has no end drawn. */
static void draw_margin(const struct scale *s, const struct plot_mark *m,
                        double y, struct buf *out)
{
    double from = at(s, m->lo), to = at(s, m->hi);

    buf_printf(out, "<path d=\"M%.1f %.1fH%.1f", from, y, to);
    if (m->lo >= s->lo)
        buf_printf(out, "M%.1f %.1fv6", from, y - 3);
    if (m->hi <= s->hi)
        buf_printf(out, "M%.1f %.1fv6", to, y - 3);
    buf_puts(out, "\" fill=\"none\" stroke=\"#111\" stroke-width=\"1.3\"/>\n");
}

static void draw_mark(const struct plot *p, const struct scale *s, size_t k,
                      const struct plot_mark *m, double y, struct buf *out)
{
    struct arena mem = {0};
    double zero = at(s, 0), end = zero;
    char fill[80];

    snprintf(fill, sizeof fill, "%s", colours[k]);
    if (m->kind == PLOT_TOLD)
        end = at(s, m->v);
    if (m->kind == PLOT_SMALL)
        end = at(s, m->below - 1);
    if (m->kind == PLOT_WITHHELD)
        end = zero + 36;
    if (m->kind == PLOT_SMALL || m->kind == PLOT_WITHHELD)
        snprintf(fill, sizeof fill, "url(#%.32s-%s)\" stroke=\"%s", p->id,
                 m->kind == PLOT_SMALL ? "small" : "withheld", colours[k]);
    if (m->kind != PLOT_ABSENT)
        buf_printf(out,
                   "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\""
                   " fill=\"%s\"/>\n",
                   fmin(zero, end), y, fabs(end - zero), BAR - 2, fill);
    if (m->kind == PLOT_TOLD && !isnan(m->lo)) {
        draw_margin(s, m, y + BAR / 2.0 - 1, out);
        end = fmax(fmax(zero, end), at(s, m->hi));
    }
    plot_text(fmax(zero, end) + 5, y + BAR - 4, "start",
              m->kind == PLOT_TOLD ? "" : " font-size=\"11\" fill=\"#444\"",
              plot_words(m, p->percent, p->lang, &mem), out);
    arena_free(&mem);
}

static void draw_axis(const struct plot *p, const struct scale *s, double top,
                      double bottom, struct buf *out)
{
    struct arena mem = {0};
    double v;

    for (v = s->lo; v <= s->hi + s->step / 2; v += s->step) {
        bool zero = fabs(v) < s->step / 2;

        buf_printf(out,
                   "<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\" fill=\"none\"/>"
                   "\n",
                   at(s, v), top, bottom, zero ? "#111" : "#ddd");
        plot_text(at(s, v), bottom + 14, "middle",
                  " font-size=\"11\" fill=\"#444\"",
                  arena_printf(&mem, "%s%s",
                               plot_number(zero ? 0 : v, false, p->lang, &mem),
                               p->percent ? " %" : ""),
                  out);
    }
    arena_free(&mem);
}

/* One that is too long is squeezed. */
static void draw_label(const struct scale *s, double y, const char *label,
                       struct buf *out)
{
    char squeeze[80] = "";

    if (wide(label) > labels_max)
        snprintf(squeeze, sizeof squeeze,
                 " textLength=\"%.0f\" lengthAdjust=\"spacingAndGlyphs\"",
                 labels_max);
    plot_text(s->left - 6, y, "end", squeeze, label, out);
}

void plot_bars(const struct plot *p, struct buf *out)
{
    struct scale s = scale_of(p);
    double y = p->series_n > 1 ? 26 : 6, height = height_of(p);
    bool seen[PLOT_WITHHELD + 1] = {false};
    size_t i, k;

    plot_open(p, WIDTH, height, out);
    draw_series(p, out);
    draw_axis(p, &s, y, height - 46, out);
    for (i = 0; i < p->bars_n; i++) {
        const struct plot_bar *b = &p->bars[i];

        if (new_group(p, i)) {
            plot_text(0, y + 17, "start", " font-weight=\"bold\"", b->group,
                      out);
            y += 26;
        }
        draw_label(&s, y + (double)p->series_n * BAR / 2 + 3, b->label, out);
        for (k = 0; k < p->series_n; k++) {
            draw_mark(p, &s, k, &b->marks[k], y + 1, out);
            seen[b->marks[k].kind] = true;
            y += BAR;
        }
        y += GAP;
    }
    plot_keys(p, seen, 0, height - 6, out);
    plot_close(out);
}
