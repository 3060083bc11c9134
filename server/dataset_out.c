/* Ways out for programs (dataset.h). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/dataset.h"

static json_t *value(const struct dataset_column *c, const char *text)
{
    if (text == NULL)
        return json_null();
    switch (c->kind) {
    case COLUMN_INTEGER:
    case COLUMN_FIGURE:
    case COLUMN_BELOW: return json_integer(strtoll(text, NULL, 10));
    case COLUMN_DECIMAL: return json_real(strtod(text, NULL));
    case COLUMN_TEXT:
    case COLUMN_CODE:
    case COLUMN_PERIOD:
    case COLUMN_STATUS: break;
    }
    return json_string(text);
}

static int take(const char *p, size_t n, void *arg)
{
    buf_put(arg, p, n);
    return 0;
}

void dataset_json(const struct dataset *d, struct buf *out)
{
    size_t row, i;

    buf_puts(out, "[");
    for (row = 0; row < dataset_rows(d); row++) {
        json_t *one = json_object();

        for (i = 0; i < d->columns_n; i++)
            json_object_set_new(one, d->columns[i].name,
                                value(&d->columns[i], dataset_cell(d, row, i)));
        buf_puts(out, row > 0 ? ",\n " : "");
        json_dump_callback(one, take, out, JSON_REAL_PRECISION(6));
        json_decref(one);
    }
    buf_puts(out, "]\n");
}

static void put_csv(struct buf *out, const char *text, bool last)
{
    bool quoted = text != NULL && strpbrk(text, ",\"\r\n") != NULL;

    buf_puts(out, quoted ? "\"" : "");
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '"')
            buf_puts(out, "\"");
        buf_put(out, text, 1);
    }
    buf_puts(out, quoted ? "\"" : "");
    buf_puts(out, last ? "\r\n" : ",");
}

void dataset_csv(const struct dataset *d, struct buf *out)
{
    size_t i;

    for (i = 0; i < d->columns_n; i++)
        put_csv(out, d->columns[i].name, i + 1 == d->columns_n);
    for (i = 0; i < d->cells_n; i++)
        put_csv(out, d->cells[i], (i + 1) % d->columns_n == 0);
}
