#include "server/openapi.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/openapi_schema.h"
#include "server/search.h"
#include "server/server.h"
#include "sync/sys/httpd.h"

#define JSON    "application/json"
#define PROBLEM "application/problem+json"

/* What the table of calls does not say.  Calls outside of /v1 are not part of
 * the interface. */
static const struct said {
    const char *title;
    const char *segments[2]; /* what each `*` of the path is */
    const char *body;        /* media type of what is sent */
    int status;
    const char *type, *schema; /* media type of the answer; of JSON, its name */
} said[ENDPOINTS_N] = {
    [ENDPOINT_PIN] =
        {"the pin of this server's key", {0}, NULL, 200, JSON, "Pin"},
    [ENDPOINT_OPENAPI] = {"this description", {0}, NULL, 200, JSON, NULL},
    [ENDPOINT_COLUMNS] = {"what the columns of a CSV mean (CSVW)",
                          {0},
                          NULL,
                          200,
                          "application/csvm+json",
                          NULL},
    [ENDPOINT_ENROL] = {"enrol a device with a one-time code",
                        {0},
                        JSON,
                        201,
                        JSON,
                        "Enrolled"},
    [ENDPOINT_SESSION] = {"begin a sync", {0}, API_WIRE, 200, API_WIRE, NULL},
    [ENDPOINT_WIPED] =
        {"a device confirms that it is empty", {0}, API_WIRE, 204, NULL, NULL},
    [ENDPOINT_KEY] = {"change the key of a device",
                      {0},
                      "application/octet-stream",
                      204,
                      NULL,
                      NULL},
    [ENDPOINT_PUSH] = {"hand in a batch", {0}, API_WIRE, 200, API_WIRE, NULL},
    [ENDPOINT_PULL] = {"what is new in an area",
                       {0},
                       NULL,
                       200,
                       "application/vnd.stoep.states",
                       NULL},
    [ENDPOINT_CHAIN] =
        {"the chain of an area's journal", {0}, NULL, 200, API_WIRE, NULL},
    [ENDPOINT_TYPES] = {"the record types of a version",
                        {"version"},
                        NULL,
                        200,
                        "application/octet-stream",
                        NULL},
    [ENDPOINT_REGIONS] = {"the neighbourhoods of the town, with outlines",
                          {"version"},
                          NULL,
                          200,
                          "application/octet-stream",
                          NULL},
    [ENDPOINT_SEARCH] = {"words in the notes of an area, for a lead",
                         {0},
                         NULL,
                         200,
                         JSON,
                         "Found"},
    [ENDPOINT_FILE_HEAD] = {"how much of a photo is here",
                            {"area", "digest"},
                            NULL,
                            200,
                            NULL,
                            NULL},
    [ENDPOINT_FILE_PATCH] = {"hand in a piece of a photo",
                             {"area", "digest"},
                             "application/octet-stream",
                             204,
                             NULL,
                             NULL},
    [ENDPOINT_FILE_GET] = {"a photo",
                           {"area", "digest"},
                           NULL,
                           200,
                           "application/octet-stream",
                           NULL},
    [ENDPOINT_QUESTIONS] =
        {"what can be asked of the figures", {0}, NULL, 200, JSON, "Questions"},
    [ENDPOINT_ASK] = {"protected figures", {0}, NULL, 200, JSON, NULL},
};

/* -- parts --------------------------------------------------------------- */

static json_t *parameter(const char *name, const char *in, bool required,
                         const char *about, json_t *schema)
{
    return json_pack("{s:s, s:s, s:b, s:s*, s:o}", "name", name, "in", in,
                     "required", required, "description", about, "schema",
                     schema);
}

static json_t *number_from(int least, int most, int ready)
{
    return json_pack("{s:s, s:i, s:i, s:i}", "type", "integer", "minimum",
                     least, "maximum", most, "default", ready);
}

static json_t *problems(struct arena *mem, bool secured, bool chooses)
{
    json_t *all = json_object();
    static const char *const names[] = {"400", "401", "403", "404",
                                        "406", "429", "500", "503"};
    size_t i;

    for (i = 0; i < countof(names); i++) {
        bool shut = names[i][2] == '1' || names[i][2] == '3';

        if ((shut && !secured && names[i][0] == '4') ||
            (strcmp(names[i], "406") == 0 && !chooses))
            continue;
        json_object_set_new(all, names[i],
                            schema_ref(mem, "responses", "Problem"));
    }
    return all;
}

/* Who may call: alternatives, each of which may need two things together. */
static json_t *security(enum endpoint_need need)
{
    switch (need) {
    case NEED_PASSKEY:
    case NEED_SESSION: /* the pages of this server alone */
    case NEED_NOTHING: return json_array();
    case NEED_CODE:
    case NEED_SIGNATURE:
    case NEED_EITHER: return json_pack("[{s:[]}]", "deviceSignature");
    case NEED_TOKEN: return json_pack("[{s:[]}]", "session");
    case NEED_BOTH:
        return json_pack("[{s:[], s:[]}]", "session", "deviceSignature");
    case NEED_ANALYST:
        return json_pack("[{s:[]}, {s:[]}, {s:[]}]", "accessKey",
                         "accessKeyBearer", "session");
    }
    return json_array();
}

