/* withdraw: a resident takes consent back, in one step. */
#include <stdio.h>
#include <string.h>

#include "client/withdraw.h"

static void print_done(const struct app *a, json_t *done)
{
    size_t i;
    json_t *j;

    json_array_foreach(done, i, j)
        printf(msg(a->lang, "withdrawn: %s\n"),
               json_string_value(json_object_get(j, "purpose")));
    if (json_array_size(done) == 0)
        puts(msg(a->lang, "there was no consent any more"));
}

static void print_ids(json_t *done)
{
    json_t *ids = json_array(), *j;
    size_t i;

    json_array_foreach(done, i, j)
        json_array_append(ids, json_object_get(j, "id"));
    app_print_json(json_pack("{s:o}", "withdrawn", ids));
}

int verb_withdraw(struct app *a, int argc, char **argv)
{
    const char *purpose = NULL;
    json_t *done;
    struct err err;
    enum rc rc;

    if (argc == 4 && strcmp(argv[2], "--purpose") == 0)
        purpose = argv[3];
    else if (argc != 2)
        return app_usage(a, argv[0]);
    done = json_array();
    rc = withdraw_consent(a, argv[1], purpose, done, &err);
    if (rc == RC_OK && a->json)
        print_ids(done);
    else if (rc == RC_OK)
        print_done(a, done);
    json_decref(done);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
