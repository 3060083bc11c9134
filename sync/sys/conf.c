#include "sync/sys/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/mem.h"
#include "sync/sys/file.h"

/* `a` as written by a person, `b` as in the table: '-' and '_' are one. */
static bool same_name(const char *a, size_t n, const char *b)
{
    size_t i;

    if (strlen(b) != n)
        return false;
    for (i = 0; i < n; i++)
        if ((a[i] == '-' ? '_' : a[i]) != b[i])
            return false;
    return true;
}

static const struct conf_setting *find(const struct conf_table *t,
                                       const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < t->n; i++)
        if (same_name(name, n, t->settings[i].name))
            return &t->settings[i];
    return NULL;
}

static void written(const char *name, char *out, size_t size)
{
    size_t i;

    for (i = 0; name[i] != '\0' && i + 1 < size; i++)
        out[i] = name[i] == '_' ? '-' : name[i];
    out[i] = '\0';
}

static bool number(const char *text, bool units, uint64_t *out)
{
    uint64_t v = 0, unit = 1;
    const char *p = text;

    if (*p < '0' || *p > '9')
        return false;
    for (; *p >= '0' && *p <= '9'; p++) {
        if (v > (UINT64_MAX - 9) / 10)
            return false;
        v = v * 10 + (uint64_t)(*p - '0');
    }
    if (units && *p != '\0') {
        static const char letters[] = "kmg";
        const char *l = strchr(letters, *p);

        if (l == NULL)
            return false;
        unit = UINT64_C(1) << (10 * (l - letters + 1));
        p++;
    }
    if (*p != '\0' || v > UINT64_MAX / unit)
        return false;
    *out = v * unit;
    return true;
}

static enum rc bad(const struct conf_setting *s, const char *value,
                   const char *want, struct err *err)
{
    char name[64];

    written(s->name, name, sizeof name);
    return err_set(err, RC_INVALID, "%s: \"%s\" is not %s", name, value, want);
}

static enum rc assign(const struct conf_setting *s, const char *value,
                      void *out, struct err *err)
{
    void *at = (char *)out + s->offset;
    uint64_t n = 0;
    bool yes;

    switch (s->kind) {
    case CONF_TEXT:
        if (strlen(value) >= CONF_TEXT_BYTES)
            return bad(s, value, "short enough (255 bytes)", err);
        memset(at, 0, CONF_TEXT_BYTES);
        memcpy(at, value, strlen(value));
        return RC_OK;
    case CONF_COUNT:
        if (!number(value, false, &n))
            return bad(s, value, "a number (0, 1, 2 ...)", err);
        memcpy(at, &n, sizeof n);
        return RC_OK;
    case CONF_BYTES:
        if (!number(value, true, &n))
            return bad(s, value, "a size (512, 64k, 20m, 2g)", err);
        memcpy(at, &n, sizeof n);
        return RC_OK;
    case CONF_FLAG:
        yes = strcmp(value, "yes") == 0;
        if (!yes && strcmp(value, "no") != 0)
            return bad(s, value, "yes or no", err);
        memcpy(at, &yes, sizeof yes);
        return RC_OK;
    }
    abort();
}

void conf_defaults(const struct conf_table *t, void *out)
{
    struct err err = {0};
    size_t i;

    for (i = 0; i < t->n; i++)
        if (assign(&t->settings[i], t->settings[i].value, out, &err) != RC_OK) {
            fprintf(stderr, "default of %s\n", err.text);
            abort();
        }
}

static enum rc unknown(const struct conf_table *t, const char *name, size_t n,
                       struct err *err)
{
    char list[256] = "", one[64];
    size_t i, used = 0;

    for (i = 0; i < t->n; i++) {
        written(t->settings[i].name, one, sizeof one);
        if (used + strlen(one) + 3 > sizeof list)
            break;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                 i > 0 ? ", " : "", one);
    }
    return err_set(err, RC_INVALID, "no setting \"%.*s\"; there are: %s",
                   (int)n, name, list);
}

/* -- files -------------------------------------------------------------- */

/* Cut the comment and the space around; NULL if nothing is left. */
static char *bare(char *line)
{
    char *p, *end;

    for (p = line; *p != '\0'; p++)
        if (*p == '#' && (p == line || p[-1] == ' ' || p[-1] == '\t')) {
            *p = '\0';
            break;
        }
    line += strspn(line, " \t\r");
    end = line + strlen(line);
    while (end > line && strchr(" \t\r", end[-1]) != NULL)
        *--end = '\0';
    return *line == '\0' ? NULL : line;
}

static enum rc take_line(const struct conf_table *t, char *line, void *out,
                         struct err *err)
{
    size_t n = strcspn(line, " \t=");
    const struct conf_setting *s = find(t, line, n);
    char *value = line + n;

    if (s == NULL)
        return unknown(t, line, n, err);
    value += strspn(value, " \t");
    if (*value == '=') {
        value++;
        value += strspn(value, " \t");
    }
    return assign(s, value, out, err);
}

enum rc conf_file(const struct conf_table *t, const char *path, void *out,
                  struct err *err)
{
    struct buf body;
    enum rc rc = file_read(path, CONF_FILE_BYTES, &body, err);
    char *text, *line, *next;
    unsigned at = 0;

    if (rc != RC_OK)
        return rc;
    text = mem_text(buf_text(&body));
    buf_free(&body);
    for (line = text; line != NULL && rc == RC_OK; line = next) {
        at++;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        line = bare(line);
        if (line != NULL)
            rc = take_line(t, line, out, err);
        if (rc != RC_OK)
            err_wrap(err, rc, "%s:%u", path, at);
    }
    free(text);
    return rc;
}

/* -- command lines ------------------------------------------------------ */

/* argv[*i] is "--name…": take it, and the next if it holds the value. */
static enum rc take_arg(const struct conf_setting *s, int argc, char **argv,
                        int *i, void *out, struct err *err)
{
    char *equals = strchr(argv[*i], '=');

    if (equals != NULL)
        return assign(s, equals + 1, out, err);
    if (s->kind == CONF_FLAG)
        return assign(s, "yes", out, err);
    if (*i + 1 >= argc)
        return err_set(err, RC_INVALID, "%s wants a value", argv[*i]);
    (*i)++;
    return assign(s, argv[*i], out, err);
}

enum rc conf_args(const struct conf_table *t, int *argc, char **argv, void *out,
                  struct err *err)
{
    int i, kept = 1;
    bool ended = false;
    enum rc rc;

    for (i = 1; i < *argc; i++) {
        const struct conf_setting *s = NULL;

        ended |= strcmp(argv[i], "--") == 0;
        if (!ended && strncmp(argv[i], "--", 2) == 0)
            s = find(t, argv[i] + 2, strcspn(argv[i] + 2, "="));
        if (s == NULL) {
            argv[kept++] = argv[i];
            continue;
        }
        rc = take_arg(s, *argc, argv, &i, out, err);
        if (rc != RC_OK)
            return rc;
    }
    *argc = kept;
    return RC_OK;
}

void conf_help(const struct conf_table *t, struct buf *out)
{
    char name[64];
    size_t i;

    for (i = 0; i < t->n; i++) {
        written(t->settings[i].name, name, sizeof name);
        buf_printf(out, "  --%-20s %s (%s)\n", name, t->settings[i].help,
                   t->settings[i].value[0] ? t->settings[i].value : "none");
    }
}
