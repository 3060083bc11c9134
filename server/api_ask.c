/* /v1/questions, /v1/NAME of each question (server.h). */
#include "server/api_ask.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/accept.h"
#include "server/access_file.h"
#include "server/csvw.h"
#include "server/dataset_geo.h"
#include "sync/base/text.h"

enum way { WAY_JSON, WAY_CSV, WAY_GEOJSON, WAYS_N };
static const char *const types[WAYS_N] = {
    [WAY_JSON] = "application/json",
    [WAY_CSV] = "text/csv",
    [WAY_GEOJSON] = "application/geo+json",
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
    if (strcmp(p->name, "lang") == 0)
        return take_lang(p->value, &a->asked.lang, err);
    rc = question_take(a->question, p->name, p->value, &a->asked, err);
    if (rc != RC_OK) {
        snprintf(text, sizeof text, "%s", err->text);
        return err_set(err, rc, "%s (and lang, limit and page)", text);
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

enum rc ask_answer(struct server *srv, struct httpd_request *r,
                   const struct visit *v, struct ask *a, struct dataset *out,
                   struct err *err)
{
    struct access_line line = visit_line(v, r);
    enum rc rc;

    a->asked.store = server_store(srv, r);
    a->asked.now_ms = v->now_ms;
    rc = question_answer(a->question, &a->asked, httpd_arena(r), out, err);
    if (rc != RC_OK)
        return rc;
    line.on = a->question->name;
    line.counted = true;
    line.hits = dataset_rows(out);
    return access_note(srv->access, &line, err);
}

/* -- the answer ---------------------------------------------------------- */

static json_t *link_to(const char *href)
{
    return json_pack("{s:s}", "href", href);
}

static const char *metadata_href(struct httpd_request *r)
{
    const char *query = strchr(httpd_target(r), '?');

    return arena_printf(httpd_arena(r), "%s" CSVW_SUFFIX "%s", httpd_path(r),
                        query == NULL ? "" : query);
}

/* What is said of the rows beside them. */
static json_t *head_json(struct httpd_request *r, const struct ask *a,
                         const struct dataset *d)
{
    char at[ACCESS_TIME_BYTES];
    const struct page *p = &a->page;
    json_t *links = json_pack("{s:o, s:o}", "self", link_to(httpd_target(r)),
                              "describedby", link_to(metadata_href(r)));

    if (p->number < p->last)
        json_object_set_new(links, "next",
                            link_to(page_href(r, p->number + 1)));
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

static void put_headers(struct httpd_request *r, const struct ask *a)
{
    struct arena *mem = httpd_arena(r);
    const struct page *p = &a->page;

    httpd_header(r, "Vary", "Accept");
    httpd_header(r, "Content-Language", a->asked.lang == LANG_EN ? "en" : "nl");
    httpd_header(r, "Link",
                 arena_printf(mem,
                              "<%s>; rel=\"describedby\";"
                              " type=\"application/csvm+json\"",
                              metadata_href(r)));
    if (p->number < p->last)
        httpd_header(r, "Link",
                     arena_printf(mem, "<%s>; rel=\"next\"",
                                  page_href(r, p->number + 1)));
}

static void not_acceptable(struct httpd_request *r, const char *why)
{
    httpd_header(r, "Vary", "Accept");
    httpd_problem(r, 406, "Not acceptable", why);
}

static void reply_geo(struct server *srv, struct httpd_request *r,
                      const struct ask *a, const struct dataset *d,
                      struct buf *out)
{
    struct regions regions = {0};
    struct buf head = buf_make(SIZE_MAX);
    struct err err;
    enum rc rc;

    rc = d->layer == NULL ? RC_OK
                          : regions_load(server_store(srv, r), d->regions,
                                         httpd_arena(r), &regions, &err);
    if (rc != RC_OK) {
        server_problem(r, &err);
        return;
    }
    put_members(head_json(r, a, d), &head);
    if (dataset_geojson(d, &regions, buf_text(&head), out) == 0) {
        not_acceptable(r, "These rows have no place on a map: ask by a layer"
                          " of areas with outlines, or for application/json"
                          " or text/csv.");
    } else {
        put_headers(r, a);
        httpd_header(r, "Content-Crs", "<" CRS84 ">");
        httpd_reply(r, 200, types[WAY_GEOJSON], buf_view(out));
    }
    buf_free(&head);
}

static void reply(struct server *srv, struct httpd_request *r, enum way way,
                  const struct ask *a, const struct dataset *d)
{
    struct buf out = buf_make(SIZE_MAX);

    switch (way) {
    case WAY_GEOJSON: reply_geo(srv, r, a, d, &out); break;
    case WAY_CSV:
        dataset_csv(d, &out);
        put_headers(r, a);
        httpd_reply(r, 200, "text/csv; charset=utf-8; header=present",
                    buf_view(&out));
        break;
    case WAY_JSON:
    case WAYS_N:
        buf_puts(&out, "{");
        put_members(head_json(r, a, d), &out);
        buf_puts(&out, "\"rows\":");
        dataset_json(d, &out);
        out.n--; /* its newline */
        buf_puts(&out, "}\n");
        put_headers(r, a);
        httpd_reply(r, 200, types[WAY_JSON], buf_view(&out));
    }
    buf_free(&out);
}

/* "/v1/counts", "/v1/counts-metadata.json": the routes name questions alone. */
static const struct question *question_of(struct httpd_request *r,
                                          const char *after)
{
    const char *name = httpd_path(r) + sizeof "/v1/" - 1;

    return question_named(
        arena_text(httpd_arena(r), name, strlen(name) - strlen(after)));
}

void api_ask(void *ctx, struct httpd_request *r)
{
    size_t way = accept_choose(httpd_header_in(r, "accept"), types, WAYS_N);
    const char *crs = httpd_header_in(r, "accept-crs");
    struct ask a = {.question = question_of(r, "")};
    struct dataset d;
    struct visit v;
    struct err err;
    enum rc rc = endpoint_enter(ctx, r, ENDPOINT_ASK, &v, &err);

    if (rc == RC_OK)
        rc = ask_take(r, &a, &err);
    if (rc == RC_OK && way == WAY_GEOJSON && a.page.limit > PAGE_FEATURES_MAX)
        a.page.limit = PAGE_FEATURES_MAX;
    if (rc == RC_OK)
        rc = ask_answer(ctx, r, &v, &a, &d, &err);
    if (rc == RC_OK)
        rc = page_cut(&a.page, &d, &err);
    if (rc != RC_OK)
        visit_refuse(ctx, r, &v, &err);
    else if (way == WAYS_N)
        not_acceptable(r, "This can be had as application/json, text/csv or"
                          " application/geo+json.");
    else if (way == WAY_GEOJSON && crs != NULL && strstr(crs, CRS84) == NULL)
        not_acceptable(r, "Coordinates are given in " CRS84 " alone.");
    else
        reply(ctx, r, (enum way)way, &a, &d);
}

/* -- what can be asked --------------------------------------------------- */

void api_columns(void *ctx, struct httpd_request *r)
{
    const struct question *q = question_of(r, CSVW_SUFFIX);
    const char *query = strchr(httpd_target(r), '?');
    const char *said = httpd_query(r, "lang");
    struct buf b = buf_make(SIZE_MAX);
    enum lang lang = LANG_NL;
    struct dataset d;
    struct visit v;
    struct err err;

    if (endpoint_enter(ctx, r, ENDPOINT_COLUMNS, &v, &err) != RC_OK) {
        server_problem(r, &err);
        return;
    }
    if (said != NULL && strcmp(said, "en") == 0)
        lang = LANG_EN;
    dataset_begin(&d, q->columns, q->columns_n, httpd_arena(r));
    csvw_metadata(
        &d,
        &(struct csvw){.url = arena_printf(httpd_arena(r), "%s%s", q->name,
                                           query == NULL ? "" : query),
                       .title = q->title,
                       .about = q->about,
                       .lang = lang},
        &b);
    httpd_reply(r, 200, "application/csvm+json", buf_view(&b));
    buf_free(&b);
}

static json_t *params_json(const struct question *q)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < q->params_n; i++) {
        const struct question_param *p = &q->params[i];

        json_array_append_new(
            list, json_pack("{s:s, s:{s:s, s:s}, s:s, s:b}", "name", p->name,
                            "title", "nl", p->title.nl, "en", p->title.en,
                            "example", p->example, "required", p->required));
    }
    return list;
}

void api_questions(void *ctx, struct httpd_request *r)
{
    struct server *s = ctx;
    json_t *list = json_array(), *j;
    struct access_line line;
    struct visit v;
    struct err err;
    size_t i;
    char *text;
    enum rc rc = endpoint_enter(s, r, ENDPOINT_QUESTIONS, &v, &err);

    line = visit_line(&v, r);
    if (rc == RC_OK)
        rc = access_note(s->access, &line, &err);
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];

        json_array_append_new(
            list, json_pack("{s:s, s:{s:s, s:s}, s:{s:s, s:s}, s:o, s:o}",
                            "name", q->name, "title", "nl", q->title.nl, "en",
                            q->title.en, "about", "nl", q->about.nl, "en",
                            q->about.en, "parameters", params_json(q), "_links",
                            json_pack("{s:{s:s+}, s:{s:s++}}", "self", "href",
                                      "/v1/", q->name, "describedby", "href",
                                      "/v1/", q->name, "-metadata.json")));
    }
    j = json_pack("{s:o}", "questions", list);
    text = json_dumps(j, JSON_COMPACT);
    if (rc == RC_OK)
        httpd_reply(r, 200, "application/json", bytes_of(text));
    else
        visit_refuse(s, r, &v, &err);
    free(text);
    json_decref(j);
}
