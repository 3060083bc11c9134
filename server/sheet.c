#include "server/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "server/ask.h"
#include "server/figure.h"
#include "server/page.h"
#include "server/sheet_words.h"
#include "sync/civil.h"

static const char style[] =
    "body{max-width:68rem}h1{margin-top:0}"
    ".about{color:#333;margin:.2rem 0}"
    "figure{margin:1.2rem 0 2rem;display:grid;gap:0 1.5rem;"
    "grid-template-columns:minmax(0,3fr) minmax(0,2fr);align-items:start}"
    "figure.half{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}"
    "figure.below{grid-template-columns:minmax(0,1fr)}"
    "figcaption{grid-column:1/-1;font-weight:bold;margin-bottom:.5rem}"
    "figure svg{max-width:100%;height:auto}"
    "figure table{margin:0;width:100%;font-size:.85rem;line-height:1.3}"
    "figure caption{position:absolute;width:1px;height:1px;overflow:hidden;"
    "clip-path:inset(50%)}"
    "td,th{padding:.15rem .4rem}tbody th{background:none;font-weight:normal}"
    ".n{text-align:right}td.n{white-space:nowrap}"
    "dt{font-weight:bold;margin-top:.4rem}dd{margin:0 0 0 1.5rem}"
    "@media screen and (max-width:50rem){figure,figure.half{grid-template-columns:minmax(0,1fr)}}"
    "@page{size:A4;margin:14mm 15mm}"
    "@media print{h2{font-size:1.1rem;margin:1rem 0 0}"
    "figure{margin:.6rem 0 1rem}"
    "figure{break-inside:avoid}h2+p{break-after:avoid;margin:.2rem 0}"
    "figure table{font-size:.62rem}td,th{padding:.05rem .25rem}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

struct sheet {
    struct store *s;
    const struct sheet_asked *asked;
    struct arena *mem;
    struct buf *out;
    struct regions regions;
    const struct region *area;
    const char *period;
    struct period span;
    int64_t at_ms;
    bool final;
    unsigned figures; /* so far */
};

static const char *word(const struct sheet *h, enum sheet_word w)
{
    return label_in(&sheet_words[w], h->asked->lang);
}

static void put_text(const struct sheet *h, const char *element,
                     const char *text)
{
    buf_printf(h->out, "<%s>", element);
    page_put_escaped(h->out, text);
    buf_printf(h->out, "</%.*s>\n", (int)strcspn(element, " "), element);
}

/* -- where and when ------------------------------------------------------ */

/* "team/a" or "a". */
static bool is_called(const struct region *r, const char *name)
{
    size_t n = strlen(r->layer);

    if (strncmp(name, r->layer, n) == 0 && name[n] == '/')
        name += n + 1;
    return strcmp(r->code, name) == 0;
}

static enum rc find_area(struct sheet *h, struct err *err)
{
    const char *name = h->asked->area;
    const struct region *other = NULL;
    size_t i;

    for (i = 0; i < h->regions.areas_n; i++)
        if (is_called(&h->regions.areas[i], name)) {
            other = h->area;
            h->area = &h->regions.areas[i];
        }
    if (other != NULL)
        return err_set(err, RC_INVALID,
                       "\"%s\" is a code of several layers: say %s/%s or %s/%s",
                       name, other->layer, other->code, h->area->layer,
                       h->area->code);
    if (h->area == NULL)
        return err_set(err, RC_NOTFOUND,
                       "there is no area \"%s\" within the boundaries of %u;"
                       " `stoepd regions` lists them",
                       name, h->regions.year);
    return RC_OK;
}

static enum rc find_all(struct sheet *h, struct err *err)
{
    struct counts_query q = {"signal", NULL, NULL, h->asked->period};
    struct counts_table t;
    enum rc rc = counts_ask(h->s, &q, h->mem, &t, err);

    if (rc != RC_OK)
        return rc;
    h->period = t.period;
    h->at_ms = t.at_ms;
    h->final = t.final;
    if (!period_read(t.period, &h->span))
        return err_set(err, RC_CORRUPT, "\"%s\" is not a period", t.period);
    rc = regions_load(h->s, t.regions, h->mem, &h->regions, err);
    return rc == RC_OK ? find_area(h, err) : rc;
}

