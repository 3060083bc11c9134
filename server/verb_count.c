/* count: what may be told of what was merged. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/access.h"
#include "server/counts.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/sys/clock.h"

struct asked {
    const char *dir, *of, *by, *period, *lang;
    bool json, csv, renew;
};

/* -- renewing ----------------------------------------------------------- */

static enum rc write_now(void *ctx, counts_write *what, void *arg,
                         struct err *err)
{
    struct store *s = ctx;
    enum rc rc = db_begin(s->db, err);

    return rc == RC_OK ? db_end(s->db, what(s, arg, err), err) : rc;
}

static enum rc renew(const char *dir, struct err *err)
{
    struct counts_renewed done = {0};
    struct counts_writer to = {.write = write_now};
    struct disclosure_stop go_on = {0};
    struct store s;
    enum rc rc = store_open(dir, STORE_WRITE, NULL, &s, err);

    if (rc != RC_OK)
        return rc;
    to.ctx = &s;
    rc = counts_renew(&s, &to, clock_wall_ms(), &go_on, &done, err);
    store_close(&s);
    rc = verb_note(dir, "count.renew", NULL, rc, err);
    if (rc == RC_OK)
        printf("%zu areas counted anew, %zu years decided: %zu figures told,"
               " %zu small, %zu withheld\n",
               done.areas, done.states, done.stats.free, done.stats.small,
               done.stats.withheld);
    return rc;
}

/* -- showing ------------------------------------------------------------- */

/* For people: what there is to see, in their language. */
static void fill_text(const struct counts_table *c, enum lang lang,
                      struct table *t)
{
    static const char *const words[2][6] = {
        {"gebied", "naam", "code", "keuze", "#aantal", "status"},
        {"area", "name", "code", "label", "#count", "status"}};
    static const char *const all[2] = {"alles", "all"};
    static const char *const none[2] = {"niet ingevuld", "not filled in"};
    const char *heads[7];
    size_t n = 0, i, l = lang == LANG_EN;

    for (i = 0; i < 6; i++)
        if ((i > 1 || c->layer != NULL) && (i < 2 || i > 3 || c->field != NULL))
            heads[n++] = words[l][i];
    heads[n] = NULL;
    table_init(t, heads);
    for (i = 0; i < c->rows_n; i++) {
        const struct counts_row *r = &c->rows[i];

        if (c->layer != NULL) {
            table_put(t, r->area);
            table_put(t, r->area_name);
        }
        if (c->field != NULL) {
            table_put(t, r->label);
            table_put(t, r->all                ? all[l]
                         : r->label[0] == '\0' ? none[l]
                         : r->label_name == NULL
                             ? r->label
                             : label_in(r->label_name, lang));
        }
        switch (r->cell.status) {
        case CELL_FREE: table_printf(t, "%" PRIu32, r->cell.figure); break;
        case CELL_SMALL: table_printf(t, "0-%u", r->threshold - 1); break;
        case CELL_WITHHELD: table_put(t, "."); break;
        }
        table_printf(t, "%c", cell_status_letter(r->cell.status));
    }
}

/* For programs: always the same columns. */
static void fill_all(const struct counts_table *c, enum lang lang,
                     struct table *t)
{
    static const char *const heads[] = {"type",      "period", "layer",  "area",
                                        "area_name", "field",  "label",  "name",
                                        "#count",    "#below", "status", NULL};
    size_t i;

    table_init(t, heads);
    for (i = 0; i < c->rows_n; i++) {
        const struct counts_row *r = &c->rows[i];

        table_put(t, c->type->name);
        table_put(t, c->period);
        table_put(t, c->layer == NULL ? "" : c->layer);
        table_put(t, r->area);
        table_put(t, r->area_name);
        table_put(t, r->all ? "" : c->field->name);
        table_put(t, r->label);
        table_put(t,
                  r->label_name == NULL ? "" : label_in(r->label_name, lang));
        if (r->cell.status == CELL_FREE)
            table_printf(t, "%" PRIu32, r->cell.figure);
        else
            table_put(t, "");
        if (r->cell.status == CELL_SMALL)
            table_printf(t, "%u", r->threshold);
        else
            table_put(t, "");
        table_printf(t, "%c", cell_status_letter(r->cell.status));
    }
}

static enum rc show(const struct asked *o, const struct counts_table *c,
                    struct err *err)
{
    enum lang lang = strcmp(o->lang, "en") == 0 ? LANG_EN : LANG_NL;
    struct arena mem = {0};
    struct access_line line = {.act = "count",
                               .type = c->type->name,
                               .on = arena_printf(&mem, "%s %s",
                                                  o->by == NULL ? "all" : o->by,
                                                  c->period),
                               .counted = true,
                               .hits = c->rows_n};
    struct table t;
    enum rc rc = access_say(o->dir, &line, err);

    if (rc == RC_OK) {
        if (o->json || o->csv)
            fill_all(c, lang, &t);
        else
            fill_text(c, lang, &t);
        if (o->csv)
            table_csv(&t);
        else
            table_print(&t, o->json);
        table_free(&t);
    }
    arena_free(&mem);
    return rc;
}

/* `--by themes,district`: one is a field and one a layer, in either order. */
static enum rc read_by(const struct shape *shape, const struct asked *o,
                       struct arena *mem, struct counts_query *q,
                       struct err *err)
{
    struct count_kind *kinds;
    const struct count_kind *kind;
    char *by, *rest, *one;
    size_t n;
    enum rc rc;

    q->type = o->of;
    q->period = o->period;
    counts_kinds(shape, mem, &kinds, &n);
    rc = counts_kind_named(kinds, n, o->of, &kind, err);
    if (rc != RC_OK || o->by == NULL)
        return rc;
    by = arena_text(mem, o->by, strlen(o->by));
    for (one = strtok_r(by, ",", &rest); one != NULL;
         one = strtok_r(NULL, ",", &rest)) {
        const char **at =
            counts_field_named(kind, one) != NULL ? &q->field : &q->layer;

        if (*at != NULL)
            return err_set(err, RC_INVALID,
                           "by %s and %s: a count is by one field and one layer"
                           " at most",
                           *at, one);
        *at = one;
    }
    return RC_OK;
}

static enum rc ask(const struct asked *o, struct err *err)
{
    struct arena mem = {0};
    struct counts_query q = {0};
    struct counts_table c;
    struct store s;
    enum rc rc = store_open(o->dir, STORE_READ, NULL, &s, err);

    if (rc != RC_OK)
        return rc;
    rc = read_by(s.shape, o, &mem, &q, err);
    if (rc == RC_OK)
        rc = counts_ask(&s, &q, &mem, &c, err);
    if (rc == RC_OK)
        rc = show(o, &c, err);
    arena_free(&mem);
    store_close(&s);
    return rc;
}

int verb_count(int argc, char **argv)
{
    struct asked o = {.lang = "nl"};
    struct option_spec spec[] = {
        {"of", &o.of, NULL},         {"by", &o.by, NULL},
        {"period", &o.period, NULL}, {"lang", &o.lang, NULL},
        {"json", NULL, &o.json},     {"csv", NULL, &o.csv},
        {"renew", NULL, &o.renew}};
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, countof(spec), &o.dir, 1, &n) ||
        n != 1 || o.renew == (o.of != NULL) || (o.json && o.csv))
        return verb_usage(argv[0]);
    rc = o.renew ? renew(o.dir, &err) : ask(&o, &err);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
