#include "server/question.h"

#include <string.h>

const struct question *const questions[] = {
    &question_counts,        &question_changes,   &question_needs,
    &question_results,       &question_coverages, &question_voting_results,
    &question_year_accounts, &question_periods,
};
const size_t questions_n = countof(questions);

const struct question *question_named(const char *name)
{
    size_t i;

    for (i = 0; i < questions_n; i++)
        if (strcmp(questions[i]->name, name) == 0)
            return questions[i];
    return NULL;
}

size_t question_param_named(const struct question *q, const char *name)
{
    size_t i;

    for (i = 0; i < q->params_n; i++)
        if (strcmp(q->params[i].name, name) == 0)
            break;
    return i;
}

static enum rc no_param(const struct question *q, const char *name,
                        struct err *err)
{
    struct buf names = buf_make(1024);
    enum rc rc;
    size_t i;

    for (i = 0; i < q->params_n; i++)
        buf_printf(&names, "%s%s", i > 0 ? ", " : "", q->params[i].name);
    if (q->params_n == 0)
        rc = err_set(err, RC_INVALID, "%s has no parameters, so no \"%s\"",
                     q->name, name);
    else
        rc = err_set(err, RC_INVALID, "%s has no parameter \"%s\"; it has %s",
                     q->name, name, buf_text(&names));
    buf_free(&names);
    return rc;
}

enum rc question_take(const struct question *q, const char *name,
                      const char *value, struct question_asked *a,
                      struct err *err)
{
    size_t i = question_param_named(q, name);

    if (i == q->params_n)
        return no_param(q, name, err);
    if (a->values[i] != NULL)
        return err_set(err, RC_INVALID, "%s is given twice", name);
    a->values[i] = value;
    return RC_OK;
}

enum rc question_answer(const struct question *q,
                        const struct question_asked *a, struct arena *mem,
                        struct dataset *out, struct err *err)
{
    size_t i;

    for (i = 0; i < q->params_n; i++)
        if (q->params[i].required && a->values[i] == NULL)
            return err_set(err, RC_INVALID, "%s needs %s, such as %s=%s",
                           q->name, q->params[i].name, q->params[i].name,
                           q->params[i].example);
    dataset_begin(out, q->columns, q->columns_n, mem);
    return q->answer(a, out, err);
}
