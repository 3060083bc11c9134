/* ask: what may be told of what was merged. */
#include <stdio.h>
#include <string.h>

#include "server/access.h"
#include "server/counts.h"
#include "server/question.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"

enum { REST_MAX = QUESTION_PARAMS_MAX + 2 };

struct asked {
    const char *rest[REST_MAX], *lang_text;
    size_t rest_n;
    enum lang lang;
    bool json, csv, svg, renew;
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

/* -- asking ------------------------------------------------------------- */

static void list(const struct asked *o)
{
    const char *heads[] = {"name", "title", "parameters", NULL};
    struct table t;
    size_t i, p;

    table_init(&t, heads);
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];
        struct buf b = buf_make(1024);

        for (p = 0; p < q->params_n; p++)
            buf_printf(&b, "%s%s%s=%s%s", p > 0 ? " " : "",
                       q->params[p].required ? "" : "[", q->params[p].name,
                       q->params[p].example, q->params[p].required ? "" : "]");
        table_put(&t, q->name);
        table_put(&t, label_in(&q->title, o->lang));
        table_put(&t, buf_text(&b));
        buf_free(&b);
    }
    table_print(&t, o->json);
    table_free(&t);
}

static enum rc show(const struct asked *o, const struct question *q,
                    const struct dataset *d, struct err *err)
{
    struct buf b = buf_make(SIZE_MAX);
    enum rc rc = RC_OK;

    if (!o->json && !o->csv && !o->svg)
        dataset_print(d, o->lang);
    if (o->svg)
        rc = question_draw(q, d, q->name, o->lang, &b, err);
    if (o->json)
        dataset_json(d, &b);
    if (o->csv)
        dataset_csv(d, &b);
    if (b.n > 0)
        fwrite(b.p, 1, b.n, stdout);
    buf_free(&b);
    return rc;
}

/* `name=value`, cut in two. */
static enum rc take(const struct question *q, const char *text,
                    struct arena *mem, struct question_asked *a,
                    struct err *err)
{
    const char *eq = strchr(text, '=');

    if (eq == NULL)
        return err_set(err, RC_INVALID, "\"%s\" is not name=value", text);
    return question_take(q, arena_text(mem, text, (size_t)(eq - text)), eq + 1,
                         a, err);
}

static enum rc ask_store(const struct asked *o, const struct question *q,
                         struct store *s, struct arena *mem, struct err *err)
{
    struct question_asked a = {
        .store = s, .lang = o->lang, .now_ms = clock_wall_ms()};
    struct access_line line = {.act = "ask", .on = q->name, .counted = true};
    struct dataset d;
    enum rc rc = RC_OK;
    size_t i;

    for (i = 2; rc == RC_OK && i < o->rest_n; i++)
        rc = take(q, o->rest[i], mem, &a, err);
    if (rc == RC_OK)
        rc = question_answer(q, &a, mem, &d, err);
    if (rc != RC_OK)
        return rc;
    line.hits = dataset_rows(&d);
    rc = access_say(o->rest[0], &line, err);
    return rc == RC_OK ? show(o, q, &d, err) : rc;
}

static enum rc ask(const struct asked *o, struct err *err)
{
    const struct question *q = question_named(o->rest[1]);
    struct arena mem = {0};
    struct store s;
    enum rc rc;

    if (q == NULL)
        return err_set(err, RC_INVALID,
                       "there is no question \"%s\"; `stoepd ask %s` lists"
                       " them",
                       o->rest[1], o->rest[0]);
    rc = store_open(o->rest[0], STORE_READ, NULL, &s, err);
    if (rc != RC_OK)
        return rc;
    rc = ask_store(o, q, &s, &mem, err);
    arena_free(&mem);
    store_close(&s);
    return rc;
}

int verb_ask(int argc, char **argv)
{
    struct asked o = {.lang_text = "nl"};
    struct option_spec spec[] = {{"lang", &o.lang_text, NULL},
                                 {"json", NULL, &o.json},
                                 {"csv", NULL, &o.csv},
                                 {"svg", NULL, &o.svg},
                                 {"renew", NULL, &o.renew}};
    struct err err;
    enum rc rc = RC_OK;

    if (!verb_options(argc, argv, spec, countof(spec), o.rest, REST_MAX,
                      &o.rest_n) ||
        o.rest_n == 0 || (o.renew && o.rest_n > 1) ||
        o.json + o.csv + o.svg > 1)
        return verb_usage(argv[0]);
    o.lang = strcmp(o.lang_text, "en") == 0 ? LANG_EN : LANG_NL;
    if (o.renew)
        rc = renew(o.rest[0], &err);
    else if (o.rest_n == 1)
        list(&o);
    else
        rc = ask(&o, &err);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
