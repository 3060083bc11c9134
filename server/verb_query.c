/* query, signals: what is in the store, for people. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/table.h"
#include "server/verbs.h"
#include "sync/base/text.h"
#include "sync/civil.h"

enum { QUERY_ROWS_MAX = 100000, QUERY_MS_MAX = 30000 };

/* -- query -------------------------------------------------------------- */

static void put_column(struct table *t, struct db_query *q, int i)
{
    struct buf b;

    switch (db_column_kind(q, i)) {
    case DB_NULL: table_put(t, ""); break;
    case DB_INT:
    case DB_REAL:
    case DB_TEXT: table_put(t, db_text_at(q, i)); break;
    case DB_BLOB:
        b = buf_make(1 << 20);
        text_put_hex(&b, db_blob_at(q, i));
        table_put(t, buf_text(&b));
        buf_free(&b);
        break;
    }
}

static enum rc ask(const char *dir, struct store *s, const char *sql, bool json,
                   struct err *err)
{
    const char *heads[TABLE_COLUMNS_MAX + 1] = {NULL};
    struct db_query *q;
    struct table t;
    int i, n;
    enum rc rc;

    db_guard(s->db, (struct db_guard){QUERY_ROWS_MAX, QUERY_MS_MAX});
    rc = db_query_adhoc(s->db, sql, &q, err);
    if (rc != RC_OK)
        return rc;
    n = db_column_count(q);
    n = n > TABLE_COLUMNS_MAX ? TABLE_COLUMNS_MAX : n;
    for (i = 0; i < n; i++)
        heads[i] = db_column_name(q, i);
    table_init(&t, heads);
    while (db_row(q))
        for (i = 0; i < n; i++)
            put_column(&t, q, i);
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = verb_show(dir, "query", &t, json, err);
    table_free(&t);
    return rc;
}

