/* areas, parked. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/table.h"
#include "server/verbs.h"
#include "sync/sys/file.h"

enum { CSV_BYTES_MAX = 1024 * 1024 };

static const char *text_in(struct arena *mem, struct bytes b)
{
    return arena_text(mem, (const char *)b.p, b.n);
}

/* -- areas -------------------------------------------------------------- */

static enum rc areas_print(struct store *s, bool json, struct err *err)
{
    static const char *const heads[] = {"#number", "area",     "name",
                                        "code",    "#version", NULL};
    struct arena mem = {0};
    struct area_info *list;
    struct table t;
    size_t n, i;
    enum rc rc = store_areas(s, &mem, &list, &n, err);

    if (rc == RC_OK) {
        table_init(&t, heads);
        for (i = 0; i < n; i++) {
            table_printf(&t, "%" PRIu32, list[i].number);
            table_put(&t, text_in(&mem, list[i].slug));
            table_put(&t, text_in(&mem, list[i].name));
            table_put(&t, text_in(&mem, list[i].code));
            table_printf(&t, "%" PRIu64, list[i].version);
        }
        table_print(&t, json);
        table_free(&t);
    }
    arena_free(&mem);
    return rc;
}

/* One line: slug,name,code.  A name may stand in double quotes. */
static enum rc area_line(struct store *s, char *line, struct err *err)
{
    char *name = strchr(line, ','), *code;
    uint32_t number;

    if (name == NULL)
        return err_set(err, RC_INVALID, "a line is slug,name,code");
    *name++ = '\0';
    if (*name == '"') {
        code = strchr(++name, '"');
        if (code != NULL) {
            *code++ = '\0';
            code = *code == ',' ? code : NULL;
        }
    } else {
        code = strchr(name, ',');
    }
    if (code == NULL)
        return err_set(err, RC_INVALID, "a line is slug,name,code");
    *code++ = '\0';
    return store_area_put(s, line, name, code, &number, err);
}

static enum rc areas_csv(struct store *s, const char *path, struct err *err)
{
    struct buf body;
    char *text, *line, *rest;
    unsigned at = 1;
    enum rc rc = file_read(path, CSV_BYTES_MAX, &body, err);

    if (rc != RC_OK)
        return rc;
    text = mem_text(buf_text(&body));
    buf_free(&body);
    rc = db_begin(s->db, err);
    if (rc == RC_OK) {
        strtok_r(text, "\r\n", &rest); /* the head */
        while (rc == RC_OK && (line = strtok_r(NULL, "\r\n", &rest)) != NULL) {
            at++;
            rc = area_line(s, line, err);
        }
        if (rc != RC_OK)
            err_wrap(err, rc, "%s:%u", path, at);
        rc = db_end(s->db, rc, err);
    }
    free(text);
    return rc;
}

int verb_areas(int argc, char **argv)
{
    const char *rest[3], *name = NULL, *code = "", *csv = NULL;
    bool json = false;
    struct option_spec spec[] = {{"name", &name, NULL},
                                 {"code", &code, NULL},
                                 {"csv", &csv, NULL},
                                 {"json", NULL, &json}};
    struct store s;
    uint32_t number;
    struct err err;
    size_t n;
    bool add;
    enum rc rc;

    if (!verb_options(argc, argv, spec, countof(spec), rest, 3, &n) || n == 0)
        return verb_usage(argv[0]);
    add = n == 3 && strcmp(rest[1], "add") == 0 && name != NULL;
    if (n != 1 && !add)
        return verb_usage(argv[0]);
    rc = store_open(rest[0], add || csv != NULL ? STORE_WRITE : STORE_READ,
                    NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (csv != NULL)
        rc =
            verb_note(rest[0], "area.set", csv, areas_csv(&s, csv, &err), &err);
    else if (add)
        rc = verb_note(rest[0], "area.set", rest[2],
                       store_area_put(&s, rest[2], name, code, &number, &err),
                       &err);
    else
        rc = areas_print(&s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}

/* -- parked ------------------------------------------------------------- */

int verb_parked(int argc, char **argv)
{
    static const char *const heads[] = {"#device", "#changeset", "#area",
                                        "at",      "reason",     NULL};
    const char *dir;
    bool json = false;
    struct option_spec spec[] = {{"json", NULL, &json}};
    struct db_query *q;
    struct table t;
    struct store s;
    struct err err;
    char at[20];
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    if (store_open(dir, STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    table_init(&t, heads);
    q = db_query(s.db, SQL("SELECT device, number, area, at_ms, reason"
                           " FROM parked ORDER BY at_ms, device, number"));
    while (db_row(q)) {
        table_printf(&t, "%" PRId64, db_i64(q, "device"));
        table_printf(&t, "%" PRId64, db_i64(q, "number"));
        table_printf(&t, "%" PRId64, db_i64(q, "area"));
        table_put(&t, verb_when((uint64_t)db_i64(q, "at_ms"), at));
        table_put(&t, db_text(q, "reason"));
    }
    rc = db_done(q, &err);
    if (rc == RC_OK)
        rc = verb_show(dir, "parked", &t, json, &err);
    table_free(&t);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
