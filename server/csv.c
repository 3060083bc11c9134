#include "server/csv.h"

#include <string.h>

/* Cut one cell; *end is what stood behind it: ',' '\n' or 0. */
static char *take_cell(struct csv *c, char *end)
{
    char *from = c->at, *to, *p;
    bool closed = false;

    if (*from != '"') {
        p = from + strcspn(from, ",\r\n");
        *end = *p;
        if (*p == '\r')
            *p++ = '\0';
        *end = *p;
        if (*p != '\0')
            *p++ = '\0';
        c->at = p;
        return from;
    }
    for (p = to = ++from; *p != '\0'; *to++ = *p++) {
        if (*p == '\n')
            c->line++;
        if (*p == '"' && *++p != '"') {
            closed = true;
            break;
        }
    }
    if (p[0] == '\r' && p[1] == '\n')
        p++;
    *end = *p;
    if (!closed || (*p != '\0' && *p != ',' && *p != '\n'))
        c->bad = true;
    if (*p != '\0')
        p++;
    *to = '\0';
    c->at = p;
    return from;
}

static bool take_row(struct csv *c, const char **cells, size_t *n)
{
    char end = ',';

    *n = 0;
    while (*c->at == '\n' || *c->at == '\r') {
        c->line += *c->at == '\n';
        c->at++;
    }
    if (*c->at == '\0')
        return false;
    while (end == ',' && !c->bad) {
        char *cell = take_cell(c, &end);

        if (*n == CSV_COLUMNS_MAX)
            c->bad = true;
        else
            cells[(*n)++] = cell;
    }
    return !c->bad;
}

enum rc csv_open(char *text, struct csv *out, struct err *err)
{
    *out = (struct csv){.at = text, .line = 1};
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
        out->at += 3;
    if (!take_row(out, out->heads, &out->columns))
        return err_set(err, RC_INVALID, "line 1 does not name the columns");
    return RC_OK;
}

bool csv_row(struct csv *c)
{
    if (c->bad)
        return false;
    c->line++;
    if (!take_row(c, c->cells, &c->cells_n))
        return false;
    c->bad = c->cells_n != c->columns;
    return !c->bad;
}

enum rc csv_end(const struct csv *c, struct err *err)
{
    if (!c->bad)
        return RC_OK;
    if (c->cells_n == c->columns)
        return err_set(err, RC_INVALID, "line %u: a quote is not closed",
                       c->line);
    return err_set(err, RC_INVALID,
                   "line %u: %zu cells where the head names %zu columns",
                   c->line, c->cells_n, c->columns);
}

const char *csv_cell(const struct csv *c, const char *name, const char *other)
{
    size_t i;

    for (i = 0; i < c->columns; i++)
        if (strcmp(c->heads[i], name) == 0 ||
            (other != NULL && strcmp(c->heads[i], other) == 0))
            return c->cells[i];
    return NULL;
}
