/* The questions there are over protected figures (question.h): what a page
 * needs to make a form and a table of each. */
#include "server/desk.h"
#include "server/question.h"

static const char *const kinds[] = {
    [COLUMN_TEXT] = "text",       [COLUMN_CODE] = "code",
    [COLUMN_PERIOD] = "period",   [COLUMN_INTEGER] = "integer",
    [COLUMN_DECIMAL] = "decimal", [COLUMN_FIGURE] = "figure",
    [COLUMN_BELOW] = "below",     [COLUMN_STATUS] = "status",
};

static json_t *label_json(const struct label *l)
{
    return json_pack("{s:s, s:s}", "nl", l->nl, "en", l->en);
}

static json_t *params_json(const struct question *q)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < q->params_n; i++) {
        const struct question_param *p = &q->params[i];

        json_array_append_new(
            list, json_pack("{s:s, s:o, s:s, s:b}", "name", p->name, "title",
                            label_json(&p->title), "example", p->example,
                            "required", p->required));
    }
    return list;
}

static json_t *columns_json(const struct question *q)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < q->columns_n; i++) {
        const struct dataset_column *c = &q->columns[i];

        json_array_append_new(
            list, json_pack("{s:s, s:o, s:s}", "name", c->name, "title",
                            label_json(&c->title), "kind", kinds[c->kind]));
    }
    return list;
}

enum rc desk_questions(struct desk *d, const json_t *in, json_t *out,
                       struct err *err)
{
    json_t *list = json_array();
    size_t i;

    (void)d;
    (void)in;
    (void)err;
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];

        json_array_append_new(
            list,
            json_pack("{s:s, s:o, s:o, s:o, s:o, s:b}", "name", q->name,
                      "title", label_json(&q->title), "about",
                      label_json(&q->about), "params", params_json(q),
                      "columns", columns_json(q), "drawn", q->plot != NULL));
    }
    json_object_set_new(out, "questions", list);
    return RC_OK;
}
