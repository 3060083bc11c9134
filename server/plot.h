/*
 * plot.h - figures as pictures: SVG that stands in a page, or alone.
 *
 * Drawn by itself: no script, no font, nothing from elsewhere.  A picture has a
 * title and a description for who cannot see it; colours are told apart by the
 * colour-blind, and by their order; what is withheld is hatched and says so in
 * words.  Everything that is written is escaped.
 */
#pragma once

#include "sync/base/mem.h"
#include "sync/shape.h"

enum { PLOT_SERIES_MAX = 4 };

enum plot_kind {
    PLOT_ABSENT,   /* there is no such figure */
    PLOT_TOLD,     /* `v`; its margin, if there is one, from `lo` to `hi` */
    PLOT_SMALL,    /* below `below` */
    PLOT_WITHHELD, /* nobody is told */
};

struct plot_mark {
    enum plot_kind kind;
    double v, lo, hi; /* NAN: no margin; INFINITY: it has no end */
    unsigned below;
};

struct plot_bar {
    const char *group; /* a heading over it, if the bar before has another */
    const char *label;
    struct plot_mark marks[PLOT_SERIES_MAX];
};

struct plot {
    const char *id; /* letters, digits and '-'; one of its own in a page */
    const char *title, *about;
    const char *series[PLOT_SERIES_MAX]; /* what they are; told if several */
    size_t series_n;
    const struct plot_bar *bars;
    size_t bars_n;
    bool percent;
    enum lang lang;
};

/* Bars from left to right, one below the other. */
void plot_bars(const struct plot *p, struct buf *out);
/* A line through the marks of the first series, from left to right; the labels
 * are short. */
void plot_line(const struct plot *p, struct buf *out);

struct plot_area {
    struct bytes outline; /* packed (geo.h); or empty: not on the map */
    struct plot_mark mark;
};
/* Areas, numbered from 1, darker for more.  False: none has an outline. */
bool plot_map(const struct plot *p, const struct plot_area *areas, size_t n,
              struct buf *out);

/* A number as people write it: "12,5", with a sign for a change. */
const char *plot_number(double v, bool sign, enum lang lang, struct arena *mem);
/* The same with one decimal, always. */
const char *plot_decimal(double v, enum lang lang, struct arena *mem);
/* What a mark says, in words. */
const char *plot_words(const struct plot_mark *m, bool percent, enum lang lang,
                       struct arena *mem);

/* -- between the files of plots alone ------------------------------------ */

/* The element, its title, its description and its patterns; and its end. */
void plot_open(const struct plot *p, double width, double height,
               struct buf *out);
void plot_close(struct buf *out);
/* Text at a place; anchor is start, middle or end. */
void plot_text(double x, double y, const char *anchor, const char *more,
               const char *text, struct buf *out);
/* A box in a pattern of this plot ("small", "withheld"), and what it means. */
void plot_key(const struct plot *p, double *x, double y, const char *pattern,
              const struct label *means, struct buf *out);
/* What each pattern means, as far as there is such a mark; `x` is where it
 * goes on. */
void plot_keys(const struct plot *p, const bool *seen, double x, double y,
               struct buf *out);
/* A step of 1, 2 or 5 times a power of ten that cuts `span` in at most `n`. */
double plot_step(double span, unsigned n);
