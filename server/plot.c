#include "server/plot.h"

#include <math.h>
#include <string.h>

#include "server/page.h"

static const char *number(double v, int decimals, bool sign, enum lang lang,
                          struct arena *mem)
{
    char *text = arena_printf(mem, "%.*f", decimals, fabs(v));
    char *point = strchr(text, '.');

    if (point != NULL && lang == LANG_NL)
        *point = ',';
    return arena_printf(mem, "%s%s", v < 0 ? "−" : sign ? "+" : "", text);
}

const char *plot_number(double v, bool sign, enum lang lang, struct arena *mem)
{
    return number(v, fabs(v - round(v)) < 0.05 ? 0 : 1, sign, lang, mem);
}

const char *plot_decimal(double v, enum lang lang, struct arena *mem)
{
    return number(v, 1, false, lang, mem);
}

const char *plot_words(const struct plot_mark *m, bool percent, enum lang lang,
                       struct arena *mem)
{
    static const struct label withheld = {"niet verteld", "withheld"};

    switch (m->kind) {
    case PLOT_ABSENT: break;
    case PLOT_TOLD:
        return arena_printf(mem, "%s%s", plot_number(m->v, percent, lang, mem),
                            percent ? " %" : "");
    case PLOT_SMALL: return arena_printf(mem, "0–%u", m->below - 1);
    case PLOT_WITHHELD: return label_in(&withheld, lang);
    }
    return "–";
}

double plot_step(double span, unsigned n)
{
    double step = pow(10, floor(log10(span / n)));

    if (span / step <= n)
        return step;
    if (span / (2 * step) <= n)
        return 2 * step;
    return span / (5 * step) <= n ? 5 * step : 10 * step;
}

/* -- pieces ------------------------------------------------------------- */

void plot_open(const struct plot *p, double width, double height,
               struct buf *out)
{
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\""
               " viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\""
               " lang=\"%s\" aria-labelledby=\"%s-t %s-d\""
               " font-family=\"system-ui,sans-serif\" font-size=\"12\""
               " fill=\"#111\">\n<title id=\"%s-t\">",
               width, height, width, height, p->lang == LANG_NL ? "nl" : "en",
               p->id, p->id, p->id);
    page_put_escaped(out, p->title);
    buf_printf(out, "</title>\n<desc id=\"%s-d\">", p->id);
    page_put_escaped(out, p->about);
    buf_printf(out,
               "</desc>\n<defs>\n"
               "<pattern id=\"%s-withheld\" width=\"6\" height=\"6\""
               " patternUnits=\"userSpaceOnUse\""
               " patternTransform=\"rotate(45)\">"
               "<rect width=\"6\" height=\"6\" fill=\"#fff\"/>"
               "<rect width=\"2\" height=\"6\" fill=\"#767676\"/></pattern>\n"
               "<pattern id=\"%s-small\" width=\"5\" height=\"5\""
               " patternUnits=\"userSpaceOnUse\">"
               "<rect width=\"5\" height=\"5\" fill=\"#fff\"/>"
               "<circle cx=\"2.5\" cy=\"2.5\" r=\"1\" fill=\"#555\"/>"
               "</pattern>\n</defs>\n",
               p->id, p->id);
}

void plot_close(struct buf *out)
{
    buf_puts(out, "</svg>\n");
}

void plot_text(double x, double y, const char *anchor, const char *more,
               const char *text, struct buf *out)
{
    buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y,
               anchor, more);
    page_put_escaped(out, text);
    buf_puts(out, "</text>\n");
}

void plot_key(const struct plot *p, double *x, double y, const char *pattern,
              const struct label *means, struct buf *out)
{
    const char *text = label_in(means, p->lang);

    buf_printf(out,
               "<rect x=\"%.1f\" y=\"%.1f\" width=\"16\" height=\"10\""
               " fill=\"url(#%s-%s)\" stroke=\"#767676\"/>\n",
               *x, y - 9, p->id, pattern);
    plot_text(*x + 21, y, "start", "", text, out);
    *x += 21 + 6.6 * (double)strlen(text) + 18;
}

void plot_keys(const struct plot *p, const bool *seen, double x, double y,
               struct buf *out)
{
    static const struct label small = {"onder de drempel",
                                       "below the threshold"};
    static const struct label withheld = {"niet verteld", "withheld"};

    if (seen[PLOT_SMALL])
        plot_key(p, &x, y, "small", &small, out);
    if (seen[PLOT_WITHHELD])
        plot_key(p, &x, y, "withheld", &withheld, out);
}
