/*
 * import, export: JSON lines.
 *
 *   {"type": "signal", "area": "selwerd", "ref": "@lamp", "id": "…",
 *    "fields": {"title": "…", "themes": ["…"], "route": "@route-1"}}
 *   {"id": "@lamp", "set": {…}, "add": {"themes": ["…"]}, "remove": {…}}
 *   {"id": "…", "delete": true}
 *
 * One changeset per line, all of them or none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/edit.h"

enum { LINE_BYTES_MAX = 1024 * 1024 };

/* -- import ------------------------------------------------------------- */

static enum rc fields_in(struct edit *e, const json_t *line, const char *member,
                         enum edit_op op, struct err *err)
{
    json_t *fields = json_object_get(line, member), *value;
    const char *name;
    enum rc rc = RC_OK;

    if (fields == NULL)
        return RC_OK;
    if (!json_is_object(fields))
        return err_set(err, RC_INVALID, "\"%s\" holds no fields", member);
    json_object_foreach(fields, name, value) if (rc == RC_OK) rc =
        edit_json(e, name, op, value, err);
    return rc;
}

static enum rc name_it(struct app *a, const char *ref, const struct id *id,
                       struct err *err)
{
    struct db_query *q =
        db_query(a->l.db, SQL("INSERT INTO name(name, record)"
                              " VALUES (:name, :id)"
                              " ON CONFLICT (name) DO UPDATE"
                              " SET record = excluded.record"));

    db_bind_text(q, "name", ref);
    db_bind_blob(q, "id", id_bytes(id));
    return db_done(db_run_at(q), err);
}

static enum rc line_new(struct app *a, const json_t *line, const char *type,
                        struct err *err)
{
    const char *ref = json_string_value(json_object_get(line, "ref"));
    const char *text = json_string_value(json_object_get(line, "id"));
    const char *area = json_string_value(json_object_get(line, "area"));
    const char *asked = a->area;
    const struct shape_type *t;
    struct edit e;
    struct id id;
    uint32_t number = 0;
    enum rc rc = app_type(a, type, &t, err);

    if (rc == RC_OK && text != NULL)
        rc = id_parse(bytes_of(text), &id, err);
    if (rc == RC_OK) {
        a->area = area != NULL ? area : asked;
        rc = app_area(a, &number, err);
        a->area = asked;
    }
    if (rc != RC_OK)
        return rc;
    edit_new(&e, a, t, number, text != NULL ? &id : NULL);
    rc = fields_in(&e, line, "fields", EDIT_SET, err);
    if (rc == RC_OK)
        rc = edit_save(&e, err);
    if (rc == RC_OK && ref != NULL)
        rc = name_it(a, ref, &e.id, err);
    return rc;
}

static enum rc line_change(struct app *a, const json_t *line, const char *id,
                           struct err *err)
{
    struct rows_name name;
    struct edit e;
    enum rc rc = app_find(a, id, &name, err);

    if (rc == RC_OK)
        rc = edit_open(&e, a, &name, err);
    if (rc != RC_OK)
        return rc;
    if (json_is_true(json_object_get(line, "delete")))
        edit_delete(&e);
    rc = fields_in(&e, line, "set", EDIT_SET, err);
    if (rc == RC_OK)
        rc = fields_in(&e, line, "add", EDIT_ADD, err);
    if (rc == RC_OK)
        rc = fields_in(&e, line, "remove", EDIT_REMOVE, err);
    return rc == RC_OK ? edit_save(&e, err) : rc;
}

static enum rc import_line(struct app *a, const char *text, size_t n,
                           struct err *err)
{
    json_error_t at;
    json_t *line = json_loadb(text, n, JSON_REJECT_DUPLICATES, &at);
    const char *type = json_string_value(json_object_get(line, "type"));
    const char *id = json_string_value(json_object_get(line, "id"));
    enum rc rc;

