/* /v1/NAME of each question (server.h). */
#include "server/api_ask.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/accept.h"
#include "server/access_file.h"
#include "server/csvw.h"
#include "server/dataset_geo.h"
#include "sync/base/text.h"

enum way { WAY_JSON, WAY_CSV, WAY_GEOJSON, WAY_SVG, WAYS_N };
static const char *const types[WAYS_N] = {
    [WAY_JSON] = "application/json",
    [WAY_CSV] = "text/csv",
    [WAY_GEOJSON] = "application/geo+json",
    [WAY_SVG] = "image/svg+xml",
};

#define CRS84 "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

/* -- pages --------------------------------------------------------------- */

enum rc page_cut(struct page *p, struct dataset *d, struct err *err)
{
    p->total = dataset_rows(d);
    p->last = p->total == 0 ? 1 : (p->total + p->limit - 1) / p->limit;
    if (p->number > p->last)
        return err_set(err, RC_NOTFOUND,
                       "there is no page %zu; the last one is %zu", p->number,
                       p->last);
    p->first = (p->number - 1) * p->limit;
    p->rows = p->total - p->first < p->limit ? p->total - p->first : p->limit;
    d->cells += p->first * d->columns_n;
    d->cells_n = p->rows * d->columns_n;
    return RC_OK;
}

