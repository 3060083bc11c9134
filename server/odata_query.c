#include "server/odata_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/base/text.h"

struct reading {
    const struct dataset_column *columns;
    size_t columns_n;
    struct arena *mem;
    struct odata_query *q;
};

/* The next of a list with commas, without spaces around; NULL: no more. */
static const char *next_of(const char **list, struct arena *mem)
{
    const char *at = *list;
    size_t n = strcspn(at, ",");

    if (*at == '\0')
        return NULL;
    *list = at + n + (at[n] == ',');
    while (n > 0 && *at == ' ') {
        at++;
        n--;
    }
    while (n > 0 && at[n - 1] == ' ')
        n--;
    return arena_text(mem, at, n);
}

static enum rc find_column(const struct reading *r, const char *option,
                           const char *name, size_t *out, struct err *err)
{
    size_t i;

    for (i = 0; i < r->columns_n; i++)
        if (strcmp(r->columns[i].name, name) == 0) {
            *out = i;
            return RC_OK;
        }
    return err_set(err, RC_INVALID,
                   "%s: there is no property \"%s\"; $metadata has them all",
                   option, name);
}

static enum rc take_select(struct reading *r, const char *text, struct err *err)
{
    struct odata_query *q = r->q;
    const char *name;
    enum rc rc = RC_OK;

    q->select_n = 0;
    while (rc == RC_OK && (name = next_of(&text, r->mem)) != NULL) {
        if (strcmp(name, "*") == 0) {
            q->select_n = 0;
            return RC_OK;
        }
        if (q->select_n == ODATA_COLUMNS_MAX)
            return err_set(err, RC_INVALID, "$select: too many properties");
        rc = find_column(r, "$select", name, &q->select[q->select_n], err);
        q->select_n++;
    }
    return rc;
}

static enum rc take_order(struct reading *r, const char *text, struct err *err)
{
    struct odata_query *q = r->q;
    const char *one;
    enum rc rc = RC_OK;

    while (rc == RC_OK && (one = next_of(&text, r->mem)) != NULL) {
        size_t n = strcspn(one, " ");
        const char *way = one + n + strspn(one + n, " ");
        struct odata_order *o = &q->order[q->order_n];

        if (q->order_n == ODATA_ORDERS_MAX)
            return err_set(err, RC_INVALID, "$orderby: at most %d properties",
                           ODATA_ORDERS_MAX);
        o->down = strcmp(way, "desc") == 0;
        if (!o->down && *way != '\0' && strcmp(way, "asc") != 0)
            return err_set(err, RC_INVALID,
                           "$orderby: \"%s\" is not asc or"
                           " desc",
                           way);
        rc = find_column(r, "$orderby", arena_text(r->mem, one, n), &o->column,
                         err);
        q->order_n++;
    }
    return rc;
}

static enum rc take_number(const char *option, const char *text, uint64_t *out,
                           struct err *err)
{
    if (text_take_u64(bytes_of(text), INT64_MAX, out))
        return RC_OK;
    return err_set(err, RC_INVALID, "%s: \"%s\" is no number", option, text);
}

static enum rc take_token(struct reading *r, const char *text, struct err *err)
{
    const char *dash = strchr(text, '-');
    uint64_t part, row;

    if (dash == NULL ||
        !text_take_u64(
            (struct bytes){(const uint8_t *)text, (size_t)(dash - text)},
            UINT32_MAX, &part) ||
        !text_take_u64(bytes_of(dash + 1), UINT32_MAX, &row))
        return err_set(err, RC_INVALID, "$skiptoken is none of ours");
    r->q->token = (struct odata_token){(size_t)part, (size_t)row};
    return RC_OK;
}

static enum rc take_flag(const char *option, const char *text, bool *out,
                         struct err *err)
{
    *out = strcmp(text, "true") == 0;
    if (*out || strcmp(text, "false") == 0)
        return RC_OK;
    return err_set(err, RC_INVALID, "%s is true or false", option);
}

/* application/json;odata.metadata=none, json */
static enum rc take_format(struct reading *r, const char *text, struct err *err)
{
    size_t n = strcspn(text, "; ");

    if (!(n == 4 && memcmp(text, "json", n) == 0) &&
        !(n == 16 && memcmp(text, "application/json", n) == 0))
        return err_set(err, RC_INVALID, "$format: json is all there is");
    r->q->plain = strstr(text, "odata.metadata=none") != NULL;
    return RC_OK;
}

static enum rc take(struct reading *r, const char *name, const char *text,
                    struct err *err)
{
    struct odata_filter *filter = NULL;
    enum rc rc;

    if (strcmp(name, "$filter") == 0) {
        rc = odata_filter_read(text, r->columns, r->columns_n, r->mem, &filter,
                               err);
        r->q->filter = filter;
        return rc;
    }
    if (strcmp(name, "$select") == 0)
        return take_select(r, text, err);
    if (strcmp(name, "$orderby") == 0)
        return take_order(r, text, err);
    if (strcmp(name, "$top") == 0)
        return take_number(name, text, &r->q->top, err);
    if (strcmp(name, "$skip") == 0)
        return take_number(name, text, &r->q->skip, err);
    if (strcmp(name, "$count") == 0)
        return take_flag(name, text, &r->q->count, err);
    if (strcmp(name, "$skiptoken") == 0)
        return take_token(r, text, err);
    if (strcmp(name, "$format") == 0)
        return take_format(r, text, err);
    if (strcmp(name, "lang") == 0)
        return RC_OK;
    err_set(err, RC_INVALID,
            "%s is not offered here; there are $filter, $select, $orderby,"
            " $top, $skip, $count, $format and lang",
            name);
    if (err != NULL && name[0] == '$')
        err->reason = ODATA_UNSUPPORTED;
    return RC_INVALID;
}

enum rc odata_query_read(const struct httpd_param *list, size_t n,
                         const struct dataset_column *columns, size_t columns_n,
                         struct arena *mem, struct odata_query *out,
                         struct err *err)
{
    struct reading r = {columns, columns_n, mem, out};
    size_t i, k;
    enum rc rc = RC_OK;

    *out = (struct odata_query){.top = UINT64_MAX};
    for (i = 0; rc == RC_OK && i < n; i++) {
        for (k = 0; k < i; k++)
            if (strcmp(list[k].name, list[i].name) == 0)
                return err_set(err, RC_INVALID, "%s is given twice",
                               list[i].name);
        rc = take(&r, list[i].name, list[i].value, err);
    }
    return rc;
}