/* -- answers -------------------------------------------------------------- */

struct section {
    enum sheet_word title, about;
    const struct question *question;
    const char *type, *field, *by; /* parameters, where it has them */
    const char *sort;              /* by this column */
    const char *of, *part;         /* only of this type and field */
    const char *columns[FIGURE_COLUMNS_MAX];
    bool changed; /* only what surely changed */
    enum figure_table table;
};

#define RESULTS(type_, field_)                                          \
    {                                                                   \
        SHEET_RESULTS, SHEET_RESULTS_ABOUT, &question_results,          \
            .of = (type_), .part = (field_),                            \
            .columns = {"labelName", "count", "shareLow", "shareHigh"}, \
    }

static const struct section sections[] = {
    {SHEET_GLANCE, SHEET_GLANCE_ABOUT, &question_year_accounts,
     .columns = {"measureName", "count", "before"}},
    {SHEET_THEMES, SHEET_THEMES_ABOUT, &question_counts, .type = "signal",
     .field = "themes", .sort = "count", .columns = {"labelName", "count"}},
    {SHEET_CHANGES, SHEET_CHANGES_ABOUT, &question_changes, .type = "signal",
     .field = "themes",
     .columns = {"labelName", "comparedWith", "before", "count", "growthLow",
                 "growthHigh", "changeName"},
     .changed = true, .table = FIGURE_BELOW},
    {SHEET_MOOD, SHEET_MOOD_ABOUT, &question_counts, .type = "conversation",
     .field = "mood", .columns = {"labelName", "count"}},
    {SHEET_NEEDS, SHEET_NEEDS_ABOUT, &question_needs, .by = "theme",
     .sort = "conversations",
     .columns = {"labelName", "conversations", "signals", "initiatives",
                 "matchName"},
     .table = FIGURE_HALF},
    {SHEET_MISSED, SHEET_MISSED_ABOUT, &question_needs,
     .by = "activity-category", .sort = "conversations",
     .columns = {"labelName", "conversations", "activities", "matchName"},
     .table = FIGURE_HALF},
    RESULTS("signal", "status"),
    RESULTS("signal", "destinations"),
    RESULTS("follow-up", "kind"),
    RESULTS("follow-up", "status"),
    RESULTS("follow-up", "resident_informed"),
    {SHEET_COVERAGE, SHEET_COVERAGE_ABOUT, &question_coverages,
     .columns = {"resultName", "count", "shareLow", "shareHigh"}},
};

static enum rc answer(const struct sheet *h, const struct section *c,
                      struct dataset *out, struct err *err)
{
    struct question_asked a = {.store = h->s, .lang = h->asked->lang};
    const struct {
        const char *name, *value;
    } given[] = {{"type", c->type},
                 {"field", c->field},
                 {"by", c->by},
                 {"layer", h->area->layer},
                 {"period", h->period}};
    struct dataset all;
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < countof(given); i++)
        if (given[i].value != NULL)
            rc = question_take(c->question, given[i].name, given[i].value, &a,
                               err);
    if (rc == RC_OK)
        rc = question_answer(c->question, &a, h->mem, &all, err);
    if (rc != RC_OK)
        return rc;
    figure_rows(&all, "area", h->area->code, out);
    if (c->of != NULL) {
        figure_rows(out, "type", c->of, &all);
        figure_rows(&all, "field", c->part, out);
    }
    return RC_OK;
}

/* Rows that say how it changed. */
static void keep_changed(struct dataset *d)
{
    size_t at = dataset_column_named(d, "change"), row, n = 0;

    for (row = 0; row < dataset_rows(d); row++)
        if (strcmp(dataset_cell(d, row, at), "unclear") != 0)
            memmove(&d->cells[d->columns_n * n++],
                    &d->cells[d->columns_n * row],
                    d->columns_n * sizeof *d->cells);
    d->cells_n = n * d->columns_n;
}

static struct figure next_figure(struct sheet *h, const char *title)
{
    struct figure f = {.id = arena_printf(h->mem, "f%u", ++h->figures)};

    f.caption = arena_printf(h->mem, "%s %u. %s, %s, %s", word(h, SHEET_FIGURE),
                             h->figures, title, h->area->name,
                             period_words(&h->span, h->asked->lang, h->mem));
    return f;
}