    if (line == NULL)
        return err_set(err, RC_INVALID, "column %d: %s", at.column, at.text);
    if (type != NULL)
        rc = line_new(a, line, type, err);
    else if (id != NULL)
        rc = line_change(a, line, id, err);
    else
        rc = err_set(err, RC_INVALID,
                     msg(a->lang, "a line has a \"type\" or an \"id\""));
    json_decref(line);
    return rc;
}

/* Every line is looked at, so that all faults are told at once. */
static enum rc import_file(struct app *a, FILE *f, const char *path, size_t *n,
                           size_t *bad)
{
    char *line = NULL;
    size_t cap = 0, at = 0;
    ssize_t got;
    struct err err;
    enum rc rc = RC_OK;

    while ((got = getline(&line, &cap, f)) >= 0) {
        at++;
        if (line[strspn(line, " \t\r\n")] == '\0')
            continue;
        if (got > LINE_BYTES_MAX)
            rc = err_set(&err, RC_LIMIT, "the line is too long");
        else
            rc = import_line(a, line, (size_t)got, &err);
        if (rc != RC_OK) {
            fprintf(stderr, "%s:%zu: %s\n", path, at, err.text);
            ++*bad;
            if (rc == RC_FULL || rc == RC_IO)
                break;
        } else {
            ++*n;
        }
    }
    free(line);
    if (ferror(f)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        ++*bad;
    }
    return *bad > 0 ? RC_INVALID : RC_OK;
}

int verb_import(struct app *a, int argc, char **argv)
{
    size_t n = 0, bad = 0;
    struct err err;
    FILE *f;
    enum rc rc;

    if (argc != 2)
        return app_usage(a, argv[0]);
    f = strcmp(argv[1], "-") == 0 ? stdin : fopen(argv[1], "r");
    if (f == NULL) {
        err_set(&err, RC_NOTFOUND, "%s: %s", argv[1], strerror(errno));
        return app_failed(a, &err);
    }
    rc = db_begin(a->l.db, &err);
    if (rc == RC_OK) {
        rc = import_file(a, f, argv[1], &n, &bad);
        rc = db_end(a->l.db, rc, bad > 0 ? NULL : &err);
    }
    if (f != stdin)
        fclose(f);
    if (bad > 0) {
        fprintf(stderr, msg(a->lang, "nothing was saved: %zu lines to mend\n"),
                bad);
        return EXIT_FAILED;
    }
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (a->json)
        app_print_json(json_pack("{s:I}", "saved", (json_int_t)n));
    else
        printf(msg(a->lang, "saved: %zu\n"), n);
    return EXIT_DONE;
}

/* -- export ------------------------------------------------------------- */

struct exporting {
    struct app *a;
    bool all; /* those that are deleted, too */
};

static bool on_record(void *ctx, const struct record *rec)
{
    const struct exporting *x = ctx;
    json_t *j = app_json(x->a, rec);

    if (!x->all && json_is_true(json_object_get(j, "deleted"))) {
        json_decref(j);
        return true;
    }
    json_dumpf(j, stdout, JSON_COMPACT | JSON_SORT_KEYS);
    putchar('\n');
    json_decref(j);
    return !ferror(stdout);
}

int verb_export(struct app *a, int argc, char **argv)
{
    struct exporting x = {.a = a};
    const struct shape_type *only = NULL;
    struct err err;
    size_t i;
    enum rc rc = RC_OK;

    if (argc > 1 && strcmp(argv[argc - 1], "--all") == 0) {
        x.all = true;
        argc--;
    }
    if (argc > 2)
        return app_usage(a, argv[0]);
    if (argc == 2)
        rc = app_type(a, argv[1], &only, &err);
    for (i = 0; rc == RC_OK && i < a->l.shape->types_n; i++) {
        const struct shape_type *t = &a->l.shape->types[i];

        if (only == NULL || only == t)
            rc = rows_all(a->l.rows, t, on_record, &x, &err);
    }
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
