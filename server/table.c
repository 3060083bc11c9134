#include "server/table.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/utf8.h"

void table_init(struct table *t, const char *const *heads)
{
    *t = (struct table){.cells = NULL};
    for (; heads[t->columns] != NULL && t->columns < TABLE_COLUMNS_MAX;
         t->columns++) {
        const char *h = heads[t->columns];

        t->number[t->columns] = h[0] == '#';
        h += t->number[t->columns];
        t->heads[t->columns] = arena_text(&t->mem, h, strlen(h));
    }
}

void table_put(struct table *t, const char *text)
{
    if (t->rows == t->cap) {
        t->cap = 2 * t->cap + 64;
        t->cells = mem_resize(t->cells, t->cap * sizeof *t->cells);
    }
    t->cells[t->rows++] = arena_text(&t->mem, text, strlen(text));
}

size_t table_rows(const struct table *t)
{
    return t->rows / t->columns;
}

void table_printf(struct table *t, const char *fmt, ...)
{
    char text[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    table_put(t, text);
}

static void print_quoted(const char *text, bool last)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stdout);
    } else {
        putchar('"');
        for (; *text != '\0'; text++) {
            if (*text == '"')
                putchar('"');
            putchar(*text);
        }
        putchar('"');
    }
    fputs(last ? "\r\n" : ",", stdout);
}

void table_csv(const struct table *t)
{
    size_t i;

    for (i = 0; i < t->columns; i++)
        print_quoted(t->heads[i], i + 1 == t->columns);
    for (i = 0; i < t->rows; i++)
        print_quoted(t->cells[i], (i + 1) % t->columns == 0);
}

void table_free(struct table *t)
{
    free(t->cells);
    arena_free(&t->mem);
    *t = (struct table){.cells = NULL};
}

static void print_cell(const char *text, size_t width, bool number, bool last)
{
    size_t n = utf8_chars(bytes_of(text)), i;

    for (i = n; number && i < width; i++)
        putchar(' ');
    fputs(text, stdout);
    for (i = n; !number && !last && i < width; i++)
        putchar(' ');
    fputs(last ? "\n" : "  ", stdout);
}

static void print_text(const struct table *t)
{
    size_t width[TABLE_COLUMNS_MAX], i;

    for (i = 0; i < t->columns; i++)
        width[i] = utf8_chars(bytes_of(t->heads[i]));
    for (i = 0; i < t->rows; i++) {
        size_t n = utf8_chars(bytes_of(t->cells[i]));

        if (n > width[i % t->columns])
            width[i % t->columns] = n;
    }
    for (i = 0; i < t->columns; i++)
        print_cell(t->heads[i], width[i], t->number[i], i + 1 == t->columns);
    for (i = 0; i < t->rows; i++)
        print_cell(t->cells[i], width[i % t->columns],
                   t->number[i % t->columns], (i + 1) % t->columns == 0);
}

static json_t *json_cell(const struct table *t, size_t i)
{
    char *end;
    long long v = strtoll(t->cells[i], &end, 10);

    if (t->number[i % t->columns] && t->cells[i][0] == '\0')
        return json_null();
    if (t->number[i % t->columns] && end != t->cells[i] && *end == '\0')
        return json_integer(v);
    return json_string(t->cells[i]);
}

void table_print(const struct table *t, bool json)
{
    json_t *list, *row = NULL;
    size_t i;

    if (!json) {
        print_text(t);
        return;
    }
    list = json_array();
    for (i = 0; i < t->rows; i++) {
        if (i % t->columns == 0) {
            row = json_object();
            json_array_append_new(list, row);
        }
        json_object_set_new(row, t->heads[i % t->columns], json_cell(t, i));
    }
    json_dumpf(list, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(list);
}
