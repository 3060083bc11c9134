/* add, edit, delete. */
#include <stdio.h>

#include "client/edit.h"

/* What was saved: its id on standard output, what is missing on the other. */
static int saved(struct app *a, const struct edit *e)
{
    const char *missing = edit_missing(e);
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

int verb_add(struct app *a, int argc, char **argv)
{
    const struct shape_type *type;
    struct edit e;
    uint32_t area = 0;
    struct err err;
    enum rc rc;

    if (argc < 3)
        return app_usage(a, argv[0]);
    rc = app_type(a, argv[1], &type, &err);
    if (rc == RC_OK)
        rc = app_area(a, &area, &err);
    if (rc == RC_OK) {
        edit_new(&e, a, type, area, NULL);
        rc = take_words(&e, argc, argv, 2, &err);
    }
    if (rc == RC_OK)
        rc = edit_save(&e, &err);
    return rc == RC_OK ? saved(a, &e) : app_failed(a, &err);
}

int verb_edit(struct app *a, int argc, char **argv)
{
    struct rows_name name;
    struct edit e;
    struct err err;
    enum rc rc;

    if (argc < 3)
        return app_usage(a, argv[0]);
    rc = app_find(a, argv[1], &name, &err);
    if (rc == RC_OK)
        rc = edit_open(&e, a, &name, &err);
    if (rc == RC_OK)
        rc = take_words(&e, argc, argv, 2, &err);
    if (rc == RC_OK)
        rc = edit_save(&e, &err);
    return rc == RC_OK ? saved(a, &e) : app_failed(a, &err);
}

int verb_delete(struct app *a, int argc, char **argv)
{
    struct rows_name name;
    struct edit e;
    struct err err;
    enum rc rc;

    if (argc != 2)
        return app_usage(a, argv[0]);
    rc = app_find(a, argv[1], &name, &err);
    if (rc == RC_OK)
        rc = edit_open(&e, a, &name, &err);
    if (rc == RC_OK) {
        edit_delete(&e);
        rc = edit_save(&e, &err);
    }
    return rc == RC_OK ? saved(a, &e) : app_failed(a, &err);
}