static json_t *answer_headers(struct arena *mem)
{
    json_t *j = json_object();

    json_object_set_new(j, "API-Version",
                        schema_ref(mem, "headers", "API-Version"));
    return j;
}

static json_t *good(struct arena *mem, const struct said *s, json_t *content)
{
    json_t *j = json_pack("{s:s, s:o}", "description", s->title, "headers",
                          answer_headers(mem));

    if (content != NULL)
        json_object_set_new(j, "content", content);
    return j;
}

static json_t *content_of(struct arena *mem, const struct said *s)
{
    json_t *media = json_object(), *j = json_object();

    if (s->schema != NULL)
        json_object_set_new(media, "schema",
                            schema_ref(mem, "schemas", s->schema));
    else
        json_object_set_new(media, "schema",
                            strstr(s->type, "json") != NULL
                                ? json_pack("{s:s}", "type", "object")
                                : json_pack("{s:s, s:s}", "type", "string",
                                            "format", "binary"));
    json_object_set_new(j, s->type, media);
    return j;
}

/* -- a question ---------------------------------------------------------- */

static json_t *question_content(struct arena *mem, const struct question *q)
{
    const char *name = schema_name(mem, q->name);

    return json_pack(
        "{s:{s:o}, s:{s:{s:s}}, s:{s:{s:s}}, s:{s:o}}", JSON, "schema",
        schema_ref(mem, "schemas", arena_printf(mem, "%sPage", name)),
        "text/csv", "schema", "type", "string", "image/svg+xml", "schema",
        "type", "string", "application/geo+json", "schema",
        schema_ref(mem, "schemas", arena_printf(mem, "%sMap", name)));
}

static void question_params(const struct question *q, json_t *list)
{
    size_t i;

    for (i = 0; i < q->params_n; i++) {
        const struct question_param *p = &q->params[i];
        char about[256];

        snprintf(about, sizeof about, "%s / %s", p->title.nl, p->title.en);
        json_array_append_new(
            list, parameter(p->name, "query", p->required, about,
                            json_pack("{s:s, s:s}", "type", "string", "example",
                                      p->example)));
    }
    json_array_append_new(
        list, parameter("lang", "query", false, "taal / language",
                        json_pack("{s:s, s:[s, s], s:s}", "type", "string",
                                  "enum", "nl", "en", "default", "nl")));
    json_array_append_new(
        list, parameter("picture", "query", false, "staven of kaart / for SVG",
                        json_pack("{s:s, s:[s, s], s:s}", "type", "string",
                                  "enum", "bars", "map", "default", "bars")));
    json_array_append_new(list, parameter("limit", "query", false,
                                          "rijen per pagina / rows on a page",
                                          number_from(1, 10000, 10000)));
    json_array_append_new(list,
                          parameter("page", "query", false, "pagina / page",
                                    number_from(1, INT32_MAX, 1)));
}

/* -- calls --------------------------------------------------------------- */