static enum rc put_section(struct sheet *h, const struct section *c,
                           struct err *err)
{
    struct figure f;
    struct dataset d;
    const char *title = word(h, c->title);
    enum rc rc = answer(h, c, &d, err);

    if (c == sections || c[-1].title != c->title) {
        put_text(h, "h2", title);
        put_text(h, "p", word(h, c->about));
    }
    if (rc == RC_NOTFOUND) {
        put_text(h, "p", word(h, SHEET_NOTHING));
        return RC_OK;
    }
    if (rc != RC_OK)
        return rc;
    if (c->changed)
        keep_changed(&d);
    if (c->sort != NULL)
        figure_sort(&d, c->sort);
    if (dataset_rows(&d) == 0) {
        put_text(h, "p", word(h, SHEET_NO_CHANGE));
        return RC_OK;
    }
    if (c->of != NULL)
        title = dataset_cell(&d, 0, dataset_column_named(&d, "fieldName"));
    f = next_figure(h, title);
    f.question = c->question;
    f.table = c->table;
    memcpy(f.columns, c->columns, sizeof f.columns);
    return figure_put(&f, &d, h->asked->lang, h->out, err);
}

/* -- neighbourhoods and months -------------------------------------------- */

static struct plot_mark mark_of(const struct counts_row *r)
{
    struct plot_mark m = {.lo = (double)NAN, .hi = (double)NAN};

    if (r == NULL)
        return m;
    switch (r->cell.status) {
    case CELL_SMALL:
        m.kind = PLOT_SMALL;
        m.below = r->threshold;
        break;
    case CELL_WITHHELD: m.kind = PLOT_WITHHELD; break;
    case CELL_FREE:
        m.kind = PLOT_TOLD;
        m.v = r->cell.figure;
        break;
    }
    return m;
}

static struct plot plot_of(const struct sheet *h, const struct figure *f,
                           enum sheet_word about)
{
    return (struct plot){.id = f->id,
                         .title = f->caption,
                         .about = word(h, about),
                         .lang = h->asked->lang,
                         .series_n = 1};
}

static enum rc put_map(struct sheet *h, struct err *err)
{
    const char *heads[] = {word(h, SHEET_PLACE), word(h, SHEET_SIGNALS), NULL};
    struct counts_query q = {"signal", NULL, LAYER_NEIGHBOURHOOD, h->period};
    const struct region *a = h->area;
    struct plot_area *areas =
        arena_new(h->mem, (a->places_n + 1) * sizeof *areas);
    struct counts_table t;
    struct figure f;
    struct plot p;
    size_t i;
    enum rc rc = counts_ask(h->s, &q, h->mem, &t, err);

    if (rc != RC_OK)
        return rc;
    put_text(h, "h2", word(h, SHEET_MAP));
    put_text(h, "p", word(h, SHEET_MAP_ABOUT));
    f = next_figure(h, word(h, SHEET_MAP));
    p = plot_of(h, &f, SHEET_MAP_ALT);
    for (i = 0; i < a->places_n; i++) {
        const struct place *one = &h->regions.places[a->places[i]];

        areas[i].outline = one->outline;
        areas[i].mark = mark_of(ask_row(&t, one->code, "", true));
    }
    figure_begin(&f, h->out);
    if (!plot_map(&p, areas, a->places_n, h->out))
        put_text(h, "p", word(h, SHEET_NO_MAP));
    figure_table(&f, heads, h->out);
    for (i = 0; i < a->places_n; i++) {
        const char *cells[] = {
            arena_printf(h->mem, "%zu. %s", i + 1,
                         h->regions.places[a->places[i]].name),
            plot_words(&areas[i].mark, false, h->asked->lang, h->mem)};

        figure_row(heads, cells, h->out);
    }
    figure_end(h->out);
    return RC_OK;
}

/* Every month of the year up to the end of the period. */
static enum rc put_months(struct sheet *h, struct err *err)
{
    const char *heads[] = {word(h, SHEET_MONTH), word(h, SHEET_SIGNALS), NULL};
    struct plot_bar bars[MONTHS_A_YEAR] = {{0}};
    struct period m = {.year = h->span.year, .months = 1};
    struct figure f = next_figure(h, word(h, SHEET_MONTHS));
    struct plot p = plot_of(h, &f, SHEET_MONTHS_ABOUT);
    enum rc rc = RC_OK;

