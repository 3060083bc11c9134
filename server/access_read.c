#include "server/access_read.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/access_file.h"
#include "sync/sys/file.h"

static const char *word(const json_t *j, const char *member)
{
    const char *text = json_string_value(json_object_get(j, member));

    return text == NULL ? "" : text;
}

static uint64_t number(const json_t *j, const char *member)
{
    json_int_t v = json_integer_value(json_object_get(j, member));

    return v < 0 ? 0 : (uint64_t)v;
}

static void take_range(const json_t *j, struct access_said *a)
{
    if (json_object_get(j, "upto") != NULL) {
        a->range = ACCESS_VERSIONS;
        a->low = number(j, "after");
        a->high = number(j, "upto");
    } else if (json_object_get(j, "last") != NULL) {
        a->range = ACCESS_NUMBERS;
        a->low = number(j, "first");
        a->high = number(j, "last");
    }
}

static void take(const json_t *j, struct access_said *a)
{
    a->at = word(j, "at");
    a->act = word(j, "do");
    a->result = word(j, "result");
    a->code = word(j, "code");
    a->user = word(j, "user");
    a->role = word(j, "role");
    a->from = word(j, "from");
    a->os = word(j, "os");
    a->login = word(j, "login");
    a->type = word(j, "type");
    a->record = word(j, "record");
    a->file = word(j, "file");
    a->on = word(j, "on");
    a->prev = word(j, "prev");
    a->device = (uint32_t)number(j, "device");
    a->passkey = (uint32_t)number(j, "passkey");
    a->claims = (uint32_t)number(j, "claims");
    a->key = (uint32_t)number(j, "key");
    a->area = (uint32_t)number(j, "area");
    a->hits = number(j, "hits");
    a->counted = json_object_get(j, "hits") != NULL;
    take_range(j, a);
}

static enum rc visit_line_in(const char *in, struct bytes line,
                             access_visit *visit, void *ctx, struct err *err)
{
    struct access_said a = {.in = in, .line = line};
    json_error_t at;
    json_t *j = json_loadb((const char *)line.p, line.n, 0, &at);
    enum rc rc;

    a.whole = j != NULL && json_is_object(j) &&
              access_line_ends(line, &a.n, &a.head, &a.entry);
    take(j, &a);
    rc = visit(ctx, &a, err);
    json_decref(j);
    return rc;
}

static enum rc read_file(const char *path, access_visit *visit, void *ctx,
                         struct err *err)
{
    FILE *f = fopen(path, "re");
    const char *in = strrchr(path, '/') + 1;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum rc rc = RC_OK;

    if (f == NULL)
        return errno == ENOENT
                   ? RC_OK
                   : err_set(err, RC_IO, "%s cannot be opened", path);
    while (rc == RC_OK && (n = getline(&line, &cap, f)) > 0)
        if (line[n - 1] == '\n')
            rc = visit_line_in(
                in, (struct bytes){(const uint8_t *)line, (size_t)n - 1}, visit,
                ctx, err);
    if (rc == RC_OK && ferror(f))
        rc = err_set(err, RC_IO, "%s cannot be read", path);
    free(line);
    fclose(f);
    return rc;
}

enum rc access_read(const char *dir, access_visit *visit, void *ctx,
                    struct err *err)
{
    struct arena mem = {0};
    char **files, *folder = arena_printf(&mem, "%s/access", dir);
    size_t n = 0, i;
    enum rc rc = file_list(folder, ".log", &mem, &files, &n, err);

    if (rc == RC_NOTFOUND) {
        arena_free(&mem);
        return RC_OK;
    }
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = read_file(files[i], visit, ctx, err);
    if (rc == RC_OK)
        rc = read_file(arena_printf(&mem, "%s/current", folder), visit, ctx,
                       err);
    arena_free(&mem);
    return rc;
}
