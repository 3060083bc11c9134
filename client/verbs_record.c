/* add, edit, delete. */
#include <stdio.h>

#include "client/edit.h"

/* What was saved: its id on standard output, what is missing on the other. */
static int saved(struct app *a, const struct edit *e)
{
    const char *missing = edit_missing(e);
    struct err err;
    bool waits = false;
    char id[ID_TEXT_CHARS + 1];

    id_text(&e->id, id);
    if (a->json)
        app_print_json(json_pack("{s:s, s:s, s:s}", "id", id, "type",
                                 e->type->name, "area",
                                 app_area_slug(a, e->area)));
    else
        puts(id);
    if (missing != NULL && e->writes[0].field != FIELD_DELETED)
        fprintf(stderr, msg(a->lang, "still to be filled in: %s\n"), missing);
    if (local_withheld(&a->l, &e->id, &waits, &err) == RC_OK && waits)
        fputs(msg(a->lang, "what needs consent stays on this device until"
                           " there is consent\n"),
              stderr);
    return EXIT_DONE;
}

static enum rc take_words(struct edit *e, int argc, char **argv, int from,
                          struct err *err)
{
    int i;
    enum rc rc = RC_OK;

    for (i = from; i < argc && rc == RC_OK; i++)
        rc = edit_word(e, argv[i], err);
    return rc;
}

/* What was seen and what is saved are of one moment: a sync in between must not
 * make it seem that the writer had seen what came in. */
static int in_one_go(struct app *a, int argc, char **argv,
                     enum rc (*fill)(struct app *a, int argc, char **argv,
                                     struct edit *e, struct err *err))
{
    struct edit e = {.app = a};
    struct err err;
    enum rc rc = db_begin(a->l.db, &err);

    if (rc == RC_OK) {
        rc = fill(a, argc, argv, &e, &err);
        if (rc == RC_OK)
            rc = edit_save(&e, &err);
        rc = db_end(a->l.db, rc, &err);
    }
    return rc == RC_OK ? saved(a, &e) : app_failed(a, &err);
}

static enum rc fill_new(struct app *a, int argc, char **argv, struct edit *e,
                        struct err *err)
{
    const struct shape_type *type;
    uint32_t area = 0;
    enum rc rc = app_type(a, argv[1], &type, err);

    if (rc == RC_OK)
        rc = app_area(a, &area, err);
    if (rc != RC_OK)
        return rc;
    edit_new(e, a, type, area, NULL);
    return take_words(e, argc, argv, 2, err);
}

int verb_add(struct app *a, int argc, char **argv)
{
    if (argc < 3)
        return app_usage(a, argv[0]);
    return in_one_go(a, argc, argv, fill_new);
}

static enum rc fill_change(struct app *a, int argc, char **argv, struct edit *e,
                           struct err *err)
{
    struct rows_name name;
    enum rc rc = app_find(a, argv[1], &name, err);

    if (rc == RC_OK)
        rc = edit_open(e, a, &name, err);
    return rc == RC_OK ? take_words(e, argc, argv, 2, err) : rc;
}

int verb_edit(struct app *a, int argc, char **argv)
{
    if (argc < 3)
        return app_usage(a, argv[0]);
    return in_one_go(a, argc, argv, fill_change);
}

static enum rc fill_delete(struct app *a, int argc, char **argv, struct edit *e,
                           struct err *err)
{
    enum rc rc = fill_change(a, argc, argv, e, err);

    if (rc == RC_OK)
        edit_delete(e);
    return rc;
}

int verb_delete(struct app *a, int argc, char **argv)
{
    if (argc != 2)
        return app_usage(a, argv[0]);
    return in_one_go(a, argc, argv, fill_delete);
}