/* A path below /v1 with names for its `*`, and those as parameters. */
static const char *path_of(struct arena *mem, const char *path,
                           const struct said *s, json_t *params)
{
    struct buf b = buf_make(512);
    const char *out;
    size_t at = 0;

    for (path += sizeof "/v1" - 1; *path != '\0'; path++) {
        if (*path != '*' || at == countof(s->segments)) {
            buf_put(&b, path, 1);
            continue;
        }
        buf_printf(&b, "{%s}", s->segments[at]);
        json_array_append_new(params,
                              parameter(s->segments[at++], "path", true, NULL,
                                        json_pack("{s:s}", "type", "string")));
    }
    out = arena_text(mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

static void put_operation(json_t *paths, const char *path,
                          enum httpd_method method, json_t *operation)
{
    static const char *const words[] = {
        [HTTPD_GET] = "get",     [HTTPD_HEAD] = "head",
        [HTTPD_POST] = "post",   [HTTPD_PUT] = "put",
        [HTTPD_PATCH] = "patch", [HTTPD_DELETE] = "delete"};
    json_t *at = json_object_get(paths, path);

    if (at == NULL) {
        at = json_object();
        json_object_set_new(paths, path, at);
    }
    json_object_set_new(at, words[method], operation);
}

static void search_params(json_t *params)
{
    json_t *text = json_pack("{s:s}", "type", "string");

    json_array_append_new(params,
                          parameter("q", "query", true,
                                    "all of these words, the last one as the"
                                    " beginning of one; \" keeps together",
                                    json_incref(text)));
    json_array_append_new(
        params, parameter("type", "query", false, "a record type", text));
    json_array_append_new(
        params, parameter("limit", "query", false, NULL,
                          number_from(1, SEARCH_HITS_MAX, SEARCH_HITS_USUAL)));
    json_array_append_new(
        params, parameter("skip", "query", false, "hits of the pages before",
                          number_from(0, SEARCH_SKIP_MAX, 0)));
}

/* `q` NULL: a call that is no question. */
static void put_call(struct arena *mem, json_t *paths, enum endpoint_id id,
                     const char *route, const struct question *q)
{
    const struct endpoint *e = &endpoints[id];
    const struct said *s = &said[id];
    bool asks = id == ENDPOINT_ASK;
    json_t *params = json_array(), *answers, *j;
    const char *path = path_of(mem, route, s, params);
    json_t *content = asks              ? question_content(mem, q)
                      : s->type == NULL ? NULL
                                        : content_of(mem, s);

    if (e->area == AREA_IN_QUERY)
        json_array_append_new(params,
                              parameter("area", "query", true, NULL,
                                        json_pack("{s:s}", "type", "integer")));
    if (asks)
        question_params(q, params);
    if (id == ENDPOINT_SEARCH)
        search_params(params);
    answers = problems(mem, e->need != NEED_NOTHING, asks);
    json_object_set_new(answers, arena_printf(mem, "%d", s->status),
                        good(mem, s, content));
    j = json_pack("{s:s, s:o, s:o, s:o}", "summary",
                  asks ? q->title.nl : s->title, "parameters", params,
                  "responses", answers, "security", security(e->need));
    if (asks)
        json_object_set_new(j, "description",
                            json_sprintf("%s\n\n%s", q->about.nl, q->about.en));
    if (s->body != NULL)
        json_object_set_new(
            j, "requestBody",
            json_pack("{s:b, s:{s:{s:{s:s}}}}", "required", 1, "content",
                      s->body, "schema", "type",
                      strcmp(s->body, JSON) == 0 ? "object" : "string"));
    put_operation(paths, path, e->route.method, j);
}

static json_t *paths_of(struct arena *mem)
{
    json_t *paths = json_object();
    struct httpd_route *routes;
    size_t n, i, id, k, at = 0;

    endpoint_routes(mem, &routes, &n);
    for (id = 0; id < ENDPOINTS_N; id++)
        for (k = 0; k < (endpoints[id].asks ? questions_n : 1); k++) {
            i = at++;
            if (said[id].title != NULL)
                put_call(mem, paths, (enum endpoint_id)id, routes[i].path,
                         endpoints[id].asks ? questions[k] : NULL);
        }
    return paths;
}

/* -- the document -------------------------------------------------------- */

static json_t *components(struct arena *mem)
{
    json_t *problem = json_pack(
        "{s:s, s:o, s:{s:{s:o}}}", "description",
        "What is wrong, and what to do.", "headers", answer_headers(mem),
        "content", PROBLEM, "schema", schema_ref(mem, "schemas", "Problem"));
    json_t *version =
        json_pack("{s:s, s:{s:s}}", "description", "of this interface (semver)",
                  "schema", "type", "string");
    json_t *who = json_pack(
        "{s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s},"
        " s:{s:s, s:s, s:s, s:s}}",
        "accessKey", "type", "http", "scheme", "basic", "description",
        "user name and access key (`stoepd access-key`)", "accessKeyBearer",
        "type", "http", "scheme", "bearer", "description", "an access key",
        "session", "type", "http", "scheme", "bearer", "description",
        "the token of a device's session", "deviceSignature", "type", "apiKey",
        "in", "header", "name", "Signature", "description",
        "HTTP Message Signature (RFC 9421) of a device");

    return json_pack("{s:o, s:{s:o}, s:{s:o}, s:o}", "schemas", schema_all(mem),
                     "responses", "Problem", problem, "headers", "API-Version",
                     version, "securitySchemes", who);
}

enum rc openapi_write(const struct server_conf *conf, struct buf *out,
                      struct err *err)
{
    struct arena mem = {0};
    json_t *j = json_pack(
        "{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s}},"
        " s:[{s:s}], s:o, s:o}",
        "openapi", "3.0.3", "info", "title", "Stoep", "description",
        "Beschermde cijfers over wat een buurt zegt, en de synchronisatie van"
        " apparaten.\n\nProtected figures on what a neighbourhood says, and the"
        " sync of devices.",
        "version", API_VERSION, "contact", "name", conf->api_contact_name,
        "email", conf->api_contact_email, "url", conf->api_contact_url,
        "license", "name", "EUPL-1.2", "url", "https://eupl.eu/1.2/nl/",
        "servers", "url", arena_printf(&mem, "%s/v1", conf->url), "paths",
        paths_of(&mem), "components", components(&mem));
    char *text = j == NULL ? NULL : json_dumps(j, JSON_INDENT(1));
    enum rc rc = RC_OK;

    if (text == NULL)
        rc = err_set(err, RC_INVALID,
                     "the settings api_contact_* and url are to be UTF-8");
    else
        buf_puts(out, text);
    free(text);
    json_decref(j);
    arena_free(&mem);
    return rc;
}
