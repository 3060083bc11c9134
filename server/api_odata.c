/* /v1/odata: protected figures as tables of OData 4.0, for Excel and Power BI
 * (server.h). */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/odata_doc.h"
#include "server/odata_rows.h"
#include "server/server.h"
#include "sync/base/text.h"

/* One call on its way: read on the loop, worked out by the asker, answered on
 * the loop. */
struct call {
    struct ask_job job; /* first */
    struct server *server;
    struct httpd_request *r;
    struct visit visit;
    struct httpd_param list[HTTPD_QUERY_MAX];
    size_t list_n;
    const char *root; /* https://HOST/v1/odata/ */
    const char *name; /* of a table; NULL: of all of them */
    size_t most;
    enum lang lang;
    struct arena mem; /* own */
    struct buf body;  /* own */
    uint64_t rows;
    enum rc rc;
    struct err err;
};

/* -- a table ------------------------------------------------------------- */

/* The query of this call with its place in the table moved on. */
static const char *next_link(struct call *c, const struct odata_query *q,
                             const struct odata_page *p)
{
    const char *at = strchr(httpd_target(c->r), '?');
    struct buf b = buf_make(64 * 1024);
    const char *out;
    size_t i;

    buf_printf(&b, "%s%s?", c->root, c->name);
    for (i = 0; at != NULL && i < c->list_n; i++) {
        const char *name = c->list[i].name;
        size_t n = strcspn(++at, "&");

        if (strcmp(name, "$skiptoken") != 0 && strcmp(name, "$skip") != 0 &&
            strcmp(name, "$top") != 0)
            buf_printf(&b, "%.*s&", (int)n, at);
        at += n;
    }
    if (q->top != UINT64_MAX)
        buf_printf(&b, "$top=%" PRIu64 "&", q->top - dataset_rows(&p->rows));
    buf_printf(&b, "$skiptoken=%zu-%zu", p->next.part, p->next.row);
    out = arena_text(&c->mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

/* "#counts_signal(area,count)" */
static const char *context(struct call *c, const struct odata_set *set,
                           const struct odata_query *q)
{
    struct buf b = buf_make(4096);
    const char *out;
    size_t i;

    buf_printf(&b, "%s$metadata#%s", c->root, set->name);
    for (i = 0; i < q->select_n; i++)
        buf_printf(&b, "%s%s", i == 0 ? "(" : ",",
                   set->type->columns[q->select[i]].name);
    buf_puts(&b, q->select_n > 0 ? ")" : "");
    out = arena_text(&c->mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

static void write_page(struct call *c, const struct odata_set *set,
                       const struct odata_query *q, const struct odata_page *p)
{
    json_t *j = json_object();
    char *text;

    if (!q->plain)
        json_object_set_new(j, "@odata.context",
                            json_string(context(c, set, q)));
    if (q->count)
        json_object_set_new(j, "@odata.count",
                            json_integer((json_int_t)p->count));
    if (p->more)
        json_object_set_new(j, "@odata.nextLink",
                            json_string(next_link(c, q, p)));
    text = json_dumps(j, JSON_COMPACT);
    buf_put(&c->body, text, strlen(text) - 1);
    buf_printf(&c->body, "%s\"value\":", json_object_size(j) > 0 ? "," : "");
    dataset_json(&p->rows, &c->body);
    c->body.n--; /* its newline */
    buf_puts(&c->body, "}");
    free(text);
    json_decref(j);
    c->rows = dataset_rows(&p->rows);
}

static enum rc find_set(struct call *c, const struct odata_set *sets, size_t n,
                        const struct odata_set **out, struct err *err)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (strcmp(sets[i].name, c->name) == 0) {
            *out = &sets[i];
            return RC_OK;
        }
    return err_set(err, RC_NOTFOUND, "there is no table \"%s\"; %s lists them",
                   c->name, c->root);
}

static enum rc read_table(struct call *c, struct store *s,
                          const struct odata_set *sets, size_t n,
                          struct err *err)
{
    bool counts = c->visit.endpoint == &endpoints[ENDPOINT_ODATA_COUNT];
    struct question_asked like = {
        .store = s, .lang = c->lang, .now_ms = c->visit.now_ms};
    const struct odata_set *set;
    struct odata_query q;
    struct odata_page p;
    enum rc rc = find_set(c, sets, n, &set, err);

    if (rc == RC_OK)
        rc = odata_query_read(c->list, c->list_n, set->type->columns,
                              set->type->columns_n, &c->mem, &q, err);
    if (rc == RC_OK && counts)
        q = (struct odata_query){.filter = q.filter, .count = true};
    if (rc == RC_OK)
        rc = odata_rows(set, &q, &like, c->most, &c->mem, &p, err);
    if (rc != RC_OK)
        return rc;
    if (counts)
        buf_printf(&c->body, "%" PRIu64, p.count);
    else
        write_page(c, set, &q, &p);
    return RC_OK;
}

/* -- on the asker's thread ----------------------------------------------- */

static void call_run(struct ask_job *job, struct store *s)
{
    struct call *c = (struct call *)job;
    struct odata_set *sets;
    size_t n;

    c->rc = odata_sets(s, c->visit.now_ms, &c->mem, &sets, &n, &c->err);
    if (c->rc != RC_OK)
        return;
    if (c->name != NULL)
        c->rc = read_table(c, s, sets, n, &c->err);
    else if (c->visit.endpoint == &endpoints[ENDPOINT_ODATA_METADATA])
        odata_metadata(sets, n, &c->body);
    else
        odata_service(sets, n, c->root, c->lang, &c->body);
}

/* -- on the loop --------------------------------------------------------- */

static const char *type_of(const struct call *c)
{
    if (c->visit.endpoint == &endpoints[ENDPOINT_ODATA_METADATA])
        return "application/xml";
    if (c->visit.endpoint == &endpoints[ENDPOINT_ODATA_COUNT])
        return "text/plain";
    return "application/json;odata.metadata=minimal;charset=utf-8";
}

static void call_give(void *arg, struct httpd_request *r)
{
    struct call *c = arg;
    struct access_line line = visit_line(&c->visit, r);

    line.on = c->name;
    line.counted = c->name != NULL;
    line.hits = c->rows;
    if (c->rc == RC_OK)
        c->rc = access_note(c->server->access, &line, &c->err);
    if (c->rc != RC_OK) {
        visit_refuse(c->server, r, &c->visit, &c->err);
    } else {
        httpd_header(r, "OData-Version", "4.0");
        httpd_reply(r, 200, type_of(c), buf_view(&c->body));
    }
    buf_free(&c->body);
    arena_free(&c->mem);
    free(c);
}

static void call_done(struct ask_job *job)
{
    struct call *c = (struct call *)job;

    httpd_resume(c->r, call_give, c);
}

/* "Prefer: odata.maxpagesize=100" */
static size_t page_size(struct httpd_request *r)
{
    static const char wish[] = "maxpagesize=";
    const char *prefer = httpd_header_in(r, "prefer");
    const char *at = prefer == NULL ? NULL : strstr(prefer, wish);
    uint64_t n;

    if (at == NULL)
        return ODATA_PAGE_ROWS;
    at += sizeof wish - 1;
    if (!text_take_u64(
            (struct bytes){(const uint8_t *)at, strspn(at, "0123456789")},
            UINT32_MAX, &n) ||
        n == 0 || n > ODATA_PAGE_ROWS)
        return ODATA_PAGE_ROWS;
    return (size_t)n;
}

/* `lang` is our own, and no option of OData. */
static enum rc take_params(struct call *c, struct httpd_request *r,
                           struct err *err)
{
    size_t i;

    if (!httpd_query_list(r, c->list, &c->list_n))
        return err_set(err, RC_INVALID,
                       "what follows the ? is not name=value with & between");
    for (i = 0; i < c->list_n; i++) {
        if (strcmp(c->list[i].name, "lang") != 0)
            continue;
        if (strcmp(c->list[i].value, "en") == 0)
            c->lang = LANG_EN;
        else if (strcmp(c->list[i].value, "nl") != 0)
            return err_set(err, RC_INVALID, "lang is nl or en");
    }
    return RC_OK;
}

static void begin(struct server *s, struct httpd_request *r,
                  enum endpoint_id id, bool table)
{
    struct call *c = mem_new(sizeof *c);
    struct err err;
    enum rc rc;

    *c = (struct call){.job = {.run = call_run, .done = call_done},
                       .server = s,
                       .r = r,
                       .body = buf_make(SIZE_MAX),
                       .most = page_size(r),
                       .name = table ? httpd_segment(r, 0) : NULL,
                       .root =
                           arena_printf(httpd_arena(r), "https://%s/v1/odata/",
                                        httpd_authority(r))};
    rc = endpoint_enter(s, r, id, &c->visit, &err);
    if (rc == RC_OK)
        rc = take_params(c, r, &err);
    if (rc != RC_OK) {
        visit_refuse(s, r, &c->visit, &err);
        buf_free(&c->body);
        free(c);
        return;
    }
    httpd_defer(r);
    rc = asker_submit(s->asker, &c->job, &err);
    if (rc == RC_OK)
        return; /* from here on it is the asker's */
    c->rc = rc;
    c->err = err;
    httpd_resume(r, call_give, c);
}

void api_odata_service(void *ctx, struct httpd_request *r)
{
    begin(ctx, r, ENDPOINT_ODATA, false);
}

void api_odata_metadata(void *ctx, struct httpd_request *r)
{
    begin(ctx, r, ENDPOINT_ODATA_METADATA, false);
}

void api_odata_set(void *ctx, struct httpd_request *r)
{
    begin(ctx, r, ENDPOINT_ODATA_SET, true);
}

void api_odata_count(void *ctx, struct httpd_request *r)
{
    begin(ctx, r, ENDPOINT_ODATA_COUNT, true);
}
