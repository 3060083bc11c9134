/* What can be asked: /v1/questions, and what columns mean (server.h). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/api_ask.h"
#include "server/csvw.h"

void api_columns(void *ctx, struct httpd_request *r)
{
    const struct question *q = ask_question(r, CSVW_SUFFIX);
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