    p.bars = bars;
    for (; rc == RC_OK && m.first < h->span.first + h->span.months; m.first++) {
        struct counts_query q = {"signal", NULL, h->area->layer,
                                 period_text(&m, h->mem)};
        struct counts_table t;

        rc = counts_ask(h->s, &q, h->mem, &t, err);
        if (rc == RC_OK)
            bars[p.bars_n++] = (struct plot_bar){
                .label = label_in(&sheet_months[m.first], h->asked->lang),
                .marks = {mark_of(ask_row(&t, h->area->code, "", true))}};
    }
    if (rc != RC_OK)
        return rc;
    put_text(h, "h2", word(h, SHEET_MONTHS));
    put_text(h, "p", word(h, SHEET_MONTHS_ABOUT));
    figure_begin(&f, h->out);
    plot_line(&p, h->out);
    figure_table(&f, heads, h->out);
    for (m.first = 0; m.first < p.bars_n; m.first++) {
        const char *cells[] = {
            period_words(&m, h->asked->lang, h->mem),
            plot_words(&bars[m.first].marks[0], false, h->asked->lang, h->mem)};

        figure_row(heads, cells, h->out);
    }
    figure_end(h->out);
    return RC_OK;
}

/* -- the page -------------------------------------------------------------- */

static const char *day_of(const struct sheet *h, int64_t at_ms)
{
    struct civil c = civil_of(at_ms / 1000);
    struct period m = {(unsigned)c.year, c.month - 1, 1};

    return arena_printf(h->mem, "%u %s", c.day,
                        period_words(&m, h->asked->lang, h->mem));
}

static void put_head(struct sheet *h)
{
    const char *title =
        arena_printf(h->mem, "%s %s", word(h, SHEET_TITLE), h->area->name);

    page_begin(title, style, h->asked->lang, h->out);
    buf_puts(h->out, "<main>\n");
    put_text(h, "h1", title);
    put_text(
        h, "p class=\"about\"",
        arena_printf(h->mem, "%s: %s (%s). %s: %s %s.", word(h, SHEET_PERIOD),
                     period_words(&h->span, h->asked->lang, h->mem), h->period,
                     word(h, SHEET_AREA), h->area->layer, h->area->code));
    put_text(h, "p class=\"about\"",
             arena_printf(h->mem, "%s %s%s %u.", word(h, SHEET_DECIDED),
                          day_of(h, h->at_ms),
                          word(h, h->final ? SHEET_FINAL : SHEET_NOT_FINAL),
                          h->regions.year));
}

static void put_foot(struct sheet *h)
{
    size_t i;

    put_text(h, "h2", word(h, SHEET_MEANING));
    buf_puts(h->out, "<dl>\n");
    for (i = 0; i < sheet_meanings_n; i++) {
        put_text(h, "dt", label_in(&sheet_meanings[i].what, h->asked->lang));
        put_text(h, "dd", label_in(&sheet_meanings[i].means, h->asked->lang));
    }
    buf_puts(h->out, "</dl>\n");
    put_text(h, "h2", word(h, SHEET_SOURCES));
    put_text(h, "p", word(h, SHEET_SOURCES_ABOUT));
    buf_puts(h->out, "</main>\n");
    page_end(h->out);
}

enum rc sheet_html(struct store *s, const struct sheet_asked *a,
                   struct buf *out, struct err *err)
{
    struct arena mem = {0};
    struct sheet h = {.s = s, .asked = a, .mem = &mem, .out = out};
    size_t i;
    enum rc rc = find_all(&h, err);

    if (rc == RC_OK) {
        put_head(&h);
        rc = put_section(&h, &sections[0], err);
    }
    if (rc == RC_OK)
        rc = put_map(&h, err);
    if (rc == RC_OK)
        rc = put_months(&h, err);
    for (i = 1; rc == RC_OK && i < countof(sections); i++)
        rc = put_section(&h, &sections[i], err);
    if (rc == RC_OK)
        put_foot(&h);
    arena_free(&mem);
    return rc;
}