int verb_query(int argc, char **argv)
{
    const char *rest[2];
    bool json = false;
    struct option_spec spec[] = {{"json", NULL, &json}};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 2, &n) || n != 2)
        return verb_usage(argv[0]);
    if (store_open(rest[0], STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    rc = ask(rest[0], &s, rest[1], json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}

/* -- signals ------------------------------------------------------------ */

struct signals {
    const char *area, *theme, *from, *to, *lang;
    bool json;
};

/* How many signals of one area have one theme. */
struct tally {
    uint32_t area;
    const struct shape_choice *theme; /* NULL: none given */
    uint64_t n;
};

struct tallies {
    const struct shape_list *themes;
    struct tally *p; /* own */
    size_t n, cap;
};

static struct tally *tally_for(struct tallies *t, uint32_t area,
                               const struct shape_choice *theme)
{
    size_t i;

    for (i = t->n; i > 0; i--) /* rows come by area: look at the end first */
        if (t->p[i - 1].area == area && t->p[i - 1].theme == theme)
            return &t->p[i - 1];
    if (t->n == t->cap) {
        t->cap = 2 * t->cap + 64;
        t->p = mem_resize(t->p, t->cap * sizeof *t->p);
    }
    t->p[t->n] = (struct tally){.area = area, .theme = theme};
    return &t->p[t->n++];
}

static void count_theme(struct tallies *t, uint32_t area, struct bytes code,
                        const struct signals *o)
{
    const struct shape_choice *c =
        code.n == 0 ? NULL : shape_choice_coded(t->themes, code);
    struct tally *one;

    if (o->theme != NULL && (c == NULL || strcmp(c->code, o->theme) != 0))
        return;
    one = tally_for(t, area, c);
    one->n++;
}

/* The set is a JSON array of codes, which hold no escapes. */
static void count_row(struct tallies *t, uint32_t area, const char *themes,
                      const struct signals *o)
{
    const char *p = themes, *end;
    bool any = false;

    while ((p = strchr(p, '"')) != NULL && (end = strchr(++p, '"')) != NULL) {
        count_theme(t, area,
                    (struct bytes){(const uint8_t *)p, (size_t)(end - p)}, o);
        any = true;
        p = end + 1;
    }
    if (!any)
        count_theme(t, area, (struct bytes){0}, o);
}

/* Where a Dutch day begins or ends, in ms.  When a record was made is what
 * every record has. */
static bool day_ms(const char *day, bool end, int64_t *out)
{
    struct civil c = {0};
    char left;

    if (sscanf(day, "%4d-%2u-%2u%c", &c.year, &c.month, &c.day, &left) != 3 ||
        !civil_valid(&c))
        return false;
    if (end)
        c = civil_date(civil_days(c.year, c.month, c.day) + 1);
    *out = civil_utc(&c) * 1000;
    return true;
}

static enum rc count_signals(struct store *s, const struct signals *o,
                             struct tallies *t, struct err *err)
{
    struct db_query *q;
    uint32_t area = 0;
    int64_t from = 0, to = INT64_MAX;
    enum rc rc;

    if (o->area != NULL) {
        rc = store_area_find(s, o->area, &area, err);
        if (rc != RC_OK)
            return rc;
    }
    if ((o->from != NULL && !day_ms(o->from, false, &from)) ||
        (o->to != NULL && !day_ms(o->to, true, &to)))
        return err_set(err, RC_INVALID, "a day is written 2026-11-23");
    q = db_query(s->db, SQL("SELECT area, themes FROM signal"
                            " WHERE deleted = 0 AND created_ms >= :from"
                            " AND created_ms < :to"
                            " AND (:area = 0 OR area = :area)"
                            " ORDER BY area"));
    db_bind_i64(q, "from", from);
    db_bind_i64(q, "to", to);
    db_bind_i64(q, "area", area);
    while (db_row(q))
        count_row(t, (uint32_t)db_i64(q, "area"), db_text(q, "themes"), o);
    return db_done(q, err);
}

static int by_area_then_theme(const void *x, const void *y)
{
    const struct tally *a = x, *b = y;

    if (a->area != b->area)
        return a->area < b->area ? -1 : 1;
    if (a->n != b->n)
        return a->n > b->n ? -1 : 1;
    return a->theme < b->theme ? -1 : a->theme > b->theme;
}

static enum rc print_signals(const char *dir, struct store *s,
                             const struct signals *o, struct tallies *t,
                             struct err *err)
{
    static const char *const nl[] = {"gebied", "thema", "#signalen", NULL};
    static const char *const en[] = {"area", "theme", "#signals", NULL};
    enum lang lang = strcmp(o->lang, "en") == 0 ? LANG_EN : LANG_NL;
    struct arena mem = {0};
    struct area_info *areas;
    struct table table;
    size_t n, i, k;
    enum rc rc = store_areas(s, &mem, &areas, &n, err);

    if (rc != RC_OK)
        return rc;
    if (t->n > 0)
        qsort(t->p, t->n, sizeof *t->p, by_area_then_theme);
    table_init(&table, lang == LANG_EN ? en : nl);
    for (i = 0; i < t->n; i++) {
        const struct tally *one = &t->p[i];

        for (k = 0; k < n && areas[k].number != one->area; k++)
            ;
        table_put(&table, k == n
                              ? "?"
                              : arena_text(&mem, (const char *)areas[k].name.p,
                                           areas[k].name.n));
        table_put(&table, one->theme == NULL
                              ? "-"
                              : label_in(&one->theme->label, lang));
        table_printf(&table, "%" PRIu64, one->n);
    }
    rc = verb_show(dir, "signals", &table, o->json, err);
    table_free(&table);
    arena_free(&mem);
    return rc;
}

static const struct shape_list *theme_list(const struct shape *shape)
{
    const struct shape_type *t = shape_type_named(shape, bytes_of("signal"));
    const struct shape_field *f =
        t == NULL ? NULL : shape_field_named(t, bytes_of("themes"));

    return f == NULL ? NULL : f->list;
}

int verb_signals(int argc, char **argv)
{
    const char *dir;
    struct signals o = {.lang = "nl"};
    struct option_spec spec[] = {
        {"area", &o.area, NULL}, {"theme", &o.theme, NULL},
        {"from", &o.from, NULL}, {"to", &o.to, NULL},
        {"lang", &o.lang, NULL}, {"json", NULL, &o.json}};
    struct tallies t = {0};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc = RC_OK;

    if (!verb_options(argc, argv, spec, countof(spec), &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    if (store_open(dir, STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    t.themes = theme_list(s.shape);
    if (t.themes == NULL)
        rc = err_set(&err, RC_NOTFOUND,
                     "the record types in force know no signals with themes");
    else if (o.theme != NULL &&
             shape_choice_coded(t.themes, bytes_of(o.theme)) == NULL)
        rc = err_set(&err, RC_INVALID, "there is no theme \"%s\"", o.theme);
    if (rc == RC_OK)
        rc = count_signals(&s, &o, &t, &err);
    if (rc == RC_OK)
        rc = print_signals(dir, &s, &o, &t, &err);
    free(t.p);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