const char *page_href(struct httpd_request *r, size_t number)
{
    const char *target = httpd_target(r), *query = strchr(target, '?');
    struct buf b = buf_make(64 * 1024);
    const char *out, *at;

    buf_printf(&b, "%s?", httpd_path(r));
    for (at = query == NULL ? "" : query + 1; *at != '\0';) {
        size_t n = strcspn(at, "&");

        if (n > 0 && strncmp(at, "page=", 5) != 0)
            buf_printf(&b, "%.*s&", (int)n, at);
        at += n;
        at += *at == '&';
    }
    buf_printf(&b, "page=%zu", number);
    out = arena_text(httpd_arena(r), (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

/* -- parameters ---------------------------------------------------------- */

static enum rc take_count(const char *name, const char *text, uint64_t most,
                          size_t *out, struct err *err)
{
    uint64_t n;

    if (!text_take_u64(bytes_of(text), most, &n) || n == 0)
        return err_set(err, RC_INVALID,
                       "%s: \"%s\" is no number from 1 to %llu", name, text,
                       (unsigned long long)most);
    *out = (size_t)n;
    return RC_OK;
}

static enum rc take_lang(const char *text, enum lang *out, struct err *err)
{
    bool en = strcmp(text, "en") == 0;

    if (!en && strcmp(text, "nl") != 0)
        return err_set(err, RC_INVALID, "lang: \"%s\" is not nl or en", text);
    *out = en ? LANG_EN : LANG_NL;
    return RC_OK;
}

static enum rc take_picture(const char *text, bool *map, struct err *err)
{
    *map = strcmp(text, "map") == 0;
    return *map || strcmp(text, "bars") == 0
               ? RC_OK
               : err_set(err, RC_INVALID, "picture: \"%s\" is not bars or map",
                         text);
}

static enum rc take_param(struct ask *a, const struct httpd_param *p,
                          struct err *err)
{
    char text[ERR_TEXT_BYTES];
    enum rc rc;

    if (strcmp(p->name, "limit") == 0)
        return take_count("limit", p->value, PAGE_ROWS_MAX, &a->page.limit,
                          err);
    if (strcmp(p->name, "page") == 0)
        return take_count("page", p->value, UINT32_MAX, &a->page.number, err);
    if (strcmp(p->name, "picture") == 0)
        return take_picture(p->value, &a->map, err);
    if (strcmp(p->name, "lang") == 0)
        return take_lang(p->value, &a->asked.lang, err);
    rc = question_take(a->question, p->name, p->value, &a->asked, err);
    if (rc != RC_OK) {
        snprintf(text, sizeof text, "%s", err->text);
        return err_set(err, rc, "%s (and lang, limit, page and picture)", text);
    }
    return RC_OK;
}

enum rc ask_take(struct httpd_request *r, struct ask *a, struct err *err)
{
    struct httpd_param list[HTTPD_QUERY_MAX];
    size_t n, i;
    enum rc rc = RC_OK;

    a->page = (struct page){.limit = PAGE_ROWS_MAX, .number = 1};
    if (!httpd_query_list(r, list, &n))
        return err_set(err, RC_INVALID,
                       "what follows the ? is not name=value with & between");
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = take_param(a, &list[i], err);
    return rc;
}

/* "/v1/counts", "/v1/counts-metadata.json": the routes name questions alone. */
const struct question *ask_question(struct httpd_request *r, const char *after)
{
    const char *name = httpd_path(r) + sizeof "/v1/" - 1;

    return question_named(
        arena_text(httpd_arena(r), name, strlen(name) - strlen(after)));
}

static const char *metadata_href(struct httpd_request *r)
{
    const char *query = strchr(httpd_target(r), '?');

    return arena_printf(httpd_arena(r), "%s" CSVW_SUFFIX "%s", httpd_path(r),
                        query == NULL ? "" : query);
}

/* -- the answer ---------------------------------------------------------- */

/* One on its way: read on the loop, worked out by the asker, answered on the
 * loop. */
struct answer {
    struct ask_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
    struct ask ask;
    enum way way;
    struct arena mem; /* own */
    struct buf body;  /* own */
    size_t rows;
    const char *self, *metadata, *next; /* addresses; next: NULL on the last
                                           page */
    bool no_place;                      /* nothing of it is on a map */
    enum rc rc;
    struct err err;
};

static json_t *link_to(const char *href)
{
    return json_pack("{s:s}", "href", href);
}

/* What is said of the rows beside them. */
static json_t *head_json(const struct answer *w, const struct dataset *d)
{
    char at[ACCESS_TIME_BYTES];
    const struct ask *a = &w->ask;
    const struct page *p = &a->page;
    json_t *links = json_pack("{s:o, s:o}", "self", link_to(w->self),
                              "describedby", link_to(w->metadata));

    if (w->next != NULL)
        json_object_set_new(links, "next", link_to(w->next));
    return json_pack(
        "{s:s, s:s, s:s?, s:o, s:o, s:b, s:I, s:I, s:I, s:o}", "question",
        a->question->name, "title",
        label_in(&a->question->title, a->asked.lang), "layer", d->layer,
        "boundaryYear",
        d->regions == 0 ? json_null() : json_integer(d->regions), "decidedAt",
        d->at_ms == 0 ? json_null()
                      : json_string(access_time((uint64_t)d->at_ms, at)),
        "final", d->final, "total", (json_int_t)p->total, "page",
        (json_int_t)p->number, "pages", (json_int_t)p->last, "_links", links);
}

/* The members of a JSON object, each with a comma after it. */
static void put_members(json_t *j, struct buf *out)
{
    char *text = json_dumps(j, JSON_COMPACT);

    buf_put(out, text + 1, strlen(text) - 2);
    buf_puts(out, ",");
    free(text);
    json_decref(j);
}

static enum rc write_map(struct answer *w, struct store *s,
                         const struct dataset *d, struct err *err)
{
    struct regions regions = {0};
    struct buf head = buf_make(SIZE_MAX);
    enum rc rc = RC_OK;

    if (d->layer != NULL)
        rc = regions_load(s, d->regions, &w->mem, &regions, err);
    if (rc == RC_OK) {
        put_members(head_json(w, d), &head);
        w->no_place =
            dataset_geojson(d, &regions, buf_text(&head), &w->body) == 0;
    }
    buf_free(&head);
    return rc;
}

static enum rc write_picture(struct answer *w, struct store *s,
                             const struct dataset *d, struct err *err)
{
    const struct question *q = w->ask.question;
    struct regions regions = {0};
    enum rc rc = RC_OK;

    if (!w->ask.map)
        return question_draw(q, d, q->name, w->ask.asked.lang, &w->body, err);
    if (d->layer != NULL)
        rc = regions_load(s, d->regions, &w->mem, &regions, err);
    return rc == RC_OK ? question_map(q, d, &regions, q->name,
                                      w->ask.asked.lang, &w->body, err)
                       : rc;
}

static enum rc write_answer(struct answer *w, struct store *s,
                            const struct dataset *d, struct err *err)
{
    switch (w->way) {
    case WAY_GEOJSON: return write_map(w, s, d, err);
    case WAY_SVG: return write_picture(w, s, d, err);
    case WAY_CSV: dataset_csv(d, &w->body); break;
    case WAY_JSON:
    case WAYS_N:
        buf_puts(&w->body, "{");
        put_members(head_json(w, d), &w->body);
        buf_puts(&w->body, "\"rows\":");
        dataset_json(d, &w->body);
        w->body.n--; /* its newline */
        buf_puts(&w->body, "}\n");
    }
    return RC_OK;
}

static void answer_run(struct ask_job *job, struct store *s)
{
    struct answer *w = (struct answer *)job;
    struct dataset d;

    w->ask.asked.store = s;
    w->ask.asked.now_ms = w->visit.now_ms;
    w->rc =
        question_answer(w->ask.question, &w->ask.asked, &w->mem, &d, &w->err);
    if (w->rc == RC_OK) {
        w->rows = dataset_rows(&d);
        w->rc = page_cut(&w->ask.page, &d, &w->err);
    }
    if (w->rc != RC_OK)
        return;
    if (w->ask.page.number >= w->ask.page.last)
        w->next = NULL;
    w->rc = write_answer(w, s, &d, &w->err);
}

/* -- on the loop --------------------------------------------------------- */

static void not_acceptable(struct httpd_request *r, const char *why)
{
    httpd_header(r, "Vary", "Accept");
    httpd_problem(r, 406, "Not acceptable", why);
}

static void put_headers(const struct answer *w, struct httpd_request *r)
{
    struct arena *mem = httpd_arena(r);

    httpd_header(r, "Vary", "Accept");
    httpd_header(r, "Content-Language",
                 w->ask.asked.lang == LANG_EN ? "en" : "nl");
    httpd_header(r, "Link",
                 arena_printf(mem,
                              "<%s>; rel=\"describedby\";"
                              " type=\"application/csvm+json\"",
                              w->metadata));
    if (w->next != NULL)
        httpd_header(r, "Link",
                     arena_printf(mem, "<%s>; rel=\"next\"", w->next));
    if (w->way == WAY_GEOJSON)
        httpd_header(r, "Content-Crs", "<" CRS84 ">");
}

/* Nothing is given out that is not in the access log. */
static enum rc note(struct answer *w, struct httpd_request *r)
{
    struct access_line line = visit_line(&w->visit, r);

    line.on = w->ask.question->name;
    line.counted = true;
    line.hits = w->rows;
    return access_note(w->server->access, &line, &w->err);
}

static void answer_give(void *arg, struct httpd_request *r)
{
    struct answer *w = arg;

    if (w->rc == RC_OK)
        w->rc = note(w, r);
    if (w->rc != RC_OK) {
        visit_refuse(w->server, r, &w->visit, &w->err);
    } else if (w->no_place) {
        not_acceptable(r, "These rows have no place on a map: ask by a layer"
                          " of areas with outlines, or for application/json"
                          " or text/csv.");
    } else {
        put_headers(w, r);
        httpd_reply(r, 200,
                    w->way == WAY_CSV
                        ? "text/csv; charset=utf-8; header=present"
                        : types[w->way],
                    buf_view(&w->body));
    }
    buf_free(&w->body);
    arena_free(&w->mem);
    free(w);
}

static void answer_done(struct ask_job *job)
{
    struct answer *w = (struct answer *)job;

    httpd_resume(w->r, answer_give, w);
}

static void begin(struct server *s, struct httpd_request *r,
                  const struct visit *v, const struct ask *a, enum way way)
{
    struct answer *w = mem_new(sizeof *w);
    struct err err;
    enum rc rc;

    *w = (struct answer){.job = {.run = answer_run, .done = answer_done},
                         .server = s,
                         .r = r,
                         .visit = *v,
                         .ask = *a,
                         .way = way,
                         .body = buf_make(SIZE_MAX),
                         .self = httpd_target(r),
                         .metadata = metadata_href(r),
                         .next = page_href(r, a->page.number + 1)};
    httpd_defer(r);
    rc = asker_submit(s->asker, &w->job, &err);
    if (rc == RC_OK)
        return; /* from here on it is the asker's */
    w->rc = rc;
    w->err = err;
    httpd_resume(r, answer_give, w);
}

void api_ask(void *ctx, struct httpd_request *r)
{
    size_t way = accept_choose(httpd_header_in(r, "accept"), types, WAYS_N);
    const char *crs = httpd_header_in(r, "accept-crs");
    struct ask a = {.question = ask_question(r, "")};
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(ctx, r, ENDPOINT_ASK, &v, &err);

    if (rc == RC_OK)
        rc = ask_take(r, &a, &err);
    if (way == WAY_GEOJSON && a.page.limit > PAGE_FEATURES_MAX)
        a.page.limit = PAGE_FEATURES_MAX;
    if (rc != RC_OK)
        visit_refuse(ctx, r, &v, &err);
    else if (way == WAYS_N)
        not_acceptable(r, "This can be had as application/json, text/csv,"
                          " application/geo+json or image/svg+xml.");
    else if (way == WAY_GEOJSON && crs != NULL && strstr(crs, CRS84) == NULL)
        not_acceptable(r, "Coordinates are given in " CRS84 " alone.");
    else
        begin(ctx, r, &v, &a, (enum way)way);
}
